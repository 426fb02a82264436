//! What the plugin asks for and makes of answers.
