//! A store carried to another engine.
