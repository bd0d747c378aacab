//! In what form a body comes.

use poem::http::{HeaderMap, HeaderValue, header};

use crate::operation::BodyRule;
use crate::problem::{Problem, kind};

/// Checks Content-Type and Content-Encoding of a body that is there. A charset
/// other than UTF-8 is refused; other parameters mean nothing here.
pub(crate) fn check(rule: &BodyRule, headers: &HeaderMap) -> Result<(), Problem> {
    if !is_plain(headers) {
        return Err(Problem::new(
            &kind::UNSUPPORTED_MEDIA_TYPE,
            "Send the body without a Content-Encoding.",
        )
        .with_header(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        ));
    }
    if !has_media_type(rule, headers) {
        return Err(Problem::new(
            &kind::UNSUPPORTED_MEDIA_TYPE,
            format!("Send the body as {}.", rule.media_type),
        )
        .with_header(header::ACCEPT, HeaderValue::from_static(rule.media_type)));
    }
    Ok(())
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn has_media_type(rule: &BodyRule, headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return false;
    };
    let media_type = field
        .to_str()
        .ok()
        // A semicolon that nothing follows is allowed (RFC 9110 section 5.6.6).
        .and_then(|text| {
            text.trim_end_matches([';', ' ', '\t'])
                .parse::<mime::Mime>()
                .ok()
        });
    media_type.is_some_and(|media_type| {
        media_type
            .essence_str()
            .eq_ignore_ascii_case(rule.media_type)
            && media_type
                .get_param(mime::CHARSET)
                .is_none_or(|charset| charset == mime::UTF_8)
    })
}
