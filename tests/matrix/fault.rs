//! A database that is broken, and one that cannot be reached: each operation
//! says so by its status, and nothing about the inside. So it does when it panics,
//! and when it takes too long, which is how those fail that ask no database.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::{
    Authenticator, Credential, CredentialKind, Decision, Identity, Internal, Limiter, Reach, Role,
    RouteTable, Runtime, Scopes, Subject, async_trait, mount,
};
use charter_persistence::{SESSION_PREFIX, Store};
use charter_server::configuration::RateLimit;
use charter_server::documents;
use charter_server::limits::Limits;
use charter_server::middleware::{Adopts, Failures, Guard, RequestIds};
use futures_util::future::join_all;
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint as _, EndpointExt as _};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::json;
use uuid::Uuid;

use super::link::Links;
use super::request::Request;
use super::with_status;
use crate::cases;
use crate::support::document::Operation;
use crate::support::random::SeededRandom;
use crate::support::work::counted;
use crate::support::{Answer, Client, Person, World};

/// Takes any credential for that of an admin, without asking the database: so
/// that it is the operation that meets the fault. Some take a session only.
struct AlwaysAdmits;

#[async_trait]
impl Authenticator for AlwaysAdmits {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Option<Identity>, Internal> {
        Ok(Some(Identity {
            credential: Uuid::from_u128(1),
            kind: if credential.0.starts_with(SESSION_PREFIX) {
                CredentialKind::Session
            } else {
                CredentialKind::Key
            },
            user: Some(Uuid::from_u128(2)),
            organisation: Some(Uuid::from_u128(3)),
            reach: Reach::Any,
            role: Some(Role::Admin),
            scopes: Scopes::All,
        }))
    }
}

/// Panics instead of counting.
struct Panics;

impl Limiter for Panics {
    fn count(
        &self,
        _: Subject,
        operation: &'static charter_contract::Operation,
    ) -> Option<Decision> {
        panic!("at the table `{}`", operation.id);
    }
}

/// The operations over `store`, for everybody.
fn admitting(world: &World, store: &Store) -> Client {
    let limits = Arc::new(Limits::new(RateLimit::Off, world.clock.clone()));
    let table = routes(world, store, limits);
    client(world, table)
}

/// The same behind the guard of the service, around operations that panic.
fn panicking(world: &World) -> Client {
    let table = routes(world, &world.store, Arc::new(Panics));
    let guard = Guard::new(Duration::from_secs(30));
    client(world, each(table, |endpoint| endpoint.with(guard).boxed()))
}

/// The same around operations that are never through.
fn stalling(world: &World) -> Client {
    let limits = Arc::new(Limits::new(RateLimit::Off, world.clock.clone()));
    let guard = Guard::new(Duration::from_millis(50));
    let table = each(routes(world, &world.store, limits), |endpoint| {
        let stalls = endpoint.around(|endpoint, request| async move {
            std::future::pending::<()>().await;
            endpoint.call(request).await
        });
        stalls.with(guard).boxed()
    });
    client(world, table)
}

fn routes(world: &World, store: &Store, limiter: Arc<dyn Limiter>) -> RouteTable {
    let runtime = Runtime::new(
        Arc::new(AlwaysAdmits),
        limiter,
        Arc::new(store.clone()),
        world.timer.clone(),
        1 << 20,
    );
    let mut table = RouteTable::new();
    documents::add_routes(&mut table, store, &runtime);
    table
}

/// With each endpoint changed.
fn each(
    table: RouteTable,
    change: impl Fn(BoxEndpoint<'static>) -> BoxEndpoint<'static>,
) -> RouteTable {
    table
        .into_iter()
        .map(|(path, methods)| {
            let methods = methods
                .into_iter()
                .map(|(method, endpoint)| (method, change(endpoint)))
                .collect();
            (path, methods)
        })
        .collect()
}

fn client(world: &World, table: RouteTable) -> Client {
    let random = Arc::new(SeededRandom::default());
    let endpoint = mount(table)
        .with(Failures)
        .with(RequestIds::new(
            world.clock.clone(),
            random,
            Adopts::Nothing,
        ))
        .map_to_response()
        .boxed();
    Client {
        endpoint: Arc::new(endpoint),
        key: Some(SESSION_PREFIX.to_owned()),
        remote: None,
    }
}

/// The credential that `operation` takes, before an authenticator that takes any.
fn suited(everybody: &Client, operation: Operation<'_>) -> Client {
    match operation.key_header() {
        Some(_) => everybody.with_key("anything"),
        None => everybody.clone(),
    }
}

/// Who calls `operation` so that nothing is between that and the database.
fn caller(world: &World, everybody: &Client, operation: Operation<'_>) -> Client {
    if operation.is_public() {
        world.anonymous.clone()
    } else {
        suited(everybody, operation)
    }
}

/// A request of each operation that documents `status`, with values that exist:
/// what nobody could have is refused without a look into the database.
async fn requests(ada: &Person, status: u16) -> Vec<Request> {
    let mut links = Links::default();
    let mut requests = Vec::new();
    for operation in with_status(status) {
        requests.push(links.fill(&ada.client, Request::plain(operation)).await);
    }
    requests
}

/// Those that ask the database, and those that do not: nothing of a database can fail
/// them.
async fn apart(world: &World, requests: Vec<Request>) -> (Vec<Request>, Vec<Request>) {
    let everybody = admitting(world, &world.store);
    let (mut asking, mut silent) = (Vec::new(), Vec::new());
    for request in requests {
        let client = caller(world, &everybody, request.operation);
        let (_, work) = counted(request.send(&client)).await;
        if work.0.is_empty() {
            silent.push(request);
        } else {
            asking.push(request);
        }
    }
    (asking, silent)
}

/// Takes every table away.
async fn drop_tables(world: &World) {
    let database = world.db().await;
    let backend = database.get_database_backend();
    if backend == DbBackend::Postgres {
        database
            .execute_unprepared("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .await
            .unwrap();
    } else {
        // One connection, because the pragma is the connection's.
        let tables = database
            .query_all_raw(Statement::from_string(
                backend,
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            ))
            .await
            .unwrap();
        assert!(tables.len() > 10);
        let mut script = String::from("PRAGMA foreign_keys = OFF;");
        for table in tables {
            let name: String = table.try_get_by_index(0).unwrap();
            script.push_str(&format!("DROP TABLE \"{name}\";"));
        }
        database.execute_unprepared(&script).await.unwrap();
    }
    database.close().await.unwrap();
}

/// Words of the inside.
const INSIDE: &[&str] = &[
    "table",
    "relation",
    "column",
    "sql",
    "select",
    "insert",
    "update ",
    "database error",
    "pool",
    "sea_orm",
    "panicked",
    ".rs",
    "organisations o",
];

#[track_caller]
fn tells_nothing(answer: &Answer) {
    let text = answer.body.to_string().to_lowercase();
    for word in INSIDE {
        assert!(
            !text.contains(word),
            "{}: {word:?} in {text}",
            answer.operation.id
        );
    }
}

cases! {
    async fn without_its_tables(world: World) {
        let (ada, _) = world.organisation().await;
        let everybody = admitting(&world, &world.store);
        let (asking, silent) = apart(&world, requests(&ada, 500).await).await;
        assert!(asking.len() > silent.len());
        drop_tables(&world).await;
        for request in asking {
            let client = suited(&everybody, request.operation);
            let answer = request.send(&client).await.snapshot(500, "internal");
            tells_nothing(&answer);
            // With a real key it is the authentication that fails.
            tells_nothing(&request.send(&ada.client).await.expect(500));
        }
        for request in silent {
            request.send(&everybody).await.expect(200);
            let answer = request.send(&panicking(&world)).await.snapshot(500, "internal");
            tells_nothing(&answer);
        }
    }

    async fn without_its_database(world: World) {
        let (ada, _) = world.organisation().await;
        let everybody = admitting(&world, &world.store);
        let (asking, silent) = apart(&world, requests(&ada, 503).await).await;
        world.store.close().await.unwrap();
        for request in asking {
            let client = caller(&world, &everybody, request.operation);
            let answer = request.send(&client).await.snapshot(503, "unavailable");
            tells_nothing(&answer);
            tells_nothing(&request.send(&ada.client).await.expect(503));
        }
        for request in silent {
            request.send(&everybody).await.expect(200);
            let answer = request.send(&stalling(&world)).await.snapshot(503, "unavailable");
            tells_nothing(&answer);
        }
        // What does not ask the database goes on.
        for operation in crate::support::document::operations() {
            if !operation.statuses().contains(&503) {
                Request::plain(operation).send(&world.anonymous).await.expect(200);
            }
        }
    }
}

cases! {
    /// Its own end, and nobody else's.
    async fn in_a_panic(world: World) {
        let (ada, _) = world.organisation().await;
        let everybody = panicking(&world);
        for request in requests(&ada, 500).await {
            let client = suited(&everybody, request.operation);
            let answer = request.send(&client).await.expect(500);
            assert_eq!(answer.text_at("/type"), "/problems/internal");
            tells_nothing(&answer);
        }
    }

    /// At the time limit of the service.
    async fn for_too_long(world: World) {
        let (ada, _) = world.organisation().await;
        let everybody = stalling(&world);
        let mut requests = requests(&ada, 503).await;
        // Those about the service itself are none of a document's routes.
        requests.retain(|request| request.operation.statuses().contains(&500));
        let calls = requests.into_iter().map(|request| {
            let client = suited(&everybody, request.operation);
            async move { request.send(&client).await }
        });
        for answer in join_all(calls).await {
            let answer = answer.expect(503);
            assert!(answer.headers.contains_key("retry-after"));
            tells_nothing(&answer);
        }
    }
}

/// A PostgreSQL server that goes away under open connections and comes back.
mod lost_and_found {
    use tokio::task::JoinSet;

    use super::*;
    use crate::support::proxy::Proxy;

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        let world = World::postgres().await;
        let (person, _) = world.organisation().await;
        let (url, proxy) = Proxy::before(world.db_url()).await;
        let store = world.open(&url, Some(world.mailer.clone())).await;
        let everybody = admitting(&world, &store);
        let service = world.serve(&store, &Default::default());
        let ada = Client {
            key: person.client.key.clone(),
            ..service
        };
        ada.call("getCurrentOrganisation").send().await.expect(200);

        let (requests, _) = apart(&world, requests(&person, 503).await).await;
        proxy.cut();
        // The connections at hand are dead, and no new ones can be made: all at
        // once, because each waits as long as a request may.
        let mut calls = JoinSet::new();
        for request in requests {
            if request.operation.statuses().contains(&500) {
                let client = suited(&everybody, request.operation);
                calls.spawn(async move { request.send(&client).await });
            }
        }
        for answer in calls.join_all().await {
            tells_nothing(&answer.expect(503));
        }
        proxy.mend().await;
        ada.call("getCurrentOrganisation").send().await.expect(200);
    }
}

/// Another process that writes to the file for longer than a request waits.
mod busy_for_too_long {
    use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait as _};

    use super::*;

    #[tokio::test]
    async fn sqlite() {
        let world = World::sqlite().await;
        let nora = world.person("Nora Nowhere", "nora@example.com").await;
        let writes = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let other = world.db().await.begin_with_options(writes).await.unwrap();
        let create = || {
            nora.client
                .call("createOrganisation")
                .json(&json!({"name": "Acme"}))
        };
        tells_nothing(&create().send().await.expect(503));
        // Reading goes on.
        nora.client
            .call("listOrganisations")
            .send()
            .await
            .expect(200);
        other.rollback().await.unwrap();
        create().send().await.expect(201);
    }
}
