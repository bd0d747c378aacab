//! Signing in at real identity providers, npm's samlp and PyPI's pysaml2, by the way of a
//! browser, with the service as a process that somebody has set up by its commands.
//!
//! The service stands behind a proxy that ends TLS, as it does in the world: what is sent to
//! its public address arrives at its port.

use std::process::Command;

use charter_issuer::programs::{Serving, pysaml2_server, samlp_server};
use charter_issuer::{EMAIL_FORMAT, Form, keys};
use reqwest::Method;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::support::client::encoded;
use crate::support::database::Database;
use crate::support::process::Charter;
use crate::support::saml::{ACS, PAGE, SERVICE};
use crate::support::visitor::Visitor;

const MARA: &str = "mara@northwind.example";

/// Starts a provider that signs Mara in.
fn provider(command: Command, signs: &str, service_provider: &str) -> Serving {
    let key_file = keys::folder().join("provider.key.pem");
    Serving::start(
        command,
        &json!({
            "key": key_file,
            "certificate": keys::folder().join("provider.pem"),
            "service_provider": service_provider,
            "service_certificate": keys::SERVICE,
            "acs": ACS,
            "signs": signs,
            "algorithm": "sha256",
            "name_id_format": EMAIL_FORMAT,
            "person": {
                "name_id": MARA,
                "email": MARA,
                "first_name": "Mara",
                "last_name": "Olsen",
                "display_name": "Mara Olsen & <S\u{f8}n>",
            },
        }),
    )
}

/// A person's browser.
struct Browser(reqwest::Client);

impl Browser {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none());
        Self(client.build().unwrap())
    }

    /// Opens the page of a provider.
    async fn open(&self, url: &str) -> Form {
        let response = self.0.get(url).send().await.unwrap();
        let (status, page) = (response.status(), response.text().await.unwrap());
        assert_eq!(status.as_u16(), 200, "{page}");
        Form::read(&page)
    }

    /// Posts the form to the service, and says where that sends it.
    async fn post(&self, form: &Form, visitor: &Visitor) -> String {
        assert_eq!(form.action, ACS);
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = ACS.strip_prefix("https://charter.example").unwrap();
        let request = visitor
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "null")
            .body(encoded(&fields))
            .build()
            .unwrap();
        let response = self.0.execute(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    }
}

/// The whole way, twice: the account is new, and then it is known.
async fn story(database: Database, command: Option<Command>, signs: &str) {
    let Some(command) = command else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (
        folder.path().join("key.pem"),
        folder.path().join("certificate.pem"),
    );
    std::fs::write(&key, keys::SERVICE_KEY).unwrap();
    std::fs::write(&certificate, keys::SERVICE).unwrap();
    let charter = Charter::new(
        &database.url,
        &[
            ("CHARTER_PUBLIC_URL", "https://charter.example"),
            ("CHARTER_IDENTITY_SAML_KEY_FILE", key.to_str().unwrap()),
            (
                "CHARTER_IDENTITY_SAML_CERTIFICATE_FILE",
                certificate.to_str().unwrap(),
            ),
        ],
    );
    let ada = ["--name", "Ada", "--email", "ada@example.com"];
    charter
        .run(&[["user", "create", "--json"].as_slice(), &ada].concat())
        .await;
    let admin = charter
        .run(&["key", "create", "--json", "--user", "ada@example.com"])
        .await;
    let admin = admin["key"].as_str().unwrap();
    let serving = charter.serve().await;
    let visitor = Visitor::of(&serving);
    let found = visitor
        .request(Method::POST, "/v1/organisations")
        .bearer_auth(admin)
        .json(&json!({"name": "Northwind Research"}));
    let organisation = visitor.expect(201, found).await;
    let organisation = organisation["id"].as_str().unwrap();

    // Each is told of the other.
    let metadata = visitor
        .request(Method::GET, "/v2/auth/saml/metadata")
        .send()
        .await
        .unwrap();
    let metadata = metadata.text().await.unwrap();
    assert!(metadata.contains(SERVICE), "{metadata}");
    let provider = provider(command, signs, &metadata);
    let file = folder.path().join("provider.xml");
    std::fs::write(&file, &provider.metadata).unwrap();
    let added = charter
        .run(&[
            "saml",
            "add",
            "--json",
            "--organisation",
            organisation,
            "--metadata",
            file.to_str().unwrap(),
            "--domain",
            "northwind.example",
        ])
        .await;
    assert_eq!(added["entity_id"], provider.entity_id.as_str());

    let browser = Browser::new();
    let mut tokens = Vec::new();
    for is_new in [true, false] {
        let begun = visitor
            .post(200, "/v2/auth/saml", &json!({ "email": MARA }))
            .await;
        assert_eq!(begun["id"], added["id"]);
        let url = begun["url"].as_str().unwrap();
        assert!(url.contains("&Signature="), "{url}");
        let form = browser.open(url).await;
        let location = browser.post(&form, &visitor).await;
        let ticket = location.strip_prefix(&format!("{PAGE}?ticket="));
        let ticket = ticket.unwrap_or_else(|| panic!("{location}"));
        let redeem = |state: &Value| json!({"ticket": ticket, "state": state});
        // Somebody who has seen the ticket alone.
        let guess = json!("uT5wJq8LexampleEXAMPLEexampleEXAMPLEexample");
        visitor
            .post(401, "/v2/auth/saml/ticket", &redeem(&guess))
            .await;
        let session = visitor
            .post(200, "/v2/auth/saml/ticket", &redeem(&begun["state"]))
            .await;
        assert_eq!(session["isNew"], is_new);
        assert_eq!(session["user"]["displayName"], "Mara Olsen & <S\u{f8}n>");
        assert_eq!(session["user"]["company"]["_id"], organisation);
        visitor
            .post(401, "/v2/auth/saml/ticket", &redeem(&begun["state"]))
            .await;

        // The session is good for every other document.
        let token = session["token"].as_str().unwrap().to_owned();
        let members = visitor
            .request(Method::GET, "/v1/organisations/members")
            .bearer_auth(&token);
        let members = visitor.expect(200, members).await;
        assert_eq!(members["members"].as_array().unwrap().len(), 2);
        tokens.push(token);

        // The form once more: it has been answered.
        let location = browser.post(&form, &visitor).await;
        assert_eq!(location, format!("{PAGE}?error=assertion-refused"));
    }
    let out = visitor
        .request(Method::POST, "/v2/auth/signout")
        .bearer_auth(&tokens[0]);
    visitor.expect(204, out).await;
    let gone = visitor
        .request(Method::GET, "/v2/auth/me")
        .bearer_auth(&tokens[0]);
    visitor.expect(401, gone).await;
    let here = visitor
        .request(Method::GET, "/v2/auth/me")
        .bearer_auth(&tokens[1]);
    visitor.expect(200, here).await;

    // A request that somebody changes on its way is not answered.
    let begun = visitor
        .post(200, "/v2/auth/saml", &json!({ "email": MARA }))
        .await;
    let changed = begun["url"]
        .as_str()
        .unwrap()
        .replacen("RelayState=", "RelayState=x", 1);
    let response = browser.0.get(changed).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    serving.stop().await;
}

mod samlp {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        story(Database::sqlite(), samlp_server(), "assertion").await;
    }

    #[tokio::test]
    async fn postgres() {
        story(Database::postgres().await, samlp_server(), "response").await;
    }
}

mod pysaml2 {
    use super::*;

    #[tokio::test]
    async fn sqlite() {
        story(Database::sqlite(), pysaml2_server(), "both").await;
    }

    #[tokio::test]
    async fn postgres() {
        story(Database::postgres().await, pysaml2_server(), "assertion").await;
    }
}
