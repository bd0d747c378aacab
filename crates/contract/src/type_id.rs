//! TypeIDs: a prefix and a UUID, `org_01jx...` (TypeID specification 0.3). With
//! an empty prefix there is no underscore either.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};

use serde::de::Deserializer;
use uuid::Uuid;

use crate::cx::Cx;
use crate::schema::parsed;

/// A newtype over [`Uuid`] with a prefix; implemented by [`type_id!`](crate::type_id).
pub trait TypeId: Copy + From<Uuid> + Into<Uuid> {
    /// The part before the underscore; may be empty.
    const PREFIX: &'static str;

    /// Writes `prefix_` and 26 characters.
    ///
    /// # Errors
    /// As the formatter's.
    fn write(self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !Self::PREFIX.is_empty() {
            formatter.write_str(Self::PREFIX)?;
            formatter.write_char('_')?;
        }
        let bits = Into::<Uuid>::into(self).as_u128();
        for index in (0..26).rev() {
            let digit = usize::try_from((bits >> (index * 5)) & 31).unwrap_or(0);
            formatter.write_char(char::from(ALPHABET[digit]))?;
        }
        Ok(())
    }

    /// Reads `prefix_` and 26 characters.
    fn parse(text: &str) -> Option<Self> {
        let suffix = if Self::PREFIX.is_empty() {
            text
        } else {
            text.strip_prefix(Self::PREFIX)?.strip_prefix('_')?
        };
        if suffix.len() != 26 || suffix.as_bytes().first().is_none_or(|first| *first > b'7') {
            return None;
        }
        let mut bits: u128 = 0;
        for byte in suffix.bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            bits = (bits << 5) | u128::try_from(digit).ok()?;
        }
        Some(Self::from(Uuid::from_u128(bits)))
    }

    /// Decodes strictly: anything that is not such an id is a violation of
    /// `pattern`, and of the length when that is wrong as well.
    ///
    /// # Errors
    /// As the deserialiser's.
    fn decode_id<'de, D: Deserializer<'de>>(
        input: D,
        cx: &mut Cx,
    ) -> Result<Option<Self>, D::Error> {
        parsed(input, cx, |text, cx| {
            let id = Self::parse(text);
            if id.is_none() {
                refuse(text, Self::PREFIX, cx);
            }
            id
        })
    }
}

/// The characters of an id with this prefix.
#[must_use]
pub const fn type_id_length(prefix: &str) -> usize {
    if prefix.is_empty() {
        26
    } else {
        prefix.len() + 27
    }
}

#[cold]
fn refuse(text: &str, prefix: &str, cx: &mut Cx) {
    let wanted = type_id_length(prefix);
    match text.chars().count().cmp(&wanted) {
        Ordering::Less => cx.violation(
            "minLength",
            format!("must have at least {wanted} characters"),
        ),
        Ordering::Greater => cx.violation(
            "maxLength",
            format!("must have at most {wanted} characters"),
        ),
        Ordering::Equal => {}
    }
    let detail = if prefix.is_empty() {
        "must be 26 characters of Crockford's base 32".to_owned()
    } else {
        format!("must be {prefix}_ and 26 characters of Crockford's base 32")
    };
    cx.violation("pattern", detail);
}

/// Crockford's base 32 in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Declares the trait implementations of a TypeID newtype:
/// `type_id!(OrganisationId, "org");` for `pub struct OrganisationId(Uuid);`.
#[macro_export]
macro_rules! type_id {
    ($name:ident, $prefix:literal) => {
        impl $crate::TypeId for $name {
            const PREFIX: &'static str = $prefix;
        }

        impl ::std::convert::From<$crate::private::uuid::Uuid> for $name {
            fn from(id: $crate::private::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl ::std::convert::From<$name> for $crate::private::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::TypeId::write(*self, formatter)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::TypeId::write(*self, formatter)
            }
        }

        impl $crate::private::serde::Serialize for $name {
            fn serialize<S: $crate::private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::openapi_model!($name, decode);

        impl $crate::Model for $name {
            const NAME: &'static str = ::std::stringify!($name);

            fn meta() -> $crate::private::poem_openapi::registry::MetaSchema {
                let mut meta = $crate::private::poem_openapi::registry::MetaSchema::new("string");
                meta.pattern = Some(::std::format!(
                    "^{}{}[0-7][0-9a-hjkmnp-tv-z]{{25}}$",
                    $prefix,
                    if $prefix.is_empty() { "" } else { "_" },
                ));
                meta.min_length = Some($crate::private::type_id_length($prefix));
                meta.max_length = meta.min_length;
                meta
            }
        }

        impl $crate::Decode for $name {
            fn decode<'de, D: $crate::private::serde::Deserializer<'de>>(
                input: D,
                cx: &mut $crate::Cx,
            ) -> ::std::result::Result<::std::option::Option<Self>, D::Error> {
                <Self as $crate::TypeId>::decode_id(input, cx)
            }
        }
    };
}
