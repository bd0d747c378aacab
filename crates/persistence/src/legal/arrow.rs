//! One arrow between two states of a document.

use charter_contract::Internal;
use sea_orm::{ConnectionTrait, FromQueryResult as _, Value};

use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::legal_document::Model;

/// How long somebody may be at work between two arrows. Longer than any storage or
/// signing service takes, so that nothing is begun twice.
pub(crate) const LEASE_SECONDS: i64 = 60;

/// Changes a document that is as `from` says and whose lease is the one in it; `set` is
/// what becomes of it, and its values begin at `$4`. `None` when it is otherwise by now:
/// the lease was lost, or the document is gone.
pub(crate) async fn arrow(
    store: &Store,
    db: &impl ConnectionTrait,
    from: &Model,
    set: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<Model>, Internal> {
    let known: [Value; 3] = [from.id.into(), from.status.into(), from.lease_until.into()];
    Model::find_by_statement(store.statement(
        &format!(
            "UPDATE legal_documents SET {set} \
             WHERE id = $1 AND status = $2 AND lease_until = $3 RETURNING *"
        ),
        known.into_iter().chain(values),
    ))
    .one(db)
    .await
    .stored()
}
