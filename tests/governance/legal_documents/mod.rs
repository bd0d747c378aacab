//! Tag LegalDocuments.

mod create_legal_document;
mod delete_legal_document;
mod download_legal_document;
mod get_legal_document;
mod list_legal_documents;

use poem::http::{Method, Uri};
use poem::{Request, Response};
use serde_json::{Value, json};

use super::bare;
use crate::support::world::token_of;
use crate::support::{Answer, Client, Person, World};

/// The body of the document's example.
pub(crate) fn northwind(document_type: &str) -> Value {
    json!({
        "document_type": document_type,
        "company_name": "Northwind Research Lda",
        "company_address": "Rua do Cais 12\n1100-104 Lisboa\nPortugal",
        "representative_email": "ines@northwind.example",
    })
}

/// Asks for a document.
pub(crate) async fn create(client: &Client, organisation: &str, body: &Value) -> Answer {
    client
        .call("createLegalDocument")
        .path("organization_id", bare(organisation))
        .json(body)
        .send()
        .await
}

/// Calls an operation on one document.
pub(crate) async fn on(client: &Client, operation: &str, organisation: &str, id: &str) -> Answer {
    client
        .call(operation)
        .path("organization_id", bare(organisation))
        .path("id", id)
        .send()
        .await
}

/// Ada, her organisation, and its DPA, which waits for a signature.
pub(crate) async fn waiting(world: &World) -> (Person, String, Answer) {
    let (ada, acme) = world.organisation().await;
    let created = create(&ada.client, &acme, &northwind("DPA"))
        .await
        .expect(201);
    (ada, acme, created)
}

/// How far a document is, as admins see it.
pub(crate) async fn status(client: &Client, organisation: &str, id: &str) -> String {
    on(client, "getLegalDocument", organisation, id)
        .await
        .expect(200)
        .text_at("/status")
}

/// How far a document is, as it is stored.
pub(crate) async fn db_status(world: &World) -> Option<String> {
    use sea_orm::ConnectionTrait as _;
    let db = world.db().await;
    let statement = sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT status FROM legal_documents",
    );
    let row = db.query_one_raw(statement).await.unwrap();
    db.close().await.unwrap();
    row.map(|row| row.try_get_by_index(0).unwrap())
}

/// The token of the link that admins are shown.
pub(crate) fn shown_token(document: &Answer) -> String {
    token_of(&document.text_at("/signing_url"))
}

/// The token of the link that was mailed last.
pub(crate) async fn mailed_token(world: &World) -> String {
    while world.store.deliver_due().await.unwrap() > 0 {}
    let mails = world.mailer.mails();
    token_of(&mails.last().unwrap().variables["sign_url"])
}

/// Asks one of the pages.
pub(crate) async fn page(client: &Client, path: &str, token: &str) -> Response {
    let uri: Uri = format!("{path}?token={token}").parse().unwrap();
    let request = Request::builder().method(Method::GET).uri(uri).finish();
    client.send(request).await
}

/// Signs, or tries to.
pub(crate) async fn sign(client: &Client, token: &str, name: &str) -> Response {
    let body = json!({"token": token, "name": name, "consent": true});
    post_sign(client, &body).await
}

/// Posts anything to where documents are signed.
pub(crate) async fn post_sign(client: &Client, body: &Value) -> Response {
    let request = Request::builder()
        .method(Method::POST)
        .uri(Uri::from_static("/sign"))
        .header("content-type", "application/json")
        .header("user-agent", "Firefox")
        .body(body.to_string());
    client.send(request).await
}

/// The body of an answer as JSON.
pub(crate) async fn json_of(response: Response) -> Value {
    let bytes = response.into_body().into_vec().await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Downloads the signed PDF as whoever is sent there does.
pub(crate) async fn downloaded(
    world: &World,
    client: &Client,
    organisation: &str,
    id: &str,
) -> Vec<u8> {
    let answer = on(client, "downloadLegalDocument", organisation, id)
        .await
        .expect(302);
    let location = answer.headers["location"].to_str().unwrap();
    let target = location.strip_prefix("https://charter.example").unwrap();
    let request = Request::builder()
        .uri(target.parse::<Uri>().unwrap())
        .finish();
    let response = world.anonymous.send(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.content_type(), Some("application/pdf"));
    response.into_body().into_vec().await.unwrap()
}

/// The text of each page of a PDF.
pub(crate) fn pages_of(pdf: &[u8]) -> Vec<String> {
    let pdf = lopdf::Document::load_mem(pdf).unwrap();
    let numbers: Vec<u32> = pdf.get_pages().into_keys().collect();
    numbers
        .into_iter()
        .map(|number| pdf.extract_text(&[number]).unwrap().replace('\n', " "))
        .collect()
}

/// The worker does what is due, until nothing is.
pub(crate) async fn work(world: &World) {
    while world.store.advance_documents().await.unwrap() > 0 {}
}

/// The organisation's keys of every kind that may not name it, and admins of others.
pub(crate) async fn outsiders(world: &World, ada: &Person) -> Vec<Client> {
    let (olga, elsewhere) = world.strangers().await;
    let second = ada.found("Second").await;
    let bound = world.key_bound_to(ada, &second).await;
    let own = olga
        .organisation_key(&["legal_document:read", "legal_document:write"])
        .await;
    let other = world.key_bound_to(&olga, &elsewhere).await;
    vec![olga.client, bound, own, other]
}
