//! Sign-in with Google, LinkedIn, GitHub and Facebook.
//!
//! [`Providers`] turns what a provider has sent back to a person's browser, a [`Proof`], into
//! the [`Person`] that the provider vouches for, or says in a [`SignInError`] why not. It knows
//! no database and no account: who the person is here is decided by whoever calls.
//!
//! Google and LinkedIn speak OpenID Connect: their answer to a code is a signed ID token, of
//! which everything is checked. GitHub and Facebook speak OAuth 2.0 and say through an API of
//! their own who somebody is. An access token that a client has obtained by itself counts only
//! when the provider attests that it was made for our client id: else every other application
//! that the person has ever signed in to could sign in here as that person.
//!
//! **Invariant: nothing is believed that did not come over a connection we opened**, to an
//! address from the configuration or from the metadata that such an address has answered.

mod client;
mod error;
mod exchange;
mod facebook;
mod github;
mod limits;
mod openid;
mod outbound;
mod person;
mod proof;
mod provider;
mod providers;
mod secret;
mod settings;

pub use error::{Claim, Fault, SetUpError, SignInError};
pub use limits::Limits;
pub use person::Person;
pub use proof::Proof;
pub use provider::Provider;
pub use providers::{Offer, Providers};
pub use secret::Secret;
pub use settings::{
    EmailTrust, FacebookAddresses, GithubAddresses, GoogleAddresses, LinkedinAddresses,
    OpenIdEndpoints, Pkce, Registration, Settings,
};
