//! Domains whose people come by the identity provider of their organisation.

use charter_contract::{Forbidden, Internal, kind};
use uuid::Uuid;

use crate::address::Address;
use crate::constraint::Stored as _;
use crate::database::Reads;
use crate::row::{Rows, row};

pub(super) use crate::entity::saml_provider::Enforcement;

row! {
    /// What there is to a domain that an identity provider vouches for.
    pub(super) struct Domain {
        pub(super) provider_id: Uuid,
        pub(super) enforcement: Enforcement,
    }
}

/// What there is to the domain of an address, if an identity provider vouches for it.
/// It does not depend on who has the address, or whether anybody has.
pub(super) async fn domain(db: &impl Reads, address: &Address) -> Result<Option<Domain>, Internal> {
    Rows::<Domain>::of(
        "SELECT p.id AS provider_id, p.enforcement \
         FROM saml_domains d JOIN saml_providers p ON p.id = d.provider_id \
         WHERE d.domain = $1",
        [address.domain().into()],
    )
    .one(db)
    .await
    .stored()
}

/// Whether single sign-on is the only way in for an address.
pub(crate) async fn is_demanded(db: &impl Reads, address: &Address) -> Result<bool, Internal> {
    let domain = domain(db, address).await?;
    Ok(domain.is_some_and(|domain| domain.enforcement == Enforcement::Enforced))
}

/// Refuses every other way in where it is the only one.
pub(super) async fn refuse_where_demanded<E>(db: &impl Reads, address: &Address) -> Result<(), E>
where
    E: From<Internal> + From<Forbidden>,
{
    if is_demanded(db, address).await? {
        return Err(required().into());
    }
    Ok(())
}

/// 403 to whoever comes another way.
pub(super) fn required() -> Forbidden {
    Forbidden::of(
        &kind::SINGLE_SIGN_ON_REQUIRED,
        "Your organisation has its people sign in with its identity provider.",
    )
}
