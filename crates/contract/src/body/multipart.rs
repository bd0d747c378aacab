//! `multipart/form-data`.

use std::borrow::Cow;
use std::collections::HashSet;

use bytes::Bytes;

use super::{member, refuse};
use crate::cx::Cx;
use crate::field::Slot;
use crate::parameter::{read, read_json, single};
use crate::schema::Schema;
use crate::text::{ListText, Text};

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
    // None when the body cannot be divided, which is the only violation then.
    parts: Option<Vec<Part>>,
}

impl Multipart {
    pub(crate) async fn read(content_type: &str, body: Bytes, cx: &mut Cx) -> Self {
        let parts = Self::divide(content_type, body, cx).await;
        if let Err(error) = &parts {
            cx.violation("syntax", error.to_string());
        }
        Self { parts: parts.ok() }
    }

    async fn divide(
        content_type: &str,
        body: Bytes,
        cx: &mut Cx,
    ) -> Result<Vec<Part>, multer::Error> {
        let boundary = multer::parse_boundary(content_type)?;
        let stream = futures_util::stream::once(async { Ok::<_, std::io::Error>(body) });
        let mut multipart = multer::Multipart::new(stream, boundary);
        let mut parts = Vec::new();
        while let Some(field) = multipart.next_field().await? {
            let Some(name) = field.name().map(ToOwned::to_owned) else {
                cx.violation("syntax", "every part must have a name");
                continue;
            };
            let file_name = field.file_name().map(ToOwned::to_owned);
            let content_type = field.content_type().map(ToString::to_string);
            parts.push(Part {
                name,
                upload: Some(Upload {
                    file_name,
                    content_type,
                    content: field.bytes().await?,
                }),
            });
        }
        Ok(parts)
    }

    fn take(&mut self, name: &str) -> Slot<Vec<Upload>> {
        let Some(parts) = &mut self.parts else {
            return Slot::Invalid;
        };
        let uploads: Vec<Upload> = parts
            .iter_mut()
            .filter(|part| part.name == name)
            .filter_map(|part| part.upload.take())
            .collect();
        if uploads.is_empty() {
            Slot::Absent
        } else {
            Slot::Value(uploads)
        }
    }

    fn take_single(&mut self, name: &str, cx: &mut Cx) -> Slot<Upload> {
        self.take(name).and_then(|uploads| single(uploads, cx))
    }

    /// A scalar part.
    pub fn scalar<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        member(cx, name, |cx| {
            self.take_single(name, cx)
                .and_then(|upload| text(&upload, cx))
                .and_then(|text| read(schema, Text(text.into()), cx))
        })
    }

    /// An array: one part for each item.
    pub fn exploded<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        member(cx, name, |cx| {
            self.take(name).and_then(|uploads| {
                let mut texts = Vec::with_capacity(uploads.len());
                for (index, upload) in uploads.iter().enumerate() {
                    let mark = cx.mark();
                    let Slot::Value(text) = text(upload, cx) else {
                        cx.enclose_index(mark, index);
                        return Slot::Invalid;
                    };
                    texts.push(Cow::Owned(text));
                }
                read(schema, ListText(texts), cx)
            })
        })
    }

    /// An object or array as JSON in one part. Its Content-Type, if it has one, is
    /// that of JSON, or of the plain text that clients put where they know no
    /// better.
    pub fn json<S: Schema>(&mut self, cx: &mut Cx, name: &str, schema: &S) -> Slot<S::Value> {
        member(cx, name, |cx| {
            self.take_single(name, cx).and_then(|upload| {
                if upload.content_type.is_some()
                    && !has_media_type(&upload, &["application/json", "text/plain"])
                {
                    cx.violation("encoding", "Content-Type must be application/json");
                    return Slot::Invalid;
                }
                read_json(schema, &upload.content, cx)
            })
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
        member(cx, name, |cx| {
            self.take_single(name, cx)
                .and_then(|upload| check_file(upload, media_types, max_bytes, cx))
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
        member(cx, name, |cx| {
            self.take(name).and_then(|uploads| {
                let start = cx.mark();
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
        })
    }

    /// Refuses parts that nothing took.
    pub fn finish(self, cx: &mut Cx) {
        let mut seen = HashSet::new();
        for part in self.parts.into_iter().flatten() {
            if part.upload.is_some() && !seen.contains(&part.name) {
                refuse(cx, &part.name);
                seen.insert(part.name);
            }
        }
    }
}

/// The content of a part as text.
fn text(upload: &Upload, cx: &mut Cx) -> Slot<String> {
    match std::str::from_utf8(&upload.content) {
        Ok(text) => Slot::Value(text.to_owned()),
        Err(_) => {
            cx.violation("syntax", "must be UTF-8");
            Slot::Invalid
        }
    }
}

/// Whether the Content-Type of a part is one of these, where `image/*` means all
/// of a kind.
fn has_media_type(upload: &Upload, media_types: &[&str]) -> bool {
    let essence = upload
        .content_type
        .as_deref()
        .and_then(|text| text.parse::<mime::Mime>().ok());
    let Some(essence) = essence else {
        return false;
    };
    media_types.iter().any(|wanted| {
        *wanted == "*/*"
            || *wanted == essence.essence_str()
            || wanted
                .strip_suffix("/*")
                .is_some_and(|kind| kind == essence.type_().as_str())
    })
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
    if !media_types.is_empty() && !has_media_type(&upload, media_types) {
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
