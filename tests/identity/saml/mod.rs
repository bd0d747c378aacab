//! Single sign-on.

mod complete_saml_sign_in;
mod consume_saml_response;
mod get_saml_metadata;
mod redeem_saml_ticket;
mod start_saml_sign_in;
