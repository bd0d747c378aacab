//! PandaDoc on this machine, as far as Charter asks it: documents from files, in the
//! states and with the answers that its OpenAPI document has. What it is sent is checked
//! against the schemas of that document (`schemas.json`).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Answer, Loopback, Seen};

/// The key of the account.
pub const API_KEY: &str = "3039ba033eb1410caa0a2227158d63c9d6502cd8";

/// A signed PDF, as PandaDoc makes one.
pub const SIGNED_PDF: &str = "%PDF-1.7\n% sealed by PandaDoc\n";

const DOCUMENTS: &str = "/public/v1/documents";

/// An account at PandaDoc. It ends with the test.
pub struct PandaDocServer {
    server: Arc<Loopback>,
    account: Arc<Mutex<Account>>,
}

/// A document there.
#[derive(Clone, Debug)]
pub struct PandaDocDocument {
    /// Its id.
    pub id: String,
    /// `document.draft` and so on.
    pub status: &'static str,
    /// Its title.
    pub name: String,
    /// The address of the signer.
    pub signer: String,
    /// What Charter has written beside it.
    pub metadata: Value,
    /// The PDF.
    pub file: Vec<u8>,
    /// How often it was sent to the signer.
    pub sent: usize,
    completed: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// It answers with this status and does nothing.
    Status(u16),
    /// It does what it is asked to, and its answer is lost.
    AnswerLost,
    /// It answers after so long.
    Late(Duration),
    /// It leads elsewhere.
    Redirect,
    /// It answers what its document does not have.
    Nonsense,
    /// It answers more than anybody takes.
    Endless,
}

#[derive(Default)]
struct Account {
    documents: BTreeMap<String, PandaDocDocument>,
    /// What happens to the next requests, one each.
    troubles: VecDeque<Option<Trouble>>,
    /// Whether the key is one of the sandbox.
    sandbox: bool,
    /// How often a signed PDF is not there yet.
    unsealed: usize,
    /// Whether what is sent cannot be withdrawn.
    stubborn: bool,
    refuses: bool,
    /// What was wrong with what was sent.
    complaints: Vec<String>,
}

impl PandaDocServer {
    /// An empty account.
    pub async fn start() -> Self {
        let account = Arc::new(Mutex::new(Account::default()));
        let shared = account.clone();
        let server =
            Loopback::start(move |request| shared.lock().unwrap().answer_or_not(request)).await;
        Self { server, account }
    }

    /// The base address of its API.
    pub fn url(&self) -> String {
        self.server.at("")
    }

    /// What was asked, in its order: method and path.
    pub fn asked(&self) -> Vec<String> {
        let line = |request: Seen| format!("{} {}", request.method, request.path);
        self.server.seen().into_iter().map(line).collect()
    }

    /// The documents, the earliest first.
    ///
    /// # Panics
    /// When anything that was sent was not as the OpenAPI document has it.
    pub fn documents(&self) -> Vec<PandaDocDocument> {
        let account = self.account();
        assert!(account.complaints.is_empty(), "{:#?}", account.complaints);
        account.documents.values().cloned().collect()
    }

    /// The only document.
    ///
    /// # Panics
    /// When there is not exactly one, and as [`PandaDocServer::documents`].
    pub fn document(&self) -> PandaDocDocument {
        let mut documents = self.documents();
        assert_eq!(documents.len(), 1, "{documents:#?}");
        documents.remove(0)
    }

    /// The signer, or somebody at PandaDoc, brings every document into this status.
    pub fn becomes(&self, status: &'static str) {
        for document in self.account().documents.values_mut() {
            document.status = status;
            document.completed =
                (status == "document.completed").then(|| "2026-03-15T11:00:00.337395Z".to_owned());
        }
    }

    /// What happens to the next request, to the one after that, and so on; `None` is
    /// nothing.
    pub fn trouble(&self, troubles: impl IntoIterator<Item = Option<Trouble>>) {
        self.account().troubles.extend(troubles);
    }

    /// The key is one of the sandbox from now on.
    pub fn sandbox(&self) {
        self.account().sandbox = true;
    }

    /// The next signed PDF is there when it was asked for so often.
    pub fn seals_slowly(&self, times: usize) {
        self.account().unsealed = times;
    }

    /// What is sent cannot be withdrawn from now on, or can.
    pub fn stubborn(&self, stubborn: bool) {
        self.account().stubborn = stubborn;
    }

    /// New documents are refused from now on.
    pub fn refuses(&self) {
        self.account().refuses = true;
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap()
    }
}

impl Account {
    fn answer_or_not(&mut self, request: &Seen) -> Answer {
        match self.troubles.pop_front().flatten() {
            None => self.answer(request),
            Some(Trouble::Status(status)) => {
                Answer::json(status, json!({"type": "throttled", "detail": "Later."}))
            }
            Some(Trouble::AnswerLost) => {
                self.answer(request);
                Answer::json(502, json!({}))
            }
            Some(Trouble::Late(time)) => self.answer(request).after(time),
            Some(Trouble::Redirect) => Answer::redirect(302, "/elsewhere"),
            Some(Trouble::Nonsense) => Answer::text(200, "application/json", "{\"ok\":"),
            Some(Trouble::Endless) => {
                Answer::text(200, "application/json", "x".repeat(21 * 1024 * 1024))
            }
        }
    }

    fn answer(&mut self, request: &Seen) -> Answer {
        let key = request.headers.get("authorization");
        if key.map(String::as_str) != Some(&format!("API-Key {API_KEY}")) {
            return problem(401, "authentication_error");
        }
        let Some(path) = request.path.strip_prefix(DOCUMENTS) else {
            return problem(404, "request_error");
        };
        let path: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), path.as_slice()) {
            ("GET", []) => self.list(request),
            ("POST", []) if request.query.contains_key("upload") => self.create(request),
            ("GET", [id]) => self.status(id),
            ("DELETE", [id]) => match self.documents.remove(*id) {
                Some(_) => Answer::text(204, "application/json", ""),
                None => problem(404, "request_error"),
            },
            ("POST", [id, "send"]) => self.send(id, request),
            ("PATCH", [id, "status"]) => self.change(id, request),
            ("GET", [id, how @ ("download" | "download-protected")]) => self.download(id, how),
            _ => problem(404, "request_error"),
        }
    }

    fn list(&self, request: &Seen) -> Answer {
        let wanted = |document: &&PandaDocDocument| {
            request.query.iter().all(|(name, value)| {
                name.strip_prefix("metadata_")
                    .is_some_and(|name| document.metadata[name] == value.as_str())
            })
        };
        let found: Vec<Value> = self.documents.values().filter(wanted).map(shown).collect();
        Answer::json(200, json!({"results": found}))
    }

    fn create(&mut self, request: &Seen) -> Answer {
        let parts = match parts(request) {
            Ok(parts) => parts,
            Err(why) => return self.complain(why),
        };
        let [file, data] = ["file", "data"].map(|name| parts.get(name).cloned());
        let (Some(file), Some(data)) = (file, data) else {
            return self.complain(format!("parts: {:?}", parts.keys()));
        };
        if !file.starts_with(b"%PDF-") {
            return self.complain("the file is no PDF");
        }
        let data: Value = match serde_json::from_slice(&data) {
            Ok(data) => data,
            Err(error) => return self.complain(error.to_string()),
        };
        if let Err(why) = valid("DocumentCreateByPdfRequest", &data) {
            return self.complain(why);
        }
        // Field tags, and not fields of PDF, are what the signer fills in.
        if data["parse_form_fields"] != false || data["recipients"][0]["role"] != "signer" {
            return self.complain(data.to_string());
        }
        if self.refuses {
            return problem(400, "validation_error");
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = format!("cKbJ7uay3cEGtsKuGPw{:03}", self.documents.len() + 1);
        let document = PandaDocDocument {
            id: id.clone(),
            status: "document.uploaded",
            name: text(&data["name"]),
            signer: text(&data["recipients"][0]["email"]),
            metadata: data["metadata"].clone(),
            file,
            sent: 0,
            completed: None,
        };
        let mut answer = shown(&document);
        answer["info_message"] =
            "You need to poll the Document Status method until the status will be changed to document.draft"
                .into();
        self.documents.insert(id, document);
        Answer::json(201, answer)
    }

    /// Who has asked once finds it ready the next time.
    fn status(&mut self, id: &str) -> Answer {
        let Some(document) = self.documents.get_mut(id) else {
            return problem(404, "request_error");
        };
        let answer = shown(document);
        if document.status == "document.uploaded" {
            document.status = "document.draft";
        }
        Answer::json(200, answer)
    }

    fn send(&mut self, id: &str, request: &Seen) -> Answer {
        if let Err(why) = json_body("DocumentSendRequest", request) {
            return self.complain(why);
        }
        let Some(document) = self.documents.get_mut(id) else {
            return problem(404, "request_error");
        };
        if document.status != "document.draft" {
            return Answer::json(409, json!({"id": id, "status": document.status}));
        }
        document.status = "document.sent";
        document.sent += 1;
        Answer::json(200, shown(document))
    }

    fn change(&mut self, id: &str, request: &Seen) -> Answer {
        let body = match json_body("DocumentStatusChangeRequest", request) {
            Ok(body) => body,
            Err(why) => return self.complain(why),
        };
        if self.stubborn {
            return problem(423, "document_locked");
        }
        let Some(document) = self.documents.get_mut(id) else {
            return problem(404, "request_error");
        };
        let sent = ["document.sent", "document.viewed"].contains(&document.status);
        if body["status"] != 11 || !sent {
            return Answer::json(409, json!({"id": id, "status": document.status}));
        }
        document.status = "document.voided";
        Answer::text(204, "application/json", "")
    }

    fn download(&mut self, id: &str, how: &str) -> Answer {
        let Some(document) = self.documents.get(id) else {
            return problem(404, "request_error");
        };
        if how == "download-protected" && self.sandbox {
            return problem(401, "authentication_error");
        }
        if document.status != "document.completed" {
            return problem(409, "request_error");
        }
        if self.unsealed > 0 {
            self.unsealed -= 1;
            return Answer::text(202, "application/json", "").with_header("retry-after", "5");
        }
        Answer::text(200, "application/pdf", SIGNED_PDF)
    }

    fn complain(&mut self, why: impl Into<String>) -> Answer {
        self.complaints.push(why.into());
        problem(400, "validation_error")
    }
}

fn problem(status: u16, kind: &str) -> Answer {
    Answer::json(status, json!({"type": kind, "detail": kind}))
}

/// As `DocumentStatusResponse` has it.
fn shown(document: &PandaDocDocument) -> Value {
    json!({
        "id": document.id,
        "name": document.name,
        "status": document.status,
        "date_created": "2026-03-15T10:00:00.337395Z",
        "date_modified": "2026-03-15T10:00:00.337395Z",
        "date_completed": document.completed,
        "expiration_date": null,
        "version": "2",
        "uuid": document.id,
    })
}

fn json_body(schema: &str, request: &Seen) -> Result<Value, String> {
    if request.headers.get("content-type").map(String::as_str) != Some("application/json") {
        return Err(format!(
            "content type: {:?}",
            request.headers.get("content-type")
        ));
    }
    let body = serde_json::from_slice(&request.bytes).map_err(|error| error.to_string())?;
    valid(schema, &body)?;
    Ok(body)
}

/// Whether a body is what the OpenAPI document has for it, and has nothing else: PandaDoc
/// passes over what it does not know, so a member that is written wrongly would do nothing.
fn valid(schema: &str, body: &Value) -> Result<(), String> {
    let document: Value = serde_json::from_str(include_str!("schemas.json")).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut wanted = schemas[schema].clone();
    wanted["components"] = document["components"].clone();
    wanted["additionalProperties"] = false.into();
    let validator = jsonschema::validator_for(&wanted).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if !errors.is_empty() {
        return Err(format!("{schema}: {errors:?}"));
    }
    let recipients = body["recipients"].as_array().into_iter().flatten();
    for (name, _) in recipients.filter_map(Value::as_object).flatten() {
        let known = ["BaseActor", "BaseIdentity"]
            .iter()
            .any(|schema| schemas[*schema]["properties"].get(name).is_some());
        if !known {
            return Err(format!("{schema}: recipients have no {name}"));
        }
    }
    Ok(())
}

/// The parts of `multipart/form-data` by their names.
fn parts(request: &Seen) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let content_type = request.headers.get("content-type").cloned();
    let boundary = content_type
        .as_deref()
        .and_then(|value| value.strip_prefix("multipart/form-data; boundary="))
        .ok_or_else(|| format!("content type: {content_type:?}"))?;
    let delimiter = format!("--{boundary}");
    let mut parts = BTreeMap::new();
    for part in split(&request.bytes, delimiter.as_bytes()).skip(1) {
        let Some(part) = part.strip_prefix(b"\r\n") else {
            // `--`, the end.
            continue;
        };
        let part = part.strip_suffix(b"\r\n").unwrap_or(part);
        let end = part
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .ok_or("a part without an end of its headers")?;
        let head = String::from_utf8_lossy(&part[..end]);
        let name = head
            .split("name=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .ok_or("a part without a name")?;
        parts.insert(name.to_owned(), part[end + 4..].to_vec());
    }
    Ok(parts)
}

fn split<'a>(bytes: &'a [u8], delimiter: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let found = bytes
            .windows(delimiter.len())
            .position(|window| window == delimiter);
        match found {
            Some(at) => {
                rest = Some(&bytes[at + delimiter.len()..]);
                Some(&bytes[..at])
            }
            None => {
                rest = None;
                Some(bytes)
            }
        }
    })
}
