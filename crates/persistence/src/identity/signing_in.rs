//! Beginning sessions, by whichever way somebody came in.

use charter_api_identity::models::{Flow, SignedIn, UserStatus};
use charter_contract::{Call, Internal, ProblemKind, Redacted, Unauthorized, kind};
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::users::{self, SessionRow, Which};
use crate::constraint::Stored as _;
use crate::entity::session::{Method, Model};
use crate::session_token::SessionToken;
use crate::write::Write;

/// The characters of a `User-Agent` that are kept.
const USER_AGENT: usize = 256;

/// A session that has just begun. The token is nowhere else.
pub(crate) struct Begun {
    token: SessionToken,
    session: Model,
}

pub(super) use crate::entity::saml_ticket::Account;

impl Write {
    /// Begins a session, and holds the user until the transaction ends: what is
    /// read of the user after that, such as the password, does not change any more
    /// before the session is there.
    pub(crate) async fn begin_session(
        &self,
        user: Uuid,
        method: Method,
        call: &Call,
    ) -> Result<Begun, Internal> {
        let store = self.store();
        let now = self.now();
        self.db()
            .execute_raw(store.statement(
                "UPDATE users SET last_login_at = $2 WHERE id = $1",
                [user.into(), now.micros().into()],
            ))
            .await
            .stored()?;
        let token = SessionToken::generate(store.random());
        let options = store.identity();
        let end = now.plus_seconds(options.session_absolute_seconds).micros();
        let idle_end = now.plus_seconds(options.session_idle_seconds).micros();
        let session = Model {
            id: self.new_id(),
            user_id: user,
            hash: token.hash().to_vec(),
            method,
            address: call
                .remote
                .map(|address| address.to_canonical().to_string()),
            user_agent: call
                .user_agent()
                .map(|agent| agent.chars().take(USER_AGENT).collect()),
            created_at: now.micros(),
            last_used_at: now.micros(),
            idle_expires_at: idle_end.min(end),
            expires_at: end,
            revoked_at: None,
        };
        self.insert(session.clone()).await.stored()?;
        Ok(Begun { token, session })
    }
}

impl Begun {
    /// The session's id.
    pub(super) const fn session(&self) -> Uuid {
        self.session.id
    }
}

/// What whoever has begun a session is told.
pub(super) async fn signed_in(
    tx: &Write,
    begun: Begun,
    account: Account,
    workspace: Option<Uuid>,
) -> Result<SignedIn, Internal> {
    let Begun { token, session } = begun;
    let user = users::read(tx.db(), session.user_id, workspace)
        .await?
        .ok_or_else(|| Internal::new("the user of a new session is not there"))?;
    Ok(SignedIn {
        token: Redacted(token.reveal().to_owned()),
        is_new: account == Account::New,
        flow: match (user.status, &user.company) {
            (UserStatus::Pending, _) => Flow::Confirmation,
            (UserStatus::Active, Some(_)) => Flow::Dashboard,
            (UserStatus::Active, None) => Flow::Onboarding,
        },
        user,
        provider: session.method.into(),
        session: SessionRow::from(&session).seen(Which::Current),
    })
}

/// 401, the same whatever is wrong.
pub(super) fn sign_in_refused() -> Unauthorized {
    refused(
        &kind::SIGN_IN_REFUSED,
        "The address and the password do not belong together, or the address is not confirmed yet.",
    )
}

/// 401 to who is signed in and does not know the password.
pub(super) fn password_refused() -> Unauthorized {
    refused(&kind::SIGN_IN_REFUSED, "This is not the present password.")
}

/// 401 to who comes with a response that does not hold.
pub(super) fn assertion_refused() -> Unauthorized {
    refused(
        &kind::ASSERTION_REFUSED,
        "The response of the identity provider was refused.",
    )
}

/// 401 to who comes with a ticket that opens nothing.
pub(super) fn ticket_refused() -> Unauthorized {
    refused(
        &kind::TICKET_REFUSED,
        "The ticket is unknown, used or too old, or belongs to another sign-in.",
    )
}

/// 401 to who comes with something that a provider does not vouch for.
pub(super) fn provider_refused() -> Unauthorized {
    refused(
        &kind::PROVIDER_REFUSED,
        "The provider does not vouch for this code or token.",
    )
}

fn refused(kind: &'static ProblemKind, detail: &str) -> Unauthorized {
    Unauthorized::of(kind, detail).with_header(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"charter\""),
    )
}
