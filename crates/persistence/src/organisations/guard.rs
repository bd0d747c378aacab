//! Who may.

use charter_contract::{Caller, Forbidden, Identity, Internal, NotFound, Role, kind};
use uuid::Uuid;

use crate::constraint::Stored as _;
use crate::entity::{self, organisation};
use crate::row::row;
use crate::store::no_active_organisation;
use crate::tenant::Tenant;
use crate::write::Write;

/// The caller's user.
pub(crate) fn user(caller: &Caller) -> Result<Uuid, Forbidden> {
    caller.identity.user.ok_or_else(|| {
        Forbidden::of(
            &kind::USER_REQUIRED,
            "Only a user's key may do this; this key belongs to an organisation.",
        )
    })
}

/// Whether the caller was an admin of the organisation when the key was looked
/// up. A key owned by the organisation has the rights of one.
pub(super) fn is_admin(caller: &Caller) -> bool {
    let Identity {
        user,
        organisation,
        role,
        ..
    } = &caller.identity;
    match user {
        Some(_) => *role == Some(Role::Admin),
        None => organisation.is_some(),
    }
}

/// Refuses everybody but admins.
pub(super) fn admin(caller: &Caller) -> Result<(), Forbidden> {
    if is_admin(caller) {
        Ok(())
    } else {
        Err(admin_required())
    }
}

pub(crate) fn admin_required() -> Forbidden {
    Forbidden::of(
        &kind::ADMIN_REQUIRED,
        "Only an admin of the organisation may do this.",
    )
}

/// The organisation, held for the transaction, and its acting admin.
pub(crate) struct Held {
    /// The organisation as it is now.
    pub(crate) organisation: organisation::Model,
    /// The name of the acting user.
    pub(crate) actor: Option<String>,
}

row! {
    struct Actor {
        role: entity::Role,
        name: String,
    }
}

/// Holds the organisation until the transaction ends and makes sure that the
/// caller is still its admin: what was true when the key was looked up may have
/// changed while this transaction waited.
pub(super) async fn hold_as_admin<E>(tx: &Write, caller: &Caller, tenant: Tenant) -> Result<Held, E>
where
    E: From<Internal> + From<Forbidden> + From<NotFound>,
{
    hold_as_admin_or(tx, caller, tenant, no_active_organisation).await
}

/// The same; `missing` is said of an organisation that has been deleted meanwhile.
pub(crate) async fn hold_as_admin_or<E>(
    tx: &Write,
    caller: &Caller,
    tenant: Tenant,
    missing: fn() -> NotFound,
) -> Result<Held, E>
where
    E: From<Internal> + From<Forbidden> + From<NotFound>,
{
    let organisation = tx.lock(tenant).await?.ok_or_else(missing)?;
    let Some(user) = caller.identity.user else {
        return Ok(Held {
            organisation,
            actor: None,
        });
    };
    let actor = tenant
        .rows::<Actor>(
            "SELECT role, name FROM memberships WHERE organisation_id = $1 AND user_id = $2",
            [user.into()],
        )
        .one(tx.db())
        .await
        .stored()?;
    match actor {
        Some(Actor {
            role: entity::Role::Admin,
            name,
        }) => Ok(Held {
            organisation,
            actor: Some(name),
        }),
        _ => Err(admin_required().into()),
    }
}
