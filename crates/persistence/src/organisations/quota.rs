//! How many invites an organisation can make in a month, in UTC.

use charter_contract::{Internal, PaymentRequired, Timestamp, kind};

use super::usage::Today;
use crate::constraint::Stored as _;
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

/// Counts invites, unless the plan does not allow as many in one month. One statement
/// decides, so that two at the same moment never exceed it, and no row is counted.
const SPEND: &str = "\
    INSERT INTO invite_cycles (organisation_id, starts_on, used) \
    SELECT o.id, $2, $3 FROM organisations o JOIN plans p ON p.id = o.plan_id \
    WHERE o.id = $1 AND (p.invite_limit IS NULL OR p.invite_limit >= $3) \
    ON CONFLICT (organisation_id, starts_on) \
    DO UPDATE SET used = invite_cycles.used + excluded.used \
    WHERE (SELECT p.invite_limit IS NULL \
               OR p.invite_limit >= invite_cycles.used + excluded.used \
           FROM organisations o JOIN plans p ON p.id = o.plan_id \
           WHERE o.id = excluded.organisation_id)";

/// The day on which the month of a moment begins, as the table has it.
pub(crate) fn cycle_of(moment: Timestamp) -> i64 {
    Today::at(moment).month().start
}

row! {
    struct Spent {
        invite_limit: i64,
        used: i64,
    }
}

impl Write {
    /// Counts invites that are made now. True only while the organisation is held: its
    /// plan could change meanwhile.
    pub(super) async fn spend_invites<E>(&self, tenant: Tenant, invites: i64) -> Result<(), E>
    where
        E: From<Internal> + From<PaymentRequired>,
    {
        if self.count_invites(tenant, invites, self.now()).await? {
            return Ok(());
        }
        Err(self.quota_spent(tenant).await?.into())
    }

    /// Counts invites in the month of `made`; whether there were as many left.
    pub(crate) async fn count_invites(
        &self,
        tenant: Tenant,
        invites: i64,
        made: Timestamp,
    ) -> Result<bool, Internal> {
        let counted = self
            .db()
            .change(
                SPEND,
                vec![
                    tenant.organisation.into(),
                    cycle_of(made).into(),
                    invites.into(),
                ],
            )
            .await
            .stored()?;
        Ok(counted == 1)
    }

    async fn quota_spent(&self, tenant: Tenant) -> Result<PaymentRequired, Internal> {
        let Spent { invite_limit, used } = tenant
            .rows::<Spent>(
                "SELECT p.invite_limit, COALESCE(c.used, 0) AS used \
                 FROM organisations o JOIN plans p ON p.id = o.plan_id \
                 LEFT JOIN invite_cycles c ON c.organisation_id = o.id AND c.starts_on = $2 \
                 WHERE o.id = $1 AND p.invite_limit IS NOT NULL",
                [cycle_of(self.now()).into()],
            )
            .one(self.db())
            .await
            .stored()?
            .ok_or_else(|| Internal::new("a quota that has no limit was spent"))?;
        let left = (invite_limit - used).max(0);
        let until = Today::at(self.now()).next_month();
        Ok(PaymentRequired::of(
            &kind::INVITE_QUOTA_SPENT,
            format!(
                "The plan allows {invite_limit} invites a month; {left} are left until {until}."
            ),
        ))
    }
}
