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
    if if_match.trim() == "*" {
        return true;
    }
    // A comma may stand within a tag, so the list is read from quote to quote.
    let mut rest = if_match;
    while let Some((before, opened)) = rest.split_once('"') {
        let Some((content, after)) = opened.split_once('"') else {
            return false;
        };
        let weak = before.ends_with("W/");
        if !weak && etag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(content) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{matches, of_version};

    #[test]
    fn compares_strongly() {
        let current = of_version(7);
        for (if_match, expected) in [
            ("\"7\"", true),
            ("*", true),
            (" * ", true),
            ("\"6\", \"7\"", true),
            ("\"6\",\"7\"", true),
            ("W/\"6\" , \"7\"", true),
            ("W/\"7\"", false),
            ("\"6\"", false),
            ("\"77\"", false),
            ("7", false),
            ("", false),
            ("\"a,*,b\"", false),
            ("\"6,7\"", false),
            ("\"7", false),
        ] {
            assert_eq!(matches(if_match, &current), expected, "{if_match}");
        }
    }
}
