//! The facts of the cases.

use charter_agreement::{Facts, Kind, Party, Signature, SignatureBlock, Way, draft};
use sha2::{Digest, Sha256};

pub(crate) fn facts(kind: Kind) -> Facts {
    Facts {
        document_id: "019df3c1-5a40-7c35-b2c1-3f0d8a6e9b17".parse().unwrap(),
        kind,
        company: Party {
            name: "Northwind Research Lda".to_owned(),
            address: Some("Rua do Cais 12\n1100-104 Lisboa\nPortugal".to_owned()),
        },
        representative_email: "ines@northwind.example".to_owned(),
        operator: Party {
            name: "Charter Hosting B.V.".to_owned(),
            address: Some("Kade 7, 1011 AA Amsterdam, Netherlands".to_owned()),
        },
        at: "2026-05-04T16:10:00Z".parse().unwrap(),
        signature_block: SignatureBlock::Lines,
    }
}

pub(crate) fn signature(facts: &Facts) -> Signature {
    Signature {
        name: "Inês Laurent".to_owned(),
        address: "2001:db8::7".to_owned(),
        agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101".to_owned()),
        way: Way::MailedLink,
        at: "2026-05-04T17:00:00Z".parse().unwrap(),
        draft_sha256: Sha256::digest(draft(facts).unwrap()).into(),
    }
}
