//! Configuration: a flag beats a `CHARTER_*` variable, which beats the TOML
//! file, which beats the default.
//!
//! Every setting stands once in [`SETTINGS`]; the name of its variable is made
//! from its key, so the file, the variables and `charter serve --help` cannot
//! disagree.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use charter_persistence::{IdentityOptions, PasswordCosts, SignUps};
use charter_social::{
    FacebookAddresses, GithubAddresses, GoogleAddresses, LinkedinAddresses, Registration,
};
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// The variables of the process, or those that a test makes up.
pub type Environment = BTreeMap<String, String>;

/// The variables of this process.
pub fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Address to listen on, `host:port`; port 0 picks a free one.
    pub listen: String,
    /// `sqlite://FILE` or `postgres://...`. Hidden in logs: it may hold a password.
    pub database: Secret,
    /// Fill an empty database with a believable organisation.
    pub demo: bool,
    /// How clients reach this server, for links in mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The key from which invite links are derived; see [`crate::server_key`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_key: Option<Secret>,
    /// File with the server key; made at the first start when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_key_file: Option<PathBuf>,
    /// Requests that one key, or one address without a key, may make.
    pub rate_limit: RateLimit,
    /// Trusted proxies in front of the server.
    pub proxy_hops: usize,
    /// What is logged, and how.
    pub log: Log,
    /// Bounds of one request.
    pub http: Http,
    /// Pages of other origins that may call the API.
    pub cors: Cors,
    /// Signing in.
    pub identity: Identity,
    /// Where objects are kept.
    pub storage: Storage,
    /// Signing legal documents.
    pub signing: Signing,
    /// What all mail has in common.
    pub mail: Mail,
    /// Mail by SMTP.
    pub smtp: Smtp,
    /// Mail by the HTTP API of Loops.
    pub loops: Loops,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database: Secret::new("sqlite://charter.db"),
            demo: false,
            public_url: None,
            server_key: None,
            server_key_file: None,
            rate_limit: RateLimit::Requests {
                requests: 1200,
                window: Duration::from_secs(60),
            },
            proxy_hops: 0,
            log: Log::default(),
            http: Http::default(),
            cors: Cors::default(),
            identity: Identity::default(),
            storage: Storage::default(),
            signing: Signing::default(),
            mail: Mail::default(),
            smtp: Smtp::default(),
            loops: Loops::default(),
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// One line of text or one JSON object for each event.
    pub format: LogFormat,
    /// Which events are written, as in `info,charter_persistence=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info,poem=warn,sea_orm_migration=warn,sqlx=warn".to_owned(),
        }
    }
}

/// Shape of the log.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line for each event.
    Text,
    /// One JSON object for each event.
    Json,
}

/// Bounds of one request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Largest request body, in bytes.
    pub body_limit: u64,
    /// Longest time one request may take.
    pub time_limit_seconds: u64,
    /// How long a silent connection is kept.
    pub idle_timeout_seconds: u64,
    /// How long a shutdown waits for requests and outbox work in hand.
    pub shutdown_seconds: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            body_limit: 1024 * 1024,
            time_limit_seconds: 30,
            idle_timeout_seconds: 75,
            shutdown_seconds: 20,
        }
    }
}

/// Pages of other origins that may call the API.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://app.example.com`; `*` is every origin.
    pub origins: Vec<String>,
    /// How long a browser may keep the answer to a preflight.
    pub max_age_seconds: u64,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            max_age_seconds: 3600,
        }
    }
}

/// Signing in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Who may open an account.
    pub sign_up: SignUp,
    /// Whether it may be asked which way an address signs in.
    pub connect: Connect,
    /// Days that a session lives without being used.
    pub session_idle_days: u32,
    /// Days that a session lives at most.
    pub session_absolute_days: u32,
    /// Memory of one hash of a password, in KiB (Argon2id).
    pub password_memory_kib: u32,
    /// Passes over that memory.
    pub password_passes: u32,
    /// Lanes in it.
    pub password_lanes: u32,
    /// Passwords hashed at a time; by default as many as there are cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passwords_at_once: Option<u16>,
    /// The page that browsers go on to after single sign-on; by default this server's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_url: Option<String>,
    /// Single sign-on with the identity providers of organisations.
    pub saml: Saml,
    /// Signing in with Facebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facebook: Option<Registration<FacebookAddresses>>,
    /// Signing in with GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<Registration<GithubAddresses>>,
    /// Signing in with Google.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google: Option<Registration<GoogleAddresses>>,
    /// Signing in with LinkedIn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linkedin: Option<Registration<LinkedinAddresses>>,
}

impl Default for Identity {
    fn default() -> Self {
        let PasswordCosts {
            memory_kib,
            passes,
            lanes,
        } = PasswordCosts::default();
        Self {
            sign_up: SignUp::Open,
            connect: Connect::Answer,
            session_idle_days: 14,
            session_absolute_days: 90,
            password_memory_kib: memory_kib,
            password_passes: passes,
            password_lanes: lanes,
            passwords_at_once: None,
            sign_in_url: None,
            saml: Saml::default(),
            facebook: None,
            github: None,
            google: None,
            linkedin: None,
        }
    }
}

impl Identity {
    /// The same for the store.
    pub fn options(&self) -> IdentityOptions {
        let default = IdentityOptions::default();
        IdentityOptions {
            password_costs: PasswordCosts {
                memory_kib: self.password_memory_kib,
                passes: self.password_passes,
                lanes: self.password_lanes,
            },
            passwords_at_once: self
                .passwords_at_once
                .map_or(default.passwords_at_once, usize::from),
            session_idle_seconds: i64::from(self.session_idle_days) * 86_400,
            session_absolute_seconds: i64::from(self.session_absolute_days) * 86_400,
            connect: match self.connect {
                Connect::Answer => charter_persistence::Connect::Answer,
                Connect::Conceal => charter_persistence::Connect::Conceal,
            },
            sign_up: match self.sign_up {
                SignUp::Open => SignUps::Open,
                SignUp::Invite => SignUps::InviteOnly,
            },
            sign_in_url: self
                .sign_in_url
                .as_deref()
                .and_then(|url| page("identity.sign_in_url", url).ok()),
            service_provider: None,
        }
    }

    /// The providers to sign in with.
    pub fn providers(&self) -> charter_social::Settings {
        charter_social::Settings {
            facebook: self.facebook.clone(),
            github: self.github.clone(),
            google: self.google.clone(),
            linkedin: self.linkedin.clone(),
        }
    }

    /// What would let nobody in, or what Argon2 does not take.
    fn check(&self) -> Result<(), String> {
        if self.session_idle_days == 0 || self.session_absolute_days < self.session_idle_days {
            return Err(
                "identity: a session lives for at least a day, and at most for \
                        session_absolute_days, which is not less than session_idle_days"
                    .to_owned(),
            );
        }
        if self.passwords_at_once == Some(0) {
            return Err("identity.passwords_at_once: with 0 nobody could sign in".to_owned());
        }
        if let Some(url) = &self.sign_in_url {
            page("identity.sign_in_url", url)?;
        }
        if let Some(url) = &self.saml.url {
            page("identity.saml.url", url)?;
        }
        if self.saml.key_file.is_some() != self.saml.certificate_file.is_some() {
            return Err(
                "identity.saml.key_file and identity.saml.certificate_file go together".to_owned(),
            );
        }
        self.options()
            .password_costs
            .check()
            .map_err(|why| format!("identity: passwords cannot be hashed at these costs: {why}"))
    }
}

/// What identity providers know this server by.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Saml {
    /// Where browsers reach `/v2/auth/saml`; by default `public_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// File with the RSA key that signs requests, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// File with its certificate, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<PathBuf>,
}

/// Who may open an account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Everybody.
    Open,
    /// Who has an invite.
    Invite,
}

/// What the operation `connect` does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Connect {
    /// It tells which way an address signs in, and that one has no account.
    Answer,
    /// It answers every address as one with a password.
    Conceal,
}

/// Where objects are kept: whole files, such as signed documents.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// In a folder or in S3.
    pub kind: StorageKind,
    /// The folder; by default `objects` beside the SQLite database, else in the current
    /// folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The bucket in S3.
    pub s3: S3,
}

/// What keeps objects.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    /// A folder of this machine.
    #[default]
    Local,
    /// A bucket in S3, or in what speaks like it.
    S3,
}

/// Objects in S3; used when the kind says so.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Name of the bucket, which has to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Its region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Address of the server; by default that of Amazon in the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Which key signs requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The secret that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<Secret>,
    /// Whether the bucket stands in the path and not in front of the host name.
    pub path_style: bool,
    /// Whether the endpoint may be `http://`.
    pub allow_http: bool,
}

/// What S3 cannot do without.
#[derive(Clone, Copy, Debug)]
pub struct RequiredS3<'a> {
    /// Name of the bucket.
    pub bucket: &'a str,
    /// Its region.
    pub region: &'a str,
    /// Which key signs requests.
    pub access_key_id: &'a str,
    /// The secret that goes with it.
    pub secret_access_key: &'a Secret,
}

impl S3 {
    /// What S3 cannot do without, or the names of all that is missing.
    pub fn required(&self) -> Result<RequiredS3<'_>, String> {
        if let Self {
            bucket: Some(bucket),
            region: Some(region),
            access_key_id: Some(access_key_id),
            secret_access_key: Some(secret_access_key),
            ..
        } = self
        {
            return Ok(RequiredS3 {
                bucket,
                region,
                access_key_id,
                secret_access_key,
            });
        }
        let missing: Vec<&str> = [
            ("storage.s3.bucket", self.bucket.is_some()),
            ("storage.s3.region", self.region.is_some()),
            ("storage.s3.access_key_id", self.access_key_id.is_some()),
            (
                "storage.s3.secret_access_key",
                self.secret_access_key.is_some(),
            ),
        ]
        .into_iter()
        .filter_map(|(key, is_set)| (!is_set).then_some(key))
        .collect();
        Err(format!(
            "storage.kind: s3 also needs {}",
            missing.join(", ")
        ))
    }

    /// The address at which the bucket is asked for, when that is not Amazon's.
    pub fn address(&self) -> Result<Option<Url>, String> {
        let Some(text) = &self.endpoint else {
            return Ok(None);
        };
        let mut url = page("storage.s3.endpoint", text)?;
        if url.scheme() == "http" && !self.allow_http {
            return Err(format!(
                "storage.s3.endpoint: `{text}` is not https, and storage.s3.allow_http is not set"
            ));
        }
        if !self.path_style {
            let host = format!(
                "{}.{}",
                self.required()?.bucket,
                url.host_str().unwrap_or_default()
            );
            url.set_host(Some(&host)).map_err(|_| {
                format!(
                    "storage.s3.endpoint: `{host}` is no host name; with storage.s3.path_style \
                     the bucket stands in the path"
                )
            })?;
        }
        Ok(Some(url))
    }
}

impl Storage {
    /// What would keep nothing.
    fn check(&self) -> Result<(), String> {
        match self.kind {
            StorageKind::Local => Ok(()),
            StorageKind::S3 => self
                .s3
                .required()
                .and_then(|_| self.s3.address())
                .map(|_| ()),
        }
    }
}

/// Signing legal documents.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Who collects the signatures.
    pub provider: SigningProviderKind,
    /// Signatures by PandaDoc.
    pub pandadoc: PandaDoc,
    /// The other side of the agreements.
    pub operator: Operator,
}

/// Who collects signatures.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigningProviderKind {
    /// This server, by a link.
    #[default]
    BuiltIn,
    /// PandaDoc.
    Pandadoc,
}

/// Signatures by PandaDoc; used when the provider says so.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PandaDoc {
    /// Key of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// Base address of the API.
    pub url: String,
    /// Seconds between two looks at a document that waits.
    pub poll_seconds: u32,
}

impl Default for PandaDoc {
    fn default() -> Self {
        Self {
            api_key: None,
            url: "https://api.pandadoc.com".to_owned(),
            poll_seconds: 60,
        }
    }
}

impl PandaDoc {
    /// The base address. The key goes there, so nobody on the way may read it.
    pub fn address(&self) -> Result<Url, String> {
        let url = page("signing.pandadoc.url", &self.url)?;
        let here = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if url.scheme() == "https" || here {
            Ok(url)
        } else {
            Err(format!(
                "signing.pandadoc.url: `{}` is neither https nor on this machine",
                self.url
            ))
        }
    }
}

/// The other side of the agreements.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Its name as it stands in a register; by default the host of `public_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Signing {
    /// What would have nothing signed.
    fn check(&self) -> Result<(), String> {
        if self.provider == SigningProviderKind::Pandadoc && self.pandadoc.api_key.is_none() {
            return Err(
                "signing.provider: pandadoc also needs signing.pandadoc.api_key".to_owned(),
            );
        }
        if self.pandadoc.poll_seconds == 0 {
            return Err("signing.pandadoc.poll_seconds: 0 would ask without a pause".to_owned());
        }
        self.pandadoc.address()?;
        for (key, text) in [
            ("signing.operator.name", &self.operator.name),
            ("signing.operator.address", &self.operator.address),
        ] {
            if let Some(character) = text.as_deref().and_then(charter_agreement::missing_glyph) {
                return Err(format!(
                    "{key}: the agreements cannot be printed with U+{:04X}",
                    u32::from(character)
                ));
            }
        }
        Ok(())
    }
}

/// What all mail has in common.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Sender, as in `Charter <charter@example.com>`. SMTP needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Folder into which mails are written instead of being sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// Mail by SMTP; used when a host is set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Name of the mail server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port; by default 587, 465 or 25, as the encryption says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// Name to log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Password to log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Longest wait for the mail server.
    pub timeout_seconds: u64,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            encryption: Encryption::StartTls,
            username: None,
            password: None,
            timeout_seconds: 15,
        }
    }
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Plain connection that must change to TLS before anything is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on the same machine.
    None,
}

/// Mail by the HTTP API of Loops; used when a key is set.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Loops {
    /// Key of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// Which transactional mail is an invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<String>,
    /// Which is the one to somebody who is to set an organisation up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegation_id: Option<String>,
    /// Which is the one to confirm an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_id: Option<String>,
    /// Which is the one to reset a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_id: Option<String>,
    /// Which is the one to somebody who signs up with an account already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_id: Option<String>,
    /// Which is the one that the password has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_changed_id: Option<String>,
    /// Which is the one that a provider is a way to sign in now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_id: Option<String>,
    /// Which is the one that there is no password to reset, but single sign-on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_sign_on_id: Option<String>,
    /// Which is the one with the link to sign a legal document by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_id: Option<String>,
    /// Base address of the API.
    pub url: String,
    /// Longest wait for the API.
    pub timeout_seconds: u64,
}

impl Default for Loops {
    fn default() -> Self {
        Self {
            api_key: None,
            transactional_id: None,
            delegation_id: None,
            confirm_id: None,
            reset_id: None,
            known_id: None,
            password_changed_id: None,
            linked_id: None,
            single_sign_on_id: None,
            sign_id: None,
            url: "https://app.loops.so".to_owned(),
            timeout_seconds: 15,
        }
    }
}

/// A configured value that is never printed.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `value` from everything that prints.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

/// How many requests are served in a window of time: `1200/60` in text, for
/// 1200 requests in 60 seconds, or `off`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RateLimit {
    /// No limit at all, neither this one nor those of single operations.
    Off,
    /// So many requests in each window.
    Requests {
        /// Requests in one window; never 0.
        requests: u32,
        /// Length of the window; never 0.
        window: Duration,
    },
}

impl fmt::Display for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("off"),
            Self::Requests { requests, window } => {
                write!(formatter, "{requests}/{}", window.as_secs())
            }
        }
    }
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let parsed = text
            .split_once('/')
            .and_then(|(requests, seconds)| Some((requests.parse().ok()?, seconds.parse().ok()?)));
        match parsed {
            Some((requests, seconds)) if requests > 0 && seconds > 0 => Ok(Self::Requests {
                requests,
                window: Duration::from_secs(seconds),
            }),
            _ => Err(format!(
                "`{text}` is not a rate limit; write REQUESTS/SECONDS, such as 1200/60, or off"
            )),
        }
    }
}

impl Serialize for RateLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RateLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// How the text of a variable is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// As it stands.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Switch,
    /// Texts between commas.
    List,
}

/// One setting: its key in the file, and with it the name of its variable.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Dotted key in the TOML file.
    pub key: &'static str,
    /// How its variable is read.
    pub kind: Kind,
    /// What it does, for the help.
    pub help: &'static str,
}

impl Setting {
    /// Name of the environment variable: `smtp.host` is `CHARTER_SMTP_HOST`.
    pub fn variable(&self) -> String {
        variable(self.key)
    }
}

fn variable(key: &str) -> String {
    format!("CHARTER_{}", key.replace('.', "_").to_uppercase())
}

const fn setting(key: &'static str, kind: Kind, help: &'static str) -> Setting {
    Setting { key, kind, help }
}

/// Variable that names the file, which cannot stand in the file itself.
pub const FILE_VARIABLE: &str = "CHARTER_CONFIG";

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Kind::Text,
        "address to listen on; port 0 picks a free one",
    ),
    setting(
        "database",
        Kind::Text,
        "sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME",
    ),
    setting(
        "demo",
        Kind::Switch,
        "fill an empty database with a believable organisation",
    ),
    setting(
        "public_url",
        Kind::Text,
        "how clients reach this server; by default http:// and the address it listens on",
    ),
    setting(
        "server_key",
        Kind::Text,
        "key of the invite links, 32 bytes in base64url; the same on every server of one database. More keys after a comma are accepted and no longer used",
    ),
    setting(
        "server_key_file",
        Kind::Text,
        "file that holds it instead, made at the first start; by default beside the SQLite database, else charter.key in the current folder",
    ),
    setting(
        "rate_limit",
        Kind::Text,
        "REQUESTS/SECONDS for one key, or one address without a key; off switches every limit off",
    ),
    setting(
        "proxy_hops",
        Kind::Number,
        "trusted proxies in front; with 0, X-Forwarded-For is not believed",
    ),
    setting("log.format", Kind::Text, "text or json"),
    setting(
        "log.filter",
        Kind::Text,
        "which events are written, such as info or info,charter_persistence=debug",
    ),
    setting(
        "http.body_limit",
        Kind::Number,
        "largest request body, in bytes",
    ),
    setting(
        "http.time_limit_seconds",
        Kind::Number,
        "longest time one request may take",
    ),
    setting(
        "http.idle_timeout_seconds",
        Kind::Number,
        "how long a silent connection is kept",
    ),
    setting(
        "http.shutdown_seconds",
        Kind::Number,
        "how long a shutdown waits for requests and mail in hand",
    ),
    setting(
        "cors.origins",
        Kind::List,
        "origins whose pages may call the API, between commas; * is every origin",
    ),
    setting(
        "cors.max_age_seconds",
        Kind::Number,
        "how long a browser may keep the answer to a preflight",
    ),
    setting(
        "identity.sign_up",
        Kind::Text,
        "who may open an account: open for everybody, or invite",
    ),
    setting(
        "identity.connect",
        Kind::Text,
        "answer, or conceal which addresses have an account from whoever asks how they sign in",
    ),
    setting(
        "identity.session_idle_days",
        Kind::Number,
        "days that a session lives without being used",
    ),
    setting(
        "identity.session_absolute_days",
        Kind::Number,
        "days that a session lives at most",
    ),
    setting(
        "identity.password_memory_kib",
        Kind::Number,
        "memory of one hash of a password (Argon2id), in KiB",
    ),
    setting(
        "identity.password_passes",
        Kind::Number,
        "passes over that memory",
    ),
    setting("identity.password_lanes", Kind::Number, "lanes in it"),
    setting(
        "identity.passwords_at_once",
        Kind::Number,
        "passwords hashed at a time; by default as many as there are cores",
    ),
    setting(
        "identity.sign_in_url",
        Kind::Text,
        "page that browsers go on to after single sign-on, with ?ticket= or ?error=; by default /signin of this server",
    ),
    setting(
        "identity.saml.url",
        Kind::Text,
        "where browsers reach /v2/auth/saml of this server, https://...; by default public_url. Identity providers know the server by it",
    ),
    setting(
        "identity.saml.key_file",
        Kind::Text,
        "RSA key that signs what identity providers are asked, in PEM; without it nothing is signed",
    ),
    setting(
        "identity.saml.certificate_file",
        Kind::Text,
        "certificate of that key, in PEM",
    ),
    setting(
        "identity.facebook.client_id",
        Kind::Text,
        "by which name Facebook knows this server; people sign in with Facebook when it is set",
    ),
    setting(
        "identity.facebook.client_secret",
        Kind::Text,
        "secret that goes with it",
    ),
    setting(
        "identity.facebook.redirect_uris",
        Kind::List,
        "where it may send people back to, between commas; the first is the default",
    ),
    setting(
        "identity.facebook.scopes",
        Kind::List,
        "what an authorization request asks for; by default name and address",
    ),
    setting(
        "identity.facebook.pkce",
        Kind::Text,
        "required or optional; by default required where the provider has it",
    ),
    setting(
        "identity.facebook.email_trust",
        Kind::Text,
        "when an address counts as verified: claimed, when the provider says so of it, or always",
    ),
    setting(
        "identity.github.client_id",
        Kind::Text,
        "by which name GitHub knows this server; people sign in with GitHub when it is set",
    ),
    setting(
        "identity.github.client_secret",
        Kind::Text,
        "secret that goes with it",
    ),
    setting(
        "identity.github.redirect_uris",
        Kind::List,
        "where it may send people back to, between commas; the first is the default",
    ),
    setting(
        "identity.github.scopes",
        Kind::List,
        "what an authorization request asks for; by default name and address",
    ),
    setting(
        "identity.github.pkce",
        Kind::Text,
        "required or optional; by default required where the provider has it",
    ),
    setting(
        "identity.github.email_trust",
        Kind::Text,
        "when an address counts as verified: claimed, when the provider says so of it, or always",
    ),
    setting(
        "identity.google.client_id",
        Kind::Text,
        "by which name Google knows this server; people sign in with Google when it is set",
    ),
    setting(
        "identity.google.client_secret",
        Kind::Text,
        "secret that goes with it",
    ),
    setting(
        "identity.google.redirect_uris",
        Kind::List,
        "where it may send people back to, between commas; the first is the default",
    ),
    setting(
        "identity.google.scopes",
        Kind::List,
        "what an authorization request asks for; by default name and address",
    ),
    setting(
        "identity.google.pkce",
        Kind::Text,
        "required or optional; by default required where the provider has it",
    ),
    setting(
        "identity.google.email_trust",
        Kind::Text,
        "when an address counts as verified: claimed, when the provider says so of it, or always",
    ),
    setting(
        "identity.linkedin.client_id",
        Kind::Text,
        "by which name LinkedIn knows this server; people sign in with LinkedIn when it is set",
    ),
    setting(
        "identity.linkedin.client_secret",
        Kind::Text,
        "secret that goes with it",
    ),
    setting(
        "identity.linkedin.redirect_uris",
        Kind::List,
        "where it may send people back to, between commas; the first is the default",
    ),
    setting(
        "identity.linkedin.scopes",
        Kind::List,
        "what an authorization request asks for; by default name and address",
    ),
    setting(
        "identity.linkedin.pkce",
        Kind::Text,
        "required or optional; by default required where the provider has it",
    ),
    setting(
        "identity.linkedin.email_trust",
        Kind::Text,
        "when an address counts as verified: claimed, when the provider says so of it, or always",
    ),
    setting(
        "storage.kind",
        Kind::Text,
        "where files such as signed documents are kept: local, in a folder, or s3",
    ),
    setting(
        "storage.folder",
        Kind::Text,
        "that folder, made at the first start; by default objects beside the SQLite database, else in the current folder",
    ),
    setting(
        "storage.s3.bucket",
        Kind::Text,
        "bucket in S3, or in what speaks like it; it has to be there",
    ),
    setting("storage.s3.region", Kind::Text, "region of the bucket"),
    setting(
        "storage.s3.endpoint",
        Kind::Text,
        "address of the server, https://HOST; by default that of Amazon in the region",
    ),
    setting(
        "storage.s3.access_key_id",
        Kind::Text,
        "key that may read, write and delete in the bucket",
    ),
    setting(
        "storage.s3.secret_access_key",
        Kind::Text,
        "secret that goes with it",
    ),
    setting(
        "storage.s3.path_style",
        Kind::Switch,
        "whether the bucket stands in the path, as many servers other than Amazon's need it, and not in front of the host name",
    ),
    setting(
        "storage.s3.allow_http",
        Kind::Switch,
        "whether the endpoint may be http://, for a server on the same machine",
    ),
    setting(
        "signing.provider",
        Kind::Text,
        "who collects the signatures of legal documents: built-in, this server by a link, or pandadoc",
    ),
    setting("signing.pandadoc.api_key", Kind::Text, "key of PandaDoc"),
    setting(
        "signing.pandadoc.url",
        Kind::Text,
        "base address of the API of PandaDoc",
    ),
    setting(
        "signing.pandadoc.poll_seconds",
        Kind::Number,
        "seconds between two looks at a document that waits for its signature; they grow to 15 minutes",
    ),
    setting(
        "signing.operator.name",
        Kind::Text,
        "who runs this server, as the other side of the agreements; by default the host of public_url",
    ),
    setting(
        "signing.operator.address",
        Kind::Text,
        "postal address of whoever runs this server",
    ),
    setting(
        "mail.from",
        Kind::Text,
        "sender, as in `Charter <charter@example.com>`; SMTP needs it",
    ),
    setting(
        "mail.folder",
        Kind::Text,
        "folder to write mails into instead of sending them, for development; whoever reads it can use the links",
    ),
    setting(
        "smtp.host",
        Kind::Text,
        "mail server; mail goes out by SMTP when it is set",
    ),
    setting(
        "smtp.port",
        Kind::Number,
        "port; by default 587 with starttls, 465 with tls, 25 with none",
    ),
    setting("smtp.encryption", Kind::Text, "starttls, tls or none"),
    setting("smtp.username", Kind::Text, "name to log in with"),
    setting("smtp.password", Kind::Text, "password to log in with"),
    setting(
        "smtp.timeout_seconds",
        Kind::Number,
        "longest wait for the mail server",
    ),
    setting(
        "loops.api_key",
        Kind::Text,
        "key of Loops; mail goes out by its HTTP API when it is set",
    ),
    setting(
        "loops.transactional_id",
        Kind::Text,
        "which transactional mail of Loops is an invite",
    ),
    setting(
        "loops.delegation_id",
        Kind::Text,
        "which one asks somebody to set an organisation up",
    ),
    setting(
        "loops.reset_id",
        Kind::Text,
        "which one has the link that resets a password",
    ),
    setting(
        "loops.confirm_id",
        Kind::Text,
        "which one has the link that confirms an address",
    ),
    setting(
        "loops.known_id",
        Kind::Text,
        "which one says that there is an account already",
    ),
    setting(
        "loops.password_changed_id",
        Kind::Text,
        "which one says that the password was changed",
    ),
    setting(
        "loops.linked_id",
        Kind::Text,
        "which one says that a provider is a way to sign in now",
    ),
    setting(
        "loops.single_sign_on_id",
        Kind::Text,
        "which one says that there is no password to reset, but single sign-on",
    ),
    setting(
        "loops.sign_id",
        Kind::Text,
        "which one has the link to sign a legal document by",
    ),
    setting("loops.url", Kind::Text, "base address of the API of Loops"),
    setting(
        "loops.timeout_seconds",
        Kind::Number,
        "longest wait for Loops",
    ),
];

/// What is wrong with the configuration.
#[derive(Debug)]
pub struct ConfigurationError(String);

impl fmt::Display for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ConfigurationError {}

impl From<figment::Error> for ConfigurationError {
    fn from(error: figment::Error) -> Self {
        Self(error.to_string())
    }
}

/// Values from the command line, by the key of their setting.
#[derive(Clone, Debug, Default)]
pub struct Flags(Vec<(&'static str, Value)>);

impl Flags {
    /// No flag was given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` when the flag was given.
    pub fn set(mut self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.push((key, value.into()));
        }
        self
    }
}

impl Provider for Flags {
    fn metadata(&self) -> Metadata {
        Metadata::named("the command line").interpolater(|_: &Profile, keys: &[&str]| {
            format!("--{}", keys.join("-").replace('_', "-"))
        })
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut dict = Dict::new();
        for (key, value) in &self.0 {
            insert(&mut dict, key, value.clone());
        }
        Ok(Profile::Default.collect(dict))
    }
}

/// The variables that belong to a setting, each read as its kind says.
struct Variables<'a>(&'a Environment);

impl Provider for Variables<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment")
            .interpolater(|_: &Profile, keys: &[&str]| variable(&keys.join(".")))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut dict = Dict::new();
        for setting in SETTINGS {
            let name = setting.variable();
            // An empty variable is how a shell or a compose file says "not set".
            let Some(text) = self.0.get(&name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let value = match setting.kind {
                Kind::Text => Value::from(text.as_str()),
                Kind::Number => Value::from(text.parse::<u64>().map_err(|_| {
                    figment::Error::from(format!("{name}: `{text}` is not a whole number"))
                })?),
                Kind::Switch => Value::from(match text.as_str() {
                    "true" | "1" => true,
                    "false" | "0" => false,
                    _ => {
                        return Err(figment::Error::from(format!(
                            "{name}: `{text}` is neither true nor false"
                        )));
                    }
                }),
                Kind::List => Value::from(
                    text.split(',')
                        .map(str::trim)
                        .filter(|item| !item.is_empty())
                        .collect::<Vec<_>>(),
                ),
            };
            insert(&mut dict, setting.key, value);
        }
        Ok(Profile::Default.collect(dict))
    }
}

fn insert(dict: &mut Dict, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            dict.insert(key.to_owned(), value);
        }
        Some((table, rest)) => {
            let entry = dict
                .entry(table.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, table) = entry {
                insert(table, rest, value);
            }
        }
    }
}

impl Configuration {
    /// Reads all sources. `file` is the `--config` flag; `CHARTER_CONFIG` stands in for it.
    pub fn load(
        flags: Flags,
        environment: &Environment,
        file: Option<&Path>,
    ) -> Result<Self, ConfigurationError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let file = file.map(Path::to_path_buf).or_else(|| {
            environment
                .get(FILE_VARIABLE)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        });
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigurationError(format!(
                    "the configuration file {} is not there",
                    file.display()
                )));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let configuration: Self = figment
            .merge(Variables(environment))
            .merge(flags)
            .extract()?;
        configuration.check()?;
        Ok(configuration)
    }

    /// Names of `CHARTER_*` variables that mean nothing: most likely typing mistakes.
    pub fn unknown_variables(environment: &Environment) -> Vec<&str> {
        environment
            .keys()
            .map(String::as_str)
            .filter(|name| name.starts_with("CHARTER_") && *name != FILE_VARIABLE)
            .filter(|name| !SETTINGS.iter().any(|setting| setting.variable() == **name))
            .collect()
    }

    fn check(&self) -> Result<(), ConfigurationError> {
        let fail = |text: &str| Err(ConfigurationError(text.to_owned()));
        let database = self.database.expose();
        if !["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| database.starts_with(scheme))
        {
            return fail("database: the address begins with sqlite:// or postgres://");
        }
        if let Some(url) = &self.public_url
            && !url.starts_with("http://")
            && !url.starts_with("https://")
        {
            return Err(ConfigurationError(format!(
                "public_url: `{url}` does not begin with http:// or https://"
            )));
        }
        if self.http.time_limit_seconds == 0 || self.http.idle_timeout_seconds == 0 {
            return fail("http: a time limit of 0 seconds would serve nothing");
        }
        if let Some(origin) = self.cors.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(ConfigurationError(format!(
                "cors.origins: `{origin}` is not an origin; write https://HOST without a path, or *"
            )));
        }
        self.identity.check().map_err(ConfigurationError)?;
        self.storage.check().map_err(ConfigurationError)?;
        self.signing.check().map_err(ConfigurationError)?;
        let ways = [
            self.smtp.host.is_some(),
            self.loops.api_key.is_some(),
            self.mail.folder.is_some(),
        ];
        if ways.iter().filter(|way| **way).count() > 1 {
            return fail(
                "more than one of smtp.host, loops.api_key and mail.folder is set; mail leaves \
                 one way only",
            );
        }
        if self.smtp.host.is_some() && self.mail.from.is_none() {
            return fail("mail.from: SMTP needs a sender");
        }
        if self.smtp.username.is_some() != self.smtp.password.is_some() {
            return fail("smtp.username and smtp.password go together");
        }
        if self.loops.api_key.is_some() {
            let Loops {
                transactional_id,
                delegation_id,
                confirm_id,
                reset_id,
                known_id,
                password_changed_id,
                linked_id,
                single_sign_on_id,
                sign_id,
                ..
            } = &self.loops;
            let missing: Vec<String> = [
                ("transactional_id", transactional_id),
                ("delegation_id", delegation_id),
                ("confirm_id", confirm_id),
                ("reset_id", reset_id),
                ("known_id", known_id),
                ("password_changed_id", password_changed_id),
                ("linked_id", linked_id),
                ("single_sign_on_id", single_sign_on_id),
                ("sign_id", sign_id),
            ]
            .into_iter()
            .filter(|(_, id)| id.is_none())
            .map(|(key, _)| format!("loops.{key}"))
            .collect();
            if !missing.is_empty() {
                let missing = missing.join(", ");
                return Err(ConfigurationError(format!(
                    "{missing}: Loops needs to know which mail is which"
                )));
            }
        }
        Ok(())
    }
}

/// An address that browsers can go to.
fn page(key: &str, text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if ["http", "https"].contains(&url.scheme()) => Ok(url),
        Ok(_) => Err(format!(
            "{key}: `{text}` does not begin with http:// or https://"
        )),
        Err(error) => Err(format!("{key}: `{text}`: {error}")),
    }
}

fn is_origin(origin: &str) -> bool {
    origin == "*"
        || origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"))
            .is_some_and(|host| {
                !host.is_empty() && !host.contains(['/', '?', '#', '*']) && host.is_ascii()
            })
}

/// All settings with their variables and defaults, as the help shows them.
pub fn settings_help() -> String {
    let defaults = Figment::from(Serialized::defaults(Configuration::default()));
    let mut text = String::from(
        "Settings. A flag beats a variable, a variable beats the file given with --config\n\
         (TOML; a key such as smtp.host stands in its table [smtp]), the file beats the default.\n",
    );
    for setting in SETTINGS {
        let default = match defaults.find_value(setting.key).ok() {
            Some(Value::String(_, text)) => text,
            Some(Value::Num(_, number)) => number
                .to_u128()
                .map(|number| number.to_string())
                .unwrap_or_default(),
            Some(Value::Bool(_, switch)) => switch.to_string(),
            _ => String::new(),
        };
        let default = if default.is_empty() {
            String::new()
        } else {
            format!(" [{default}]")
        };
        text.push_str(&format!(
            "\n  {}  ({})\n      {}{default}\n",
            setting.variable(),
            setting.key,
            setting.help,
        ));
    }
    text
}
