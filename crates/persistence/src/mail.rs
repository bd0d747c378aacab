//! The port through which mail leaves.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One mail to one person.
///
/// It is complete as text, for SMTP, and as template and variables, for services
/// that keep the wording themselves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The `Message-ID`, angle brackets included. A repeated delivery has the
    /// same one, which also makes it the idempotency key for a mail service.
    pub message_id: String,
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body, plain text.
    pub text: String,
    /// Which mail it is.
    pub template: MailTemplate,
    /// What the wording depends on, and in each mail `language`.
    pub variables: BTreeMap<String, String>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Recipient, text and variables stay out of every log.
        formatter
            .debug_struct("Mail")
            .field("message_id", &self.message_id)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

/// The mails that Charter sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTemplate {
    /// An invitation into an organisation. Variables: `organisation`,
    /// `inviter`, `first_name`, `message` (these may be empty), `role`, `invite_url`,
    /// `expires_on`.
    Invite,
    /// The same to somebody who is to set the organisation up. Variables: those of an
    /// invite, and `step`, at which the inviter stopped (may be empty).
    Delegation,
    /// The link that resets a password, or sets the first one. Variables: `name`
    /// (may be empty), `reset_url`, `expires_on`.
    Reset,
    /// The link that confirms an address. Variables: `confirm_url`, `expires_on`,
    /// `asked_on`, `asked_from` (may be empty).
    Confirm,
    /// To somebody who has an account and has signed up once more, or another has
    /// with this address. Variables: `name`, `asked_on`, `asked_from` (may be
    /// empty).
    Known,
    /// That a provider is a way to sign in now. Variables: `name`, `provider`,
    /// `linked_on`, `asked_from` (may be empty).
    Linked,
    /// To somebody who has asked to reset the password, and whose organisation demands
    /// single sign-on. Variables: `name`, `sign_in_url`, `asked_on`, `asked_from` (may
    /// be empty).
    SingleSignOn,
    /// The link by which a legal document is signed. Variables: `document`, `company`,
    /// `operator`, `sign_url`.
    Sign,
    /// That the password is another one now. Variables: `name`, `changed_on`,
    /// `asked_from` (may be empty).
    PasswordChanged,
}

/// Why a mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryError {
    /// It may work later.
    Temporary(String),
    /// The receiving side refused for good, such as an address that does not
    /// exist.
    Permanent(String),
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporary(reason) => write!(formatter, "not now: {reason}"),
            Self::Permanent(reason) => write!(formatter, "refused: {reason}"),
        }
    }
}

impl std::error::Error for DeliveryError {}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands `mail` over to the next system. Returns once that has taken it.
    ///
    /// # Errors
    /// When it did not.
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError>;
}
