//! One database, the assembled service over it, and people with keys.

use std::sync::Arc;

use charter_persistence::{Connections, ServerKey, Store, StoreOptions};
use serde_json::json;

use super::client::Client;
use super::clock::TestClock;
use super::database::Database;
use super::mailer::RecordingMailer;
use super::random::SeededRandom;

/// A world for one case. Clock and randomness are its own, so every run gives
/// the same answers.
pub struct World {
    /// Stands still until it is advanced.
    pub clock: Arc<TestClock>,
    /// Keeps the mails.
    pub mailer: Arc<RecordingMailer>,
    /// The store under the service.
    pub store: Store,
    /// Somebody without a credential.
    pub anonymous: Client,
    _database: Database,
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
        let random = Arc::new(SeededRandom::default());
        let mailer = Arc::new(RecordingMailer::default());
        let store = Store::open(StoreOptions {
            url: database.url.clone(),
            connections: Connections::default(),
            clock: clock.clone(),
            random: random.clone(),
            server_keys: ServerKey::generate(random.as_ref()).into(),
            public_url: "https://charter.example".parse().unwrap(),
            mailer: Some(mailer.clone()),
        })
        .await
        .unwrap();
        store.migrate().await.unwrap();
        let endpoint = charter_server::application::application(/* as the server's author has it */);
        Self {
            clock,
            mailer,
            store,
            anonymous: Client {
                endpoint: Arc::new(endpoint),
                key: None,
            },
            _database: database,
        }
    }

    /// A new user with a key of every scope, made as `charter user create` and
    /// `charter key create` make them.
    pub async fn person(&self, name: &str, email: &str) -> Person {
        let user = self.store.create_user(name, email).await.unwrap();
        let key = self.store.create_key(/* as persistence has it */).await.unwrap();
        Person {
            id: user.id.to_string(),
            email: email.to_owned(),
            client: self.anonymous.with_key(key.secret),
        }
    }

    /// Ada, admin of a new organisation, and its id.
    pub async fn organisation(&self) -> (Person, String) {
        let ada = self.person("Ada Admin", "ada@example.com").await;
        let created = ada
            .client
            .call("createOrganisation")
            .json(&json!({"name": "Acme"}))
            .send()
            .await
            .expect(201);
        let id = created.text_at("/id");
        (ada, id)
    }

    /// A new user who was invited by `admin` with `role` and has accepted.
    pub async fn joined(&self, admin: &Person, name: &str, email: &str, role: &str) -> Person {
        let person = self.person(name, email).await;
        let invite = admin
            .client
            .call("createInvite")
            .json(&json!({"email": email, "role": role}))
            .send()
            .await
            .expect(201);
        let token = token_of(&invite.text_at("/invite_url"));
        person
            .client
            .call("acceptInvite")
            .json(&json!({ "token": token }))
            .send()
            .await
            .expect(200);
        person
    }
}

impl Person {
    /// The same user with a key that has only these scopes.
    pub async fn with_scopes(&self, scopes: &[&str]) -> Client {
        let created = self
            .client
            .call("createApiKey")
            .json(&json!({"name": "limited", "owner": "user", "scopes": scopes}))
            .send()
            .await
            .expect(201);
        self.client.with_key(created.text_at("/secret"))
    }
}

/// The token in the link of an invite.
pub fn token_of(invite_url: &str) -> String {
    let url: url::Url = invite_url.parse().unwrap();
    url.query_pairs()
        .find(|(name, _)| name == "token")
        .map(|(_, token)| token.into_owned())
        .unwrap()
}
