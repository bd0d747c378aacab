//! A server on this machine that answers as the four providers document it, and
//! the port that asks it.

use std::sync::{Arc, Mutex};

use charter_contract::Clock;
use charter_persistence::SignInProviders;
use charter_social::{
    EmailTrust, FacebookAddresses, GithubAddresses, GoogleAddresses, LinkedinAddresses,
    OpenIdEndpoints, Registration, Secret, Settings,
};
use serde_json::{Value, json};

use super::loopback::{Answer, Loopback, Seen};

/// By which name the providers know this server.
pub const CLIENT: &str = "charter";

/// The secret that goes with it.
pub const SECRET: &str = "the-secret-of-charter-at-the-provider";

/// What every provider says.
#[derive(Clone)]
pub struct Says {
    /// Who it is there.
    pub subject: u64,
    /// The address.
    pub email: &'static str,
    /// Whether that is theirs.
    pub verified: bool,
    /// Whom the access token was made for.
    pub client: &'static str,
    /// Whether it answers at all.
    pub up: bool,
}

impl Default for Says {
    fn default() -> Self {
        Self {
            subject: 583_231,
            email: "ines@northwind.example",
            verified: true,
            client: CLIENT,
            up: true,
        }
    }
}

/// The providers of a world.
pub struct TestProviders {
    server: Arc<Loopback>,
    says: Arc<Mutex<Says>>,
}

impl TestProviders {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let says = Arc::new(Mutex::new(Says::default()));
        let said = says.clone();
        let server = Loopback::start(move |request| {
            let says = said.lock().unwrap().clone();
            answer(&says, request)
        })
        .await;
        Self { server, says }
    }

    /// From now on they say something else.
    pub fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// What asks them.
    pub fn port(&self, clock: Arc<dyn Clock>) -> Arc<dyn SignInProviders> {
        charter_server::social::providers(&self.settings(), clock).unwrap()
    }

    fn settings(&self) -> Settings {
        let at = |path: &str| self.server.at(path);
        let endpoints = |at: &dyn Fn(&str) -> String| OpenIdEndpoints {
            token: at("/openid/token"),
            keys: at("/openid/keys"),
            user_info: at("/openid/userinfo"),
        };
        Settings {
            facebook: Some(Registration {
                // Facebook tells of no address whether it is verified.
                email_trust: EmailTrust::Always,
                ..registered(
                    "facebook",
                    FacebookAddresses {
                        authorization: at("/facebook/dialog/oauth"),
                        token: at("/facebook/oauth/access_token"),
                        graph: at("/facebook"),
                    },
                )
            }),
            github: Some(registered(
                "github",
                GithubAddresses {
                    authorization: at("/github/login/oauth/authorize"),
                    token: at("/github/login/oauth/access_token"),
                    api: at("/github/api"),
                },
            )),
            google: Some(registered(
                "google",
                GoogleAddresses {
                    authorization: at("/openid/auth"),
                    issuer: at("/openid"),
                    endpoints: Some(endpoints(&at)),
                    token_info: at("/google/tokeninfo"),
                },
            )),
            linkedin: Some(registered(
                "linkedin",
                LinkedinAddresses {
                    authorization: at("/openid/auth"),
                    issuer: at("/openid"),
                    endpoints: Some(endpoints(&at)),
                    introspection: at("/linkedin/introspectToken"),
                },
            )),
        }
    }
}

fn registered<A: Default>(name: &str, addresses: A) -> Registration<A> {
    let redirects = vec![format!("https://charter.example/oauth/{name}")];
    Registration {
        addresses,
        ..Registration::new(CLIENT, Secret::new(SECRET), redirects)
    }
}

/// As the providers document it, for any access token but `unknown`, and for no
/// code.
fn answer(says: &Says, request: &Seen) -> Answer {
    let Says {
        subject,
        email,
        verified,
        client,
        up,
    } = says;
    if !up {
        return Answer::json(503, json!({}));
    }
    let token = [&request.body, &request.query.get("input_token").cloned().unwrap_or_default()]
        .iter()
        .any(|text| text.contains("unknown"))
        || request.headers.get("authorization").is_some_and(|text| text.ends_with("unknown"));
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/openid/token" | "/github/login/oauth/access_token") => {
            Answer::json(400, json!({"error": "invalid_grant"}))
        }
        (_, "/facebook/oauth/access_token") => Answer::json(400, graph_error(100)),
        ("POST", "/google/tokeninfo") if token => {
            Answer::json(400, json!({"error": "invalid_token"}))
        }
        ("POST", "/google/tokeninfo") => {
            Answer::json(200, json!({"aud": client, "azp": client, "sub": subject.to_string()}))
        }
        ("POST", "/linkedin/introspectToken") if token => {
            Answer::json(200, json!({"active": false}))
        }
        ("POST", "/linkedin/introspectToken") => {
            Answer::json(200, json!({"active": true, "client_id": client}))
        }
        ("GET", "/openid/userinfo") => Answer::json(
            200,
            json!({
                "sub": subject.to_string(), "email": email, "email_verified": verified,
                "name": "Ines Laurent", "given_name": "Ines", "family_name": "Laurent",
                "locale": "pt-BR",
            }),
        ),
        ("POST", "/github/api/applications/charter/token") if token => {
            Answer::json(404, json!({"message": "Not Found"}))
        }
        ("POST", "/github/api/applications/charter/token") => Answer::json(
            200,
            json!({"app": {"client_id": client}, "user": {"login": "ines", "id": subject}}),
        ),
        ("GET", "/github/api/user") => {
            Answer::json(200, json!({"login": "ines", "id": subject, "name": "Ines Laurent"}))
        }
        ("GET", "/github/api/user/emails") => {
            Answer::json(200, json!([{"email": email, "primary": true, "verified": verified}]))
        }
        ("GET", "/facebook/debug_token") if token => Answer::json(400, graph_error(190)),
        ("GET", "/facebook/debug_token") => Answer::json(
            200,
            json!({"data": {
                "app_id": client, "type": "USER", "is_valid": true, "expires_at": 0,
                "user_id": subject.to_string(),
            }}),
        ),
        ("GET", "/facebook/me") => Answer::json(
            200,
            json!({
                "id": subject.to_string(), "name": "Ines Laurent", "first_name": "Ines",
                "last_name": "Laurent", "email": verified.then_some(*email),
            }),
        ),
        (method, path) => panic!("{method} {path}"),
    }
}

fn graph_error(code: i64) -> Value {
    json!({"error": {"message": "no", "type": "OAuthException", "code": code}})
}
