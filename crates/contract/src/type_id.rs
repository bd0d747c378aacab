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
        let mut suffix = [0; SUFFIX];
        encode(self.into(), &mut suffix);
        formatter.write_str(text(&suffix))
    }

    /// Reads `prefix_` and 26 characters.
    fn parse(text: &str) -> Option<Self> {
        let suffix = if Self::PREFIX.is_empty() {
            text
        } else {
            text.strip_prefix(Self::PREFIX)?.strip_prefix('_')?
        };
        if suffix.len() != SUFFIX || suffix.as_bytes().first().is_none_or(|first| *first > b'7') {
            return None;
        }
        let mut bits: u128 = 0;
        for byte in suffix.bytes() {
            let digit = DIGITS[usize::from(byte)];
            if digit == NO_DIGIT {
                return None;
            }
            bits = (bits << 5) | u128::from(digit);
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

/// The characters of an id without its prefix.
const SUFFIX: usize = 26;

/// Crockford's base 32 in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The place of each byte in the alphabet.
static DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 32 {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

/// Marks what is not in the alphabet.
const NO_DIGIT: u8 = u8::MAX;

fn encode(id: Uuid, suffix: &mut [u8; SUFFIX]) {
    let mut bits = id.as_u128();
    for character in suffix.iter_mut().rev() {
        *character = ALPHABET[usize::from(bits.to_le_bytes()[0] & 31)];
        bits >>= 5;
    }
}

/// The text of an id in `buffer`, which has [`type_id_length`] bytes. A list of
/// ids is serialised much faster so than through a formatter.
pub fn type_id_text<'a>(prefix: &str, id: impl Into<Uuid>, buffer: &'a mut [u8]) -> &'a str {
    if let Some((start, suffix)) = buffer.split_last_chunk_mut() {
        if let Some((underscore, start)) = start.split_last_mut() {
            *underscore = b'_';
            start.copy_from_slice(prefix.as_bytes());
        }
        encode(id.into(), suffix);
    }
    text(buffer)
}

/// Prefixes and the alphabet are ASCII.
fn text(buffer: &[u8]) -> &str {
    std::str::from_utf8(buffer).unwrap_or_default()
}

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
                let mut buffer = [0; $crate::private::type_id_length($prefix)];
                serializer.serialize_str($crate::private::type_id_text($prefix, *self, &mut buffer))
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use crate::TypeId;

    #[derive(Clone, Copy, PartialEq, Eq)]
    struct PrefixId(Uuid);

    crate::type_id!(PrefixId, "prefix");

    #[test]
    fn every_way_of_writing_one_is_the_same() {
        // Valid examples of the specification.
        for (bits, text) in [
            (
                0x0189_0a5d_ac96_774b_bcce_b302_099a_8057,
                "prefix_01h455vb4pex5vsknk084sn02q",
            ),
            (
                0x0110_c853_1d09_52d8_d73e_1194_e95b_5f19,
                "prefix_0123456789abcdefghjkmnpqrs",
            ),
        ] {
            let id = PrefixId(Uuid::from_u128(bits));
            assert_eq!(id.to_string(), text);
            assert_eq!(format!("{id:?}"), text);
            assert_eq!(json!(id), json!(text));
            assert!(PrefixId::parse(text) == Some(id));
            assert!(PrefixId::parse(&text.replace("prefix", "suffix")).is_none());
        }
    }
}
