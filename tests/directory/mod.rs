//! The document `directory`.

mod directory;
