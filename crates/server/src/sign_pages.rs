//! What the page behind the links to sign by asks this server for: the agreement, its
//! draft, and to sign it.
//!
//! They stand in no document, as the page itself, and take no credential: the link is all
//! that its holder has. So each is limited by address, and GET changes nothing, because
//! mail filters open links too.

use std::future::Future;

use charter_contract::{
    BodyRule, Bytes, Call, Content, Cx, Decode, Incoming, Internal, Json, Location, Member,
    Members, Method, Model, Operation, Property, RateLimit, Redacted, Reply, Request, Response,
    RouteTable, Runtime, Slot, StringSchema, boolean, model, object, object_meta, set_header,
    string,
};
use charter_persistence::Store;
use poem_openapi::registry::MetaSchema;
use serde::de::{Deserializer, MapAccess};

const TAG: &str = "Signing";

/// The largest body: a link, a name, and JSON around them.
const MAX_BODY: usize = 8 * 1024;

/// As those who preview an invite are limited.
const LIMIT: RateLimit = RateLimit {
    limit: 60,
    window_seconds: 60,
};

static TOKEN: StringSchema = string()
    .min_length(1)
    .max_length(128)
    .pattern("^[A-Za-z0-9_-]+$");

/// A name in one line, and not blank.
static NAME: StringSchema = string().min_length(1).max_length(255).pattern(
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff][^\u0000-\u001f\u007f-\u009f]*$",
);

/// What is to be signed.
static GET_DOCUMENT_TO_SIGN: Operation = reading("getDocumentToSign", "/sign/document");

/// The draft of it.
static GET_DRAFT_TO_SIGN: Operation = reading("getDraftToSign", "/sign/draft");

/// Signing it.
static SIGN_DOCUMENT: Operation = Operation {
    id: "signDocument",
    method: Method::POST,
    path: "/sign",
    tag: TAG,
    security: &[],
    body: Some(BodyRule {
        media_type: "application/json",
        required: true,
        max_bytes: Some(MAX_BODY),
    }),
    status: 200,
    idempotent: false,
    audit: Some("legal_document.signed"),
    rate_limit: Some(LIMIT),
    even_time: false,
    statuses: &[200, 400, 404, 410, 413, 415, 429, 500, 503],
};

const fn reading(id: &'static str, path: &'static str) -> Operation {
    Operation {
        id,
        method: Method::GET,
        path,
        tag: TAG,
        security: &[],
        body: None,
        status: 200,
        idempotent: false,
        audit: None,
        rate_limit: Some(LIMIT),
        even_time: false,
        statuses: &[200, 400, 404, 410, 429, 500, 503],
    }
}

/// Adds their routes to `table`.
pub fn add_routes(table: &mut RouteTable, store: &Store, runtime: &Runtime) {
    let shared = store.clone();
    runtime.route(table, &GET_DOCUMENT_TO_SIGN, move |_: Call, link: Link| {
        let store = shared.clone();
        async move { store.document_to_sign(&link.token).await.map(Json) }
    });
    let shared = store.clone();
    runtime.route(table, &GET_DRAFT_TO_SIGN, move |_: Call, link: Link| {
        let store = shared.clone();
        async move { store.draft_to_sign(&link.token).await.map(Draft) }
    });
    let shared = store.clone();
    runtime.route(table, &SIGN_DOCUMENT, move |call: Call, sign: Sign| {
        let store = shared.clone();
        async move {
            store
                .sign_document(call, &sign.token, sign.name)
                .await
                .map(Json)
        }
    });
}

/// A request by a link.
struct Link {
    token: Redacted<String>,
}

impl Request for Link {
    async fn read(http: &Incoming, cx: &mut Cx) -> Option<Self> {
        let mut query = http.query(cx);
        let token =
            query
                .scalar(cx, "token", &TOKEN)
                .required_parameter(cx, Location::Query, "token");
        query.finish(cx);
        Some(Self {
            token: Redacted(token?),
        })
    }
}

/// Somebody signs.
struct Sign {
    token: Redacted<String>,
    name: String,
}

impl Request for Sign {
    fn read(http: &Incoming, cx: &mut Cx) -> impl Future<Output = Option<Self>> + Send {
        http.query(cx).finish(cx);
        let body = http.json(cx, &model::<Self>()).required_body(cx);
        async move { body }
    }
}

static PROPERTIES: &[Property] = &[
    Property::required("token", &TOKEN),
    Property::required("name", &NAME),
    Property::required("consent", &boolean()),
];

impl Model for Sign {
    const NAME: &'static str = "Sign";

    fn meta() -> MetaSchema {
        object_meta(PROPERTIES)
    }
}

impl Decode for Sign {
    fn decode<'de, D: Deserializer<'de>>(input: D, cx: &mut Cx) -> Result<Option<Self>, D::Error> {
        let members: Option<SignMembers> = object(input, cx)?;
        Ok(members.and_then(|members| members.build(cx)))
    }
}

#[derive(Default)]
struct SignMembers {
    token: Slot<String>,
    name: Slot<String>,
    consent: Slot<bool>,
}

impl SignMembers {
    fn build(self, cx: &mut Cx) -> Option<Sign> {
        let token = self.token.required(cx, "token");
        let name = self.name.required(cx, "name");
        let consent = self.consent.required(cx, "consent");
        if consent == Some(false) {
            cx.member_violation("consent", "const", "must be true: nobody signs without");
        }
        consent?;
        Some(Sign {
            token: Redacted(token?),
            name: name?,
        })
    }
}

impl<'de> Members<'de> for SignMembers {
    fn read<A: MapAccess<'de>>(
        &mut self,
        name: &str,
        member: Member<'_, 'de, A>,
    ) -> Result<(), A::Error> {
        match name {
            "token" => member.decode(&TOKEN, &mut self.token),
            "name" => member.decode(&NAME, &mut self.name),
            "consent" => member.decode(&boolean(), &mut self.consent),
            _ => member.refuse(),
        }
    }
}

/// A draft, to be read in whatever the signer reads PDFs with.
struct Draft(Bytes);

impl Reply for Draft {
    fn into_response(self, operation: &'static Operation) -> Result<Response, Internal> {
        let mut response = Content::new("application/pdf", self.0).into_response(operation)?;
        set_header(
            &mut response,
            "content-disposition",
            "attachment; filename=\"agreement.pdf\"",
        )?;
        Ok(response)
    }
}
