//! Sessions.

use charter_api_identity::models::{
    AddressOnly, CurrentUser, LinkToken, SessionId, SessionList, SignIn, SignInMethod, SignInWay,
    SignedIn,
};
use charter_api_identity::sessions::{
    ConnectError, ConnectRequest, GetCurrentUserError, GetCurrentUserRequest, ListSessionsError,
    ListSessionsRequest, RevokeOtherSessionsError, RevokeOtherSessionsRequest, RevokeSessionError,
    RevokeSessionRequest, SessionsApi, SignInError, SignInRequest, SignOutError, SignOutRequest,
};
use charter_contract::{
    Call, Caller, CredentialKind, Failure as _, Forbidden, Internal, NotFound, TooManyRequests,
    async_trait, kind,
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::options::Connect;
use super::signing_in::{Account, sign_in_refused, signed_in};
use super::single_sign_on::{self, Enforcement};
use super::users::{self, SessionRow, Which};
use crate::Store;
use crate::address::Address;
use crate::attempts::{AT_HOME, Admission, Attempt, Place, Standing, Telling};
use crate::audit::Refusal;
use crate::constraint::Stored as _;
use crate::entity::session::Method;
use crate::organisations::pages::Page;
use crate::organisations::{Acceptance, guard};
use crate::password_hash::Verdict;
use crate::row::{Rows, row};
use crate::subject::Subject;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    /// The account of an address; of one that nobody has confirmed, one of those
    /// that wait for that.
    struct Found {
        id: Uuid,
        confirmed_at: Option<i64>,
        hash: Option<String>,
        at_home: i64,
    }
}

row! {
    struct Stored {
        hash: String,
    }
}

/// Why signing in came to nothing, and what the audit log is told about it.
struct Refused {
    failure: SignInError,
    /// `None` when there is a row about it.
    detail: Option<&'static str>,
}

impl<F> From<F> for Refused
where
    SignInError: From<F>,
{
    fn from(failure: F) -> Self {
        Self {
            failure: failure.into(),
            detail: Some("after_password"),
        }
    }
}

#[async_trait]
impl SessionsApi for Store {
    async fn sign_in(&self, call: Call, request: SignInRequest) -> Result<SignedIn, SignInError> {
        let subject = self.subject_of(&request.body.email);
        match self.try_sign_in(&call, subject, request).await {
            Ok(signed_in) => Ok(signed_in),
            Err(Refused {
                failure,
                detail: None,
            }) => Err(failure),
            Err(Refused { failure, detail }) => {
                let refusal = Refusal {
                    event: None,
                    detail,
                    subject: Some(subject),
                };
                Err(self.refused(&call, refusal, failure).await)
            }
        }
    }

    async fn sign_out(&self, caller: Caller, request: SignOutRequest) -> Result<(), SignOutError> {
        let SignOutRequest = request;
        let session = session_of(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("session", SessionId::from(session));
            // Nothing is left to end when another request was first.
            tx.db()
                .execute_raw(tx.store().statement(
                    "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                    [session.into(), tx.now().micros().into()],
                ))
                .await
                .stored()?;
            Ok(())
        })
        .await
    }

    async fn connect(
        &self,
        call: Call,
        request: ConnectRequest,
    ) -> Result<SignInWay, ConnectError> {
        let ConnectRequest {
            body: AddressOnly { email },
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language: _,
        } = request;
        let subject = self.subject_of(&email);
        let address = Address::of(&email);
        let domain = single_sign_on::domain(self.reader(), &address).await?;
        let found = self.account(&address, None).await?;
        let account = found.filter(|account| account.confirmed_at.is_some());
        let (provider, password) = match (&domain, self.identity().connect, account) {
            (Some(domain), _, _) if domain.enforcement == Enforcement::Enforced => {
                (SignInMethod::Saml, false)
            }
            (_, Connect::Conceal, _) => (SignInMethod::Local, true),
            (_, Connect::Answer, Some(Found { hash: Some(_), .. })) => (SignInMethod::Local, true),
            (domain, Connect::Answer, Some(account)) => {
                let latest = self.latest_provider(account.id, domain.as_ref()).await?;
                (latest, false)
            }
            (_, Connect::Answer, None) => {
                let refusal = Refusal {
                    subject: Some(subject),
                    ..Refusal::default()
                };
                let failure = NotFound::new("No account has this address.").into();
                return Err(self.refused(&call, refusal, failure).await);
            }
        };
        self.write(&call, async |tx: &mut Write| {
            tx.about(subject);
            Ok::<_, ConnectError>(SignInWay {
                email,
                provider,
                password,
            })
        })
        .await
    }

    async fn get_current_user(
        &self,
        caller: Caller,
        request: GetCurrentUserRequest,
    ) -> Result<CurrentUser, GetCurrentUserError> {
        let GetCurrentUserRequest { x_workspace_id } = request;
        let user = guard::user(&caller)?;
        let workspace = x_workspace_id.map(Uuid::from);
        let read = users::read_with_session(
            self.reader(),
            user,
            // A key may be bound to another organisation than the active one.
            workspace.or(caller.identity.organisation),
            session_of(&caller).ok(),
        )
        .await?;
        let (user, session) = read.ok_or_else(no_membership)?;
        let company = user.company.as_ref().map(|company| Uuid::from(company.id));
        if workspace.is_some() && company != workspace {
            return Err(no_membership().into());
        }
        Ok(CurrentUser {
            user,
            session: session.map(|session| session.seen(Which::Current)),
        })
    }

    async fn list_sessions(
        &self,
        caller: Caller,
        request: ListSessionsRequest,
    ) -> Result<SessionList, ListSessionsError> {
        let ListSessionsRequest { limit, cursor } = request;
        let user = guard::user(&caller)?;
        let page = Page::new(cursor, limit);
        let mut sessions = Rows::<SessionRow>::of(
            "SELECT id, method, address, user_agent, created_at, last_used_at, idle_expires_at \
             FROM sessions \
             WHERE user_id = $1 AND id > $2 AND revoked_at IS NULL \
               AND idle_expires_at > $4 AND expires_at > $4 \
             ORDER BY id LIMIT $3",
            [
                user.into(),
                page.after().into(),
                page.rows().into(),
                self.now().micros().into(),
            ],
        )
        .all(self.reader())
        .await
        .stored()?;
        let next_cursor = page.cut(&mut sessions, |session| session.id);
        let current = session_of(&caller).ok();
        Ok(SessionList {
            sessions: sessions
                .into_iter()
                .map(|session| {
                    let which = if Some(session.id) == current {
                        Which::Current
                    } else {
                        Which::Another
                    };
                    session.seen(which)
                })
                .collect(),
            next_cursor,
        })
    }

    async fn revoke_other_sessions(
        &self,
        caller: Caller,
        request: RevokeOtherSessionsRequest,
    ) -> Result<(), RevokeOtherSessionsError> {
        let RevokeOtherSessionsRequest = request;
        let user = guard::user(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            Ok(tx.end_sessions(user, session_of(&caller).ok()).await?)
        })
        .await
    }

    async fn revoke_session(
        &self,
        caller: Caller,
        request: RevokeSessionRequest,
    ) -> Result<(), RevokeSessionError> {
        let RevokeSessionRequest { session_id } = request;
        let user = guard::user(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("session", session_id);
            let revoked = tx
                .db()
                .execute_raw(tx.store().statement(
                    "UPDATE sessions SET revoked_at = $3 \
                     WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL \
                       AND idle_expires_at > $3 AND expires_at > $3",
                    [
                        Uuid::from(session_id).into(),
                        user.into(),
                        tx.now().micros().into(),
                    ],
                ))
                .await
                .stored()?;
            if revoked.rows_affected() == 0 {
                return Err(NotFound::new("You have no session with this id.").into());
            }
            Ok(())
        })
        .await
    }
}

fn no_membership() -> NotFound {
    NotFound::new("You are not a member of an organisation with this id.")
}

/// The session that makes the request.
pub(super) fn session_of(caller: &Caller) -> Result<Uuid, Forbidden> {
    match caller.identity.kind {
        CredentialKind::Session => Ok(caller.identity.credential),
        CredentialKind::Key => Err(Forbidden::of(
            &kind::SESSION_REQUIRED,
            "Only a session may do this; you came with an API key.",
        )),
    }
}

impl Store {
    /// What there is to an address, for somebody who comes from `place`.
    async fn account(
        &self,
        address: &Address,
        place: Option<&Place>,
    ) -> Result<Option<Found>, Internal> {
        Rows::<Found>::of(
            "SELECT u.id, u.confirmed_at, p.hash, \
                    (SELECT COUNT(*) FROM homes h WHERE h.user_id = u.id AND h.place = $2 \
                        AND h.last_success_at > $3) AS at_home \
             FROM users u LEFT JOIN passwords p ON p.user_id = u.id \
             WHERE u.id IN \
                 (SELECT id FROM users WHERE email_normalised = $1 AND confirmed_at IS NOT NULL \
                  UNION ALL \
                  SELECT id FROM users WHERE email_normalised = $1 AND confirmed_at IS NULL) \
             ORDER BY CASE WHEN u.confirmed_at IS NOT NULL THEN 0 ELSE 1 END LIMIT 1",
            [
                address.as_str().into(),
                place.map(Place::as_str).into(),
                self.now().plus_seconds(-AT_HOME).micros().into(),
            ],
        )
        .one(self.reader())
        .await
        .stored()
    }

    async fn try_sign_in(
        &self,
        call: &Call,
        subject: Subject,
        request: SignInRequest,
    ) -> Result<SignedIn, Refused> {
        let SignInRequest {
            body:
                SignIn {
                    email,
                    password,
                    invite,
                },
            x_workspace_id,
            x_subaccount_id: _,
            x_language: _,
        } = request;
        let place = Place::of(call.remote);
        let address = Address::of(&email);
        let found = self.account(&address, Some(&place)).await?;
        let unknown = match &found {
            Some(account) if account.confirmed_at.is_some() => "wrong_password",
            Some(_) => "unconfirmed",
            None => "no_account",
        };
        // Whoever has not confirmed the address cannot sign in with the password:
        // that would tell that the address has no other account.
        let account = found.filter(|account| account.confirmed_at.is_some());
        let standing = match &account {
            Some(account) if account.at_home > 0 => Standing::Home,
            _ => Standing::Elsewhere,
        };
        let attempt = match self.begin_attempt(subject, place, standing).await? {
            Admission::Counted(attempt) => attempt,
            Admission::Blocked(blocked) => {
                return Err(Refused {
                    failure: TooManyRequests::from(blocked).into(),
                    detail: (blocked.telling == Telling::First).then_some("throttled"),
                });
            }
        };
        let hash = account.as_ref().and_then(|account| account.hash.as_deref());
        let verdict = self.passwords().verify(password.as_ref(), hash).await?;
        let (Some(account), Some(hash), Verdict::Right | Verdict::RightAndOutdated) =
            (&account, hash, verdict)
        else {
            return Err(Refused {
                failure: sign_in_refused().into(),
                detail: Some(unknown),
            });
        };
        let renewed = match verdict {
            Verdict::RightAndOutdated => Some(
                self.passwords()
                    .hash(password.as_ref(), self.random())
                    .await?,
            ),
            Verdict::Right | Verdict::Wrong => None,
        };
        let entry = Entry {
            user: account.id,
            address: &address,
            hash,
            renewed,
            invite,
            workspace: x_workspace_id.map(Into::into),
        };
        match self.enter(call, &attempt, entry).await {
            Ok(signed_in) => Ok(signed_in),
            Err(failure) => {
                // The password was right: what else is wrong makes no guess of it.
                if failure.kind().status != sign_in_refused().kind().status {
                    self.write_as_operator(async |tx: &mut Write| {
                        tx.succeed(&attempt, account.id).await
                    })
                    .await?;
                }
                Err(failure.into())
            }
        }
    }

    /// Lets somebody in who has shown the password, or takes everything back.
    async fn enter(
        &self,
        call: &Call,
        attempt: &Attempt,
        entry: Entry<'_>,
    ) -> Result<SignedIn, SignInError> {
        let Entry {
            user,
            address,
            hash,
            renewed,
            invite,
            workspace,
        } = entry;
        let invite = invite
            .map(|token| self.invite_behind(token.as_ref()))
            .transpose()?;
        self.write(call, async |tx: &mut Write| {
            tx.actor(user);
            tx.about(attempt.subject());
            let begun = tx.begin_session(user, Method::Local, call).await?;
            // A password that was changed since it was compared opens nothing.
            if !tx.password_is(user, hash).await? {
                return Err(sign_in_refused().into());
            }
            if let Some(renewed) = renewed {
                tx.set_password(user, renewed).await?;
            }
            // Told to who knows the password, and to nobody else.
            single_sign_on::refuse_where_demanded::<SignInError>(tx.db(), address).await?;
            tx.succeed(attempt, user).await?;
            if let Some(token) = invite
                && let Acceptance::Joined { organisation, .. } =
                    tx.accept_invite::<SignInError>(token, user).await?
            {
                let tenant = Tenant {
                    organisation: organisation.id,
                };
                tx.activate(user, tenant).await.stored()?;
            }
            tx.target("session", SessionId::from(begun.session()));
            Ok(signed_in(tx, begun, Account::Known, workspace).await?)
        })
        .await
    }
}

/// Somebody who has shown the password.
struct Entry<'a> {
    user: Uuid,
    address: &'a Address,
    /// The hash that the password was compared with.
    hash: &'a str,
    /// The same password, hashed at today's costs.
    renewed: Option<String>,
    invite: Option<LinkToken>,
    /// The organisation that the answer is to be about.
    workspace: Option<Uuid>,
}

impl Write {
    /// Whether the stored hash of the user's password is still this one.
    pub(super) async fn password_is(&self, user: Uuid, hash: &str) -> Result<bool, Internal> {
        let stored = Rows::<Stored>::of(
            "SELECT hash FROM passwords WHERE user_id = $1",
            [user.into()],
        )
        .one(self.db())
        .await
        .stored()?;
        Ok(stored.is_some_and(|stored| stored.hash == hash))
    }

    /// Ends the sessions of a user, but for one.
    pub(super) async fn end_sessions(&self, user: Uuid, but: Option<Uuid>) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "UPDATE sessions SET revoked_at = $2 \
                 WHERE user_id = $1 AND revoked_at IS NULL AND id <> $3",
                [
                    user.into(),
                    self.now().micros().into(),
                    but.unwrap_or_else(Uuid::nil).into(),
                ],
            ))
            .await
            .stored()?;
        Ok(())
    }
}
