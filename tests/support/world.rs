//! One database, the assembled service over it, and people with keys.

use std::path::PathBuf;
use std::sync::Arc;

use charter_api_organisations::models::{OrganisationId, UserId};
use charter_contract::{Scopes, TypeId as _};
use charter_persistence::{
    Connections, IdentityOptions, Mailer, ObjectStorage, PasswordCosts, ServerKey, ServerKeys,
    SignInProviders, SigningOptions, Store, StoreOptions,
};
use charter_server::application::application;
use charter_server::configuration::{Configuration, RateLimit};
use charter_server::storage::LocalStorage;
use sea_orm::DatabaseConnection;
use serde_json::json;
use tempfile::TempDir;
use url::Url;

use super::answer::Answer;
use super::client::Client;
use super::clock::TestClock;
use super::database::Database;
use super::mailer::RecordingMailer;
use super::provider::TestProviders;
use super::random::SeededRandom;
use super::timer::TestTimer;

/// A world for one case. Clock and randomness are its own, so every run gives
/// the same answers.
pub struct World {
    /// Stands still until it is advanced.
    pub clock: Arc<TestClock>,
    /// Lets nobody wait.
    pub timer: Arc<TestTimer>,
    /// Keeps the mails.
    pub mailer: Arc<RecordingMailer>,
    /// What people sign in with elsewhere.
    pub providers: TestProviders,
    /// The store under the service.
    pub store: Store,
    /// Somebody without a credential.
    pub anonymous: Client,
    /// What links and seals are made with.
    pub server_keys: ServerKeys,
    random: Arc<SeededRandom>,
    setup: Setup,
    pub(super) database: Database,
}

/// What the service was started with, and is when it is started again.
#[derive(Clone)]
struct Setup {
    public_url: Url,
    mailer: Option<Arc<dyn Mailer>>,
    identity: IdentityOptions,
    providers: Option<Arc<dyn SignInProviders>>,
    folder: Arc<TempDir>,
    /// In place of the folder.
    objects: Option<Arc<dyn ObjectStorage>>,
    signing: SigningOptions,
}

const PUBLIC_URL: &str = "https://charter.example";

/// Hashes of passwords that cost next to nothing.
pub fn identity() -> IdentityOptions {
    IdentityOptions {
        password_costs: PasswordCosts {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..IdentityOptions::default()
    }
}

async fn open(
    url: String,
    clock: &Arc<TestClock>,
    random: &Arc<SeededRandom>,
    server_keys: &ServerKeys,
    setup: Setup,
) -> Store {
    let Setup {
        public_url,
        mailer,
        identity,
        providers,
        folder,
        objects,
        signing,
    } = setup;
    let objects = objects.unwrap_or_else(|| {
        let (folder, url) = (objects_in(&folder), public_url.clone());
        Arc::new(LocalStorage::new(&folder, url, server_keys.clone(), clock.clone()).unwrap())
    });
    Store::open(StoreOptions {
        url,
        connections: Connections::default(),
        clock: clock.clone(),
        random: random.clone(),
        server_keys: server_keys.clone(),
        public_url,
        mailer,
        identity,
        providers,
        objects,
        signing,
    })
    .await
    .unwrap()
}

fn objects_in(folder: &TempDir) -> PathBuf {
    folder.path().join("objects")
}

/// The whole application over `store`, as somebody without a credential.
fn serve(
    store: &Store,
    clock: &Arc<TestClock>,
    timer: &Arc<TestTimer>,
    random: &Arc<SeededRandom>,
    configuration: &Configuration,
) -> Client {
    let endpoint = application(
        store.clone(),
        clock.clone(),
        timer.clone(),
        random.clone(),
        configuration,
    )
    .unwrap();
    Client {
        endpoint: Arc::new(endpoint),
        key: None,
        remote: None,
    }
}

/// A user with a key of every scope.
pub struct Person {
    /// `user_...`.
    pub id: String,
    /// The address.
    pub email: String,
    /// Calls as this user.
    pub client: Client,
}

impl World {
    /// A world on SQLite.
    pub async fn sqlite() -> Self {
        Self::over(Database::sqlite()).await
    }

    /// A world on PostgreSQL.
    pub async fn postgres() -> Self {
        Self::over(Database::postgres().await).await
    }

    async fn over(database: Database) -> Self {
        let clock = Arc::new(TestClock::default());
        let timer = Arc::new(TestTimer::default());
        let random = Arc::new(SeededRandom::default());
        let mailer = Arc::new(RecordingMailer::default());
        let server_keys: ServerKeys = ServerKey::generate(random.as_ref()).into();
        let providers = TestProviders::start().await;
        let setup = Setup {
            public_url: PUBLIC_URL.parse().unwrap(),
            mailer: Some(mailer.clone()),
            identity: identity(),
            providers: Some(providers.port(clock.clone())),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            objects: None,
            signing: SigningOptions::default(),
        };
        let url = database.url.clone();
        let store = open(url, &clock, &random, &server_keys, setup.clone()).await;
        store.migrate().await.unwrap();
        let anonymous = serve(&store, &clock, &timer, &random, &Configuration::default());
        Self {
            clock,
            timer,
            mailer,
            providers,
            store,
            anonymous,
            random,
            server_keys,
            setup,
            database,
        }
    }

    /// The same service, started again without anything that could send mail.
    pub async fn without_mail(mut self) -> Self {
        self.setup.mailer = None;
        self.again().await
    }

    /// The same service, started again at another address.
    pub async fn at(mut self, public_url: &str) -> Self {
        self.setup.public_url = public_url.parse().unwrap();
        self.again().await
    }

    /// The same service, started again with other settings of the identity document.
    pub async fn with_identity(mut self, identity: IdentityOptions) -> Self {
        self.setup.identity = identity;
        self.again().await
    }

    /// The same service, started again with other providers to sign in with, or none.
    pub async fn with_providers(mut self, providers: Option<Arc<dyn SignInProviders>>) -> Self {
        self.setup.providers = providers;
        self.again().await
    }

    /// The same service, started again with other server keys.
    pub async fn with_server_keys(mut self, server_keys: ServerKeys) -> Self {
        self.server_keys = server_keys;
        self.again().await
    }

    /// The same service, started again with another place for files than its folder.
    pub async fn with_objects(mut self, objects: Arc<dyn ObjectStorage>) -> Self {
        self.setup.objects = Some(objects);
        self.again().await
    }

    /// The same service, started again with other settings of signing.
    pub async fn with_signing(mut self, signing: SigningOptions) -> Self {
        self.setup.signing = signing;
        self.again().await
    }

    async fn again(mut self) -> Self {
        self.store = self.open_with(&self.database.url, self.setup.clone()).await;
        self.anonymous = self.serve(&self.store, &Configuration::default());
        self
    }

    /// The same service, started again without limits on how often it is called.
    pub fn without_limits(mut self) -> Self {
        let configuration = Configuration {
            rate_limit: RateLimit::Off,
            ..Configuration::default()
        };
        self.anonymous = self.serve(&self.store, &configuration);
        self
    }

    /// A further server of this database, which `url` leads to.
    pub async fn open(&self, url: &str, mailer: Option<Arc<dyn Mailer>>) -> Store {
        let setup = Setup {
            mailer,
            ..self.setup.clone()
        };
        self.open_with(url, setup).await
    }

    async fn open_with(&self, url: &str, setup: Setup) -> Store {
        let (clock, random) = (&self.clock, &self.random);
        open(url.to_owned(), clock, random, &self.server_keys, setup).await
    }

    /// The whole application over `store`, otherwise configured.
    pub fn serve(&self, store: &Store, configuration: &Configuration) -> Client {
        serve(store, &self.clock, &self.timer, &self.random, configuration)
    }

    /// Where the database is.
    pub fn db_url(&self) -> &str {
        &self.database.url
    }

    /// The folder in which files are kept, in one of this world's own.
    pub fn objects_folder(&self) -> PathBuf {
        objects_in(&self.setup.folder)
    }

    /// A connection to the database, past the service.
    pub async fn db(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// A new user with a key of every scope, made as `charter user create` and
    /// `charter key create` make them. A minute passes, so that people's ids are
    /// in the order in which they came.
    pub async fn person(&self, name: &str, email: &str) -> Person {
        self.clock.advance(60);
        let id = self.store.create_user(name, email).await.unwrap();
        let key = self
            .store
            .create_key(email, None, "Test", Scopes::All)
            .await
            .unwrap();
        Person {
            id: UserId::from(id).to_string(),
            email: email.to_owned(),
            client: self.anonymous.with_key(key.secret.reveal()),
        }
    }

    /// A further key of `person`, bound to `organisation`, which only the
    /// operator of the server can make.
    pub async fn key_bound_to(&self, person: &Person, organisation: &str) -> Client {
        let organisation = OrganisationId::parse(organisation).unwrap();
        let key = self
            .store
            .create_key(
                &person.email,
                Some(organisation.into()),
                "Bound",
                Scopes::All,
            )
            .await
            .unwrap();
        self.anonymous.with_key(key.secret.reveal())
    }

    /// Ada, admin of a new organisation, and its id.
    pub async fn organisation(&self) -> (Person, String) {
        let ada = self.person("Ada Admin", "ada@example.com").await;
        let id = ada.found("Acme").await;
        (ada, id)
    }

    /// Olga, admin of an organisation that has nothing to do with any other,
    /// and its id.
    pub async fn strangers(&self) -> (Person, String) {
        let olga = self.person("Olga Outside", "olga@elsewhere.example").await;
        let id = olga.found("Elsewhere").await;
        (olga, id)
    }

    /// A new user who was invited by `admin` with `role` and has accepted.
    pub async fn joined(&self, admin: &Person, name: &str, email: &str, role: &str) -> Person {
        let person = self.person(name, email).await;
        let invite = admin.invite(email, role).await;
        person.accept(&invite).await.expect(200);
        person
    }
}

impl Person {
    /// The same user with a key that has only these scopes.
    pub async fn with_scopes(&self, scopes: &[&str]) -> Client {
        self.new_key("user", scopes).await
    }

    /// A key of this admin's active organisation: nobody's, with the rights of
    /// an admin.
    pub async fn organisation_key(&self, scopes: &[&str]) -> Client {
        self.new_key("organisation", scopes).await
    }

    async fn new_key(&self, owner: &str, scopes: &[&str]) -> Client {
        let created = self
            .client
            .call("createApiKey")
            .json(&json!({"name": "Test", "owner": owner, "scopes": scopes}))
            .send()
            .await
            .expect(201);
        self.client.with_key(created.text_at("/key"))
    }

    /// Invites `email` into the active organisation.
    pub async fn invite(&self, email: &str, role: &str) -> Answer {
        self.client
            .call("createInvite")
            .json(&json!({"email": email, "role": role}))
            .send()
            .await
            .expect(201)
    }

    /// Accepts the invite in `invite`, an answer that shows one.
    pub async fn accept(&self, invite: &Answer) -> Answer {
        self.client
            .call("acceptInvite")
            .json(&json!({"token": invite.text_at("/token")}))
            .send()
            .await
    }

    /// A further organisation of this user's, active from now on. Its id.
    pub async fn found(&self, name: &str) -> String {
        self.client
            .call("createOrganisation")
            .json(&json!({"name": name}))
            .send()
            .await
            .expect(201)
            .text_at("/id")
    }

    /// Puts the active organisation on a plan.
    pub async fn plan(&self, plan: &str) {
        self.client
            .call("updatePlan")
            .json(&json!({"plan_id": plan}))
            .send()
            .await
            .expect(200);
    }

    /// Makes another organisation of this user's the active one.
    pub async fn switch(&self, organisation: &str) {
        self.client
            .call("switchOrganisation")
            .json(&json!({"organisation_id": organisation}))
            .send()
            .await
            .expect(200);
    }
}

/// The token in the link of an invite, or of a mail about an account.
pub fn token_of(link: &str) -> String {
    let url: url::Url = link.parse().unwrap();
    url.query_pairs()
        .find(|(name, _)| name == "token")
        .map(|(_, token)| token.into_owned())
        .unwrap()
}
