//! Too many requests.

use std::time::Duration;

use charter_server::configuration::{Configuration, RateLimit};

use super::request::Request;
use super::with_status;
use crate::cases;
use crate::support::document;
use crate::support::{Answer, Client};

fn limited(requests: u32) -> Configuration {
    Configuration {
        rate_limit: RateLimit::Requests {
            requests,
            window: Duration::from_secs(60),
        },
        ..Configuration::default()
    }
}

fn seconds(answer: &Answer, header: &str) -> i64 {
    answer.headers[header].to_str().unwrap().parse().unwrap()
}

cases! {
    /// One request in a minute; the second is refused before it does anything,
    /// and told when to come back.
    async fn the_general_limit(world: World) {
        let service = world.serve(&world.store, &limited(1));
        for operation in with_status(429) {
            // Somebody else for each: one deletes the organisation.
            let email = format!("{}@example.com", operation.id);
            let person = world.person(operation.id, &email).await;
            person.found("Acme").await;
            let client = Client { key: person.client.key.clone(), ..service.clone() };
            let client = if operation.is_public() { &service } else { &client };
            let request = Request::plain(operation);
            let first = request.send(client).await;
            assert_ne!(first.status.as_u16(), 429, "{}", operation.id);
            assert_eq!(first.headers["ratelimit-policy"], "\"default\";q=1;w=60");
            let second = request.send(client).await.snapshot(429, "rate_limited");
            let wait = seconds(&second, "retry-after");
            assert_eq!(wait, 60);
            world.clock.advance(wait - 1);
            request.send(client).await.expect(429);
            world.clock.advance(1);
            assert_ne!(request.send(client).await.status.as_u16(), 429, "{}", operation.id);
            world.clock.advance(60);
        }
    }

    /// Each key has its own count.
    async fn one_key_is_not_another(world: World) {
        let (ada, _) = world.organisation().await;
        let (olga, _) = world.strangers().await;
        let service = world.serve(&world.store, &limited(2));
        let ada = Client { key: ada.client.key.clone(), ..service.clone() };
        let olga = Client { key: olga.client.key.clone(), ..service.clone() };
        for _ in 0..2 {
            ada.call("listOrganisations").send().await.expect(200);
        }
        ada.call("getUsage").send().await.expect(429);
        olga.call("listOrganisations").send().await.expect(200);
        service.call("listPlans").send().await.expect(200);
    }

    /// An operation's own limit comes on top of the general one.
    async fn the_limit_of_an_operation(world: World) {
        let mut tried = 0;
        // Attempts that fail have limits of their own, so the person of the examples
        // exists, and signs in rightly.
        let email = Request::plain(document::operation("signIn")).member("email");
        let ines = world.account("Ines Laurent", &email).await;
        let key = world.key_bound_to(&ines, &ines.found("Northwind Research").await).await;
        for operation in document::operations() {
            let Some(limit) = operation.value.get("x-charter-rate-limit") else {
                continue;
            };
            let requests = limit["limit"].as_i64().unwrap();
            let window = limit["window_seconds"].as_i64().unwrap();
            let service = world.serve(&world.store, &limited(1_000_000));
            let service = if operation.is_public() {
                service
            } else {
                Client { key: key.key.clone(), ..service }
            };
            let request = Request::plain(operation);
            for _ in 0..requests {
                let answer = request.send(&service).await;
                assert_ne!(answer.status.as_u16(), 429, "{}", operation.id);
            }
            let refused = request.send(&service).await.expect(429);
            let policy = format!("\"default\";q={requests};w={window}");
            assert_eq!(refused.headers["ratelimit-policy"], policy.as_str());
            world.clock.advance(seconds(&refused, "retry-after"));
            assert_ne!(request.send(&service).await.status.as_u16(), 429);
            tried += 1;
        }
        assert!(tried > 10, "{tried}");
    }
}
