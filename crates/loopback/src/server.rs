//! A server that answers as a test wants it to, over real HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poem::endpoint::make;
use poem::http::StatusCode;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::{Body, Request, Response, Server};
use serde_json::Value;

/// A server of a test. It ends with the test.
pub struct Loopback {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that has come.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its method, in capitals.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query.
    pub query: BTreeMap<String, String>,
    /// Its headers, their names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The members of a form.
    pub form: BTreeMap<String, String>,
    /// Its body; what is no UTF-8 is replaced.
    pub body: String,
    /// Its body as it came.
    pub bytes: Vec<u8>,
}

/// What it is answered.
pub enum Answer {
    /// At once.
    Now(Response),
    /// After some time.
    Late(Duration, Response),
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// Anything.
    pub fn text(status: u16, content_type: &str, body: impl Into<Body>) -> Self {
        Self::Now(
            Response::builder()
                .status(StatusCode::from_u16(status).unwrap())
                .content_type(content_type)
                .body(body),
        )
    }

    /// To another place.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::Now(
            Response::builder()
                .status(StatusCode::from_u16(status).unwrap())
                .header("Location", to)
                .finish(),
        )
    }

    /// The same with a header.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let (Self::Now(response) | Self::Late(_, response)) = &mut self;
        response.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    /// The same after some time.
    pub fn after(self, time: Duration) -> Self {
        let (Self::Now(response) | Self::Late(_, response)) = self;
        Self::Late(time, response)
    }
}

impl Loopback {
    /// Listens on a free port and answers what `answer` says.
    pub async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let port = acceptor.local_addr()[0]
            .as_socket_addr()
            .copied()
            .unwrap()
            .port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&seen);
        let answer = Arc::new(answer);
        let endpoint = make(move |request| {
            let (remembered, answer) = (Arc::clone(&remembered), Arc::clone(&answer));
            async move {
                let request = read(request).await;
                let answer = answer(&request);
                remembered.lock().unwrap().push(request);
                match answer {
                    Answer::Now(response) => response,
                    Answer::Late(time, response) => {
                        tokio::time::sleep(time).await;
                        response
                    }
                }
            }
        });
        tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(endpoint).await });
        Arc::new(Self {
            address: format!("http://127.0.0.1:{port}"),
            seen,
        })
    }

    /// The address of a path here.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// What has come.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub fn times(&self, path: &str) -> usize {
        self.seen()
            .iter()
            .filter(|request| request.path == path)
            .count()
    }
}

async fn read(mut request: Request) -> Seen {
    let pairs = |text: &str| {
        url::form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect()
    };
    let bytes = request.take_body().into_vec().await.unwrap();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Seen {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: pairs(request.uri().query().unwrap_or_default()),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        form: pairs(&body),
        body,
        bytes,
    }
}
