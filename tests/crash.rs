//! The service is killed in the middle of its work, again and again.
//!
//! What is guaranteed, and asserted here:
//!
//! 1. What was acknowledged is there afterwards, whatever happened next; what was
//!    not acknowledged is there as a whole or not at all, and sending it again
//!    (under the same `Idempotency-Key`, or as the same usage events) makes it
//!    there exactly once. People who are invited at once are all invited, or nobody.
//! 2. Each invite that is there has its row in the outbox and its row in the
//!    audit log (those made at once have one together), and nothing has such a row
//!    without being there.
//! 3. Each mail in the outbox reaches the mail server, under one `Message-ID`
//!    that never changes. No mail is sent that is not in the outbox.
//! 4. Delivery is at least once, and more than once only where nobody could know
//!    better: between the mail server's acceptance and the mark in the outbox.
//!    A mail is accepted a second time only if the service was killed after the
//!    first acceptance and before the mark. A process never delivers twice, and
//!    a mail that is marked is never delivered again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use charter_persistence::entity::outbox_message::{self, Outcome};
use reqwest::{Client, Method, StatusCode};
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::governance::bare;
use crate::support::database::Database;
use crate::support::process::{Charter, Serving};
use crate::support::smtp::SmtpServer;

/// When the service is killed.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// After so many milliseconds, wherever it is then.
    Somewhere(u64),
    /// When mails were accepted and the service does not know it yet.
    BeforeTheMark,
}

const ROUNDS: [Kill; 6] = [
    Kill::Somewhere(300),
    Kill::BeforeTheMark,
    Kill::Somewhere(120),
    Kill::Somewhere(500),
    Kill::BeforeTheMark,
    Kill::Somewhere(40),
];

/// Who writes at the same time.
const INVITERS: usize = 4;
const METERS: usize = 3;
/// Those who invite several people at once do not wait for the mails, so they rest.
const BULK_INVITERS: usize = 1;
const REST: Duration = Duration::from_millis(200);

/// People who are invited at once.
const PEOPLE: usize = 4;

/// Invites that each round acknowledges at least before it ends.
const PER_ROUND: usize = 3;

/// Events of one batch, one page each.
const BATCH: usize = 5;

/// What was tried, and what of it the service has acknowledged.
#[derive(Default)]
struct Journal {
    /// By address: the id, once acknowledged.
    invites: BTreeMap<String, Option<Value>>,
    /// By number: whether it was acknowledged.
    batches: BTreeMap<usize, bool>,
    /// By the key that stands for the people: whether it was acknowledged.
    bulks: BTreeMap<String, bool>,
}

/// The addresses of people who are invited at once.
fn people(bulk: &str) -> impl Iterator<Item = String> {
    (0..PEOPLE).map(move |number| format!("{bulk}-p{number}@example.com"))
}

/// Calls of one user.
#[derive(Clone)]
struct Caller {
    http: Client,
    address: String,
    key: String,
    /// The path of invites of several people.
    bulk: Arc<str>,
}

impl Caller {
    async fn call(
        &self,
        method: Method,
        path: &str,
        idempotency: Option<&str>,
        body: Option<Value>,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.address))
            .bearer_auth(&self.key);
        if let Some(key) = idempotency {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        // Some answers have nothing to say.
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    async fn invite(&self, email: &str) -> reqwest::Result<(StatusCode, Value)> {
        let body = json!({ "email": email });
        self.call(
            Method::POST,
            "/v1/organisations/invites",
            Some(email),
            Some(body),
        )
        .await
    }

    async fn invite_people(&self, bulk: &str) -> reqwest::Result<(StatusCode, Value)> {
        let body: Vec<Value> = people(bulk)
            .map(|email| json!({"target_email": email}))
            .collect();
        let body = Some(Value::Array(body));
        self.call(Method::POST, &self.bulk, Some(bulk), body).await
    }

    async fn report(&self, batch: usize) -> reqwest::Result<(StatusCode, Value)> {
        let events: Vec<Value> = (0..BATCH)
            .map(|number| json!({"source": "meter", "id": format!("{batch}-{number}"), "type": "page"}))
            .collect();
        let body = json!({ "events": events });
        self.call(Method::POST, "/v1/usage/events", None, Some(body))
            .await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None, None).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

/// Writes until the service is gone. Any answer that comes must be a good one.
fn write(caller: &Caller, journal: &Arc<Mutex<Journal>>, round: usize) -> JoinSet<()> {
    let mut writers = JoinSet::new();
    for inviter in 0..INVITERS {
        let (caller, journal) = (caller.clone(), journal.clone());
        writers.spawn(async move {
            for number in 0.. {
                let email = format!("r{round}-i{inviter}-n{number}@example.com");
                journal.lock().unwrap().invites.insert(email.clone(), None);
                let Ok((status, invite)) = caller.invite(&email).await else {
                    return;
                };
                assert_eq!(status, StatusCode::CREATED, "{invite}");
                assert_eq!(invite["email_delivery"], "sent", "{invite}");
                journal
                    .lock()
                    .unwrap()
                    .invites
                    .insert(email, Some(invite["id"].clone()));
            }
        });
    }
    for inviter in 0..BULK_INVITERS {
        let (caller, journal) = (caller.clone(), journal.clone());
        writers.spawn(async move {
            for number in 0.. {
                let bulk = format!("r{round}-b{inviter}-n{number}");
                journal.lock().unwrap().bulks.insert(bulk.clone(), false);
                let Ok((status, answer)) = caller.invite_people(&bulk).await else {
                    return;
                };
                assert_eq!(status, StatusCode::OK, "{answer}");
                journal.lock().unwrap().bulks.insert(bulk, true);
                tokio::time::sleep(REST).await;
            }
        });
    }
    for _ in 0..METERS {
        let (caller, journal) = (caller.clone(), journal.clone());
        writers.spawn(async move {
            loop {
                let batch = {
                    let mut journal = journal.lock().unwrap();
                    let batch = journal.batches.len();
                    journal.batches.insert(batch, false);
                    batch
                };
                let Ok((status, answer)) = caller.report(batch).await else {
                    return;
                };
                assert_eq!(status, StatusCode::OK, "{answer}");
                assert_eq!(answer, json!({"accepted": BATCH, "duplicates": 0}));
                journal.lock().unwrap().batches.insert(batch, true);
            }
        });
    }
    writers
}

/// Waits until so many invites and as many batches are acknowledged in all, and some
/// invites of several people.
async fn acknowledges(journal: &Mutex<Journal>, count: usize) {
    let enough = || {
        let journal = journal.lock().unwrap();
        let invites = journal.invites.values().flatten().count();
        let batches = journal.batches.values().filter(|there| **there).count();
        let bulks = journal.bulks.values().filter(|there| **there).count();
        invites >= count && batches >= count && bulks >= count / PER_ROUND
    };
    let waiting = async {
        while !enough() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("too little was acknowledged in a minute");
}

/// The outbox, by Message-ID.
async fn outbox(database: &Database) -> BTreeMap<String, outbox_message::Model> {
    let connection = database.connect().await;
    #[expect(clippy::disallowed_methods, reason = "the outbox of everybody")]
    let rows = outbox_message::Entity::find()
        .all(&connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    rows.into_iter()
        .map(|row| (format!("<{}@charter.example>", row.id), row))
        .collect()
}

/// What the clock would do: whoever had a mail or an answer in hand is dead, and
/// need not be waited for.
async fn let_time_pass(database: &Database) {
    let connection = database.connect().await;
    for sql in [
        "UPDATE outbox SET next_attempt_at = 0 WHERE outcome IS NULL",
        "UPDATE idempotency_records SET provisional_until = 0 WHERE provisional_until IS NOT NULL",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    if connection.get_database_backend() == DbBackend::Sqlite {
        let check = sea_orm::Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
        let row = connection.query_one_raw(check).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "ok");
    }
    connection.close().await.unwrap();
}

async fn count(database: &Database, sql: &str) -> i64 {
    let connection = database.connect().await;
    let backend = connection.get_database_backend();
    let statement = sea_orm::Statement::from_string(backend, sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    connection.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn killed_again_and_again(database: Database) {
    let smtp = SmtpServer::start().await;
    let charter = Charter::new(
        &database.url,
        &[
            ("CHARTER_PUBLIC_URL", "https://charter.example"),
            ("CHARTER_RATE_LIMIT", "off"),
            ("CHARTER_SMTP_HOST", "127.0.0.1"),
            ("CHARTER_SMTP_PORT", &smtp.port.to_string()),
            ("CHARTER_SMTP_ENCRYPTION", "none"),
            ("CHARTER_MAIL_FROM", "Charter <charter@charter.example>"),
        ],
    );
    charter
        .run(&[
            "user",
            "create",
            "--email",
            "ada@example.com",
            "--name",
            "Ada Admin",
            "--json",
        ])
        .await;
    let key = charter
        .run(&["key", "create", "--user", "ada@example.com", "--json"])
        .await;
    let key = key["key"].as_str().unwrap().to_owned();
    // Nothing is encrypted here, and yet the client wants to be able to.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let caller = |serving: &Serving, bulk: &str| Caller {
        http: Client::builder()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap(),
        address: serving.address.clone(),
        key: key.clone(),
        bulk: bulk.into(),
    };
    let mut serving = charter.serve().await;
    let (status, body) = caller(&serving, "")
        .call(
            Method::POST,
            "/v1/organisations",
            None,
            Some(json!({"name": "Acme"})),
        )
        .await
        .unwrap();
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let bulk = format!(
        "/api/organizations/{}/invites/bulk",
        bare(body["id"].as_str().unwrap())
    );
    let caller = |serving: &Serving| caller(serving, &bulk);
    // A plan that sets no limit of invites.
    let plan = json!({"plan_id": "enterprise"});
    let (status, body) = caller(&serving)
        .call(Method::PUT, "/v1/organisations/plan", None, Some(plan))
        .await
        .unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");

    let journal = Arc::new(Mutex::new(Journal::default()));
    // At the end of each round: how many mails were accepted so far, and which
    // mails were not marked.
    let mut rounds: Vec<(usize, BTreeSet<String>)> = Vec::new();
    for (round, kill) in ROUNDS.into_iter().enumerate() {
        let writers = write(&caller(&serving), &journal, round);
        // Not before there is something to lose.
        acknowledges(&journal, PER_ROUND * (round + 1)).await;
        match kill {
            Kill::Somewhere(milliseconds) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            Kill::BeforeTheMark => {
                smtp.fall_silent();
                smtp.keeps_waiting(INVITERS).await;
            }
        }
        serving.kill().await;
        // What is accepted without being answered stays accepted.
        smtp.speak();
        smtp.is_alone().await;
        writers.join_all().await;
        let unmarked: BTreeSet<String> = outbox(&database)
            .await
            .into_iter()
            .filter(|(_, row)| row.outcome.is_none())
            .map(|(id, _)| id)
            .collect();
        if matches!(kill, Kill::BeforeTheMark) {
            assert!(!unmarked.is_empty(), "the kill came too late");
        }
        rounds.push((smtp.received().len(), unmarked));
        let_time_pass(&database).await;
        serving = charter.serve().await;
    }

    // 1. Everything acknowledged is there; the rest is there after being sent
    // again, and all of it once.
    let caller = caller(&serving);
    let Journal {
        invites,
        batches,
        bulks,
    } = std::mem::take(&mut *journal.lock().unwrap());
    let listed = caller.get("/v1/organisations/invites").await;
    let listed: BTreeMap<&str, &Value> = listed["invites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|invite| (invite["email"].as_str().unwrap(), &invite["id"]))
        .collect();
    let (mut acknowledged, mut lost) = (0, 0);
    for (email, id) in &invites {
        let there = listed.get(email.as_str());
        if let Some(id) = id {
            assert_eq!(there, Some(&id), "{email} was acknowledged");
            acknowledged += 1;
        }
        let (status, again) = caller.invite(email).await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{email}: {again}");
        match there {
            Some(id) => assert_eq!(&again["id"], *id, "{email} was there already"),
            None => lost += 1,
        }
    }
    for (bulk, acknowledged) in &bulks {
        let there = people(bulk)
            .filter(|email| listed.contains_key(email.as_str()))
            .count();
        assert!([0, PEOPLE].contains(&there), "{there} people of {bulk}");
        assert!(!acknowledged || there == PEOPLE, "{bulk} was acknowledged");
        let (status, again) = caller.invite_people(bulk).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{bulk}: {again}");
    }
    for (batch, acknowledged) in &batches {
        let (status, again) = caller.report(*batch).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{again}");
        let duplicates = usize::try_from(again["duplicates"].as_i64().unwrap()).unwrap();
        assert!([0, BATCH].contains(&duplicates), "half a batch: {again}");
        assert!(
            !acknowledged || duplicates == BATCH,
            "batch {batch} was acknowledged"
        );
    }
    let usage = caller.get("/v1/usage/history?days=2").await;
    let pages: i64 = usage["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["pages"].as_i64().unwrap())
        .sum();
    assert_eq!(pages, i64::try_from(batches.len() * BATCH).unwrap());
    let addresses: BTreeSet<String> = invites
        .keys()
        .cloned()
        .chain(bulks.keys().flat_map(|bulk| people(bulk)))
        .collect();
    let after = caller.get("/v1/organisations/invites").await;
    assert_eq!(after["invites"].as_array().unwrap().len(), addresses.len());

    // 3. Every mail goes out.
    let rows = loop {
        let rows = outbox(&database).await;
        if rows.values().all(|row| row.outcome.is_some()) {
            break rows;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let delivered = |row: &outbox_message::Model| row.outcome == Some(Outcome::Delivered);
    assert!(rows.values().all(delivered), "{rows:#?}");
    let listed = caller.get("/v1/organisations/invites").await;
    let sent = |invite: &Value| invite["email_delivery"] == "sent";
    assert!(listed["invites"].as_array().unwrap().iter().all(sent));
    serving.stop().await;

    // 2. One mail for each invite, and one audit row for each that was made alone or for
    // those that were made at once.
    let number = |many: usize| i64::try_from(many).unwrap();
    assert_eq!(
        count(&database, "SELECT count(*) FROM invites").await,
        number(addresses.len())
    );
    for (event, many) in [
        ("invite.created", invites.len()),
        ("invites.created", bulks.len()),
    ] {
        let audited = format!("SELECT count(*) FROM audit_log WHERE event = '{event}'");
        assert_eq!(count(&database, &audited).await, number(many), "{event}");
    }
    assert_eq!(rows.len(), addresses.len());

    // 3 and 4. What came, by Message-ID: in which rounds.
    let received = smtp.received();
    let mut came: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, mail) in received.iter().enumerate() {
        let round = rounds
            .iter()
            .take_while(|(before, _)| *before <= position)
            .count();
        came.entry(mail.message_id()).or_default().push(round);
    }
    let ids = |ids: Vec<&String>| ids.into_iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(ids(came.keys().collect()), ids(rows.keys().collect()));
    let mut repeated = 0;
    for (id, came) in &came {
        for pair in came.windows(2) {
            assert_ne!(pair[0], pair[1], "{id} twice from one process");
            let (_, unmarked) = &rounds[pair[0]];
            assert!(
                unmarked.contains(id),
                "{id} was marked after round {}",
                pair[0]
            );
            repeated += 1;
        }
    }
    // Were there none, the rounds that kill before the mark would prove nothing.
    assert!(
        repeated > 0,
        "no mail was caught between acceptance and mark"
    );
    let recipients: BTreeSet<&str> = received
        .iter()
        .map(|mail| mail.recipient.as_str())
        .collect();
    assert_eq!(recipients, addresses.iter().map(String::as_str).collect());
    assert!(
        acknowledged > 10,
        "{acknowledged} acknowledged, {lost} lost"
    );
    assert!(!charter.said().contains("panicked"), "{}", charter.said());
}

const PATIENCE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    tokio::time::timeout(PATIENCE, killed_again_and_again(Database::sqlite()))
        .await
        .expect("it took too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    tokio::time::timeout(PATIENCE, killed_again_and_again(Database::postgres().await))
        .await
        .expect("it took too long");
}
