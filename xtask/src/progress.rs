//! What a person sees while a step runs.
//!
//! On a terminal a spinner with the step's name, its time and the last line that its program
//! printed; elsewhere (CI, a pipe) a line when it starts, one every half minute, and one when
//! it ends. All of it goes to standard error.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a step gives a sign of life where no spinner turns.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The sign of life of one step. Clones are the same sign.
#[derive(Clone)]
pub(crate) struct Progress {
    name: String,
    started: Instant,
    view: View,
}

#[derive(Clone)]
enum View {
    Spinner(ProgressBar),
    Lines(Arc<Mutex<Instant>>),
}

impl Progress {
    /// Shows that a step has begun.
    pub(crate) fn start(name: &str) -> Self {
        let started = Instant::now();
        let view = if io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner().with_prefix(name.to_owned());
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix:<18} {elapsed:>5}  {wide_msg:.dim}")
            {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            View::Spinner(bar)
        } else {
            eprintln!(".. {name}");
            View::Lines(Arc::new(Mutex::new(started)))
        };
        Self {
            name: name.to_owned(),
            started,
            view,
        }
    }

    /// How long it has been running.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Shows what it is doing now.
    pub(crate) fn note(&self, doing: &str) {
        match &self.view {
            View::Spinner(bar) => bar.set_message(doing.trim().to_owned()),
            View::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                if last.elapsed() >= HEARTBEAT {
                    *last = Instant::now();
                    let seconds = self.elapsed().as_secs();
                    eprintln!("   {}: {seconds} s, {}", self.name, doing.trim());
                }
            }
        }
    }

    /// Replaces the sign of life by the result.
    pub(crate) fn finish(self, mark: &str, result: &str) {
        if let View::Spinner(bar) = &self.view {
            bar.finish_and_clear();
        }
        eprintln!(
            "{mark} {:<18} {:>9}  {result}",
            self.name,
            seconds(self.elapsed())
        );
    }
}

/// `0.4 s`, `12.0 s`, `3 min 20 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 100 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}
