//! Agreements as they are sent out.

use charter_agreement::{AgreementError, Facts, Kind, Party, SignatureBlock, draft};

use crate::facts::facts;
use crate::reading::{outline, pages, squeeze, squeezed, text};

const KINDS: [Kind; 2] = [Kind::Baa, Kind::Dpa];

#[test]
fn business_associate_agreement() {
    insta::assert_snapshot!(text(&draft(&facts(Kind::Baa)).unwrap()));
}

#[test]
fn data_processing_agreement() {
    insta::assert_snapshot!(text(&draft(&facts(Kind::Dpa)).unwrap()));
}

#[test]
fn each_page_says_which_it_is() {
    for (kind, title) in [
        (Kind::Baa, "Business Associate Agreement"),
        (Kind::Dpa, "Data Processing Agreement"),
    ] {
        let facts = facts(kind);
        let pages = pages(&draft(&facts).unwrap());
        assert!((4..=7).contains(&pages.len()), "{} pages", pages.len());
        for (index, page) in pages.iter().enumerate() {
            let foot = format!(
                "{title} · {}\tPage {} of {}",
                facts.document_id,
                index + 1,
                pages.len()
            );
            assert_eq!(page.last(), Some(&foot));
        }
    }
}

/// A reader that clicks a heading gets to it.
#[test]
fn the_outline_leads_to_the_clauses() {
    for kind in KINDS {
        let pdf = draft(&facts(kind)).unwrap();
        let pages = pages(&pdf);
        let outline = outline(&pdf);
        assert!((11..=16).contains(&outline.len()), "{outline:?}");
        for (heading, page) in outline {
            let printed = |line: &&String| line.replace("**", "").replace('\t', " ") == heading;
            assert!(
                pages[page - 1].iter().any(|line| printed(&line)),
                "{heading} on page {page}"
            );
        }
    }
}

#[test]
fn names_and_addresses_are_printed_whole() {
    for (name, address) in [
        (
            "Ελαιώνες Κρήτης Α.Ε.",
            "Οδός Δικαιοσύνης 5\n712 02 Ηράκλειο\nΕλλάδα",
        ),
        (
            "ООО «Северный ветер»",
            "ул. Объездная, д. 3\nСанкт-Петербург",
        ),
        ("Łódź–Škoda  Ångström (ffi) & Søn ApS", "Gdańsk"),
        ("Cafe\u{301} A\u{30a}s Oy", "Tie 1"),
        (&"W".repeat(200), &"Straße".repeat(166)),
        (&"Donaudampfschifffahrt".repeat(12), &"1\n".repeat(30)),
    ] {
        for kind in KINDS {
            let company = Party {
                name: name.to_owned(),
                address: Some(address.to_owned()),
            };
            let operator = Party {
                name: format!("{name} II"),
                address: None,
            };
            let pdf = draft(&Facts {
                company,
                operator,
                ..facts(kind)
            })
            .unwrap();
            let printed = squeezed(&pdf);
            assert_eq!(
                printed.matches(&squeeze(name)).count(),
                4,
                "{name}: {printed}"
            );
            assert!(
                printed.contains(&squeeze(&format!("{name}{address}"))),
                "{address}: {printed}"
            );
        }
    }
}

#[test]
fn the_lines_of_an_address_are_kept() {
    let pages = pages(&draft(&facts(Kind::Dpa)).unwrap());
    let start = pages[0]
        .iter()
        .position(|line| line == "**Northwind Research Lda**")
        .unwrap();
    assert_eq!(
        pages[0][start + 1..start + 4],
        ["Rua do Cais 12", "1100-104 Lisboa", "Portugal"]
    );
}

#[test]
fn equal_facts_are_equal_bytes() {
    for kind in KINDS {
        assert_eq!(draft(&facts(kind)), draft(&facts(kind)));
    }
}

#[test]
fn other_documents_are_other_bytes() {
    let one = draft(&facts(Kind::Dpa)).unwrap();
    let document_id = "019df3c0-9c1e-7d02-9a57-6a2be04c71d3".parse().unwrap();
    let another = draft(&Facts {
        document_id,
        ..facts(Kind::Dpa)
    })
    .unwrap();
    let at = "2026-05-04T16:10:01Z".parse().unwrap();
    let later = draft(&Facts {
        at,
        ..facts(Kind::Dpa)
    })
    .unwrap();
    assert!(one != another && one != later);
}

#[test]
fn field_tags_are_printed_when_asked_for() {
    let tags = SignatureBlock::FieldTags {
        signature: "{signature:signer________}".to_owned(),
        name: "{textfield:signer:name____}".to_owned(),
        title: "{textfield:signer:title____}".to_owned(),
        date: "{date:signer____}".to_owned(),
    };
    for kind in KINDS {
        let tagged = draft(&Facts {
            signature_block: tags.clone(),
            ..facts(kind)
        })
        .unwrap();
        let tagged = pages(&tagged).concat();
        for line in [
            "Signature\t{signature:signer________}",
            "Name\t{textfield:signer:name____}",
            "Title\t{textfield:signer:title____}",
            "Date\t{date:signer____}",
        ] {
            assert!(
                tagged.iter().any(|printed| printed == line),
                "{line}: {tagged:?}"
            );
        }
        let plain = pages(&draft(&facts(kind)).unwrap()).concat();
        assert!(plain.iter().any(|printed| printed == "Signature"));
        assert!(!plain.iter().any(|printed| printed.contains('{')));
    }
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let company = Party {
        name: "Nordlicht 🌍 GmbH".to_owned(),
        address: None,
    };
    let refused = draft(&Facts {
        company,
        ..facts(Kind::Dpa)
    });
    assert_eq!(refused, Err(AgreementError::MissingGlyph('🌍')));

    let operator = Party {
        name: "Provider".to_owned(),
        address: Some("東京".to_owned()),
    };
    let refused = draft(&Facts {
        operator,
        ..facts(Kind::Dpa)
    });
    assert_eq!(refused, Err(AgreementError::MissingGlyph('東')));
}

/// That it is one was checked when it was written; here, that it says so.
#[test]
fn it_is_made_to_be_kept() {
    let pdf = draft(&facts(Kind::Baa)).unwrap();
    let contains = |text: &str| {
        pdf.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(contains("<pdfaid:part>2</pdfaid:part>"));
    assert!(contains("<pdfaid:conformance>U</pdfaid:conformance>"));
}
