//! The program that signs XML.

use std::path::PathBuf;

use super::{find_or_install, in_path};
use crate::failure::Failure;
use crate::step::Step;

/// The command line of the XML security library, which pysaml2 signs with.
pub(crate) fn xmlsec1(step: &Step) -> Result<PathBuf, Failure> {
    find_or_install(step, "xmlsec1", "xmlsec1", || in_path(&["xmlsec1"]))
}
