//! Parameters and bodies.

use std::sync::Arc;

use charter_contract::{Call, RouteTable, async_trait};
use poem::Request;

use super::{Received, runtime, send, text};
use crate::{form, multipart, path_header_cookie, query};

#[async_trait]
impl query::things::ThingsApi for Received {
    async fn list_things(
        &self,
        _: Call,
        request: query::things::ListThingsRequest,
    ) -> Result<(), query::things::ListThingsError> {
        self.keep(&request);
        Ok(())
    }
}

#[async_trait]
impl path_header_cookie::things::ThingsApi for Received {
    async fn get_thing(
        &self,
        _: Call,
        request: path_header_cookie::things::GetThingRequest,
    ) -> Result<(), path_header_cookie::things::GetThingError> {
        self.keep(&request);
        Ok(())
    }
}

#[async_trait]
impl form::things::ThingsApi for Received {
    async fn store_form(
        &self,
        _: Call,
        request: form::things::StoreFormRequest,
    ) -> Result<(), form::things::StoreFormError> {
        self.keep(&request);
        Ok(())
    }

    async fn store_open_form(
        &self,
        _: Call,
        request: form::things::StoreOpenFormRequest,
    ) -> Result<(), form::things::StoreOpenFormError> {
        self.keep(&request);
        Ok(())
    }
}

#[async_trait]
impl multipart::things::ThingsApi for Received {
    async fn upload_thing(
        &self,
        _: Call,
        request: multipart::things::UploadThingRequest,
    ) -> Result<(), multipart::things::UploadThingError> {
        self.keep(&request);
        Ok(())
    }
}

async fn list(uri: &str) -> (String, String) {
    let received = Received::default();
    let mut table = RouteTable::new();
    let api: Arc<dyn query::things::ThingsApi> = Arc::new(received.clone());
    query::things::add_routes(&mut table, &runtime(), &api);
    let request = Request::builder().uri_str(uri).finish();
    (text(send(table, request).await).await, received.take())
}

#[tokio::test]
async fn every_style_of_query() {
    // {"author":["a"]} and {"and":[1]} in base64.
    let (answer, received) = list(
        "/things?search=a%20b&show_empty=true&page=3&order=asc&from=2026-01-31&status=draft\
         &status=published&assessment=x&include=a,b&words=one%20two&ids=1|2&range[from]=5\
         &labels[a]=b&filter={%22author%22:[]}&query=eyJhbmQiOlsxXX0=\
         &scope=eyJhdXRob3IiOlsiYSJdfQ==&token=secret",
    )
    .await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn defaults_of_a_query() {
    let (answer, received) = list("/things?show_empty=false&assessment=x").await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn every_violation_of_a_query() {
    let (answer, received) = list(
        "/things?page=0&order=up&from=31.1.&status=draft&status=lost&include=a,a&ids=1|x\
         &range[too]=5&filter={}&query=e30&scope=e30=&token=a&token=b&unknown=1",
    )
    .await;
    assert_eq!(received, "");
    insta::assert_snapshot!(answer);
}

async fn get(uri: &str, headers: &[(&'static str, &str)]) -> (String, String) {
    let received = Received::default();
    let mut table = RouteTable::new();
    let api: Arc<dyn path_header_cookie::things::ThingsApi> = Arc::new(received.clone());
    path_header_cookie::things::add_routes(&mut table, &runtime(), &api);
    let mut request = Request::builder().uri_str(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = send(table, request.finish()).await;
    (text(answer).await, received.take())
}

#[tokio::test]
async fn path_header_and_cookie() {
    let (answer, received) = get(
        "/things/7/a,b",
        &[
            ("x-workspace-id", "w1"),
            ("x-parts", "1, 2"),
            ("cookie", "other=1; session=secret"),
        ],
    )
    .await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn violations_in_path_header_and_cookie() {
    let (answer, received) = get("/things/zero/a", &[("x-language", "fr")]).await;
    assert_eq!(received, "");
    insta::assert_snapshot!(answer);
}

async fn post(
    uri: &str,
    content_type: &str,
    body: &'static str,
    add: fn(&mut RouteTable, Received),
) -> (String, String) {
    let received = Received::default();
    let mut table = RouteTable::new();
    add(&mut table, received.clone());
    let request = Request::builder()
        .method(poem::http::Method::POST)
        .uri_str(uri)
        .header("content-type", content_type)
        .body(body);
    (text(send(table, request).await).await, received.take())
}

async fn post_form(path: &str, body: &'static str) -> (String, String) {
    post(
        path,
        "application/x-www-form-urlencoded",
        body,
        |table, received| {
            let api: Arc<dyn form::things::ThingsApi> = Arc::new(received);
            form::things::add_routes(table, &runtime(), &api);
        },
    )
    .await
}

#[tokio::test]
async fn a_form() {
    let (answer, received) = post_form("/forms", "SAMLResponse=PHhtbD4%3D&tag=a&tag=b").await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn violations_of_a_form() {
    let (answer, received) =
        post_form("/forms", "count=many&RelayState=a&RelayState=b&other=1").await;
    assert_eq!(received, "");
    insta::assert_snapshot!(answer);
}

#[tokio::test]
async fn an_open_form() {
    let (answer, received) = post_form(
        "/forms/open",
        "submit=Go+on&SAMLResponse=PHhtbD4%3D&twice=1&twice=2&broken=%zz",
    )
    .await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn violations_of_an_open_form() {
    let (answer, received) = post_form("/forms/open", "submit=1&SAMLResponse=&%ff=1").await;
    assert_eq!(received, "");
    insta::assert_snapshot!(answer);
}

async fn upload(body: &'static str) -> (String, String) {
    post(
        "/uploads",
        "multipart/form-data; boundary=X",
        body,
        |table, received| {
            let api: Arc<dyn multipart::things::ThingsApi> = Arc::new(received);
            multipart::things::add_routes(table, &runtime(), &api);
        },
    )
    .await
}

#[tokio::test]
async fn a_multipart_body() {
    let (answer, received) = upload(
        "--X\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nRows\r\n\
         --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gz\"\r\n\
         Content-Type: application/gzip\r\n\r\nbytes\r\n\
         --X\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\na\r\n\
         --X\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nb\r\n\
         --X\r\nContent-Disposition: form-data; name=\"settings\"\r\n\
         Content-Type: application/json\r\n\r\n{\"rows\":3}\r\n--X--\r\n",
    )
    .await;
    assert_eq!(answer, "204 No Content ");
    insta::assert_snapshot!(received);
}

#[tokio::test]
async fn violations_of_a_multipart_body() {
    let (answer, received) = upload(
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\nbytes\r\n\
         --X\r\nContent-Disposition: form-data; name=\"settings\"\r\n\r\n{\"rows\":\"3\"}\r\n\
         --X\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--X--\r\n",
    )
    .await;
    assert_eq!(received, "");
    insta::assert_snapshot!(answer);
}
