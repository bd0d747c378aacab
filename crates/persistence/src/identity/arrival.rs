//! Letting somebody in for whom a provider vouches: finding the account, linking it,
//! or opening one.

use charter_api_identity::models::{Email, Language, PersonName, SocialProvider};
use charter_contract::{Call, Forbidden, Internal, kind};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::mails::{Asked, Letter, Way};
use super::options::SignUps;
use super::signing_in::Account;
use super::single_sign_on::{self, Enforcement};
use crate::address::Address;
use crate::audit;
use crate::constraint::{self, Stored as _};
use crate::entity::session::Method;
use crate::entity::{identity, user};
use crate::row::{Rows, row};
use crate::sign_in_providers::{VouchedEmail, VouchedPerson};
use crate::write::Write;

/// How often a sign-in looks again after another has written what it was about to.
pub(super) const RACES: usize = 3;

row! {
    /// Who somebody at a provider is here.
    struct Linked {
        id: Uuid,
        user_id: Uuid,
        login: Option<String>,
        email: String,
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

/// Who vouches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A provider that anybody can have an account with.
    Social(SocialProvider),
    /// The identity provider of an organisation, for the domains that the operator has
    /// given it.
    SingleSignOn(Uuid),
}

/// Somebody for whom a provider vouches, at the door.
pub(super) struct Arrival {
    /// Who vouches.
    pub(super) source: Source,
    /// For whom.
    pub(super) person: VouchedPerson,
    /// The language that the request asks for.
    pub(super) language: Option<Language>,
}

/// Somebody who may come in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived {
    pub(super) user: Uuid,
    pub(super) account: Account,
}

/// Why somebody does not come in.
#[derive(Debug)]
pub(super) enum Refused {
    /// Another request has linked the person, or opened the account. Look again.
    Raced,
    /// The provider vouches for no address, or for one that it may not vouch for.
    Unverified,
    /// The organisation whose domain it is has its people come by its own provider.
    SingleSignOn,
    /// The server takes no new accounts.
    Closed,
    Internal(Internal),
}

impl From<Internal> for Refused {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

impl Refused {
    /// What the caller is told.
    pub(super) fn failure<E: From<Internal> + From<Forbidden>>(self, source: Source) -> E {
        match (self, source) {
            (Self::Raced, _) => too_many_races().into(),
            (Self::Unverified, Source::Social(_)) => Forbidden::of(
                &kind::ADDRESS_UNVERIFIED,
                "The provider has not verified your e-mail address.",
            )
            .into(),
            (Self::Unverified, Source::SingleSignOn(_)) => Forbidden::of(
                &kind::ADDRESS_UNVERIFIED,
                "The identity provider may not vouch for addresses of this domain.",
            )
            .into(),
            (Self::SingleSignOn, _) => single_sign_on::required().into(),
            (Self::Closed, _) => Forbidden::of(
                &kind::SIGN_UP_CLOSED,
                "New accounts are made by invite only.",
            )
            .into(),
            (Self::Internal(internal), _) => internal.into(),
        }
    }
}

/// So often somebody else has written what was about to be written, in the very moment
/// in which it was looked at.
pub(super) fn too_many_races() -> Internal {
    Internal::unavailable("an account changed each time that it was looked at")
}

impl Write {
    /// Finds the account of the person, or opens one.
    pub(super) async fn arrive(&self, call: &Call, arrival: &Arrival) -> Result<Arrived, Refused> {
        let source = arrival.source;
        let linked = self.linked(arrival).await?;
        let vouched = arrival.vouched();
        // An identity provider vouches each time; others once, to be linked.
        if let (Source::SingleSignOn(_), _) | (_, None) = (source, &linked) {
            let email = vouched.as_ref().ok_or(Refused::Unverified)?;
            self.admit(source, &Address::of(email)).await?;
        }
        match (linked, vouched) {
            (Some(linked), _) => {
                self.admit(source, &Address::of(&linked.email)).await?;
                self.keep_login(&linked, &arrival.person).await?;
                Ok(Arrived {
                    user: linked.user_id,
                    account: Account::Known,
                })
            }
            (None, Some(email)) => self.link(call, arrival, email).await,
            (None, None) => Err(Refused::Unverified),
        }
    }

    /// Refuses an address whose domain is another's to vouch for.
    async fn admit(&self, source: Source, address: &Address) -> Result<(), Refused> {
        let domain = single_sign_on::domain(self.db(), address).await?;
        match (source, domain) {
            (Source::Social(_), Some(domain)) if domain.enforcement == Enforcement::Enforced => {
                Err(Refused::SingleSignOn)
            }
            (Source::Social(_), _) => Ok(()),
            (Source::SingleSignOn(provider), Some(domain)) if domain.provider_id == provider => {
                Ok(())
            }
            (Source::SingleSignOn(_), _) => Err(Refused::Unverified),
        }
    }

    /// Who the person is here.
    async fn linked(&self, arrival: &Arrival) -> Result<Option<Linked>, Internal> {
        Rows::<Linked>::of(
            "SELECT i.id, i.user_id, i.login, u.email \
             FROM identities i JOIN users u ON u.id = i.user_id \
             WHERE i.provider = $1 AND i.subject = $2",
            [
                arrival.source.to_string().into(),
                arrival.person.subject.as_str().into(),
            ],
        )
        .one(self.db())
        .await
        .stored()
    }

    /// Keeps what the person is called at the provider, if that is another login than
    /// last time.
    async fn keep_login(&self, linked: &Linked, person: &VouchedPerson) -> Result<(), Internal> {
        if person.login.is_none() || person.login == linked.login {
            return Ok(());
        }
        self.db()
            .change(
                "UPDATE identities SET login = $2 WHERE id = $1",
                vec![linked.id.into(), person.login.as_deref().into()],
            )
            .await
            .stored()?;
        Ok(())
    }

    /// Links the person with the account of the address that the provider vouches
    /// for, or with a new one. Whoever has signed up with that address and not
    /// confirmed it is forgotten, password and all: it may be a stranger.
    async fn link(&self, call: &Call, arrival: &Arrival, email: Email) -> Result<Arrived, Refused> {
        let address = Address::of(&email);
        let known = Rows::<Known>::of(
            "SELECT id, email, name, language FROM users \
             WHERE email_normalised = $1 AND confirmed_at IS NOT NULL",
            [address.as_str().into()],
        )
        .one(self.db())
        .await
        .stored()?;
        if known.is_none() && !self.opens_accounts_for(arrival.source) {
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
        let arrived = match known {
            Some(known) => {
                self.tell_of_link(call, arrival.source, &known).await?;
                Arrived {
                    user: known.id,
                    account: Account::Known,
                }
            }
            None => {
                let user = arrival.user(self, &email, &address);
                let id = user.id;
                self.insert(user)
                    .await
                    .on_constraint(&constraint::USER_ADDRESS, || Refused::Raced)?;
                Arrived {
                    user: id,
                    account: Account::New,
                }
            }
        };
        let row = identity::Model {
            id: self.new_id(),
            user_id: arrived.user,
            provider: arrival.source.to_string(),
            subject: arrival.person.subject.clone(),
            email: email.into(),
            linked_at: self.now().micros(),
            login: arrival.person.login.clone(),
        };
        self.insert(row)
            .await
            .on_constraint(&constraint::IDENTITY_SUBJECT, || Refused::Raced)?;
        Ok(arrived)
    }

    /// Whether somebody without an account gets one. Who may come by an organisation's
    /// identity provider is that organisation's to say.
    fn opens_accounts_for(&self, source: Source) -> bool {
        match source {
            Source::Social(_) => self.store().identity().sign_up == SignUps::Open,
            Source::SingleSignOn(_) => true,
        }
    }

    async fn tell_of_link(
        &self,
        call: &Call,
        source: Source,
        known: &Known,
    ) -> Result<(), Internal> {
        let letter = Letter::Linked {
            way: source.way(),
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

impl Source {
    /// The way in, as the session has it.
    pub(super) const fn method(self) -> Method {
        match self {
            Self::Social(SocialProvider::Google) => Method::Google,
            Self::Social(SocialProvider::Linkedin) => Method::Linkedin,
            Self::Social(SocialProvider::Github) => Method::Github,
            Self::Social(SocialProvider::Facebook) => Method::Facebook,
            Self::SingleSignOn(_) => Method::Saml,
        }
    }

    /// As people call it.
    const fn way(self) -> Way {
        match self {
            Self::Social(SocialProvider::Google) => Way::Provider("Google"),
            Self::Social(SocialProvider::Linkedin) => Way::Provider("LinkedIn"),
            Self::Social(SocialProvider::Github) => Way::Provider("GitHub"),
            Self::Social(SocialProvider::Facebook) => Way::Provider("Facebook"),
            Self::SingleSignOn(_) => Way::SingleSignOn,
        }
    }
}

/// As identities have it.
impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Social(provider) => formatter.write_str(provider.as_str()),
            Self::SingleSignOn(provider) => {
                write!(
                    formatter,
                    "{}",
                    charter_api_identity::models::SamlProviderId::from(*provider)
                )
            }
        }
    }
}

impl Arrival {
    /// The address that the provider vouches for. One that no document could show is
    /// nobody's.
    fn vouched(&self) -> Option<Email> {
        match &self.person.email {
            Some(VouchedEmail::Verified(email)) => Email::try_from(email.clone()).ok(),
            Some(VouchedEmail::Unverified(_)) | None => None,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::{Source, spoken};
    use charter_api_identity::models::SocialProvider;
    use uuid::Uuid;

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

    #[test]
    fn who_vouches_is_stored_by_name() {
        for (source, name) in [
            (Source::Social(SocialProvider::Github), "github"),
            (
                Source::SingleSignOn(Uuid::nil()),
                "saml_00000000000000000000000000",
            ),
        ] {
            assert_eq!(source.to_string(), name);
        }
    }
}
