//! Gateway plugins against strict servers: every request a plugin forms is checked by the vendor's own schema.
mod driver;
mod stripe;
