//! Mail by the HTTP API of Loops.

use std::time::Duration;

use async_trait::async_trait;
use charter_persistence::{DeliveryError, Mail, MailTemplate, Mailer};
use reqwest::{Client, StatusCode, redirect};
use serde_json::json;

use crate::command::Failure;
use crate::configuration::{Loops, Secret};

/// Sends mail through Loops, which keeps the wording: a transactional mail with
/// the variables of ours.
pub struct LoopsMailer {
    client: Client,
    address: String,
    api_key: Secret,
    ids: Ids,
}

/// Which transactional mail is which.
struct Ids {
    invite: String,
    delegation: String,
    confirm: String,
    reset: String,
    known: String,
    password_changed: String,
    linked: String,
    single_sign_on: String,
    sign: String,
}

impl Ids {
    fn of(loops: &Loops) -> Result<Self, Failure> {
        let id = |key: &str, id: &Option<String>| {
            id.clone()
                .ok_or_else(|| Failure::from(format!("loops.{key} is not set")))
        };
        Ok(Self {
            invite: id("transactional_id", &loops.transactional_id)?,
            delegation: id("delegation_id", &loops.delegation_id)?,
            confirm: id("confirm_id", &loops.confirm_id)?,
            reset: id("reset_id", &loops.reset_id)?,
            known: id("known_id", &loops.known_id)?,
            password_changed: id("password_changed_id", &loops.password_changed_id)?,
            linked: id("linked_id", &loops.linked_id)?,
            single_sign_on: id("single_sign_on_id", &loops.single_sign_on_id)?,
            sign: id("sign_id", &loops.sign_id)?,
        })
    }

    fn of_mail(&self, template: MailTemplate) -> &str {
        match template {
            MailTemplate::Invite => &self.invite,
            MailTemplate::Delegation => &self.delegation,
            MailTemplate::Confirm => &self.confirm,
            MailTemplate::Reset => &self.reset,
            MailTemplate::Known => &self.known,
            MailTemplate::PasswordChanged => &self.password_changed,
            MailTemplate::Linked => &self.linked,
            MailTemplate::SingleSignOn => &self.single_sign_on,
            MailTemplate::Sign => &self.sign,
        }
    }
}

impl LoopsMailer {
    /// For the configured account. No connection is made yet.
    pub fn new(loops: &Loops) -> Result<Self, Failure> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(Duration::from_secs(loops.timeout_seconds))
            .redirect(redirect::Policy::none())
            .user_agent(concat!("charter/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            address: format!("{}/api/v1/transactional", loops.url.trim_end_matches('/')),
            api_key: loops.api_key.clone().ok_or("loops.api_key is not set")?,
            ids: Ids::of(loops)?,
        })
    }
}

#[async_trait]
impl Mailer for LoopsMailer {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let body = json!({
            "email": mail.to,
            "transactionalId": self.ids.of_mail(mail.template),
            "addToAudience": false,
            "dataVariables": mail.variables,
        });
        let response = self
            .client
            .post(&self.address)
            .bearer_auth(self.api_key.expose())
            .header("Idempotency-Key", idempotency_key(&mail.message_id))
            .json(&body)
            .send()
            .await
            .map_err(|error| DeliveryError::Temporary(error.without_url().to_string()))?;
        let status = response.status();
        match status {
            _ if status.is_success() => Ok(()),
            // The key was used within the last day: that mail is on its way.
            StatusCode::CONFLICT => Ok(()),
            // What is wrong with this mail stays wrong.
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
                Err(DeliveryError::Permanent(format!("Loops answered {status}")))
            }
            // 401 and 404 are a wrong key or mail id: the operator mends them.
            _ => Err(DeliveryError::Temporary(format!("Loops answered {status}"))),
        }
    }
}

/// At most 100 characters, and no angle brackets.
fn idempotency_key(message_id: &str) -> String {
    message_id
        .trim_matches(['<', '>'])
        .chars()
        .take(100)
        .collect()
}
