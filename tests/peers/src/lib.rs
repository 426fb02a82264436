//! Other people's programs, run for real on this machine: the far side of tests.

pub mod tryton;
