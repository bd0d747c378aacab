//! What the PDFs say, read back from their bytes.

#![cfg(test)]

mod drafts;
mod facts;
mod glyphs;
mod reading;
mod signatures;
