//! The document `directory`.

mod directory;
mod story;
