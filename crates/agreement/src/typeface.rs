//! The faces of Libertinus Serif: which characters they have, and text as glyphs.

use harfrust::{Direction, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider};

use crate::error::AgreementError;

/// A face of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Regular,
    Bold,
}

impl Face {
    fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
            Self::Bold => include_bytes!("../fonts/LibertinusSerif-Bold.otf"),
        }
    }

    fn read(self) -> Result<FontRef<'static>, AgreementError> {
        FontRef::new(self.file()).map_err(|error| AgreementError::Pdf(error.to_string()))
    }
}

/// The first character of a text that cannot be printed: one without a glyph, a control character,
/// one that nobody would see, or one that runs from right to left. A line feed begins a new line
/// and is no such character.
///
/// ```
/// use charter_agreement::missing_glyph;
///
/// assert_eq!(missing_glyph("Ελαιώνες Κρήτης Α.Ε."), None);
/// assert_eq!(missing_glyph("Nordlicht 🌍 GmbH"), Some('🌍'));
/// ```
#[must_use]
pub fn missing_glyph(text: &str) -> Option<char> {
    let faces = [Face::Regular.read(), Face::Bold.read()];
    let printable = |character: char| {
        let has_glyph = faces.iter().all(|face| {
            let glyph = face.as_ref().ok().map(|face| face.charmap().map(character));
            glyph.flatten().is_some()
        });
        character == '\n' || (has_glyph && !unfit(character))
    };
    text.chars().find(|character| !printable(*character))
}

/// Characters that the font has and a contract must not.
fn unfit(character: char) -> bool {
    match character {
        // Invisible: the soft hyphen, zero-width spaces and joiners, marks of direction.
        '\u{ad}' | '\u{200b}'..='\u{200f}' => true,
        // Hebrew: lines are set from left to right.
        '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}' => true,
        // What they mean is private, or was lost.
        '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}' => true,
        _ => character.is_control(),
    }
}

/// The glyphs of a piece of text that is not to be taken apart: a letter with its accents, a
/// ligature. Lengths are in the em, the unit of the size.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) face: Face,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    pub(crate) width: f32,
}

/// Both faces, read.
pub(crate) struct Typefaces {
    regular: Typeface,
    bold: Typeface,
}

struct Typeface {
    embedded: Font,
    read: FontRef<'static>,
    shaping: ShaperData,
}

impl Typefaces {
    pub(crate) fn load() -> Result<Self, AgreementError> {
        Ok(Self {
            regular: Typeface::load(Face::Regular)?,
            bold: Typeface::load(Face::Bold)?,
        })
    }

    /// What the PDF embeds.
    pub(crate) fn embedded(&self, face: Face) -> Font {
        self.typeface(face).embedded.clone()
    }

    /// A text without line feeds as glyphs, from left to right.
    pub(crate) fn shape(&self, face: Face, text: &str) -> Vec<Cluster> {
        let typeface = self.typeface(face);
        let em = typeface.embedded.units_per_em();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(Direction::LeftToRight);
        let shaper = typeface.shaping.shaper(&typeface.read).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new());

        let glyphs: Vec<_> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .collect();
        let clusters: Vec<_> = glyphs
            .chunk_by(|(a, _), (b, _)| a.cluster == b.cluster)
            .collect();
        let starts = clusters.iter().map(|glyphs| glyphs[0].0.cluster as usize);
        let ends = starts.clone().skip(1).chain([text.len()]);
        clusters
            .iter()
            .zip(starts.zip(ends))
            .map(|(glyphs, (start, end))| Cluster {
                face,
                text: text[start..end].to_owned(),
                glyphs: glyphs
                    .iter()
                    .map(|(glyph, position)| {
                        KrillaGlyph::new(
                            GlyphId::new(glyph.glyph_id),
                            position.x_advance as f32 / em,
                            position.x_offset as f32 / em,
                            position.y_offset as f32 / em,
                            position.y_advance as f32 / em,
                            0..end - start,
                            None,
                        )
                    })
                    .collect(),
                width: glyphs
                    .iter()
                    .map(|(_, position)| position.x_advance as f32 / em)
                    .sum(),
            })
            .collect()
    }

    fn typeface(&self, face: Face) -> &Typeface {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }
}

impl Typeface {
    fn load(face: Face) -> Result<Self, AgreementError> {
        let read = face.read()?;
        let embedded = Font::new(face.file().into(), 0)
            .ok_or_else(|| AgreementError::Pdf(format!("{face:?} is no font")))?;
        Ok(Self {
            embedded,
            shaping: ShaperData::new(&read),
            read,
        })
    }
}
