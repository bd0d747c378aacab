//! The load generator: HTTP/1.1 over connections that stay open, one request at
//! a time on each.
//!
//! It runs in the calling thread. Requests are prepared bytes and answers are
//! looked at no more than is needed to find their end, so that the generator is
//! never what limits a server.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Error;

/// So many connections unless a measure says otherwise.
pub(crate) const CONNECTIONS: usize = 16;

/// Writes request number `n` into a buffer.
type Write = dyn Fn(u64, &mut Vec<u8>) + Send + Sync;

/// What a server is loaded with.
#[derive(Clone)]
pub(crate) struct Load {
    write: Arc<Write>,
    /// No two requests have the same number, in no round.
    next: Arc<AtomicU64>,
    connections: usize,
    status: u16,
}

impl Load {
    /// The same request again and again. See [`Request`] for its bytes.
    pub(crate) fn of(request: &Request) -> Self {
        let bytes = request.bytes();
        Self::numbered(move |_, buffer| buffer.extend_from_slice(&bytes))
    }

    /// A request for each number, which is never given twice.
    pub(crate) fn numbered(write: impl Fn(u64, &mut Vec<u8>) + Send + Sync + 'static) -> Self {
        Self {
            write: Arc::new(write),
            next: Arc::new(AtomicU64::new(0)),
            connections: CONNECTIONS,
            status: 200,
        }
    }

    /// Over so many connections.
    pub(crate) fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Answers have this status; any other fails the measure.
    pub(crate) fn expecting(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The status that answers have.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The next request.
    pub(crate) fn request(&self) -> Vec<u8> {
        let mut buffer = Vec::new();
        (self.write)(self.next.fetch_add(1, Ordering::Relaxed), &mut buffer);
        buffer
    }
}

/// A request, written once.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    head: String,
    body: Option<Vec<u8>>,
}

impl Request {
    /// `GET /path?query`.
    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A JSON body to `/path?query`.
    pub(crate) fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = Self::new("POST", target).header("content-type", "application/json");
        request.body = Some(body.into());
        request
    }

    fn new(method: &str, target: &str) -> Self {
        Self {
            head: format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n"),
            body: None,
        }
    }

    /// With this header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// With this API key.
    pub(crate) fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// As it goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone().into_bytes();
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its content.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Its content as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let body = String::from_utf8_lossy(&self.body);
            format!("{error} in an answer with status {}: {body}", self.status).into()
        })
    }
}

/// Sends one request, as [`Request::bytes`] or [`Load::request`] write it.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> Result<Answer, Error> {
    runtime()?.block_on(async {
        let mut connection = Connection::open(address).await?;
        connection.exchange(request).await?;
        Ok(Answer {
            status: connection.status,
            body: connection.content()?,
        })
    })
}

/// What was seen of one server in one turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// CPU time of the server per request, in microseconds.
    pub(crate) cpu: f64,
    /// Answers per second.
    pub(crate) throughput: f64,
    /// Half of the answers took at most so many milliseconds.
    pub(crate) p50: f64,
    /// 99 of 100 answers took at most so many milliseconds.
    pub(crate) p99: f64,
}

/// Loads the server at `address`: `warm_up` long for nothing, then `window` long for the reading.
/// `cpu` tells the CPU time of the server. No reading when nothing was answered in that time.
pub(crate) fn run(
    address: SocketAddr,
    load: &Load,
    warm_up: Duration,
    window: Duration,
    cpu: impl Fn() -> Result<Duration, Error>,
) -> Result<Option<Reading>, Error> {
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let stage = Rc::new(Stage::default());
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..load.connections {
            let connection = Connection::open(address).await?;
            workers.spawn_local(work(connection, load.clone(), stage.clone()));
        }
        // A worker ends early only when something is wrong.
        let early = tokio::time::timeout(warm_up, workers.join_next()).await;
        check(early.ok().flatten())?;
        stage.measuring.set(true);
        let (begun, cpu_before) = (Instant::now(), cpu()?);
        let early = tokio::time::timeout(window, workers.join_next()).await;
        let (took, cpu_after) = (begun.elapsed(), cpu()?);
        check(early.ok().flatten())?;
        let mut latencies = stage.latencies.take();
        stage.ended.set(true);
        while let Some(ended) = workers.join_next().await {
            check(Some(ended))?;
        }
        latencies.sort_unstable();
        let answers = latencies.len();
        if answers == 0 {
            return Ok(None);
        }
        Ok(Some(Reading {
            cpu: (cpu_after - cpu_before).as_secs_f64() * 1e6 / answers as f64,
            throughput: answers as f64 / took.as_secs_f64(),
            p50: quantile(&latencies, 50),
            p99: quantile(&latencies, 99),
        }))
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Where a turn stands, for all its connections.
#[derive(Default)]
struct Stage {
    measuring: Cell<bool>,
    ended: Cell<bool>,
    latencies: RefCell<Vec<Duration>>,
}

async fn work(mut connection: Connection, load: Load, stage: Rc<Stage>) -> Result<(), Error> {
    let mut request = Vec::new();
    while !stage.ended.get() {
        request.clear();
        (load.write)(load.next.fetch_add(1, Ordering::Relaxed), &mut request);
        let sent = Instant::now();
        connection.exchange(&request).await?;
        if connection.status != load.status {
            let answer = String::from_utf8_lossy(&connection.received);
            return Err(format!("expected status {}, got: {answer}", load.status).into());
        }
        if stage.measuring.get() {
            stage.latencies.borrow_mut().push(sent.elapsed());
        }
    }
    Ok(())
}

fn check(ended: Option<Result<Result<(), Error>, tokio::task::JoinError>>) -> Result<(), Error> {
    match ended {
        Some(ended) => ended?,
        None => Ok(()),
    }
}

fn quantile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}

/// A connection and the answer that came over it last.
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    status: u16,
    end_of_head: usize,
    framing: Framing,
}

/// How the end of an answer is known.
#[derive(Clone, Copy)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(64 * 1024),
            status: 0,
            end_of_head: 0,
            framing: Framing::Length(0),
        })
    }

    /// Sends a request and receives its answer.
    async fn exchange(&mut self, request: &[u8]) -> Result<(), Error> {
        self.stream.write_all(request).await?;
        self.received.clear();
        self.end_of_head = 0;
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if self.end_of_head == 0 {
                self.read_head()?;
            }
            if self.end_of_head > 0 && self.is_whole() {
                return Ok(());
            }
        }
    }

    fn read_head(&mut self) -> Result<(), Error> {
        let Some(end) = find(&self.received, b"\r\n\r\n") else {
            return Ok(());
        };
        let head = std::str::from_utf8(&self.received[..end])?;
        let mut lines = head.split("\r\n");
        self.status = lines
            .next()
            .and_then(|line| line.get(9..12))
            .ok_or("no status line")?
            .parse()?;
        self.framing = Framing::Length(0);
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                self.framing = Framing::Length(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                self.framing = Framing::Chunked;
            }
        }
        self.end_of_head = end + 4;
        Ok(())
    }

    fn is_whole(&self) -> bool {
        match self.framing {
            Framing::Length(length) => self.received.len() >= self.end_of_head + length,
            Framing::Chunked => self.received.ends_with(b"0\r\n\r\n"),
        }
    }

    /// The content without the marks of its chunks.
    fn content(&self) -> Result<Vec<u8>, Error> {
        let mut rest = &self.received[self.end_of_head..];
        let Framing::Chunked = self.framing else {
            return Ok(rest.to_vec());
        };
        let mut content = Vec::new();
        loop {
            let end = find(rest, b"\r\n").ok_or("a chunk has no length")?;
            let length = std::str::from_utf8(&rest[..end])?;
            let length = usize::from_str_radix(length.split(';').next().unwrap_or_default(), 16)?;
            if length == 0 {
                return Ok(content);
            }
            let start = end + 2;
            let chunk = rest
                .get(start..start + length)
                .ok_or("a chunk is cut off")?;
            content.extend_from_slice(chunk);
            rest = rest.get(start + length + 2..).unwrap_or_default();
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}
