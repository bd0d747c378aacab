//! Making invites: the one place where they are made, and so where the quota is spent.

use charter_contract::{Caller, Conflict, Internal, PaymentRequired, kind};
use uuid::Uuid;

use super::invites::already_a_member;
use super::{guard, invite_mail};
use crate::address::Address;
use crate::constraint::{self, Stored as _};
use crate::entity::{Role, invite};
use crate::outbox::Posted;
use crate::row::row;
use crate::tenant::Tenant;
use crate::write::Write;

/// How long an invite can be accepted: 7 days.
pub(super) const LIFETIME: i64 = 7 * 86_400;

impl Write {
    /// Invites somebody into an organisation that is held, with a mail in the outbox.
    ///
    /// Judged in this order: whether the address belongs to a member, whether it has a
    /// pending invite, and whether the quota has one left. Who is refused spends nothing,
    /// because whatever is refused is taken back as a whole.
    pub(super) async fn invite<E>(
        &self,
        caller: &Caller,
        tenant: Tenant,
        held: &guard::Held,
        email: String,
        role: Role,
    ) -> Result<(invite::Model, Posted), E>
    where
        E: From<Internal> + From<Conflict> + From<PaymentRequired>,
    {
        let address = Address::of(&email);
        refuse_member::<E>(self, tenant, address.as_str()).await?;
        let id = self.new_id();
        supersede_expired(self, tenant, address.as_str(), id).await?;
        let mail_id = self.new_id();
        let model = invite::Model {
            id,
            organisation_id: tenant.organisation,
            email,
            email_normalised: address.into(),
            role,
            generation: 1,
            invited_by: caller.identity.user,
            created_at: self.now().micros(),
            expires_at: self.now().plus_seconds(LIFETIME).micros(),
            accepted_at: None,
            accepted_by: None,
            revoked_at: None,
            superseded_at: None,
            mail_id: Some(mail_id),
        };
        let message = post_mail(self, held, mail_id, &model).await?;
        self.insert(model.clone())
            .await
            .on_constraint(&constraint::OPEN_INVITE, || E::from(invite_pending()))?;
        self.spend_invites::<E>(tenant, 1).await?;
        Ok((model, message))
    }
}

/// The address has an invite that can still be accepted.
pub(super) fn invite_pending() -> Conflict {
    Conflict::of(
        &kind::INVITE_PENDING,
        "This address has a pending invite. Resend that one.",
    )
}

row! {
    struct Members {
        members: i64,
    }
}

/// Refuses an address that belongs to a member. True only while the
/// organisation is held: accepting holds it as well.
pub(super) async fn refuse_member<E>(tx: &Write, tenant: Tenant, address: &str) -> Result<(), E>
where
    E: From<Internal> + From<Conflict>,
{
    let found = tenant
        .rows::<Members>(
            "SELECT COUNT(*) AS members FROM memberships m JOIN users u ON u.id = m.user_id \
             WHERE m.organisation_id = $1 AND u.email_normalised = $2 \
               AND u.confirmed_at IS NOT NULL",
            [address.into()],
        )
        .one(tx.db())
        .await
        .stored()?;
    if found.is_some_and(|Members { members }| members > 0) {
        return Err(
            already_a_member("This address belongs to a member of the organisation.").into(),
        );
    }
    Ok(())
}

/// Closes the address's expired invites other than `except`, which makes room
/// for a pending one.
pub(super) async fn supersede_expired(
    tx: &Write,
    tenant: Tenant,
    address: &str,
    except: Uuid,
) -> Result<(), Internal> {
    tx.db()
        .change(
            "UPDATE invites SET superseded_at = $4 \
             WHERE organisation_id = $1 AND email_normalised = $2 AND id <> $3 \
               AND accepted_at IS NULL AND revoked_at IS NULL AND superseded_at IS NULL \
               AND expires_at <= $4",
            vec![
                tenant.organisation.into(),
                address.into(),
                except.into(),
                tx.now().micros().into(),
            ],
        )
        .await
        .stored()?;
    Ok(())
}

/// Writes the invite's mail into the outbox.
pub(super) async fn post_mail(
    tx: &Write,
    held: &guard::Held,
    mail_id: Uuid,
    invite: &invite::Model,
) -> Result<Posted, Internal> {
    let mail = || {
        invite_mail::write(
            tx.store(),
            tx.message_id(mail_id),
            invite,
            &held.organisation.name,
            held.actor.as_deref(),
        )
    };
    tx.post(mail_id, invite.organisation_id, mail).await
}
