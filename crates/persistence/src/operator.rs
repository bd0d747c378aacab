//! What the operator of the server does, without a key and past no rule.

use std::fmt;

use charter_api_organisations::models::{ApiKeyName, Email};
use charter_contract::{Internal, Refused, Scopes};
use sea_orm::{ColumnTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::Store;
use crate::address::Address;
use crate::api_secret::ApiSecret;
use crate::constraint::{self, Stored as _};
use crate::entity::{membership, user};
use crate::issue::{KeyOwner, KeyToIssue};
use crate::tenant::{Tenant, shared};
use crate::write::Write;

/// A key that the operator has made.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key's id.
    pub id: Uuid,
    /// The key itself; it is nowhere else.
    pub secret: ApiSecret,
}

/// Why an operator's command failed.
#[derive(Debug)]
pub enum OperatorError {
    /// Another account has the address.
    AddressTaken,
    /// No account has the address.
    NoSuchUser,
    /// The user is no member of the organisation, or there is none with this
    /// id.
    NotAMember,
    /// A value that the document does not admit would be read back by every
    /// client.
    Refused {
        /// What the value is.
        what: &'static str,
        /// The rules that it breaks.
        why: String,
    },
    /// The database failed; the log has the cause.
    Internal(Internal),
}

impl fmt::Display for OperatorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Refused { what, why } => return write!(formatter, "{what} {why}"),
            Self::AddressTaken => "another account has this address",
            Self::NoSuchUser => "no account has this address",
            Self::NotAMember => "the user is no member of an organisation with this id",
            Self::Internal(_) => "the database failed; the log has the cause",
        })
    }
}

impl std::error::Error for OperatorError {}

impl From<Internal> for OperatorError {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

/// The longest name of a user: `Member.name` in the document, which as a member
/// of answers only has no type of its own.
const NAME_LENGTH: usize = 100;

fn refused(what: &'static str, why: &Refused) -> OperatorError {
    OperatorError::Refused {
        what,
        why: why.to_string(),
    }
}

impl Store {
    /// Creates a user and gives the id.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::AddressTaken`], or when the
    /// database fails.
    pub async fn create_user(&self, name: &str, email: &str) -> Result<Uuid, OperatorError> {
        Email::try_from(email.to_owned()).map_err(|why| refused("the address", &why))?;
        let length = name.chars().count();
        if name.trim().is_empty() || length > NAME_LENGTH {
            return Err(OperatorError::Refused {
                what: "the name",
                why: format!("must have 1 to {NAME_LENGTH} characters and not be blank"),
            });
        }
        self.write_as_operator(async |tx: &mut Write| tx.create_user(name, email).await)
            .await
    }

    /// Makes a key for the user with this address, bound to `organisation` if
    /// one is given.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::NoSuchUser`],
    /// [`OperatorError::NotAMember`], or when the database fails.
    pub async fn create_key(
        &self,
        email: &str,
        organisation: Option<Uuid>,
        name: &str,
        scopes: Scopes,
    ) -> Result<IssuedKey, OperatorError> {
        ApiKeyName::try_from(name.to_owned()).map_err(|why| refused("the key's name", &why))?;
        self.write_as_operator(async |tx: &mut Write| {
            let owner = shared::<user::Entity>()
                .filter(user::Column::EmailNormalised.eq(Address::of(email).as_str()))
                .filter(user::Column::ConfirmedAt.is_not_null())
                .one(tx.db())
                .await
                .stored()?
                .ok_or(OperatorError::NoSuchUser)?;
            if let Some(organisation) = organisation {
                Tenant { organisation }
                    .find::<membership::Entity>()
                    .filter(membership::Column::UserId.eq(owner.id))
                    .one(tx.db())
                    .await
                    .stored()?
                    .ok_or(OperatorError::NotAMember)?;
            }
            let (key, secret) = tx
                .issue(KeyToIssue {
                    owner: KeyOwner::User {
                        user: owner.id,
                        bound_to: organisation,
                    },
                    name: name.to_owned(),
                    scopes,
                    created_by: Some(owner.id),
                    expires_at: None,
                })
                .await?;
            Ok(IssuedKey { id: key.id, secret })
        })
        .await
    }
}

impl Write {
    /// Creates a user and gives the id.
    pub(crate) async fn create_user(&self, name: &str, email: &str) -> Result<Uuid, OperatorError> {
        let now = self.now().micros();
        let user = user::Model {
            id: self.new_id(),
            email: email.to_owned(),
            email_normalised: Address::of(email).into(),
            name: name.to_owned(),
            first_name: None,
            last_name: None,
            language: user::LANGUAGE.to_owned(),
            came_as: None,
            created_at: now,
            // The operator vouches for the address.
            confirmed_at: Some(now),
            last_login_at: None,
        };
        let id = user.id;
        self.insert(user)
            .await
            .on_constraint(&constraint::USER_ADDRESS, || OperatorError::AddressTaken)?;
        // Whoever has claimed the address before has not confirmed it.
        self.forget_other_claims(id).await?;
        Ok(id)
    }
}
