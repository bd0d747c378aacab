//! What somebody on the way does to a response.

use std::ops::Range;

use crate::wrapping::child;

/// The document without its declaration, after something else.
#[must_use]
pub fn after(prolog: &str, xml: &str) -> String {
    let body = xml.split_once("?>").map_or(xml, |(_, body)| body);
    format!("{prolog}{}", body.trim_start())
}

/// The document with declarations of its own, by which an address is replaced with the entity `e`.
#[must_use]
pub fn with_entity(declarations: &str, email: &str, xml: &str) -> String {
    let xml = after(&format!("<!DOCTYPE r [{declarations}]>"), xml);
    xml.replacen(email, "&e;", 1)
}

/// Declarations of entities, the last of which is `e`, that grow by ten each: a billion laughs.
#[must_use]
pub fn laughs() -> String {
    let laughs: String = (1..=9)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    format!("<!ENTITY l0 \"ha\">{laughs}<!ENTITY e \"&l9;\">")
}

/// The document without its signatures.
///
/// # Panics
/// When it is no document.
#[must_use]
pub fn without_signatures(xml: &str) -> String {
    let document = uppsala::parse(xml).unwrap();
    let mut bare = xml.to_owned();
    let signatures = document.get_elements_by_tag_name("Signature");
    for signature in signatures.into_iter().rev() {
        bare.replace_range(document.node_range(signature).unwrap(), "");
    }
    bare
}

/// `KeyInfo` with the certificate in `pem`.
#[must_use]
pub fn key_info(pem: &str) -> String {
    let certificate: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo>"
    )
}

/// A signature as a child of the response, whose own bytes it is for.
///
/// # Panics
/// When there is no status to put it before.
#[must_use]
pub fn signed_by(signature: &str, xml: &str) -> String {
    let Range { start, .. } = status(xml);
    format!("{}{signature}{}", &xml[..start], &xml[start..])
}

fn status(xml: &str) -> Range<usize> {
    let document = uppsala::parse(xml).unwrap();
    let response = document.document_element().unwrap();
    let status = child(&document, response, "Status").unwrap();
    document.node_range(status).unwrap()
}
