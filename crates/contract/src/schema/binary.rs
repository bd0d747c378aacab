//! `format: binary` and base64 content.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde::de::Deserializer;

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

/// Bytes as base64 text (RFC 4648 section 4, padded).
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
    type Value = Bytes;

    fn decode<'de, D: Deserializer<'de>>(
        &self,
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Bytes>, D::Error> {
        let Some(text) = string().decode(input, cx)? else {
            return Ok(None);
        };
        match STANDARD.decode(&text) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(_) => {
                cx.violation("contentEncoding", "must be base64");
                Ok(None)
            }
        }
    }
}
