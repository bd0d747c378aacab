//! poem-openapi's traits of models: whoever writes an endpoint by hand with
//! poem-openapi can take and give the models of a document.

use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use serde::Serialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::field::Slot;
use crate::model::{Decode, Model};
use crate::operation_meta::reference;
use crate::parameter::{read, read_json};
use crate::reply::Json;
use crate::schema::model;

impl<T: Model> Payload for Json<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        reference::<T>()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// Reads a model as strictly as a route does; absent counts as null.
///
/// # Errors
/// When the document does not admit the value.
pub fn parse_value<T: Decode>(value: Option<Value>) -> Result<T, String> {
    parsed(|cx| read(&model::<T>(), value.unwrap_or_default(), cx))
}

/// [`parse_value`] for text, which loses nothing on a detour over a tree.
///
/// # Errors
/// When the document does not admit the value.
pub fn parse_text<T: Decode>(text: &str) -> Result<T, String> {
    parsed(|cx| read_json(&model::<T>(), text.as_bytes(), cx))
}

fn parsed<T>(read: impl FnOnce(&mut Cx) -> Slot<T>) -> Result<T, String> {
    let mut cx = Cx::new();
    match read(&mut cx) {
        Slot::Value(value) if cx.is_valid() => Ok(value),
        _ => Err(cx
            .into_violations()
            .into_iter()
            .map(|violation| {
                let pointer = violation.pointer.unwrap_or_default();
                format!("{pointer}: {}", violation.detail)
            })
            .collect::<Vec<_>>()
            .join(", ")),
    }
}

/// A model as a tree.
pub fn to_value<T: Serialize>(value: &T) -> Option<Value> {
    serde_json::to_value(value).ok()
}

/// Implements poem-openapi's `Type` for a model, with `ToJSON` for one that
/// answers carry, `ParseFromJSON` for one that requests carry, and both for one
/// that both carry: `openapi_model!(Member);`, `openapi_model!(CreateInvite,
/// request);` and `openapi_model!(Address, decode);`. The macros for ids, newtypes
/// and enumerations do it themselves.
#[macro_export]
macro_rules! openapi_model {
    ($name:ident) => {
        $crate::openapi_model!(@ type $name);
        $crate::openapi_model!(@ write $name);
    };
    ($name:ident, request) => {
        $crate::openapi_model!(@ type $name);
        $crate::openapi_model!(@ read $name);
    };
    ($name:ident, decode) => {
        $crate::openapi_model!(@ type $name);
        $crate::openapi_model!(@ write $name);
        $crate::openapi_model!(@ read $name);
    };
    (@ type $name:ident) => {
        impl $crate::private::poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;

            type RawValueType = Self;

            type RawElementValueType = Self;

            fn name() -> ::std::borrow::Cow<'static, str> {
                <Self as $crate::Model>::NAME.into()
            }

            fn schema_ref() -> $crate::private::poem_openapi::registry::MetaSchemaRef {
                $crate::Describe::meta(&$crate::model::<Self>())
            }

            fn register(registry: &mut $crate::private::poem_openapi::registry::Registry) {
                <Self as $crate::Model>::register(registry);
            }

            fn as_raw_value(&self) -> ::std::option::Option<&Self> {
                ::std::option::Option::Some(self)
            }

            fn raw_element_iter<'a>(
                &'a self,
            ) -> ::std::boxed::Box<dyn ::std::iter::Iterator<Item = &'a Self> + 'a> {
                ::std::boxed::Box::new(::std::iter::once(self))
            }
        }
    };
    (@ write $name:ident) => {
        impl $crate::private::poem_openapi::types::ToJSON for $name {
            fn to_json(&self) -> ::std::option::Option<$crate::private::serde_json::Value> {
                $crate::private::to_value(self)
            }
        }
    };
    (@ read $name:ident) => {
        impl $crate::private::poem_openapi::types::ParseFromJSON for $name {
            fn parse_from_json(
                value: ::std::option::Option<$crate::private::serde_json::Value>,
            ) -> $crate::private::poem_openapi::types::ParseResult<Self> {
                $crate::private::parse_value(value)
                    .map_err($crate::private::poem_openapi::types::ParseError::custom)
            }

            fn parse_from_json_string(
                text: &str,
            ) -> $crate::private::poem_openapi::types::ParseResult<Self> {
                $crate::private::parse_text(text)
                    .map_err($crate::private::poem_openapi::types::ParseError::custom)
            }
        }
    };
}
