//! What the caller is in the organisation that the path names.

use charter_contract::{Caller, Forbidden, Internal, NotFound, Role};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity;
use crate::organisations::guard::{self, Held};
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

/// The caller's place in an organisation that it can name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The organisation, as the only way to its rows.
    pub(super) tenant: Tenant,
    /// What the user is there; `None` for a key of the organisation, which has the
    /// rights of an admin.
    pub(super) role: Option<Role>,
}

row! {
    struct Membership {
        role: entity::Role,
    }
}

impl Store {
    /// The caller's place in `organisation`. An organisation that the credential cannot
    /// name, or to which its user does not belong, is not there.
    pub(super) async fn seat<E>(&self, caller: &Caller, organisation: Uuid) -> Result<Seat, E>
    where
        E: From<Internal> + From<NotFound>,
    {
        let identity = &caller.identity;
        if !identity.reach.contains(organisation) {
            return Err(no_organisation().into());
        }
        let tenant = Tenant { organisation };
        // The active organisation came with the credential.
        if identity.organisation == Some(organisation) {
            return Ok(Seat {
                tenant,
                role: identity.role,
            });
        }
        let user = identity.user.ok_or_else(no_organisation)?;
        let Membership { role } = tenant
            .rows::<Membership>(
                "SELECT role FROM memberships WHERE organisation_id = $1 AND user_id = $2",
                [user.into()],
            )
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_organisation)?;
        Ok(Seat {
            tenant,
            role: Some(role.into()),
        })
    }

    /// Runs `work` in a transaction for the caller, and writes what is done there into
    /// the audit log of the organisation that the path names.
    pub(super) async fn write_at<T, E>(
        &self,
        caller: &Caller,
        seat: Seat,
        work: impl AsyncFnOnce(&mut Write) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: serde::Serialize,
        E: From<Internal>,
    {
        self.write(caller, async |tx: &mut Write| {
            tx.within(seat.tenant.organisation);
            work(tx).await
        })
        .await
    }
}

impl Seat {
    /// Whether the caller was an admin when it was looked up.
    pub(super) fn is_admin(self) -> bool {
        self.role != Some(Role::Member)
    }

    /// Refuses everybody but admins.
    pub(super) fn admin(self) -> Result<(), Forbidden> {
        if self.is_admin() {
            Ok(())
        } else {
            Err(guard::admin_required())
        }
    }

    /// Holds the organisation until the transaction ends and makes sure that the caller
    /// is its admin still.
    pub(super) async fn hold_as_admin<E>(self, tx: &Write, caller: &Caller) -> Result<Held, E>
    where
        E: From<Internal> + From<Forbidden> + From<NotFound>,
    {
        guard::hold_as_admin_or(tx, caller, self.tenant, no_organisation).await
    }
}

/// There is no such organisation for the caller.
pub(super) fn no_organisation() -> NotFound {
    NotFound::new("You do not belong to an organisation with this id.")
}
