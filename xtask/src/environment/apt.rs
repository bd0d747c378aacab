//! Debian's packages.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::step::Step;

/// Whether packages can be installed from here: apt is there and this is root.
pub(super) fn may_install() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").is_file()
}

/// Installs a package, refreshing the lists first because a new machine has none.
pub(super) fn install(step: &Step, package: &str) -> Result<(), Failure> {
    step.note(&format!("installing {package}"));
    // Lists may be fresh enough even when this fails; the installation tells.
    step.attempt(apt().args(["update", "--quiet"]))?;
    step.run(apt().args([
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        package,
    ]))?;
    Ok(())
}

fn apt() -> Command {
    let mut apt = Command::new("/usr/bin/apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
