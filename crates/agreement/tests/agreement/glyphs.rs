//! Which characters can be printed.

use charter_agreement::missing_glyph;

#[test]
fn latin_greek_and_cyrillic_can_be_printed() {
    for text in [
        "",
        "Société Générale d’Œuvres, S.A.",
        "Łódź Škoda Đorđe Þór İzmir ẞ ſ",
        "Nguyễn Thị Hồng Ấm Ỷ",
        "Ελληνική Ἑταιρεία ΐ ῷ",
        "Общество Ђорђевић Київ ґ Ў",
        "e\u{301} n\u{303} A\u{30a}",
        "«„“‘’–—…·•№§¶©®™€£¥¼½¾",
        "non\u{a0}breaking\u{202f}spaces",
        "two\nlines",
    ] {
        assert_eq!(missing_glyph(text), None, "{text}");
    }
}

#[test]
fn what_cannot_be_printed_is_found() {
    for character in [
        // No glyph.
        '🌍',
        '株',
        'あ',
        '한',
        'ع',
        'ก',
        'अ',
        '\u{1f1f5}',
        '\u{feff}',
        '\u{2028}',
        '\u{fffd}',
        // Control.
        '\0',
        '\t',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        // Nobody would see them.
        '\u{ad}',
        '\u{200b}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{202e}',
        '\u{2066}',
        // From right to left.
        'ש',
        '\u{fb2a}',
        // Private, or lost.
        '\u{e000}',
        '\u{e801}',
        '\u{ffff}',
        '\u{10ffff}',
    ] {
        let text = format!("Acme {character} GmbH 🌍");
        assert_eq!(
            missing_glyph(&text),
            Some(character),
            "{}",
            character.escape_unicode()
        );
    }
}
