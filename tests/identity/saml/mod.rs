//! Single sign-on.

mod at_a_provider;
mod complete_saml_sign_in;
mod consume_saml_response;
mod enforcement;
mod get_saml_metadata;
mod redeem_saml_ticket;
mod start_saml_sign_in;
