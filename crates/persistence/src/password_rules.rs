//! Which passwords are refused: those that others guess.
//!
//! Length is the document's. What length does not tell, zxcvbn does: it knows some
//! 30,000 passwords that stood most often in published leaks, names, words and the
//! patterns that people use, and counts how many guesses somebody needs who knows
//! them too.

use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// It stands on the list of leaked ones.
    Leaked,
    /// Fewer than 10^8 guesses find it.
    Guessable,
}

/// The shortest part of an address or name that is looked for in a password.
const PART: usize = 3;

/// Judges a password; `about` is what anybody knows about its owner: address and
/// names.
pub(crate) fn judge(password: &str, about: &[String]) -> Result<(), Weakness> {
    let known: Vec<String> = about.iter().flat_map(|text| parts(text)).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let judged = zxcvbn(password, &known);
    // The listed passwords, whole: part of a longer one they do no harm.
    let listed = match judged.sequence() {
        [whole] => match &whole.pattern {
            // The type of the name is not public; its text is the one way to it.
            MatchPattern::Dictionary(word) => {
                !word.reversed && !word.l33t && format!("{:?}", word.dictionary_name) == "Passwords"
            }
            _ => false,
        },
        _ => false,
    };
    if listed {
        Err(Weakness::Leaked)
    } else if judged.score() < Score::Three {
        Err(Weakness::Guessable)
    } else {
        Ok(())
    }
}

/// A text, the words in it, and these in one, forth and back: a first name and a last
/// name look like two words to be guessed.
fn parts(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text
        .split(|character: char| !character.is_alphanumeric())
        .collect();
    let back: String = words.iter().rev().copied().collect();
    let together = [text.to_owned(), words.concat(), back];
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    together
        .into_iter()
        .chain(words)
        .filter(|part| part.chars().count() >= PART)
}

#[cfg(test)]
mod tests {
    use super::{Weakness, judge};

    fn judged(password: &str) -> Result<(), Weakness> {
        let about = ["ines.laurent@northwind.example", "Ines Laurent"].map(str::to_owned);
        judge(password, &about)
    }

    #[test]
    fn a_phrase_is_good() {
        for password in [
            "grey heron counts seven tides",
            "a lantern across the winter ferry",
            "tidy-Otter-91-lamp",
            "\u{43c}\u{43e}\u{43b}\u{43e}\u{43a}\u{43e} \u{438} \u{43c}\u{451}\u{434}",
        ] {
            assert_eq!(judged(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn a_listed_password_is_leaked_in_any_case() {
        for password in [
            "password1",
            "12345678",
            "1q2w3e4r",
            "PASSWORD1",
            "Password1",
        ] {
            assert_eq!(judged(password), Err(Weakness::Leaked), "{password}");
        }
    }

    #[test]
    fn what_is_quickly_guessed_is_guessable() {
        for password in [
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "p4ssw0rd!",
            "1drowssap",
            "summer2026",
            "asdfghjkl;'",
        ] {
            assert_eq!(judged(password), Err(Weakness::Guessable), "{password}");
        }
    }

    #[test]
    fn address_and_names_do_not_help() {
        for password in [
            "ineslaurent",
            "InesLaurent1",
            "northwind2026",
            "ines.laurent@northwind.example",
        ] {
            assert_eq!(judged(password), Err(Weakness::Guessable), "{password}");
            assert_eq!(judge("ines.laurent@northwind.example", &[]), Ok(()));
        }
    }

    #[test]
    fn the_longest_password_takes_no_long_time() {
        let judged = judge(&"correct horse battery staple ".repeat(9)[..256], &[]);
        assert_eq!(judged, Ok(()));
    }
}
