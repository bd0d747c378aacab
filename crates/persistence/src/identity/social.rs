//! Signing in by what a provider says.

use charter_api_identity::models::{
    Email, Language, PersonName, ProviderList, SessionId, SignInMethod, SignedIn, SocialProvider,
    SocialSignIn,
};
use charter_api_identity::social::{
    ListSignInProvidersError, ListSignInProvidersRequest, SignInWithFacebookError,
    SignInWithFacebookRequest, SignInWithGithubError, SignInWithGithubRequest,
    SignInWithGoogleError, SignInWithGoogleRequest, SignInWithLinkedinError,
    SignInWithLinkedinRequest, SocialApi,
};
use charter_contract::{
    BadGateway, BadRequest, Call, Failure, Forbidden, Internal, Location, ServiceUnavailable,
    Unauthorized, Violation, async_trait, kind,
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::mails::{Asked, Letter};
use super::options::SignUps;
use super::signing_in::{Account, provider_refused, signed_in};
use crate::Store;
use crate::address::Address;
use crate::attempts::Place;
use crate::audit::{self, Refusal};
use crate::constraint::{self, Stored as _};
use crate::entity::session::Method;
use crate::entity::{identity, user};
use crate::row::{Rows, row};
use crate::sign_in_providers::{NotVouched, VouchedEmail, VouchedPerson};
use crate::subject::Subject;
use crate::write::Write;

/// How often a sign-in looks again after another has written what it was about to.
const RACES: usize = 3;

row! {
    /// Who somebody at a provider is here.
    struct Linked {
        user_id: Uuid,
    }
}

row! {
    /// The confirmed account of an address.
    struct Known {
        id: Uuid,
        email: String,
        name: String,
        language: String,
    }
}

row! {
    struct Way {
        provider: String,
    }
}

/// Somebody whom a provider has sent.
struct Arrival {
    provider: SocialProvider,
    person: VouchedPerson,
    /// The language that the request asks for.
    language: Option<Language>,
    /// The organisation that the answer is to be about.
    workspace: Option<Uuid>,
}

/// Why signing in came to nothing.
enum Refused<E> {
    /// Another request has linked the person, or opened the account. Look again.
    Raced,
    /// The provider vouches for no address.
    Unverified,
    /// The server takes no new accounts.
    Closed,
    Failed(E),
}

impl<E: From<Internal>> From<Internal> for Refused<E> {
    fn from(internal: Internal) -> Self {
        Self::Failed(internal.into())
    }
}

#[async_trait]
impl SocialApi for Store {
    async fn list_sign_in_providers(
        &self,
        _: Call,
        request: ListSignInProvidersRequest,
    ) -> Result<ProviderList, ListSignInProvidersError> {
        let ListSignInProvidersRequest = request;
        let providers = self.providers().map(|providers| providers.offers());
        Ok(ProviderList {
            providers: providers.unwrap_or_default(),
        })
    }

    async fn sign_in_with_facebook(
        &self,
        call: Call,
        request: SignInWithFacebookRequest,
    ) -> Result<SignedIn, SignInWithFacebookError> {
        let SignInWithFacebookRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Facebook, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_google(
        &self,
        call: Call,
        request: SignInWithGoogleRequest,
    ) -> Result<SignedIn, SignInWithGoogleError> {
        let SignInWithGoogleRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Google, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_github(
        &self,
        call: Call,
        request: SignInWithGithubRequest,
    ) -> Result<SignedIn, SignInWithGithubError> {
        let SignInWithGithubRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Github, body, x_language, workspace)
            .await
    }

    async fn sign_in_with_linkedin(
        &self,
        call: Call,
        request: SignInWithLinkedinRequest,
    ) -> Result<SignedIn, SignInWithLinkedinError> {
        let SignInWithLinkedinRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body,
        } = request;
        let workspace = x_workspace_id.map(Into::into);
        self.sign_in_with(&call, SocialProvider::Linkedin, body, x_language, workspace)
            .await
    }
}

impl Store {
    /// How somebody signs in who has no password: by the provider that was linked
    /// last.
    pub(super) async fn latest_provider(&self, user: Uuid) -> Result<SignInMethod, Internal> {
        let latest = Rows::<Way>::of(
            "SELECT provider FROM identities WHERE user_id = $1 \
             ORDER BY linked_at DESC, id DESC LIMIT 1",
            [user.into()],
        )
        .one(self.reader())
        .await
        .stored()?;
        Ok(latest
            .and_then(|Way { provider }| {
                SocialProvider::ALL
                    .iter()
                    .find(|known| known.as_str() == provider)
                    .map(|known| method(*known).into())
            })
            .unwrap_or(SignInMethod::Local))
    }

    async fn sign_in_with<E>(
        &self,
        call: &Call,
        provider: SocialProvider,
        proof: SocialSignIn,
        language: Option<Language>,
        workspace: Option<Uuid>,
    ) -> Result<SignedIn, E>
    where
        E: Failure
            + From<Internal>
            + From<BadRequest>
            + From<Unauthorized>
            + From<Forbidden>
            + From<BadGateway>
            + From<ServiceUnavailable>,
    {
        let asked = match self.providers() {
            Some(providers) => providers.person(provider, proof).await,
            None => Err(NotVouched::NotConfigured),
        };
        let person = match asked {
            Ok(person) => person,
            Err(NotVouched::Refused(why)) => {
                let refusal = Refusal {
                    detail: Some(why),
                    ..Refusal::default()
                };
                return Err(self.refused(call, refusal, provider_refused().into()).await);
            }
            Err(other) => return Err(unasked(other)),
        };
        let subject = person.email.as_ref().map(|email| match email {
            VouchedEmail::Verified(email) | VouchedEmail::Unverified(email) => {
                self.subject_of(email)
            }
        });
        let arrival = Arrival {
            provider,
            person,
            language,
            workspace,
        };
        let failure = match self.let_arrive::<E>(call, &arrival, subject).await {
            Ok(signed_in) => return Ok(signed_in),
            Err(Refused::Unverified) => Forbidden::of(
                &kind::ADDRESS_UNVERIFIED,
                "The provider has not verified your e-mail address.",
            )
            .into(),
            Err(Refused::Closed) => Forbidden::of(
                &kind::SIGN_UP_CLOSED,
                "New accounts are made by invite only.",
            )
            .into(),
            Err(Refused::Raced) => {
                Internal::unavailable("an account changed each time that it was looked at").into()
            }
            Err(Refused::Failed(failure)) => failure,
        };
        let refusal = Refusal {
            subject,
            ..Refusal::default()
        };
        Err(self.refused(call, refusal, failure).await)
    }

    async fn let_arrive<E: From<Internal>>(
        &self,
        call: &Call,
        arrival: &Arrival,
        subject: Option<Subject>,
    ) -> Result<SignedIn, Refused<E>> {
        for _ in 1..RACES {
            match self.arrive(call, arrival, subject).await {
                Err(Refused::Raced) => {}
                decided => return decided,
            }
        }
        self.arrive(call, arrival, subject).await
    }

    /// Finds the account of the person, or opens one, and begins a session there.
    async fn arrive<E: From<Internal>>(
        &self,
        call: &Call,
        arrival: &Arrival,
        subject: Option<Subject>,
    ) -> Result<SignedIn, Refused<E>> {
        self.write(call, async |tx: &mut Write| {
            let (user, account) = match tx.linked(arrival).await? {
                Some(user) => (user, Account::Known),
                None => tx.link(call, arrival).await?,
            };
            let begun = tx
                .begin_session(user, method(arrival.provider), call)
                .await?;
            tx.settle_in(user, &Place::of(call.remote)).await?;
            tx.actor(user);
            if let Some(subject) = subject {
                tx.about(subject);
            }
            tx.target("session", SessionId::from(begun.session()));
            Ok(signed_in(tx, begun, account, arrival.workspace).await?)
        })
        .await
    }
}

impl Write {
    /// Who the person is here.
    async fn linked(&self, arrival: &Arrival) -> Result<Option<Uuid>, Internal> {
        let linked = Rows::<Linked>::of(
            "SELECT user_id FROM identities WHERE provider = $1 AND subject = $2",
            [
                arrival.provider.as_str().into(),
                arrival.person.subject.as_str().into(),
            ],
        )
        .one(self.db())
        .await
        .stored()?;
        Ok(linked.map(|Linked { user_id }| user_id))
    }

    /// Links the person with the account of the address that the provider vouches
    /// for, or with a new one. Whoever has signed up with that address and not
    /// confirmed it is forgotten, password and all: it may be a stranger.
    async fn link<E: From<Internal>>(
        &self,
        call: &Call,
        arrival: &Arrival,
    ) -> Result<(Uuid, Account), Refused<E>> {
        // An address that no document could show is nobody's.
        let email = match &arrival.person.email {
            Some(VouchedEmail::Verified(email)) => Email::try_from(email.clone()).ok(),
            Some(VouchedEmail::Unverified(_)) | None => None,
        };
        let email = email.ok_or(Refused::Unverified)?;
        let address = Address::of(&email);
        let known = Rows::<Known>::of(
            "SELECT id, email, name, language FROM users \
             WHERE email_normalised = $1 AND confirmed_at IS NOT NULL",
            [address.as_str().into()],
        )
        .one(self.db())
        .await
        .stored()?;
        if known.is_none() && self.store().identity().sign_up == SignUps::InviteOnly {
            return Err(Refused::Closed);
        }
        // Before the account is written: whoever confirms the address at the same
        // moment holds the pending user, and is then the account to link.
        self.db()
            .execute_raw(self.store().statement(
                "DELETE FROM users WHERE email_normalised = $1 AND confirmed_at IS NULL",
                [address.as_str().into()],
            ))
            .await
            .stored()?;
        let (user, account) = match known {
            Some(known) => {
                self.tell_of_link(call, arrival.provider, &known).await?;
                (known.id, Account::Known)
            }
            None => {
                let user = arrival.user(self, &email, &address);
                let id = user.id;
                self.insert(user)
                    .await
                    .on_constraint(&constraint::USER_ADDRESS, || Refused::Raced)?;
                (id, Account::New)
            }
        };
        let row = identity::Model {
            id: self.new_id(),
            user_id: user,
            provider: arrival.provider.to_string(),
            subject: arrival.person.subject.clone(),
            email: email.into(),
            linked_at: self.now().micros(),
        };
        self.insert(row)
            .await
            .on_constraint(&constraint::IDENTITY_SUBJECT, || Refused::Raced)?;
        Ok((user, account))
    }

    async fn tell_of_link(
        &self,
        call: &Call,
        provider: SocialProvider,
        known: &Known,
    ) -> Result<(), Internal> {
        let letter = Letter::Linked {
            provider: called(provider),
            asked: Asked {
                on: self.now().micros(),
                from: audit::remote(call),
            },
        };
        let Known {
            email,
            name,
            language,
            ..
        } = known;
        self.send_letter(email, Some(name), language, &letter).await
    }
}

impl Arrival {
    /// A new account, whose address needs no further proof.
    fn user(&self, tx: &Write, email: &Email, address: &Address) -> user::Model {
        let person = &self.person;
        let name = |text: &Option<String>| {
            let name = PersonName::try_from(text.clone()?).ok()?;
            Some(String::from(name))
        };
        let (first, last) = (name(&person.first_name), name(&person.last_name));
        let both = first
            .as_ref()
            .zip(last.as_ref())
            .map(|(first, last)| format!("{first} {last}"));
        let before_the_at = email.split('@').next().map(str::to_owned);
        let display = name(&person.display_name)
            .or_else(|| name(&both))
            .or_else(|| first.clone())
            .or_else(|| name(&before_the_at))
            .unwrap_or_else(|| NAMELESS.to_owned());
        let language = self.language.map_or_else(
            || spoken(person.language.as_deref()),
            |language| language.as_str(),
        );
        user::Model {
            id: tx.new_id(),
            email: email.to_string(),
            email_normalised: address.as_str().to_owned(),
            name: display,
            first_name: first,
            last_name: last,
            language: language.to_owned(),
            came_as: None,
            created_at: tx.now().micros(),
            confirmed_at: Some(tx.now().micros()),
            last_login_at: None,
        }
    }
}

/// The name of somebody whose provider tells none, and whose address makes none.
const NAMELESS: &str = "-";

/// `pt-BR` is `pt`; a language that nothing is written in is English.
fn spoken(tag: Option<&str>) -> &'static str {
    let primary = tag
        .and_then(|tag| tag.split('-').next())
        .unwrap_or_default();
    Language::ALL
        .iter()
        .map(|known| known.as_str())
        .find(|known| known.eq_ignore_ascii_case(primary))
        .unwrap_or(user::LANGUAGE)
}

const fn method(provider: SocialProvider) -> Method {
    match provider {
        SocialProvider::Google => Method::Google,
        SocialProvider::Linkedin => Method::Linkedin,
        SocialProvider::Github => Method::Github,
        SocialProvider::Facebook => Method::Facebook,
    }
}

/// As people call it.
const fn called(provider: SocialProvider) -> &'static str {
    match provider {
        SocialProvider::Google => "Google",
        SocialProvider::Linkedin => "LinkedIn",
        SocialProvider::Github => "GitHub",
        SocialProvider::Facebook => "Facebook",
    }
}

/// What to answer when there was nobody to judge.
fn unasked<E>(why: NotVouched) -> E
where
    E: From<BadRequest> + From<Unauthorized> + From<BadGateway> + From<ServiceUnavailable>,
{
    match why {
        NotVouched::NotConfigured => ServiceUnavailable::of(
            &kind::NOT_CONFIGURED,
            "This server does not offer this way to sign in.",
        )
        .into(),
        NotVouched::RedirectNotAllowed => BadRequest::violations(vec![violation(
            "/redirectUri",
            "enum",
            "must be one of the redirect addresses of this server",
        )])
        .into(),
        NotVouched::VerifierRequired => BadRequest::violations(vec![violation(
            "/code_verifier",
            "required",
            "is required: the codes of this provider are redeemed with PKCE alone",
        )])
        .into(),
        NotVouched::Refused(_) => provider_refused().into(),
        NotVouched::Failed => BadGateway::new("The provider does not answer as it should.").into(),
    }
}

/// A violation in the words of the document's own rules.
fn violation(pointer: &str, keyword: &'static str, detail: &str) -> Violation {
    Violation {
        location: Location::Body,
        parameter: None,
        pointer: Some(pointer.to_owned()),
        keyword,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn a_language_is_one_that_something_is_written_in() {
        for (tag, language) in [
            (Some("pt-BR"), "pt"),
            (Some("ES"), "es"),
            (Some("de-CH"), "en"),
            (None, "en"),
        ] {
            assert_eq!(spoken(tag), language, "{tag:?}");
        }
    }
}
