//! Ruby.

use std::process::Command;

use serde_json::json;

use super::{Workbench, driver};
use crate::environment::{find_or_install, in_path};
use crate::failure::Failure;

pub(super) fn make(bench: &Workbench<'_>) -> Result<Command, Failure> {
    bench.openapi_generator("ruby", |document| {
        let module = format!("{}{}", document[..1].to_uppercase(), &document[1..]);
        json!({
            "gemName": format!("charter_{document}"),
            "moduleName": format!("Charter{module}"),
            "library": "faraday",
        })
    })?;
    let ruby = find_or_install(bench.step, "Ruby", "ruby", || in_path(&["ruby"]))?;
    for gem in ["faraday", "marcel"] {
        find_or_install(bench.step, gem, &format!("ruby-{gem}"), || {
            let required = Command::new(&ruby)
                .args(["-r", gem, "-e", ""])
                .output()
                .ok()?;
            required.status.success().then_some(())
        })?;
    }
    let mut command = Command::new(ruby);
    for document in bench.documents.names() {
        command
            .arg("-I")
            .arg(bench.folder.join(document).join("lib"));
    }
    command.arg(driver("ruby.rb")).env("LANG", "C.UTF-8");
    Ok(command)
}
