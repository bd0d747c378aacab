//! What this service provider accepts, what it refuses, and why.
//!
//! Cases that an identity provider of flesh and blood cannot be brought to say come from `charter-issuer`; responses of
//! pysaml2 and samlp are recorded in `tests/recorded`, and asked for anew where those programs are.

#![cfg(test)]

mod attacks;
mod certificates;
mod foreign;
mod hostile;
mod metadata;
mod recorded;
mod requests;
mod responses;
mod world;
mod wrapping;
