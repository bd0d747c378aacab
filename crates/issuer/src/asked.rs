//! Requests, as a provider reads them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

/// What the address says to which a browser was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The request, an XML document.
    pub xml: String,
    /// Its id.
    pub id: String,
    /// Who asks.
    pub issuer: String,
    /// Where the answer is to go.
    pub address: String,
    /// What is to come back with it.
    pub relay_state: Option<String>,
    /// Whether the request is signed.
    pub is_signed: bool,
}

impl Asked {
    /// Reads the address.
    ///
    /// # Panics
    /// When it carries no request.
    #[must_use]
    pub fn read(url: &Url) -> Self {
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let deflated = STANDARD.decode(&query["SAMLRequest"]).unwrap();
        let xml = miniz_oxide::inflate::decompress_to_vec(&deflated).unwrap();
        let xml = String::from_utf8(xml).unwrap();
        let document = uppsala::parse(&xml).unwrap();
        let request = document.document_element().unwrap();
        let attribute = |name: &str| document.get_attribute(request, name).unwrap().to_owned();
        let [issuer] = document.get_elements_by_tag_name("Issuer")[..] else {
            panic!("a request has one issuer: {xml}");
        };
        Self {
            id: attribute("ID"),
            issuer: document.text_content_deep(issuer),
            address: attribute("AssertionConsumerServiceURL"),
            relay_state: query.get("RelayState").cloned(),
            is_signed: query.contains_key("Signature"),
            xml,
        }
    }
}
