//! Who belongs to an organisation. Whoever joins or goes is counted, and whose name and
//! address are repeated here is looked up where they are written.

use charter_contract::Internal;
use sea_orm::{ColumnTrait as _, DbErr, QueryFilter as _};
use uuid::Uuid;

use crate::constraint::Stored as _;
use crate::entity::{Role, membership};
use crate::row::row;
use crate::search;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    /// A user who becomes a member.
    struct Joining {
        email: String,
        name: String,
        joined_at: i64,
    }
}

impl Write {
    /// Makes a user a member of an organisation that is held.
    ///
    /// Nobody joins earlier than those who are there, whatever the clocks of several
    /// servers say: so whoever reads the members in the order of their joining finds who
    /// joins meanwhile at the end.
    pub(crate) async fn join(&self, tenant: Tenant, user: Uuid, role: Role) -> Result<(), DbErr> {
        let Joining {
            email,
            name,
            joined_at,
        } = tenant
            .rows::<Joining>(
                "SELECT email, name, \
                        COALESCE((SELECT MAX(m.joined_at) + 1 FROM memberships m \
                                  WHERE m.organisation_id = $1 AND m.joined_at > $3), $3) \
                            AS joined_at \
                 FROM users WHERE id = $2",
                [user.into(), self.now().micros().into()],
            )
            .one(self.db())
            .await?
            .ok_or(DbErr::RecordNotInserted)?;
        self.insert(membership::Model {
            organisation_id: tenant.organisation,
            user_id: user,
            search: search::text(&name, &email),
            email,
            name,
            role,
            joined_at,
            updated_at: joined_at,
        })
        .await?;
        self.count(tenant, 1).await
    }

    /// Ends a membership in an organisation that is held. That the user works or owns
    /// there ends with it.
    pub(super) async fn end_membership(&self, tenant: Tenant, user: Uuid) -> Result<(), Internal> {
        let ended = tenant
            .delete::<membership::Entity>()
            .filter(membership::Column::UserId.eq(user))
            .exec(self.db())
            .await
            .stored()?;
        match ended.rows_affected {
            0 => Ok(()),
            _ => self.count(tenant, -1).await.stored(),
        }
    }

    async fn count(&self, tenant: Tenant, change: i64) -> Result<(), DbErr> {
        self.db()
            .change(
                "UPDATE organisations SET members = members + $2 WHERE id = $1",
                vec![tenant.organisation.into(), change.into()],
            )
            .await?;
        Ok(())
    }
}
