//! Keys.

mod validate_api_key;
