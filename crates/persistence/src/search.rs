//! What members and projects are searched by: names and addresses, in small letters.

use unicode_normalization::UnicodeNormalization as _;

/// What stands between the name and the address, and in no text that is searched for.
const BETWEEN: char = '\n';

/// What is kept of a name and an address to search in.
pub(crate) fn text(name: &str, email: &str) -> String {
    folded(name).chain([BETWEEN]).chain(folded(email)).collect()
}

/// What is kept of a name alone.
pub(crate) fn name(name: &str) -> String {
    folded(name).collect()
}

/// What `LIKE` is given, with `\` as its escape, to find a part of what is kept.
pub(crate) fn pattern(part: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in folded(part) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Signs that are read as the same are the same (NFKC), and small. Each by itself,
/// whatever stands around it: a part of a word is found in the whole.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.nfkc().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::{pattern, text};

    #[test]
    fn name_and_address_stand_apart() {
        assert_eq!(
            text("Inês LAURENT", "Ines@Northwind.example"),
            "inês laurent\nines@northwind.example"
        );
    }

    #[test]
    fn what_reads_the_same_is_the_same() {
        // Wide letters, a ligature, and an accent that is a sign of its own.
        assert_eq!(text("Ｉｎｅ\u{301}ｓ ﬁ", ""), "inés fi\n");
        assert_eq!(pattern("INE\u{301}S"), "%inés%");
        // This letter has another small form where a word ends.
        assert!(text("ΣΟΦΟΣΑ", "").contains(pattern("ΣΟΦΟΣ").trim_matches('%')));
    }

    #[test]
    fn a_pattern_means_what_is_written() {
        assert_eq!(pattern(r"100%_\"), r"%100\%\_\\%");
    }
}
