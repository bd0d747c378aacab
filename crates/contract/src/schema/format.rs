//! Formats of strings that stay strings.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::uri::{is_uri, is_uri_reference};

/// A `format` that is asserted. Formats with a Rust type of their own
/// (`date-time`, `uuid`, ...) have their own schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 5321 mailbox, in ASCII.
    Email,
    /// RFC 3986 URI.
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
            Self::Email => is_mailbox(text),
            Self::Uri => is_uri(text),
            Self::UriReference => is_uri_reference(text),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => Ipv4Addr::from_str(text).is_ok(),
            Self::Ipv6 => Ipv6Addr::from_str(text).is_ok(),
            Self::Password => true,
        }
    }
}

/// `Local-part "@" ( Domain / address-literal )` of RFC 5321 section 4.1.2, with
/// its limits.
fn is_mailbox(text: &str) -> bool {
    let Some(at) = text.bytes().rposition(|byte| byte == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let quoted = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let local_fits = local.len() <= 64
        && match quoted {
            Some(content) => is_quoted(content),
            None => is_dot_string(local.as_bytes()),
        };
    let literal = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    local_fits
        && match literal {
            Some(address) => is_address_literal(address),
            None => is_hostname(domain),
        }
}

/// Atoms with a dot between each two.
fn is_dot_string(text: &[u8]) -> bool {
    let mut last = b'.';
    for byte in text {
        if !DOT_STRING[usize::from(*byte)] || (*byte == b'.' && last == b'.') {
            return false;
        }
        last = *byte;
    }
    last != b'.'
}

/// What a dot-string has.
static DOT_STRING: [bool; 256] = letters_digits_and(b".!#$%&'*+-/=?^_`{|}~");

/// What a label of a host name has.
static LABEL: [bool; 256] = letters_digits_and(b"-");

/// A table, and each text is walked once: lists of addresses are checked on their
/// way out as well.
const fn letters_digits_and(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte.is_ascii() {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
}

fn is_quoted(content: &str) -> bool {
    let mut bytes = content.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'\\' => bytes.next().is_some_and(|next| matches!(next, b' '..=b'~')),
            b'"' => false,
            other => matches!(other, b' '..=b'~'),
        };
        if !allowed {
            return false;
        }
    }
    true
}

fn is_address_literal(text: &str) -> bool {
    match text.split_at_checked(5) {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6:") => {
            Ipv6Addr::from_str(address).is_ok()
        }
        _ => Ipv4Addr::from_str(text).is_ok(),
    }
}

/// Labels of letters, digits and hyphens. Two hyphens in the third and fourth
/// place mark an encoded label (RFC 5891), of which only the prefix is looked at.
fn is_hostname(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if LABEL[usize::from(*byte)] {
            continue;
        }
        if *byte != b'.' || !is_label(&bytes[start..index]) {
            return false;
        }
        start = index + 1;
    }
    bytes.len() <= 253 && is_label(&bytes[start..])
}

/// Whether letters, digits and hyphens are a label.
fn is_label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len())
        && label.first() != Some(&b'-')
        && label.last() != Some(&b'-')
        && (label.get(2..4) != Some(b"--") || label.starts_with(b"xn--"))
}
