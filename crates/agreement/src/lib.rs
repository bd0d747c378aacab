//! The legal documents that are sent out for signature: facts in, PDF out. It knows no database,
//! no network and no clock.
//!
//! [`draft`] typesets an agreement; [`signed`] sets the same pages and one more, which records who
//! has signed, when and how. Equal facts give equal bytes: the id of the document is the id of the
//! PDF, and the only times are those among the facts.
//!
//! From the facts to the file it is four steps, a module each: `document` chooses the words
//! (`baa`, `dpa` and what they share, `clauses`), `lines` breaks them, `pages` places the lines,
//! `pdf` writes the file, as PDF/A-2u: a form made to be kept, of which the text can be read back.
//!
//! The font is Libertinus Serif, under the SIL Open Font License (`fonts/OFL.txt`). What it has no
//! glyphs for is refused, and [`missing_glyph`] tells beforehand.

mod baa;
mod clauses;
mod document;
mod dpa;
mod error;
mod facts;
mod lines;
mod pages;
mod pdf;
mod template;
mod typeface;

use sha2::{Digest, Sha256};

use crate::pages::Page;
use crate::typeface::Typefaces;

pub use error::AgreementError;
pub use facts::{Facts, Kind, Party, Signature, SignatureBlock, Way};
pub use typeface::missing_glyph;

/// The agreement as it is sent out: a PDF.
///
/// # Errors
///
/// When a fact holds a character that cannot be printed ([`missing_glyph`]).
pub fn draft(facts: &Facts) -> Result<Vec<u8>, AgreementError> {
    let typefaces = Typefaces::load()?;
    pdf::write(
        facts,
        facts.at,
        &draft_pages(facts, &typefaces)?,
        &typefaces,
    )
}

/// The pages of the draft, and one more that records the signature: a PDF. Names that fill half a
/// page make it two.
///
/// The record names the draft by its hash, so its pages must still be those that were signed.
///
/// # Errors
///
/// When the facts do not make the draft that was signed, byte for byte; when the name or the
/// address of the signature holds a character that cannot be printed ([`missing_glyph`]).
pub fn signed(facts: &Facts, signature: &Signature) -> Result<Vec<u8>, AgreementError> {
    if <[u8; 32]>::from(Sha256::digest(draft(facts)?)) != signature.draft_sha256 {
        return Err(AgreementError::AnotherDraft);
    }
    let typefaces = Typefaces::load()?;
    let mut pages = draft_pages(facts, &typefaces)?;
    pages.extend(record_pages(facts, signature, &typefaces)?);
    pdf::write(facts, signature.at, &pages, &typefaces)
}

fn draft_pages(facts: &Facts, typefaces: &Typefaces) -> Result<Vec<Page>, AgreementError> {
    refuse_missing_glyphs(facts.texts())?;
    let mut pages = pages::lay_out(&document::agreement(facts), facts.kind.sheet(), typefaces);
    let count = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        let number = format!("Page {} of {count}", index + 1);
        page.foot(&document::footer(facts), &number, typefaces);
    }
    Ok(pages)
}

fn record_pages(
    facts: &Facts,
    signature: &Signature,
    typefaces: &Typefaces,
) -> Result<Vec<Page>, AgreementError> {
    refuse_missing_glyphs([signature.name.as_str(), signature.address.as_str()])?;
    let record = document::record(facts, signature);
    let mut pages = pages::lay_out(&record, facts.kind.sheet(), typefaces);
    for page in &mut pages {
        page.foot(&document::footer(facts), document::RECORD, typefaces);
    }
    Ok(pages)
}

fn refuse_missing_glyphs<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<(), AgreementError> {
    match texts.into_iter().find_map(missing_glyph) {
        Some(character) => Err(AgreementError::MissingGlyph(character)),
        None => Ok(()),
    }
}
