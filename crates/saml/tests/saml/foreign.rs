//! Two identity providers that others have written take our requests and answer them: pysaml2, which
//! signs with xmlsec1, and samlp, which signs with xml-crypto.
//! What they answered once is in `tests/recorded` and judged everywhere.

use std::env;
use std::fs;
use std::process::Command;

use charter_saml::{Assertion, Expected, IdentityProvider, Refusal, SignatureFault};
use serde_json::{Value, json};

use crate::recorded::{self, Recorded};
use crate::world::{
    ACS, EMAIL_FORMAT, ENTITY_ID, MARA, PROVIDER, SSO, certificate, judged, key, now, provider,
    service, unsigned_service,
};
use charter_issuer::keys;
use charter_issuer::programs::{self, ask};

/// No space: both write it anew before they verify, and not alike.
const RELAY_STATE: &str = "Kd93&\u{e9}/+=";

/// What a provider is asked to do.
#[derive(Clone, Copy)]
struct Job {
    signs: &'static str,
    algorithm: &'static str,
    signed_request: Request,
}

/// Whether our request is signed.
#[derive(Clone, Copy, PartialEq)]
enum Request {
    Signed,
    Unsigned,
    /// Somebody has changed it on its way.
    Changed,
}

const JOBS: &[(&str, Job)] = &[
    ("response-sha256", job("response", "sha256")),
    ("assertion-sha256", job("assertion", "sha256")),
    ("both-sha256", job("both", "sha256")),
    ("neither-sha256", job("neither", "sha256")),
    ("response-sha1", job("response", "sha1")),
    ("assertion-sha1", job("assertion", "sha1")),
];

const fn job(signs: &'static str, algorithm: &'static str) -> Job {
    Job {
        signs,
        algorithm,
        signed_request: Request::Signed,
    }
}

impl Job {
    /// What the provider reads. `random` makes the id of our request.
    fn input(self, random: [u8; 20]) -> Value {
        let ours = match self.signed_request {
            Request::Unsigned => unsigned_service(),
            Request::Signed | Request::Changed => service(),
        };
        let request = ours
            .authn_request(&provider(), RELAY_STATE, random, live_now())
            .unwrap();
        let mut url = request.url.to_string();
        if self.signed_request == Request::Changed {
            url = url.replacen("RelayState=Kd93", "RelayState=Kd94", 1);
        }
        let keys = keys::folder();
        json!({
            "entity_id": PROVIDER,
            "sso_url": SSO,
            "key": keys.join("provider.key.pem"),
            "certificate": keys.join("provider.pem"),
            "service_provider": ours.metadata(),
            "service_certificate": keys.join("service.pem"),
            "signed_request": self.signed_request != Request::Unsigned,
            "request": url,
            "acs": ACS,
            "signs": self.signs,
            "algorithm": self.algorithm,
            "name_id_format": EMAIL_FORMAT,
            "person": {
                "name_id": MARA,
                "email": MARA,
                "first_name": "Mara",
                "last_name": "Olsen",
                "display_name": "Mara Olsen & <Søn>",
            },
        })
    }
}

/// The time of the machine, which the providers go by.
fn live_now() -> chrono::DateTime<chrono::Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "other people's programs know no other clock than the machine's"
    )]
    chrono::Utc::now()
}

/// The providers that are there.
fn providers() -> impl Iterator<Item = (&'static str, Command)> {
    [
        ("pysaml2", programs::pysaml2()),
        ("samlp", programs::samlp()),
    ]
    .into_iter()
    .filter_map(|(by, command)| Some((by, command?)))
}

/// What is to be said of an answer.
fn verdict(job: Job, request: &str) -> Result<&str, Refusal> {
    match (job.signs, job.algorithm) {
        ("neither", _) => Err(Refusal::Signature(SignatureFault::Missing)),
        (_, "sha1") => Err(Refusal::Signature(SignatureFault::Algorithm)),
        _ => Ok(request),
    }
}

#[track_caller]
fn check(by: &str, name: &str, job: Job, answer: &Value) {
    let recorded = Recorded::of(name, answer);
    let judged = recorded.judged(&recorded.xml);
    match (verdict(job, &recorded.request), judged) {
        (Ok(request), Ok(assertion)) => mara(by, request, &assertion),
        (wanted, got) => assert_eq!(got.err(), wanted.err(), "{by} {name}: {}", recorded.xml),
    }
}

#[track_caller]
fn mara(by: &str, request: &str, assertion: &Assertion) {
    assert_eq!(assertion.issuer, PROVIDER);
    assert_eq!(assertion.in_response_to, request);
    assert_eq!(assertion.name_id.value, MARA);
    assert_eq!(assertion.name_id.format.as_deref(), Some(EMAIL_FORMAT));
    assert_eq!(assertion.email, MARA);
    assert_eq!(assertion.first_name.as_deref(), Some("Mara"));
    assert_eq!(assertion.last_name.as_deref(), Some("Olsen"));
    assert_eq!(
        assertion.display_name.as_deref(),
        Some("Mara Olsen & <Søn>")
    );
    assert!(assertion.session_index.is_some(), "{by}");
}

#[test]
fn recorded_responses() {
    for by in ["pysaml2", "samlp"] {
        for (name, job) in JOBS {
            let answer = recorded::answer(&format!("{by}-{name}"));
            check(by, name, *job, &answer);
        }
    }
}

/// The recorded responses at another time, for another service, at another address, in answer to another
/// request, from another provider.
#[test]
fn recorded_responses_are_for_one_moment_and_one_service() {
    for by in ["pysaml2", "samlp"] {
        for name in ["response-sha256", "assertion-sha256", "both-sha256"] {
            let recorded = recorded::named(&format!("{by}-{name}"));
            let expected = recorded.expected();
            let refused = |why, expected: &Expected<'_>| {
                let judged = judged(&recorded.xml, &provider(), expected);
                assert_eq!(judged, Err(why), "{}", recorded.name);
            };
            recorded.judged(&recorded.xml).expect("as it is");
            let later = expected.now + chrono::TimeDelta::minutes(6);
            refused(
                Refusal::Late,
                &Expected {
                    now: later,
                    ..expected
                },
            );
            let earlier = expected.now - chrono::TimeDelta::minutes(2);
            refused(
                Refusal::Early,
                &Expected {
                    now: earlier,
                    ..expected
                },
            );
            let entity_id = "https://elsewhere.example/metadata";
            refused(
                Refusal::Audience,
                &Expected {
                    entity_id,
                    ..expected
                },
            );
            let addresses = &["https://charter.example/v2/auth/saml/callback"][..];
            refused(
                Refusal::Destination,
                &Expected {
                    addresses,
                    ..expected
                },
            );
            let open_request = Some("_other");
            refused(
                Refusal::UnknownRequest,
                &Expected {
                    open_request,
                    ..expected
                },
            );
            let open_request = None;
            refused(
                Refusal::UnknownRequest,
                &Expected {
                    open_request,
                    ..expected
                },
            );

            let other = IdentityProvider::new(
                "https://idp.elsewhere.example/metadata",
                SSO.parse().unwrap(),
                vec![certificate(key!("provider.pem"))],
            );
            let judged = judged(&recorded.xml, &other.unwrap(), &expected);
            assert_eq!(judged, Err(Refusal::Issuer));
        }
    }
}

#[test]
fn recorded_metadata() {
    for by in ["pysaml2", "samlp"] {
        let answer = recorded::answer(&format!("{by}-assertion-sha256"));
        let metadata = answer["metadata"].as_str().unwrap();
        let read = IdentityProvider::from_metadata(metadata, now()).unwrap();
        assert_eq!(read.entity_id(), PROVIDER);
        assert_eq!(read.sso_url().as_str(), SSO);
        assert_eq!(read.certificates(), [certificate(key!("provider.pem"))]);
        assert_eq!(read.name_id_format(), Some(EMAIL_FORMAT));
        assert_eq!(read.wants_signed_requests(), by == "pysaml2");
    }
}

/// They read our metadata and our signed requests, and we read their answers.
#[test]
fn pysaml2_and_samlp() {
    for (turn, (by, mut command)) in (0_u8..).zip(providers()) {
        let random = |number: u8| [16 * turn + number; 20];
        let inputs: Value = (0_u8..)
            .zip(JOBS)
            .map(|(number, (_, job))| job.input(random(number)))
            .collect();
        let answers = ask(&mut command, &inputs);
        assert_eq!(answers.len(), JOBS.len());
        for ((number, (name, job)), answer) in (0_u8..).zip(JOBS).zip(&answers) {
            let id: String = random(number)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(
                answer["request"],
                json!({
                    "id": format!("_{id}"),
                    "issuer": ENTITY_ID,
                    "acs": ACS,
                    "relay_state": RELAY_STATE,
                }),
                "{by}: {answer}",
            );
            check(by, name, *job, answer);
            if env::var_os("CHARTER_SAML_RECORD").is_some() {
                let text = serde_json::to_string_pretty(answer).unwrap() + "\n";
                let file = recorded::folder().join(format!("{by}-{name}.json"));
                fs::create_dir_all(recorded::folder()).unwrap();
                fs::write(file, text).unwrap();
            }
        }
    }
}

/// A request without a signature is answered where none is asked for; a changed one nowhere.
#[test]
fn unsigned_and_changed_requests() {
    for (by, mut command) in providers() {
        let unsigned = Job {
            signed_request: Request::Unsigned,
            ..job("assertion", "sha256")
        };
        let changed = Job {
            signed_request: Request::Changed,
            ..unsigned
        };
        let inputs = json!([unsigned.input([7; 20]), changed.input([8; 20])]);
        let answers = ask(&mut command, &inputs);
        check(by, "unsigned", unsigned, &answers[0]);
        let complaint = match by {
            "pysaml2" => "Request was not signed correctly",
            _ => "Signature check errors: The signature provided",
        };
        let said = answers[1]["refusal"].as_str().unwrap_or_default();
        assert!(said.starts_with(complaint), "{by}: {}", answers[1]);
    }
}
