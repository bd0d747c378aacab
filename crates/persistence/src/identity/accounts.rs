//! Accounts.

use charter_api_identity::accounts::{
    AccountsApi, ConfirmAccountError, ConfirmAccountRequest, ResendConfirmationError,
    ResendConfirmationRequest, SignUpError, SignUpRequest, SignUpWithInviteError,
    SignUpWithInviteRequest, ValidateInviteTokenError, ValidateInviteTokenRequest,
};
use charter_api_identity::models::{
    AddressOnly, InviteLink, Invited, Language, LinkToken, Message, Role, SignedIn, UserId,
    UserMessage, Whitelabel,
};
use charter_contract::{
    BadRequest, Call, Failure, Forbidden, Gone, Internal, NotFound, ServiceUnavailable, Timestamp,
    TooManyRequests, async_trait, kind,
};
use uuid::Uuid;

use super::claim::{self, Claim};
use super::confirmation::Confirmed;
use super::options::SignUps;
use super::passwords::check_strength;
use super::signing_in::{Account, sign_in_refused, signed_in};
use super::single_sign_on;
use super::users;
use super::words::Word;
use crate::Store;
use crate::address::Address;
use crate::attempts::{Admission, Attempt, Place, Standing, Telling};
use crate::audit::Refusal;
use crate::constraint::Stored as _;
use crate::entity::{self, mail_link, mail_wish, session};
use crate::invite_token::InviteToken;
use crate::mail_link::Dead;
use crate::mail_wishes::Wish;
use crate::organisations::{Acceptance, PendingInvite};
use crate::password_hash::Verdict;
use crate::row::{Rows, row};
use crate::signed_link::Origin;
use crate::subject::Subject;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    /// The confirmed account of an address.
    struct Known {
        id: Uuid,
        hash: Option<String>,
    }
}

/// How often a sign-up looks again after an account has changed under it.
const RACES: usize = 3;

/// Who turns out to be opening an account.
enum Comer {
    /// The owner of an account that exists, by its password.
    Owner {
        user: Uuid,
        /// The hash that the password was compared with.
        present: String,
    },
    /// Somebody whose address has an account with another password.
    Claimant {
        /// The hash of the password, if the account is to have one.
        hash: Option<String>,
    },
    /// Somebody whose address has no account.
    Stranger {
        /// The hash of the password, if the account is to have one.
        hash: Option<String>,
    },
}

/// The owner of an account, who is signed in.
struct Owner<'a> {
    user: Uuid,
    present: &'a str,
    attempt: Option<&'a Attempt>,
}

/// Why an account was not opened.
enum Unopened<E> {
    /// Somebody else has confirmed the address in the meantime, or the password has
    /// changed. Look again.
    Raced,
    Failed(E),
}

impl<E: From<Internal>> From<Internal> for Unopened<E> {
    fn from(internal: Internal) -> Self {
        Self::Failed(internal.into())
    }
}

#[async_trait]
impl AccountsApi for Store {
    async fn sign_up(&self, call: Call, request: SignUpRequest) -> Result<SignedIn, SignUpError> {
        let SignUpRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let subject = self.subject_of(&body.email);
        let judged = async {
            let invite = body.invite.clone();
            let claim = Claim::of(body, x_language)?;
            self.check_new_password::<SignUpError>(&claim).await?;
            let token = match &invite {
                Some(invite) => Some(
                    self.good_invite::<SignUpError>(invite, &claim.address)
                        .await?,
                ),
                None if self.identity().sign_up == SignUps::InviteOnly => {
                    return Err(SignUpError::from(Forbidden::of(
                        &kind::SIGN_UP_CLOSED,
                        "New accounts are made by invite only.",
                    )));
                }
                None => None,
            };
            single_sign_on::refuse_where_demanded::<SignUpError>(self.reader(), &claim.address)
                .await?;
            if token.is_none_or(|token| token.origin == Origin::Answer) {
                self.require_mail()?;
            }
            Ok((claim, token))
        };
        let (claim, token) = self.audited(&call, subject, judged.await).await?;
        let attempt = self
            .count_attempt::<SignUpError>(&call, subject, &claim)
            .await?;
        let workspace = x_workspace_id.map(Into::into);
        let opened = self
            .open_account::<SignUpError>(&call, &claim, attempt, token, workspace)
            .await;
        self.audited(&call, subject, opened).await
    }

    async fn resend_confirmation(
        &self,
        call: Call,
        request: ResendConfirmationRequest,
    ) -> Result<Message, ResendConfirmationError> {
        let ResendConfirmationRequest {
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language,
            body: AddressOnly { email },
        } = request;
        self.require_mail()?;
        let subject = self.subject_of(&email);
        self.write(&call, async |tx: &mut Write| {
            tx.about(subject);
            let wish = Wish {
                kind: mail_wish::Kind::Confirm,
                address: &email,
                user: None,
                language: x_language.map(Language::as_str),
            };
            tx.wish(wish, &call).await?;
            Ok::<_, ResendConfirmationError>(Message {
                message: Word::ConfirmationOnItsWay.said(x_language.unwrap_or(Language::En)),
            })
        })
        .await
    }

    async fn confirm_account(
        &self,
        call: Call,
        request: ConfirmAccountRequest,
    ) -> Result<UserMessage, ConfirmAccountError> {
        let ConfirmAccountRequest {
            token,
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
        } = request;
        let confirmed = self
            .write(&call, async |tx: &mut Write| {
                let user = tx
                    .use_link(mail_link::Kind::Confirm, token.as_ref())
                    .await?
                    .map_err(Dead::failure::<ConfirmAccountError>)?;
                match tx.confirm(user).await? {
                    Confirmed::Done => {}
                    Confirmed::AnotherWasFirst => return Err(Dead::Used.failure()),
                }
                tx.actor(user);
                tx.target("user", UserId::from(user));
                let user = users::read(tx.db(), user, x_workspace_id.map(Into::into))
                    .await?
                    .ok_or_else(|| Dead::Unknown.failure::<ConfirmAccountError>())?;
                Ok::<_, ConfirmAccountError>(UserMessage {
                    message: Word::AddressConfirmed.said(x_language.unwrap_or(user.language)),
                    user,
                })
            })
            .await;
        match confirmed {
            Ok(message) => Ok(message),
            Err(failure) => Err(self.refused(&call, Refusal::default(), failure).await),
        }
    }

    async fn validate_invite_token(
        &self,
        call: Call,
        request: ValidateInviteTokenRequest,
    ) -> Result<InviteLink, ValidateInviteTokenError> {
        let ValidateInviteTokenRequest {
            token,
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language: _,
        } = request;
        match self.look_at_invite(&token).await {
            Ok(link) => Ok(link),
            Err(failure) => {
                let refusal = Refusal {
                    event: Some("link.refused"),
                    ..Refusal::default()
                };
                Err(self.refused(&call, refusal, failure).await)
            }
        }
    }

    async fn sign_up_with_invite(
        &self,
        call: Call,
        request: SignUpWithInviteRequest,
    ) -> Result<SignedIn, SignUpWithInviteError> {
        let SignUpWithInviteRequest {
            token,
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let subject = self.subject_of(&body.email);
        let judged = async {
            let claim = Claim::of(claim::invited(body), x_language)?;
            let token = self
                .good_invite::<SignUpWithInviteError>(&token, &claim.address)
                .await?;
            self.check_new_password::<SignUpWithInviteError>(&claim)
                .await?;
            single_sign_on::refuse_where_demanded::<SignUpWithInviteError>(
                self.reader(),
                &claim.address,
            )
            .await?;
            if token.origin == Origin::Answer {
                self.require_mail()?;
            }
            Ok::<_, SignUpWithInviteError>((claim, token))
        };
        let (claim, token) = self.audited(&call, subject, judged.await).await?;
        let attempt = self
            .count_attempt::<SignUpWithInviteError>(&call, subject, &claim)
            .await?;
        let workspace = x_workspace_id.map(Into::into);
        let opened = match token.origin {
            Origin::Mail => {
                self.open_as_reader(&call, &claim, attempt, token, workspace)
                    .await
            }
            Origin::Answer => {
                self.open_account(&call, &claim, attempt, Some(token), workspace)
                    .await
            }
        };
        self.audited(&call, subject, opened).await
    }
}

impl Store {
    pub(super) fn subject_of(&self, email: &str) -> Subject {
        Subject::of(&Address::of(email), self.server_keys())
    }

    /// Writes a refusal about an address into the audit log. What breaks a rule is no
    /// attempt.
    async fn audited<T, E>(
        &self,
        call: &Call,
        subject: Subject,
        result: Result<T, E>,
    ) -> Result<T, E>
    where
        E: Failure + From<Internal>,
    {
        match result {
            Ok(value) => Ok(value),
            Err(failure) if failure.kind().status == 400 => Err(failure),
            Err(failure) => {
                let refusal = Refusal {
                    subject: Some(subject),
                    ..Refusal::default()
                };
                Err(self.refused(call, refusal, failure).await)
            }
        }
    }

    /// Counts an attempt on an address whose password is going to be compared: to
    /// open an account with the right one is to sign in.
    async fn count_attempt<E>(
        &self,
        call: &Call,
        subject: Subject,
        claim: &Claim,
    ) -> Result<Option<Attempt>, E>
    where
        E: Failure + From<Internal> + From<TooManyRequests>,
    {
        if claim.password.is_none() {
            return Ok(None);
        }
        let place = Place::of(call.remote);
        match self
            .begin_attempt(subject, place, Standing::Elsewhere)
            .await?
        {
            Admission::Counted(attempt) => Ok(Some(attempt)),
            Admission::Blocked(blocked) => {
                let failure = E::from(TooManyRequests::from(blocked));
                if blocked.telling == Telling::Again {
                    return Err(failure);
                }
                let refusal = Refusal {
                    detail: Some("throttled"),
                    subject: Some(subject),
                    ..Refusal::default()
                };
                Err(self.refused(call, refusal, failure).await)
            }
        }
    }

    /// Refuses a password that others guess. It is judged before the address is
    /// looked for, so that the refusal tells nothing about that.
    async fn check_new_password<E>(&self, claim: &Claim) -> Result<(), E>
    where
        E: From<BadRequest> + From<Internal>,
    {
        match &claim.password {
            Some(password) => check_strength(self, password.as_ref(), claim.known_of()).await,
            None => Ok(()),
        }
    }

    /// What a link says whose invite is for `address` and can still be accepted.
    async fn good_invite<E>(&self, link: &LinkToken, address: &Address) -> Result<InviteToken, E>
    where
        E: From<Internal> + From<NotFound> + From<Forbidden> + From<Gone>,
    {
        let token = self.invite_behind(link.as_ref())?;
        self.pending_invite_for::<E>(token, address).await?;
        Ok(token)
    }

    async fn look_at_invite(
        &self,
        link: &LinkToken,
    ) -> Result<InviteLink, ValidateInviteTokenError> {
        let token = self.invite_behind(link.as_ref())?;
        let PendingInvite {
            invite,
            organisation_name,
            inviter_name,
        } = self
            .pending_invite_of::<ValidateInviteTokenError>(token)
            .await?;
        let address = Address::of(&invite.email);
        let single_sign_on = single_sign_on::is_demanded(self.reader(), &address).await?;
        Ok(InviteLink {
            id: invite.organisation_id.into(),
            whitelabel: Whitelabel {
                name: organisation_name.try_into().map_err(Internal::from)?,
                logo: None,
            },
            password: !single_sign_on,
            invited: Invited {
                id: invite.id.into(),
                email: invite.email.try_into().map_err(Internal::from)?,
                roles: invite.role.into(),
                inviter: inviter_name
                    .map(TryInto::try_into)
                    .transpose()
                    .map_err(Internal::from)?,
                expires: Timestamp::from_micros(invite.expires_at),
            },
        })
    }

    /// The confirmed account of an address.
    async fn known(&self, address: &Address) -> Result<Option<Known>, Internal> {
        Rows::<Known>::of(
            "SELECT u.id, p.hash FROM users u LEFT JOIN passwords p ON p.user_id = u.id \
             WHERE u.email_normalised = $1 AND u.confirmed_at IS NOT NULL",
            [address.as_str().into()],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// Finds out who is opening an account. It compares one password and hashes one,
    /// whatever it finds, so that it takes as long for every address.
    async fn comer(&self, claim: &Claim, known: Option<Known>) -> Result<Comer, Internal> {
        let password = claim.password.as_ref().map(AsRef::as_ref);
        // Without a password there is as much to do, and nothing that could be right.
        let text = password.unwrap_or(claim.address.as_str());
        let stored = known.as_ref().and_then(|known| known.hash.as_deref());
        let stored = stored.filter(|_| password.is_some());
        let verdict = self.passwords().verify(text, stored).await?;
        let hash = self.passwords().hash(text, self.random()).await?;
        let hash = password.map(|_| hash);
        Ok(match (known, verdict) {
            (None, _) => Comer::Stranger { hash },
            (
                Some(Known {
                    id,
                    hash: Some(present),
                }),
                Verdict::Right | Verdict::RightAndOutdated,
            ) => Comer::Owner { user: id, present },
            (Some(_), _) => Comer::Claimant { hash },
        })
    }

    /// Opens an account for whoever says to have the address, or signs its owner in,
    /// who knows the password.
    async fn open_account<E>(
        &self,
        call: &Call,
        claim: &Claim,
        attempt: Option<Attempt>,
        invite: Option<InviteToken>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, E>
    where
        E: From<Internal>
            + From<NotFound>
            + From<Forbidden>
            + From<Gone>
            + From<ServiceUnavailable>,
    {
        let mailed = invite.is_some_and(|token| token.origin == Origin::Mail);
        for _ in 0..RACES {
            let known = self.known(&claim.address).await?;
            let opened = match self.comer(claim, known).await? {
                Comer::Owner { user, present } => {
                    let owner = Owner {
                        user,
                        present: &present,
                        attempt: attempt.as_ref(),
                    };
                    self.let_in(call, owner, invite, workspace).await
                }
                // Who has the mailed link of an invite is who the address belongs to.
                Comer::Stranger { hash } if mailed => {
                    self.open_confirmed(call, claim, hash, invite, workspace)
                        .await
                }
                Comer::Stranger { hash } | Comer::Claimant { hash } => {
                    self.require_mail()?;
                    return self
                        .open_pending(call, claim, hash, invite, workspace)
                        .await;
                }
            };
            match opened {
                Ok(signed_in) => return Ok(signed_in),
                Err(Unopened::Failed(failure)) => return Err(failure),
                Err(Unopened::Raced) => {}
            }
        }
        Err(too_many_races().into())
    }

    /// Opens an account for who reads the mail to the address, or signs its owner
    /// in: who has an account needs its password even then.
    async fn open_as_reader(
        &self,
        call: &Call,
        claim: &Claim,
        attempt: Option<Attempt>,
        invite: InviteToken,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, SignUpWithInviteError> {
        for _ in 0..RACES {
            let known = self.known(&claim.address).await?;
            let opened = match self.comer(claim, known).await? {
                Comer::Owner { user, present } => {
                    let owner = Owner {
                        user,
                        present: &present,
                        attempt: attempt.as_ref(),
                    };
                    self.let_in(call, owner, Some(invite), workspace).await
                }
                Comer::Claimant { .. } => return Err(sign_in_refused().into()),
                Comer::Stranger { hash } => {
                    self.open_confirmed(call, claim, hash, Some(invite), workspace)
                        .await
                }
            };
            match opened {
                Ok(signed_in) => return Ok(signed_in),
                Err(Unopened::Failed(failure)) => return Err(failure),
                Err(Unopened::Raced) => {}
            }
        }
        Err(too_many_races().into())
    }

    /// Opens an account that waits for its address to be confirmed.
    async fn open_pending<E>(
        &self,
        call: &Call,
        claim: &Claim,
        hash: Option<String>,
        invite: Option<InviteToken>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, E>
    where
        E: From<Internal>,
    {
        self.write(call, async |tx: &mut Write| {
            let user = insert(tx, claim, hash, invite).await?;
            let wish = Wish {
                kind: mail_wish::Kind::SignUp,
                address: &claim.email,
                user: Some(user),
                language: claim.language.map(Language::as_str),
            };
            tx.wish(wish, call).await?;
            let begun = tx.begin_session(user, session::Method::Local, call).await?;
            Ok(signed_in(tx, begun, Account::New, workspace).await?)
        })
        .await
    }

    /// Opens an account whose address needs no further proof.
    async fn open_confirmed<E>(
        &self,
        call: &Call,
        claim: &Claim,
        hash: Option<String>,
        invite: Option<InviteToken>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, Unopened<E>>
    where
        E: From<Internal>,
    {
        self.write(call, async |tx: &mut Write| {
            let user = insert(tx, claim, hash, invite).await?;
            match tx.confirm(user).await? {
                Confirmed::Done => {}
                Confirmed::AnotherWasFirst => return Err(Unopened::Raced),
            }
            tx.target("user", UserId::from(user));
            tx.settle_in(user, &Place::of(call.remote)).await?;
            let begun = tx.begin_session(user, session::Method::Local, call).await?;
            Ok(signed_in(tx, begun, Account::New, workspace).await?)
        })
        .await
    }

    /// Signs the owner of an account in, who has shown its password, and accepts the
    /// invite, all or nothing.
    async fn let_in<E>(
        &self,
        call: &Call,
        owner: Owner<'_>,
        invite: Option<InviteToken>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, Unopened<E>>
    where
        E: From<Internal> + From<NotFound> + From<Forbidden> + From<Gone>,
    {
        let Owner {
            user,
            present,
            attempt,
        } = owner;
        self.write(call, async |tx: &mut Write| {
            let begun = tx.begin_session(user, session::Method::Local, call).await?;
            // The user is held now. Whether the password that was right still is?
            if !tx.password_is(user, present).await? {
                return Err(Unopened::Raced);
            }
            if let Some(attempt) = attempt {
                tx.succeed(attempt, user).await?;
                tx.about(attempt.subject());
            }
            if let Some(invite) = invite {
                let accepted = tx
                    .accept_invite::<E>(invite, user)
                    .await
                    .map_err(Unopened::Failed)?;
                if let Acceptance::Joined { organisation, .. } = accepted {
                    let tenant = Tenant {
                        organisation: organisation.id,
                    };
                    tx.activate(user, tenant).await.stored()?;
                }
            }
            tx.actor(user);
            tx.target("user", UserId::from(user));
            Ok(signed_in(tx, begun, Account::Known, workspace).await?)
        })
        .await
    }
}

/// So often somebody else has confirmed the address, or changed the password, in
/// the very moment in which it was looked at.
fn too_many_races() -> Internal {
    Internal::unavailable("an account changed each time that it was looked at")
}

/// Writes a pending user with everything that was told.
async fn insert(
    tx: &mut Write,
    claim: &Claim,
    hash: Option<String>,
    invite: Option<InviteToken>,
) -> Result<Uuid, Internal> {
    let user = claim.user(tx);
    let id = user.id;
    tx.insert(user).await.stored()?;
    if let Some(hash) = hash {
        tx.set_password(id, hash).await?;
    }
    let sign_up = claim.sign_up(tx, id, invite.map(|token| token.invite));
    tx.insert(sign_up).await.stored()?;
    tx.actor(id);
    let subject = tx.store().subject_of(&claim.email);
    tx.about(subject);
    tx.target("user", UserId::from(id));
    Ok(id)
}

/// What acceptance makes of a person, in the words of this document.
impl From<entity::Role> for Role {
    fn from(role: entity::Role) -> Self {
        match role {
            entity::Role::Admin => Self::Admin,
            entity::Role::Member => Self::User,
        }
    }
}
