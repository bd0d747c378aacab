//! Entity tags and `If-Match` (RFC 9110 sections 8.8.3 and 13.1.1).

/// The strong entity tag of a row version: `"7"`.
#[must_use]
pub fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// Whether the field value of `If-Match` names the entity tag, or is `*`.
/// Weak tags never match, as the strong comparison demands.
#[must_use]
pub fn matches(if_match: &str, etag: &str) -> bool {
    if_match
        .split(',')
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate == etag)
}
