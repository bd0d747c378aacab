//! What the pages say: facts and templates as blocks of text.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::facts::{Facts, Party, Signature, SignatureBlock, Way};
use crate::lines::Span;
use crate::pages::{Block, Body, Style};
use crate::template::{Clause, Paragraph, Piece, Template};
use crate::typeface::{Face, missing_glyph};

/// The title of the page that records a signature.
pub(crate) const RECORD: &str = "Record of signature";

/// As much of the `User-Agent` as is printed. Browsers send 100 to 200 characters.
const MAX_AGENT_CHARACTERS: usize = 400;

/// The agreement that is sent out.
pub(crate) fn agreement(facts: &Facts) -> Vec<Block> {
    let template = facts.kind.template();
    let issued = format!(
        "Document {} · Issued on {}",
        facts.document_id,
        day(facts.at)
    );
    let mut blocks = vec![
        text(Style::Title, template.title),
        text(Style::Small, &issued),
        text(Style::Plain, "This Agreement is made between"),
    ];
    let representative = format!("represented by {}", facts.representative_email);
    blocks.extend(party(&facts.company, Some(representative), "Customer"));
    blocks.push(text(Style::Plain, "and"));
    blocks.extend(party(&facts.operator, None, "Provider"));
    blocks.push(block(
        Style::Plain,
        "",
        spans(template.recital, template, facts),
    ));
    for (index, clause) in template.clauses.iter().enumerate() {
        blocks.extend(numbered(index + 1, clause, template, facts));
    }
    blocks.extend(signature_block(facts));
    blocks
}

/// The page that records the signature.
pub(crate) fn record(facts: &Facts, signature: &Signature) -> Vec<Block> {
    let email = &facts.representative_email;
    let way = match signature.way {
        Way::MailedLink => format!("The one that was mailed to {email}"),
        Way::ShownLink => "The one that the Customer’s administrators were shown".to_owned(),
    };
    let agent = signature
        .agent
        .as_deref()
        .map_or("None was sent".to_owned(), printable);
    let sha256: String = signature
        .draft_sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut blocks = vec![
        text(Style::Title, RECORD),
        text(
            Style::Plain,
            "The agreement on the pages before this one was signed electronically. This page was \
             added to it then and records who signed it, when and how.",
        ),
    ];
    for (label, value) in [
        ("Agreement", facts.kind.template().title),
        ("Document", &facts.document_id.to_string()),
        ("Customer", &facts.company.name),
        ("Provider", &facts.operator.name),
        ("Representative", email),
        ("Signed by", &signature.name),
        (
            "Signed at",
            &signature.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ),
        ("Network address", &signature.address),
        ("User agent", &agent),
        ("Link", &way),
        ("SHA-256 of the draft", &sha256),
    ] {
        blocks.push(field(label, value));
    }
    blocks.push(text(
        Style::Plain,
        "The signer was shown the draft with this SHA-256, gave the name above and declared their \
         agreement. The pages before this one are the pages of that draft, unchanged.",
    ));
    blocks
}

/// What stands at the foot of every page, on the left.
pub(crate) fn footer(facts: &Facts) -> String {
    format!("{} · {}", facts.kind.template().title, facts.document_id)
}

fn party(party: &Party, more: Option<String>, role: &str) -> Vec<Block> {
    let lines = [party.address.clone(), more].into_iter().flatten();
    let lines: String = lines.map(|line| format!("\n{line}")).collect();
    let spans = vec![
        bold(&party.name),
        regular(&format!("{lines}\n(the “")),
        bold(role),
        regular("”)"),
    ];
    vec![block(Style::Party, "", spans)]
}

fn numbered(number: usize, clause: &Clause, template: &Template, facts: &Facts) -> Vec<Block> {
    let heading = block(
        Style::Heading,
        &number.to_string(),
        vec![bold(clause.heading)],
    );
    let mut blocks = vec![heading];
    let mut paragraph = 0;
    let mut letters = 'a'..='z';
    for part in clause.paragraphs {
        let (style, label, pieces) = match part {
            Paragraph::Numbered(pieces) => {
                paragraph += 1;
                letters = 'a'..='z';
                (Style::Numbered, format!("{number}.{paragraph}"), pieces)
            }
            Paragraph::Item(pieces) => {
                let letter = letters
                    .next()
                    .map_or_else(String::new, |letter| format!("({letter})"));
                (Style::Item, letter, pieces)
            }
        };
        blocks.push(block(style, &label, spans(pieces, template, facts)));
    }
    blocks
}

fn spans(pieces: &[Piece], template: &Template, facts: &Facts) -> Vec<Span> {
    let spans = |piece: &Piece| match *piece {
        Piece::Text(text) => vec![regular(text)],
        Piece::Term(term) => vec![regular("“"), bold(term), regular("”")],
        Piece::Protected => vec![regular(template.protected)],
        Piece::Law => vec![regular(template.law)],
        Piece::ClauseNumber(heading) => match template.number(heading) {
            Some(number) => vec![regular(&format!("clause\u{a0}{number}"))],
            None => vec![regular(&format!("the clause “{heading}”"))],
        },
        Piece::RepresentativeEmail => vec![regular(&facts.representative_email)],
    };
    pieces.iter().flat_map(spans).collect()
}

fn signature_block(facts: &Facts) -> Vec<Block> {
    let labels = ["Signature", "Name", "Title", "Date"];
    let signatory = |role: &str, party: &Party| {
        block(
            Style::Signatory,
            "",
            vec![regular(&format!("For the {role}, ")), bold(&party.name)],
        )
    };
    let mut blocks = vec![signatory("Customer", &facts.company)];
    match &facts.signature_block {
        SignatureBlock::Lines => blocks.extend(labels.map(|label| Block {
            style: Style::Field,
            label: label.to_owned(),
            body: Body::Rule,
        })),
        SignatureBlock::FieldTags {
            signature,
            name,
            title,
            date,
        } => {
            let tags = [signature, name, title, date];
            blocks.extend(
                labels
                    .iter()
                    .zip(tags)
                    .map(|(label, tag)| field(label, tag)),
            );
        }
    }
    blocks.push(signatory("Provider", &facts.operator));
    blocks.push(field("Issued on", &day(facts.at)));
    blocks
}

fn field(label: &str, value: &str) -> Block {
    block(Style::Field, label, vec![regular(value)])
}

fn text(style: Style, text: &str) -> Block {
    let span = if style == Style::Title {
        bold(text)
    } else {
        regular(text)
    };
    block(style, "", vec![span])
}

fn block(style: Style, label: &str, spans: Vec<Span>) -> Block {
    Block {
        style,
        label: label.to_owned(),
        body: Body::Text(spans),
    }
}

fn regular(text: &str) -> Span {
    Span {
        face: Face::Regular,
        text: text.to_owned(),
    }
}

fn bold(text: &str) -> Span {
    Span {
        face: Face::Bold,
        text: text.to_owned(),
    }
}

fn day(at: DateTime<Utc>) -> String {
    format!("{} {} {}", at.day(), at.format("%B"), at.year())
}

/// A text that may hold anything, in characters that can be printed.
fn printable(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars() {
        let fits = character != '\n' && missing_glyph(&character.to_string()).is_none();
        let escaped = if fits {
            character.to_string()
        } else {
            character.escape_unicode().to_string()
        };
        if printable.chars().count() + escaped.chars().count() > MAX_AGENT_CHARACTERS {
            printable.push('…');
            break;
        }
        printable.push_str(&escaped);
    }
    printable
}
