//! What an agreement is about, and how it was signed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::pages::Sheet;
use crate::template::Template;
use crate::{baa, dpa};

/// Which agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A business associate agreement about health data, as HIPAA demands it (45 CFR 164.504(e)).
    Baa,
    /// An agreement about the processing of personal data, as the GDPR demands it (article 28).
    Dpa,
}

impl Kind {
    pub(crate) fn template(self) -> &'static Template {
        match self {
            Self::Baa => &baa::BAA,
            Self::Dpa => &dpa::DPA,
        }
    }

    /// The paper of those who sign it: HIPAA is law of the United States, the GDPR of Europe.
    pub(crate) fn sheet(self) -> Sheet {
        match self {
            Self::Baa => Sheet::LETTER,
            Self::Dpa => Sheet::A4,
        }
    }
}

/// What an agreement is made from. All of it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The document; becomes the id of the PDF.
    pub document_id: Uuid,
    /// Which agreement.
    pub kind: Kind,
    /// Who is asked to sign: in the agreement, the Customer.
    pub company: Party,
    /// The mail address of the person who signs for the company.
    pub representative_email: String,
    /// The other side, who runs the service: in the agreement, the Provider.
    pub operator: Party,
    /// When the document was made. The day, in UTC, is printed.
    pub at: DateTime<Utc>,
    /// What stands where the signature goes.
    pub signature_block: SignatureBlock,
}

impl Facts {
    /// Everything that comes from outside and is printed.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let tags = match &self.signature_block {
            SignatureBlock::Lines => [""; 4],
            SignatureBlock::FieldTags {
                signature,
                name,
                title,
                date,
            } => [signature, name, title, date].map(String::as_str),
        };
        [&self.company, &self.operator]
            .into_iter()
            .flat_map(|party| [Some(party.name.as_str()), party.address.as_deref()])
            .flatten()
            .chain([self.representative_email.as_str()])
            .chain(tags)
    }
}

/// A party to the agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The name as it stands in a register.
    pub name: String,
    /// The postal address, in one line or several.
    pub address: Option<String>,
}

/// What stands where the signature goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureBlock {
    /// Lines to write on.
    Lines,
    /// Tags that a signing service replaces by fields to fill in. Their form is the service's; each
    /// must fit in a line, which has room for about 60 characters.
    FieldTags {
        /// For the signature.
        signature: String,
        /// For the name of the person.
        name: String,
        /// For the position of the person in the company.
        title: String,
        /// For the day of the signature.
        date: String,
    },
}

/// How an agreement was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name that the person gave.
    pub name: String,
    /// The network address that they came from.
    pub address: String,
    /// The `User-Agent` of their browser. What cannot be printed is printed escaped; of a long one,
    /// the beginning.
    pub agent: Option<String>,
    /// By which link they came.
    pub way: Way,
    /// The moment.
    pub at: DateTime<Utc>,
    /// The SHA-256 of the draft that they were shown.
    pub draft_sha256: [u8; 32],
}

/// By which link somebody came to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The one that was mailed to the representative.
    MailedLink,
    /// The one that the admins of the organisation are shown, to pass on.
    ShownLink,
}
