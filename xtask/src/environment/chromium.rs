//! The browser.

use std::path::PathBuf;

use super::{find_or_install, in_path};
use crate::failure::Failure;
use crate::step::Step;

/// Chromium, or a browser that takes its command line.
pub(crate) fn chromium(step: &Step) -> Result<PathBuf, Failure> {
    find_or_install(step, "Chromium", "chromium", || {
        in_path(&["chromium", "chromium-browser", "google-chrome"])
    })
}
