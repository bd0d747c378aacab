//! Sign-in elsewhere, over real HTTP on this machine.
//!
//! `openid` runs against npm's oidc-provider; the other modules against a server of the test
//! that answers in the documented form of each provider, or as no provider should.

#![cfg(test)]

mod clock;
mod facebook;
mod forged;
mod github;
mod google;
mod linkedin;
mod openid;
mod outbound;
mod registration;
mod settings;
