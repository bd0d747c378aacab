//! The ports of the run time that measures leave out: no limits, no stored
//! answers.

use charter_contract::{
    Caller, Decision, IdempotencyKey, Internal, Limiter, Operation, Replay, Replays, Subject,
    async_trait,
};

/// Counts nothing and remembers nothing.
pub(super) struct Unlimited;

impl Limiter for Unlimited {
    fn count(&self, _: Subject, _: &'static Operation) -> Option<Decision> {
        None
    }
}

#[async_trait]
impl Replays for Unlimited {
    async fn find(&self, _: &Caller, _: &IdempotencyKey) -> Result<Option<Replay>, Internal> {
        Ok(None)
    }
}
