//! Form and multipart bodies.

use std::borrow::Cow;

use bytes::Bytes;

use crate::cx::{Cx, Source};
use crate::field::Slot;
use crate::parameter::{Pairs, exploded, read, read_json, single};
use crate::schema::Schema;
use crate::text::{ListText, Text};

/// A body of `application/x-www-form-urlencoded`.
#[derive(Debug)]
pub struct Form<'a> {
    pairs: Pairs<'a>,
}

impl<'a> Form<'a> {
    pub(crate) fn new(body: &'a [u8], cx: &mut Cx) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_else(|_| {
            cx.violation("syntax", "must be UTF-8");
            ""
        });
        Self {
            pairs: Pairs::parse(text, cx),
        }
    }

    /// A scalar field.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let values = self.pairs.take(name);
        if values.is_empty() {
            return Slot::Absent;
        }
        member(cx, name, |cx| match single(values, cx) {
            Slot::Value(text) => read(schema, Text(text), cx),
            _ => Slot::Invalid,
        })
    }

    /// An array: one pair for each item.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        match exploded(self.pairs.take(name)) {
            Slot::Value(values) => member(cx, name, |cx| read(schema, ListText(values), cx)),
            _ => Slot::Absent,
        }
    }

    /// Refuses fields that nothing took.
    pub fn finish(self, cx: &mut Cx) {
        for name in self.pairs.left() {
            refuse(cx, &name);
        }
    }
}

/// A file of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name as the client gave it; never to be used as a path.
    pub file_name: Option<String>,
    /// Its media type as the client gave it.
    pub content_type: Option<String>,
    /// Its content.
    pub content: Bytes,
}

#[derive(Debug)]
struct Part {
    name: String,
    upload: Option<Upload>,
}

/// A body of `multipart/form-data` (RFC 7578). The whole body is in memory; its
/// size is bounded by the operation's limit.
#[derive(Debug)]
pub struct Multipart {
    parts: Vec<Part>,
}

impl Multipart {
    pub(crate) async fn read(content_type: &str, body: Bytes, cx: &mut Cx) -> Self {
        let mut parts = Vec::new();
        let Ok(boundary) = multer::parse_boundary(content_type) else {
            cx.violation("syntax", "Content-Type must have a boundary");
            return Self { parts };
        };
        let stream = futures_util::stream::once(async { Ok::<_, std::io::Error>(body) });
        let mut multipart = multer::Multipart::new(stream, boundary);
        loop {
            match multipart.next_field().await {
                Ok(Some(field)) => {
                    let Some(name) = field.name().map(ToOwned::to_owned) else {
                        cx.violation("syntax", "every part must have a name");
                        continue;
                    };
                    let file_name = field.file_name().map(ToOwned::to_owned);
                    let content_type = field.content_type().map(ToString::to_string);
                    match field.bytes().await {
                        Ok(content) => parts.push(Part {
                            name,
                            upload: Some(Upload {
                                file_name,
                                content_type,
                                content,
                            }),
                        }),
                        Err(error) => {
                            cx.violation("syntax", error.to_string());
                            break;
                        }
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    cx.violation("syntax", error.to_string());
                    break;
                }
            }
        }
        Self { parts }
    }

    fn take(&mut self, name: &str) -> Vec<Upload> {
        self.parts
            .iter_mut()
            .filter(|part| part.name == name)
            .filter_map(|part| part.upload.take())
            .collect()
    }

    fn texts(uploads: Vec<Upload>, cx: &mut Cx) -> Option<Vec<Cow<'static, str>>> {
        let mut texts = Vec::with_capacity(uploads.len());
        for upload in uploads {
            match String::from_utf8(upload.content.to_vec()) {
                Ok(text) => texts.push(Cow::Owned(text)),
                Err(_) => {
                    cx.violation("syntax", "must be UTF-8");
                    return None;
                }
            }
        }
        Some(texts)
    }

    /// A scalar part.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let uploads = self.take(name);
        if uploads.is_empty() {
            return Slot::Absent;
        }
        member(cx, name, |cx| {
            let Some(texts) = Self::texts(uploads, cx) else {
                return Slot::Invalid;
            };
            match single(texts, cx) {
                Slot::Value(text) => read(schema, Text(text), cx),
                _ => Slot::Invalid,
            }
        })
    }

    /// An array: one part for each item.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let uploads = self.take(name);
        if uploads.is_empty() {
            return Slot::Absent;
        }
        member(cx, name, |cx| match Self::texts(uploads, cx) {
            Some(texts) => read(schema, ListText(texts), cx),
            None => Slot::Invalid,
        })
    }

    /// An object or array as JSON in one part.
    pub fn json<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        let mut uploads = self.take(name);
        member(cx, name, |cx| match (uploads.pop(), uploads.is_empty()) {
            (None, _) => Slot::Absent,
            (Some(upload), true) => read_json(schema, &upload.content, cx),
            (Some(_), false) => {
                cx.violation("duplicate", "must stand once");
                Slot::Invalid
            }
        })
    }

    /// A file. `media_types` are those of the part's `encoding`, none means any;
    /// `max_bytes` is its `maxLength`.
    pub fn file(
        &mut self,
        cx: &mut Cx,
        name: &str,
        media_types: &[&str],
        max_bytes: Option<usize>,
    ) -> Slot<Upload> {
        let mut uploads = self.take(name);
        member(cx, name, |cx| match (uploads.pop(), uploads.is_empty()) {
            (None, _) => Slot::Absent,
            (Some(upload), true) => check_file(upload, media_types, max_bytes, cx),
            (Some(_), false) => {
                cx.violation("duplicate", "must stand once");
                Slot::Invalid
            }
        })
    }

    /// Several files under one name.
    pub fn files(
        &mut self,
        cx: &mut Cx,
        name: &str,
        media_types: &[&str],
        max_bytes: Option<usize>,
        items: std::ops::RangeInclusive<usize>,
    ) -> Slot<Vec<Upload>> {
        let uploads = self.take(name);
        if uploads.is_empty() {
            return Slot::Absent;
        }
        member(cx, name, |cx| {
            if uploads.len() < *items.start() {
                cx.violation(
                    "minItems",
                    format!("must have at least {} items", items.start()),
                );
            }
            if uploads.len() > *items.end() {
                cx.violation(
                    "maxItems",
                    format!("must have at most {} items", items.end()),
                );
            }
            let mut files = Vec::with_capacity(uploads.len());
            let start = cx.mark();
            for (index, upload) in uploads.into_iter().enumerate() {
                let mark = cx.mark();
                if let Slot::Value(upload) = check_file(upload, media_types, max_bytes, cx) {
                    files.push(upload);
                }
                cx.enclose_index(mark, index);
            }
            if cx.mark() == start {
                Slot::Value(files)
            } else {
                Slot::Invalid
            }
        })
    }

    /// Refuses parts that nothing took.
    pub fn finish(self, cx: &mut Cx) {
        let mut seen: Vec<String> = Vec::new();
        for part in self.parts {
            if part.upload.is_some() && !seen.contains(&part.name) {
                refuse(cx, &part.name);
                seen.push(part.name);
            }
        }
    }
}

fn check_file(
    upload: Upload,
    media_types: &[&str],
    max_bytes: Option<usize>,
    cx: &mut Cx,
) -> Slot<Upload> {
    let mark = cx.mark();
    if let Some(max_bytes) = max_bytes
        && upload.content.len() > max_bytes
    {
        cx.violation("maxLength", format!("must have at most {max_bytes} bytes"));
    }
    let essence = upload
        .content_type
        .as_deref()
        .and_then(|text| text.parse::<mime::Mime>().ok());
    let taken = |wanted: &&str| {
        essence.as_ref().is_some_and(|essence| {
            *wanted == essence.essence_str()
                || wanted
                    .strip_suffix("/*")
                    .is_some_and(|kind| kind == essence.type_().as_str())
        })
    };
    if !media_types.is_empty() && !media_types.iter().any(taken) {
        cx.violation(
            "encoding",
            format!("Content-Type must be {}", media_types.join(" or ")),
        );
    }
    if cx.mark() == mark {
        Slot::Value(upload)
    } else {
        Slot::Invalid
    }
}

/// Reads a field: text notation, its name in the pointers.
fn member<T>(cx: &mut Cx, name: &str, read: impl FnOnce(&mut Cx) -> Slot<T>) -> Slot<T> {
    let mark = cx.mark();
    let slot = cx.notation(Source::Text, read);
    cx.enclose(mark, name);
    slot
}

fn refuse(cx: &mut Cx, name: &str) {
    cx.member_violation(
        name,
        "additionalProperties",
        format!("there is no member {name}"),
    );
}
