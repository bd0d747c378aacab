//! The mail that carries an invite's link, in Portuguese, English and Spanish.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use charter_contract::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::Store;
use crate::entity::{Role, invite};
use crate::invite_token::InviteToken;
use crate::mail::{Mail, MailTemplate};
use crate::signed_link::Origin;
use crate::tongue::{Tongue, moment};

/// What somebody is invited for.
#[derive(Clone, Debug)]
pub(crate) enum Occasion {
    /// To belong to the organisation.
    Joining,
    /// To set it up in place of the inviter, who stopped at this step.
    SettingUp { step: Option<String> },
}

impl Store {
    /// The secret of an invite's present link.
    pub(super) fn invite_token(&self, invite: Uuid, generation: i64, origin: Origin) -> String {
        InviteToken {
            invite,
            generation,
            origin,
        }
        .sign(self.server_keys())
    }

    /// The link around it. A token has no character that an address has to escape.
    pub(super) fn invite_url(&self, token: &str) -> String {
        [self.invite_link(), token].concat()
    }
}

/// What stands before the token in every link.
pub(crate) fn before_the_token(public_url: &Url) -> String {
    let mut url = public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("invite");
    }
    url.set_query(Some("token="));
    url.set_fragment(None);
    url.into()
}

/// What a mail about an invite depends on beside it.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    /// The name of the organisation.
    pub(super) organisation: &'a str,
    /// The name of whoever sends it.
    pub(super) inviter: Option<&'a str>,
    pub(super) occasion: &'a Occasion,
    pub(super) tongue: Tongue,
}

/// The mail for `invite`.
pub(super) fn write(
    store: &Store,
    message_id: String,
    invite: &invite::Model,
    setting: Setting<'_>,
) -> Mail {
    let Setting {
        organisation,
        inviter,
        occasion,
        tongue,
    } = setting;
    let url = store.invite_url(&store.invite_token(invite.id, invite.generation, Origin::Mail));
    let role = match invite.role {
        Role::Admin => "admin",
        Role::Member => "member",
    };
    let expires_on = expiry(tongue, invite.expires_at);
    let who = who(setting);
    let mut text = String::new();
    if let Some(name) = &invite.first_name {
        text = format!("{} {name},\n\n", tongue.pick("Olá,", "Hello", "Hola,"));
    }
    let opened = tongue.pick(
        "Abra este link para aceitar:",
        "Open this link to accept:",
        "Abra este enlace para aceptar:",
    );
    let works = tongue.pick(
        "O link funciona uma vez, só para este endereço, até",
        "The link works once, for this address only, until",
        "El enlace funciona una vez, solo para esta dirección, hasta",
    );
    // Writing into a string does not fail.
    let _ = write!(
        text,
        "{who} {as_what}.\n\n{opened}\n\n{url}\n\n{works} {expires_on}.\n",
        as_what = as_what(tongue, invite.role),
    );
    if let Some(message) = &invite.message {
        let writes = tongue.pick("escreve", "writes", "escribe");
        let from = inviter.unwrap_or(organisation);
        let _ = write!(text, "\n{from} {writes}:\n\n{}\n\n", quoted(message));
    }
    text.push_str(tongue.pick(
        "Se você não esperava este e-mail, pode ignorá-lo.\n",
        "If you did not expect this mail, you can ignore it.\n",
        "Si no esperaba este correo, puede ignorarlo.\n",
    ));
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut variables = BTreeMap::from([
        ("organisation".to_owned(), organisation.to_owned()),
        ("inviter".to_owned(), inviter.unwrap_or_default().to_owned()),
        ("first_name".to_owned(), said(&invite.first_name)),
        ("message".to_owned(), said(&invite.message)),
        ("role".to_owned(), role.to_owned()),
        ("invite_url".to_owned(), url),
        ("expires_on".to_owned(), expires_on),
        ("language".to_owned(), tongue.code().to_owned()),
    ]);
    let template = match occasion {
        Occasion::Joining => MailTemplate::Invite,
        Occasion::SettingUp { step } => {
            variables.insert("step".to_owned(), said(step));
            MailTemplate::Delegation
        }
    };
    Mail {
        message_id,
        to: invite.email.clone(),
        subject: who,
        text,
        template,
        variables,
    }
}

/// Who invites to what: the subject, and how the text begins.
fn who(setting: Setting<'_>) -> String {
    let Setting {
        organisation,
        inviter,
        occasion,
        tongue,
    } = setting;
    match (inviter, occasion) {
        (Some(inviter), Occasion::Joining) => {
            let invites = tongue.pick(
                "convida você a entrar em",
                "invites you to join",
                "le invita a unirse a",
            );
            format!("{inviter} {invites} {organisation}")
        }
        (None, Occasion::Joining) => {
            let invited = tongue.pick(
                "Você foi convidado a entrar em",
                "You are invited to join",
                "Se le invita a unirse a",
            );
            format!("{invited} {organisation}")
        }
        (inviter, Occasion::SettingUp { .. }) => {
            let asks = tongue.pick(
                "pede que você configure",
                "asks you to set up",
                "le pide que configure",
            );
            let inviter = inviter.unwrap_or(organisation);
            format!("{inviter} {asks} {organisation}")
        }
    }
}

const fn as_what(tongue: Tongue, role: Role) -> &'static str {
    match role {
        Role::Admin => tongue.pick("como admin", "as an admin", "como admin"),
        Role::Member => tongue.pick("como membro", "as a member", "como miembro"),
    }
}

fn expiry(tongue: Tongue, expires_at: i64) -> String {
    match tongue {
        Tongue::English => Timestamp::from_micros(expires_at)
            .date_time()
            .format("%-d %B %Y at %H:%M UTC")
            .to_string(),
        Tongue::Portuguese | Tongue::Spanish => moment(expires_at),
    }
}

/// What the inviter has written, so that nothing of it can be taken for ours: each of
/// its lines is marked, and they stand behind our link.
fn quoted(message: &str) -> String {
    let message = message.replace("\r\n", "\n");
    let lines: Vec<String> = message
        .split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .map(|line| format!("> {line}"))
        .collect();
    lines.join("\n")
}
