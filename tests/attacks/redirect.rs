//! Sending people elsewhere: by headers that name another host, and by addresses
//! that look like one.

use charter_server::configuration::Configuration;
use poem::http::{HeaderMap, Uri, header};
use poem::{Request as HttpRequest, Response};
use serde_json::json;

use super::people::{HOME, PASSWORD, ask, behind_proxy, from, mails_to, network, person, sign_up};
use crate::cases;
use crate::matrix::request::Request;
use crate::support::document::{self, Operation};
use crate::support::{Client, World};

const EVIL: &str = "evil.example";

/// Headers by which a request says where it is being served.
const HEADERS: [(&str, &str); 9] = [
    ("host", EVIL),
    ("x-forwarded-host", EVIL),
    ("x-forwarded-server", EVIL),
    ("x-forwarded-proto", "http"),
    ("x-original-url", "https://evil.example/"),
    ("x-rewrite-url", "https://evil.example/"),
    ("forwarded", "host=evil.example;proto=http"),
    ("origin", "https://evil.example"),
    ("referer", "https://evil.example/"),
];

/// Paths that a careless server answers with a redirect.
const PATHS: [&str; 17] = [
    "/",
    "/docs",
    "/docs/",
    "/confirm?token=x&next=https://evil.example",
    "/reset?token=x&redirect=//evil.example",
    "/invite?token=x",
    "/invite?token=x&next=https://evil.example",
    "/invite?//evil.example",
    "//evil.example",
    "//evil.example/",
    "//evil.example/%2f..",
    "/%2fevil.example",
    "/%5cevil.example",
    "/docs//evil.example",
    "/invite/../..//evil.example",
    "/objects//evil.example?file_name=evil.example&expires=1&signature=x",
    "https://evil.example/invite?token=x",
];

/// With and without a proxy that would be believed.
fn services(world: &World) -> [Client; 2] {
    [0, 1].map(|proxy_hops| {
        let configuration = Configuration {
            proxy_hops,
            ..Configuration::default()
        };
        world.serve(&world.store, &configuration)
    })
}

/// A `Location` leads to a path of this server, or to a page at the address that it was
/// configured with.
#[track_caller]
fn assert_stays(headers: &HeaderMap, what: &str) {
    for (name, value) in headers {
        let value = value.to_str().unwrap();
        if name == header::LOCATION {
            let bytes = value.as_bytes();
            let path = bytes[0] == b'/' && !matches!(bytes.get(1), Some(b'/' | b'\\'));
            let here = path || value.starts_with("https://charter.example/");
            assert!(here, "{what} leads to {value}");
        } else {
            assert!(!value.contains(EVIL), "{what}: {name}: {value}");
        }
    }
}

async fn text(response: Response) -> String {
    String::from_utf8_lossy(&response.into_body().into_vec().await.unwrap()).into_owned()
}

cases! {
    /// Every operation, told by every header that it is somewhere else.
    async fn by_headers(world: World) {
        let (ada, _) = world.organisation().await;
        for service in services(&world) {
            let client = Client { key: ada.client.key.clone(), ..service };
            let mut operations = document::operations();
            // Those that end what the others need come last.
            operations.sort_by_key(|operation| operation.method == "DELETE");
            for operation in operations {
                let mut request = Request::plain(operation);
                request.headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned())));
                let answer = request.send(&client).await;
                assert_stays(&answer.headers, operation.id);
                assert!(!answer.body.to_string().contains(EVIL), "{}: {}", operation.id, answer.body);
            }
        }
    }

    /// Every path that is made to look like another host.
    async fn by_paths(world: World) {
        for service in services(&world) {
            for path in PATHS {
                let mut request = HttpRequest::builder().uri(path.parse::<Uri>().unwrap());
                for (name, value) in HEADERS {
                    request = request.header(name, value);
                }
                let response = service.send(request.finish()).await;
                assert_stays(response.headers(), path);
                if response.status().is_redirection() {
                    let location = response.headers()[header::LOCATION].to_str().unwrap();
                    let known = ["/docs/", "/v1/organisations/invites/preview"];
                    assert!(known.iter().any(|start| location.starts_with(start)), "{location}");
                }
                let page = text(response).await;
                assert!(!page.contains(EVIL), "{path}: {page}");
            }
        }
    }

    /// Every mail that a request can bring about.
    async fn by_mail(world: World) {
        let (ada, _) = world.organisation().await;
        for (number, service) in services(&world).into_iter().enumerate() {
            let email = format!("ines{number}@example.com");
            let told = |client: &Client, operation: Operation<'static>, body| {
                let mut request = Request::plain(operation).with(&body);
                request.headers.extend(HEADERS.map(|(name, value)| (name, value.to_owned())));
                let client = client.clone();
                async move { request.send(&client).await }
            };
            let body = person(&email, PASSWORD);
            told(&service, document::operation("signUp"), body).await.expect(201);
            for operation in ["resendConfirmation", "forgotPassword"] {
                let body = json!({ "email": email });
                told(&service, document::operation(operation), body).await.expect(200);
            }
            let admin = Client { key: ada.client.key.clone(), ..service };
            let body = json!({ "email": email });
            let invite = told(&admin, document::operation("createInvite"), body).await.expect(201);
            assert!(invite.text_at("/invite_url").starts_with("https://charter.example/"));
            let mails = mails_to(&world, &email).await;
            assert_eq!(mails.len(), 4);
            for mail in mails {
                let said = format!("{} {} {:?}", mail.subject, mail.text, mail.variables);
                assert!(!said.contains(EVIL), "{said}");
                let links: Vec<&str> = mail.text.split_whitespace().filter(|word| word.contains("://")).collect();
                assert_eq!(links.len(), 1);
                assert!(links[0].starts_with("https://charter.example/"), "{links:?}");
            }
        }
    }

    /// No request names a place to go to afterwards: what looks like it is refused.
    async fn by_members(world: World) {
        let client = behind_proxy(&world);
        sign_up(&client, HOME, "known@example.com", PASSWORD).await.expect(201);
        let mut number = 0;
        for operation in ["signUp", "signIn", "forgotPassword", "resendConfirmation", "connect"] {
            for member in ["redirect", "redirectUri", "returnTo", "next", "url", "callback", "confirm_url"] {
                let mut body = json!({ "email": "known@example.com" });
                if operation.starts_with("sign") {
                    body = person("known@example.com", PASSWORD);
                }
                body[member] = json!("https://evil.example/");
                let place = network(number);
                number += 1;
                from(&client, operation, &place).json(&body).send().await.expect(400);
            }
        }
        ask(&client, "forgotPassword", HOME, "known@example.com").await.expect(200);
    }
}
