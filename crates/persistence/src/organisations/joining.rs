//! Becoming a member by the identity provider of an organisation.

use charter_api_organisations::models::{InviteId, UserId};
use charter_contract::{Call, Internal};
use uuid::Uuid;

use crate::audit::{Done, Target};
use crate::constraint::Stored as _;
use crate::entity::Role;
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    /// What somebody is to an organisation, and what a pending invite offers.
    struct Standing {
        role: Option<Role>,
        invite_id: Option<Uuid>,
        invite_role: Option<Role>,
        mail_id: Option<Uuid>,
    }
}

impl Write {
    /// Makes a user for whom the organisation's identity provider vouches a member: as
    /// what a pending invite of the address says, else as an ordinary one. The user works
    /// in the organisation from then on. Nothing changes for who is a member already.
    pub(crate) async fn join_by_single_sign_on(
        &mut self,
        call: &Call,
        tenant: Tenant,
        user: Uuid,
    ) -> Result<(), Internal> {
        // Most are members, and need not wait for each other.
        if self.standing(tenant, user).await?.role.is_some() {
            return Ok(());
        }
        // Without the organisation there is nothing to join; its provider goes with it.
        if self.lock(tenant).await?.is_none() {
            return Ok(());
        }
        let Standing {
            role,
            invite_id,
            invite_role,
            mail_id,
        } = self.standing(tenant, user).await?;
        if role.is_some() {
            return Ok(());
        }
        let (event, target) = match invite_id.zip(invite_role) {
            Some((invite, role)) => {
                self.join_by_invite(tenant, user, invite, role, mail_id)
                    .await?;
                let target = Target {
                    kind: "invite",
                    id: InviteId::from(invite).to_string(),
                };
                ("invite.accepted", target)
            }
            None => {
                self.join(tenant, user, Role::Member).await.stored()?;
                let target = Target {
                    kind: "user",
                    id: UserId::from(user).to_string(),
                };
                ("member.joined", target)
            }
        };
        self.activate(user, tenant).await.stored()?;
        let done = Done {
            organisation: Some(tenant.organisation),
            actor: Some(user),
            target: Some(target),
            detail: None,
            subject: None,
        };
        self.also(call, event, done).await
    }

    async fn standing(&self, tenant: Tenant, user: Uuid) -> Result<Standing, Internal> {
        tenant
            .rows(
                "SELECT m.role, i.id AS invite_id, i.role AS invite_role, i.mail_id \
                 FROM users u \
                 LEFT JOIN memberships m ON m.user_id = u.id AND m.organisation_id = $1 \
                 LEFT JOIN invites i ON i.email_normalised = u.email_normalised \
                     AND i.organisation_id = $1 AND i.accepted_at IS NULL \
                     AND i.revoked_at IS NULL AND i.superseded_at IS NULL AND i.expires_at > $3 \
                 WHERE u.id = $2",
                [user.into(), self.now().micros().into()],
            )
            .one(self.db())
            .await
            .stored()?
            .ok_or_else(|| Internal::new("the user who joins is not there"))
    }
}
