//! PDFs read back, by another library than the one that wrote them.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Encoding, Object, ObjectId};

/// The lines of each page. Bold text stands in asterisks, columns are apart by a tab.
pub(crate) fn pages(pdf: &[u8]) -> Vec<Vec<String>> {
    let document = Document::load_mem(pdf).unwrap();
    document
        .get_pages()
        .values()
        .map(|page| lines(&document, *page))
        .collect()
}

/// All pages, for a snapshot.
pub(crate) fn text(pdf: &[u8]) -> String {
    let pages: Vec<String> = pages(pdf)
        .into_iter()
        .map(|lines| lines.join("\n"))
        .collect();
    pages.join("\n\n-----\n\n")
}

/// What all pages say, without marks and without spaces: lines end at some, and long words are
/// broken.
pub(crate) fn squeezed(pdf: &[u8]) -> String {
    squeeze(&pages(pdf).concat().concat().replace("**", ""))
}

/// A text without spaces.
pub(crate) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The outline: headings, and the number of the page that they lead to.
pub(crate) fn outline(pdf: &[u8]) -> Vec<(String, usize)> {
    let toc = Document::load_mem(pdf).unwrap().get_toc().unwrap();
    assert!(toc.errors.is_empty(), "{:?}", toc.errors);
    toc.toc
        .into_iter()
        .map(|entry| (entry.title, entry.page))
        .collect()
}

/// A font of a page.
struct Font<'a> {
    encoding: Encoding<'a>,
    is_bold: bool,
}

fn lines(document: &Document, page: ObjectId) -> Vec<String> {
    let fonts = fonts(document, page);
    let mut lines: Vec<String> = Vec::new();
    let (mut font, mut last_font) = (Vec::new(), Vec::new());
    let (mut base, mut last_base) = (0.0, None);
    for operation in document
        .get_and_decode_page_content(page)
        .unwrap()
        .operations
    {
        match operation.operator.as_str() {
            "Tf" => font = operation.operands[0].as_name().unwrap().to_vec(),
            "Tm" => base = operation.operands[5].as_float().unwrap(),
            "Tj" | "TJ" => {
                let run = run(&operation.operands[0], &fonts[&font]);
                match lines.last_mut().filter(|_| last_base == Some(base)) {
                    // Runs of one font that follow each other without a gap are one run.
                    Some(line) if last_font == font => *line += &format!("\t{run}"),
                    Some(line) => *line += &run,
                    None => lines.push(run),
                }
                last_base = Some(base);
                last_font.clone_from(&font);
            }
            _ => {}
        }
    }
    lines
}

fn fonts(document: &Document, page: ObjectId) -> BTreeMap<Vec<u8>, Font<'_>> {
    let fonts = document.get_page_fonts(page).unwrap();
    let name_of = |font: &Dictionary| {
        let name = font.get(b"BaseFont").unwrap().as_name().unwrap();
        String::from_utf8(name.to_vec()).unwrap()
    };
    fonts
        .into_iter()
        .map(|(name, font)| {
            let is_bold = name_of(font).contains("-Bold");
            (
                name,
                Font {
                    encoding: font.get_font_encoding(document).unwrap(),
                    is_bold,
                },
            )
        })
        .collect()
}

fn run(operand: &Object, font: &Font<'_>) -> String {
    let parts = operand
        .as_array()
        .map_or(std::slice::from_ref(operand), Vec::as_slice);
    let strings = parts.iter().filter_map(|part| part.as_str().ok());
    let text: String = strings
        .map(|bytes| Document::decode_text(&font.encoding, bytes).unwrap())
        .collect();
    if font.is_bold {
        format!("**{text}**")
    } else {
        text
    }
}
