//! Dated stories: what came in, what was open, what is suggested.

mod desk;
mod numbers;
mod property;
mod stories;
