//! As much of HTTP as it takes to look on: plain connections to this machine, one request each.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::failure::{Context, Failure, wrong};

/// Nobody waits longer for anybody.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A request or an answer: its first line, its headers, its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    pub(super) start: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The next message on a connection; `None` when there is none any more.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut message = Self {
            start: line(from)?,
            ..Self::default()
        };
        if message.start.is_empty() {
            return Ok(None);
        }
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            let header = (name.to_ascii_lowercase(), value.trim().to_owned());
            message.headers.push(header);
        }
        if message.header("transfer-encoding") == Some("chunked") {
            message.body = chunks(from)?;
        } else if let Some(length) = message.header("content-length") {
            message.body = vec![0; length.parse().map_err(io::Error::other)?];
            from.read_exact(&mut message.body)?;
        }
        Ok(Some(message))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The status of an answer.
    pub(super) fn status(&self) -> u16 {
        let mut words = self.start.split_whitespace();
        words.nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// Writes it, with the length of its body and the last message on its connection. What is
    /// between two neighbours alone stays behind.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            let between_neighbours = matches!(
                name.as_str(),
                "connection"
                    | "keep-alive"
                    | "upgrade"
                    | "http2-settings"
                    | "expect"
                    | "transfer-encoding"
                    | "content-length"
            );
            if !between_neighbours {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let length = self.body.len();
        text.push_str(&format!(
            "content-length: {length}\r\nconnection: close\r\n\r\n"
        ));
        to.write_all(text.as_bytes())?;
        to.write_all(&self.body)?;
        to.flush()
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(from)?;
        let size = size.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let mut chunk = vec![0; size];
        from.read_exact(&mut chunk)?;
        line(from)?;
        if size == 0 {
            return Ok(body);
        }
        body.append(&mut chunk);
    }
}

/// Sends a request to `host` and waits for the answer.
pub(super) fn exchange(host: &str, request: &Message) -> io::Result<Message> {
    let mut connection = TcpStream::connect(host)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    request.write(&mut connection)?;
    let answer = Message::read(&mut BufReader::new(connection))?;
    answer.ok_or_else(|| io::Error::other("no answer"))
}

/// Asks for `address` as a browser would: with a body of JSON if there is one.
pub(super) fn ask(method: &str, address: &str, body: Option<String>) -> Result<Message, Failure> {
    let Some((host, path)) = address
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return wrong(format!("{address} is no address on this machine"));
    };
    let request = Message {
        start: format!("{method} /{path} HTTP/1.1"),
        headers: vec![
            ("host".to_owned(), host.to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        body: body.unwrap_or_default().into_bytes(),
    };
    exchange(host, &request).context(address)
}
