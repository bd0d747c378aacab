//! Rules that hold whatever happens at the same moment, and whoever asks.

use charter_api_organisations::invites::{
    ACCEPT_INVITE, AcceptInviteError, AcceptInviteRequest, CREATE_INVITE, CreateInviteError,
    CreateInviteRequest, InvitesApi as _, LIST_INVITES, ListInvitesRequest, PREVIEW_INVITE,
    PreviewInviteError, PreviewInviteRequest, RESEND_INVITE, REVOKE_INVITE, ResendInviteError,
    ResendInviteRequest, RevokeInviteRequest,
};
use charter_api_organisations::keys::{
    CREATE_API_KEY, CreateApiKeyError, CreateApiKeyRequest, KeysApi as _, LIST_API_KEYS,
    ListApiKeysRequest, REVOKE_API_KEY, ROTATE_API_KEY, RevokeApiKeyRequest, RotateApiKeyError,
    RotateApiKeyRequest,
};
use charter_api_organisations::members::{
    LIST_MEMBERS, ListMembersRequest, MembersApi as _, REMOVE_MEMBER, RemoveMemberError,
    RemoveMemberRequest, UPDATE_MEMBER_ROLE, UpdateMemberRoleError, UpdateMemberRoleRequest,
};
use charter_api_organisations::models::{
    AcceptInvite, ApiKeyOwner, CreateApiKey, CreateInvite, CreateOrganisation, CreatedApiKey,
    Invite, InviteStatus, MemberRole, Organisation, RecordUsageEvents, RecordedUsageEvents,
    RotateApiKey, Scope, SwitchOrganisation, UpdateCurrentOrganisation, UpdateMemberRole,
    UpdatePlan, UsageEvent, UsageEventType, UserId,
};
use charter_api_organisations::organisations::{
    CREATE_ORGANISATION, CreateOrganisationRequest, DELETE_CURRENT_ORGANISATION,
    DeleteCurrentOrganisationRequest, GET_CURRENT_ORGANISATION, GetCurrentOrganisationError,
    GetCurrentOrganisationRequest, LEAVE_ORGANISATION, LIST_ORGANISATIONS, LeaveOrganisationError,
    LeaveOrganisationRequest, ListOrganisationsRequest, OrganisationsApi as _, SWITCH_ORGANISATION,
    SwitchOrganisationError, SwitchOrganisationRequest, UPDATE_CURRENT_ORGANISATION,
    UpdateCurrentOrganisationError, UpdateCurrentOrganisationRequest,
};
use charter_api_organisations::plans::{
    LIST_PLANS, ListPlansRequest, PlansApi as _, UPDATE_PLAN, UpdatePlanError, UpdatePlanRequest,
};
use charter_api_organisations::usage::{
    GET_USAGE, GET_USAGE_HISTORY, GetUsageHistoryRequest, GetUsageRequest, RECORD_USAGE_EVENTS,
    RecordUsageEventsRequest, UsageApi as _,
};
use charter_contract::{Failure, Field, Redacted, Scopes, Timestamp};
use charter_persistence::{OperatorError, Store};

use crate::support::{Person, START, World, on_both};

on_both! {
    of_two_admins_who_demote_each_other_one_succeeds;
    of_two_admins_who_leave_one_succeeds;
    an_invite_is_accepted_once;
    one_invite_is_pending_per_address;
    an_expired_invite_blocks_nothing;
    links_die_with_their_generation;
    leaving_ends_the_active_organisation;
    deleting_takes_everything_along;
    a_change_names_its_version;
    usage_counts_each_event_once;
    batches_at_once_count_each_event_once;
    usage_is_of_utc_days_and_months;
    bound_keys_make_bound_keys;
    a_key_is_rotated_once_and_overlaps;
    an_organisations_key_survives_its_creator;
    keys_give_no_more_than_they_have;
    uses_of_keys_are_written_to_the_minute;
    plans_must_be_active;
    lists_come_in_pages;
    the_operator_writes_what_the_document_admits;
}

const DAY: i64 = 86_400;

fn slug(failure: impl Failure) -> &'static str {
    failure.into_problem().kind().slug
}

pub(crate) async fn found(world: &World, person: &Person, name: &str) -> Organisation {
    world.clock.advance(1);
    let caller = person.calls(&CREATE_ORGANISATION).await;
    let body = CreateOrganisation {
        name: name.to_owned().try_into().unwrap(),
    };
    world
        .store
        .create_organisation(caller, CreateOrganisationRequest { body })
        .await
        .unwrap()
}

async fn invite(
    world: &World,
    admin: &Person,
    email: &str,
    role: MemberRole,
) -> Result<Invite, CreateInviteError> {
    let caller = admin.calls(&CREATE_INVITE).await;
    let body = CreateInvite {
        email: email.to_owned().try_into().unwrap(),
        role,
    };
    world
        .store
        .create_invite(caller, CreateInviteRequest { body })
        .await
}

async fn accept(store: &Store, person: &Person, token: &str) -> Result<(), AcceptInviteError> {
    let caller = person.calls(&ACCEPT_INVITE).await;
    let body = AcceptInvite {
        token: Redacted(token.to_owned()),
        set_active: true,
    };
    let accepted = store
        .accept_invite(caller, AcceptInviteRequest { body })
        .await?;
    assert!(accepted.active_organisation_set);
    Ok(())
}

async fn resend(
    world: &World,
    admin: &Person,
    invite: &Invite,
) -> Result<Invite, ResendInviteError> {
    let caller = admin.calls(&RESEND_INVITE).await;
    let request = ResendInviteRequest {
        invite_id: invite.id,
    };
    world.store.resend_invite(caller, request).await
}

async fn preview(world: &World, token: &str) -> Result<(), PreviewInviteError> {
    let call = world.anonymous_call(&PREVIEW_INVITE);
    let request = PreviewInviteRequest {
        token: Redacted(token.to_owned()),
    };
    world.store.preview_invite(call, request).await.map(|_| ())
}

async fn joined(world: &World, admin: &Person, name: &str, role: MemberRole) -> Person {
    let person = world.person(name).await;
    let email = format!("{}@EXAMPLE.com", name.to_lowercase());
    let invite = invite(world, admin, &email, role).await.unwrap();
    accept(&world.store, &person, &invite.token).await.unwrap();
    person
}

async fn user(person: &Person) -> UserId {
    person.identity().await.unwrap().user.unwrap().into()
}

async fn set_role(
    store: &Store,
    admin: &Person,
    member_id: UserId,
    role: MemberRole,
) -> Result<(), UpdateMemberRoleError> {
    let caller = admin.calls(&UPDATE_MEMBER_ROLE).await;
    let body = UpdateMemberRole { role };
    let member = store
        .update_member_role(caller, UpdateMemberRoleRequest { member_id, body })
        .await?;
    assert_eq!(member.role, role);
    Ok(())
}

async fn leave(store: &Store, person: &Person) -> Result<(), LeaveOrganisationError> {
    let caller = person.calls(&LEAVE_ORGANISATION).await;
    store
        .leave_organisation(caller, LeaveOrganisationRequest)
        .await
}

async fn of_two_admins_who_demote_each_other_one_succeeds(world: World) {
    for round in 0..5 {
        let ada = world.person(&format!("Ada{round}")).await;
        found(&world, &ada, "Acme").await;
        let bob = joined(&world, &ada, &format!("Bob{round}"), MemberRole::Admin).await;
        let (a, b) = (user(&ada).await, user(&bob).await);
        let (one, other) = tokio::join!(
            set_role(&world.store, &ada, b, MemberRole::Member),
            set_role(&world.store, &bob, a, MemberRole::Member)
        );
        let failures: Vec<_> = [one, other]
            .into_iter()
            .filter_map(Result::err)
            .map(slug)
            .collect();
        // Whoever comes second is no admin any more.
        assert_eq!(failures, ["admin-required"]);
    }
    let admins = "SELECT COUNT(*) FROM memberships WHERE role = 'admin'";
    assert_eq!(world.number(admins).await, 5);
}

async fn of_two_admins_who_leave_one_succeeds(world: World) {
    for round in 0..10 {
        let ada = world.person(&format!("Ada{round}")).await;
        found(&world, &ada, "Acme").await;
        let bob = joined(&world, &ada, &format!("Bob{round}"), MemberRole::Admin).await;
        let callers = (
            ada.calls(&LEAVE_ORGANISATION).await,
            bob.calls(&LEAVE_ORGANISATION).await,
        );
        let (one, other) = tokio::join!(
            world
                .store
                .leave_organisation(callers.0, LeaveOrganisationRequest),
            world
                .store
                .leave_organisation(callers.1, LeaveOrganisationRequest)
        );
        let failures: Vec<_> = [one, other]
            .into_iter()
            .filter_map(Result::err)
            .map(slug)
            .collect();
        assert_eq!(failures, ["last-admin"]);
    }
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let caller = ada.calls(&REMOVE_MEMBER).await;
    let member_id = user(&ada).await;
    let failure = world
        .store
        .remove_member(caller, RemoveMemberRequest { member_id })
        .await
        .unwrap_err();
    assert!(matches!(failure, RemoveMemberError::Conflict(_)));
    let failure = set_role(&world.store, &ada, member_id, MemberRole::Member)
        .await
        .unwrap_err();
    assert_eq!(slug(failure), "own-role");
}

async fn an_invite_is_accepted_once(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let bob = world.person("Bob").await;
    let eve = world.person("Eve").await;
    let invite = invite(&world, &ada, "Bob@example.com", MemberRole::Admin)
        .await
        .unwrap();
    preview(&world, &invite.token).await.unwrap();
    let failure = accept(&world.store, &eve, &invite.token).await.unwrap_err();
    assert_eq!(slug(failure), "other-address");
    let attempts = (0..6).map(|_| accept(&world.store, &bob, &invite.token));
    let results = futures_util::future::join_all(attempts).await;
    let failures: Vec<_> = results
        .into_iter()
        .filter_map(Result::err)
        .map(slug)
        .collect();
    assert_eq!(failures, ["already-member"; 5]);
    assert_eq!(
        slug(preview(&world, &invite.token).await.unwrap_err()),
        "invite-accepted"
    );
    assert_eq!(
        slug(resend(&world, &ada, &invite).await.unwrap_err()),
        "invite-already-accepted"
    );
    leave(&world.store, &bob).await.unwrap();
    let failure = accept(&world.store, &bob, &invite.token).await.unwrap_err();
    assert_eq!(slug(failure), "invite-accepted");
}

async fn one_invite_is_pending_per_address(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let attempts = ["bob@example.com", "Bob@example.com", "BOB@EXAMPLE.COM"]
        .map(|email| invite(&world, &ada, email, MemberRole::Member));
    let results = futures_util::future::join_all(attempts).await;
    let failures: Vec<_> = results
        .into_iter()
        .filter_map(Result::err)
        .map(slug)
        .collect();
    assert_eq!(failures, ["invite-pending"; 2]);
    let failure = invite(&world, &ada, "ADA@example.com", MemberRole::Member)
        .await
        .unwrap_err();
    assert_eq!(slug(failure), "already-member");
    // Another organisation may invite the address as well.
    let olga = world.person("Olga").await;
    found(&world, &olga, "Elsewhere").await;
    invite(&world, &olga, "bob@example.com", MemberRole::Member)
        .await
        .unwrap();
}

async fn an_expired_invite_blocks_nothing(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let bob = world.person("Bob").await;
    let first = invite(&world, &ada, "bob@example.com", MemberRole::Member)
        .await
        .unwrap();
    world.clock.advance(7 * DAY - 1);
    preview(&world, &first.token).await.unwrap();
    world.clock.advance(1);
    assert_eq!(
        slug(preview(&world, &first.token).await.unwrap_err()),
        "invite-expired"
    );
    let failure = accept(&world.store, &bob, &first.token).await.unwrap_err();
    assert_eq!(slug(failure), "invite-expired");

    let second = invite(&world, &ada, "bob@example.com", MemberRole::Member)
        .await
        .unwrap();
    assert_eq!(
        slug(resend(&world, &ada, &first).await.unwrap_err()),
        "invite-pending"
    );
    world.clock.advance(7 * DAY);
    // Both have expired now; either can be resent, and the other then cannot.
    let again = resend(&world, &ada, &first).await.unwrap();
    assert_eq!(
        again.expires_at.micros() - again.created_at.micros(),
        21 * DAY * 1_000_000
    );
    assert_eq!(
        slug(resend(&world, &ada, &second).await.unwrap_err()),
        "invite-pending"
    );
    accept(&world.store, &bob, &again.token).await.unwrap();
    assert_eq!(
        slug(resend(&world, &ada, &second).await.unwrap_err()),
        "already-member"
    );
    for (status, number) in [
        (InviteStatus::Accepted, 1),
        (InviteStatus::Expired, 1),
        (InviteStatus::Pending, 0),
        (InviteStatus::Revoked, 0),
    ] {
        let caller = ada.calls(&LIST_INVITES).await;
        let request = ListInvitesRequest {
            status,
            limit: 10,
            cursor: None,
        };
        let list = world.store.list_invites(caller, request).await.unwrap();
        assert_eq!(list.invites.len(), number, "{status}");
        assert!(list.invites.iter().all(|invite| invite.status == status));
    }
}

async fn links_die_with_their_generation(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let first = invite(&world, &ada, "bob@example.com", MemberRole::Member)
        .await
        .unwrap();
    let second = resend(&world, &ada, &first).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(
        slug(preview(&world, &first.token).await.unwrap_err()),
        "not-found"
    );
    preview(&world, &second.token).await.unwrap();
    let caller = ada.calls(&REVOKE_INVITE).await;
    let request = RevokeInviteRequest {
        invite_id: second.id,
    };
    world
        .store
        .revoke_invite(caller.clone(), request.clone())
        .await
        .unwrap();
    assert_eq!(
        slug(preview(&world, &second.token).await.unwrap_err()),
        "invite-revoked"
    );
    assert_eq!(
        slug(
            world
                .store
                .revoke_invite(caller, request)
                .await
                .unwrap_err()
        ),
        "not-found"
    );
    assert_eq!(
        slug(resend(&world, &ada, &second).await.unwrap_err()),
        "not-found"
    );
    assert_eq!(
        slug(preview(&world, "AAAA").await.unwrap_err()),
        "not-found"
    );
}

async fn leaving_ends_the_active_organisation(world: World) {
    let ada = world.person("Ada").await;
    let acme = found(&world, &ada, "Acme").await;
    let bob = joined(&world, &ada, "Bob", MemberRole::Member).await;
    let bound = world.key_bound_to("Bob", acme.id).await;
    let bound = world.holder_of(&bound);
    assert_eq!(
        bound.identity().await.unwrap().organisation,
        Some(acme.id.into())
    );
    leave(&world.store, &bob).await.unwrap();
    for key in [&bob, &bound] {
        assert_eq!(key.identity().await.unwrap().organisation, None);
        let caller = key.calls(&GET_CURRENT_ORGANISATION).await;
        let failure = world
            .store
            .get_current_organisation(caller, GetCurrentOrganisationRequest)
            .await
            .unwrap_err();
        assert!(matches!(failure, GetCurrentOrganisationError::NotFound(_)));
    }
    let caller = bob.calls(&SWITCH_ORGANISATION).await;
    let body = SwitchOrganisation {
        organisation_id: acme.id,
    };
    let failure = world
        .store
        .switch_organisation(caller, SwitchOrganisationRequest { body })
        .await
        .unwrap_err();
    assert!(matches!(failure, SwitchOrganisationError::NotFound(_)));
}

async fn deleting_takes_everything_along(world: World) {
    let demo = world.store.seed_demo().await.unwrap().unwrap();
    let founder = world.holder_of(demo.key.secret.reveal());
    let rows = world.number("SELECT COUNT(*) FROM usage_daily").await;
    assert!(rows > 300, "{rows}");
    let caller = founder.calls(&DELETE_CURRENT_ORGANISATION).await;
    world
        .store
        .delete_current_organisation(caller, DeleteCurrentOrganisationRequest)
        .await
        .unwrap();
    for table in [
        "organisations",
        "memberships",
        "active_organisations",
        "invites",
        "outbox",
        "usage_events",
        "usage_daily",
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(world.number(&sql).await, 0, "{table}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM users").await, 25);
    assert_eq!(world.number("SELECT COUNT(*) FROM api_keys").await, 1);
    let audit = "SELECT COUNT(*) FROM audit_log WHERE event = 'organisation.deleted'";
    assert_eq!(world.number(audit).await, 1);
    assert!(world.store.seed_demo().await.unwrap().is_none());
}

async fn a_change_names_its_version(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let rename = async |if_match: Option<&str>, name: &str| {
        let caller = ada.calls(&UPDATE_CURRENT_ORGANISATION).await;
        let request = UpdateCurrentOrganisationRequest {
            if_match: if_match.map(str::to_owned),
            body: UpdateCurrentOrganisation {
                name: Some(name.to_owned().try_into().unwrap()),
                billing_email: Field::Value("Bills@example.com".to_owned().try_into().unwrap()),
            },
        };
        world
            .store
            .update_current_organisation(caller, request)
            .await
    };
    let caller = ada.calls(&GET_CURRENT_ORGANISATION).await;
    let current = world
        .store
        .get_current_organisation(caller, GetCurrentOrganisationRequest)
        .await
        .unwrap();
    assert_eq!(current.body.member_count, 1);
    assert_eq!(current.body.members.len(), 1);
    let changed = rename(Some(&current.e_tag), "Acme Two").await.unwrap();
    assert_ne!(changed.e_tag, current.e_tag);
    assert_eq!(changed.body.name.as_ref(), "Acme Two");
    let failure = rename(Some(&current.e_tag), "Acme Three")
        .await
        .unwrap_err();
    assert!(matches!(
        failure,
        UpdateCurrentOrganisationError::PreconditionFailed(_)
    ));
    let (one, other) = tokio::join!(
        rename(Some(&changed.e_tag), "One"),
        rename(Some(&changed.e_tag), "Other")
    );
    assert!(one.is_ok() != other.is_ok());
    let caller = ada.calls(&UPDATE_CURRENT_ORGANISATION).await;
    let request = UpdateCurrentOrganisationRequest {
        if_match: Some("*".to_owned()),
        body: UpdateCurrentOrganisation {
            name: None,
            billing_email: Field::Null,
        },
    };
    let changed = world
        .store
        .update_current_organisation(caller, request)
        .await
        .unwrap();
    assert_eq!(changed.body.billing_email, None);
}

fn event(id: &str, r#type: UsageEventType, quantity: i64, at: Option<i64>) -> UsageEvent {
    UsageEvent {
        source: "crawler".to_owned(),
        id: id.to_owned(),
        r#type,
        quantity,
        occurred_at: at.map(Timestamp::from_micros),
    }
}

async fn record(store: &Store, person: &Person, events: Vec<UsageEvent>) -> RecordedUsageEvents {
    let caller = person.calls(&RECORD_USAGE_EVENTS).await;
    let body = RecordUsageEvents { events };
    store
        .record_usage_events(caller, RecordUsageEventsRequest { body })
        .await
        .unwrap()
}

async fn usage_counts_each_event_once(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let batch: Vec<_> = (0..1_000)
        .map(|number| event(&format!("e{}", number % 900), UsageEventType::Page, 2, None))
        .collect();
    let recorded = record(&world.store, &ada, batch.clone()).await;
    assert_eq!((recorded.accepted, recorded.duplicates), (900, 100));
    let recorded = record(&world.store, &ada, batch).await;
    assert_eq!((recorded.accepted, recorded.duplicates), (0, 1_000));
    let caller = ada.calls(&GET_USAGE).await;
    let usage = world
        .store
        .get_usage(caller, GetUsageRequest)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.daily_used, usage.monthly_used), (1_800, 1_800));
    assert_eq!(usage.daily_limit, 100);
    assert_eq!(usage.plan_id.as_ref(), "free");
}

async fn batches_at_once_count_each_event_once(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let ascending: Vec<_> = (0..300)
        .map(|number| event(&format!("e{number}"), UsageEventType::Job, 1, None))
        .collect();
    let descending: Vec<_> = ascending.iter().rev().cloned().collect();
    let (one, two, three) = tokio::join!(
        record(&world.store, &ada, ascending.clone()),
        record(&world.store, &ada, descending),
        record(&world.store, &ada, ascending)
    );
    assert_eq!(one.accepted + two.accepted + three.accepted, 300);
    assert_eq!(world.number("SELECT jobs FROM usage_daily").await, 300);
}

async fn usage_is_of_utc_days_and_months(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    // The clock says 15 March, 12:00.
    let day = DAY * 1_000_000;
    let midnight = START - day / 2;
    let first_of_march = midnight - 14 * day;
    record(
        &world.store,
        &ada,
        vec![
            event("today", UsageEventType::Page, 1, Some(midnight)),
            event("yesterday", UsageEventType::Page, 10, Some(midnight - 1)),
            event("first", UsageEventType::Page, 100, Some(first_of_march)),
            event(
                "february",
                UsageEventType::Page,
                1_000,
                Some(first_of_march - 1),
            ),
            event("jobs", UsageEventType::Job, 7, Some(midnight)),
        ],
    )
    .await;
    let caller = ada.calls(&GET_USAGE).await;
    let usage = world
        .store
        .get_usage(caller, GetUsageRequest)
        .await
        .unwrap()
        .usage;
    assert_eq!((usage.daily_used, usage.monthly_used), (1, 111));
    let caller = ada.calls(&GET_CURRENT_ORGANISATION).await;
    let current = world
        .store
        .get_current_organisation(caller, GetCurrentOrganisationRequest)
        .await
        .unwrap();
    assert_eq!(current.body.usage.jobs_this_month, 7);
    assert_eq!(current.body.usage.pages_crawled_this_month, 111);
    for days in [1, 2, 30, 365] {
        let caller = ada.calls(&GET_USAGE_HISTORY).await;
        let request = GetUsageHistoryRequest { days };
        let history = world
            .store
            .get_usage_history(caller, request)
            .await
            .unwrap()
            .history;
        assert_eq!(i64::try_from(history.len()).unwrap(), days);
        assert!(
            history
                .windows(2)
                .all(|pair| pair[0].date.succ_opt() == Some(pair[1].date))
        );
        let last = history.last().unwrap();
        assert_eq!(last.date.to_string(), "2026-03-15");
        assert_eq!((last.jobs, last.pages), (7, 1));
        let sum: i64 = history.iter().map(|day| day.pages).sum();
        assert_eq!(
            sum,
            [1, 11, 1_111, 1_111][[1, 2, 30, 365].iter().position(|d| *d == days).unwrap()]
        );
    }
}

async fn make_key(
    world: &World,
    person: &Person,
    owner: ApiKeyOwner,
    scopes: &[Scope],
    expires_in_days: Option<i64>,
) -> Result<CreatedApiKey, CreateApiKeyError> {
    let caller = person.calls(&CREATE_API_KEY).await;
    let body = CreateApiKey {
        name: "Key".to_owned().try_into().unwrap(),
        owner,
        scopes: scopes.to_vec(),
        expires_in_days,
    };
    world
        .store
        .create_api_key(caller, CreateApiKeyRequest { body })
        .await
}

async fn rotate(
    world: &World,
    person: &Person,
    key: &CreatedApiKey,
    overlap_seconds: i64,
) -> Result<CreatedApiKey, RotateApiKeyError> {
    let caller = person.calls(&ROTATE_API_KEY).await;
    let request = RotateApiKeyRequest {
        key_id: key.id,
        body: RotateApiKey { overlap_seconds },
    };
    world.store.rotate_api_key(caller, request).await
}

async fn keys_of(world: &World, person: &Person) -> usize {
    let caller = person.calls(&LIST_API_KEYS).await;
    let request = ListApiKeysRequest {
        limit: 1_000,
        cursor: None,
    };
    world
        .store
        .list_api_keys(caller, request)
        .await
        .unwrap()
        .api_keys
        .len()
}

async fn bound_keys_make_bound_keys(world: World) {
    let ada = world.person("Ada").await;
    let acme = found(&world, &ada, "Acme").await;
    found(&world, &ada, "Bravo").await;
    let unbound = make_key(&world, &ada, ApiKeyOwner::User, Scope::ALL, None)
        .await
        .unwrap();
    assert_eq!(unbound.organisation_id, None);
    let bound = world.holder_of(&world.key_bound_to("Ada", acme.id).await);
    let made = make_key(&world, &bound, ApiKeyOwner::User, Scope::ALL, None)
        .await
        .unwrap();
    assert_eq!(made.organisation_id, Some(acme.id));
    // It neither sees nor rotates the unbound ones.
    assert_eq!(keys_of(&world, &bound).await, 2);
    assert_eq!(keys_of(&world, &ada).await, 4);
    assert_eq!(
        slug(rotate(&world, &bound, &unbound, 0).await.unwrap_err()),
        "not-found"
    );
    let rotated = rotate(&world, &ada, &made, 0).await.unwrap();
    assert_eq!(rotated.organisation_id, Some(acme.id));
}

async fn a_key_is_rotated_once_and_overlaps(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let key = make_key(
        &world,
        &ada,
        ApiKeyOwner::User,
        &[Scope::UsageRead],
        Some(10),
    )
    .await
    .unwrap();
    world.clock.advance(DAY);
    let (one, other) = tokio::join!(
        rotate(&world, &ada, &key, 3_600),
        rotate(&world, &ada, &key, 3_600)
    );
    let (new, failure) = match (one, other) {
        (Ok(new), Err(failure)) | (Err(failure), Ok(new)) => (new, failure),
        both => panic!("{both:?}"),
    };
    assert_eq!(slug(failure), "key-rotated");
    assert_eq!(new.scopes, key.scopes);
    let lifetime = new.expires_at.unwrap().micros() - new.created_at.micros();
    assert_eq!(lifetime, 10 * DAY * 1_000_000);
    let old = world.holder_of(key.key.as_str());
    let new = world.holder_of(new.key.as_str());
    world.clock.advance(3_599);
    assert!(old.identity().await.is_some());
    world.clock.advance(1);
    assert!(old.identity().await.is_none());
    assert!(new.identity().await.is_some());
    assert_eq!(
        slug(rotate(&world, &ada, &key, 0).await.unwrap_err()),
        "not-found"
    );
    world.clock.advance(10 * DAY);
    assert!(new.identity().await.is_none());
}

async fn an_organisations_key_survives_its_creator(world: World) {
    let ada = world.person("Ada").await;
    let acme = found(&world, &ada, "Acme").await;
    let bob = joined(&world, &ada, "Bob", MemberRole::Admin).await;
    let key = make_key(&world, &bob, ApiKeyOwner::Organisation, Scope::ALL, None)
        .await
        .unwrap();
    leave(&world.store, &bob).await.unwrap();
    let machine = world.holder_of(key.key.as_str());
    let identity = machine.identity().await.unwrap();
    assert_eq!((identity.user, identity.role), (None, None));
    assert_eq!(identity.organisation, Some(acme.id.into()));
    // It has the rights of an admin, on behalf of nobody.
    invite(&world, &machine, "eve@example.com", MemberRole::Member)
        .await
        .unwrap();
    let caller = machine.calls(&LIST_ORGANISATIONS).await;
    let request = ListOrganisationsRequest {
        limit: 10,
        cursor: None,
    };
    let list = world
        .store
        .list_organisations(caller, request)
        .await
        .unwrap();
    assert_eq!(list.organisations.len(), 1);
    assert_eq!(list.organisations[0].role, None);
    let failure = make_key(
        &world,
        &machine,
        ApiKeyOwner::User,
        &[Scope::KeysRead],
        None,
    )
    .await
    .unwrap_err();
    assert_eq!(slug(failure), "user-required");
    assert_eq!(
        slug(rotate(&world, &machine, &key, 0).await.unwrap_err()),
        "user-required"
    );
    assert_eq!(
        slug(leave(&world.store, &machine).await.unwrap_err()),
        "user-required"
    );
    assert_eq!(keys_of(&world, &machine).await, 1);
    let carl = joined(&world, &ada, "Carl", MemberRole::Member).await;
    assert_eq!(
        slug(rotate(&world, &carl, &key, 0).await.unwrap_err()),
        "admin-required"
    );
    assert_eq!(keys_of(&world, &carl).await, 1);
    let caller = machine.calls(&REVOKE_API_KEY).await;
    let request = RevokeApiKeyRequest { key_id: key.id };
    world.store.revoke_api_key(caller, request).await.unwrap();
    assert!(machine.identity().await.is_none());
}

async fn keys_give_no_more_than_they_have(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let usage = make_key(
        &world,
        &ada,
        ApiKeyOwner::Organisation,
        &[Scope::UsageWrite],
        None,
    )
    .await
    .unwrap();
    let limited = make_key(
        &world,
        &ada,
        ApiKeyOwner::User,
        &[Scope::KeysWrite, Scope::KeysRead],
        None,
    )
    .await
    .unwrap();
    assert_eq!(limited.scopes, [Scope::KeysRead, Scope::KeysWrite]);
    let limited = world.holder_of(limited.key.as_str());
    let failure = make_key(
        &world,
        &limited,
        ApiKeyOwner::User,
        &[Scope::PlansWrite],
        None,
    )
    .await
    .unwrap_err()
    .into_problem();
    assert_eq!(failure.detail(), "The key lacks the scope plans:write.");
    let failure = rotate(&world, &limited, &usage, 0)
        .await
        .unwrap_err()
        .into_problem();
    assert_eq!(failure.detail(), "The key lacks the scope usage:write.");
    make_key(
        &world,
        &limited,
        ApiKeyOwner::User,
        &[Scope::KeysRead],
        None,
    )
    .await
    .unwrap();
    // Another tenant's key is not there.
    let olga = world.person("Olga").await;
    found(&world, &olga, "Elsewhere").await;
    assert_eq!(
        slug(rotate(&world, &olga, &usage, 0).await.unwrap_err()),
        "not-found"
    );
}

async fn uses_of_keys_are_written_to_the_minute(world: World) {
    let ada = world.person("Ada").await;
    world.store.write_last_used().await.unwrap();
    let sql = "SELECT COALESCE(MAX(last_used_at), 0) FROM api_keys";
    assert_eq!(world.number(sql).await, 0);
    world.clock.advance(59);
    ada.identity().await;
    world.store.write_last_used().await.unwrap();
    let minute = world.number(sql).await;
    assert_eq!(minute, START + 60_000_000);
    world.clock.advance(59);
    ada.identity().await;
    world.store.write_last_used().await.unwrap();
    assert_eq!(world.number(sql).await, minute);
    world.clock.advance(1);
    ada.identity().await;
    world.store.write_last_used().await.unwrap();
    assert_eq!(world.number(sql).await, minute + 60_000_000);
}

async fn plans_must_be_active(world: World) {
    let ada = world.person("Ada").await;
    found(&world, &ada, "Acme").await;
    let call = world.anonymous_call(&LIST_PLANS);
    let plans = world
        .store
        .list_plans(call, ListPlansRequest)
        .await
        .unwrap()
        .plans;
    let ids: Vec<_> = plans.iter().map(|plan| plan.id.as_ref()).collect();
    assert_eq!(ids, ["free", "starter", "professional", "enterprise"]);
    let change = async |plan: &str| {
        let caller = ada.calls(&UPDATE_PLAN).await;
        let body = UpdatePlan {
            plan_id: plan.to_owned().try_into().unwrap(),
        };
        world
            .store
            .update_plan(caller, UpdatePlanRequest { body })
            .await
    };
    assert!(matches!(
        change("none").await.unwrap_err(),
        UpdatePlanError::NotFound(_)
    ));
    assert_eq!(slug(change("legacy").await.unwrap_err()), "plan-inactive");
    let plan = change("professional").await.unwrap();
    assert_eq!(plan.daily_page_limit, 10_000);
    let caller = ada.calls(&GET_USAGE).await;
    let usage = world
        .store
        .get_usage(caller, GetUsageRequest)
        .await
        .unwrap()
        .usage;
    assert_eq!(usage.daily_limit, 10_000);
}

async fn lists_come_in_pages(world: World) {
    let demo = world.store.seed_demo().await.unwrap().unwrap();
    let founder = world.holder_of(demo.key.secret.reveal());
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let caller = founder.calls(&LIST_MEMBERS).await;
        let request = ListMembersRequest { limit: 10, cursor };
        let page = world.store.list_members(caller, request).await.unwrap();
        assert!(page.members.len() <= 10);
        seen.extend(page.members.into_iter().map(|member| member.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted());
    // No member of another organisation is among them.
    let olga = world.person("Olga").await;
    found(&world, &olga, "Elsewhere").await;
    found(&world, &olga, "Elsewhere Two").await;
    let caller = olga.calls(&LIST_MEMBERS).await;
    let request = ListMembersRequest {
        limit: 10,
        cursor: None,
    };
    let page = world.store.list_members(caller, request).await.unwrap();
    assert_eq!(page.members.len(), 1);
    assert_eq!(page.current_user_role, Some(MemberRole::Admin));
    let caller = olga.calls(&REMOVE_MEMBER).await;
    let member_id = seen[3];
    let failure = world
        .store
        .remove_member(caller, RemoveMemberRequest { member_id })
        .await
        .unwrap_err();
    assert!(matches!(failure, RemoveMemberError::NotFound(_)));
    let caller = olga.calls(&LIST_ORGANISATIONS).await;
    let request = ListOrganisationsRequest {
        limit: 1,
        cursor: None,
    };
    let page = world
        .store
        .list_organisations(caller.clone(), request)
        .await
        .unwrap();
    assert_eq!(page.organisations[0].name.as_ref(), "Elsewhere");
    assert_ne!(page.active_organisation_id, Some(page.organisations[0].id));
    let request = ListOrganisationsRequest {
        limit: 1,
        cursor: page.next_cursor,
    };
    let page = world
        .store
        .list_organisations(caller, request)
        .await
        .unwrap();
    assert_eq!(page.organisations[0].name.as_ref(), "Elsewhere Two");
    assert_eq!(page.next_cursor, None);
}

async fn the_operator_writes_what_the_document_admits(world: World) {
    let store = &world.store;
    for (name, email) in [
        ("", "ada@example.com"),
        (" ", "ada@example.com"),
        ("Ada", "ada"),
    ] {
        let failure = store.create_user(name, email).await.unwrap_err();
        assert!(
            matches!(failure, OperatorError::Refused { .. }),
            "{failure}"
        );
    }
    world.person("Ada").await;
    let failure = store
        .create_user("Ada", "ADA@example.com")
        .await
        .unwrap_err();
    assert!(matches!(failure, OperatorError::AddressTaken));
    let make = async |email: &str, organisation, name: &str| {
        store
            .create_key(email, organisation, name, Scopes::All)
            .await
            .unwrap_err()
    };
    let failure = make("ada@example.com", None, "").await;
    assert!(matches!(failure, OperatorError::Refused { .. }));
    let failure = make("bob@example.com", None, "Key").await;
    assert!(matches!(failure, OperatorError::NoSuchUser));
    let nowhere = Some(uuid::Uuid::nil());
    let failure = make("ada@example.com", nowhere, "Key").await;
    assert!(matches!(failure, OperatorError::NotAMember));
}
