//! Mail against servers on this machine that speak the protocols.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use charter_contract::{Clock, Timestamp};
use charter_persistence::{DeliveryError, Mail, MailTemplate, Mailer};
use charter_server::configuration::{self, Encryption, Loops, Secret, Smtp};
use charter_server::mail::{FolderMailer, LoopsMailer, SmtpMailer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

struct NewYear;

impl Clock for NewYear {
    fn now(&self) -> Timestamp {
        // 2026-01-01T00:00:00Z
        Timestamp::from_micros(1_767_225_600_000_000)
    }
}

fn invite() -> Mail {
    Mail {
        message_id: "<01a1@charter.example.com>".to_owned(),
        to: "ada@example.com".to_owned(),
        subject: "Join Acme – now".to_owned(),
        text: "Hello Ada,\n\nhttps://charter.example.com/i?token=abc\n.\nBye\n".to_owned(),
        template: MailTemplate::Invite,
        variables: BTreeMap::from([
            ("organisation".to_owned(), "Acme".to_owned()),
            (
                "invite_url".to_owned(),
                "https://charter.example.com/i?token=abc".to_owned(),
            ),
        ]),
    }
}

/// A mail server that answers each line whose beginning it knows, everything
/// else with 250, and gives back all that it heard on one connection.
async fn mail_server(
    answers: &'static [(&'static str, &'static str)],
) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await.unwrap();
        let mut heard = Vec::new();
        let mut in_data = false;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return heard;
            }
            let line = line.trim_end().to_owned();
            let answer = answers.iter().find(|(begin, _)| line.starts_with(begin));
            let answer = match (in_data, answer) {
                (true, _) if line != "." => "",
                (_, Some((_, answer))) => answer,
                (true, None) => "250 taken",
                (false, None) if line == "DATA" => "354 go on",
                (false, None) if line.starts_with("EHLO") => "250-test\r\n250 AUTH PLAIN",
                (false, None) if line == "QUIT" => "221 bye",
                (false, None) => "250 ok",
            };
            in_data = (in_data && line != ".") || answer.starts_with("354");
            heard.push(line);
            if !answer.is_empty() {
                stream
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .await
                    .unwrap();
            }
        }
    });
    (port, heard)
}

fn smtp(port: u16) -> Smtp {
    Smtp {
        host: Some("127.0.0.1".to_owned()),
        port: Some(port),
        encryption: Encryption::None,
        timeout_seconds: 5,
        ..Smtp::default()
    }
}

fn smtp_mailer(smtp: &Smtp) -> SmtpMailer {
    let mail = configuration::Mail {
        from: Some("Charter <charter@example.com>".to_owned()),
        ..configuration::Mail::default()
    };
    SmtpMailer::new(smtp, &mail, Arc::new(NewYear)).unwrap()
}

#[tokio::test]
async fn smtp_delivers_the_mail_with_its_message_id() {
    let (port, heard) = mail_server(&[("AUTH", "235 welcome")]).await;
    let configured = Smtp {
        username: Some("charter".to_owned()),
        password: Some(Secret::new("secret")),
        ..smtp(port)
    };
    let mailer = smtp_mailer(&configured);
    mailer.send(&invite()).await.unwrap();
    drop(mailer);
    let heard = heard.await.unwrap();
    for line in [
        // "\0charter\0secret"
        "AUTH PLAIN AGNoYXJ0ZXIAc2VjcmV0",
        "MAIL FROM:<charter@example.com>",
        "RCPT TO:<ada@example.com>",
        "Message-ID: <01a1@charter.example.com>",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        "From: Charter <charter@example.com>",
        "To: ada@example.com",
        "Auto-Submitted: auto-generated",
        "https://charter.example.com/i?token=abc",
        "Bye",
    ] {
        assert!(
            heard.iter().any(|found| found.starts_with(line)),
            "{line}\n{heard:#?}"
        );
    }
}

#[tokio::test]
async fn smtp_tells_a_refused_address_from_a_server_in_trouble() {
    let cases: [(&'static [(&str, &str)], bool); 4] = [
        (
            &[("RCPT", "550 5.1.1 <ada@example.com>: no such mailbox")],
            true,
        ),
        (&[("RCPT", "451 4.7.1 try again later")], false),
        (&[("DATA", "554 5.7.1 not wanted")], true),
        // Ours to mend, so it may work later.
        (&[("MAIL", "530 5.7.0 authentication required")], false),
    ];
    for (answers, permanent) in cases {
        let (port, heard) = mail_server(answers).await;
        let mailer = smtp_mailer(&smtp(port));
        let error = mailer.send(&invite()).await.unwrap_err();
        drop(mailer);
        heard.await.unwrap();
        assert_eq!(
            matches!(error, DeliveryError::Permanent(_)),
            permanent,
            "{answers:?}: {error}"
        );
        assert!(!error.to_string().contains("ada@"), "{error}");
    }
}

#[tokio::test]
async fn smtp_sends_nothing_in_the_open_when_tls_is_configured() {
    let (port, heard) = mail_server(&[]).await;
    let configured = Smtp {
        encryption: Encryption::StartTls,
        username: Some("charter".to_owned()),
        password: Some(Secret::new("secret")),
        ..smtp(port)
    };
    let mailer = smtp_mailer(&configured);
    let error = mailer.send(&invite()).await.unwrap_err();
    drop(mailer);
    assert!(matches!(error, DeliveryError::Temporary(_)), "{error}");
    let heard = heard.await.unwrap();
    assert!(
        heard
            .iter()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn smtp_without_a_server_is_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = smtp_mailer(&smtp(port)).send(&invite()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Temporary(_)), "{error}");
}

/// An HTTP server that answers one request and gives back its head and body.
async fn http_server(answer: &'static str) -> (String, JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let head = head(&mut stream).await;
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let answer =
            format!("HTTP/1.1 {answer}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        (head, serde_json::from_slice(&body).unwrap())
    });
    (address, heard)
}

async fn head(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).await.unwrap(), 0);
    }
    head
}

fn loops_mailer(url: String) -> LoopsMailer {
    LoopsMailer::new(&Loops {
        api_key: Some(Secret::new("loops-key")),
        transactional_id: Some("invite-mail".to_owned()),
        delegation_id: Some("delegation-mail".to_owned()),
        confirm_id: Some("confirm-mail".to_owned()),
        reset_id: Some("reset-mail".to_owned()),
        known_id: Some("known-mail".to_owned()),
        password_changed_id: Some("changed-mail".to_owned()),
        linked_id: Some("linked-mail".to_owned()),
        single_sign_on_id: Some("single-sign-on-mail".to_owned()),
        sign_id: Some("sign-mail".to_owned()),
        url,
        timeout_seconds: 5,
    })
    .unwrap()
}

#[tokio::test]
async fn loops_gets_the_variables_under_one_idempotency_key() {
    let (url, heard) = http_server("200 OK").await;
    loops_mailer(url).send(&invite()).await.unwrap();
    let (head, body) = heard.await.unwrap();
    assert!(
        head.starts_with("POST /api/v1/transactional HTTP/1.1\r\n"),
        "{head}"
    );
    for line in [
        "authorization: Bearer loops-key",
        "idempotency-key: 01a1@charter.example.com",
        "content-type: application/json",
    ] {
        assert!(head.lines().any(|found| found == line), "{line}\n{head}");
    }
    assert_eq!(
        body,
        json!({
            "email": "ada@example.com",
            "transactionalId": "invite-mail",
            "addToAudience": false,
            "dataVariables": {
                "organisation": "Acme",
                "invite_url": "https://charter.example.com/i?token=abc",
            },
        })
    );
}

#[tokio::test]
async fn loops_answers_are_understood() {
    let cases = [
        ("409 Conflict", None),
        ("400 Bad Request", Some(true)),
        ("401 Unauthorized", Some(false)),
        ("404 Not Found", Some(false)),
        ("429 Too Many Requests", Some(false)),
        ("502 Bad Gateway", Some(false)),
        ("302 Found", Some(false)),
    ];
    for (answer, permanent) in cases {
        let (url, heard) = http_server(answer).await;
        let result = loops_mailer(url).send(&invite()).await;
        heard.await.unwrap();
        let found = result
            .err()
            .map(|error| matches!(error, DeliveryError::Permanent(_)));
        assert_eq!(found, permanent, "{answer}");
    }
}

#[tokio::test]
async fn loops_out_of_reach_is_temporary_and_shows_no_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = loops_mailer(url.clone()).send(&invite()).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Temporary(_)), "{error}");
    assert!(!error.to_string().contains(&url), "{error}");
}

#[tokio::test]
async fn a_folder_keeps_each_mail_in_a_file_of_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let settings = configuration::Mail::default();
    let mailer = FolderMailer::new(&folder.path().join("mail"), &settings, Arc::new(NewYear));
    let mailer = mailer.unwrap();
    mailer.send(&invite()).await.unwrap();
    // Repeated, it is the same mail.
    mailer.send(&invite()).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].file_name(), "01a1.eml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = files[0].metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(files[0].path()).unwrap();
    assert!(
        text.starts_with("Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n"),
        "{text}"
    );
    for line in [
        "To: ada@example.com",
        "Subject: Join Acme – now",
        "https://charter.example.com/i?token=abc",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
