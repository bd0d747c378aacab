//! OAuth applications of organisations, which the operator of the server registers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_api_identity::models::RedirectUri;
use charter_contract::{Internal, Random};
use sea_orm::ConnectionTrait as _;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};
use uuid::Uuid;

use crate::Store;
use crate::constraint::{self, Stored as _};
use crate::database::Reads;
use crate::entity::oauth_application;
use crate::row::{Rows, row};
use crate::secret_text;
use crate::write::Write;

/// What every client id begins with.
const CLIENT_PREFIX: &str = "ct_client_";

/// What every secret of an application begins with; secret scanners look for it.
const SECRET_PREFIX: &str = "ct_secret_";

/// Most characters of a name: `OauthApplication.name` in the document, which as a member
/// of answers only has no type of its own.
const NAME_LENGTH: usize = 255;

/// Most redirect addresses of an application, as the document has it.
const REDIRECT_URIS: usize = 100;

/// An application to register.
#[derive(Clone, Copy, Debug)]
pub struct OauthApplicationToCreate<'a> {
    /// Whose it is.
    pub organisation: Uuid,
    /// What it is called.
    pub name: &'a str,
    /// Where people may be sent back to.
    pub redirect_uris: &'a [String],
    /// Whether the operator vouches for it.
    pub is_verified: bool,
}

/// An application that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthApplication {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub organisation: Uuid,
    /// What that is called.
    pub organisation_name: String,
    /// What it is called.
    pub name: String,
    /// What it calls itself to the server; no secret.
    pub client_id: String,
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// Whether the operator vouches for it.
    pub is_verified: bool,
}

/// The secret of a new application.
pub struct ClientSecret(String);

impl ClientSecret {
    fn generate(random: &dyn Random) -> Self {
        Self(secret_text::generate(SECRET_PREFIX, random))
    }

    /// The secret itself, for the one time that it is shown.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept to recognise it.
    fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret([redacted])")
    }
}

/// Why an application is not registered or removed.
#[derive(Debug)]
pub enum OauthApplicationError {
    /// There is no organisation with this id.
    NoSuchOrganisation,
    /// There is no application with this id.
    NoSuchApplication,
    /// It cannot be called so.
    Name,
    /// It has no redirect address, or too many.
    RedirectUris,
    /// People cannot safely be sent back there.
    RedirectUri {
        /// The address.
        address: String,
        /// The rule that it breaks.
        why: String,
    },
    /// The database failed; the log has the cause.
    Internal(Internal),
}

impl fmt::Display for OauthApplicationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchOrganisation => {
                formatter.write_str("there is no organisation with this id")
            }
            Self::NoSuchApplication => {
                formatter.write_str("there is no OAuth application with this id")
            }
            Self::Name => write!(
                formatter,
                "a name has 1 to {NAME_LENGTH} characters in one line and is not blank"
            ),
            Self::RedirectUris => {
                write!(formatter, "it has 1 to {REDIRECT_URIS} redirect addresses")
            }
            Self::RedirectUri { address, why } => {
                write!(formatter, "the redirect address `{address}` {why}")
            }
            Self::Internal(_) => formatter.write_str("the database failed; the log has the cause"),
        }
    }
}

impl std::error::Error for OauthApplicationError {}

impl From<Internal> for OauthApplicationError {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

row! {
    struct Listed {
        id: Uuid,
        organisation_id: Uuid,
        organisation_name: String,
        name: String,
        client_id: String,
        redirect_uris: String,
        is_verified: bool,
    }
}

impl Store {
    /// Registers an application. Its secret is shown once and stored as a hash.
    ///
    /// # Errors
    /// Why it is not registered.
    pub async fn create_oauth_application(
        &self,
        application: OauthApplicationToCreate<'_>,
    ) -> Result<(OauthApplication, ClientSecret), OauthApplicationError> {
        let OauthApplicationToCreate {
            organisation,
            name,
            redirect_uris,
            is_verified,
        } = application;
        let name = checked_name(name)?;
        let redirect_uris = checked_addresses(redirect_uris)?;
        self.write_as_operator(async |tx: &mut Write| {
            let id = tx.new_id();
            let now = tx.now().micros();
            let secret = ClientSecret::generate(self.random());
            let row = oauth_application::Model {
                id,
                organisation_id: organisation,
                name: name.to_owned(),
                client_id: client_id(self.random()),
                redirect_uris: serde_json::to_string(&redirect_uris).map_err(Internal::from)?,
                is_verified,
                secret_hash: secret.hash().into(),
                created_at: now,
                updated_at: now,
            };
            tx.insert(row)
                .await
                .on_constraint(&constraint::OAUTH_APPLICATION_OF, || {
                    OauthApplicationError::NoSuchOrganisation
                })?;
            let created = listed(tx.db(), id).await?.pop();
            let created = created.ok_or(OauthApplicationError::NoSuchApplication)?;
            Ok((created, secret))
        })
        .await
    }

    /// The applications that are registered, in the order in which they were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn oauth_applications(&self) -> Result<Vec<OauthApplication>, Internal> {
        listed(self.reader(), Uuid::nil()).await
    }

    /// Removes an application.
    ///
    /// # Errors
    /// When there is none with this id, or the database fails.
    pub async fn remove_oauth_application(&self, id: Uuid) -> Result<(), OauthApplicationError> {
        self.write_as_operator(async |tx: &mut Write| {
            let removed = tx
                .db()
                .execute_raw(
                    self.statement("DELETE FROM oauth_applications WHERE id = $1", [id.into()]),
                )
                .await
                .stored()?;
            match removed.rows_affected() {
                0 => Err(OauthApplicationError::NoSuchApplication),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// All applications, or one.
async fn listed(db: &impl Reads, only: Uuid) -> Result<Vec<OauthApplication>, Internal> {
    let applications = Rows::<Listed>::of(
        "SELECT a.id, a.organisation_id, o.name AS organisation_name, a.name, a.client_id, \
                a.redirect_uris, a.is_verified \
         FROM oauth_applications a JOIN organisations o ON o.id = a.organisation_id \
         WHERE a.id = $1 OR $1 = $2 ORDER BY a.id",
        [only.into(), Uuid::nil().into()],
    )
    .all(db)
    .await
    .stored()?;
    applications
        .into_iter()
        .map(|listed| {
            let Listed {
                id,
                organisation_id,
                organisation_name,
                name,
                client_id,
                redirect_uris,
                is_verified,
            } = listed;
            Ok(OauthApplication {
                id,
                organisation: organisation_id,
                organisation_name,
                name,
                client_id,
                redirect_uris: serde_json::from_str(&redirect_uris)?,
                is_verified,
            })
        })
        .collect()
}

/// 96 random bits: nobody has to keep them, but no two may be the same.
fn client_id(random: &dyn Random) -> String {
    let mut bytes = [0; 12];
    random.fill(&mut bytes);
    format!("{CLIENT_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn checked_name(written: &str) -> Result<&str, OauthApplicationError> {
    let name = written.trim();
    let is_name = !name.is_empty()
        && name.chars().count() <= NAME_LENGTH
        && !name.chars().any(char::is_control);
    is_name.then_some(name).ok_or(OauthApplicationError::Name)
}

/// Redirect addresses in their order, each once.
fn checked_addresses(written: &[String]) -> Result<Vec<&str>, OauthApplicationError> {
    let mut addresses = Vec::new();
    for address in written {
        if let Err(why) = check_address(address) {
            return Err(OauthApplicationError::RedirectUri {
                address: address.clone(),
                why,
            });
        }
        if !addresses.contains(&address.as_str()) {
            addresses.push(address.as_str());
        }
    }
    if (1..=REDIRECT_URIS).contains(&addresses.len()) {
        Ok(addresses)
    } else {
        Err(OauthApplicationError::RedirectUris)
    }
}

/// Codes are sent there: over TLS, or to a program on the person's own machine. A
/// fragment would be none of the address that is compared (RFC 6749, 3.1.2).
fn check_address(address: &str) -> Result<(), String> {
    RedirectUri::try_from(address.to_owned()).map_err(|why| why.to_string())?;
    let url = Url::parse(address).map_err(|why| format!("is no address: {why}"))?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        _ => return Err("must begin with https, or lead to this machine by http".to_owned()),
    }
    if url.fragment().is_some() {
        return Err("must have no fragment".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{OauthApplicationError, check_address, checked_addresses, checked_name};

    #[test]
    fn people_are_sent_back_over_tls_or_on_their_own_machine() {
        for (address, is_taken) in [
            ("https://desk.northwind.example/callback?from=charter", true),
            ("http://127.0.0.1:8400/callback", true),
            ("http://[::1]:8400/callback", true),
            ("http://localhost/callback", true),
            ("http://desk.northwind.example/callback", false),
            ("http://localhost.northwind.example/", false),
            ("https://desk.northwind.example/callback#here", false),
            ("https://desk.northwind.example/callback#", false),
            ("desk.northwind.example/callback", false),
            ("com.northwind.desk:/callback", false),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https://desk.northwind.example/a b", false),
            ("", false),
            (
                &format!("https://northwind.example/{}", "a".repeat(2_048)),
                false,
            ),
        ] {
            let checked = check_address(address);
            assert_eq!(checked.is_ok(), is_taken, "{address}: {checked:?}");
        }
    }

    #[test]
    fn an_address_counts_once() {
        let twice = [
            "https://a.example/",
            "https://b.example/",
            "https://a.example/",
        ];
        let addresses = twice.map(str::to_owned);
        assert_eq!(
            checked_addresses(&addresses).unwrap(),
            ["https://a.example/", "https://b.example/"]
        );
        let many: Vec<String> = (0..=100).map(|n| format!("https://{n}.example/")).collect();
        for none_or_many in [&many[..], &[]] {
            assert!(matches!(
                checked_addresses(none_or_many),
                Err(OauthApplicationError::RedirectUris)
            ));
        }
        assert_eq!(checked_addresses(&many[..100]).unwrap().len(), 100);
    }

    #[test]
    fn a_name_is_a_line() {
        assert_eq!(checked_name(" Northwind Desk ").unwrap(), "Northwind Desk");
        for wrong in ["", "  ", "a\nb", &"a".repeat(256)] {
            assert!(checked_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
