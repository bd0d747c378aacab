//! The ways in which mail leaves: SMTP, or the HTTP API of Loops.

mod loops;
mod smtp;

use std::sync::Arc;

use charter_contract::Clock;
use charter_persistence::Mailer;

pub use loops::LoopsMailer;
pub use smtp::SmtpMailer;

use crate::command::Failure;
use crate::configuration::Configuration;

/// The configured way; `None` when there is none, and every mail is skipped.
pub fn mailer(
    configuration: &Configuration,
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Mailer>>, Failure> {
    if configuration.smtp.host.is_some() {
        let mailer = SmtpMailer::new(&configuration.smtp, &configuration.mail, clock)?;
        return Ok(Some(Arc::new(mailer)));
    }
    if configuration.loops.api_key.is_some() {
        return Ok(Some(Arc::new(LoopsMailer::new(&configuration.loops)?)));
    }
    Ok(None)
}
