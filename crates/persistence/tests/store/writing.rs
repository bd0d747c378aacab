//! Work, audit row and kept answer: all of them or none.

use crate::support::{Person, World, on_both};
use charter_api_organisations::models::{CreateOrganisation, Organisation};
use charter_api_organisations::organisations::{
    CREATE_ORGANISATION, CreateOrganisationError, CreateOrganisationRequest, LEAVE_ORGANISATION,
    LeaveOrganisationError, LeaveOrganisationRequest, OrganisationsApi as _,
};
use charter_contract::{Failure as _, Replays as _};
use charter_persistence::{ServerKey, ServerKeys};

on_both! {
    a_success_writes_its_audit_row;
    a_failure_writes_nothing;
    a_repeated_key_repeats_nothing;
    of_two_requests_with_one_key_at_once_one_works;
    kept_answers_outlive_the_rotation_of_the_server_key;
}

fn acme() -> CreateOrganisationRequest {
    CreateOrganisationRequest {
        body: CreateOrganisation {
            name: "Acme".to_owned().try_into().unwrap(),
        },
    }
}

async fn create(
    world: &World,
    person: &Person,
    key: &str,
) -> Result<Organisation, CreateOrganisationError> {
    let caller = person.repeats(&CREATE_ORGANISATION, key).await;
    world.store.create_organisation(caller, acme()).await
}

async fn a_success_writes_its_audit_row(world: World) {
    let ada = world.person("Ada").await;
    let caller = ada.calls(&CREATE_ORGANISATION).await;
    let created = world
        .store
        .create_organisation(caller, acme())
        .await
        .unwrap();
    let rows = world
        .number(&format!(
            "SELECT COUNT(*) FROM audit_log WHERE event = 'organisation.created' \
             AND target_kind = 'organisation' AND target_id = '{}' AND request_id = 'request' \
             AND actor_user_id IS NOT NULL AND actor_key_id IS NOT NULL \
             AND organisation_id IS NOT NULL AND created_at > 0",
            created.id
        ))
        .await;
    assert_eq!(rows, 1);
}

async fn a_failure_writes_nothing(world: World) {
    let ada = world.person("Ada").await;
    create(&world, &ada, "k").await.unwrap();
    let rows = world.number("SELECT COUNT(*) FROM audit_log").await;
    let caller = ada.calls(&LEAVE_ORGANISATION).await;
    let failure = world
        .store
        .leave_organisation(caller, LeaveOrganisationRequest)
        .await
        .unwrap_err();
    assert!(matches!(failure, LeaveOrganisationError::Conflict(_)));
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_log").await, rows);
    assert_eq!(world.number("SELECT COUNT(*) FROM memberships").await, 1);
}

async fn a_repeated_key_repeats_nothing(world: World) {
    let ada = world.person("Ada").await;
    let created = create(&world, &ada, "k").await.unwrap();
    let caller = ada.repeats(&CREATE_ORGANISATION, "k").await;
    let key = caller.call.idempotency.clone().unwrap();
    let replay = world.store.find(&caller, &key).await.unwrap().unwrap();
    assert_eq!(replay.fingerprint, key.fingerprint);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&replay.body).unwrap(),
        serde_json::to_value(&created).unwrap()
    );
    assert!(create(&world, &ada, "k").await.unwrap_err().is_replay());
    assert_eq!(world.number("SELECT COUNT(*) FROM organisations").await, 1);

    // Nobody else sees it, and it is forgotten after a day.
    let bob = world.person("Bob").await;
    create(&world, &bob, "k").await.unwrap();
    world.clock.advance(86_400);
    assert!(world.store.find(&caller, &key).await.unwrap().is_none());
    create(&world, &ada, "k").await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM organisations").await, 3);
    world.store.clear_away().await.unwrap();
    let records = world
        .number("SELECT COUNT(*) FROM idempotency_records")
        .await;
    assert_eq!(records, 1);
}

async fn of_two_requests_with_one_key_at_once_one_works(world: World) {
    let ada = world.person("Ada").await;
    let attempts = (0..8).map(|_| create(&world, &ada, "same"));
    let results = futures_util::future::join_all(attempts).await;
    let worked = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(worked, 1);
    for result in results {
        assert!(result.is_ok() || result.unwrap_err().is_replay());
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM organisations").await, 1);
}

async fn kept_answers_outlive_the_rotation_of_the_server_key(world: World) {
    let earlier = ServerKey::generate(&*world.random);
    let current = ServerKey::generate(&*world.random);
    let ada = world.person("Ada").await;
    let before = world.another_store(earlier.clone().into()).await;
    let caller = ada.repeats(&CREATE_ORGANISATION, "k").await;
    let key = caller.call.idempotency.clone().unwrap();
    before
        .create_organisation(caller.clone(), acme())
        .await
        .unwrap();
    let after = world
        .another_store(ServerKeys {
            current: current.clone(),
            earlier: vec![earlier],
        })
        .await;
    assert!(after.find(&caller, &key).await.unwrap().is_some());
    let without = world.another_store(current.into()).await;
    assert!(without.find(&caller, &key).await.is_err());
}
