//! A request that has passed the gate and is to be read.

use std::future::Future;

use bytes::Bytes;
use poem::Request as HttpRequest;
use poem::http::header;

use crate::body::{Form, Multipart};
use crate::cx::{Cx, Source};
use crate::field::Slot;
use crate::parameter::{CookieReader, HeaderReader, PathReader, QueryReader, read, read_json};
use crate::schema::Schema;
use crate::text::Text;

/// The parameters and the body of an operation, implemented by generated code.
pub trait Request: Sized + Send + 'static {
    /// Reads everything; `None` when something was refused and `cx` says what.
    fn read(http: &Incoming, cx: &mut Cx) -> impl Future<Output = Option<Self>> + Send;
}

/// The HTTP request with its whole body.
#[derive(Debug)]
pub struct Incoming {
    request: HttpRequest,
    body: Bytes,
}

impl Incoming {
    pub(crate) const fn new(request: HttpRequest, body: Bytes) -> Self {
        Self { request, body }
    }

    /// Reads query parameters.
    #[must_use]
    pub fn query(&self, cx: &mut Cx) -> QueryReader<'_> {
        QueryReader::new(&self.request, cx)
    }

    /// Reads path parameters.
    #[must_use]
    pub const fn path(&self) -> PathReader<'_> {
        PathReader::new(&self.request)
    }

    /// Reads header parameters.
    #[must_use]
    pub const fn headers(&self) -> HeaderReader<'_> {
        HeaderReader::new(&self.request)
    }

    /// Reads cookie parameters.
    #[must_use]
    pub const fn cookies(&self) -> CookieReader<'_> {
        CookieReader::new(&self.request)
    }

    /// Reads a JSON body; absent when it is empty.
    pub fn json<S: Schema>(&self, cx: &mut Cx, schema: &S) -> Slot<S::Value> {
        if self.body.is_empty() {
            return Slot::Absent;
        }
        read_json(schema, &self.body, cx)
    }

    /// Reads a form body.
    pub fn form(&self, cx: &mut Cx) -> Form<'_> {
        Form::new(&self.body, cx)
    }

    /// Reads a multipart body.
    pub async fn multipart(&self, cx: &mut Cx) -> Multipart {
        let content_type = self
            .request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        Multipart::read(content_type, self.body.clone(), cx).await
    }

    /// Reads a text body in UTF-8.
    pub fn text<S: Schema>(&self, cx: &mut Cx, schema: &S) -> Slot<S::Value> {
        if self.body.is_empty() {
            return Slot::Absent;
        }
        match std::str::from_utf8(&self.body) {
            Ok(text) => cx.notation(Source::Text, |cx| read(schema, Text(text.into()), cx)),
            Err(_) => {
                cx.violation("syntax", "must be UTF-8");
                Slot::Invalid
            }
        }
    }

    /// The body as it is; absent when it is empty.
    #[must_use]
    pub fn bytes(&self) -> Slot<Bytes> {
        if self.body.is_empty() {
            Slot::Absent
        } else {
            Slot::Value(self.body.clone())
        }
    }

    /// Whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }
}
