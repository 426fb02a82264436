//! No statement crosses tenants.
