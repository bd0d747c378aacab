//! The store: what every implementation runs on.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use charter_contract::{Caller, Clock, Internal, NotFound, Random, Timestamp, kind};
use sea_orm::{ConnectionTrait as _, Statement};
use sea_orm_migration::MigratorTrait as _;
use url::Url;
use uuid::Uuid;

use crate::aside::Aside;
use crate::constraint::Stored as _;
use crate::database::{Connections, Database, Reader};
use crate::id;
use crate::identity::{IdentityOptions, SingleSignOn, service_provider};
use crate::inserts::Inserts;
use crate::last_used::LastUsed;
use crate::mail::Mailer;
use crate::migration::Migrator;
use crate::object_storage::ObjectStorage;
use crate::organisations::before_the_token;
use crate::password_hash::PasswordHashes;
use crate::recognised::Lately;
use crate::server_key::ServerKeys;
use crate::sign_in_providers::SignInProviders;
use crate::signing::SigningOptions;
use crate::tenant::Tenant;

/// Legal documents that are typeset at a time: some milliseconds of a core each.
const TYPESETTING_AT_ONCE: usize = 2;

/// What a store is opened with.
pub struct StoreOptions {
    /// `sqlite://path` or `postgres://user@host/database`.
    pub url: String,
    /// How many connections to keep.
    pub connections: Connections,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids, keys and nonces.
    pub random: Arc<dyn Random>,
    /// What links and seals are made with.
    pub server_keys: ServerKeys,
    /// Where people reach this server; links begin with it.
    pub public_url: Url,
    /// What sends mail; without it every mail is skipped.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What the operator decides about signing in.
    pub identity: IdentityOptions,
    /// What asks providers who somebody is; without it nobody signs in with one.
    pub providers: Option<Arc<dyn SignInProviders>>,
    /// Where files are kept.
    pub objects: Arc<dyn ObjectStorage>,
    /// What the operator decides about signing legal documents.
    pub signing: SigningOptions,
}

/// The store. Cloning it is cheap and shares everything.
///
/// It implements the route traits of every document.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Database,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    server_keys: ServerKeys,
    public_url: Url,
    invite_link: String,
    mailer: Option<Arc<dyn Mailer>>,
    last_used: LastUsed,
    inserts: Inserts,
    lately: Lately,
    identity: IdentityOptions,
    providers: Option<Arc<dyn SignInProviders>>,
    objects: Arc<dyn ObjectStorage>,
    signing: SigningOptions,
    typesetting: Aside,
    single_sign_on: Option<SingleSignOn>,
    passwords: PasswordHashes,
}

impl Store {
    /// Opens the database. It is created when it is SQLite and not there; its
    /// schema is [`Store::migrate`]'s.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn open(options: StoreOptions) -> Result<Self, Internal> {
        let StoreOptions {
            url,
            connections,
            clock,
            random,
            server_keys,
            public_url,
            mailer,
            identity,
            providers,
            objects,
            signing,
        } = options;
        let passwords = PasswordHashes::new(identity.password_costs, identity.passwords_at_once)?;
        let us = match &identity.service_provider {
            Some(us) => Some(us.clone()),
            // An address that nobody can be sent to safely offers no single sign-on.
            None => service_provider(&public_url, None).ok().map(Arc::new),
        };
        let database = Database::open(&url, connections).await.stored()?;
        Ok(Self(Arc::new(Inner {
            inserts: Inserts::new(database.backend()),
            database,
            clock,
            random,
            server_keys,
            invite_link: before_the_token(&public_url),
            public_url,
            mailer,
            last_used: LastUsed::default(),
            lately: Lately::default(),
            identity,
            providers,
            objects,
            signing,
            typesetting: Aside::new(
                TYPESETTING_AT_ONCE,
                "too many documents are typeset at once",
            ),
            single_sign_on: us.map(SingleSignOn::new),
            passwords,
        })))
    }

    /// Brings the schema up to date, in one transaction. Servers that start at
    /// the same moment take turns.
    ///
    /// # Errors
    /// When a migration fails; nothing has changed then.
    pub async fn migrate(&self) -> Result<(), Internal> {
        self.0.database.migrate().await.stored()
    }

    /// Whether the database answers and has every migration of this version.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ready(&self) -> Result<bool, Internal> {
        let applied: HashSet<String> = self
            .reader()
            .query_all_raw(self.statement("SELECT version FROM seaql_migrations", []))
            .await
            .stored()?
            .iter()
            .map(|row| row.try_get("", "version"))
            .collect::<Result<_, _>>()
            .stored()?;
        let migrations = Migrator::migrations();
        Ok(migrations
            .iter()
            .all(|known| applied.contains(known.name())))
    }

    /// Writes what is still in hand and closes all connections.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn close(&self) -> Result<(), Internal> {
        self.write_last_used().await?;
        self.0.database.close().await.stored()
    }

    /// The organisation in which the caller works, as the only way to its rows.
    ///
    /// # Errors
    /// When the caller has no active organisation.
    pub(crate) fn tenant(&self, caller: &Caller) -> Result<Tenant, NotFound> {
        caller
            .identity
            .organisation
            .map(|organisation| Tenant { organisation })
            .ok_or_else(no_active_organisation)
    }

    /// The connection to read with, outside transactions.
    pub(crate) fn reader(&self) -> &Reader {
        self.0.database.reader()
    }

    /// The database.
    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// A statement of our own; `$1`, `$2` ... stand for the values on both
    /// databases.
    pub(crate) fn statement(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Statement {
        Statement::from_sql_and_values(self.0.database.backend(), sql, values)
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A new id for a row that begins at `now`.
    pub(crate) fn new_id(&self, now: Timestamp) -> Uuid {
        id::new(now, self.random())
    }

    /// The source of randomness.
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.0.random
    }

    /// What links and seals are made with.
    pub(crate) fn server_keys(&self) -> &ServerKeys {
        &self.0.server_keys
    }

    /// Where people reach this server.
    pub(crate) fn public_url(&self) -> &Url {
        &self.0.public_url
    }

    /// Where invite links lead, up to their tokens.
    pub(crate) fn invite_link(&self) -> &str {
        &self.0.invite_link
    }

    /// What sends mail.
    pub(crate) fn mailer(&self) -> Option<&dyn Mailer> {
        self.0.mailer.as_deref()
    }

    /// Who was recognised lately.
    pub(crate) fn lately(&self) -> &Lately {
        &self.0.lately
    }

    /// The texts of statements that insert whole rows.
    pub(crate) fn inserts(&self) -> &Inserts {
        &self.0.inserts
    }

    /// What the operator decides about signing in.
    pub(crate) fn identity(&self) -> &IdentityOptions {
        &self.0.identity
    }

    /// What asks providers who somebody is.
    pub(crate) fn providers(&self) -> Option<&dyn SignInProviders> {
        self.0.providers.as_deref()
    }

    /// Where files are kept.
    #[must_use]
    pub fn objects(&self) -> &dyn ObjectStorage {
        &*self.0.objects
    }

    /// What the operator decides about signing legal documents.
    pub(crate) fn signing(&self) -> &SigningOptions {
        &self.0.signing
    }

    /// Where legal documents are typeset.
    pub(crate) fn typesetting(&self) -> &Aside {
        &self.0.typesetting
    }

    /// This server as identity providers know it.
    pub(crate) fn single_sign_on(&self) -> Option<&SingleSignOn> {
        self.0.single_sign_on.as_ref()
    }

    /// What hashes and compares passwords.
    pub(crate) fn passwords(&self) -> &PasswordHashes {
        &self.0.passwords
    }

    /// When keys and sessions were last used, as far as not written yet.
    pub(crate) fn last_used(&self) -> &LastUsed {
        &self.0.last_used
    }
}

/// The caller works in no organisation, or in one that has just been deleted.
pub(crate) fn no_active_organisation() -> NotFound {
    NotFound::of(
        &kind::NO_ACTIVE_ORGANISATION,
        "You have no active organisation. Switch to one or create one.",
    )
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Store({:?})", self.0.database)
    }
}
