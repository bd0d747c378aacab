//! Which of the admins owns the organisation.
//!
//! It is a title and no right: admins are equal, and may demote and remove each other, the
//! owner as well. The title then goes to whoever does it.

use charter_contract::Internal;
use uuid::Uuid;

use crate::constraint::Stored as _;
use crate::tenant::Tenant;
use crate::write::Write;

impl Write {
    /// Makes a member the owner of an organisation that has none.
    pub(crate) async fn own(&self, tenant: Tenant, user: Uuid) -> Result<(), Internal> {
        self.db()
            .change(
                "INSERT INTO owners (organisation_id, user_id) VALUES ($1, $2)",
                vec![tenant.organisation.into(), user.into()],
            )
            .await
            .stored()?;
        Ok(())
    }

    /// Takes the title from a user who has it.
    pub(super) async fn disown(&self, tenant: Tenant, user: Uuid) -> Result<(), Internal> {
        self.db()
            .change(
                "DELETE FROM owners WHERE organisation_id = $1 AND user_id = $2",
                vec![tenant.organisation.into(), user.into()],
            )
            .await
            .stored()?;
        Ok(())
    }

    /// Gives the title away if nobody has it: to the acting admin, or else, where the
    /// owner leaves or a key acts that is nobody's, to the admin who joined first. True
    /// only while the organisation is held.
    pub(super) async fn keep_an_owner(
        &self,
        tenant: Tenant,
        acting: Option<Uuid>,
    ) -> Result<(), Internal> {
        self.db()
            .change(
                "INSERT INTO owners (organisation_id, user_id) \
                 SELECT organisation_id, user_id FROM memberships \
                 WHERE organisation_id = $1 AND role = 'admin' \
                 ORDER BY CASE WHEN user_id = $2 THEN 0 ELSE 1 END, joined_at, user_id \
                 LIMIT 1 \
                 ON CONFLICT (organisation_id) DO NOTHING",
                vec![tenant.organisation.into(), acting.into()],
            )
            .await
            .stored()?;
        Ok(())
    }
}
