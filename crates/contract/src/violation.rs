//! One broken rule of the document.

use serde::Serialize;

/// Where in a request a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// The request body.
    Body,
    /// A query parameter.
    Query,
    /// A path parameter.
    Path,
    /// A header parameter.
    Header,
    /// A cookie parameter.
    Cookie,
}

/// One broken rule: a member of [`Problem::errors`](crate::Problem).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where the value stood.
    #[serde(rename = "in")]
    pub location: Location,
    /// The parameter's name; absent for bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// JSON pointer (RFC 6901) within the body or within the parameter's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The violated JSON Schema keyword; `syntax` for input that cannot be read
    /// at all, `duplicate` for what stands twice, `unknown` for a parameter or a
    /// body that the operation does not have.
    pub keyword: &'static str,
    /// What is wrong, for people.
    pub detail: String,
}

/// The most characters of an explanation.
pub(crate) const MAX_DETAIL: usize = 2048;

/// `text`, cut where it has more than `max` characters: what a client sent must
/// not come back at any length.
pub(crate) fn shortened(mut text: String, max: usize) -> String {
    if text.len() > max
        && let Some((end, _)) = text.char_indices().nth(max - 1)
        && text[end..].chars().nth(1).is_some()
    {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}
