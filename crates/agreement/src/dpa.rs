//! The data processing agreement. What it must contain stands in article 28(3) of the GDPR.

use crate::clauses::{
    ACCESS, AGREEMENTS, BREACHES, CONTINUITY, ENCRYPTION, IN_PHASES, INSPECTION, LIABILITY, LOGS,
    MITIGATION, NOTIFYING, PRECEDENCE, QUESTIONS, RETURN_AND_DELETION, RETURNING, REVIEW,
    SIGNATURES, SUBPROCESSORS, TERM_AND_TERMINATION,
};
use crate::template::Paragraph::{Item, Numbered};
use crate::template::Piece::{ClauseNumber, Term, Text};
use crate::template::{Clause, Template};

const DETAILS: &str = "Details of the processing";
const SECURITY: &str = "Security of the processing";

pub(crate) static DPA: Template = Template {
    title: "Data Processing Agreement",
    protected: "Customer Personal Data",
    law: "Data Protection Law",
    recital: &[Text(
        "The Customer uses online services of the Provider. In providing them the Provider \
         processes personal data on the Customer’s behalf. Article 28 of Regulation (EU) 2016/679 \
         (the GDPR) requires a contract that binds the processor and says what it may and must \
         do. This Agreement is that contract.",
    )],
    clauses: &[
        Clause {
            heading: "Definitions",
            paragraphs: &[
                AGREEMENTS,
                Numbered(&[
                    Term("Data Protection Law"),
                    Text(
                        " means the GDPR and the other laws on the protection of personal data of \
                         the European Union, its member states, the other states of the European \
                         Economic Area (EEA), the United Kingdom and Switzerland, as far as they \
                         apply to a party.",
                    ),
                ]),
                Numbered(&[
                    Term("Customer Personal Data"),
                    Text(
                        " means personal data that the Provider processes on behalf of the \
                         Customer in providing the Services, and ",
                    ),
                    Term("Subprocessor"),
                    Text(" another processor whom the Provider engages for that."),
                ]),
                Numbered(&[
                    Term("Standard Contractual Clauses"),
                    Text(
                        " means the clauses in the annex to the Implementing Decision (EU) \
                         2021/914 of the European Commission.",
                    ),
                ]),
                Numbered(&[Text(
                    "Controller, processor, data subject, personal data, personal data breach, \
                     processing and supervisory authority have the meaning that the GDPR gives \
                     them.",
                )]),
            ],
        },
        Clause {
            heading: "Scope and roles",
            paragraphs: &[
                Numbered(&[Text(
                    "The Customer is the controller of Customer Personal Data, or processes it on \
                     behalf of controllers whose instructions it passes on. The Provider is its \
                     processor. To processing for which the Provider determines purposes and \
                     means itself, such as its own accounting, this Agreement does not apply.",
                )]),
                Numbered(&[Text(
                    "The Customer is responsible for the lawfulness of the processing that it \
                     instructs, in particular for its legal basis and for informing the data \
                     subjects.",
                )]),
            ],
        },
        Clause {
            heading: DETAILS,
            paragraphs: &[
                Numbered(&[Text(
                    "The subject matter of the processing is the provision of the Services. Its \
                     nature is that Customer Personal Data is collected, stored, organised, \
                     displayed, transmitted and deleted; its purpose, that the Services are \
                     provided, secured and supported as the Main Agreement says.",
                )]),
                Numbered(&[
                    Text("It lasts as long as the Main Agreement, and until deletion under "),
                    ClauseNumber(RETURN_AND_DELETION),
                    Text("."),
                ]),
                Numbered(&[Text("The data subjects are:")]),
                Item(&[Text(
                    "members of the Customer’s organisation and others who use its account;",
                )]),
                Item(&[Text(
                    "people whom the Customer invites by means of the Services or records there, \
                     such as candidates, employees and contractors; and",
                )]),
                Item(&[Text(
                    "people who are mentioned in content that these submit.",
                )]),
                Numbered(&[Text("The types of personal data are:")]),
                Item(&[Text(
                    "names, contact details and positions in the Customer’s organisation;",
                )]),
                Item(&[Text(
                    "data of accounts and of use, such as roles, times of sign-in, network \
                     addresses and records of actions; and",
                )]),
                Item(&[Text(
                    "content that the Customer and its users submit, and results that the \
                     Services derive from it.",
                )]),
                Numbered(&[Text(
                    "The Services are not meant for special categories of personal data or data \
                     on criminal convictions (articles 9 and 10 of the GDPR). The Customer submits \
                     none unless the parties have agreed in writing on how they are protected.",
                )]),
            ],
        },
        Clause {
            heading: "Instructions and confidentiality",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider processes Customer Personal Data, and transfers it to third \
                     countries, only on documented instructions of the Customer, unless the law \
                     of the European Union or of a member state to which the Provider is subject \
                     requires otherwise. In that case it tells the Customer of the requirement \
                     before the processing, unless that law forbids it on important grounds of \
                     public interest.",
                )]),
                Numbered(&[Text(
                    "This Agreement, the Main Agreement and what the Customer and its users do by \
                     means of the Services are the instructions. Others are given in writing.",
                )]),
                Numbered(&[Text(
                    "The Provider tells the Customer at once if it believes that an instruction \
                     infringes Data Protection Law, and may wait with carrying it out until the \
                     Customer has confirmed or changed it.",
                )]),
                Numbered(&[Text(
                    "Everybody whom the Provider authorises to process Customer Personal Data is \
                     bound to confidentiality by contract or by law.",
                )]),
                Numbered(&[Text(
                    "The Provider does not sell Customer Personal Data and does not use it for \
                     advertising or other purposes of its own.",
                )]),
            ],
        },
        Clause {
            heading: SECURITY,
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider takes the technical and organisational measures that article 32 \
                     of the GDPR requires, with regard to the state of the art, the costs, the \
                     nature, scope, context and purposes of the processing, and the risks for the \
                     data subjects. In particular:",
                )]),
                ENCRYPTION,
                ACCESS,
                LOGS,
                CONTINUITY,
                REVIEW,
                Numbered(&[Text(
                    "The Provider may replace measures by others that protect no less.",
                )]),
            ],
        },
        Clause {
            heading: SUBPROCESSORS,
            paragraphs: &[
                Numbered(&[Text(
                    "The Customer authorises the Provider to engage Subprocessors. The Provider \
                     names those whom it has engaged, with what they do and where, at the \
                     Customer’s request, and tells the Customer at least thirty days before it \
                     engages another or replaces one.",
                )]),
                Numbered(&[Text(
                    "The Customer may object within that time on reasonable grounds of data \
                     protection. If the parties find no other way, the Customer may terminate the \
                     Services concerned before the change takes effect, and gets back what it has \
                     paid for the time after.",
                )]),
                Numbered(&[Text(
                    "The Provider imposes on each Subprocessor, by contract, the obligations of \
                     data protection that this Agreement imposes on the Provider, and remains \
                     fully liable to the Customer for the Subprocessor’s performance.",
                )]),
            ],
        },
        Clause {
            heading: "International transfers",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider transfers Customer Personal Data from the EEA to a third \
                     country only where Chapter V of the GDPR is complied with, by an adequacy \
                     decision, by the Standard Contractual Clauses or by another of its means. \
                     For data from the United Kingdom and Switzerland the corresponding rules of \
                     their law apply.",
                )]),
                Numbered(&[
                    Text(
                        "Where a transfer by the Customer to the Provider needs them, the \
                         Standard Contractual Clauses are part of this Agreement: module two, or \
                         three where the Customer is a processor, without the optional wording of \
                         clauses 7 and 11, with option 2 of clause 9(a) and the time in ",
                    ),
                    ClauseNumber(SUBPROCESSORS),
                    Text(
                        ". Under their clauses 17 and 18 the law and the courts of the member \
                         state apply in which the Customer is established, or else of Ireland, \
                         and the supervisory authority there is the competent one. What their \
                         annexes ask for stands in the parties’ names above and in ",
                    ),
                    ClauseNumber(DETAILS),
                    Text(", "),
                    ClauseNumber(SECURITY),
                    Text(" and "),
                    ClauseNumber(SUBPROCESSORS),
                    Text(
                        ". For transfers from the United Kingdom they apply as the International \
                         Data Transfer Addendum of its Information Commissioner modifies them; \
                         for transfers from Switzerland, references to the GDPR are to Swiss law.",
                    ),
                ]),
                Numbered(&[Text(
                    "Where the Standard Contractual Clauses apply and conflict with this \
                     Agreement or the Main Agreement, they prevail.",
                )]),
            ],
        },
        Clause {
            heading: "Data subject requests and assistance",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider passes on to the Customer, within five business days, each \
                     request of a data subject that concerns Customer Personal Data, and does not \
                     answer it itself unless the Customer asks it to.",
                )]),
                Numbered(&[Text(
                    "Where the Customer cannot fulfil the rights of data subjects by means of the \
                     Services, the Provider helps it by appropriate technical and organisational \
                     measures, as far as possible.",
                )]),
                Numbered(&[Text(
                    "The Provider helps the Customer, with regard to the nature of the processing \
                     and the information that it has, to comply with articles 32 to 36 of the \
                     GDPR, among them assessments of impact and prior consultations of \
                     supervisory authorities.",
                )]),
                Numbered(&[Text(
                    "The Provider tells the Customer, unless the law forbids it, when an \
                     authority asks for Customer Personal Data, and discloses no more than it \
                     must.",
                )]),
            ],
        },
        Clause {
            heading: BREACHES,
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider notifies the Customer of each personal data breach that affects \
                     Customer Personal Data without undue delay and no later than 48 hours after \
                     it has become aware of it.",
                )]),
                Numbered(&[Text(
                    "The notice says, as far as it is known, what happened, which categories and \
                     approximate numbers of data subjects and records are concerned, what the \
                     likely consequences are, what the Provider has done and proposes to do about \
                     it, and who can be asked.",
                )]),
                IN_PHASES,
                MITIGATION,
                NOTIFYING,
            ],
        },
        Clause {
            heading: "Audit",
            paragraphs: &[
                Numbered(&[Text(
                    "The Provider makes available to the Customer all information that is \
                     necessary to demonstrate compliance with article 28 of the GDPR, and allows \
                     for and contributes to audits, as follows. Rights of supervisory authorities \
                     remain unaffected.",
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
