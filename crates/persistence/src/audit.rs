//! Rows of the audit log.
//!
//! What was done has its row in the transaction that did it. A refusal leaves no
//! trace but its row, which is written after the work has been taken back.

use charter_contract::{
    Call, CredentialKind, Failure, Internal, Principal, ProblemKind, Timestamp, network,
};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::audit_entry::{Model, Outcome};
use crate::subject::Subject;
use crate::write;

/// What something was done to.
pub(crate) struct Target {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
}

/// What was done.
pub(crate) struct Done {
    pub(crate) organisation: Option<Uuid>,
    /// Who did it, where no credential tells.
    pub(crate) actor: Option<Uuid>,
    pub(crate) target: Option<Target>,
    /// How many targets there are, where there can be several.
    pub(crate) detail: Option<String>,
    pub(crate) subject: Option<Subject>,
}

/// What was refused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refusal {
    /// Instead of the event that the document declares.
    pub(crate) event: Option<&'static str>,
    /// What the caller is not told.
    pub(crate) detail: Option<&'static str>,
    /// Which address it is about.
    pub(crate) subject: Option<Subject>,
}

/// The network that a call came from, as it is stored.
pub(crate) fn remote(call: &Call) -> Option<String> {
    call.remote.map(|address| network(address).to_string())
}

/// The row for what was done.
pub(crate) fn success(
    id: Uuid,
    now: Timestamp,
    principal: &impl Principal,
    event: &str,
    done: Done,
) -> Model {
    let Done {
        organisation,
        actor,
        target,
        detail,
        subject,
    } = done;
    let (target_kind, target_id) = target
        .map(|target| (target.kind.to_owned(), target.id))
        .unzip();
    let blank = blank(id, now, principal, event);
    Model {
        organisation_id: organisation,
        actor_user_id: blank.actor_user_id.or(actor),
        target_kind,
        target_id,
        detail,
        subject: subject.map(Subject::bytes),
        ..blank
    }
}

/// The row for what the worker has finished because its request could not; who began it
/// is not known any more.
pub(crate) fn by_worker(
    id: Uuid,
    now: Timestamp,
    event: &str,
    organisation: Uuid,
    target: Target,
) -> Model {
    Model {
        id,
        organisation_id: Some(organisation),
        actor_user_id: None,
        actor_key_id: None,
        actor_session_id: None,
        event: event.to_owned(),
        outcome: Outcome::Success,
        reason: None,
        detail: None,
        subject: None,
        remote: None,
        target_kind: Some(target.kind.to_owned()),
        target_id: Some(target.id),
        request_id: "worker".to_owned(),
        created_at: now.micros(),
    }
}

fn blank(id: Uuid, now: Timestamp, principal: &impl Principal, event: &str) -> Model {
    let (call, identity) = (principal.call(), principal.identity());
    let credential = |kind| {
        identity
            .filter(|identity| identity.kind == kind)
            .map(|identity| identity.credential)
    };
    Model {
        id,
        organisation_id: identity.and_then(|identity| identity.organisation),
        actor_user_id: identity.and_then(|identity| identity.user),
        actor_key_id: credential(CredentialKind::Key),
        actor_session_id: credential(CredentialKind::Session),
        event: event.to_owned(),
        outcome: Outcome::Success,
        reason: None,
        detail: None,
        subject: None,
        remote: remote(call),
        target_kind: None,
        target_id: None,
        request_id: call.request_id.to_string(),
        created_at: now.micros(),
    }
}

impl Store {
    /// Writes down that a call ends with `failure`, and gives that back; a failure
    /// of ours is in the log and is no refusal.
    pub(crate) async fn refused<P, E>(&self, principal: &P, refusal: Refusal, failure: E) -> E
    where
        P: Principal,
        E: Failure + From<Internal>,
    {
        let kind = failure.kind();
        if kind.status >= 500 {
            return failure;
        }
        match self.note_refusal(principal, refusal, kind).await {
            Ok(()) => failure,
            Err(internal) => internal.into(),
        }
    }

    /// Writes down that a call was refused.
    pub(crate) async fn note_refusal(
        &self,
        principal: &impl Principal,
        refusal: Refusal,
        kind: &ProblemKind,
    ) -> Result<(), Internal> {
        let Refusal {
            event,
            detail,
            subject,
        } = refusal;
        let Some(event) = event.or(principal.call().operation.audit) else {
            return Ok(());
        };
        let now = self.now();
        let row = Model {
            outcome: Outcome::Refused,
            reason: Some(kind.slug.to_owned()),
            detail: detail.map(str::to_owned),
            subject: subject.map(Subject::bytes),
            ..blank(self.new_id(now), now, principal, event)
        };
        write::insert(self, self.database().writer(), row)
            .await
            .stored()
    }
}
