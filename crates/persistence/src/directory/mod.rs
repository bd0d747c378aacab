//! `openapi/directory.yaml` on the store.

mod directory;
mod place;
