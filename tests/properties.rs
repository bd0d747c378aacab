//! What holds for every request that a document admits, and for every one that breaks
//! it in one place.
//!
//! Requests are made at random from the schemas of each operation, sent in process,
//! and shrunk when one is not answered as its document says. The same requests are
//! tried in every run; `CHARTER_PROPERTY_SEED=<number>` tries others, and
//! `PROPTEST_CASES` more. Cases that once failed are kept in `properties/seeds.txt`.

mod value;

use std::collections::BTreeSet;
use std::env;
use std::fmt::{self, Debug};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{FileFailurePersistence, RngSeed, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::cases;
use crate::matrix::breakage::{BROKEN, Breakage, BrokenText, breakages, broken_texts};
use crate::matrix::everything;
use crate::matrix::refusal::refused;
use crate::matrix::request::{Request, can_say, text};
use crate::support::document::{self, Operation};
use crate::support::{Answer, Client};

/// Requests of each sort to each operation.
const CASES: u32 = 12;

/// A request that the document admits.
#[derive(Clone)]
struct Valid {
    parameters: Vec<(&'static Value, String)>,
    body: Option<Value>,
    operation: Operation<'static>,
}

impl Debug for Valid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}",
            self.operation.method, self.operation.path
        )?;
        for (parameter, text) in &self.parameters {
            write!(formatter, "\n{}: {text:?}", parameter["name"])?;
        }
        match &self.body {
            Some(body) => write!(formatter, "\n{body:#}"),
            None => Ok(()),
        }
    }
}

impl Valid {
    fn request(&self) -> Request {
        let mut request = Request::plain(self.operation);
        for (parameter, text) in &self.parameters {
            request.set(parameter, text.clone());
        }
        match &self.body {
            Some(body) => request.with(body),
            None => request,
        }
    }
}

/// Every request that the document admits for `operation`. What stands in a path is
/// `real` half of the time.
fn valid(operation: Operation<'static>, real: &[String]) -> BoxedStrategy<Valid> {
    let parameters: Vec<BoxedStrategy<Option<(&'static Value, String)>>> = operation
        .parameters()
        .into_iter()
        .map(|parameter| {
            let text = parameter_text(operation, parameter, real);
            let with_its_place = text.prop_map(move |text| (parameter, text));
            value::present(parameter["required"] == true, with_its_place)
        })
        .collect();
    let body = match operation.body() {
        None => Just(None).boxed(),
        Some((media_type, content)) => value::value(operation.document, &content["schema"])
            .prop_filter("the media type can say it", move |body| {
                can_say(media_type, body)
            })
            .prop_map(Some)
            .boxed(),
    };
    (parameters, body)
        .prop_map(move |(parameters, body)| Valid {
            parameters: parameters.into_iter().flatten().collect(),
            body,
            operation,
        })
        .boxed()
}

fn parameter_text(
    operation: Operation<'static>,
    parameter: &'static Value,
    real: &[String],
) -> BoxedStrategy<String> {
    let place = parameter["in"].as_str().unwrap();
    let schema = &parameter["schema"];
    let random = value::value(operation.document, schema)
        .prop_map(|value| text(&value).unwrap())
        .prop_filter("HTTP can carry it", move |text| match place {
            // Nothing at all, or what goes up, is another path.
            "path" => !matches!(text.as_str(), "" | "." | ".."),
            "header" => {
                let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
                plain && text.trim() == text && !text.is_empty()
            }
            _ => true,
        });
    let validator = operation.document.validator(schema);
    let fitting: Vec<String> = real
        .iter()
        .filter(|text| place == "path" && validator.is_valid(&json!(text)))
        .cloned()
        .collect();
    if fitting.is_empty() {
        random.boxed()
    } else {
        prop_oneof![random, select(fitting)].boxed()
    }
}

/// Every text in what somebody sees, such as ids.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

/// Tries a property with requests to `operation`; whatever it asserts is shrunk.
async fn holds<T, F>(
    make: impl FnOnce() -> BoxedStrategy<T> + Send + 'static,
    property: impl Fn(T) -> F + Send + 'static,
) where
    T: Debug + 'static,
    F: Future<Output = ()>,
{
    let handle = Handle::current();
    let tried = tokio::task::spawn_blocking(move || {
        let default = ProptestConfig::default();
        let seed = env::var("CHARTER_PROPERTY_SEED").ok();
        let seed = seed.and_then(|seed| seed.parse().ok());
        let config = ProptestConfig {
            cases: if env::var_os("PROPTEST_CASES").is_some() {
                default.cases
            } else {
                CASES
            },
            rng_seed: RngSeed::Fixed(seed.unwrap_or(1)),
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/properties/seeds.txt"
            )))),
            ..default
        };
        TestRunner::new(config)
            .run(&make(), |case| {
                handle.block_on(property(case));
                Ok(())
            })
            .map_err(|error| error.to_string())
    });
    if let Err(error) = tried.await.unwrap() {
        panic!("{error}");
    }
}

/// A rule between members, or about how the server is set up, that no schema of the
/// document says; its descriptions do.
struct Beyond {
    operations: &'static [&'static str],
    pointer: &'static str,
    keyword: &'static str,
}

const BEYOND: &[Beyond] = &[
    // A name comes whole or in two parts.
    Beyond {
        operations: &["signUp", "signUpWithInvite"],
        pointer: "/displayName",
        keyword: "required",
    },
    // Or one is to be generated.
    Beyond {
        operations: &["signUp"],
        pointer: "/password",
        keyword: "required",
    },
    // Codes of these providers are redeemed with PKCE alone.
    Beyond {
        operations: &["signInWithFacebook", "signInWithGithub", "signInWithGoogle"],
        pointer: "/code_verifier",
        keyword: "required",
    },
    // The operator names the addresses of the front end.
    Beyond {
        operations: &[
            "signInWithFacebook",
            "signInWithGithub",
            "signInWithGoogle",
            "signInWithLinkedin",
        ],
        pointer: "/redirectUri",
        keyword: "enum",
    },
];

/// What a 400 says is broken of what the document's schemas say.
fn broken_rules(answer: &Answer) -> Vec<&Value> {
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    errors
        .filter(|error| {
            let keyword = error["keyword"].as_str().unwrap();
            let is_beyond = BEYOND.iter().any(|beyond| {
                beyond.operations.contains(&answer.operation.id)
                    && error["pointer"] == beyond.pointer
                    && keyword == beyond.keyword
            });
            !is_beyond && (BROKEN.contains(&keyword) || keyword.ends_with("Of"))
        })
        .collect()
}

async fn send(valid: &Valid, client: &Client) -> Answer {
    valid.request().send(client).await
}

cases! {
    /// A valid request is never refused for its shape, and whatever the answer is, the
    /// document has it.
    async fn valid_requests_are_taken(world: World) {
        let world = world.without_limits();
        let (ada, organisation) = world.organisation().await;
        let mut real = vec![organisation, ada.id.clone()];
        for seen in everything(&ada.client).await.0.values() {
            texts(seen, &mut real);
        }
        for operation in document::operations() {
            let client = ada.client.clone();
            let real = real.clone();
            holds(move || valid(operation, &real), move |valid| {
                let client = client.clone();
                async move {
                    let answer = send(&valid, &client).await;
                    answer.prove();
                    let rules = broken_rules(&answer);
                    assert!(rules.is_empty(), "refused for its shape: {rules:?}");
                    let status = answer.status.as_u16();
                    assert!(![413, 415, 500].contains(&status), "{}", answer.body);
                }
            })
            .await;
        }
    }

    /// A request that breaks one rule is refused with 400, and the answer says where
    /// and which.
    async fn broken_requests_are_refused(world: World) {
        let world = world.without_limits();
        let (ada, _) = world.organisation().await;
        for operation in document::operations() {
            let client = ada.client.clone();
            let make = move || (valid(operation, &[]), vec(any::<Index>(), 1..6)).boxed();
            holds(make, move |(valid, choices)| {
                let client = client.clone();
                async move {
                    let broken = broken(&valid);
                    if broken.is_empty() {
                        return;
                    }
                    for choice in choices {
                        let Broken { request, violation } = choice.get(&broken);
                        let answer = request.send(&client).await;
                        refused(&answer, &format!("{valid:?}"), violation);
                    }
                }
            })
            .await;
        }
    }
}

/// A request in which one rule is broken, and what is told of it.
struct Broken {
    request: Request,
    violation: Value,
}

/// Every way to break one rule of a request.
fn broken(valid: &Valid) -> Vec<Broken> {
    let mut found = Vec::new();
    let operation = valid.operation;
    if let (Some(body), Some((media_type, content))) = (&valid.body, operation.body()) {
        let broken = breakages(operation.document, &content["schema"], body).breakages;
        for Breakage {
            body,
            pointer,
            keyword,
        } in broken
        {
            if can_say(media_type, &body) {
                found.push(Broken {
                    request: valid.request().with(&body),
                    violation: json!({"in": "body", "pointer": pointer, "keyword": keyword}),
                });
            }
        }
    }
    for parameter in operation.parameters() {
        let mut own = valid.parameters.iter();
        let present = own.find(|(own, _)| own["name"] == parameter["name"]);
        let present = present.map(|(_, text)| text.as_str());
        for BrokenText { text, keyword } in broken_texts(operation.document, parameter, present) {
            let mut request = valid.request();
            request.set(parameter, text);
            found.push(Broken {
                request,
                violation: json!({
                    "in": parameter["in"],
                    "parameter": parameter["name"],
                    "keyword": keyword,
                }),
            });
        }
    }
    found
}

/// What is made at random is what the schema admits, and says something.
#[test]
fn values_are_valid_and_differ() {
    let documents = &*document::DOCUMENTS;
    let names = documents
        .iter()
        .find(|document| document.name == "organisations")
        .unwrap();
    let schema = &names.value["components"]["schemas"]["CreateInvite"];
    let validator = names.validator(schema);
    let mut runner = TestRunner::deterministic();
    let strategy = value::value(names, schema);
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        assert!(validator.is_valid(&value), "{value}");
        seen.insert(value.to_string());
    }
    assert!(seen.len() > 30, "{seen:?}");
}
