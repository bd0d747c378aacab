//! What differs from run to run, replaced by its name once its shape is proved.

use std::borrow::Cow;

use regex::{Captures, Regex};

/// Replaces ids by `<prefix>_#<n>`, bare ones by `id_#<n>`, in the order of their
/// appearance, and secrets, tokens, cursors and request ids by their names. Only text of the
/// exact documented shape is replaced, so a malformed id shows in the snapshot.
pub fn normalise(text: &str) -> String {
    let request_ids = Regex::new(REQUEST_ID).unwrap();
    // Before the other ids, whose numbers would depend on them.
    let text = request_ids.replace_all(text, r#""request_id": "[request id]""#);
    RULES.iter().fold(
        number_ids(&text),
        |text, (pattern, name)| match Regex::new(pattern).unwrap().replace_all(&text, *name) {
            Cow::Borrowed(_) => text,
            Cow::Owned(replaced) => replaced,
        },
    )
}

/// Without the response of an identity provider, which is long, and other each time.
pub fn shortened(text: &str) -> String {
    let response = Regex::new(r#"(SAMLResponse(?:=|":"))[0-9A-Za-z%+/=]{1000,}"#).unwrap();
    response.replace_all(text, "${1}[response]").into_owned()
}

const REQUEST_ID: &str =
    r#""request_id": "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}""#;

const RULES: &[(&str, &str)] = &[
    (r"ct_live_[0-9A-Za-z_-]{43}", "ct_live_[secret]"),
    (r"ct_session_[0-9A-Za-z_-]{43}", "ct_session_[secret]"),
    (
        r#""prefix": "ct_live_[0-9A-Za-z_-]{6}""#,
        r#""prefix": "ct_live_[prefix]""#,
    ),
    (
        r#""client_id": "ct_client_[0-9A-Za-z_-]{16}""#,
        r#""client_id": "ct_client_[id]""#,
    ),
    (
        r#""next_cursor": "[0-7][0-9a-hjkmnp-tv-z]{25}""#,
        r#""next_cursor": "[cursor]""#,
    ),
    (r"cursor=[0-7][0-9a-hjkmnp-tv-z]{25}", "cursor=[cursor]"),
    // 32 bytes in base64url, in a path.
    (
        r"/v2/auth/(reset|confirmation)/[0-9A-Za-z_-]{43}(\?|\n)",
        "/v2/auth/${1}/[link token]${2}",
    ),
    // A byte more than below: the link of the mail.
    (
        r"/v2/auth/invite/[0-9A-Za-z_-]{76}(\?|\n)",
        "/v2/auth/invite/[mailed token]${1}",
    ),
    (
        r#""invite":( ?)"[0-9A-Za-z_-]{76}""#,
        r#""invite":${1}"[mailed token]""#,
    ),
    // Id, generation and HMAC: 56 bytes in base64url.
    (
        r"/v2/auth/invite/[0-9A-Za-z_-]{75}(\?|\n)",
        "/v2/auth/invite/[token]${1}",
    ),
    (
        r#""invite":( ?)"[0-9A-Za-z_-]{75}""#,
        r#""invite":${1}"[token]""#,
    ),
    (r#"token=[0-9A-Za-z_-]{75}\b"#, "token=[token]"),
    (
        r#""token":( ?)"[0-9A-Za-z_-]{75}""#,
        r#""token":${1}"[token]""#,
    ),
    // Links to objects.
    (r"signature=[0-9A-Za-z_-]{43}\b", "signature=[signature]"),
    // What identity providers are asked, deflated.
    (r"SAMLRequest=[0-9A-Za-z%._~-]+", "SAMLRequest=[request]"),
    (
        r"RelayState=[0-9A-Za-z_-]{43}\b",
        "RelayState=[relay state]",
    ),
    (r"\?ticket=[0-9A-Za-z_-]{43}(\n)", "?ticket=[ticket]${1}"),
    (
        r#""(ticket|state|RelayState)":( ?)"[0-9A-Za-z_-]{43}""#,
        r#""${1}":${2}"[${1}]""#,
    ),
    // How many requests are left depends on how many a case made before.
    (
        r"(?m)^ratelimit: (.*);r=[0-9]+;t=[0-9]+$",
        "ratelimit: ${1};r=[left];t=[seconds]",
    ),
];

/// Ids with a prefix, and bare ones: UUIDv7.
const IDS: &str = r"(?x)
    \b(org|user|invite|key|event|session|saml)_[0-7][0-9a-hjkmnp-tv-z]{25}\b
    | \b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b";

fn number_ids(text: &str) -> String {
    let ids = Regex::new(IDS).unwrap();
    let mut seen: Vec<String> = Vec::new();
    ids.replace_all(text, |found: &Captures<'_>| {
        let id = found[0].to_owned();
        let prefix = found.get(1).map_or("id", |prefix| prefix.as_str());
        if !seen.contains(&id) {
            seen.push(id.clone());
        }
        let number = seen
            .iter()
            .filter(|other| match found.get(1) {
                Some(_) => other.starts_with(&format!("{prefix}_")),
                None => !other.contains('_'),
            })
            .position(|other| *other == id)
            .unwrap();
        format!("{prefix}_#{}", number + 1)
    })
    .into_owned()
}
