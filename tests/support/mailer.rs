//! A mailer that keeps what it is given.

use std::sync::Mutex;

use charter_contract::async_trait;
use charter_persistence::{DeliveryError, Mail, Mailer};

/// Keeps mails, or refuses them when told to.
#[derive(Default)]
pub struct RecordingMailer {
    mails: Mutex<Vec<Mail>>,
    refusal: Mutex<Option<DeliveryError>>,
}

impl RecordingMailer {
    /// The mails taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// Refuses every further mail with `refusal`; takes them again with `None`.
    pub fn refuse(&self, refusal: Option<DeliveryError>) {
        *self.refusal.lock().unwrap() = refusal;
    }
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}
