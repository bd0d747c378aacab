//! SeaORM entities, migrations, and the implementation of every route trait.
//!
//! Everything goes through the [`Store`]. Reading for an organisation begins at
//! a tenant handle that carries it; writing happens in a transaction that also
//! writes the audit row and the answer kept for retries. `DbErr` does not leave
//! this crate.

mod address;
mod api_secret;
mod aside;
mod attempts;
mod audit;
mod authentication;
mod constraint;
mod database;
mod demo;
mod directory;
pub mod entity;
mod governance;
mod id;
mod idempotency;
mod identity;
mod inserts;
mod invite_token;
mod issue;
mod last_used;
mod legal;
mod location;
mod mail;
mod mail_link;
mod mail_wishes;
pub mod migration;
mod oauth_applications;
mod object_link;
mod object_storage;
mod operator;
mod organisations;
mod outbox;
mod password_hash;
mod password_rules;
mod postgres;
mod recognised;
mod row;
mod saml_providers;
mod scopes;
mod seal;
mod search;
mod secret_text;
mod server_key;
mod session_token;
mod sign_in_providers;
mod signed_link;
mod signing;
mod slug;
mod sqlite;
mod store;
mod subject;
mod tenant;
mod tongue;
mod worker;
mod write;

pub use address::Address;
pub use api_secret::{ApiSecret, KEY_PREFIX};
pub use database::{Connections, connect_past_the_store};
pub use demo::Demo;
pub use entity::legal_document::Provider as SignedBy;
pub use entity::saml_provider::Enforcement;
pub use identity::{Connect, IdentityOptions, SignUps, service_provider};
pub use invite_token::InviteToken;
pub use location::{Location, NotALocation};
pub use mail::{DeliveryError, Mail, MailTemplate, Mailer};
pub use oauth_applications::{
    ClientSecret, OauthApplication, OauthApplicationError, OauthApplicationToCreate,
};
pub use object_link::ObjectLink;
pub use object_storage::{
    NoObjectStorage, NotAnObjectKey, Object, ObjectKey, ObjectStorage, ObjectStorageError,
};
pub use operator::{IssuedKey, OperatorError};
pub use password_hash::PasswordCosts;
pub use saml_providers::{SamlProvider, SamlProviderChange, SamlProviderError, SamlProviderToAdd};
pub use server_key::{NotAServerKey, ServerKey, ServerKeys};
pub use session_token::SESSION_PREFIX;
pub use sign_in_providers::{NotVouched, SignInProviders, VouchedEmail, VouchedPerson};
pub use signed_link::Origin;
pub use signing::{
    DocumentToSign, Envelope, EnvelopeState, SignDocumentError, SignToken, SignatureGiven,
    SigningError, SigningOptions, SigningPageError, SigningProvider, Submission, Voiding,
};
pub use store::{Store, StoreOptions};
