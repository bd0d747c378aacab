//! Making the server hash passwords until nothing else is left of it.

use futures_util::future::join_all;
use serde_json::json;

use super::people::{PASSWORD, WRONG, person};
use crate::support::database::Database;
use crate::support::process::{Charter, Serving};
use crate::support::visitor::http;

/// Sign-ins at the same moment.
const FLOOD: usize = 200;

/// Passwords that are hashed at a time, and what each takes: the usual amount.
const AT_ONCE: u64 = 2;
const EACH_KIB: u64 = 19 * 1_024;

/// What else grows when two hundred connections come: their buffers, the stacks of
/// threads that were not there before, pages that were freed and are kept.
const SLACK_KIB: u64 = 64 * 1_024;

/// The most memory that a process has had, where the system tells.
fn peak_kib(serving: &Serving) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Two hundred people with wrong passwords at once: as many are hashed at a time as
/// the operator allows, who waits too long is told to come back, and all others are
/// served meanwhile.
#[tokio::test]
async fn by_sign_ins() {
    let database = Database::sqlite();
    let at_once = AT_ONCE.to_string();
    let charter = Charter::new(
        &database.url,
        &[
            ("CHARTER_RATE_LIMIT", "off"),
            ("CHARTER_IDENTITY_PASSWORDS_AT_ONCE", &at_once),
        ],
    );
    let serving = charter.serve().await;
    let http = http();
    let address = &serving.address;
    let sign_in = |number: usize| {
        let body = json!({"email": format!("someone{number}@example.com"), "password": WRONG});
        let request = http.post(format!("{address}/v2/auth/signin")).json(&body);
        async move { request.send().await.unwrap() }
    };
    // One alone, so that the memory of one is in the figure already.
    assert_eq!(sign_in(FLOOD).await.status(), 401);
    let before = peak_kib(&serving);

    let flood = join_all((0..FLOOD).map(&sign_in));
    let others = async {
        let mut served = 0;
        for _ in 0..20 {
            let plans = http
                .get(format!("{address}/v1/plans"))
                .send()
                .await
                .unwrap();
            assert_eq!(plans.status(), 200);
            served += 1;
        }
        served
    };
    let (answers, served) = tokio::join!(flood, others);
    assert_eq!(served, 20);
    let (mut compared, mut sent_away) = (0, 0);
    for answer in answers {
        match answer.status().as_u16() {
            401 => compared += 1,
            503 => {
                assert!(answer.headers().contains_key("retry-after"));
                sent_away += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(compared + sent_away, FLOOD);
    assert!(compared > 0, "some have had their turn");
    if let (Some(before), Some(after)) = (before, peak_kib(&serving)) {
        let grown = after - before;
        assert!(
            grown < AT_ONCE * EACH_KIB + SLACK_KIB,
            "{grown} KiB more than the {before} KiB before"
        );
    }
    // And afterwards all is as before.
    assert_eq!(sign_in(FLOOD + 1).await.status(), 401);
    serving.stop().await;
}

/// A password that takes long to judge, or a body that takes long to read, is as
/// little of a way: what is too long is refused unread.
#[tokio::test]
async fn by_long_passwords() {
    let database = Database::sqlite();
    let charter = Charter::new(&database.url, &[("CHARTER_RATE_LIMIT", "off")]);
    let serving = charter.serve().await;
    let http = http();
    let post = |path: &str, password: &str| {
        let request = http.post(format!("{}{path}", serving.address));
        let request = request.json(&person("ines@example.com", password));
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let before = peak_kib(&serving);
    assert_eq!(post("/v2/auth/signup", &PASSWORD.repeat(9)).await, 400);
    assert_eq!(post("/v2/auth/signup", &"p".repeat(900_000)).await, 400);
    assert_eq!(post("/v2/auth/signup", &"p".repeat(2_000_000)).await, 413);
    assert_eq!(post("/v2/auth/signin", &"p".repeat(900_000)).await, 400);
    if let (Some(before), Some(after)) = (before, peak_kib(&serving)) {
        assert!(after - before < SLACK_KIB, "{} KiB", after - before);
    }
    serving.stop().await;
}
