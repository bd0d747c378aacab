//! Finding out which addresses have accounts.

use std::collections::BTreeSet;
use std::time::Duration;

use charter_contract::EVEN_TIME;
use charter_persistence::{Connect, IdentityOptions};
use regex::Regex;
use serde_json::{Value, json};

use super::people::{
    ANOTHER, PASSWORD, WRONG, account, ask, behind_proxy, from, network, person, sign_in, sign_up,
    sign_up_invited,
};
use crate::cases;
use crate::support::document::DOCUMENTS;
use crate::support::provider::Says;
use crate::support::timer::Kept;
use crate::support::work::{Work, counted};
use crate::support::world::identity;
use crate::support::{Answer, Client, Person, World};

/// An address of each sort, all of one length.
const ADDRESSES: [&str; 4] = [
    // Nobody has it.
    "empty@example.com",
    // An account with a password.
    "known@example.com",
    // An account without one.
    "plain@example.com",
    // An account that waits for confirmation.
    "waits@example.com",
];

/// What is sent with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    SignInWrong,
    SignUp,
    SignUpWeak,
    SignUpGenerated,
    SignUpInvited,
    Forgot,
    Resend,
    SingleSignOn,
}

impl Way {
    const ALL: [Self; 8] = [
        Self::SignInWrong,
        Self::SignUp,
        Self::SignUpWeak,
        Self::SignUpGenerated,
        Self::SignUpInvited,
        Self::Forgot,
        Self::Resend,
        Self::SingleSignOn,
    ];

    const fn operation(self) -> &'static str {
        match self {
            Self::SignInWrong => "signIn",
            Self::SignUp | Self::SignUpWeak | Self::SignUpGenerated => "signUp",
            Self::SignUpInvited => "signUpWithInvite",
            Self::Forgot => "forgotPassword",
            Self::Resend => "resendConfirmation",
            Self::SingleSignOn => "startSamlSignIn",
        }
    }

    const fn status(self) -> u16 {
        match self {
            Self::SignInWrong => 401,
            Self::SignUp | Self::SignUpGenerated | Self::SignUpInvited => 201,
            Self::SignUpWeak => 400,
            Self::Forgot | Self::Resend | Self::SingleSignOn => 200,
        }
    }

    async fn try_on(self, client: &Client, place: &str, email: &str, invite: &str) -> Answer {
        match self {
            Self::SignInWrong => sign_in(client, place, email, WRONG).await,
            Self::SignUp => sign_up(client, place, email, ANOTHER).await,
            Self::SignUpWeak => sign_up(client, place, email, "password1").await,
            Self::SignUpGenerated => {
                let mut body = person(email, ANOTHER);
                body["generatePassword"] = Value::Bool(true);
                from(client, "signUp", place).json(&body).send().await
            }
            Self::SignUpInvited => sign_up_invited(client, place, invite, email, ANOTHER).await,
            Self::Forgot | Self::Resend | Self::SingleSignOn => {
                ask(client, self.operation(), place, email).await
            }
        }
    }
}

/// An account of each sort, and the invite that its address has from Ada, as the
/// API shows it to her.
async fn accounts(world: &World, client: &Client) -> Vec<String> {
    let [_, known, plain, waits] = ADDRESSES;
    account(world, client, known).await;
    world.store.create_user("Paula Plain", plain).await.unwrap();
    sign_up(client, &network(9_999), waits, PASSWORD)
        .await
        .expect(201);
    let (ada, acme) = world.organisation().await;
    world.identity_provider(&acme, "example.com").await;
    let mut invites = Vec::new();
    for address in ADDRESSES {
        invites.push(ada.invite(address, "member").await.text_at("/token"));
    }
    invites
}

/// Everything that an answer tells, but for what differs between any two.
fn told(answer: &Answer, email: &str) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = serde_json::to_string_pretty(&answer.body).unwrap();
    let ids = Regex::new("(user|session|invite|saml)_[0-9a-z]{26}").unwrap();
    let body = ids.replace_all(&body, "$1");
    let random = Regex::new(
        "SAMLRequest=[^&\"]+|RelayState=[0-9A-Za-z_-]{43}|\"state\": \"[0-9A-Za-z_-]{43}\"|\
         ct_session_[0-9A-Za-z_-]{43}|198[.]18[.][0-9.]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    );
    let body = random
        .unwrap()
        .replace_all(&body, "random")
        .replace(email, "email");
    format!("{}\n{}\n{body}", answer.status, headers.join("\n"))
}

/// The operations that take an address from anybody are those whose answers leave at an
/// even time, and each is tried.
#[test]
fn every_way_in_is_tried() {
    let mut taking = BTreeSet::new();
    let mut even = BTreeSet::new();
    for document in &*DOCUMENTS {
        for operation in document.operations() {
            if operation.value["x-charter-even-time"] == true {
                even.insert(operation.id);
            }
            let Some((_, content)) = operation.body().filter(|_| operation.is_public()) else {
                continue;
            };
            if document.resolve(&content["schema"])["properties"]
                .get("email")
                .is_some()
            {
                taking.insert(operation.id);
            }
        }
    }
    assert_eq!(taking, even);
    // It tells, and says so; operators can make it stop.
    assert!(taking.remove("connect"));
    assert_eq!(taking, BTreeSet::from(Way::ALL.map(Way::operation)));
}

/// What came of trying a way on an address.
struct Tried {
    told: String,
    work: Work,
    timed: Kept,
}

/// Tries each way on each address, from networks of their own.
async fn try_all(world: &World) -> Vec<(Way, Vec<Tried>)> {
    let client = behind_proxy(world);
    let invites = accounts(world, &client).await;
    let mut tried = Vec::new();
    for (way_number, way) in Way::ALL.into_iter().enumerate() {
        let mut answers = Vec::new();
        for (number, (address, invite)) in ADDRESSES.into_iter().zip(&invites).enumerate() {
            let place = network(10 * way_number + number);
            world.timer.take();
            let (answer, work) = counted(way.try_on(&client, &place, address, invite)).await;
            let timed = world.timer.take();
            let told = told(&answer.expect(way.status()), address);
            answers.push(Tried { told, work, timed });
        }
        tried.push((way, answers));
    }
    tried
}

cases! {
    /// Whatever an address has, the answers are the same, byte by byte but for ids,
    /// tokens and the address itself.
    async fn by_answers(world: World) {
        for (way, answers) in try_all(&world).await {
            for (number, Tried { told, .. }) in answers.iter().enumerate() {
                assert_eq!(*told, answers[0].told, "{way:?}: {}", ADDRESSES[number]);
            }
        }
    }

    /// And the same work is done: the same statements in the same order, and as
    /// many hashes of passwords.
    async fn by_work(world: World) {
        for (way, answers) in try_all(&world).await {
            for (number, Tried { work, .. }) in answers.iter().enumerate() {
                assert_eq!(*work, answers[0].work, "{way:?}: {}", ADDRESSES[number]);
            }
            let hashes = match way {
                Way::SignInWrong => 1,
                Way::SignUp | Way::SignUpGenerated | Way::SignUpInvited => 2,
                Way::SignUpWeak | Way::Forgot | Way::Resend | Way::SingleSignOn => 0,
            };
            assert_eq!(answers[0].work.hashes(), hashes, "{way:?}");
        }
    }

    /// And the answer waits until the work, which takes a little longer where rows are
    /// found, has taken an even time. What is done aside, such as judging, comparing and
    /// hashing a password, is no part of that.
    async fn by_time(world: World) {
        for (way, answers) in try_all(&world).await {
            let aside = match way {
                Way::Forgot | Way::Resend => 0,
                Way::SignInWrong | Way::SignUpWeak | Way::SingleSignOn => 1,
                Way::SignUpGenerated => 2,
                Way::SignUp | Way::SignUpInvited => 3,
            };
            for (address, Tried { timed, .. }) in ADDRESSES.into_iter().zip(answers) {
                let uncounted = timed.uncounted();
                assert_eq!(uncounted.len(), aside, "{way:?}: {address}");
                let leaves = timed.told[0] + uncounted.iter().sum::<Duration>() + EVEN_TIME;
                assert_eq!(timed.waited_for, [leaves], "{way:?}: {address}");
            }
        }
    }

    /// The counting bites: the right password takes other work than a wrong one.
    async fn by_work_that_differs(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, "known@example.com").await;
        let place = network(1);
        let (wrong, first) = counted(sign_in(&client, &place, "known@example.com", WRONG)).await;
        let (right, second) = counted(sign_in(&client, &place, "known@example.com", PASSWORD)).await;
        wrong.expect(401);
        right.expect(200);
        assert_ne!(first, second);
        assert!(first.0.len() > 2 && second.0.len() > first.0.len(), "{first:#?} {second:#?}");
    }

    /// Addresses are slowed down alike, whether or not there is an account behind.
    async fn by_limits(world: World) {
        let client = behind_proxy(&world);
        accounts(&world, &client).await;
        world.clock.advance(2 * 86_400);
        let mut courses = Vec::new();
        for (number, address) in ADDRESSES.into_iter().enumerate() {
            let mut course = Vec::new();
            for attempt in 0..25 {
                let place = network(100 * number + attempt / 4);
                let answer = sign_in(&client, &place, address, WRONG).await;
                let wait = answer.headers.get("retry-after").cloned();
                course.push((answer.status.as_u16(), wait));
            }
            courses.push(course);
        }
        for course in &courses {
            assert_eq!(*course, courses[0]);
        }
        assert!(courses[0].iter().any(|(status, _)| *status == 429));
    }

    /// `connect` tells which way an address signs in. Where the operator has it keep that
    /// to itself, all addresses look alike, and take the same work.
    async fn by_connect_that_conceals(world: World) {
        accounts(&world, &behind_proxy(&world)).await;
        // And one that signs in elsewhere.
        world.providers.say(Says { email: Some("other@example.com"), ..Says::default() });
        let token = json!({"access_token": "a-token"});
        world.anonymous.call("signInWithGithub").json(&token).send().await.expect(200);
        let options = IdentityOptions { connect: Connect::Conceal, ..identity() };
        let world = world.with_identity(options).await;
        let client = behind_proxy(&world);
        let mut answers = Vec::new();
        for (number, address) in ADDRESSES.into_iter().chain(["other@example.com"]).enumerate() {
            let place = network(number);
            world.timer.take();
            let (answer, work) = counted(ask(&client, "connect", &place, address)).await;
            answers.push((told(&answer.expect(200), address), work));
            assert_eq!(world.timer.take().waited_for.len(), 1, "{address}");
        }
        for answer in &answers {
            assert_eq!(*answer, answers[0]);
        }
        assert!(!answers[0].1.0.is_empty());
    }

    /// Links lead to one account each: a guess finds none, and is told no more.
    async fn by_links(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, "known@example.com").await;
        let guess = "A".repeat(43);
        let place = network(1);
        for operation in ["validateResetToken", "confirmAccount", "validateInviteToken"] {
            from(&client, operation, &place).path("token", &guess).send().await.expect(404);
        }
        let passwords = json!({"newPassword": ANOTHER, "confirmPassword": ANOTHER});
        from(&client, "resetPassword", &place).path("token", &guess).json(&passwords).send().await.expect(404);
        sign_up_invited(&client, &place, &guess, "known@example.com", PASSWORD).await.expect(404);
    }

    /// An organisation that one does not belong to shows nothing of itself, nor of
    /// its people.
    async fn by_workspace(world: World) {
        let client = behind_proxy(&world);
        let (Person { .. }, theirs) = world.strangers().await;
        let session = account(&world, &client, "known@example.com").await;
        let unknown = "org_01kghch8h0emq8k9w39qsaekf4";
        let mut seen = Vec::new();
        for (number, workspace) in [theirs.as_str(), unknown].into_iter().enumerate() {
            let answer = from(&client, "signIn", &network(number))
                .header("x-workspace-id", workspace)
                .json(&json!({"email": "known@example.com", "password": PASSWORD}))
                .send()
                .await
                .expect(200);
            assert_eq!(answer.body["user"]["company"], Value::Null);
            let here = client.with_key(&session);
            let asked = here.call("getCurrentUser").header("x-workspace-id", workspace).send().await;
            seen.push((asked.expect(404).text_at("/detail"), answer.body["flow"].clone()));
        }
        assert_eq!(seen[0], seen[1]);
    }
}
