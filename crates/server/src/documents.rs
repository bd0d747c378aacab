//! The documents that this build serves: one line per generated crate, and the
//! service document at the end.

use std::borrow::Cow;
use std::sync::Arc;

use charter_contract::{Operation, RouteTable, Runtime};
use charter_persistence::Store;
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaApi, Registry};

use crate::service;

/// A hand-written document and the crate that was generated from it.
#[derive(Clone, Copy, Debug)]
pub struct Generated {
    /// Its name, as in `openapi/<name>.yaml`.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Where it is served as JSON.
    pub address: &'static str,
    /// OpenAPI 3.1, bundled, as JSON.
    pub json: &'static str,
    /// The same as YAML.
    pub yaml: &'static str,
    /// OpenAPI 3.0 as JSON, for generators that do not read 3.1.
    pub json_3_0: &'static str,
    /// Its operations.
    pub operations: &'static [&'static Operation],
}

/// One served document in all its forms.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name in addresses and on the command line.
    pub name: &'static str,
    /// OpenAPI 3.1, bundled, as JSON.
    pub json: Cow<'static, str>,
    /// The same as YAML.
    pub yaml: Cow<'static, str>,
    /// OpenAPI 3.0 as JSON, for generators that do not read 3.1.
    pub json_3_0: Cow<'static, str>,
}

impl From<&Generated> for Document {
    fn from(generated: &Generated) -> Self {
        let Generated {
            name,
            title: _,
            address: _,
            json,
            yaml,
            json_3_0,
            operations: _,
        } = *generated;
        Self {
            name,
            json: json.into(),
            yaml: yaml.into(),
            json_3_0: json_3_0.into(),
        }
    }
}

/// What poem-openapi derives from the compiled routes of a document.
pub struct Derived {
    /// The document's name.
    pub name: &'static str,
    /// The operations.
    pub apis: Vec<MetaApi>,
    /// The schemas that they use, and the security schemes.
    pub registry: Registry,
}

impl Derived {
    fn of<T: OpenApi>(name: &'static str) -> Self {
        let mut registry = Registry::new();
        T::register(&mut registry);
        Self {
            name,
            apis: T::meta(),
            registry,
        }
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Takes the name of each document and its generated crate, once for the list,
/// the routes and what is derived from them.
macro_rules! generated {
    ($($name:literal $api:ident;)*) => {
        /// The hand-written documents.
        pub static DOCUMENTS: &[Generated] = &[$(Generated {
            name: $name,
            title: $api::TITLE,
            address: concat!("/openapi/", $name, ".json"),
            json: $api::DOCUMENT_JSON,
            yaml: $api::DOCUMENT_YAML,
            json_3_0: $api::DOCUMENT_JSON_3_0,
            operations: $api::OPERATIONS,
        }),*];

        /// Adds the routes of every generated crate to `table`.
        pub fn add_routes(table: &mut RouteTable, store: &Store, runtime: &Runtime) {
            let store = Arc::new(store.clone());
            $($api::routes(store.clone(), runtime.clone()).add_to(table);)*
        }

        /// What poem-openapi derives from the compiled routes of each document.
        #[must_use]
        pub fn derived() -> Vec<Derived> {
            vec![$(Derived::of::<$api::Routes>($name)),*]
        }
    };
}

generated! {
    "organisations" charter_api_organisations;
    "identity" charter_api_identity;
    "directory" charter_api_directory;
    "governance" charter_api_governance;
}

/// The titles of all documents and where they are served as JSON, in the order in
/// which they are listed.
pub fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOCUMENTS
        .iter()
        .map(|document| (document.title, document.address))
        .chain([(service::TITLE, service::ADDRESS)])
}

/// All documents in that order.
pub fn all() -> Vec<Document> {
    let mut documents: Vec<_> = DOCUMENTS.iter().map(Document::from).collect();
    let service = service::document(documents.first());
    documents.push(service);
    documents
}

/// The scopes that a key can have, as the operations demand them.
pub fn scopes() -> Vec<&'static str> {
    let mut scopes: Vec<_> = DOCUMENTS
        .iter()
        .flat_map(|document| document.operations)
        .flat_map(|operation| operation.security)
        .flat_map(|requirement| requirement.scopes)
        .copied()
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
