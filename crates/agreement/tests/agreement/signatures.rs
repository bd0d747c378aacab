//! Agreements that were signed.

use charter_agreement::{AgreementError, Facts, Kind, Signature, Way, draft, signed};

use crate::facts::{facts, signature};
use crate::reading::{pages, squeezed};

#[test]
fn record() {
    let facts = facts(Kind::Dpa);
    let signature = signature(&facts);
    let pages = pages(&signed(&facts, &signature).unwrap());
    let record = pages.last().unwrap().join("\n");

    // The hash is another whenever a word of the agreement is.
    let sha256: String = signature
        .draft_sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(record.contains(&sha256), "{record}");
    insta::assert_snapshot!(record.replace(&sha256, "[SHA-256 of the draft]"));
}

#[test]
fn the_pages_of_the_draft_and_one_more() {
    for kind in [Kind::Baa, Kind::Dpa] {
        let facts = facts(kind);
        let draft = pages(&draft(&facts).unwrap());
        let signed = pages(&signed(&facts, &signature(&facts)).unwrap());
        assert_eq!(signed.len(), draft.len() + 1);
        assert_eq!(signed[..draft.len()], draft);
    }
}

#[test]
fn the_record_says_by_which_link() {
    let facts = facts(Kind::Baa);
    let mailed = Signature {
        way: Way::MailedLink,
        ..signature(&facts)
    };
    let shown = Signature {
        way: Way::ShownLink,
        agent: None,
        ..signature(&facts)
    };
    let mailed = pages(&signed(&facts, &mailed).unwrap()).concat();
    let shown = pages(&signed(&facts, &shown).unwrap()).concat();
    let link = |lines: &[String]| {
        lines
            .iter()
            .find(|line| line.starts_with("Link\t"))
            .cloned()
    };
    assert_eq!(
        link(&mailed).as_deref(),
        Some("Link\tThe one that was mailed to ines@northwind.example")
    );
    assert_eq!(
        link(&shown).as_deref(),
        Some("Link\tThe one that the Customer’s administrators were shown")
    );
    assert!(shown.contains(&"User agent\tNone was sent".to_owned()));
}

/// Browsers are not asked for permission: what one calls itself is recorded, whatever it is.
#[test]
fn any_user_agent_is_recorded_on_one_page() {
    let facts = facts(Kind::Baa);
    let pages_of_draft = pages(&draft(&facts).unwrap()).len();
    for (agent, recorded) in [
        (
            "curl/8\t🌍 東京",
            r"curl/8\u{9}\u{1f30d} \u{6771}\u{4eac}".to_owned(),
        ),
        (&"x".repeat(10_000), format!("{}…", "x".repeat(400))),
        (
            &"🌍".repeat(10_000),
            format!("{}…", r"\u{1f30d}".repeat(44)),
        ),
    ] {
        let signature = Signature {
            agent: Some(agent.to_owned()),
            ..signature(&facts)
        };
        let pdf = signed(&facts, &signature).unwrap();
        let recorded = recorded.replace(' ', "");
        assert!(
            squeezed(&pdf).contains(&format!("Useragent{recorded}Link")),
            "{agent}"
        );
        assert_eq!(pages(&pdf).len(), pages_of_draft + 1);
    }
}

#[test]
fn equal_signatures_are_equal_bytes() {
    let facts = facts(Kind::Dpa);
    let signature = signature(&facts);
    let one = signed(&facts, &signature).unwrap();
    assert_eq!(one, signed(&facts, &signature).unwrap());
    let later = Signature {
        at: "2026-05-04T17:00:01Z".parse().unwrap(),
        ..signature
    };
    assert_ne!(one, signed(&facts, &later).unwrap());
}

/// The record vouches for the pages before it.
#[test]
fn another_draft_is_refused() {
    let facts = facts(Kind::Dpa);
    let signature = signature(&facts);
    let other = Facts {
        representative_email: "rui@northwind.example".to_owned(),
        ..facts.clone()
    };
    assert_eq!(
        signed(&other, &signature),
        Err(AgreementError::AnotherDraft)
    );
    let other = Signature {
        draft_sha256: [0; 32],
        ..signature
    };
    assert_eq!(signed(&facts, &other), Err(AgreementError::AnotherDraft));
}

#[test]
fn a_name_that_cannot_be_printed_is_refused() {
    let facts = facts(Kind::Dpa);
    let signature = Signature {
        name: "イネス".to_owned(),
        ..signature(&facts)
    };
    assert_eq!(
        signed(&facts, &signature),
        Err(AgreementError::MissingGlyph('イ'))
    );
}
