//! Credentials: none, no good, or short of a scope.

use std::collections::BTreeSet;

use charter_server::configuration::{Configuration, RateLimit};
use poem::http::header;
use serde_json::json;

use super::request::Request;
use super::{everything, with_status};
use crate::cases;
use crate::support::client::encode;
use crate::support::document::{self, Operation};

/// The alternatives of `security`: the scopes that each demands.
fn alternatives(operation: Operation<'static>) -> Vec<Vec<&'static str>> {
    operation.value["security"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|requirement| {
            requirement
                .as_object()
                .unwrap()
                .values()
                .flat_map(|scopes| scopes.as_array().unwrap())
                .map(|scope| scope.as_str().unwrap())
                .collect()
        })
        .collect()
}

/// Every scope that any operation demands.
fn scopes() -> BTreeSet<&'static str> {
    document::operations()
        .into_iter()
        .flat_map(alternatives)
        .flatten()
        .collect()
}

cases! {
    async fn without_a_credential(world: World) {
        let (ada, _) = world.organisation().await;
        let before = everything(&ada.client).await;
        let operations: Vec<_> = with_status(401)
            .into_iter()
            .filter(|operation| !operation.is_public())
            .collect();
        for operation in &operations {
            let request = Request::plain(*operation);
            request.send(&world.anonymous).await.snapshot(401, "unauthorised");
        }
        before.assert_unchanged(&everything(&ada.client).await, "refusals");
        let public = document::operations().into_iter().filter(Operation::is_public).count();
        assert_eq!(operations.len() + public, document::operations().len(), "who demands a credential documents 401");
    }

    /// Whatever stands in the header, if it is no working key it is refused, and
    /// all refusals look the same but for their first word.
    async fn with_a_credential_that_is_no_good(world: World) {
        let (ada, _) = world.organisation().await;
        let revoked = ada
            .client
            .call("createApiKey")
            .json(&json!({"name": "Revoked", "scopes": Vec::from_iter(scopes())}))
            .send()
            .await
            .expect(201);
        ada.client
            .call("revokeApiKey")
            .path("key_id", revoked.text_at("/id"))
            .send()
            .await
            .expect(204);
        let good = ada.client.key.clone().unwrap();
        let unknown = format!("ct_live_{}", "A".repeat(43));
        let headers = [
            format!("Bearer {unknown}"),
            format!("Bearer {}", revoked.text_at("/key")),
            format!("Bearer {}", &good[..good.len() - 1]),
            format!("Bearer {good}A"),
            format!("Bearer {}", good.to_uppercase()),
            format!("Basic {good}"),
            good.clone(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "nonsense".to_owned(),
            String::new(),
        ];
        // More of them than one address may try in a while.
        let service = world.serve(
            &world.store,
            &Configuration { rate_limit: RateLimit::Off, ..Configuration::default() },
        );
        for operation in with_status(401).into_iter().filter(|operation| !operation.is_public()) {
            let name = operation.key_header().unwrap_or(header::AUTHORIZATION.as_str());
            for header in &headers {
                let request = Request::plain(operation);
                let answer = {
                    let mut request = request.clone();
                    request.headers.push((name, header.clone()));
                    request.send(&service).await
                };
                // Where the header has nothing but the key, the bare key is good.
                if *header == good && operation.key_header().is_some() {
                    assert_ne!(answer.status.as_u16(), 401, "{}", operation.id);
                } else {
                    answer.expect(401);
                }
            }
        }
        // Elsewhere than in the header the key is no credential.
        let mut request = Request::plain(document::operation("listOrganisations"));
        request.headers.push(("x-api-key", good.clone()));
        request.headers.push(("cookie", format!("key={}", encode(&good))));
        request.send(&world.anonymous).await.expect(401);
        // The scheme's name has no case (RFC 9110, section 11.1).
        let mut request = Request::plain(document::operation("listOrganisations"));
        request.headers.push((header::AUTHORIZATION.as_str(), format!("bearer {good}")));
        request.send(&world.anonymous).await.expect(200);
    }

    /// Whose credentials were refused again and again is not heard any more, but for
    /// credentials that have been good before; elsewhere nobody notices.
    async fn with_too_many_that_are_no_good(world: World) {
        let (ada, _) = world.organisation().await;
        let olga = world.person("Olga Outside", "olga@elsewhere.example").await;
        let list = || Request::plain(document::operation("listOrganisations"));
        let refused = |number: usize| {
            let mut request = list();
            let guess = format!("Bearer ct_live_{number:043}");
            request.headers.push((header::AUTHORIZATION.as_str(), guess));
            request
        };
        let mut heard = 0;
        let limited = loop {
            let answer = refused(heard).send(&world.anonymous).await;
            if answer.status.as_u16() == 429 {
                break answer;
            }
            answer.expect(401);
            heard += 1;
            assert!(heard < 1_000, "nothing limits what is refused");
        };
        let wait = limited.headers["retry-after"].to_str().unwrap().parse().unwrap();
        list().send(&ada.client).await.expect(200);
        // Who has not been seen before has to wait as well.
        list().send(&olga.client).await.expect(429);
        world.clock.advance(wait);
        refused(heard).send(&world.anonymous).await.expect(401);
    }

    /// A key with every scope but one can do everything but what needs that one,
    /// and is told which it lacks.
    async fn with_every_scope_but_one(world: World) {
        let (ada, _) = world.organisation().await;
        let all = scopes();
        for lacking in &all {
            let others: Vec<&str> = all.iter().copied().filter(|scope| scope != lacking).collect();
            let client = ada.with_scopes(&others).await;
            let before = everything(&ada.client).await;
            for operation in document::operations() {
                let demanded = alternatives(operation);
                let refused = !demanded.is_empty()
                    && demanded.iter().all(|scopes| scopes.contains(lacking));
                if refused {
                    let answer = Request::plain(operation)
                        .send(&client)
                        .await
                        .snapshot(403, "missing_scope");
                    assert_eq!(answer.text_at("/type"), "/problems/forbidden");
                    let detail = answer.text_at("/detail");
                    assert!(detail.contains(lacking), "{lacking}: {detail}");
                    for other in &others {
                        assert!(!detail.contains(other), "{other}: {detail}");
                    }
                }
            }
            before.assert_unchanged(&everything(&ada.client).await, lacking);
        }
    }

    /// Every operation that demands a scope documents its refusal.
    async fn a_demand_has_its_refusal(_world: World) {
        for operation in document::operations() {
            let demands = alternatives(operation).iter().any(|scopes| !scopes.is_empty());
            let documents = operation.statuses().contains(&403);
            assert!(!demands || documents, "{}", operation.id);
        }
    }
}
