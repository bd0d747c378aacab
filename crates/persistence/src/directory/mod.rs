//! `openapi/directory.yaml` on the store.

#[expect(
    clippy::module_inception,
    reason = "modules are named for the document and for its tag, which are called the same"
)]
mod directory;
mod place;
