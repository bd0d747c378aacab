//! Sessions, passwords and links: what holds whatever happens at the same moment,
//! and however often somebody guesses.

use std::net::IpAddr;

use charter_api_identity::models::{
    AddressOnly, ChangePassword, ResetPassword, SessionList, SignIn, SignedIn,
};
use charter_api_identity::passwords::{
    CHANGE_PASSWORD, ChangePasswordError, ChangePasswordRequest, FORGOT_PASSWORD,
    ForgotPasswordRequest, PasswordsApi as _, RESET_PASSWORD, ResetPasswordError,
    ResetPasswordRequest, VALIDATE_RESET_TOKEN, ValidateResetTokenRequest,
};
use charter_api_identity::sessions::{
    LIST_SESSIONS, ListSessionsRequest, REVOKE_OTHER_SESSIONS, REVOKE_SESSION,
    RevokeOtherSessionsRequest, RevokeSessionRequest, SIGN_IN, SIGN_OUT, SessionsApi as _,
    SignInError, SignInRequest, SignOutRequest,
};
use charter_contract::{Call, CredentialKind, Failure as _, Scopes};
use charter_persistence::{MailTemplate, Store};

use crate::support::{Person, World, on_both};

on_both! {
    a_link_resets_once_however_often_it_is_used_at_once;
    a_newer_link_replaces_the_one_before;
    guesses_at_once_are_counted_before_they_are_compared;
    failures_elsewhere_keep_nobody_out_at_home;
    many_places_together_are_slowed_down;
    a_reset_makes_a_new_place_a_home;
    waiting_ends_and_success_forgives;
    addresses_without_an_account_are_counted_as_well;
    a_session_lives_by_its_use_and_ends_at_last;
    sessions_are_listed_and_ended_by_their_user;
    a_changed_password_ends_the_other_sessions;
    a_reset_ends_every_session_and_tells_the_owner;
    a_password_is_hashed_again_when_the_costs_have_changed;
    who_is_not_confirmed_has_few_scopes;
    wishes_at_once_are_one_mail_and_three_in_an_hour;
    a_session_manages_its_users_keys;
    refusals_are_in_the_audit_log;
}

const HOME: &str = "192.0.2.1";
const PASSWORD: &str = "grey heron counts seven tides";
const ANOTHER: &str = "a lantern across the winter ferry";
const DAY: i64 = 86_400;

fn from(world: &World, operation: &'static charter_contract::Operation, place: &str) -> Call {
    Call {
        remote: Some(place.parse::<IpAddr>().unwrap()),
        ..world.anonymous_call(operation)
    }
}

fn body(email: &str, password: &str) -> SignInRequest {
    SignInRequest {
        x_workspace_id: None,
        x_subaccount_id: None,
        x_language: None,
        body: SignIn {
            email: email.to_owned().try_into().unwrap(),
            password: password.to_owned().try_into().unwrap(),
            invite: None,
        },
    }
}

async fn sign_in(
    world: &World,
    email: &str,
    password: &str,
    place: &str,
) -> Result<SignedIn, SignInError> {
    let call = from(world, &SIGN_IN, place);
    world.store.sign_in(call, body(email, password)).await
}

async fn signed_in(world: &World, place: &str) -> Person {
    let signed_in = sign_in(world, "ada@example.com", PASSWORD, place)
        .await
        .unwrap();
    world.holder_of(&signed_in.token)
}

async fn refused(world: &World, email: &str, password: &str, place: &str) -> u16 {
    let failure = sign_in(world, email, password, place).await.unwrap_err();
    failure.kind().status
}

/// Asks for a link and gives the token of the mailed one.
async fn link(world: &World, email: &str) -> String {
    deliver(world).await;
    let before = world.mailer.mails().len();
    wish(&world.store, world, email).await;
    deliver(world).await;
    let mails = world.mailer.mails();
    assert_eq!(mails.len(), before + 1);
    let mail = &mails[before];
    assert_eq!(mail.template, MailTemplate::Reset);
    let (_, token) = mail.variables["reset_url"].split_once("token=").unwrap();
    token.to_owned()
}

/// Does what the worker does.
async fn deliver(world: &World) {
    world.store.grant_wishes().await.unwrap();
    while world.store.deliver_due().await.unwrap() > 0 {}
}

async fn wish(store: &Store, world: &World, email: &str) {
    let request = ForgotPasswordRequest {
        x_workspace_id: None,
        x_subaccount_id: None,
        x_language: None,
        body: AddressOnly {
            email: email.to_owned().try_into().unwrap(),
        },
    };
    let call = from(world, &FORGOT_PASSWORD, HOME);
    store.forgot_password(call, request).await.unwrap();
}

async fn reset(
    store: &Store,
    call: Call,
    token: &str,
    password: &str,
) -> Result<(), ResetPasswordError> {
    let request = ResetPasswordRequest {
        token: token.to_owned().try_into().unwrap(),
        x_workspace_id: None,
        x_subaccount_id: None,
        x_language: None,
        body: ResetPassword {
            new_password: password.to_owned().try_into().unwrap(),
            confirm_password: password.to_owned().try_into().unwrap(),
        },
    };
    store.reset_password(call, request).await.map(|_| ())
}

/// Ada, whose password was set from home by a link.
async fn ada(world: &World) -> Person {
    let ada = world.person("Ada").await;
    let token = link(world, "ada@example.com").await;
    let call = from(world, &RESET_PASSWORD, HOME);
    reset(&world.store, call, &token, PASSWORD).await.unwrap();
    ada
}

async fn list(world: &World, person: &Person) -> SessionList {
    let caller = person.calls(&LIST_SESSIONS).await;
    let request = ListSessionsRequest {
        limit: 10,
        cursor: None,
    };
    world.store.list_sessions(caller, request).await.unwrap()
}

async fn alive(world: &World, person: &Person) -> bool {
    let identity = person.identity().await;
    // What was noted is written, as by the worker.
    world.store.write_last_used().await.unwrap();
    identity.is_some()
}

async fn a_link_resets_once_however_often_it_is_used_at_once(world: World) {
    ada(&world).await;
    world.clock.advance(3_600);
    let token = link(&world, "ada@example.com").await;
    let mut tries = Vec::new();
    for number in 0..20 {
        let (store, token) = (world.store.clone(), token.clone());
        let call = from(&world, &RESET_PASSWORD, HOME);
        tries.push(tokio::spawn(async move {
            reset(&store, call, &token, &format!("{ANOTHER} {number}")).await
        }));
    }
    let mut kinds = Vec::new();
    for tried in tries {
        kinds.push(match tried.await.unwrap() {
            Ok(()) => "set",
            Err(failure) => failure.kind().slug,
        });
    }
    kinds.sort_unstable();
    assert_eq!(kinds[..19], ["link-used"; 19]);
    assert_eq!(kinds[19], "set");
}

async fn a_newer_link_replaces_the_one_before(world: World) {
    ada(&world).await;
    world.clock.advance(3_600);
    let first = link(&world, "ada@example.com").await;
    world.clock.advance(120);
    let second = link(&world, "ada@example.com").await;
    let look = async |token: &str| {
        let request = ValidateResetTokenRequest {
            token: token.to_owned().try_into().unwrap(),
            x_workspace_id: None,
            x_subaccount_id: None,
            x_language: None,
        };
        let call = from(&world, &VALIDATE_RESET_TOKEN, HOME);
        let looked = world.store.validate_reset_token(call, request).await;
        looked.map_or_else(|failure| failure.kind().slug, |_| "good")
    };
    assert_eq!(look(&first).await, "not-found");
    assert_eq!(look(&second).await, "good");
    let call = from(&world, &RESET_PASSWORD, HOME);
    let weak = reset(&world.store, call.clone(), &second, "password1").await;
    assert_eq!(weak.unwrap_err().kind().slug, "password-leaked");
    assert_eq!(
        look(&second).await,
        "good",
        "a refused password uses no link"
    );
    world.clock.advance(3_600);
    assert_eq!(look(&second).await, "link-expired");
    let late = reset(&world.store, call, &second, ANOTHER).await;
    assert_eq!(late.unwrap_err().kind().slug, "link-expired");
}

async fn guesses_at_once_are_counted_before_they_are_compared(world: World) {
    ada(&world).await;
    let mut guesses = Vec::new();
    for number in 0..20 {
        let store = world.store.clone();
        let call = from(&world, &SIGN_IN, "198.51.100.7");
        guesses.push(tokio::spawn(async move {
            let request = body("ada@example.com", &format!("guess {number}"));
            store
                .sign_in(call, request)
                .await
                .unwrap_err()
                .kind()
                .status
        }));
    }
    let mut compared = 0;
    for guess in guesses {
        match guess.await.unwrap() {
            401 => compared += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(compared, 5);
    let right = refused(&world, "ada@example.com", PASSWORD, "198.51.100.7").await;
    assert_eq!(right, 429, "nor is the right one, from there");
}

async fn failures_elsewhere_keep_nobody_out_at_home(world: World) {
    ada(&world).await;
    for place in 0..40 {
        let place = format!("203.0.113.{place}");
        for _ in 0..3 {
            refused(&world, "ada@example.com", "a guess", &place).await;
        }
    }
    signed_in(&world, HOME).await;
    // Who shares the network with Ada is heard more often, and not for ever.
    for _ in 0..10 {
        let status = refused(&world, "ada@example.com", "a guess", HOME).await;
        assert_eq!(status, 401);
    }
    assert_eq!(
        refused(&world, "ada@example.com", PASSWORD, HOME).await,
        429
    );
    world.clock.advance(60);
    signed_in(&world, HOME).await;
}

async fn many_places_together_are_slowed_down(world: World) {
    ada(&world).await;
    let mut compared = 0;
    for place in 0..100 {
        let place = format!("2001:db8:0:{place:x}::1");
        if refused(&world, "ada@example.com", "a guess", &place).await == 401 {
            compared += 1;
        }
    }
    assert_eq!(compared, 20);
    let new_place = refused(&world, "ada@example.com", PASSWORD, "198.51.100.9").await;
    assert_eq!(new_place, 429);
}

async fn a_reset_makes_a_new_place_a_home(world: World) {
    ada(&world).await;
    for place in 0..40 {
        let place = format!("203.0.113.{place}");
        refused(&world, "ada@example.com", "a guess", &place).await;
    }
    let hotel = "198.51.100.9";
    assert_eq!(
        refused(&world, "ada@example.com", PASSWORD, hotel).await,
        429
    );
    world.clock.advance(120);
    let token = link(&world, "ada@example.com").await;
    let call = from(&world, &RESET_PASSWORD, hotel);
    reset(&world.store, call, &token, ANOTHER).await.unwrap();
    assert!(
        sign_in(&world, "ada@example.com", ANOTHER, hotel)
            .await
            .is_ok()
    );
}

async fn waiting_ends_and_success_forgives(world: World) {
    ada(&world).await;
    let place = "198.51.100.7";
    let mut waited = Vec::new();
    for _ in 0..4 {
        assert_eq!(
            refused(&world, "ada@example.com", "a guess", place).await,
            401
        );
    }
    for _ in 0..7 {
        assert_eq!(
            refused(&world, "ada@example.com", "a guess", place).await,
            401
        );
        let mut seconds = 0;
        while refused(&world, "ada@example.com", "a guess", place).await == 429 {
            seconds += 30;
            world.clock.advance(30);
            if seconds > 3_600 {
                break;
            }
            let blocked = world
                .number("SELECT COUNT(*) FROM attempts WHERE place <> '' AND blocked_until > 0")
                .await;
            assert_eq!(blocked, 1);
            let until = world
                .number("SELECT MAX(blocked_until) FROM attempts WHERE place <> ''")
                .await;
            if until <= world.now() {
                break;
            }
        }
        waited.push(seconds);
    }
    assert_eq!(waited, [30, 60, 120, 240, 480, 900, 900]);
    signed_in(&world, place).await;
    let left = world
        .number("SELECT COUNT(*) FROM attempts WHERE place <> ''")
        .await;
    assert_eq!(left, 0);
}

async fn addresses_without_an_account_are_counted_as_well(world: World) {
    for _ in 0..5 {
        assert_eq!(
            refused(&world, "nobody@example.com", PASSWORD, HOME).await,
            401
        );
    }
    assert_eq!(
        refused(&world, "nobody@example.com", PASSWORD, HOME).await,
        429
    );
}

async fn a_session_lives_by_its_use_and_ends_at_last(world: World) {
    ada(&world).await;
    let used = signed_in(&world, HOME).await;
    let unused = signed_in(&world, HOME).await;
    let identity = used.identity().await.unwrap();
    assert_eq!(identity.kind, CredentialKind::Session);
    assert_eq!(identity.scopes, Scopes::All);
    world.clock.advance(13 * DAY);
    assert!(alive(&world, &used).await);
    world.clock.advance(2 * DAY);
    assert!(alive(&world, &used).await);
    assert!(!alive(&world, &unused).await, "14 days without use");
    for _ in 0..7 {
        world.clock.advance(10 * DAY);
        assert!(alive(&world, &used).await);
    }
    world.clock.advance(5 * DAY + 1);
    assert!(!alive(&world, &used).await, "90 days with all use");
}

async fn sessions_are_listed_and_ended_by_their_user(world: World) {
    let key = ada(&world).await;
    let one = signed_in(&world, HOME).await;
    world.clock.advance(1);
    let other = signed_in(&world, HOME).await;
    world.clock.advance(1);
    let third = signed_in(&world, HOME).await;
    let listed = list(&world, &one).await;
    let current: Vec<_> = listed
        .sessions
        .iter()
        .map(|session| session.current)
        .collect();
    assert_eq!(current, [true, false, false]);
    assert_eq!(listed.sessions[0].address.as_deref(), Some(HOME));
    assert_eq!(list(&world, &key).await.sessions.len(), 3);

    let revoke = async |person: &Person| {
        let request = RevokeSessionRequest {
            session_id: listed.sessions[1].id,
        };
        let caller = person.calls(&REVOKE_SESSION).await;
        world.store.revoke_session(caller, request).await
    };
    let bea = world.person("Bea").await;
    assert_eq!(revoke(&bea).await.unwrap_err().kind().status, 404);
    assert!(alive(&world, &other).await);
    revoke(&one).await.unwrap();
    assert!(!alive(&world, &other).await);
    assert_eq!(revoke(&one).await.unwrap_err().kind().status, 404);

    let caller = one.calls(&REVOKE_OTHER_SESSIONS).await;
    let request = RevokeOtherSessionsRequest;
    world
        .store
        .revoke_other_sessions(caller, request)
        .await
        .unwrap();
    assert!(!alive(&world, &third).await);
    assert!(alive(&world, &one).await);

    let caller = key.calls(&SIGN_OUT).await;
    let failure = world
        .store
        .sign_out(caller, SignOutRequest)
        .await
        .unwrap_err();
    assert_eq!(failure.kind().slug, "session-required");
    let caller = one.calls(&SIGN_OUT).await;
    world.store.sign_out(caller, SignOutRequest).await.unwrap();
    assert!(!alive(&world, &one).await);
    assert!(alive(&world, &key).await, "keys go on working");
}

async fn a_changed_password_ends_the_other_sessions(world: World) {
    ada(&world).await;
    let one = signed_in(&world, HOME).await;
    let other = signed_in(&world, HOME).await;
    let change = async |present: &str| {
        let mut caller = one.calls(&CHANGE_PASSWORD).await;
        caller.call.remote = Some(HOME.parse().unwrap());
        let request = ChangePasswordRequest {
            x_language: None,
            body: ChangePassword {
                current_password: present.to_owned().try_into().unwrap(),
                new_password: ANOTHER.to_owned().try_into().unwrap(),
                confirm_password: ANOTHER.to_owned().try_into().unwrap(),
            },
        };
        world.store.change_password(caller, request).await
    };
    let wrong: ChangePasswordError = change("a guess").await.unwrap_err();
    assert_eq!(wrong.kind().slug, "sign-in-refused");
    assert!(alive(&world, &other).await);
    change(PASSWORD).await.unwrap();
    assert!(alive(&world, &one).await);
    assert!(!alive(&world, &other).await);
    assert_eq!(
        refused(&world, "ada@example.com", PASSWORD, HOME).await,
        401
    );
    assert!(
        sign_in(&world, "ada@example.com", ANOTHER, HOME)
            .await
            .is_ok()
    );
}

async fn a_reset_ends_every_session_and_tells_the_owner(world: World) {
    ada(&world).await;
    let session = signed_in(&world, HOME).await;
    world.clock.advance(120);
    let token = link(&world, "ada@example.com").await;
    let before = world.mailer.mails().len();
    let call = from(&world, &RESET_PASSWORD, HOME);
    reset(&world.store, call, &token, ANOTHER).await.unwrap();
    assert!(!alive(&world, &session).await);
    deliver(&world).await;
    let mails = world.mailer.mails();
    assert_eq!(mails[before].template, MailTemplate::PasswordChanged);
    assert_eq!(mails[before].to, "ada@example.com");
    assert!(!mails[before].text.contains("token="));
}

async fn a_password_is_hashed_again_when_the_costs_have_changed(world: World) {
    ada(&world).await;
    let dearer = world.dearer_store().await;
    let cheap = "SELECT COUNT(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=8,t=1,p=1$%'";
    let dear = "SELECT COUNT(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=16,t=1,p=1$%'";
    assert_eq!(world.number(cheap).await, 1);
    let call = from(&world, &SIGN_IN, HOME);
    let request = body("ada@example.com", PASSWORD);
    dearer.sign_in(call, request).await.unwrap();
    assert_eq!(world.number(dear).await, 1);
    signed_in(&world, HOME).await;
    assert_eq!(world.number(cheap).await, 1);
}

async fn who_is_not_confirmed_has_few_scopes(world: World) {
    ada(&world).await;
    let session = signed_in(&world, HOME).await;
    world.run("UPDATE users SET confirmed_at = NULL").await;
    let scopes = session.identity().await.unwrap().scopes;
    let few = ["profile:read", "sessions:read", "sessions:write"].map(str::to_owned);
    assert_eq!(scopes, Scopes::Only(few.into()));
    assert_eq!(
        refused(&world, "ada@example.com", PASSWORD, HOME).await,
        401
    );
    world.run("UPDATE users SET confirmed_at = 1").await;
    // Whatever is written through the store has credentials looked up again.
    world.person("Bea").await;
    assert_eq!(session.identity().await.unwrap().scopes, Scopes::All);
}

async fn wishes_at_once_are_one_mail_and_three_in_an_hour(world: World) {
    world.person("Ada").await;
    let wishes = (0..10).map(|_| wish(&world.store, &world, "ada@example.com"));
    futures_util::future::join_all(wishes).await;
    wish(&world.store, &world, "nobody@example.com").await;
    deliver(&world).await;
    assert_eq!(world.mailer.mails().len(), 1);
    for _ in 0..10 {
        world.clock.advance(61);
        wish(&world.store, &world, "ada@example.com").await;
        deliver(&world).await;
    }
    assert_eq!(world.mailer.mails().len(), 3);
    world.clock.advance(3_600);
    link(&world, "ada@example.com").await;
    let kept = "SELECT COUNT(*) FROM mail_wishes WHERE length(address) > 0";
    assert_eq!(world.number(kept).await, 0, "no address is left behind");
}

async fn a_session_manages_its_users_keys(world: World) {
    use charter_api_organisations::keys::{KeysApi as _, LIST_API_KEYS, ListApiKeysRequest};
    ada(&world).await;
    let session = signed_in(&world, HOME).await;
    let caller = session.calls(&LIST_API_KEYS).await;
    let request = ListApiKeysRequest {
        limit: 10,
        cursor: None,
    };
    let keys = world.store.list_api_keys(caller, request).await.unwrap();
    assert_eq!(keys.api_keys.len(), 1);
}

async fn refusals_are_in_the_audit_log(world: World) {
    ada(&world).await;
    for _ in 0..8 {
        refused(&world, "ada@example.com", "a guess", "198.51.100.7").await;
    }
    refused(&world, "nobody@example.com", "a guess", "198.51.100.7").await;
    let count = async |condition: &str| {
        world
            .number(&format!(
                "SELECT COUNT(*) FROM audit_log WHERE event = 'session.created' \
                 AND outcome = 'refused' AND remote = '198.51.100.7' AND {condition}"
            ))
            .await
    };
    let wrong = "reason = 'sign-in-refused' AND detail = 'wrong_password'";
    assert_eq!(count(wrong).await, 5);
    assert_eq!(count("detail = 'no_account'").await, 1);
    let blocked = "reason = 'too-many-requests' AND detail = 'throttled'";
    assert_eq!(count(blocked).await, 1, "of a block one row tells");
    assert_eq!(count("subject IS NULL").await, 0);
    signed_in(&world, HOME).await;
    let begun = "SELECT COUNT(*) FROM audit_log WHERE event = 'session.created' \
                 AND outcome = 'success' AND actor_user_id IS NOT NULL";
    assert_eq!(world.number(begun).await, 1);
}
