//! Pages as a PDF.

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{self, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use crate::error::AgreementError;
use crate::facts::Facts;
use crate::pages::{MARGIN, Page};
use crate::typeface::Typefaces;

/// How thick the lines are that are written on, in points.
const RULE_WIDTH: f32 = 0.5;

/// Writes pages as PDF/A-2u, dated `at`.
pub(crate) fn write(
    facts: &Facts,
    at: DateTime<Utc>,
    pages: &[Page],
    typefaces: &Typefaces,
) -> Result<Vec<u8>, AgreementError> {
    let fault = |why: &dyn std::fmt::Debug| AgreementError::Pdf(format!("{why:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(|error| fault(&error))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let mut outline = Outline::new();
    for (index, page) in pages.iter().enumerate() {
        let sheet = page.sheet;
        let settings =
            PageSettings::from_wh(sheet.width, sheet.height).ok_or_else(|| fault(&sheet))?;
        let mut pdf_page = document.start_page_with(settings);
        let mut surface = pdf_page.surface();
        draw(page, typefaces, &mut surface);
        surface.finish();
        pdf_page.finish();
        for bookmark in &page.bookmarks {
            let place = XyzDestination::new(index, Point::from_xy(MARGIN, bookmark.y));
            outline.push_child(OutlineNode::new(bookmark.title.clone(), place));
        }
    }
    document.set_outline(outline);
    document.set_metadata(metadata(facts, at));
    document.finish().map_err(|error| fault(&error))
}

fn draw(page: &Page, typefaces: &Typefaces, surface: &mut Surface<'_>) {
    for text in &page.texts {
        let mut x = text.x;
        for run in &text.line.runs {
            let start = Point::from_xy(x, text.y);
            surface.draw_glyphs(
                start,
                &run.glyphs,
                typefaces.embedded(run.face),
                &run.text,
                text.size,
                false,
            );
            x += run.width * text.size;
        }
    }
    surface.set_stroke(Some(Stroke {
        width: RULE_WIDTH,
        ..Stroke::default()
    }));
    for rule in &page.rules {
        let mut path = PathBuilder::new();
        path.move_to(rule.x, rule.y);
        path.line_to(rule.x + rule.width, rule.y);
        if let Some(path) = path.finish() {
            surface.draw_path(&path);
        }
    }
}

fn metadata(facts: &Facts, at: DateTime<Utc>) -> Metadata {
    let two_digits = |number: u32| u8::try_from(number).unwrap_or_default();
    let date = metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(two_digits(at.month()))
        .day(two_digits(at.day()))
        .hour(two_digits(at.hour()))
        .minute(two_digits(at.minute()))
        .second(two_digits(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(facts.kind.template().title.to_owned())
        .authors(vec![facts.operator.name.clone()])
        .creator("Charter".to_owned())
        .language("en".to_owned())
        .document_id(facts.document_id.to_string())
        .creation_date(date)
}
