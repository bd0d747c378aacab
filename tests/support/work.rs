//! The work that answering takes: statements and hashes of passwords, in their
//! order.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
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

/// Two more who listen, to nobody's use. As long as there is one listener alone, `tracing`
/// has any thread decide by itself whether somebody listens to what it announces for the
/// first time, and remembers what that decides for all: this one would then hear nothing.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(registry().with(work_alone()))));

fn work_alone() -> Targets {
    Targets::new().with_target(TARGET, tracing::Level::TRACE)
}

/// Does something on this thread and tells what work it was.
pub async fn counted<T>(something: impl Future<Output = T>) -> (T, Work) {
    LazyLock::force(&OTHERS);
    let steps = Steps::default();
    let subscriber = registry().with(work_alone()).with(steps.clone());
    let guard = tracing::subscriber::set_default(subscriber);
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
