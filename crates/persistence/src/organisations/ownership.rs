//! Which of the admins owns the organisation.
//!
//! It is a title and no right: admins are equal, and may demote and remove each other, the
//! owner as well. The title then goes to whoever does it. Any admin may hand it to another.

use charter_contract::Internal;
use uuid::Uuid;

use crate::constraint::Stored as _;
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

row! {
    struct User {
        user_id: Uuid,
    }
}

impl Write {
    /// Makes an admin the owner, in the place of whoever was.
    pub(crate) async fn own(&self, tenant: Tenant, user: Uuid) -> Result<(), Internal> {
        self.db()
            .change(
                "INSERT INTO owners (organisation_id, user_id) VALUES ($1, $2) \
                 ON CONFLICT (organisation_id) DO UPDATE SET user_id = excluded.user_id",
                vec![tenant.organisation.into(), user.into()],
            )
            .await
            .stored()?;
        Ok(())
    }

    /// Gives the title to an admin. True only while the organisation is held.
    pub(crate) async fn hand_over(&self, tenant: Tenant, to: Uuid) -> Result<(), Internal> {
        match self.owner(tenant).await? {
            Some(owner) if owner == to => Ok(()),
            owner => self.move_title(tenant, owner, to).await,
        }
    }

    /// Takes the title from whoever has it and is about to be less, or to go. It goes to
    /// the acting admin, or else, where the owner leaves or a key acts that is nobody's,
    /// to the admin who joined first. Where nobody else is an admin, it stays. True only
    /// while the organisation is held.
    pub(crate) async fn pass_on(
        &self,
        tenant: Tenant,
        from: Uuid,
        acting: Option<Uuid>,
    ) -> Result<(), Internal> {
        if self.owner(tenant).await?.is_some_and(|owner| owner != from) {
            return Ok(());
        }
        let successor = tenant
            .rows::<User>(
                "SELECT user_id FROM memberships \
                 WHERE organisation_id = $1 AND role = 'admin' AND user_id <> $2 \
                 ORDER BY CASE WHEN user_id = $3 THEN 0 ELSE 1 END, joined_at, user_id LIMIT 1",
                [from.into(), acting.into()],
            )
            .one(self.db())
            .await
            .stored()?;
        match successor {
            Some(User { user_id }) => self.move_title(tenant, Some(from), user_id).await,
            None => Ok(()),
        }
    }

    async fn owner(&self, tenant: Tenant) -> Result<Option<Uuid>, Internal> {
        let owner = tenant
            .rows::<User>("SELECT user_id FROM owners WHERE organisation_id = $1", [])
            .one(self.db())
            .await
            .stored()?;
        Ok(owner.map(|owner| owner.user_id))
    }

    /// Both are something else from now on.
    async fn move_title(
        &self,
        tenant: Tenant,
        from: Option<Uuid>,
        to: Uuid,
    ) -> Result<(), Internal> {
        self.own(tenant, to).await?;
        self.db()
            .change(
                "UPDATE memberships SET updated_at = $4 \
                 WHERE organisation_id = $1 AND user_id IN ($2, $3)",
                vec![
                    tenant.organisation.into(),
                    from.into(),
                    to.into(),
                    self.now().micros().into(),
                ],
            )
            .await
            .stored()?;
        Ok(())
    }
}
