//! Units of work that share a commit, and a service that is killed a hundred
//! times while it writes them.
//!
//! Sixteen writers make invites at once, every other one for an address that has
//! a pending invite already, so that units that fail stand between units that
//! succeed in one transaction. Whenever the service dies: what was acknowledged
//! is there, what was refused left nothing, and each invite that is there has its
//! row in the outbox and its row in the audit log, and was counted once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use charter_api_organisations::models::InviteId;
use charter_contract::TypeId as _;
use charter_persistence::entity::{audit_entry, invite, outbox_message};
use reqwest::{Client, StatusCode};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, Statement};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::database::Database;
use crate::support::process::{Charter, Serving};

const KILLS: usize = 100;
const WRITERS: usize = 16;

/// An address with a pending invite.
const TAKEN: &str = "taken@example.com";

/// The ids of the invites that were acknowledged.
type Acknowledged = Arc<Mutex<BTreeSet<Uuid>>>;

fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

#[derive(Clone)]
struct Inviter {
    http: Client,
    url: String,
    key: String,
}

impl Inviter {
    fn of(serving: &Serving, key: &str) -> Self {
        Self {
            http: client(),
            url: format!("{}/v1/organisations/invites", serving.address),
            key: key.to_owned(),
        }
    }

    async fn invite(&self, email: &str) -> reqwest::Result<(StatusCode, Value)> {
        let response = self
            .http
            .post(&self.url)
            .bearer_auth(&self.key)
            .json(&json!({ "email": email }))
            .send()
            .await?;
        Ok((response.status(), response.json().await?))
    }
}

/// Writes until the service is gone.
fn write(inviter: &Inviter, acknowledged: &Acknowledged, round: usize) -> JoinSet<()> {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (inviter, acknowledged) = (inviter.clone(), acknowledged.clone());
        writers.spawn(async move {
            for number in 0.. {
                let email = format!("r{round}-w{writer}-n{number}@example.com");
                let Ok((status, invite)) = inviter.invite(&email).await else {
                    return;
                };
                assert_eq!(status, StatusCode::CREATED, "{invite}");
                let id = InviteId::parse(invite["id"].as_str().unwrap()).unwrap();
                acknowledged.lock().unwrap().insert(id.into());
                let Ok((status, refusal)) = inviter.invite(TAKEN).await else {
                    return;
                };
                assert_eq!(status, StatusCode::CONFLICT, "{refusal}");
            }
        });
    }
    writers
}

/// Waits until so many invites are acknowledged in all.
async fn acknowledges(acknowledged: &Acknowledged, count: usize) {
    let waiting = async {
        while acknowledged.lock().unwrap().len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("too little was acknowledged in a minute");
}

/// What is there, after a look at its consistency.
#[expect(clippy::disallowed_methods, reason = "the rows of everybody")]
async fn there(database: &Database) -> BTreeSet<Uuid> {
    let connection = database.connect().await;
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let found = connection.query_one_raw(check).await.unwrap().unwrap();
    assert_eq!(found.try_get_by_index::<String>(0).unwrap(), "ok");
    let invites = invite::Entity::find().all(&connection).await.unwrap();
    let mails: BTreeSet<Option<Uuid>> = outbox_message::Entity::find()
        .all(&connection)
        .await
        .unwrap()
        .into_iter()
        .map(|mail| Some(mail.id))
        .collect();
    let audited: BTreeSet<String> = audit_entry::Entity::find()
        .all(&connection)
        .await
        .unwrap()
        .into_iter()
        .filter(|entry| entry.event == "invite.created")
        .filter_map(|entry| entry.target_id)
        .collect();
    let used = Statement::from_string(
        DbBackend::Sqlite,
        "SELECT COALESCE(SUM(used), 0) FROM invite_cycles",
    );
    let used = connection.query_one_raw(used).await.unwrap().unwrap();
    let used = usize::try_from(used.try_get_by_index::<i64>(0).unwrap()).unwrap();
    connection.close().await.unwrap();
    assert_eq!(used, invites.len());
    assert_eq!(mails, invites.iter().map(|invite| invite.mail_id).collect());
    assert_eq!(
        audited,
        invites
            .iter()
            .map(|invite| InviteId::from(invite.id).to_string())
            .collect()
    );
    invites.into_iter().map(|invite| invite.id).collect()
}

async fn killed_a_hundred_times() {
    let database = Database::sqlite();
    let charter = Charter::new(&database.url, &[("CHARTER_RATE_LIMIT", "off")]);
    let address = "ada@example.com";
    let user = ["user", "create", "--name", "Ada", "--json", "--email"];
    charter.run(&[&user[..], &[address]].concat()).await;
    let key = charter
        .run(&["key", "create", "--json", "--user", address])
        .await;
    let key = key["key"].as_str().unwrap().to_owned();
    // Nothing is encrypted here, and yet the client wants to be able to.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let serving = charter.serve().await;
    let founded = client()
        .post(format!("{}/v1/organisations", serving.address))
        .bearer_auth(&key)
        .json(&json!({"name": "Acme"}))
        .send()
        .await
        .unwrap();
    assert_eq!(founded.status(), StatusCode::CREATED);
    // A plan that sets no limit of invites.
    let chosen = client()
        .put(format!("{}/v1/organisations/plan", serving.address))
        .bearer_auth(&key)
        .json(&json!({"plan_id": "enterprise"}))
        .send()
        .await
        .unwrap();
    assert_eq!(chosen.status(), StatusCode::OK);
    let (status, taken) = Inviter::of(&serving, &key).invite(TAKEN).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{taken}");
    serving.stop().await;

    let acknowledged = Acknowledged::default();
    // Any numbers without a pattern do; these are the same in every run.
    let mut moment = 1_u64;
    for round in 0..KILLS {
        let before = acknowledged.lock().unwrap().len();
        let serving = charter.serve().await;
        let writers = write(&Inviter::of(&serving, &key), &acknowledged, round);
        // Not before there is something to lose.
        acknowledges(&acknowledged, before + 1).await;
        moment = moment
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        tokio::time::sleep(Duration::from_micros((moment >> 33) % 60_000)).await;
        serving.kill().await;
        writers.join_all().await;
        let there = there(&database).await;
        let lost: Vec<_> = acknowledged
            .lock()
            .unwrap()
            .difference(&there)
            .copied()
            .collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }
    let acknowledged = acknowledged.lock().unwrap().len();
    assert!(acknowledged > 5 * KILLS, "{acknowledged} acknowledged");
    assert!(!charter.said().contains("panicked"), "{}", charter.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    tokio::time::timeout(Duration::from_secs(300), killed_a_hundred_times())
        .await
        .expect("it took too long");
}
