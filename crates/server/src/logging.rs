//! The log, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use crate::command::Failure;
use crate::configuration::{Log, LogFormat};

/// Begins to log. Panics are logged as well, each with its place.
pub fn start(log: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&log.filter)
        .map_err(|error| format!("log.filter: `{}`: {error}", log.filter))?;
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let subscriber = tracing_subscriber::registry().with(filter);
    let started = match log.format {
        LogFormat::Text => subscriber
            .with(
                fmt::layer()
                    .with_ansi(coloured)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
        LogFormat::Json => subscriber
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    started?;
    std::panic::set_hook(Box::new(|panic| {
        let message = panic
            .payload()
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        match panic.location() {
            Some(place) => tracing::error!("panicked at {place}: {message}"),
            None => tracing::error!("panicked at an unknown place: {message}"),
        }
    }));
    Ok(())
}

/// Begins to log the failures of a command that is not a server.
pub fn start_for_command() -> Result<(), Failure> {
    start(&Log {
        format: LogFormat::Text,
        filter: "error".to_owned(),
    })
}
