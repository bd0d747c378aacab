//! Passwords.

use charter_api_identity::models::{
    AddressOnly, ChangePassword, Language, Message, NewPassword, Password, ResetLink,
    ResetPassword, UserId, UserMessage,
};
use charter_api_identity::passwords::{
    ChangePasswordError, ChangePasswordRequest, ForgotPasswordError, ForgotPasswordRequest,
    PasswordsApi, ResetPasswordError, ResetPasswordRequest, ValidateResetTokenError,
    ValidateResetTokenRequest,
};
use charter_contract::{
    BadRequest, Call, Caller, Gone, Internal, Location, NotFound, TooManyRequests, Violation,
    async_trait, kind,
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::confirmation::Confirmed;
use super::mails::{Asked, Letter};
use super::sessions::session_of;
use super::signing_in::password_refused;
use super::single_sign_on;
use super::users;
use super::words::Word;
use crate::Store;
use crate::address::Address;
use crate::attempts::{AT_HOME, Admission, Attempt, Place, Standing, Telling};
use crate::audit::{self, Refusal};
use crate::constraint::Stored as _;
use crate::entity::mail_link::Kind;
use crate::entity::{mail_link, mail_wish};
use crate::mail_link::Dead;
use crate::mail_wishes::Wish;
use crate::organisations::guard;
use crate::password_hash::Verdict;
use crate::password_rules::{self, Weakness};
use crate::row::{Rows, row};
use crate::subject::Subject;
use crate::write::Write;

row! {
    /// A user as far as the password goes.
    struct Owner {
        id: Uuid,
        email: String,
        name: String,
        first_name: Option<String>,
        last_name: Option<String>,
        language: String,
        hash: Option<String>,
        at_home: i64,
    }
}

impl Owner {
    /// What anybody knows of the person.
    fn known(&self) -> Vec<String> {
        let names = [&self.first_name, &self.last_name].into_iter().flatten();
        [&self.email, &self.name]
            .into_iter()
            .chain(names)
            .cloned()
            .collect()
    }
}

/// Why a change came to nothing, and what the audit log is told about it.
struct Refused {
    failure: ChangePasswordError,
    /// `None` when there is a row about it, or nothing to tell.
    detail: Option<&'static str>,
}

impl<F> From<F> for Refused
where
    ChangePasswordError: From<F>,
{
    fn from(failure: F) -> Self {
        Self {
            failure: failure.into(),
            detail: None,
        }
    }
}

#[async_trait]
impl PasswordsApi for Store {
    async fn forgot_password(
        &self,
        call: Call,
        request: ForgotPasswordRequest,
    ) -> Result<Message, ForgotPasswordError> {
        let ForgotPasswordRequest {
            body: AddressOnly { email },
            x_language,
            x_workspace_id: _,
            x_subaccount_id: _,
        } = request;
        self.require_mail()?;
        let subject = self.subject_of(&email);
        self.write(&call, async |tx: &mut Write| {
            tx.about(subject);
            let wish = Wish {
                kind: mail_wish::Kind::Reset,
                address: &email,
                user: None,
                language: x_language.map(Language::as_str),
            };
            tx.wish(wish, &call).await?;
            Ok::<_, ForgotPasswordError>(Message {
                message: Word::ResetOnItsWay.said(x_language.unwrap_or(Language::En)),
            })
        })
        .await
    }

    async fn validate_reset_token(
        &self,
        call: Call,
        request: ValidateResetTokenRequest,
    ) -> Result<ResetLink, ValidateResetTokenError> {
        let ValidateResetTokenRequest {
            token,
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language: _,
        } = request;
        let looked = self.reset_link(token.as_ref()).await;
        match looked {
            Ok((link, owner)) => Ok(ResetLink {
                email: owner.email.try_into().map_err(Internal::from)?,
                expires: charter_contract::Timestamp::from_micros(link.expires_at),
            }),
            Err(failure) => {
                let refusal = Refusal {
                    event: Some("link.refused"),
                    ..Refusal::default()
                };
                Err(self.refused(&call, refusal, failure).await)
            }
        }
    }

    async fn reset_password(
        &self,
        call: Call,
        request: ResetPasswordRequest,
    ) -> Result<UserMessage, ResetPasswordError> {
        match self.try_reset(&call, request).await {
            Ok(message) => Ok(message),
            // What breaks a rule is no attempt.
            Err(ResetPasswordError::BadRequest(failure)) => Err(failure.into()),
            Err(failure) => Err(self.refused(&call, Refusal::default(), failure).await),
        }
    }

    async fn change_password(
        &self,
        caller: Caller,
        request: ChangePasswordRequest,
    ) -> Result<UserMessage, ChangePasswordError> {
        let session = session_of(&caller)?;
        let user = guard::user(&caller)?;
        let place = Place::of(caller.call.remote);
        let owner = self
            .owner(user, &place)
            .await?
            .ok_or_else(|| Internal::new("the user of a session is not there"))?;
        let subject = self.subject_of(&owner.email);
        if single_sign_on::is_demanded(self.reader(), &Address::of(&owner.email)).await? {
            let refusal = Refusal {
                subject: Some(subject),
                ..Refusal::default()
            };
            let failure = single_sign_on::required().into();
            return Err(self.refused(&caller, refusal, failure).await);
        }
        match self
            .try_change(&caller, session, owner, subject, place, request)
            .await
        {
            Ok(message) => Ok(message),
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
                Err(self.refused(&caller, refusal, failure).await)
            }
        }
    }
}

impl Store {
    async fn owner(&self, user: Uuid, place: &Place) -> Result<Option<Owner>, Internal> {
        Rows::<Owner>::of(
            "SELECT u.id, u.email, u.name, u.first_name, u.last_name, u.language, p.hash, \
                    (SELECT COUNT(*) FROM homes h WHERE h.user_id = u.id AND h.place = $2 \
                        AND h.last_success_at > $3) AS at_home \
             FROM users u LEFT JOIN passwords p ON p.user_id = u.id WHERE u.id = $1",
            [
                user.into(),
                place.as_str().into(),
                self.now().plus_seconds(-AT_HOME).micros().into(),
            ],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// A link that works, and whose it is.
    async fn reset_link<E>(&self, token: &str) -> Result<(mail_link::Model, Owner), E>
    where
        E: From<Internal> + From<NotFound> + From<Gone>,
    {
        let link = self
            .look_at_link(Kind::Reset, token)
            .await?
            .map_err(Dead::failure::<E>)?;
        let owner = self.owner(link.user_id, &Place::of(None)).await?;
        Ok((link, owner.ok_or_else(|| Dead::Unknown.failure::<E>())?))
    }

    async fn try_reset(
        &self,
        call: &Call,
        request: ResetPasswordRequest,
    ) -> Result<UserMessage, ResetPasswordError> {
        let ResetPasswordRequest {
            token,
            body:
                ResetPassword {
                    new_password,
                    confirm_password,
                },
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
        } = request;
        refuse_difference(&new_password, &confirm_password)?;
        let (_, owner) = self
            .reset_link::<ResetPasswordError>(token.as_ref())
            .await?;
        single_sign_on::refuse_where_demanded::<ResetPasswordError>(
            self.reader(),
            &Address::of(&owner.email),
        )
        .await?;
        check_strength::<ResetPasswordError>(self, new_password.as_ref(), owner.known()).await?;
        let hash = self
            .passwords()
            .hash(new_password.as_ref(), self.random())
            .await?;
        self.write(call, async |tx: &mut Write| {
            let user = tx
                .use_link(Kind::Reset, token.as_ref())
                .await?
                .map_err(Dead::failure::<ResetPasswordError>)?;
            match tx.confirm(user).await? {
                Confirmed::Done => {}
                Confirmed::AnotherWasFirst => return Err(Dead::Used.failure()),
            }
            tx.actor(user);
            tx.target("user", UserId::from(user));
            tx.replace_password(&owner, hash, None, call).await?;
            // Whoever reads the owner's mail is at home where the link was opened.
            tx.settle_in(user, &Place::of(call.remote)).await?;
            let workspace = x_workspace_id.map(Into::into);
            tx.user_message::<ResetPasswordError>(user, workspace, Word::PasswordSet, x_language)
                .await
        })
        .await
    }

    async fn try_change(
        &self,
        caller: &Caller,
        session: Uuid,
        owner: Owner,
        subject: Subject,
        place: Place,
        request: ChangePasswordRequest,
    ) -> Result<UserMessage, Refused> {
        let ChangePasswordRequest {
            body:
                ChangePassword {
                    current_password,
                    new_password,
                    confirm_password,
                },
            x_language,
        } = request;
        refuse_difference(&new_password, &confirm_password)?;
        check_strength::<ChangePasswordError>(self, new_password.as_ref(), owner.known()).await?;
        let attempt = self.admit_change(&owner, subject, place).await?;
        let verdict = self
            .passwords()
            .verify(current_password.as_ref(), owner.hash.as_deref())
            .await?;
        let (Some(present), Verdict::Right | Verdict::RightAndOutdated) = (&owner.hash, verdict)
        else {
            return Err(Refused {
                failure: password_refused().into(),
                detail: Some("wrong_password"),
            });
        };
        let hash = self
            .passwords()
            .hash(new_password.as_ref(), self.random())
            .await?;
        let message = self
            .write(caller, async |tx: &mut Write| {
                tx.about(subject);
                tx.target("user", UserId::from(owner.id));
                tx.hold_user(owner.id).await?;
                if !tx.password_is(owner.id, present).await? {
                    return Err(password_refused().into());
                }
                tx.succeed(&attempt, owner.id).await?;
                tx.replace_password(&owner, hash, Some(session), &caller.call)
                    .await?;
                tx.user_message::<ChangePasswordError>(
                    owner.id,
                    caller.identity.organisation,
                    Word::PasswordChanged,
                    x_language,
                )
                .await
            })
            .await?;
        Ok(message)
    }

    async fn admit_change(
        &self,
        owner: &Owner,
        subject: Subject,
        place: Place,
    ) -> Result<Attempt, Refused> {
        let standing = match owner.at_home {
            0 => Standing::Elsewhere,
            _ => Standing::Home,
        };
        match self.begin_attempt(subject, place, standing).await? {
            Admission::Counted(attempt) => Ok(attempt),
            Admission::Blocked(blocked) => Err(Refused {
                failure: TooManyRequests::from(blocked).into(),
                detail: (blocked.telling == Telling::First).then_some("throttled"),
            }),
        }
    }
}

impl Write {
    /// Sets the password of a user, whatever it was.
    pub(super) async fn set_password(&self, user: Uuid, hash: String) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "INSERT INTO passwords (user_id, hash, set_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (user_id) DO UPDATE \
                 SET hash = excluded.hash, set_at = excluded.set_at",
                [user.into(), hash.into(), self.now().micros().into()],
            ))
            .await
            .stored()?;
        Ok(())
    }

    /// Sets another password: whoever knew the one before is out, but for the
    /// session that changes it, and the owner hears of it.
    async fn replace_password(
        &self,
        owner: &Owner,
        hash: String,
        keep: Option<Uuid>,
        call: &Call,
    ) -> Result<(), Internal> {
        self.set_password(owner.id, hash).await?;
        self.end_sessions(owner.id, keep).await?;
        self.void_links(owner.id).await?;
        let letter = Letter::PasswordChanged(Asked {
            on: self.now().micros(),
            from: audit::remote(call),
        });
        self.send_letter(&owner.email, Some(&owner.name), &owner.language, &letter)
            .await
    }

    async fn user_message<E: From<Internal>>(
        &self,
        user: Uuid,
        workspace: Option<Uuid>,
        word: Word,
        language: Option<Language>,
    ) -> Result<UserMessage, E> {
        let user = users::read(self.db(), user, workspace)
            .await?
            .ok_or_else(|| Internal::new("the user whose password is set is not there"))?;
        Ok(UserMessage {
            message: word.said(language.unwrap_or(user.language)),
            user,
        })
    }
}

/// The two passwords must be the same.
fn refuse_difference(new: &NewPassword, repeated: &Password) -> Result<(), BadRequest> {
    if new.as_ref() == repeated.as_ref() {
        return Ok(());
    }
    Err(BadRequest::violations(vec![Violation {
        location: Location::Body,
        parameter: None,
        pointer: Some("/confirmPassword".to_owned()),
        keyword: "const",
        detail: "must be the same as newPassword".to_owned(),
    }]))
}

/// Refuses a password that others guess. It takes some time, so it is done where
/// passwords are hashed.
pub(super) async fn check_strength<E>(
    store: &Store,
    password: &str,
    about: Vec<String>,
) -> Result<(), E>
where
    E: From<BadRequest> + From<Internal>,
{
    let password = Zeroizing::new(password.to_owned());
    let judged = store
        .passwords()
        .aside(move || Ok(password_rules::judge(&password, &about)))
        .await?;
    match judged {
        Ok(()) => Ok(()),
        Err(Weakness::Leaked) => Err(BadRequest::of(
            &kind::PASSWORD_LEAKED,
            "This password stands on lists of leaked passwords. Choose another one.",
        )
        .into()),
        Err(Weakness::Guessable) => Err(BadRequest::of(
            &kind::PASSWORD_GUESSABLE,
            "This password is easily guessed. Choose a longer one, or one that has nothing to do with you.",
        )
        .into()),
    }
}
