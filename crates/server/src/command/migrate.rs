//! `charter migrate`.

use clap::Args;

use super::{Failure, print_line};
use crate::cli::Global;
use crate::configuration::Environment;
use crate::{database, logging};

/// Flags of `charter migrate`: none of its own.
#[derive(Args, Debug)]
pub struct Migrate {}

impl Migrate {
    /// Brings the database up to date.
    pub async fn run(self, global: &Global, environment: &Environment) -> Result<(), Failure> {
        let configuration = global.configuration(environment)?;
        logging::start_for_command()?;
        let store = database::open_for_command(&configuration).await?;
        database::close(&store).await?;
        print_line("the database is up to date")?;
        Ok(())
    }
}
