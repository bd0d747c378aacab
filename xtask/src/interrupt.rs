//! Ctrl-C and SIGTERM.
//!
//! A signal only raises a flag. Whoever waits for a program sees it, ends that program and
//! returns, and on the way out the guards stop PostgreSQL and the service. A second signal
//! ends the process at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Starts to listen. Before this, a signal ends the process as it always does.
pub(crate) fn watch() {
    let flag = REQUESTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Registered in this order, the first signal finds the flag down and raises it,
        // the second finds it up.
        let registered = signal_hook::flag::register_conditional_shutdown(
            signal,
            128 + signal,
            Arc::clone(flag),
        )
        .and_then(|_| signal_hook::flag::register(signal, Arc::clone(flag)));
        if let Err(error) = registered {
            eprintln!("signal {signal} cannot be caught: {error}");
        }
    }
}

/// Whether someone asked to stop.
pub(crate) fn requested() -> bool {
    REQUESTED
        .get()
        .is_some_and(|flag| flag.load(Ordering::Relaxed))
}
