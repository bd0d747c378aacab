//! The outbox: nothing is lost, nothing is delivered by two at once.

use crate::support::{Person, World, on_both};
use charter_api_organisations::invites::{
    CREATE_INVITE, CreateInviteRequest, InvitesApi as _, LIST_INVITES, ListInvitesRequest,
    REVOKE_INVITE, RevokeInviteRequest,
};
use charter_api_organisations::models::{
    CreateInvite, CreateOrganisation, EmailDelivery, Invite, InviteStatus, MemberRole,
};
use charter_api_organisations::organisations::{
    CREATE_ORGANISATION, CreateOrganisationRequest, OrganisationsApi as _,
};
use charter_contract::Replays as _;
use charter_persistence::{DeliveryError, ServerKey};

on_both! {
    a_mail_leaves_with_the_request;
    a_mail_that_failed_is_tried_again_under_its_id;
    a_mail_refused_for_good_is_not_tried_again;
    attempts_end;
    the_mail_of_a_revoked_invite_is_taken_back;
    a_crash_between_commit_and_delivery_loses_nothing;
    two_workers_share_the_work;
    the_kept_answer_says_what_became_of_the_mail;
}

async fn founder(world: &World) -> Person {
    let ada = world.person("Ada").await;
    let caller = ada.calls(&CREATE_ORGANISATION).await;
    let body = CreateOrganisation {
        name: "Acme".to_owned().try_into().unwrap(),
    };
    world
        .store
        .create_organisation(caller, CreateOrganisationRequest { body })
        .await
        .unwrap();
    ada
}

fn to(email: &str) -> CreateInviteRequest {
    CreateInviteRequest {
        body: CreateInvite {
            email: email.to_owned().try_into().unwrap(),
            role: MemberRole::Member,
        },
    }
}

async fn invite(world: &World, admin: &Person, email: &str) -> Invite {
    let caller = admin.calls(&CREATE_INVITE).await;
    world.store.create_invite(caller, to(email)).await.unwrap()
}

async fn listed(world: &World, admin: &Person) -> Vec<EmailDelivery> {
    let caller = admin.calls(&LIST_INVITES).await;
    let request = ListInvitesRequest {
        status: InviteStatus::Pending,
        limit: 1_000,
        cursor: None,
    };
    let list = world.store.list_invites(caller, request).await.unwrap();
    list.invites
        .into_iter()
        .map(|invite| invite.email_delivery)
        .collect()
}

fn later() -> DeliveryError {
    DeliveryError::Temporary("greylisted".to_owned())
}

async fn a_mail_leaves_with_the_request(world: World) {
    let ada = founder(&world).await;
    let invite = invite(&world, &ada, "bob@example.com").await;
    assert_eq!(invite.email_delivery, EmailDelivery::Sent);
    let mails = world.mailer.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "bob@example.com");
    let mailed = &mails[0].variables["invite_url"];
    assert!(mails[0].text.contains(mailed));
    assert_ne!(
        mailed, &*invite.invite_url,
        "who reads the mail shows more than who reads the answer"
    );
    assert_eq!(listed(&world, &ada).await, [EmailDelivery::Sent]);
    // The link is not in the database any more, and was there only sealed.
    let payloads = world
        .number("SELECT COUNT(*) FROM outbox WHERE length(payload) > 0")
        .await;
    assert_eq!(payloads, 0);
    assert_eq!(world.store.deliver_due().await.unwrap(), 0);
}

async fn a_mail_that_failed_is_tried_again_under_its_id(world: World) {
    let ada = founder(&world).await;
    world.mailer.refuse(Some(later()));
    let invite = invite(&world, &ada, "bob@example.com").await;
    assert_eq!(invite.email_delivery, EmailDelivery::Failed);
    assert_eq!(listed(&world, &ada).await, [EmailDelivery::Failed]);
    world.clock.advance(29);
    assert_eq!(world.store.deliver_due().await.unwrap(), 0);
    world.clock.advance(1);
    assert_eq!(world.store.deliver_due().await.unwrap(), 1);
    world.mailer.refuse(None);
    world.clock.advance(119);
    assert_eq!(world.store.deliver_due().await.unwrap(), 0);
    world.clock.advance(1);
    assert_eq!(world.store.deliver_due().await.unwrap(), 1);
    let mails = world.mailer.mails();
    assert_eq!(mails.len(), 1);
    let mailed = &mails[0].variables["invite_url"];
    assert!(mails[0].text.contains(mailed));
    assert_ne!(
        mailed, &*invite.invite_url,
        "who reads the mail shows more than who reads the answer"
    );
    assert!(mails[0].message_id.ends_with("@charter.example>"));
    assert_eq!(listed(&world, &ada).await, [EmailDelivery::Sent]);
}

async fn a_mail_refused_for_good_is_not_tried_again(world: World) {
    let ada = founder(&world).await;
    let refusal = DeliveryError::Permanent("550 no such mailbox".to_owned());
    world.mailer.refuse(Some(refusal));
    invite(&world, &ada, "bob@example.com").await;
    world.clock.advance(7 * 86_400 - 1);
    assert_eq!(world.store.deliver_due().await.unwrap(), 0);
    assert_eq!(listed(&world, &ada).await, [EmailDelivery::Failed]);
    let failed = "SELECT COUNT(*) FROM outbox \
                  WHERE outcome = 'failed' AND last_failure = '550 no such mailbox'";
    assert_eq!(world.number(failed).await, 1);
}

async fn attempts_end(world: World) {
    let ada = founder(&world).await;
    world.mailer.refuse(Some(later()));
    invite(&world, &ada, "bob@example.com").await;
    let mut attempts = 1;
    for _ in 0..30 {
        world.clock.advance(21_600);
        attempts += world.store.deliver_due().await.unwrap();
    }
    assert_eq!(attempts, 10);
    let failed = "SELECT COUNT(*) FROM outbox WHERE outcome = 'failed' AND attempts = 10";
    assert_eq!(world.number(failed).await, 1);
}

async fn the_mail_of_a_revoked_invite_is_taken_back(world: World) {
    let ada = founder(&world).await;
    world.mailer.refuse(Some(later()));
    let invite_id = invite(&world, &ada, "bob@example.com").await.id;
    let caller = ada.calls(&REVOKE_INVITE).await;
    world
        .store
        .revoke_invite(caller, RevokeInviteRequest { invite_id })
        .await
        .unwrap();
    world.mailer.refuse(None);
    world.clock.advance(86_400);
    assert_eq!(world.store.deliver_due().await.unwrap(), 0);
    assert_eq!(world.mailer.mails().len(), 0);
}

async fn a_crash_between_commit_and_delivery_loses_nothing(world: World) {
    let ada = founder(&world).await;
    let caller = ada.calls(&CREATE_INVITE).await;
    {
        // The request is dropped in the middle of its delivery.
        let request = world.store.create_invite(caller, to("bob@example.com"));
        let committed = async {
            while world.number("SELECT COUNT(*) FROM outbox").await == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = committed => {}
            _ = request => {}
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let sent = world.mailer.mails().len();
    assert_eq!(
        world.store.deliver_due().await.unwrap(),
        0,
        "the lease holds"
    );
    world.clock.advance(60);
    let left = world.store.deliver_due().await.unwrap();
    assert_eq!(left + sent, 1);
    assert_eq!(world.mailer.mails().len(), 1);
    assert_eq!(listed(&world, &ada).await, [EmailDelivery::Sent]);
}

async fn two_workers_share_the_work(world: World) {
    let ada = founder(&world).await;
    world.mailer.refuse(Some(later()));
    for number in 0..10 {
        invite(&world, &ada, &format!("guest{number}@example.com")).await;
    }
    world.mailer.refuse(None);
    world.clock.advance(30);
    let other = world.store.clone();
    let drain = |store: charter_persistence::Store| async move {
        let mut delivered = 0;
        loop {
            match store.deliver_due().await.unwrap() {
                0 => break delivered,
                some => delivered += some,
            }
        }
    };
    let (one, two) = tokio::join!(
        tokio::spawn(drain(world.store.clone())),
        tokio::spawn(drain(other))
    );
    assert_eq!(one.unwrap() + two.unwrap(), 10);
    let mut ids: Vec<_> = world
        .mailer
        .mails()
        .into_iter()
        .map(|mail| mail.message_id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert_eq!(world.mailer.mails().len(), 10);
}

async fn the_kept_answer_says_what_became_of_the_mail(world: World) {
    let ada = founder(&world).await;
    let caller = ada.repeats(&CREATE_INVITE, "k").await;
    let key = caller.call.idempotency.clone().unwrap();
    let answer = world
        .store
        .create_invite(caller.clone(), to("bob@example.com"))
        .await
        .unwrap();
    let replay = world.store.find(&caller, &key).await.unwrap().unwrap();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&replay.body).unwrap(),
        serde_json::to_value(&answer).unwrap()
    );
    assert_eq!(answer.email_delivery, EmailDelivery::Sent);
    // What is kept cannot be read without the server key.
    let stranger = world
        .another_store(ServerKey::generate(&*world.random).into())
        .await;
    assert!(stranger.find(&caller, &key).await.is_err());
}
