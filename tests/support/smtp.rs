//! A mail server, as far as a sender can tell (RFC 5321).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// Takes mail on a loopback port until it is dropped.
pub struct SmtpServer {
    /// Where it listens.
    pub port: u16,
    state: Arc<State>,
    task: AbortHandle,
}

struct State {
    received: Mutex<Vec<Received>>,
    manner: Mutex<Manner>,
    connections: watch::Sender<usize>,
    unanswered: watch::Sender<usize>,
    /// While this is true, what was accepted is not acknowledged.
    silent: watch::Sender<bool>,
}

/// A mail that was accepted: from here on it is the server's to deliver, whether
/// or not the sender hears of it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The envelope's recipient.
    pub recipient: String,
    /// Header and body, lines ending as in memory.
    pub content: String,
}

impl Received {
    /// The first field of this name, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (header, _) = self.content.split_once("\n\n")?;
        let header = header.replace("\n ", " ").replace("\n\t", " ");
        header.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }

    /// `Message-ID`.
    pub fn message_id(&self) -> String {
        self.header("Message-ID")
            .expect("every mail has a Message-ID")
    }

    /// What follows the header, decoded.
    pub fn body(&self) -> String {
        let (_, body) = self.content.split_once("\n\n").unwrap_or_default();
        match self.header("Content-Transfer-Encoding").as_deref() {
            None | Some("7bit") => body.to_owned(),
            Some("quoted-printable") => quoted_printable(body),
            Some(other) => panic!("teach the mail server about {other}"),
        }
    }
}

/// How the server takes mail.
#[derive(Clone, Copy, Debug, Default)]
pub enum Manner {
    /// It accepts.
    #[default]
    Accepts,
    /// It refuses every recipient with this reply.
    RefusesRecipients(&'static str),
    /// It refuses every content with this reply.
    RefusesContent(&'static str),
    /// It ends the connection when it has the content, and keeps nothing.
    HangsUp,
}

impl SmtpServer {
    /// Starts on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            received: Mutex::default(),
            manner: Mutex::default(),
            connections: watch::Sender::new(0),
            unanswered: watch::Sender::new(0),
            silent: watch::Sender::new(false),
        });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let state = shared.clone();
                connections.spawn(async move {
                    state.connections.send_modify(|count| *count += 1);
                    // A sender that is killed leaves a broken connection behind.
                    let ended = converse(connection, &state).await;
                    state.connections.send_modify(|count| *count -= 1);
                    ended
                });
            }
        });
        Self {
            port,
            state,
            task: task.abort_handle(),
        }
    }

    /// What was accepted so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    /// Changes its manner.
    pub fn be(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    /// From now on mail is accepted and the sender left without the answer,
    /// until [`SmtpServer::speak`].
    pub fn fall_silent(&self) {
        self.state.silent.send_replace(true);
    }

    /// Answers again; what is still waiting is answered late.
    pub fn speak(&self) {
        self.state.silent.send_replace(false);
    }

    /// Waits until so many senders are waiting for the answer about a mail that
    /// was accepted.
    pub async fn keeps_waiting(&self, count: usize) {
        until(&self.state.unanswered, |current| current >= count).await;
    }

    /// Waits until nobody is connected: what a sender said before it died has
    /// been heard.
    pub async fn is_alone(&self) {
        until(&self.state.connections, |current| current == 0).await;
    }
}

async fn until(counter: &watch::Sender<usize>, holds: impl Fn(usize) -> bool) {
    let mut counter = counter.subscribe();
    let holds = counter.wait_for(|current| holds(*current));
    tokio::time::timeout(Duration::from_secs(60), holds)
        .await
        .expect("it has not come to that within a minute")
        .unwrap();
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(connection: TcpStream, state: &State) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    connection.write_all(b"220 mail.example ESMTP\r\n").await?;
    let mut recipient = String::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_uppercase();
        let manner = *state.manner.lock().unwrap();
        let reply = match verb.as_str() {
            "EHLO" => "250-mail.example\r\n250 8BITMIME",
            "HELO" | "MAIL" | "NOOP" | "RSET" => "250 fine",
            "RCPT" => match manner {
                Manner::RefusesRecipients(reply) => reply,
                _ => {
                    let (_, address) = line.split_once('<').unwrap_or_default();
                    let (address, _) = address.split_once('>').unwrap_or_default();
                    address.clone_into(&mut recipient);
                    "250 fine"
                }
            },
            "DATA" => {
                connection.write_all(b"354 go on\r\n").await?;
                let content = content(&mut connection).await?;
                match manner {
                    Manner::RefusesContent(reply) => reply,
                    Manner::HangsUp => return Ok(()),
                    _ => {
                        let mail = Received {
                            recipient: recipient.clone(),
                            content,
                        };
                        state.received.lock().unwrap().push(mail);
                        let mut silent = state.silent.subscribe();
                        state.unanswered.send_modify(|count| *count += 1);
                        let answers = tokio::select! {
                            _ = silent.wait_for(|silent| !silent) => true,
                            // The sender is gone, or speaks out of turn.
                            _ = connection.read_u8() => false,
                        };
                        state.unanswered.send_modify(|count| *count -= 1);
                        if !answers {
                            return Ok(());
                        }
                        "250 accepted"
                    }
                }
            }
            "QUIT" => {
                connection.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "500 unknown",
        };
        connection
            .write_all(format!("{reply}\r\n").as_bytes())
            .await?;
    }
}

/// RFC 2045, section 6.7.
fn quoted_printable(body: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = body.split('=');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        // An equals sign at the end of a line takes the end away.
        if let Some(rest) = part.strip_prefix('\n') {
            bytes.extend(rest.bytes());
        } else {
            let (digits, rest) = part.split_at(2);
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            bytes.extend(rest.bytes());
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Lines up to the one that is a dot; a further dot at a line's beginning is
/// taken off.
async fn content(connection: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut content = String::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end_matches(['\r', '\n']);
        match line.strip_prefix('.') {
            Some("") => return Ok(content),
            Some(rest) => content.push_str(rest),
            None => content.push_str(line),
        }
        content.push('\n');
    }
}
