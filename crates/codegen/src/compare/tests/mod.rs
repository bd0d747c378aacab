//! Pairs of documents, and mutations of the real ones.
