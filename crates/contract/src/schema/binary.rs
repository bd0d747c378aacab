//! `format: binary` and base64 content.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;
use serde::{Serialize, Serializer};

use super::{Describe, Schema, string};
use crate::cx::Cx;

/// Raw bytes: a part of a multipart body or a whole body. In JSON it is
/// refused; there bytes are base64.
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
        Ok(string().decode(input, cx)?.map(Bytes::from))
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
        let Some(text) = string().decode(input, cx)? else {
            return Ok(None);
        };
        match STANDARD.decode(&text) {
            Ok(bytes) => Ok(Some(Base64(Bytes::from(bytes)))),
            Err(_) => {
                cx.violation("contentEncoding", "must be base64");
                Ok(None)
            }
        }
    }
}
