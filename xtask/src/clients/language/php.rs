//! PHP.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Workbench, driver};
use crate::environment::{find_or_install, in_path};
use crate::failure::Failure;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator("php", |document| {
        let name = format!("{}{}", document[..1].to_uppercase(), &document[1..]);
        json!({"invokerPackage": format!("Charter\\{name}")})
    })?;
    let php = find_or_install(bench.step, "PHP", "php-cli", || in_path(&["php"]))?;
    for extension in ["curl", "mbstring"] {
        find_or_install(bench.step, extension, &format!("php-{extension}"), || {
            let loaded = format!("exit(extension_loaded('{extension}') ? 0 : 1);");
            let asked = Command::new(&php).args(["-r", &loaded]).output().ok()?;
            asked.status.success().then_some(())
        })?;
    }
    find_or_install(bench.step, "Guzzle", "php-guzzlehttp-guzzle", || {
        let library = Path::new("/usr/share/php/GuzzleHttp/autoload.php");
        library.is_file().then_some(())
    })?;
    let mut command = Command::new(php);
    command
        .args([
            "-d",
            "include_path=/usr/share/php",
            "-d",
            "display_errors=stderr",
        ])
        .arg(driver("php.php"))
        .env("CHARTER_CLIENTS", &bench.folder);
    Ok(command)
}
