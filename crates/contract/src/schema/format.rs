//! Formats of strings that stay strings.

use std::str::FromStr;

use email_address::EmailAddress;

/// A `format` that is asserted. Formats with a Rust type of their own
/// (`date-time`, `uuid`, ...) have their own schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 5321 mailbox with a domain (no display name, no address literal).
    Email,
    /// RFC 3986 URI with a scheme.
    Uri,
    /// RFC 3986 URI or relative reference.
    UriReference,
    /// RFC 1123 host name.
    Hostname,
    /// Dotted quad.
    Ipv4,
    /// RFC 4291 text form.
    Ipv6,
    /// A secret: shown as dots by forms; no rule of its own.
    Password,
}

impl Format {
    /// The keyword's value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::UriReference => "uri-reference",
            Self::Hostname => "hostname",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Password => "password",
        }
    }

    /// Whether `text` has this format.
    #[must_use]
    pub fn is_match(self, text: &str) -> bool {
        match self {
            Self::Email => EmailAddress::from_str(text)
                .is_ok_and(|address| address.display_part().is_empty() && text == address.email()),
            Self::Uri => url::Url::parse(text).is_ok(),
            Self::UriReference => match url::Url::parse(text) {
                Ok(_) => true,
                Err(url::ParseError::RelativeUrlWithoutBase) => !text.contains(char::is_whitespace),
                Err(_) => false,
            },
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => std::net::Ipv4Addr::from_str(text).is_ok(),
            Self::Ipv6 => std::net::Ipv6Addr::from_str(text).is_ok(),
            Self::Password => true,
        }
    }
}

fn is_hostname(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
