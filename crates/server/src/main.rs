//! The `charter` binary.

use std::io::Write;
use std::process::ExitCode;

use charter_server::cli::Cli;
use charter_server::{command, configuration};
use clap::Parser;

/// A twentieth less CPU on lists of members than the system's allocator.
/// `.cargo/config.toml` tells it not to touch memory before it is used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| {
            runtime.block_on(command::run(cli, configuration::process_environment()))
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to do when standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}
