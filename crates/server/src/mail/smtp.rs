//! Mail by SMTP.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use charter_contract::Clock;
use charter_persistence::{DeliveryError, Mail, Mailer};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::command::Failure;
use crate::configuration::{self, Encryption, Smtp};

/// Sends mail through a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl SmtpMailer {
    /// For the configured server. Nothing is sent and no connection is made yet.
    pub fn new(
        smtp: &Smtp,
        mail: &configuration::Mail,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let host = smtp.host.clone().ok_or("smtp.host is not set")?;
        let from = mail
            .from
            .as_deref()
            .ok_or("mail.from: SMTP needs a sender")?
            .parse()
            .map_err(|error| format!("mail.from: {error}"))?;
        let (tls, usual_port) = match smtp.encryption {
            Encryption::StartTls => (Tls::Required(TlsParameters::new(host.clone())?), 587),
            Encryption::Tls => (Tls::Wrapper(TlsParameters::new(host.clone())?), 465),
            Encryption::None => (Tls::None, 25),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(smtp.port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(Duration::from_secs(smtp.timeout_seconds)));
        if let (Some(username), Some(password)) = (&smtp.username, &smtp.password) {
            transport = transport.credentials(Credentials::new(
                username.clone(),
                password.expose().to_owned(),
            ));
        }
        Ok(Self {
            transport: transport.build(),
            from,
            clock,
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, DeliveryError> {
        let refused = |error: &dyn std::fmt::Display| DeliveryError::Permanent(error.to_string());
        let to = mail.to.parse().map_err(|error| {
            DeliveryError::Permanent(format!("the address of the recipient: {error}"))
        })?;
        let now = u64::try_from(self.clock.now().micros()).unwrap_or(0);
        MessageBuilder::new()
            .message_id(Some(mail.message_id.clone()))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(now))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            // RFC 3834: no out-of-office replies to a machine.
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| refused(&error))
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let message = self.message(mail)?;
        let Err(error) = self.transport.send(message).await else {
            return Ok(());
        };
        // Mail servers like to repeat the address; it stays out of the log and
        // the database.
        let reason = chain(&error).replace(&mail.to, "[recipient]");
        // A refused login or sender is the operator's to mend, not a property of
        // this mail: it may work later.
        if error.is_permanent() && is_about_recipient(&error) {
            Err(DeliveryError::Permanent(reason))
        } else {
            Err(DeliveryError::Temporary(reason))
        }
    }
}

/// Whether a 5xx speaks of the mailbox or the message: 550 to 554, but not 530,
/// 534, 535 and 538, which speak of authentication, nor 50x, of commands.
fn is_about_recipient(error: &lettre::transport::smtp::Error) -> bool {
    error
        .status()
        .map(u16::from)
        .is_some_and(|status| (550..=559).contains(&status))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
