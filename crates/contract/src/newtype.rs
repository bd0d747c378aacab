//! Scalars and enumerations of the document as types of their own.

use std::fmt;

use serde::de::IntoDeserializer;
use serde::de::value::Error;

use crate::cx::Cx;
use crate::field::Slot;
use crate::parameter::read_json;
use crate::schema::Schema;
use crate::violation::Violation;

/// A value that the document does not admit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    violations: Vec<Violation>,
}

impl Refused {
    /// Every rule that the value breaks.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            formatter.write_str(&violation.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

/// Overwrites a secret that is not needed any more.
pub fn wipe(secret: &mut String) {
    zeroize::Zeroize::zeroize(secret);
}

/// Checks a value that does not come from a request.
///
/// # Errors
/// When the document does not admit it.
pub fn check<'de, S, V>(schema: &S, value: V) -> Result<S::Value, Refused>
where
    S: Schema,
    V: IntoDeserializer<'de, Error>,
{
    let mut cx = Cx::new();
    match schema.decode(value.into_deserializer(), &mut cx) {
        Ok(Some(value)) if cx.is_valid() => Ok(value),
        Ok(_) => Err(Refused {
            violations: cx.into_violations(),
        }),
        Err(error) => {
            cx.violation("syntax", error.to_string());
            Err(Refused {
                violations: cx.into_violations(),
            })
        }
    }
}

/// Checks JSON that does not come from a request, such as what was stored.
///
/// # Errors
/// When the document does not admit it.
pub fn check_json<S: Schema>(schema: &S, text: &str) -> Result<S::Value, Refused> {
    let mut cx = Cx::new();
    match read_json(schema, text.as_bytes(), &mut cx) {
        Slot::Value(value) if cx.is_valid() => Ok(value),
        _ => Err(Refused {
            violations: cx.into_violations(),
        }),
    }
}

/// Declares what a scalar with rules of its own can do:
/// `newtype!(PlanId(String), PLAN_ID);` for `pub struct PlanId(String);` and
/// `static PLAN_ID: StringSchema`.
///
/// `newtype!(secret NewPassword, NEW_PASSWORD);` is for texts that no log may
/// show: they have no `Display`, their `Debug` shows nothing, only `as_ref` gives
/// the text away, and their memory is wiped when they go.
#[macro_export]
macro_rules! newtype {
    (@ $name:ident, $inner:ty, $schema:ident) => {
        $crate::openapi_model!($name, decode);

        impl $crate::Model for $name {
            const NAME: &'static str = ::std::stringify!($name);

            fn meta() -> $crate::private::poem_openapi::registry::MetaSchema {
                $crate::inline_meta(&$schema)
            }
        }

        impl $crate::Decode for $name {
            fn decode<'de, D: $crate::private::serde::Deserializer<'de>>(
                input: D,
                cx: &mut $crate::Cx,
            ) -> ::std::result::Result<::std::option::Option<Self>, D::Error> {
                let value = $crate::Schema::decode(&$schema, input, cx)?;
                ::std::result::Result::Ok(value.map(Self))
            }
        }

        impl ::std::convert::TryFrom<$inner> for $name {
            type Error = $crate::Refused;

            fn try_from(value: $inner) -> ::std::result::Result<Self, Self::Error> {
                $crate::check(&$schema, value).map(Self)
            }
        }
    };
    (@ open $name:ident, $inner:ty) => {
        impl ::std::convert::From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, formatter)
            }
        }
    };
    (secret $name:ident, $schema:ident) => {
        $crate::newtype!(@ $name, ::std::string::String, $schema);

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str("[redacted]")
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::ops::Drop for $name {
            fn drop(&mut self) {
                $crate::private::wipe(&mut self.0);
            }
        }
    };
    ($name:ident(String), $schema:ident) => {
        $crate::newtype!(@ $name, ::std::string::String, $schema);
        $crate::newtype!(@ open $name, ::std::string::String);

        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
    ($name:ident(i64), $schema:ident) => {
        $crate::newtype!(@ $name, i64, $schema);
        $crate::newtype!(@ open $name, i64);
    };
    ($name:ident(f64), $schema:ident) => {
        $crate::newtype!(@ $name, f64, $schema);
        $crate::newtype!(@ open $name, f64);
    };
}

/// Declares what an enumeration of strings can do:
/// `enumeration!(MemberRole { Admin: "admin", Member: "member" });`.
#[macro_export]
macro_rules! enumeration {
    ($name:ident { $($variant:ident: $text:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order of the document.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Their texts.
            const TEXTS: &'static [&'static str] = &[$($text),+];

            /// As the document writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        $crate::openapi_model!($name, decode);

        impl $crate::Model for $name {
            const NAME: &'static str = ::std::stringify!($name);

            fn meta() -> $crate::private::poem_openapi::registry::MetaSchema {
                let mut meta = $crate::private::poem_openapi::registry::MetaSchema::new("string");
                meta.enum_items = Self::TEXTS.iter().map(|text| (*text).into()).collect();
                meta
            }
        }

        impl $crate::Decode for $name {
            fn decode<'de, D: $crate::private::serde::Deserializer<'de>>(
                input: D,
                cx: &mut $crate::Cx,
            ) -> ::std::result::Result<::std::option::Option<Self>, D::Error> {
                let index = $crate::enumeration(input, Self::TEXTS, cx)?;
                ::std::result::Result::Ok(index.and_then(|index| Self::ALL.get(index).copied()))
            }
        }

        impl $crate::private::serde::Serialize for $name {
            fn serialize<S: $crate::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::Refused;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::check(&$crate::model::<Self>(), text)
            }
        }
    };
}
