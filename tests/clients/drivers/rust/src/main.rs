//! Makes the calls of the story by the clients that openapi-generator's `rust` writes, with reqwest.
//!
//! Reads one call from each line of standard input, prints one answer for it. Rust finds no function
//! by its name, so `calls.rs` is printed from the documents: one line for each operation.

mod calls;

use std::collections::BTreeMap;
use std::io::stdin;
use std::sync::{Arc, Mutex};

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result as Passed};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Call {
    document: String,
    operation: String,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    body: Value,
    token: Option<String>,
    key: Option<String>,
}

impl Call {
    /// The body, for `""`, or the parameter of that name, as the client wants to have it.
    fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        let value = match name {
            "" => self.body.clone(),
            name => self.values.get(name).cloned().unwrap_or_default(),
        };
        serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))
    }
}

/// The clients keep status and headers of a success to themselves; here they are heard.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(u16, BTreeMap<String, String>)>>);

#[async_trait::async_trait]
impl Middleware for Heard {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Passed<reqwest::Response> {
        let response = next.run(request, extensions).await?;
        let headers = response.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        if let Ok(mut heard) = self.0.lock() {
            *heard = (response.status().as_u16(), headers.collect());
        }
        Ok(response)
    }
}

/// Calls an operation, and writes what the client makes of the answer.
macro_rules! answer {
    ($call:ident, $web:ident, $client:ident :: $api:ident :: $operation:ident
     $(, $parameters:ident { $($field:ident: $from:literal),* })?) => {{
        let mut configuration = $client::apis::configuration::Configuration::new();
        configuration.base_path = std::env::var("CHARTER_ADDRESS").map_err(|error| error.to_string())?;
        configuration.client = $web.clone();
        configuration.bearer_access_token = $call.token.clone();
        configuration.api_key = $call.key.clone().map(|key| {
            $client::apis::configuration::ApiKey { prefix: None, key }
        });
        let answered = $client::apis::$api::$operation(
            &configuration
            $(, $client::apis::$api::$parameters { $($field: $call.value($from)?),* })?
        ).await;
        match answered {
            Ok(model) => serde_json::to_value(model).map_err(|error| error.to_string()),
            Err($client::apis::Error::ResponseError(refused)) => {
                serde_json::to_value(refused.entity).map_err(|error| error.to_string())
            }
            Err(error) => Err(format!("{error:?}")),
        }
    }};
}
pub(crate) use answer;

async fn told(line: &str, web: &ClientWithMiddleware, heard: &Heard) -> Result<Value, String> {
    let call: Call = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let body = calls::made(&call, web).await?;
    let heard = heard.0.lock().map_err(|error| error.to_string())?;
    Ok(json!({"status": heard.0, "headers": heard.1, "body": body}))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let heard = Heard::default();
    // A redirect is an answer, with an address in it.
    let web = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let web = ClientBuilder::new(web.build()?).with(heard.clone()).build();
    for line in stdin().lines() {
        let said = told(&line?, &web, &heard).await;
        println!("{}", said.unwrap_or_else(|error| json!({"failed": error})));
    }
    Ok(())
}
