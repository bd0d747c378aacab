//! Strict reading of XML, and the little that is written.

use uppsala::{Document, Element, NodeId, NodeKind, Parser};

/// SAML's protocol messages.
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML's assertions.
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML's metadata.
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML signatures.
pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalisation: its elements, and the algorithm itself.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// SAML nests some ten levels deep; attributes with structured values may go further.
const MAX_DEPTH: u32 = 48;

/// So many attributes and namespace declarations may one element have. The parser compares each
/// with each.
const MAX_ATTRIBUTES: usize = 64;

/// What is wrong with the XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Parses a document. There are no document types, hence no entities but XML's own five.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Malformed> {
    // `<` stands in no attribute, so what a tag has lies before the next one.
    let crowded = |tag: &str| tag.bytes().filter(|byte| *byte == b'=').count() > MAX_ATTRIBUTES;
    if text.split('<').any(crowded) {
        return Err(Malformed("an element has too many attributes"));
    }
    Parser::new()
        .with_forbid_dtd(true)
        .with_forbid_entities(true)
        .with_max_entity_expansion(0)
        .with_max_depth(MAX_DEPTH)
        .parse(text)
        .map_err(|_| Malformed("this is not well-formed XML without a document type"))
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d> {
    document: &'d Document<'d>,
    id: NodeId,
}

impl<'d> Node<'d> {
    /// The root element.
    pub(crate) fn root(document: &'d Document<'d>) -> Result<Self, Malformed> {
        match document.document_element() {
            Some(id) => Ok(Self { document, id }),
            None => Err(Malformed("there is no element")),
        }
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    pub(crate) fn document(self) -> &'d Document<'d> {
        self.document
    }

    fn element(self) -> Option<&'d Element<'d>> {
        self.document.element(self.id)
    }

    /// Whether it has this name.
    pub(crate) fn is(self, namespace: &str, name: &str) -> bool {
        self.element()
            .is_some_and(|element| element.name.matches(Some(namespace), name))
    }

    /// The value of an attribute that is in no namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'d str> {
        self.element()?
            .attributes
            .iter()
            .find(|attribute| attribute.name.matches(None, name))
            .map(|attribute| attribute.value.as_ref())
    }

    /// Local names and values of all attributes, whatever their namespace.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        self.element()
            .into_iter()
            .flat_map(|element| &element.attributes)
            .map(|attribute| (attribute.name.local_name.as_ref(), attribute.value.as_ref()))
    }

    /// The element around it.
    pub(crate) fn parent(self) -> Option<Self> {
        let id = self.document.parent(self.id)?;
        self.document.element(id)?;
        Some(Self { id, ..self })
    }

    /// The elements directly in it.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.document
            .children_iter(self.id)
            .filter(move |id| self.document.element(*id).is_some())
            .map(move |id| Self { id, ..self })
    }

    /// The elements of this name directly in it.
    pub(crate) fn all(self, namespace: &str, name: &str) -> impl Iterator<Item = Self> {
        self.children()
            .filter(move |child| child.is(namespace, name))
    }

    /// The one element of this name directly in it, if there is one.
    pub(crate) fn optional(self, namespace: &str, name: &str) -> Result<Option<Self>, Malformed> {
        let mut all = self.all(namespace, name);
        match (all.next(), all.next()) {
            (found, None) => Ok(found),
            _ => Err(Malformed("an element that stands once stands twice")),
        }
    }

    /// Itself and every element in it.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> {
        let others = self.document.descendants(self.id).into_iter();
        std::iter::once(self.id)
            .chain(others.filter(move |id| *id != self.id))
            .filter(move |id| self.document.element(*id).is_some())
            .map(move |id| Self { id, ..self })
    }

    /// All of the text, of which elements are no part. Comments do not end it: what is left of
    /// `mara@northwind.example<!---->.evil.example` is one address, and not Mara's.
    pub(crate) fn text(self) -> Result<String, Malformed> {
        let mut text = String::new();
        for id in self.document.children_iter(self.id) {
            match self.document.node_kind(id) {
                Some(NodeKind::Text(part) | NodeKind::CData(part)) => text.push_str(part),
                Some(NodeKind::Comment(_)) => {}
                _ => return Err(Malformed("something else stands where text belongs")),
            }
        }
        Ok(text.trim_matches(is_space).to_owned())
    }
}

/// XML's white space.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Text as it is written in element content and attribute values.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                escaped.push_str("&#");
                escaped.push_str(&u32::from(c).to_string());
                escaped.push(';');
            }
            c => escaped.push(c),
        }
    }
    escaped
}
