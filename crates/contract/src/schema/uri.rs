//! The syntax of RFC 3986.

/// Whether `text` is a URI: a scheme and what follows it.
pub(super) fn is_uri(text: &str) -> bool {
    match text.split_once(':') {
        Some((scheme, rest)) => is_scheme(scheme) && is_relative(rest),
        None => false,
    }
}

/// Whether `text` is a URI or a relative reference.
pub(super) fn is_uri_reference(text: &str) -> bool {
    let first_segment = text.split(['/', '?', '#']).next().unwrap_or(text);
    is_uri(text) || (!first_segment.contains(':') && is_relative(text))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// `[ "//" authority ] path [ "?" query ] [ "#" fragment ]`.
fn is_relative(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    let (authority, path) = match text.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", text),
    };
    is_authority(authority)
        && consists_of(path, b":@/")
        && consists_of(query, b":@/?")
        && consists_of(fragment, b":@/?")
}

/// `[ userinfo "@" ] host [ ":" port ]`.
fn is_authority(text: &str) -> bool {
    let (user, host) = text.split_once('@').unwrap_or(("", text));
    let (name, port) = match host.strip_prefix('[') {
        Some(literal) => match literal.split_once(']') {
            Some((address, rest)) if is_ip_literal(address) => ("", rest),
            _ => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    consists_of(user, b":")
        && consists_of(name, b"")
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// What stands between brackets: an IPv6 address or one of a later version.
fn is_ip_literal(text: &str) -> bool {
    let future = |rest: &str| {
        rest.split_once('.').is_some_and(|(version, address)| {
            !version.is_empty()
                && version.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !address.is_empty()
                && !address.contains('%')
                && consists_of(address, b":")
        })
    };
    match text.strip_prefix(['v', 'V']) {
        Some(rest) => future(rest),
        None => text.parse::<std::net::Ipv6Addr>().is_ok(),
    }
}

/// Whether there is nothing in `text` but unreserved characters, sub-delimiters,
/// percent-encodings and `extra`.
fn consists_of(text: &str, extra: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            b'-' | b'.' | b'_' | b'~' => true,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
            other => other.is_ascii_alphanumeric() || extra.contains(&other),
        };
        if !allowed {
            return false;
        }
    }
    true
}
