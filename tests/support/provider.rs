//! A server on this machine that answers as the four providers document it, and
//! the port that asks it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use charter_api_identity::models::{Provider, SocialProvider, SocialSignIn};
use charter_contract::{Clock, async_trait};
use charter_loopback::{Answer, CLIENT, Loopback, SECRET, Seen};
use charter_persistence::{NotVouched, SignInProviders, VouchedPerson};
use charter_social::{
    EmailTrust, FacebookAddresses, GithubAddresses, GoogleAddresses, LinkedinAddresses,
    OpenIdEndpoints, Registration, Secret, Settings,
};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// What every provider says.
#[derive(Clone)]
pub struct Says {
    /// Who it is there.
    pub subject: u64,
    /// What the person is called there, where people have logins.
    pub login: &'static str,
    /// The address, if it shows one.
    pub email: Option<&'static str>,
    /// Whether that is theirs.
    pub verified: bool,
    /// The first name and the last name.
    pub name: Option<(&'static str, &'static str)>,
    /// The language, where the provider knows of such a thing.
    pub locale: &'static str,
    /// Whom the access token was made for.
    pub client: &'static str,
    /// Whether it answers at all.
    pub up: bool,
}

impl Default for Says {
    fn default() -> Self {
        Self {
            subject: 583_231,
            login: "ines",
            email: Some("ines@northwind.example"),
            verified: true,
            name: Some(("Ines", "Laurent")),
            locale: "pt-BR",
            client: CLIENT,
            up: true,
        }
    }
}

impl Says {
    fn whole_name(&self) -> Option<String> {
        self.name.map(|(first, last)| format!("{first} {last}"))
    }
}

/// The providers of a world. They take any access token and any code that does not
/// have `unknown` in it, a code once; only that OpenID providers sign what they say
/// about a code, which these cannot: they take none.
pub struct TestProviders {
    server: Arc<Loopback>,
    says: Arc<Mutex<Says>>,
}

impl TestProviders {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let says = Arc::new(Mutex::new(Says::default()));
        let said = says.clone();
        let spent = Mutex::new(BTreeSet::new());
        let server = Loopback::start(move |request| {
            let says = said.lock().unwrap().clone();
            answer(&says, &spent, request)
        })
        .await;
        Self { server, says }
    }

    /// From now on they say something else.
    pub fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// What they were asked so far.
    pub fn asked(&self) -> Vec<Seen> {
        self.server.seen()
    }

    /// What asks them.
    pub fn port(&self, clock: Arc<dyn Clock>) -> Arc<dyn SignInProviders> {
        asking(self.settings(), clock)
    }

    /// Where they are, but for the addresses that people are sent to, which nobody
    /// here asks for.
    pub fn settings(&self) -> Settings {
        let at = |path: &str| self.server.at(path);
        let endpoints = || OpenIdEndpoints {
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
                        token: at("/facebook/oauth/access_token"),
                        graph: at("/facebook"),
                        ..FacebookAddresses::default()
                    },
                )
            }),
            github: Some(registered(
                "github",
                GithubAddresses {
                    token: at("/github/login/oauth/access_token"),
                    api: at("/github/api"),
                    ..GithubAddresses::default()
                },
            )),
            google: Some(registered(
                "google",
                GoogleAddresses {
                    issuer: at("/openid"),
                    endpoints: Some(endpoints()),
                    token_info: at("/google/tokeninfo"),
                    ..GoogleAddresses::default()
                },
            )),
            linkedin: Some(registered(
                "linkedin",
                LinkedinAddresses {
                    issuer: at("/openid"),
                    endpoints: Some(endpoints()),
                    introspection: at("/linkedin/introspectToken"),
                    ..LinkedinAddresses::default()
                },
            )),
        }
    }
}

/// With the redirect addresses of the document's examples.
fn registered<A: Default>(name: &str, addresses: A) -> Registration<A> {
    let redirects = vec![format!("https://charter.example/oauth/{name}")];
    Registration {
        addresses,
        ..Registration::new(CLIENT, Secret::new(SECRET), redirects)
    }
}

/// The configuration file of an operator who has set these up. It is gone when it is
/// dropped.
pub fn configured(settings: &Settings) -> NamedTempFile {
    let mut text = String::new();
    write_table(
        "identity",
        &serde_json::to_value(settings).unwrap(),
        &mut text,
    );
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Texts and lists of them are written in TOML as they are in JSON.
fn write_table(name: &str, table: &Value, text: &mut String) {
    let (tables, values): (Vec<_>, Vec<_>) = table
        .as_object()
        .unwrap()
        .iter()
        .partition(|(_, value)| value.is_object());
    writeln!(text, "[{name}]").unwrap();
    for (key, value) in values {
        writeln!(text, "{key} = {value}").unwrap();
    }
    for (key, table) in tables {
        write_table(&format!("{name}.{key}"), table, text);
    }
}

/// The port by which the service asks these providers.
pub fn asking(settings: Settings, clock: Arc<dyn Clock>) -> Arc<dyn SignInProviders> {
    Arc::new(Asking {
        settings,
        clock,
        port: OnceLock::new(),
    })
}

/// The real port, made when it is first used: most worlds never do, and its HTTP
/// client reads every certificate of the machine.
struct Asking {
    settings: Settings,
    clock: Arc<dyn Clock>,
    port: OnceLock<Arc<dyn SignInProviders>>,
}

impl Asking {
    fn port(&self) -> &dyn SignInProviders {
        let port = self.port.get_or_init(|| {
            let builder = Client::builder().no_proxy();
            charter_server::social::providers(&self.settings, builder, self.clock.clone()).unwrap()
        });
        port.as_ref()
    }
}

#[async_trait]
impl SignInProviders for Asking {
    fn offers(&self) -> Vec<Provider> {
        self.port().offers()
    }

    async fn person(
        &self,
        provider: SocialProvider,
        proof: SocialSignIn,
    ) -> Result<VouchedPerson, NotVouched> {
        self.port().person(provider, proof).await
    }
}

/// As the providers document it.
fn answer(says: &Says, spent: &Mutex<BTreeSet<String>>, request: &Seen) -> Answer {
    if !says.up {
        return Answer::json(503, json!({}));
    }
    let Says {
        subject,
        login,
        email,
        verified,
        client,
        locale,
        ..
    } = says;
    let (first, last) = says.name.unzip();
    let name = says.whole_name();
    let known = !is_unknown(request);
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/openid/keys") => Answer::json(200, json!({"keys": []})),
        ("POST", "/openid/token") => Answer::json(400, json!({"error": "invalid_grant"})),
        ("POST", "/github/login/oauth/access_token") => match redeemed(spent, request) {
            Some(token) => Answer::json(
                200,
                json!({"access_token": token, "token_type": "bearer", "scope": "user:email"}),
            ),
            // GitHub says no with 200.
            None => Answer::json(200, json!({"error": "bad_verification_code"})),
        },
        (_, "/facebook/oauth/access_token") => match redeemed(spent, request) {
            Some(token) => Answer::json(
                200,
                json!({"access_token": token, "token_type": "bearer", "expires_in": 5_184_000}),
            ),
            None => Answer::json(400, graph_error(100)),
        },
        ("POST", "/google/tokeninfo") if known => Answer::json(
            200,
            json!({"aud": client, "azp": client, "sub": subject.to_string()}),
        ),
        ("POST", "/google/tokeninfo") => Answer::json(400, json!({"error": "invalid_token"})),
        ("POST", "/linkedin/introspectToken") if known => {
            Answer::json(200, json!({"active": true, "client_id": client}))
        }
        ("POST", "/linkedin/introspectToken") => Answer::json(200, json!({"active": false})),
        ("GET", "/openid/userinfo") => Answer::json(
            200,
            json!({
                "sub": subject.to_string(), "email": email, "email_verified": verified,
                "name": name, "given_name": first, "family_name": last, "locale": locale,
            }),
        ),
        ("POST", "/github/api/applications/charter/token") if known => Answer::json(
            200,
            json!({"app": {"client_id": client}, "user": {"login": login, "id": subject}}),
        ),
        ("POST", "/github/api/applications/charter/token") => {
            Answer::json(404, json!({"message": "Not Found"}))
        }
        ("GET", "/github/api/user") => Answer::json(
            200,
            json!({"login": login, "id": subject, "name": name, "email": null}),
        ),
        ("GET", "/github/api/user/emails") => {
            let primary =
                email.map(|email| json!({"email": email, "primary": true, "verified": verified}));
            Answer::json(200, Value::from_iter(primary))
        }
        ("GET", "/facebook/debug_token") if known => Answer::json(
            200,
            json!({"data": {
                "app_id": client, "type": "USER", "is_valid": true, "expires_at": 0,
                "user_id": subject.to_string(),
            }}),
        ),
        ("GET", "/facebook/debug_token") => Answer::json(
            200,
            json!({"data": {"is_valid": false, "error": {"code": 190, "message": "no"}}}),
        ),
        ("GET", "/facebook/me") => Answer::json(
            200,
            json!({
                "id": subject.to_string(), "name": name, "first_name": first, "last_name": last,
                // It shows no other.
                "email": email.filter(|_| *verified),
            }),
        ),
        (method, path) => panic!("{method} {path}"),
    }
}

/// Whether the access token that a request is about is none.
fn is_unknown(request: &Seen) -> bool {
    let Seen {
        query,
        headers,
        body,
        ..
    } = request;
    [
        Some(body),
        query.get("input_token"),
        headers.get("authorization"),
    ]
    .into_iter()
    .flatten()
    .any(|text| text.contains("unknown"))
}

/// The access token for a code that is one and was not redeemed before.
fn redeemed(spent: &Mutex<BTreeSet<String>>, request: &Seen) -> Option<String> {
    let code = request.form.get("code")?;
    let is_first = spent
        .lock()
        .unwrap()
        .insert(format!("{} {code}", request.path));
    (is_first && !code.contains("unknown")).then(|| format!("token-for-{code}"))
}

fn graph_error(code: i64) -> Value {
    json!({"error": {"message": "no", "type": "OAuthException", "code": code}})
}
