//! What both agreements say in the same words: whole clauses, and paragraphs of others.

use crate::template::Paragraph::{Item, Numbered};
use crate::template::Piece::{Law, Protected, RepresentativeEmail, Term, Text};
use crate::template::{Clause, Paragraph};

pub(crate) const SUBCONTRACTING: &str = "Subcontractors and places of storage";
pub(crate) const SUBPROCESSORS: &str = "Subprocessors";
pub(crate) const BREACHES: &str = "Incidents and breach notice";
pub(crate) const RETURN_AND_DELETION: &str = "Return and deletion";

// Definitions.

pub(crate) const AGREEMENTS: Paragraph = Numbered(&[
    Term("Services"),
    Text(" means the online services that the Provider makes available to the Customer, and "),
    Term("Main Agreement"),
    Text(" the terms, whatever they are called, under which it does so. "),
    Term("Agreement"),
    Text(" means this document."),
]);

// Safeguards, as items of a list.

pub(crate) const ENCRYPTION: Paragraph = Item(&[
    Text("it encrypts "),
    Protected,
    Text(
        " in transit over public networks, and at rest where the risk calls for it, by methods \
         that are regarded as secure at the time;",
    ),
]);

pub(crate) const ACCESS: Paragraph = Item(&[
    Text("it gives access to "),
    Protected,
    Text(
        " only to people who need it for their work, who sign in individually, and whose access \
         ends when the need does;",
    ),
]);

pub(crate) const LOGS: Paragraph = Item(&[
    Text("it keeps records of access to and changes of "),
    Protected,
    Text(" and looks into what they show that is out of the ordinary;"),
]);

pub(crate) const CONTINUITY: Paragraph = Item(&[Text(
    "it makes backups, protects them like the originals, and can restore the Services and the \
     data in them after a failure; and",
)]);

pub(crate) const REVIEW: Paragraph = Item(&[Text(
    "it assesses the risks, and tests and reviews these safeguards, at regular intervals and \
     after each incident that shows them to be wanting.",
)]);

// Incidents.

pub(crate) const IN_PHASES: Paragraph = Numbered(&[Text(
    "What the Provider does not know at the time of the notice it adds without undue delay as it \
     becomes known. A notice is not put off because it is incomplete.",
)]);

pub(crate) const MITIGATION: Paragraph = Numbered(&[Text(
    "The Provider takes without delay the reasonable measures that are needed to contain the \
     incident, to lessen its harmful effects and to prevent another, and keeps the Customer \
     informed of them.",
)]);

pub(crate) const NOTIFYING: Paragraph = Numbered(&[
    Text(
        "It is for the Customer to decide whether and how the people concerned, authorities and \
         the public are told, and to tell them. The Provider helps it with information and does \
         not name the Customer in a statement of its own without the Customer’s consent, except \
         where it must under ",
    ),
    Law,
    Text(". A notice under this clause is not an admission of fault or liability."),
]);

// Audit.

pub(crate) const QUESTIONS: Paragraph = Numbered(&[Text(
    "At the Customer’s written request the Provider answers reasonable questions about its \
     compliance with this Agreement and gives the Customer its current policies, reports and \
     certificates on the subject, as far as it has them.",
)]);

pub(crate) const INSPECTION: Paragraph = Numbered(&[
    Text(
        "Where that is not enough to show compliance, the Customer, or an independent auditor who \
         is bound to confidentiality, may inspect the Provider’s relevant premises, systems and \
         records: on thirty days’ written notice, during business hours, without access to the \
         data of other customers, and no more than once in twelve months unless there has been a \
         breach that affects ",
    ),
    Protected,
    Text(
        " or an authority demands it. Each party bears its own costs of an inspection; if it \
         shows a material breach of this Agreement, the Provider bears the reasonable costs of \
         both and remedies the breach without delay.",
    ),
]);

// Whole clauses.

pub(crate) const TERM_AND_TERMINATION: Clause = Clause {
    heading: "Term and termination",
    paragraphs: &[
        Numbered(&[
            Text(
                "This Agreement takes effect when the Customer signs it and lasts as long as the \
                 Main Agreement, and beyond that as long as the Provider, or anybody on its \
                 behalf, holds or has access to ",
            ),
            Protected,
            Text("."),
        ]),
        Numbered(&[
            Text(
                "A party that learns of a material breach of this Agreement by the other gives \
                 written notice of it. If the breach is not cured within thirty days of the \
                 notice, or at once if it cannot be cured, the party may terminate this Agreement \
                 and the Main Agreement, as far as that depends on ",
            ),
            Protected,
            Text("."),
        ]),
        Numbered(&[Text(
            "Obligations that by their nature continue, among them those on return and deletion, \
             confidentiality and liability, survive the end of this Agreement.",
        )]),
    ],
};

pub(crate) const RETURNING: Clause = Clause {
    heading: RETURN_AND_DELETION,
    paragraphs: &[
        Numbered(&[
            Text("When the Services end, the Provider lets the Customer retrieve "),
            Protected,
            Text(
                " in a commonly used electronic format for thirty days, or returns it if the \
                 Customer cannot retrieve it itself. At the Customer’s request it does so at any \
                 time before.",
            ),
        ]),
        Numbered(&[
            Text("After that time, or earlier if the Customer so instructs, the Provider deletes "),
            Protected,
            Text(
                " within thirty days and has everybody who holds it on its behalf do the same. \
                 Copies in backups are deleted as the backups expire, at the latest after another \
                 ninety days, and are not used for anything else until then.",
            ),
        ]),
        Numbered(&[Text(
            "Where the law to which the Provider is subject requires it to keep a copy, or where return and deletion \
                 are not feasible, the Provider tells the Customer what it keeps and why, goes on \
                 protecting it under this Agreement, and uses and discloses it only for the \
                 purpose that makes it necessary to keep it.",
        )]),
        Numbered(&[Text(
            "The Provider confirms the deletion in writing at the Customer’s request.",
        )]),
    ],
};

pub(crate) const LIABILITY: Clause = Clause {
    heading: "Liability",
    paragraphs: &[
        Numbered(&[Text(
            "The Provider is responsible for the acts and omissions of its personnel, and of \
             everybody whom it engages to perform its obligations, as for its own.",
        )]),
        Numbered(&[Text(
            "The liability of each party to the other under this Agreement is governed by the \
             Main Agreement. Its exclusions and limits apply to both agreements together and not \
             to each anew.",
        )]),
        Numbered(&[
            Text(
                "Nothing in this Agreement or the Main Agreement limits the rights that \
                 authorities, or the people whom the data concern, have under ",
            ),
            Law,
            Text(", or any liability that cannot be limited by law."),
        ]),
    ],
};

pub(crate) const PRECEDENCE: Clause = Clause {
    heading: "Order of precedence, changes and notices",
    paragraphs: &[
        Numbered(&[
            Text(
                "This Agreement is part of the Main Agreement and replaces what the parties have \
                 agreed before on the same subject. Where the two conflict, this Agreement \
                 prevails as far as ",
            ),
            Protected,
            Text(
                " is concerned. What is ambiguous is read in the way that lets both parties \
                 comply with ",
            ),
            Law,
            Text("."),
        ]),
        Numbered(&[
            Text(
                "This Agreement is governed by the law that governs the Main Agreement, and \
                 disputes are decided by the courts that it names, unless another law or \
                 other courts are mandatory under ",
            ),
            Law,
            Text("."),
        ]),
        Numbered(&[
            Text(
                "Changes need the written agreement of both parties; electronic form is enough. \
                 The parties amend this Agreement without delay where that becomes necessary \
                 under ",
            ),
            Law,
            Text(
                ". If a provision is invalid, the others remain in force, and a valid one that comes \
                 closest to its purpose takes its place.",
            ),
        ]),
        Numbered(&[
            Text("Notices to the Customer under this Agreement are sent to "),
            RepresentativeEmail,
            Text(
                ", notices to the Provider to the address that it has given for notices under the \
                 Main Agreement. Each party tells the other when its address changes.",
            ),
        ]),
    ],
};

pub(crate) const SIGNATURES: Clause = Clause {
    heading: "Signatures",
    paragraphs: &[
        Numbered(&[Text(
            "By issuing this document the Provider offers to enter into this Agreement. It is \
                 bound by it from the moment at which the Customer signs; no further signature of \
                 the Provider is needed.",
        )]),
        Numbered(&[Text(
            "Whoever signs for the Customer declares that they have authority to bind it.",
        )]),
        Numbered(&[Text(
            "This Agreement may be signed electronically. Where it is, a record of the signature \
             that is added to it takes the place of handwriting on the lines below, and the \
             parties accept it as evidence that, when and by whom this Agreement was signed.",
        )]),
    ],
};
