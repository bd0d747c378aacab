//! `format: binary` and base64 content.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;
use serde::{Serialize, Serializer};

use super::{Describe, Schema, parsed};
use crate::cx::Cx;

/// Raw bytes: a whole body, read by [`Incoming::bytes`](crate::Incoming::bytes),
/// or a part of a multipart body. In JSON, bytes are [`base64()`].
#[derive(Debug)]
pub struct BinarySchema(());

/// Raw bytes.
#[must_use]
pub const fn binary() -> BinarySchema {
    BinarySchema(())
}

impl Describe for BinarySchema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")))
    }
}

impl Schema for BinarySchema {
    type Value = Bytes;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Bytes>, D::Error> {
        parsed(input, cx, |text, _| {
            Some(Bytes::copy_from_slice(text.as_bytes()))
        })
    }
}

/// Bytes that JSON carries as base64 text (RFC 4648 section 4, padded).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base64(pub Bytes);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

/// Bytes as base64 text.
#[derive(Debug)]
pub struct Base64Schema(());

/// Bytes as base64 text.
#[must_use]
pub const fn base64() -> Base64Schema {
    Base64Schema(())
}

impl Describe for Base64Schema {
    fn meta(&self) -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "byte")))
    }
}

impl Schema for Base64Schema {
    type Value = Base64;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Base64>, D::Error> {
        parsed(input, cx, |text, cx| match STANDARD.decode(text) {
            Ok(bytes) => Some(Base64(Bytes::from(bytes))),
            Err(_) => {
                cx.violation("contentEncoding", "must be base64");
                None
            }
        })
    }
}
