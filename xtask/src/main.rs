//! `cargo xtask <verb>`: everything that a developer or CI runs in this repository.
//!
//! Each verb is one module. Nothing here is shipped: the service lives in `crates/`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to the person who called it"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the clocks that the service must not read are what tells here how long a step took"
)]

mod bench;
mod browser;
mod cargo_test;
mod clients;
mod compatibility;
mod contract;
mod environment;
mod failure;
mod faults;
mod generate;
mod interrupt;
mod licences;
mod lint;
mod postgres;
mod progress;
mod release;
mod released;
mod service;
mod snapshots;
mod step;
mod table;
mod test;
mod workshop;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Charter's development commands.
///
/// `cargo xtask test` is the one that matters: it prepares what the checks need and runs
/// all of them. The others are its parts, for working on one thing.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Test(test::Arguments),
    Generate(generate::Arguments),
    Lint(lint::Arguments),
    CompareDocuments(compatibility::Arguments),
    ReleaseDocuments(release::Arguments),
    Contract(contract::Arguments),
    Browser(browser::Arguments),
    Clients(clients::Arguments),
    Faults(faults::Arguments),
    Bench(bench::Arguments),
    Environment(environment::Arguments),
}

fn main() -> ExitCode {
    interrupt::watch();
    match Arguments::parse().verb {
        Verb::Test(arguments) => test::run(&arguments),
        Verb::Generate(arguments) => generate::run(&arguments),
        Verb::Lint(arguments) => lint::run(&arguments),
        Verb::CompareDocuments(arguments) => compatibility::run(&arguments),
        Verb::ReleaseDocuments(arguments) => release::run(&arguments),
        Verb::Contract(arguments) => contract::run(&arguments),
        Verb::Browser(arguments) => browser::run(&arguments),
        Verb::Clients(arguments) => clients::run(&arguments),
        Verb::Faults(arguments) => faults::run(&arguments),
        Verb::Bench(arguments) => bench::run(&arguments),
        Verb::Environment(arguments) => environment::run(&arguments),
    }
}
