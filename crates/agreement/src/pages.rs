//! Placing blocks of text on pages. Lengths are in points, from the top left.

use crate::lines::{Line, Span, break_lines};
use crate::typeface::{Face, Typefaces};

/// A size of paper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet {
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Sheet {
    /// 210 mm by 297 mm.
    pub(crate) const A4: Self = Self {
        width: 595.276,
        height: 841.89,
    };
    /// 8.5 inches by 11.
    pub(crate) const LETTER: Self = Self {
        width: 612.0,
        height: 792.0,
    };

    /// The width between the margins.
    fn measure(self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    fn bottom(self) -> f32 {
        self.height - MARGIN
    }
}

/// On each side, an inch.
pub(crate) const MARGIN: f32 = 72.0;

/// A paragraph, a heading, a line to write on.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) style: Style,
    /// What stands before the text: the number of a clause, the name of a field.
    pub(crate) label: String,
    pub(crate) body: Body,
}

impl Block {
    /// What it says, in one line.
    fn title(&self) -> String {
        let spans = match &self.body {
            Body::Text(spans) => spans.as_slice(),
            Body::Rule => &[],
        };
        let words = [self.label.as_str()]
            .into_iter()
            .chain(spans.iter().map(|span| span.text.as_str()));
        words
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// What a block shows.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Text(Vec<Span>),
    /// A line to write on.
    Rule,
}

/// How a block looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Title,
    /// Below the title, and at the foot.
    Small,
    Plain,
    /// Who makes the agreement.
    Party,
    Heading,
    Numbered,
    Item,
    /// Whose signature follows.
    Signatory,
    /// A name and a value.
    Field,
}

/// The lengths of a style.
struct Measures {
    size: f32,
    /// From line to line.
    leading: f32,
    /// The space before the first line.
    before: f32,
    /// Where label and text begin, from the margin.
    label: f32,
    text: f32,
}

impl Style {
    fn measures(self) -> Measures {
        let (size, leading, before, label, text) = match self {
            Self::Title => (20.0, 25.0, 0.0, 0.0, 0.0),
            Self::Small => (9.0, 12.0, 4.0, 0.0, 0.0),
            Self::Plain => (10.5, 14.0, 12.0, 0.0, 0.0),
            Self::Party => (10.5, 14.0, 8.0, 0.0, 28.0),
            Self::Heading => (11.5, 15.0, 17.0, 0.0, 28.0),
            Self::Numbered => (10.5, 14.0, 6.0, 0.0, 28.0),
            Self::Item => (10.5, 14.0, 3.0, 28.0, 48.0),
            Self::Signatory => (10.5, 14.0, 22.0, 0.0, 0.0),
            Self::Field => (10.5, 14.0, 12.0, 0.0, 104.0),
        };
        Measures {
            size,
            leading,
            before,
            label,
            text,
        }
    }

    fn label_face(self) -> Face {
        match self {
            Self::Heading => Face::Bold,
            _ => Face::Regular,
        }
    }

    /// Whether it stands on the same page as what follows, if there is room on any page.
    fn keeps_with_next(self) -> bool {
        matches!(
            self,
            Self::Title | Self::Heading | Self::Signatory | Self::Field
        )
    }

    /// Whether a reader wants to jump to it.
    fn is_bookmark(self) -> bool {
        matches!(self, Self::Title | Self::Heading)
    }
}

/// What stands on a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) sheet: Sheet,
    pub(crate) texts: Vec<Text>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) bookmarks: Vec<Bookmark>,
}

/// A line of text; `y` is its base line.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
    pub(crate) line: Line,
}

/// A line to write on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
}

/// What a reader may want to jump to.
#[derive(Clone, Debug)]
pub(crate) struct Bookmark {
    pub(crate) title: String,
    pub(crate) y: f32,
}

impl Page {
    fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            texts: Vec::new(),
            rules: Vec::new(),
            bookmarks: Vec::new(),
        }
    }

    /// Places a row whose top, without the space before it, is at `top`.
    fn place(&mut self, row: &Row, top: f32) {
        let y = top + BASE_LINE * row.leading;
        self.texts
            .extend(row.texts.iter().map(|text| Text { y, ..text.clone() }));
        self.rules.extend(row.rule.map(|rule| Rule { y, ..rule }));
        self.bookmarks
            .extend(row.bookmark.clone().map(|title| Bookmark { title, y: top }));
    }

    /// Sets the foot of the page, below the margin.
    pub(crate) fn foot(&mut self, left: &str, right: &str, typefaces: &Typefaces) {
        let Measures { size, leading, .. } = Style::Small.measures();
        let y = self.sheet.bottom() + 2.0 * leading;
        let [left, right] =
            [left, right].map(|text| Line::unbroken(Face::Regular, text, typefaces));
        let x = self.sheet.width - MARGIN - right.width() * size;
        self.texts.push(Text {
            x: MARGIN,
            y,
            size,
            line: left,
        });
        self.texts.push(Text {
            x,
            y,
            size,
            line: right,
        });
    }
}

/// Where the base line is, from the top of a line to its bottom.
const BASE_LINE: f32 = 0.75;

/// A line of a block, before it has a place.
struct Row {
    before: f32,
    leading: f32,
    texts: Vec<Text>,
    rule: Option<Rule>,
    bookmark: Option<String>,
    keeps_with_next: bool,
}

impl Row {
    fn height(&self) -> f32 {
        self.before + self.leading
    }
}

/// Breaks blocks into lines and places them on as many pages as it takes.
pub(crate) fn lay_out(blocks: &[Block], sheet: Sheet, typefaces: &Typefaces) -> Vec<Page> {
    let rows: Vec<Row> = blocks
        .iter()
        .flat_map(|block| rows(block, sheet, typefaces))
        .collect();
    let mut pages = Vec::new();
    let mut page = Page::new(sheet);
    let mut y = MARGIN;
    for unit in rows.split_inclusive(|row| !row.keeps_with_next) {
        let height: f32 = unit.iter().map(Row::height).sum();
        // What no page has room for begins where it is, and is parted where pages end.
        let keep = height <= sheet.bottom() - MARGIN;
        for (index, row) in unit.iter().enumerate() {
            let needed = if keep && index == 0 {
                height
            } else {
                row.height()
            };
            if y + needed > sheet.bottom() {
                pages.push(std::mem::replace(&mut page, Page::new(sheet)));
                y = MARGIN;
            }
            if y > MARGIN {
                y += row.before;
            }
            page.place(row, y);
            y += row.leading;
        }
    }
    pages.push(page);
    pages
}

fn rows(block: &Block, sheet: Sheet, typefaces: &Typefaces) -> Vec<Row> {
    let Measures {
        size,
        leading,
        before,
        label,
        text,
    } = block.style.measures();
    let place = |x: f32, line: Line| Text {
        x: MARGIN + x,
        y: 0.0,
        size,
        line,
    };
    let break_at = |spans: &[Span], width: f32| break_lines(spans, width / size, typefaces);
    let width = sheet.measure() - text;

    let (lines, rule) = match &block.body {
        Body::Text(spans) => (break_at(spans, width), None),
        Body::Rule => (
            vec![Line::default()],
            Some(Rule {
                x: MARGIN + text,
                y: 0.0,
                width,
            }),
        ),
    };
    let span = Span {
        face: block.style.label_face(),
        text: block.label.clone(),
    };
    let mut label = break_at(&[span], text - label)
        .into_iter()
        .map(|line| place(label, line));
    let title = block.style.is_bookmark().then(|| block.title());
    let last = lines.len().saturating_sub(1);
    let keeps = block.style.keeps_with_next();
    lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| Row {
            before: if index == 0 { before } else { 0.0 },
            leading,
            texts: label
                .next()
                .into_iter()
                .chain([place(text, line)])
                .collect(),
            rule,
            bookmark: title.clone().filter(|_| index == 0),
            // Neither the first nor the last line of a paragraph stands alone.
            keeps_with_next: keeps || index < last && (index == 0 || index + 1 == last),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::document;
    use crate::facts::{Facts, Kind, Party, Signature, SignatureBlock, Way};

    /// Rounding, in points.
    const HAIR: f32 = 0.01;

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(24)
        })]

        /// Whatever the facts, within the lengths that the document of the API allows.
        #[test]
        fn nothing_runs_over_the_margins(
            kind in prop_oneof![Just(Kind::Baa), Just(Kind::Dpa)],
            name in printable(255),
            address in printable(1000),
            agent in prop::collection::vec(any::<char>(), 0..2000),
            tag in printable(200),
        ) {
            let facts = Facts {
                document_id: Uuid::nil(),
                kind,
                company: Party { name: name.clone(), address: Some(address.clone()) },
                representative_email: format!("{}@northwind.example", "i".repeat(236)),
                operator: Party { name: name.clone(), address: None },
                at: DateTime::UNIX_EPOCH,
                signature_block: SignatureBlock::FieldTags {
                    signature: tag.clone(),
                    name: tag.clone(),
                    title: tag.clone(),
                    date: tag,
                },
            };
            let signature = Signature {
                name: name.clone(),
                address: "2001:db8::7".to_owned(),
                agent: Some(agent.into_iter().collect()),
                way: Way::MailedLink,
                at: DateTime::UNIX_EPOCH,
                draft_sha256: [0xff; 32],
            };
            let typefaces = Typefaces::load()?;
            let draft = lay_out(&document::agreement(&facts), kind.sheet(), &typefaces);
            let record = lay_out(&document::record(&facts, &signature), kind.sheet(), &typefaces);
            for page in draft.iter().chain(&record) {
                within_margins(page)?;
                headings_have_company(page)?;
            }

            // And nothing is lost where lines are broken.
            let printed: String = draft.iter().flat_map(|page| &page.texts).map(said).collect();
            for fact in [name, address, facts.representative_email.clone()] {
                prop_assert!(printed.contains(&squeezed(&fact)), "{fact:?}");
            }
        }
    }

    fn within_margins(page: &Page) -> Result<(), TestCaseError> {
        let mut above = MARGIN;
        for text in &page.texts {
            let said = said(text);
            let right = text.x + text.line.width() * text.size;
            prop_assert!(text.x >= MARGIN, "{said}");
            prop_assert!(
                right <= page.sheet.width - MARGIN + HAIR,
                "{said} ends at {right}"
            );
            prop_assert!(text.y >= above && text.y <= page.sheet.bottom(), "{said}");
            above = text.y;
        }
        for rule in &page.rules {
            prop_assert!(
                rule.x + rule.width <= page.sheet.width - MARGIN + HAIR,
                "{rule:?}"
            );
        }
        Ok(())
    }

    /// Two lines at least stand below a heading.
    fn headings_have_company(page: &Page) -> Result<(), TestCaseError> {
        for bookmark in &page.bookmarks {
            let below = page
                .texts
                .iter()
                .filter(|text| text.y > bookmark.y + 20.0)
                .count();
            prop_assert!(below >= 2, "{bookmark:?}");
        }
        Ok(())
    }

    /// Text of the scripts that are printed, with few spaces and line feeds.
    fn printable(most: usize) -> impl Strategy<Value = String> {
        let character = prop_oneof![
            20 => prop::char::range('!', '~'),
            5 => prop::sample::select("ÄÉÎõüßŁžĐıẞ№§–’“ΑΩάϋςЖЩяёђ".chars().collect::<Vec<_>>()),
            2 => Just(' '),
            1 => Just('W'),
        ];
        prop::collection::vec(character, 1..most).prop_map(String::from_iter)
    }

    fn said(text: &Text) -> String {
        text.line
            .runs
            .iter()
            .map(|run| squeezed(&run.text))
            .collect()
    }

    /// Without spaces: lines end at some.
    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect()
    }
}
