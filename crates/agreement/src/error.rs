//! Why no PDF was made.

use std::error::Error;
use std::fmt;

/// Why no PDF was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgreementError {
    /// A text holds this character, which the font cannot print.
    MissingGlyph(char),
    /// The facts make another draft than the one that was signed: they, the words of the agreement
    /// or the way it is typeset have changed since.
    AnotherDraft,
    /// The file could not be written, for a reason that lies in this crate: a font that cannot be
    /// read, or a rule of PDF/A that is not kept.
    Pdf(String),
}

impl fmt::Display for AgreementError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingGlyph(character) => {
                write!(
                    formatter,
                    "the font cannot print {}",
                    character.escape_unicode()
                )
            }
            Self::AnotherDraft => {
                formatter.write_str("the facts make another draft than was signed")
            }
            Self::Pdf(reason) => write!(formatter, "the PDF was not written: {reason}"),
        }
    }
}

impl Error for AgreementError {}
