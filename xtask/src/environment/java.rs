//! The Java runtime.

use std::path::PathBuf;

use super::{find_or_install, in_path};
use crate::failure::Failure;
use crate::step::Step;

/// Java, which openapi-generator runs on.
pub(crate) fn java(step: &Step) -> Result<PathBuf, Failure> {
    find_or_install(step, "Java", "default-jre-headless", || in_path(&["java"]))
}
