//! A store with a clock, randomness and mailer of its own, on either database.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use charter_api_organisations::models::OrganisationId;
use charter_contract::{
    Authenticator as _, Call, Caller, Clock, Credential, IdempotencyKey, Identity, Operation,
    Random, Scopes, Timestamp, async_trait,
};
use charter_persistence::{
    Connections, DeliveryError, IdentityOptions, Mail, Mailer, NoObjectStorage, PasswordCosts,
    ServerKey, ServerKeys, SigningOptions, Store, StoreOptions, connect_past_the_store,
};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Runs one case on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($(#[$doc:meta])* $case:ident;)*) => {
        mod sqlite {
            $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case($crate::support::World::sqlite().await).await;
            })*
        }

        mod postgres {
            $($(#[$doc])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(world) = $crate::support::World::postgres().await {
                    super::$case(world).await;
                }
            })*
        }
    };
}

/// 2026-03-15T12:00:00Z.
pub(crate) const START: i64 = 1_773_576_000_000_000;

pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// The same bytes in every run.
#[derive(Default)]
pub(crate) struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// Keeps mails, and refuses them as long as it is told to.
#[derive(Default)]
pub(crate) struct TestMailer {
    mails: Mutex<Vec<Mail>>,
    refusal: Mutex<Option<DeliveryError>>,
}

impl TestMailer {
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn refuse(&self, refusal: Option<DeliveryError>) {
        *self.refusal.lock().unwrap() = refusal;
    }
}

#[async_trait]
impl Mailer for TestMailer {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        // Long enough for two workers to meet.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        if let Some(refusal) = self.refusal.lock().unwrap().clone() {
            return Err(refusal);
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) random: Arc<TestRandom>,
    pub(crate) mailer: Arc<TestMailer>,
    /// Looks at the tables from outside.
    pub(crate) db: DatabaseConnection,
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The URL of a new PostgreSQL database, or `None` when no server is named.
pub(crate) async fn postgres_database() -> Option<String> {
    let Ok(server) = std::env::var("CHARTER_TEST_POSTGRES") else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CHARTER_TEST_POSTGRES must name a PostgreSQL server"
        );
        eprintln!("skipped: CHARTER_TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("charter_persistence_{}_{number}", std::process::id());
    let maintenance = Database::connect(&server).await.unwrap();
    maintenance
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    maintenance.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/charter.db", folder.path().display());
        Self::over(url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let url = postgres_database().await?;
        Some(Self::over(url, None).await)
    }

    async fn over(url: String, folder: Option<TempDir>) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(START)));
        let random = Arc::new(TestRandom::default());
        let mailer = Arc::new(TestMailer::default());
        let store = open(
            &url,
            &clock,
            &random,
            ServerKey::generate(&*random).into(),
            Some(mailer.clone()),
        )
        .await;
        store.migrate().await.unwrap();
        let db = connect_past_the_store(&url).await.unwrap();
        Self {
            store,
            clock,
            random,
            mailer,
            db,
            url,
            _folder: folder,
        }
    }

    /// The same database in another process, as far as the store can tell.
    pub(crate) async fn another_store(&self, server_keys: ServerKeys) -> Store {
        open(
            &self.url,
            &self.clock,
            &self.random,
            server_keys,
            Some(self.mailer.clone()),
        )
        .await
    }

    /// A user with an unbound key of every scope.
    pub(crate) async fn person(&self, name: &str) -> Person {
        self.clock.advance(1);
        let email = format!("{}@example.com", name.to_lowercase());
        self.store.create_user(name, &email).await.unwrap();
        let key = self
            .store
            .create_key(&email, None, "Test", Scopes::All)
            .await
            .unwrap();
        Person {
            key: key.secret.reveal().to_owned(),
            store: self.store.clone(),
        }
    }

    /// Whoever holds this key.
    pub(crate) fn holder_of(&self, key: &str) -> Person {
        Person {
            key: key.to_owned(),
            store: self.store.clone(),
        }
    }

    /// A further key of the person with this name, bound to `organisation`.
    pub(crate) async fn key_bound_to(&self, name: &str, organisation: OrganisationId) -> String {
        let email = format!("{}@example.com", name.to_lowercase());
        let key = self
            .store
            .create_key(&email, Some(organisation.into()), "Bound", Scopes::All)
            .await
            .unwrap();
        key.secret.reveal().to_owned()
    }

    /// A call without a credential.
    pub(crate) fn anonymous_call(&self, operation: &'static Operation) -> Call {
        Call {
            operation,
            request_id: "request".into(),
            remote: None,
            agent: None,
            idempotency: None,
        }
    }

    /// The same database in a process that hashes passwords at other costs.
    pub(crate) async fn dearer_store(&self) -> Store {
        let mut identity = identity();
        identity.password_costs.memory_kib = 16;
        let keys = ServerKey::generate(&*self.random);
        open_with(
            &self.url,
            &self.clock,
            &self.random,
            keys.into(),
            None,
            identity,
        )
        .await
    }

    /// The present moment, in microseconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().micros()
    }

    /// Changes the tables from outside.
    pub(crate) async fn run(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }

    /// The number in the first column of the first row.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let row = self
            .db
            .query_one_raw(sea_orm::Statement::from_string(
                self.db.get_database_backend(),
                sql,
            ))
            .await
            .unwrap()
            .unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

async fn open(
    url: &str,
    clock: &Arc<TestClock>,
    random: &Arc<TestRandom>,
    server_keys: ServerKeys,
    mailer: Option<Arc<TestMailer>>,
) -> Store {
    open_with(url, clock, random, server_keys, mailer, identity()).await
}

async fn open_with(
    url: &str,
    clock: &Arc<TestClock>,
    random: &Arc<TestRandom>,
    server_keys: ServerKeys,
    mailer: Option<Arc<TestMailer>>,
    identity: IdentityOptions,
) -> Store {
    Store::open(StoreOptions {
        url: url.to_owned(),
        connections: Connections::default(),
        clock: clock.clone(),
        random: random.clone(),
        server_keys,
        public_url: "https://charter.example".parse().unwrap(),
        mailer: mailer.map(|mailer| mailer as Arc<dyn Mailer>),
        identity,
        providers: None,
        objects: Arc::new(NoObjectStorage),
        signing: SigningOptions::default(),
    })
    .await
    .unwrap()
}

/// Hashes that cost next to nothing.
fn identity() -> IdentityOptions {
    IdentityOptions {
        password_costs: PasswordCosts {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..IdentityOptions::default()
    }
}

pub(crate) struct Person {
    pub(crate) key: String,
    store: Store,
}

impl Person {
    pub(crate) async fn identity(&self) -> Option<Identity> {
        self.store
            .authenticate(Credential(&self.key))
            .await
            .unwrap()
    }

    /// A call of `operation` with this person's key.
    pub(crate) async fn calls(&self, operation: &'static Operation) -> Caller {
        Caller {
            call: Call {
                operation,
                request_id: "request".into(),
                remote: None,
                agent: None,
                idempotency: None,
            },
            identity: self.identity().await.unwrap(),
        }
    }

    /// The same with an `Idempotency-Key`.
    pub(crate) async fn repeats(&self, operation: &'static Operation, key: &str) -> Caller {
        let mut caller = self.calls(operation).await;
        caller.call.idempotency = Some(IdempotencyKey {
            key: key.to_owned(),
            fingerprint: [7; 32],
        });
        caller
    }
}

pub(crate) use on_both;
