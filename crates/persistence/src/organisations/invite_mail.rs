//! The mail that carries an invite's link.

use std::collections::BTreeMap;

use charter_contract::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::Store;
use crate::entity::{Role, invite};
use crate::invite_token::{InviteToken, Origin};
use crate::mail::{Mail, MailTemplate};

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

/// The mail for `invite`.
pub(super) fn write(
    store: &Store,
    message_id: String,
    invite: &invite::Model,
    organisation: &str,
    inviter: Option<&str>,
) -> Mail {
    let url = store.invite_url(&store.invite_token(invite.id, invite.generation, Origin::Mail));
    let role = match invite.role {
        Role::Admin => "admin",
        Role::Member => "member",
    };
    let expires_on = Timestamp::from_micros(invite.expires_at)
        .date_time()
        .format("%-d %B %Y at %H:%M UTC")
        .to_string();
    let who = inviter.map_or_else(
        || format!("You are invited to join {organisation}"),
        |inviter| format!("{inviter} invites you to join {organisation}"),
    );
    let text = format!(
        "{who} as {article} {role}.\n\n\
         Open this link to accept:\n\n\
         {url}\n\n\
         The link works once, for this address only, until {expires_on}.\n\
         If you did not expect this mail, you can ignore it.\n",
        article = match invite.role {
            Role::Admin => "an",
            Role::Member => "a",
        },
    );
    Mail {
        message_id,
        to: invite.email.clone(),
        subject: who,
        text,
        template: MailTemplate::Invite,
        variables: BTreeMap::from([
            ("organisation".to_owned(), organisation.to_owned()),
            ("inviter".to_owned(), inviter.unwrap_or_default().to_owned()),
            ("role".to_owned(), role.to_owned()),
            ("invite_url".to_owned(), url),
            ("expires_on".to_owned(), expires_on),
        ]),
    }
}
