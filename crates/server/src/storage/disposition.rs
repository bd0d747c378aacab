//! What a download is named.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 8187 does not take as it is, and a few characters more.
const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// The `Content-Disposition` (RFC 6266) of a file to be kept, not shown. The name can
/// be anybody's text: it stays within its quotes, and no path comes of it. All is ASCII.
pub fn attachment(file_name: &str) -> String {
    let name: String = file_name
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '/' | '\\') {
                '_'
            } else {
                c
            }
        })
        .collect();
    // `%` because some browsers decode it here as well.
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii() && !matches!(c, '"' | '%') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let encoded = utf8_percent_encode(&name, &ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn names_stay_names() {
        for (name, expected) in [
            ("Acme DPA.pdf", "attachment; filename=\"Acme DPA.pdf\""),
            (
                "Söhne.pdf",
                "attachment; filename=\"S_hne.pdf\"; filename*=UTF-8''S%C3%B6hne.pdf",
            ),
            (
                "\"; filename=\"evil.exe",
                "attachment; filename=\"_; filename=_evil.exe\"; \
                 filename*=UTF-8''%22%3B%20filename%3D%22evil.exe",
            ),
            (
                "../a\\b\r\nX: y\0.pdf",
                "attachment; filename=\".._a_b__X: y_.pdf\"",
            ),
            (
                "100%.pdf",
                "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf",
            ),
            ("", "attachment; filename=\"\""),
        ] {
            let made = attachment(name);
            assert_eq!(made, expected);
            assert!(
                made.bytes().all(|byte| matches!(byte, b' '..=b'~')),
                "{made}"
            );
        }
    }
}
