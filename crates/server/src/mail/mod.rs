//! The ways in which mail leaves: SMTP, the HTTP API of Loops, or, for development,
//! a folder.

mod folder;
mod loops;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;
use charter_contract::Clock;
use charter_persistence::{DeliveryError, Mail, Mailer};

pub use folder::FolderMailer;
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
        return Ok(Some(Arc::new(Logged(mailer))));
    }
    if configuration.loops.api_key.is_some() {
        let mailer = LoopsMailer::new(&configuration.loops)?;
        return Ok(Some(Arc::new(Logged(mailer))));
    }
    if let Some(folder) = &configuration.mail.folder {
        let mailer = FolderMailer::new(folder, &configuration.mail, clock)?;
        return Ok(Some(Arc::new(Logged(mailer))));
    }
    Ok(None)
}

/// Tells the operator what became of each mail.
struct Logged<M>(M);

#[async_trait]
impl<M: Mailer> Mailer for Logged<M> {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let result = self.0.send(mail).await;
        match &result {
            Ok(()) => tracing::info!(message_id = mail.message_id, "mail handed over"),
            Err(error) => {
                tracing::warn!(message_id = mail.message_id, %error, "mail not handed over");
            }
        }
        result
    }
}
