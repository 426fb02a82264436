//! Gateways against strict servers.
