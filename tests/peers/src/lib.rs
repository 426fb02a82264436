//! Real systems at the other end, for the tests of the plugins that speak with them.
