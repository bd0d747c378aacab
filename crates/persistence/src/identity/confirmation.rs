//! Confirming an address, and what has waited for that.

use charter_contract::{Forbidden, Gone, Internal, NotFound};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use uuid::Uuid;

use crate::constraint::{self, Stored as _};
use crate::entity::{invite, sign_up};
use crate::invite_token::InviteToken;
use crate::organisations::Acceptance;
use crate::signed_link::Origin;
use crate::tenant::{Tenant, across_tenants, shared};
use crate::write::Write;

/// What came of confirming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// The user's address is confirmed, now or before.
    Done,
    /// Another user has confirmed the address. The transaction cannot go on.
    AnotherWasFirst,
}

/// Why the address stays as it is.
enum Unconfirmed {
    AnotherWasFirst,
    Internal(Internal),
}

impl From<Internal> for Unconfirmed {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

/// Why an invite that waited is not accepted.
enum Lapsed {
    /// It is not pending any more.
    Refused,
    Internal(Internal),
}

impl From<Internal> for Lapsed {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

macro_rules! lapses {
    ($($failure:ident),*) => {$(
        impl From<$failure> for Lapsed {
            fn from(_: $failure) -> Self {
                Self::Refused
            }
        }
    )*};
}

lapses!(NotFound, Forbidden, Gone);

impl Write {
    /// Makes the user the one whose address it is: the invite and the company of the
    /// sign-up are seen to, and whoever else has signed up with the address is
    /// forgotten, password and all.
    pub(crate) async fn confirm(&mut self, user: Uuid) -> Result<Confirmed, Internal> {
        let changed = self
            .db()
            .execute_raw(self.store().statement(
                "UPDATE users SET confirmed_at = $2 WHERE id = $1 AND confirmed_at IS NULL",
                [user.into(), self.now().micros().into()],
            ))
            .await
            .on_constraint(&constraint::USER_ADDRESS, || Unconfirmed::AnotherWasFirst);
        let changed = match changed {
            Ok(changed) => changed,
            Err(Unconfirmed::AnotherWasFirst) => return Ok(Confirmed::AnotherWasFirst),
            Err(Unconfirmed::Internal(internal)) => return Err(internal),
        };
        if changed.rows_affected() == 0 {
            return Ok(Confirmed::Done);
        }
        self.forget_other_claims(user).await?;
        self.see_to_sign_up(user).await?;
        Ok(Confirmed::Done)
    }

    /// Deletes the pending users who have signed up with the address of `user`.
    pub(crate) async fn forget_other_claims(&self, user: Uuid) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "DELETE FROM users WHERE confirmed_at IS NULL AND id <> $1 \
                 AND email_normalised = (SELECT email_normalised FROM users WHERE id = $1)",
                [user.into()],
            ))
            .await
            .stored()?;
        Ok(())
    }

    /// Accepts the invite and creates the company of a sign-up, once.
    async fn see_to_sign_up(&mut self, user: Uuid) -> Result<(), Internal> {
        let waiting = shared::<sign_up::Entity>()
            .filter(sign_up::Column::UserId.eq(user))
            .filter(sign_up::Column::ConsumedAt.is_null())
            .one(self.db())
            .await
            .stored()?;
        let Some(mut sign_up) = waiting else {
            return Ok(());
        };
        if let Some(invite) = sign_up.invite_id {
            self.accept_if_pending(invite, user).await?;
        }
        if let Some(name) = sign_up.company_name.clone() {
            let plan = sign_up.plan_id.as_deref();
            let organisation = self.create_organisation(user, name, plan).await?;
            self.within(organisation.id);
        }
        sign_up.consumed_at = Some(self.now().micros());
        sign_up::Entity::update(sign_up.into_active_model().reset_all())
            .exec(self.db())
            .await
            .stored()?;
        Ok(())
    }

    /// Accepts an invite that has waited for the address to be confirmed. One that
    /// has been sent again meanwhile is the same invite; one that has lapsed keeps
    /// nobody from the account.
    async fn accept_if_pending(&mut self, invite: Uuid, user: Uuid) -> Result<(), Internal> {
        // The link that was shown at sign-up stands in for the tenant.
        let found = across_tenants::<invite::Entity>()
            .filter(invite::Column::Id.eq(invite))
            .one(self.db())
            .await
            .stored()?;
        let Some(found) = found else {
            return Ok(());
        };
        let token = InviteToken {
            invite: found.id,
            generation: found.generation,
            origin: Origin::Answer,
        };
        match self.accept_invite::<Lapsed>(token, user).await {
            Ok(Acceptance::Joined { organisation, .. }) => {
                let tenant = Tenant {
                    organisation: organisation.id,
                };
                self.activate(user, tenant).await.stored()
            }
            Ok(Acceptance::Member) | Err(Lapsed::Refused) => Ok(()),
            Err(Lapsed::Internal(internal)) => Err(internal),
        }
    }
}
