//! Gateway plugins against strict servers: every request a plugin forms is checked by the vendor's own schema.
mod conekta;
mod driver;
mod faults;
mod khipu;
mod mercadopago;
mod roads;
mod stripe;
