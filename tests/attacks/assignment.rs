//! Members of a body that would make more of somebody than they are.

use charter_issuer::field;
use charter_loopback::VERIFIER;
use charter_persistence::MailTemplate;
use serde_json::{Value, json};

use super::people::{
    ANOTHER, HOME, PASSWORD, account, ask, behind_proxy, confirm, from, mailed_token, network,
    person,
};
use crate::cases;
use crate::support::document::{self, DOCUMENTS};
use crate::support::saml::{redeem, ticket};

const EMAIL: &str = "ines@example.com";

const JSON: &str = "application/json";

/// What a careless server copies into its rows.
fn extras() -> Vec<(&'static str, Value)> {
    vec![
        ("_id", json!("user_01kghcfqpge4ma4jz41b93y214")),
        ("id", json!("user_01kghcfqpge4ma4jz41b93y214")),
        ("userId", json!("user_01kghcfqpge4ma4jz41b93y214")),
        ("status", json!("active")),
        ("confirmed", json!(true)),
        ("confirmed_at", json!(0)),
        (
            "company",
            json!({"_id": "org_01kghch8h0emq8k9w39qsaekf4", "name": "Acme"}),
        ),
        ("organisation_id", json!("org_01kghch8h0emq8k9w39qsaekf4")),
        ("role", json!("admin")),
        ("isAdmin", json!(true)),
        ("admin", json!(true)),
        ("scopes", json!(["*"])),
        ("permissions", json!(["*"])),
        ("provider", json!("saml")),
        ("session", json!({})),
        ("created", json!("2020-01-01T00:00:00Z")),
        ("__proto__", json!({"roles": "admin"})),
    ]
}

/// The operations of the identity document that take a body in JSON, each with one that is
/// good but for what is added.
fn bodies() -> Vec<(&'static str, Value)> {
    vec![
        ("signUp", person(EMAIL, PASSWORD)),
        ("signUpWithInvite", person(EMAIL, PASSWORD)),
        ("signIn", json!({"email": EMAIL, "password": PASSWORD})),
        ("connect", json!({ "email": EMAIL })),
        ("forgotPassword", json!({ "email": EMAIL })),
        ("resendConfirmation", json!({ "email": EMAIL })),
        (
            "resetPassword",
            json!({"newPassword": ANOTHER, "confirmPassword": ANOTHER}),
        ),
        (
            "changePassword",
            json!({"currentPassword": PASSWORD, "newPassword": ANOTHER, "confirmPassword": ANOTHER}),
        ),
        ("signInWithFacebook", json!({"access_token": "a-token"})),
        ("signInWithGithub", json!({"access_token": "a-token"})),
        (
            "signInWithGoogle",
            json!({"code": "a-code", "code_verifier": VERIFIER}),
        ),
        ("signInWithLinkedin", json!({"code": "a-code"})),
        ("startSamlSignIn", json!({ "email": EMAIL })),
        ("completeSamlSignIn", json!({"SAMLResponse": "PHgvPg=="})),
        (
            "redeemSamlTicket",
            json!({"ticket": "vB3kexampleEXAMPLE", "state": "uT5wJq8LexampleEXAMPLE"}),
        ),
    ]
}

#[test]
fn every_body_is_tried() {
    let identity = DOCUMENTS
        .iter()
        .find(|document| document.name == "identity")
        .unwrap();
    let mut taking: Vec<&str> = identity
        .operations()
        .iter()
        // Forms are of browsers, which add what a page has: see `by_fields_of_a_form`.
        .filter(|operation| {
            operation
                .body()
                .is_some_and(|(media_type, _)| media_type == JSON)
        })
        .map(|operation| operation.id)
        .collect();
    let mut tried: Vec<&str> = bodies().iter().map(|(operation, _)| *operation).collect();
    taking.sort_unstable();
    tried.sort_unstable();
    assert_eq!(taking, tried);
}

cases! {
    /// A form may have more fields than the document knows; they do nothing.
    async fn by_fields_of_a_form(world: World) {
        let (ada, acme) = world.organisation().await;
        let provider = world.identity_provider(&acme, "northwind.example").await;
        let begun = world.begin(&provider).await;
        let response = field(&world.issue(&begun, "mara@northwind.example").xml());
        let extras: Vec<(&str, String)> = extras()
            .into_iter()
            .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let mut fields = vec![
            ("SAMLResponse", response.as_str()),
            ("RelayState", begun.asked.relay_state.as_deref().unwrap()),
            ("email", "ada@example.com"),
            ("roles", "admin"),
        ];
        fields.extend(extras.iter().map(|(name, text)| (*name, text.as_str())));
        let answer = world.anonymous.call("consumeSamlResponse").form(&fields).send().await.expect(303);
        let answer = redeem(&world.anonymous, &ticket(&answer).unwrap(), &begun.state).await.expect(200);
        assert_eq!(answer.text_at("/user/email"), "mara@northwind.example");
        assert_eq!(answer.body["user"]["roles"], json!(["user"]));
        assert_eq!(answer.text_at("/user/company/_id"), acme);
        assert_ne!(answer.text_at("/user/_id"), ada.id);
    }

    /// What the document does not know is refused, on every operation.
    async fn by_unknown_members(world: World) {
        let client = behind_proxy(&world);
        let session = account(&world, &client, EMAIL).await;
        let before = client.with_key(&session).call("getCurrentUser").send().await.expect(200).body;
        let mut number = 0;
        for (operation, body) in bodies() {
            let caller = if document::operation(operation).is_public() {
                client.clone()
            } else {
                client.with_key(&session)
            };
            for (member, value) in extras() {
                let mut body = body.clone();
                body[member] = value;
                number += 1;
                // Four at most of what is limited by credential.
                if operation == "changePassword" && number % 4 != 0 {
                    continue;
                }
                let answer = from(&caller, operation, &network(number))
                    .path("token", "kq7bC0v1Zf3s9mJ2yXw4RtPd6LhNaUe8")
                    .json(&body)
                    .send()
                    .await
                    .expect(400);
                // Of what may be one of two nobody knows which was meant.
                let pointer = match answer.text_at("/errors/0/keyword").as_str() {
                    "oneOf" => String::new(),
                    _ => format!("/{member}"),
                };
                assert_eq!(answer.text_at("/errors/0/pointer"), pointer, "{operation}");
            }
        }
        assert!(world.providers.asked().is_empty());
        let after = client.with_key(&session).call("getCurrentUser").send().await.expect(200).body;
        assert_eq!(before, after);
    }

    /// Whatever somebody comes as, nothing is granted by it.
    async fn by_roles(world: World) {
        let client = behind_proxy(&world);
        let (_, theirs) = world.strangers().await;
        let roles = ["user", "business", "hunter", "manager", "admin"];
        for (number, role) in roles.into_iter().enumerate() {
            let email = format!("{role}@example.com");
            let mut body = person(&email, PASSWORD);
            body["roles"] = json!(role);
            let place = network(number);
            let signed_up = from(&client, "signUp", &place)
                .header("x-workspace-id", &theirs)
                .json(&body)
                .send()
                .await
                .expect(201);
            assert_eq!(signed_up.body["user"]["roles"], json!([]));
            let link = mailed_token(&world, &email, MailTemplate::Confirm).await;
            let confirmed = confirm(&client, &place, &link).await.expect(200);
            assert_eq!(confirmed.body["user"]["roles"], json!([]));
            assert_eq!(confirmed.body["user"]["company"], Value::Null);
            let session = client.with_key(signed_up.text_at("/token"));
            session.call("getCurrentOrganisation").send().await.expect(404);
            let switch = json!({ "organisation_id": theirs });
            session.call("switchOrganisation").json(&switch).send().await.expect(404);
            world.clock.advance(3_600);
        }
    }

    /// Whatever a provider says of somebody, it grants nothing here.
    async fn by_what_a_provider_says(world: World) {
        let client = behind_proxy(&world);
        let (_, theirs) = world.strangers().await;
        let operations = ["signInWithFacebook", "signInWithGithub", "signInWithGoogle", "signInWithLinkedin"];
        for (number, operation) in operations.into_iter().enumerate() {
            let arrived = from(&client, operation, &network(number))
                .header("x-workspace-id", &theirs)
                .json(&json!({"access_token": "a-token", "scope": "admin owner *"}))
                .send()
                .await
                .expect(200);
            assert_eq!(arrived.body["user"]["roles"], json!([]));
            assert_eq!(arrived.body["user"]["company"], Value::Null);
            let session = client.with_key(arrived.text_at("/token"));
            session.call("getCurrentOrganisation").send().await.expect(404);
            let switch = json!({ "organisation_id": theirs });
            session.call("switchOrganisation").json(&switch).send().await.expect(404);
        }
    }

    /// An invite makes somebody what it says, not what the person says.
    async fn by_roles_beside_an_invite(world: World) {
        let client = behind_proxy(&world);
        let (ada, acme) = world.organisation().await;
        let (olga, elsewhere) = world.strangers().await;
        ada.invite(EMAIL, "member").await;
        let mailed = mailed_token(&world, EMAIL, MailTemplate::Invite).await;
        // An invite to be an admin elsewhere, for somebody else.
        let others = olga.invite("otto@example.com", "admin").await.text_at("/token");
        let mut body = person(EMAIL, PASSWORD);
        body["roles"] = json!("admin");
        body["invite"] = json!(others);
        let joined = from(&client, "signUpWithInvite", HOME)
            .path("token", &mailed)
            .header("x-workspace-id", &elsewhere)
            .json(&body)
            .send()
            .await
            .expect(201);
        assert_eq!(joined.body["user"]["roles"], json!(["user"]));
        assert_eq!(joined.text_at("/user/company/_id"), acme);
        let session = client.with_key(joined.text_at("/token"));
        let invite = json!({ "email": "eve@example.com" });
        session.call("createInvite").json(&invite).send().await.expect(403);
        // Nor does the other invite open anything to whom it is not for.
        let accept = json!({ "token": others });
        session.call("acceptInvite").json(&accept).send().await.expect(403);
        let sign_in = json!({"email": EMAIL, "password": PASSWORD, "invite": others});
        from(&client, "signIn", HOME).json(&sign_in).send().await.expect(403);
        let theirs = olga.client.call("listMembers").send().await.expect(200);
        assert_eq!(theirs.body["members"].as_array().unwrap().len(), 1);
    }

    /// A company of one's own is the one place where one is an admin.
    async fn by_a_company(world: World) {
        let client = behind_proxy(&world);
        let (ada, _) = world.organisation().await;
        let mut body = person(EMAIL, PASSWORD);
        body["roles"] = json!("admin");
        body["companyName"] = json!("Acme");
        let signed_up = from(&client, "signUp", HOME).json(&body).send().await.expect(201);
        let link = mailed_token(&world, EMAIL, MailTemplate::Confirm).await;
        let confirmed = confirm(&client, HOME, &link).await.expect(200);
        assert_eq!(confirmed.body["user"]["roles"], json!(["admin"]));
        let session = client.with_key(signed_up.text_at("/token"));
        let members = session.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 1);
        let theirs = ada.client.call("listMembers").send().await.expect(200);
        assert!(!theirs.body.to_string().contains(EMAIL));
        ask(&client, "resendConfirmation", HOME, EMAIL).await.expect(200);
    }
}
