//! PandaDoc: what is asked, and what is made of the answers.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use charter_contract::{Timestamp, Uuid};
use charter_loopback::{API_KEY, PandaDocServer, SIGNED_PDF, Trouble};
use charter_persistence::{
    Envelope, EnvelopeState, SigningError, SigningProvider, Submission, Voiding,
};
use charter_server::configuration::{self, Secret};
use charter_server::pandadoc::PandaDoc;
use reqwest::Client;

const DOCUMENT: Uuid = Uuid::from_u128(7);

fn with_key(server: &PandaDocServer, key: &str) -> PandaDoc {
    let settings = configuration::PandaDoc {
        api_key: Some(Secret::new(key)),
        url: server.url(),
        ..configuration::PandaDoc::default()
    };
    PandaDoc::new(&settings, Client::builder()).unwrap()
}

fn envelope(id: Option<&str>) -> Envelope {
    Envelope {
        document: DOCUMENT,
        id: id.map(str::to_owned),
        title: "Data Processing Agreement: Söhne & Co".to_owned(),
        signer: "ines@northwind.example".to_owned(),
        draft: "%PDF-1.7\n\u{0}\r\n--not the boundary\r\n".into(),
    }
}

/// A server and the adapter on it.
async fn asked() -> (PandaDocServer, PandaDoc) {
    let server = PandaDocServer::start().await;
    let pandadoc = with_key(&server, API_KEY);
    (server, pandadoc)
}

/// The same, and the id of a document that was sent.
async fn sent() -> (PandaDocServer, PandaDoc, String) {
    let (server, pandadoc) = asked().await;
    let Submission::Pending(id) = pandadoc.submit(&envelope(None)).await.unwrap() else {
        panic!("PandaDoc was done with it at once");
    };
    let pending = pandadoc.submit(&envelope(Some(&id))).await.unwrap();
    assert_eq!(pending, Submission::Pending(id.clone()));
    let sent = pandadoc.submit(&envelope(Some(&id))).await.unwrap();
    assert_eq!(sent, Submission::Sent(id.clone()));
    (server, pandadoc, id)
}

#[tokio::test]
async fn a_draft_is_handed_over_and_sent() {
    let (server, pandadoc, id) = sent().await;
    let there = server.document();
    assert_eq!(there.status, "document.sent");
    assert_eq!(there.name, "Data Processing Agreement: Söhne & Co");
    assert_eq!(there.signer, "ines@northwind.example");
    assert_eq!(there.metadata["charter_id"], DOCUMENT.to_string());
    assert_eq!(there.file, envelope(None).draft);
    let documents = "/public/v1/documents";
    assert_eq!(
        server.asked(),
        [
            format!("GET {documents}"),
            format!("POST {documents}"),
            format!("GET {documents}/{id}"),
            format!("GET {documents}/{id}"),
            format!("POST {documents}/{id}/send"),
        ]
    );
    // Again, as after a crash, with and without its id.
    for id in [None, Some(id.as_str())] {
        let again = pandadoc.submit(&envelope(id)).await.unwrap();
        assert_eq!(again, Submission::Sent(there.id.clone()));
    }
    assert_eq!(server.document().sent, 1);
}

#[tokio::test]
async fn every_status_means_something() {
    use EnvelopeState::{Ended, Signed, Waiting};
    let (server, pandadoc, id) = sent().await;
    let at = Timestamp::parse("2026-03-15T11:00:00.337395Z");
    for (status, state) in [
        ("document.draft", Waiting),
        ("document.sent", Waiting),
        ("document.uploaded", Waiting),
        ("document.viewed", Waiting),
        ("document.waiting_approval", Waiting),
        ("document.approved", Waiting),
        ("document.waiting_pay", Waiting),
        ("document.external_review", Waiting),
        ("document.scheduled", Waiting),
        ("document.completed", Signed(at)),
        ("document.paid", Signed(None)),
        ("document.error", Ended),
        ("document.rejected", Ended),
        ("document.voided", Ended),
        ("document.declined", Ended),
    ] {
        server.becomes(status);
        assert_eq!(pandadoc.state(&id).await.unwrap(), state, "{status}");
    }
    server.becomes("document.forgotten");
    assert!(pandadoc.state(&id).await.is_err());
    assert_eq!(pandadoc.state("nothing").await.unwrap(), Ended);
}

#[tokio::test]
async fn what_is_sent_is_voided_and_what_is_not_is_deleted() {
    for (status, gone) in [
        ("document.sent", false),
        ("document.viewed", false),
        ("document.uploaded", true),
        ("document.draft", true),
    ] {
        for known in [true, false] {
            let (server, pandadoc, id) = sent().await;
            server.becomes(status);
            let id = known.then_some(id.as_str());
            assert_eq!(pandadoc.void(DOCUMENT, id).await.unwrap(), Voiding::Void);
            match server.documents().first() {
                None => assert!(gone, "{status}"),
                Some(document) => {
                    assert!(!gone, "{status}");
                    assert_eq!(document.status, "document.voided");
                }
            }
            // Once more, as after a crash.
            assert_eq!(pandadoc.void(DOCUMENT, id).await.unwrap(), Voiding::Void);
        }
    }
    let (server, pandadoc, id) = sent().await;
    server.becomes("document.completed");
    let signed = pandadoc.void(DOCUMENT, Some(&id)).await.unwrap();
    assert!(matches!(signed, Voiding::Signed(Some(_))), "{signed:?}");
    server.becomes("document.sent");
    server.stubborn(true);
    assert!(pandadoc.void(DOCUMENT, Some(&id)).await.is_err());
    let (_, pandadoc) = asked().await;
    assert_eq!(pandadoc.void(DOCUMENT, None).await.unwrap(), Voiding::Void);
}

#[tokio::test]
async fn the_signed_pdf_is_the_sealed_one() {
    let (server, pandadoc, id) = sent().await;
    assert!(pandadoc.signed_pdf(&id).await.is_err());
    server.becomes("document.completed");
    server.seals_slowly(1);
    assert_eq!(pandadoc.signed_pdf(&id).await.unwrap(), None);
    let pdf = pandadoc.signed_pdf(&id).await.unwrap().unwrap();
    assert_eq!(pdf, SIGNED_PDF);
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .ends_with("/download-protected")
    );
    server.sandbox();
    let pdf = pandadoc.signed_pdf(&id).await.unwrap().unwrap();
    assert_eq!(pdf, SIGNED_PDF);
    assert!(server.asked().last().unwrap().ends_with("/download"));
    server.trouble([Some(Trouble::Nonsense), None]);
    assert!(pandadoc.signed_pdf(&id).await.is_err(), "no PDF");
}

/// Nothing of what goes wrong is taken for an answer, and nothing of it says the key.
#[tokio::test]
async fn trouble_is_not_believed() {
    let (server, pandadoc, id) = sent().await;
    server.becomes("document.completed");
    for trouble in [
        Trouble::Status(401),
        Trouble::Status(403),
        Trouble::Status(429),
        Trouble::Status(500),
        Trouble::Status(503),
        Trouble::Redirect,
        Trouble::Nonsense,
        Trouble::Endless,
    ] {
        let told = |error: SigningError| {
            let text = format!("{error} {error:?}");
            assert!(!text.contains(API_KEY), "{text}");
        };
        server.trouble([Some(trouble)]);
        told(pandadoc.state(&id).await.unwrap_err());
        server.trouble([Some(trouble)]);
        told(pandadoc.submit(&envelope(None)).await.unwrap_err());
        server.trouble([None, Some(trouble)]);
        told(
            pandadoc
                .submit(&Envelope {
                    document: Uuid::nil(),
                    ..envelope(None)
                })
                .await
                .unwrap_err(),
        );
        server.trouble([Some(trouble)]);
        told(pandadoc.void(DOCUMENT, Some(&id)).await.unwrap_err());
    }
    assert!(!server.asked().iter().any(|line| line.contains("elsewhere")));
    let stranger = with_key(&server, "another");
    assert!(stranger.state(&id).await.is_err());
}

#[tokio::test]
async fn whoever_takes_too_long_is_not_waited_for() {
    let (server, pandadoc, id) = sent().await;
    server.trouble([Some(Trouble::Late(Duration::from_secs(60)))]);
    assert!(pandadoc.state(&id).await.is_err());
}

#[tokio::test]
async fn what_is_refused_stays_refused() {
    let (server, pandadoc) = asked().await;
    server.refuses();
    let refused = pandadoc.submit(&envelope(None)).await.unwrap();
    assert!(matches!(refused, Submission::Refused(_)), "{refused:?}");
    let (server, pandadoc, id) = sent().await;
    for status in ["document.error", "document.declined", "document.voided"] {
        server.becomes(status);
        let refused = pandadoc.submit(&envelope(Some(&id))).await.unwrap();
        assert!(
            matches!(refused, Submission::Refused(_)),
            "{status}: {refused:?}"
        );
    }
}
