//! Headers, statuses and media types of answers.

use std::sync::Arc;

use charter_contract::{Bytes, Call, Redacted, RouteTable, async_trait};
use poem::{Request, Response};

use super::{runtime, send};
use crate::contents::things as contents;
use crate::headers::models::{Secret, Thing};
use crate::headers::things as headers;
use crate::redirects::things as redirects;
use crate::several_answers::models::Job;
use crate::several_answers::things as several;

/// Answers by the path of the request.
struct Answers;

#[async_trait]
impl contents::ThingsApi for Answers {
    async fn export_csv(
        &self,
        _: Call,
        _: contents::ExportCsvRequest,
    ) -> Result<String, contents::ExportCsvError> {
        Ok("a,b".to_owned())
    }

    async fn get_sitemap(
        &self,
        _: Call,
        _: contents::GetSitemapRequest,
    ) -> Result<String, contents::GetSitemapError> {
        Ok("<urlset/>".to_owned())
    }

    async fn get_report(
        &self,
        _: Call,
        _: contents::GetReportRequest,
    ) -> Result<contents::GetReportResponse, contents::GetReportError> {
        Ok(contents::GetReportResponse {
            content_disposition: "attachment".to_owned(),
            body: Bytes::from_static(b"%PDF"),
        })
    }

    async fn download(
        &self,
        _: Call,
        _: contents::DownloadRequest,
    ) -> Result<Bytes, contents::DownloadError> {
        Ok(Bytes::from_static(b"\x00"))
    }

    async fn get_page(
        &self,
        _: Call,
        _: contents::GetPageRequest,
    ) -> Result<String, contents::GetPageError> {
        Ok("<p>".to_owned())
    }
}

#[async_trait]
impl headers::ThingsApi for Answers {
    async fn get_thing(
        &self,
        _: Call,
        _: headers::GetThingRequest,
    ) -> Result<headers::GetThingResponse, headers::GetThingError> {
        Ok(headers::GetThingResponse {
            e_tag: "\"7\"".to_owned(),
            x_total: None,
            last_modified: None,
            x_ticket: Redacted("a ticket".to_owned()),
            x_hint: Some(Redacted("a hint".to_owned())),
            x_secret: Secret::try_from("a secret".to_owned()).ok(),
            body: Thing { name: None },
        })
    }

    async fn touch_thing(
        &self,
        _: Call,
        _: headers::TouchThingRequest,
    ) -> Result<headers::TouchThingResponse, headers::TouchThingError> {
        Ok(headers::TouchThingResponse {
            e_tag: "line\nbreak".to_owned(),
        })
    }
}

#[async_trait]
impl redirects::ThingsApi for Answers {
    async fn download_thing(
        &self,
        _: Call,
        _: redirects::DownloadThingRequest,
    ) -> Result<redirects::DownloadThingResponse, redirects::DownloadThingError> {
        Ok(redirects::DownloadThingResponse {
            location: "https://storage.example/1".to_owned(),
        })
    }
}

/// The answers of `startJob`, one after the other.
struct Jobs(fn() -> several::StartJobResponse);

#[async_trait]
impl several::ThingsApi for Jobs {
    async fn start_job(
        &self,
        _: Call,
        _: several::StartJobRequest,
    ) -> Result<several::StartJobResponse, several::StartJobError> {
        Ok(self.0())
    }
}

async fn summary(response: Response) -> String {
    let header = |name: &str| {
        response
            .header(name)
            .map(|value| format!(" {name}: {value}"))
            .unwrap_or_default()
    };
    let head = format!(
        "{}{}{}{}{}",
        response.status().as_u16(),
        header("content-type"),
        header("content-disposition"),
        header("etag"),
        header("location"),
    );
    let body = response.into_body().into_bytes().await.unwrap_or_default();
    format!("{head} {:?}", String::from_utf8_lossy(&body))
}

async fn answer(table: RouteTable, method: poem::http::Method, uri: &str) -> String {
    let request = Request::builder().method(method).uri_str(uri).finish();
    summary(send(table, request).await).await
}

#[tokio::test]
async fn contents_have_their_media_types() {
    let expected = [
        ("/csv", r#"200 content-type: text/csv; charset=utf-8 "a,b""#),
        (
            "/xml",
            r#"200 content-type: application/xml; charset=utf-8 "<urlset/>""#,
        ),
        (
            "/pdf",
            r#"200 content-type: application/pdf content-disposition: attachment "%PDF""#,
        ),
        (
            "/binary",
            r#"200 content-type: application/octet-stream "\0""#,
        ),
        (
            "/html",
            r#"200 content-type: text/html; charset=iso-8859-1 "<p>""#,
        ),
    ];
    for (uri, expected) in expected {
        let mut table = RouteTable::new();
        let api: Arc<dyn contents::ThingsApi> = Arc::new(Answers);
        contents::add_routes(&mut table, &runtime(), &api);
        assert_eq!(answer(table, poem::http::Method::GET, uri).await, expected);
    }
}

#[tokio::test]
async fn documented_headers_are_sent() {
    let table = || {
        let mut table = RouteTable::new();
        let api: Arc<dyn headers::ThingsApi> = Arc::new(Answers);
        headers::add_routes(&mut table, &runtime(), &api);
        table
    };
    assert_eq!(
        answer(table(), poem::http::Method::GET, "/thing").await,
        r#"200 content-type: application/json etag: "7" "{}""#
    );
    // A header that cannot be written is a failure, not a header less.
    let broken = answer(table(), poem::http::Method::PUT, "/empty").await;
    assert!(broken.starts_with("500 "), "{broken}");
}

#[tokio::test]
async fn secret_headers_are_sent_and_not_shown() {
    let call = Call {
        operation: &headers::GET_THING,
        request_id: Arc::from(""),
        remote: None,
        agent: None,
        idempotency: None,
    };
    let answer = headers::ThingsApi::get_thing(&Answers, call, headers::GetThingRequest)
        .await
        .expect("it answers");
    let shown = format!("{answer:?}");
    assert!(
        !shown.contains("a ticket") && !shown.contains("a hint"),
        "{shown}"
    );
    assert!(!shown.contains("a secret"), "{shown}");
    let sent = charter_contract::Reply::into_response(answer, &headers::GET_THING)
        .expect("it can be written");
    assert_eq!(sent.header("x-ticket"), Some("a ticket"));
    assert_eq!(sent.header("x-hint"), Some("a hint"));
    assert_eq!(sent.header("x-secret"), Some("a secret"));
}

#[tokio::test]
async fn a_redirect_has_its_location() {
    let mut table = RouteTable::new();
    let api: Arc<dyn redirects::ThingsApi> = Arc::new(Answers);
    redirects::add_routes(&mut table, &runtime(), &api);
    assert_eq!(
        answer(table, poem::http::Method::GET, "/download").await,
        r#"302 location: https://storage.example/1 """#
    );
}

#[tokio::test]
async fn each_of_several_successes_has_its_status() {
    type Answer = fn() -> several::StartJobResponse;
    let cases: [(Answer, &str); 4] = [
        (
            || several::StartJobResponse::Ok {
                body: Job { id: 1 },
            },
            r#"200 content-type: application/json "{\"id\":1}""#,
        ),
        (
            || several::StartJobResponse::Created {
                location: "/jobs/1".to_owned(),
                body: Job { id: 1 },
            },
            r#"201 content-type: application/json location: /jobs/1 "{\"id\":1}""#,
        ),
        (|| several::StartJobResponse::Accepted, r#"202 """#),
        (
            || several::StartJobResponse::SeeOther {
                location: "/jobs/1".to_owned(),
            },
            r#"303 location: /jobs/1 """#,
        ),
    ];
    for (make, expected) in cases {
        let mut table = RouteTable::new();
        let api: Arc<dyn several::ThingsApi> = Arc::new(Jobs(make));
        several::add_routes(&mut table, &runtime(), &api);
        assert_eq!(
            answer(table, poem::http::Method::POST, "/jobs").await,
            expected
        );
    }
}
