//! The business associate agreement. What it must contain stands in 45 CFR 164.504(e)(2) and
//! 164.314(a)(2).

use crate::clauses::{
    ACCESS, AGREEMENTS, BREACHES, CONTINUITY, ENCRYPTION, IN_PHASES, INSPECTION, LIABILITY, LOGS,
    MITIGATION, NOTIFYING, PRECEDENCE, QUESTIONS, RETURNING, REVIEW, SIGNATURES, SUBCONTRACTING,
    TERM_AND_TERMINATION,
};
use crate::template::Paragraph::{Item, Numbered};
use crate::template::Piece::{Term, Text};
use crate::template::{Clause, Template};

pub(crate) static BAA: Template = Template {
    title: "Business Associate Agreement",
    protected: "PHI",
    law: "the HIPAA Rules",
    recital: &[Text(
        "The Customer uses online services of the Provider. In doing so it may disclose protected \
         health information to the Provider, or have the Provider create, receive, maintain or \
         transmit it on the Customer’s behalf. The Health Insurance Portability and \
         Accountability Act of 1996 (HIPAA) and its regulations require assurances of how such \
         information is handled. The Provider gives them in this Agreement.",
    )],
    clauses: &[
        Clause {
            heading: "Definitions",
            paragraphs: &[
                AGREEMENTS,
                Numbered(&[
                    Term("HIPAA Rules"),
                    Text(
                        " means the Privacy, Security, Breach Notification and Enforcement Rules \
                         at 45 C.F.R. Parts 160 and 164, as amended from time to time.",
                    ),
                ]),
                Numbered(&[
                    Term("PHI"),
                    Text(
                        " means protected health information within the meaning of 45 C.F.R. \
                         § 160.103, as far as the Provider creates, receives, maintains or \
                         transmits it on behalf of the Customer. ",
                    ),
                    Term("Electronic PHI"),
                    Text(" is PHI that is maintained in or transmitted by electronic media."),
                ]),
                Numbered(&[Text(
                    "Breach, Designated Record Set, Individual, Required by Law, Secretary, \
                     Security Incident, Subcontractor and Unsecured Protected Health Information \
                     have the meaning that the HIPAA Rules give them.",
                )]),
            ],
        },
        Clause {
            heading: "Scope and roles",
            paragraphs: &[
                Numbered(&[Text(
                    "The Customer is a covered entity, or the business associate of one. The \
                     Provider is its business associate or, in the second case, its \
                     Subcontractor, as far as it handles PHI. To whatever else the Provider does \
                     for the Customer this Agreement does not apply.",
                )]),
                Numbered(&[Text(
                    "The Provider is an independent contractor. Nothing in this Agreement makes \
                     it an agent of the Customer or creates rights of third parties.",
                )]),
            ],
        },
        Clause {
            heading: "Permitted uses and disclosures",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider uses and discloses PHI only to provide the Services, as this \
                     Agreement permits or as Required by Law, and not in a way in which the \
                     Customer itself could not under Subpart E of 45 C.F.R. Part 164.",
                )]),
                Numbered(&[Text(
                    "The Provider may also use PHI for its own proper management and \
                     administration and to carry out its legal responsibilities. It may disclose \
                     PHI for these purposes if:",
                )]),
                Item(&[Text("the disclosure is Required by Law; or")]),
                Item(&[Text(
                    "it has reasonable written assurances from the recipient that the PHI will \
                     be held in confidence, will be used and disclosed further only as Required \
                     by Law or for the purpose for which it was disclosed, and that the recipient \
                     will tell the Provider of each case it learns of in which that was not kept.",
                )]),
                Numbered(&[Text(
                    "The Provider limits PHI that it uses, discloses or requests to the minimum \
                     necessary for the purpose.",
                )]),
                Numbered(&[Text(
                    "The Provider does not sell PHI, does not use or disclose it for marketing, \
                     and de-identifies it or combines it with the data of others only on the \
                     Customer’s written instructions.",
                )]),
                Numbered(&[Text(
                    "As far as the Provider carries out an obligation of the Customer under \
                     Subpart E of 45 C.F.R. Part 164, it complies with the requirements that \
                     apply to the Customer in that respect.",
                )]),
            ],
        },
        Clause {
            heading: "Safeguards",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider uses appropriate administrative, physical and technical \
                     safeguards to prevent uses and disclosures of PHI that this Agreement does \
                     not provide for, and complies with Subpart C of 45 C.F.R. Part 164 with \
                     respect to Electronic PHI. In particular:",
                )]),
                ENCRYPTION,
                ACCESS,
                LOGS,
                CONTINUITY,
                REVIEW,
                Numbered(&[Text(
                    "Everybody whom the Provider gives access to PHI is trained in handling it \
                     and bound to confidentiality, also after the end of their work.",
                )]),
            ],
        },
        Clause {
            heading: SUBCONTRACTING,
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider makes sure, as 45 C.F.R. §§ 164.502(e)(1)(ii) and 164.308(b)(2) \
                     demand, that each Subcontractor that creates, receives, maintains or \
                     transmits PHI on its behalf agrees in writing to the same restrictions, \
                     conditions and requirements that apply to the Provider under this Agreement.",
                )]),
                Numbered(&[Text(
                    "At the Customer’s request the Provider names these Subcontractors and the \
                     countries in which PHI is stored. It tells the Customer at least thirty days \
                     before PHI is first stored in another country. If the Customer objects and \
                     the parties find no other way, the Customer may terminate the Services \
                     concerned before the change takes effect.",
                )]),
            ],
        },
        Clause {
            heading: BREACHES,
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider reports to the Customer each use or disclosure of PHI that this \
                     Agreement does not provide for, each Security Incident and each Breach of \
                     Unsecured Protected Health Information of which it becomes aware, without \
                     unreasonable delay and no later than five days after its discovery within \
                     the meaning of 45 C.F.R. § 164.410(a)(2).",
                )]),
                Numbered(&[Text(
                    "The report says, as far as it is known, what happened and when, when it was \
                     discovered, which kinds of PHI are concerned, who each Individual is whose \
                     PHI has been or may have been affected, what the Provider has done and will \
                     do about it, and whatever else 45 C.F.R. § 164.410(c) requires.",
                )]),
                IN_PHASES,
                MITIGATION,
                NOTIFYING,
                Numbered(&[Text(
                    "Attempts without success, such as pings, port scans, failed sign-ins and \
                     denials of service that do not give access to PHI, happen all the time. This \
                     clause is the notice of them; no other is given.",
                )]),
            ],
        },
        Clause {
            heading: "Rights of Individuals",
            paragraphs: &[
                Numbered(&[Text(
                    "As far as the Provider maintains PHI in a Designated Record Set, it makes \
                     the PHI available to the Customer for access by the Individual (45 C.F.R. \
                     § 164.524), and for amendment, and incorporates amendments (45 C.F.R. \
                     § 164.526), within ten days of the Customer’s request, where the Customer \
                     cannot do so itself by means of the Services.",
                )]),
                Numbered(&[Text(
                    "The Provider documents the disclosures of PHI for which the Customer must be \
                     able to account (45 C.F.R. § 164.528), keeps the documentation for six \
                     years, and gives it to the Customer within ten days of a request.",
                )]),
                Numbered(&[Text(
                    "A request that an Individual makes to the Provider is passed on to the \
                     Customer within five business days. The Provider does not answer it itself \
                     unless the Customer asks it to or it is Required by Law.",
                )]),
            ],
        },
        Clause {
            heading: "Obligations of the Customer",
            paragraphs: &[
                Numbered(&[Text(
                    "The Customer tells the Provider of limitations in its notice of privacy \
                     practices, of changes to or the revocation of an Individual’s permission, \
                     and of restrictions that it has agreed to, as far as they may affect what \
                     the Provider does with PHI.",
                )]),
                Numbered(&[Text(
                    "The Customer does not ask the Provider to use or disclose PHI in a way that \
                     the HIPAA Rules do not permit to the Customer. It obtains the consents and \
                     authorizations that are necessary to place PHI in the Services, and places \
                     no more of it there than the purpose requires.",
                )]),
                Numbered(&[Text(
                    "The Customer protects the credentials of its users and gives them no more \
                     access than they need.",
                )]),
            ],
        },
        Clause {
            heading: "Records and audit",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider makes its internal practices, books and records on the use and \
                     disclosure of PHI available to the Secretary, to determine compliance with \
                     the HIPAA Rules.",
                )]),
                QUESTIONS,
                INSPECTION,
            ],
        },
        TERM_AND_TERMINATION,
        RETURNING,
        LIABILITY,
        PRECEDENCE,
        SIGNATURES,
    ],
};
