//! Names of organisations as they can stand in addresses.

use charter_api_organisations::models::OrganisationId;
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

/// The most characters that come from the name.
const LONGEST: usize = 48;

/// How many characters of the id make a name unlike those of others.
const DISTINCTION: usize = 8;

/// Where nothing of the name is left.
const NAMELESS: &str = "organisation";

/// What an organisation can be called in addresses, in the order in which it is tried:
/// by its name, and where another has that name already, by name and id.
pub(crate) fn candidates(name: &str, id: Uuid) -> [String; 2] {
    let plain = of(name);
    let id = OrganisationId::from(id).to_string();
    let (_, distinction) = id.split_at(id.len().saturating_sub(DISTINCTION));
    let distinct = format!("{plain}-{distinction}");
    [plain, distinct]
}

/// The name in small letters and digits of ASCII, with hyphens between words. Accents
/// are dropped; whatever else is no letter or digit divides words.
fn of(name: &str) -> String {
    let mut slug = String::new();
    let mut apart = false;
    for character in name.nfkd() {
        if character.is_ascii_alphanumeric() {
            if apart && !slug.is_empty() {
                slug.push('-');
            }
            apart = false;
            slug.push(character.to_ascii_lowercase());
        } else if !unicode_normalization::char::is_combining_mark(character) {
            apart = true;
        }
    }
    slug.truncate(LONGEST);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { NAMELESS } else { slug }.to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{candidates, of};

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Northwind Research", "northwind-research"),
            ("  Crème & Brûlée, Ltd. ", "creme-brulee-ltd"),
            ("ＡＣＭＥ ﬁne ²", "acme-fine-2"),
            ("Straße", "stra-e"),
            ("株式会社", "organisation"),
            ("--", "organisation"),
            ("Åse 株式 2", "ase-2"),
        ] {
            assert_eq!(of(name), slug, "{name}");
        }
        assert_eq!(of(&"a b".repeat(40)).len(), 48);
        // Cut behind a word, no hyphen is left over.
        assert_eq!(of(&format!("{} b", "a".repeat(47))), "a".repeat(47));
    }

    /// Both candidates are what the document says, whichever character a name has.
    #[test]
    fn slugs_are_slugs() {
        let id = Uuid::from_u128(u128::MAX / 5);
        for character in '\0'..='\u{ffff}' {
            let [plain, distinct] = candidates(&format!("{character}a {character}"), id);
            for slug in [&plain, &distinct] {
                assert!(slug.len() <= 64, "{slug}");
                assert!(
                    slug.split('-').all(|word| !word.is_empty()
                        && word.chars().all(|letter| {
                            letter.is_ascii_lowercase() || letter.is_ascii_digit()
                        })),
                    "{character:?}: {slug}"
                );
            }
            assert_ne!(plain, distinct);
        }
    }
}
