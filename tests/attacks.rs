//! The attack list: what somebody would try who wants into another's account, each
//! as a script that has to fail. `docs/SECURITY.md` tells what came of them.
//!
//! Attacks by measuring time are no tests, since a busy machine decides about them:
//! `charter-benches timing` is the program for that. Here the work is counted that
//! would take the time.

mod assignment;
mod enumeration;
mod flood;
mod guessing;
mod hijack;
mod lockout;
mod log;
mod people;
mod provider;
mod redirect;
mod replay;
mod saml;
mod session;
mod signing;
