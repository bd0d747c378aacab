//! The work that answering takes: statements and hashes of passwords, in their
//! order.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

/// What work announces itself as.
const TARGET: &str = "charter::work";

/// What was done, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work(pub Vec<String>);

impl Work {
    /// How often Argon2 ran.
    pub fn hashes(&self) -> usize {
        self.0
            .iter()
            .filter(|step| step.contains("a password is"))
            .count()
    }
}

/// Does something on this thread and tells what work it was.
pub async fn counted<T>(something: impl Future<Output = T>) -> (T, Work) {
    let steps = Steps::default();
    let subscriber = registry()
        .with(Targets::new().with_target(TARGET, tracing::Level::TRACE))
        .with(steps.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    // What another thread announced for the first time while this one began to listen is
    // taken for something that nobody listens to.
    tracing::callsite::rebuild_interest_cache();
    let done = something.await;
    drop(guard);
    let work = Work(std::mem::take(&mut *steps.0.lock().unwrap()));
    (done, work)
}

#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Steps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut step = Step::default();
        event.record(&mut step);
        self.0.lock().unwrap().push(step.0);
    }
}

#[derive(Default)]
struct Step(String);

impl Visit for Step {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{value:?} "));
    }

    fn record_str(&mut self, _: &Field, value: &str) {
        self.0.push_str(value);
        self.0.push(' ');
    }
}
