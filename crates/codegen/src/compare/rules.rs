//! The rules, by number. A number stays with its rule for ever, because declared
//! changes and archives name it.

use std::fmt::Write;

/// Who breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// What they send is no longer accepted, or means something else.
    Senders,
    /// What they receive may be what they were told would never come.
    Receivers,
    /// Both, or whoever generates a client.
    Everybody,
}

impl Who {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Senders => "senders",
            Self::Receivers => "receivers",
            Self::Everybody => "everybody",
        }
    }
}

/// One way to break somebody who relies on a document.
#[derive(Debug)]
pub struct Rule {
    /// Its number.
    pub number: u16,
    /// Its name, as declared changes write it.
    pub name: &'static str,
    /// Who breaks.
    pub who: Who,
    /// The change that breaks them.
    pub breaks: &'static str,
    /// Why it does, and what does not.
    pub reason: &'static str,
}

macro_rules! rules {
    ($($id:ident = $number:literal $name:literal $who:ident $breaks:literal, $reason:literal;)*) => {
        $(pub(super) static $id: Rule = Rule {
            number: $number,
            name: $name,
            who: Who::$who,
            breaks: $breaks,
            reason: $reason,
        };)*

        /// Every rule, by number.
        pub static RULES: &[&Rule] = &[$(&$id),*];
    };
}

rules! {
    DOCUMENT = 101 "document" Everybody
        "a document is gone",
        "Nobody can call its operations any more. A new document is nobody's trouble.";
    DIALECT = 102 "dialect" Everybody
        "`openapi` names another minor version, or `jsonSchemaDialect` changes",
        "Generators read the same words differently. A patch of the version means the same.";
    VERSION = 103 "version" Everybody
        "`info.version` falls",
        "A version names one state of the document; a higher one is a new state.";
    SERVERS = 104 "servers" Everybody
        "the first server changes, or another one goes",
        "Clients call the first server unless told otherwise. More servers are a choice.";
    OPERATION = 105 "operation" Everybody
        "an operation is gone, or has another path or method",
        "Calls of it get 404 or 405. A new operation is nobody's trouble.";
    OPERATION_ID = 106 "operation-id" Everybody
        "an `operationId` changes",
        "Generated clients name their functions after it, and links name it.";
    OPERATION_TAG = 107 "operation-tag" Everybody
        "the first tag of an operation changes",
        "Generated clients group their functions by it. Further tags are for readers.";
    SCHEMA_NAME = 108 "schema-name" Everybody
        "a named schema has another name where it is used, or none",
        "What goes over the wire is the same, but generated clients name their types after it, and \
         code that uses them no longer compiles. A name for what had none takes nothing away.";
    IDEMPOTENT = 109 "idempotent" Senders
        "`x-charter-idempotent` goes",
        "Who sends a request again after a lost answer would now do it twice.";
    RATE_LIMIT = 110 "rate-limit" Senders
        "`x-charter-rate-limit` appears, allows fewer requests or counts them for longer",
        "A pace that was allowed is refused with 429.";
    EVEN_TIME = 111 "even-time" Senders
        "`x-charter-even-time` goes",
        "Whoever gives an address was promised that the time of the answer tells nobody about it.";
    AUDIT_EVENT = 112 "audit-event" Everybody
        "`x-charter-audit` goes or names another event",
        "Who searches the audit log for the event finds nothing. A new event is more to find.";

    PARAMETER_ADDED = 201 "parameter-added" Senders
        "a required parameter is new",
        "Requests without it are refused. An optional one may be left out.";
    PARAMETER_REQUIRED = 202 "parameter-required" Senders
        "an optional parameter becomes required",
        "Requests without it are refused.";
    PARAMETER_REMOVED = 203 "parameter-removed" Senders
        "a parameter is gone",
        "Unknown query parameters are refused with 400; headers and cookies lose their effect.";
    PARAMETER_LOCATION = 204 "parameter-location" Senders
        "a parameter stands elsewhere (`in`)",
        "It is not looked for where it is sent. Whether path or operation declares it is the same.";
    PARAMETER_NAME = 205 "parameter-name" Senders
        "a path parameter has another name",
        "The path is the same, but generated clients name arguments after it, and links name it. \
         Names of headers have no case.";
    PARAMETER_ORDER = 206 "parameter-order" Senders
        "parameters of an operation change places",
        "Generated clients take them as arguments in this order, and a swap of two strings compiles.";
    PARAMETER_NOTATION = 207 "parameter-notation" Senders
        "`style`, `explode`, `allowReserved`, `allowEmptyValue` or the media type changes",
        "The same value is written otherwise. To write a default down changes nothing.";

    BODY_REQUIRED = 301 "body-required" Senders
        "a body becomes required",
        "Requests without it are refused. An optional one may be left out.";
    BODY_REMOVED = 302 "body-removed" Senders
        "a body is no longer taken",
        "What is sent has no effect.";
    REQUEST_MEDIA_TYPE = 303 "request-media-type" Senders
        "a media type of the body goes",
        "Bodies in it are refused with 415. Another one is a choice.";
    BODY_LIMIT = 304 "body-limit" Senders
        "`x-charter-body-limit` falls, appears or goes",
        "Bodies of the old size are refused with 413. Without it the server's general limit holds, \
         which the document does not know.";
    PART_MEDIA_TYPE = 305 "part-media-type" Senders
        "a part of a form no longer takes a media type",
        "Files of that kind are refused.";
    PART_BYTES = 306 "part-bytes" Senders
        "`x-charter-max-bytes` of a part falls or appears",
        "Files of the old size are refused.";
    PART_NOTATION = 307 "part-notation" Senders
        "`style`, `explode`, `allowReserved` or `headers` of a part changes",
        "The same value is written otherwise.";

    STATUS_SUCCESS = 401 "status-success" Receivers
        "a status that is no failure is new",
        "Clients do not know what to make of it.";
    STATUS_FAILURE = 402 "status-failure" Receivers
        "a failure is new and not a problem of RFC 9457",
        "A problem can be read without knowing its status, and HTTP has clients take an unknown 4xx \
         or 5xx as 400 or 500. Anything else needs new code.";
    STATUS_DEMAND = 403 "status-demand" Senders
        "401, 403, 406, 407, 426, 428 or 511 is new",
        "These refuse a request for something that it lacks and that was not asked for before.";
    STATUS_REMOVED = 404 "status-removed" Receivers
        "a status is gone",
        "Who waits for it waits in vain, and what comes instead is something else.";
    RESPONSE_MEDIA_TYPE = 405 "response-media-type" Receivers
        "the media types of a response change",
        "Answers come in a form that the client does not read, or asked for and cannot have.";
    HEADER_REMOVED = 406 "header-removed" Receivers
        "a header of a response is gone",
        "Who reads it finds nothing. Unknown headers are passed over.";
    HEADER_REQUIRED = 407 "header-required" Receivers
        "a header of a response need not come any more",
        "Who reads it must be ready to find nothing.";
    HEADER_NOTATION = 408 "header-notation" Receivers
        "`style` or `explode` of a header changes",
        "The same value is written otherwise.";
    LINK = 409 "link" Receivers
        "a link is gone or leads elsewhere",
        "Who follows it gets nowhere. A new one is an offer.";
    PROBLEM_TYPE = 410 "problem-type" Receivers
        "a `type` of problem in the examples of a failure is gone from that status",
        "Clients tell failures apart by it. Unknown types are read by their status.";

    SECURITY_NEEDED = 501 "security-needed" Senders
        "a public operation needs a credential",
        "Requests without one are refused with 401.";
    SECURITY_REMOVED = 502 "security-removed" Senders
        "an alternative of `security` goes",
        "Credentials of that scheme are refused. Another alternative, or none at all, is a choice.";
    SECURITY_SCOPE = 503 "security-scope" Senders
        "an alternative of `security` needs another scope",
        "Keys that were made for the old ones are refused with 403. Fewer scopes are fine.";
    SECURITY_SCHEME = 504 "security-scheme" Senders
        "a security scheme is gone, or is sent otherwise",
        "Credentials are not looked for where they are sent.";
    CREDENTIAL = 505 "credential" Senders
        "`x-charter-credential` no longer takes a key, or a session",
        "Credentials of that kind are refused.";

    REQUEST_TYPE = 601 "request-type" Senders
        "the type of a value changes, unless it takes more",
        "Values of the old type are refused. A number takes every integer.";
    REQUEST_NULL = 602 "request-null" Senders
        "null is no longer taken",
        "It is refused.";
    REQUEST_ENUM = 603 "request-enum" Senders
        "a value of `enum` or `const` goes, or there was none before",
        "It is refused.";
    REQUEST_FORMAT = 604 "request-format" Senders
        "`format` appears or changes, except from int32 to int64 and float to double",
        "Texts of the old format may be refused; two formats cannot be compared.";
    REQUEST_PATTERN = 605 "request-pattern" Senders
        "`pattern` appears or changes",
        "Two patterns cannot be compared with certainty.";
    REQUEST_MIN_LENGTH = 606 "request-min-length" Senders
        "`minLength` appears or rises", "Shorter texts are refused.";
    REQUEST_MAX_LENGTH = 607 "request-max-length" Senders
        "`maxLength` appears or falls", "Longer texts are refused.";
    REQUEST_MINIMUM = 608 "request-minimum" Senders
        "`minimum` or `exclusiveMinimum` appears or rises", "Smaller numbers are refused.";
    REQUEST_MAXIMUM = 609 "request-maximum" Senders
        "`maximum` or `exclusiveMaximum` appears or falls", "Greater numbers are refused.";
    REQUEST_MULTIPLE = 610 "request-multiple" Senders
        "`multipleOf` appears, or no longer divides the old one", "Numbers between are refused.";
    REQUEST_MIN_ITEMS = 611 "request-min-items" Senders
        "`minItems` appears or rises", "Shorter arrays are refused.";
    REQUEST_MAX_ITEMS = 612 "request-max-items" Senders
        "`maxItems` appears or falls", "Longer arrays are refused.";
    REQUEST_UNIQUE = 613 "request-unique" Senders
        "`uniqueItems` appears", "Arrays with repetitions are refused.";
    REQUEST_ITEMS = 614 "request-items" Senders
        "`items` appears", "Items that it does not describe are refused.";
    REQUEST_MIN_PROPERTIES = 615 "request-min-properties" Senders
        "`minProperties` appears or rises", "Smaller objects are refused.";
    REQUEST_MAX_PROPERTIES = 616 "request-max-properties" Senders
        "`maxProperties` appears or falls", "Greater objects are refused.";
    REQUEST_CONTENT = 617 "request-content" Senders
        "`contentEncoding`, `contentMediaType` or the presence of `contentSchema` changes",
        "The text is read as something else.";
    REQUEST_PROPERTY_REMOVED = 618 "request-property-removed" Senders
        "a member is gone",
        "Unknown members are refused; where they are not, it loses its effect.";
    REQUEST_PROPERTY_ADDED = 619 "request-property-added" Senders
        "a required member is new",
        "Objects without it are refused. An optional one may be left out.";
    REQUEST_PROPERTY_REQUIRED = 620 "request-property-required" Senders
        "an optional member becomes required",
        "Objects without it are refused.";
    REQUEST_PROPERTY_CLAIMED = 621 "request-property-claimed" Senders
        "a member is new in an object that took any other members",
        "Whoever sent something of that name finds it read, or refused. An object that refused \
         others got none.";
    REQUEST_ADDITIONAL = 622 "request-additional" Senders
        "an object no longer takes other members, or not all that it took",
        "Members without a description of their own are refused.";
    READ_ONLY = 623 "read-only" Senders
        "a member becomes `readOnly`",
        "It is refused in requests. Of responses `readOnly` says nothing, and of a `readOnly` member \
         requests know nothing.";
    REQUEST_ALTERNATIVE_REMOVED = 624 "request-alternative-removed" Senders
        "an alternative of `oneOf` or `anyOf` goes",
        "Values of it are refused.";
    REQUEST_OVERLAP = 625 "request-overlap" Senders
        "an alternative of `oneOf` is new or differs, and may admit what another one admits",
        "A value that two alternatives admit is refused. Where types, closed members or a \
         discriminator keep them apart, none is.";
    REQUEST_DISCRIMINATOR = 626 "request-discriminator" Senders
        "`discriminator` appears, goes, looks at another member, or a value leads elsewhere",
        "The same value is taken for another alternative. A new value takes nothing away.";
    REQUEST_DEFAULT = 627 "request-default" Senders
        "`default` appears, goes or changes",
        "Who leaves the value out gets another result, or may.";
    REQUEST_COMPOSITION = 628 "request-composition" Senders
        "`oneOf`, `anyOf` and `allOf` are put together otherwise",
        "That cannot be compared with certainty. What means the same, such as null in `type` or in \
         `anyOf`, is seen to.";
    REQUEST_OWN_TYPE = 629 "request-own-type" Senders
        "`x-charter-type` or `x-charter-type-id` changes",
        "A type of the server's own decides what is accepted, and the document cannot say what.";
    REDACTION = 630 "redaction" Senders
        "`x-charter-redact` goes",
        "What was promised to stay out of logs is in them.";

    RESPONSE_TYPE = 701 "response-type" Receivers
        "the type of a value changes",
        "It is not what the receiver reads.";
    RESPONSE_NULL = 702 "response-null" Receivers
        "null may come",
        "Receivers were told that there is always a value.";
    RESPONSE_ENUM = 703 "response-enum" Receivers
        "a value of `enum` or `const` is new, or any value may come",
        "Generated clients know the old ones and refuse others.";
    RESPONSE_ENUM_REMOVED = 704 "response-enum-removed" Receivers
        "a value of `enum` or `const` goes",
        "Who waits for it waits in vain; generated clients lose its name. An enumeration where there \
         was none promises more.";
    RESPONSE_FORMAT = 705 "response-format" Receivers
        "`format` goes or changes, except from int64 to int32 and double to float",
        "Receivers parse the text or number as the old format; two formats cannot be compared.";
    RESPONSE_PATTERN = 706 "response-pattern" Receivers
        "`pattern` goes or changes",
        "Receivers may rely on it; two patterns cannot be compared with certainty.";
    RESPONSE_MIN_LENGTH = 707 "response-min-length" Receivers
        "`minLength` goes or falls", "Shorter texts may come than were promised.";
    RESPONSE_MAX_LENGTH = 708 "response-max-length" Receivers
        "`maxLength` goes or rises", "Longer texts may come than were promised.";
    RESPONSE_MINIMUM = 709 "response-minimum" Receivers
        "`minimum` or `exclusiveMinimum` goes or falls", "Smaller numbers may come.";
    RESPONSE_MAXIMUM = 710 "response-maximum" Receivers
        "`maximum` or `exclusiveMaximum` goes or rises", "Greater numbers may come.";
    RESPONSE_MULTIPLE = 711 "response-multiple" Receivers
        "`multipleOf` goes, or is no multiple of the old one", "Numbers between may come.";
    RESPONSE_MIN_ITEMS = 712 "response-min-items" Receivers
        "`minItems` goes or falls", "Shorter arrays may come, even an empty one.";
    RESPONSE_MAX_ITEMS = 713 "response-max-items" Receivers
        "`maxItems` goes or rises", "Longer arrays may come.";
    RESPONSE_UNIQUE = 714 "response-unique" Receivers
        "`uniqueItems` goes", "Repetitions may come.";
    RESPONSE_ITEMS = 715 "response-items" Receivers
        "`items` goes", "Anything may come as an item.";
    RESPONSE_MIN_PROPERTIES = 716 "response-min-properties" Receivers
        "`minProperties` goes or falls", "Smaller objects may come.";
    RESPONSE_MAX_PROPERTIES = 717 "response-max-properties" Receivers
        "`maxProperties` goes or rises", "Greater objects may come.";
    RESPONSE_CONTENT = 718 "response-content" Receivers
        "`contentEncoding`, `contentMediaType` or the presence of `contentSchema` changes",
        "The text is to be read as something else.";
    RESPONSE_PROPERTY_REMOVED = 719 "response-property-removed" Receivers
        "a member is gone",
        "Who reads it finds nothing.";
    RESPONSE_PROPERTY_ADDED = 720 "response-property-added" Receivers
        "a member is new in an object that had no others (`additionalProperties: false`)",
        "The document promised that nothing else comes, and generated Java and Python clients refuse \
         it. An open object may get members.";
    RESPONSE_PROPERTY_REQUIRED = 721 "response-property-required" Receivers
        "a member need not come any more",
        "Who reads it must be ready to find nothing.";
    RESPONSE_ADDITIONAL = 722 "response-additional" Receivers
        "other members may come that could not, or those that were described do not",
        "Receivers refuse them, or wait in vain.";
    WRITE_ONLY = 723 "write-only" Receivers
        "a member becomes `writeOnly`",
        "It does not come any more. Of requests `writeOnly` says nothing, and of a `writeOnly` member \
         responses know nothing.";
    RESPONSE_ALTERNATIVE_ADDED = 724 "response-alternative-added" Receivers
        "an alternative of `oneOf` or `anyOf` is new",
        "Receivers do not know what to make of it.";
    RESPONSE_ALTERNATIVE_REMOVED = 725 "response-alternative-removed" Receivers
        "an alternative of `oneOf` or `anyOf` goes",
        "Who waits for it waits in vain, as with a value of `enum`. Their order says nothing.";
    RESPONSE_DISCRIMINATOR = 726 "response-discriminator" Receivers
        "`discriminator` changes in any way but how it is written",
        "Receivers look at it to know what they have.";
    RESPONSE_DEFAULT = 727 "response-default" Receivers
        "`default` appears, goes or changes",
        "Who takes it for a member that does not come takes another value.";
    RESPONSE_COMPOSITION = 728 "response-composition" Receivers
        "`oneOf`, `anyOf` and `allOf` are put together otherwise",
        "That cannot be compared with certainty. What means the same, such as null in `type` or in \
         `anyOf`, is seen to.";
    RESPONSE_OWN_TYPE = 729 "response-own-type" Receivers
        "`x-charter-type` or `x-charter-type-id` changes",
        "A type of the server's own decides what comes, and the document cannot say what.";

    UNJUDGED = 901 "unjudged" Everybody
        "anything changes in a way that no rule knows",
        "What nobody has thought about may break somebody. Texts and examples break nobody.";
}

/// Texts and examples, which bind nobody. Not one of [`RULES`], because nothing breaks it.
pub(super) static ANNOTATION: Rule = Rule {
    number: 0,
    name: "annotation",
    who: Who::Everybody,
    breaks: "",
    reason: "It is for readers.",
};

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}

/// All rules as a table in Markdown.
#[must_use]
pub fn rules_as_table() -> String {
    let mut table = String::from(
        "| | rule | who breaks | when | why, and what does not |\n|---|---|---|---|---|\n",
    );
    for rule in RULES {
        let Rule {
            number,
            name,
            who,
            breaks,
            reason,
        } = rule;
        let who = who.as_str();
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {number} | `{name}` | {who} | {breaks} | {reason} |"
        );
    }
    table
}
