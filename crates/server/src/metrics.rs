//! What the server has done, for Prometheus.
//!
//! Operations, methods and statuses are the only labels: their number is known
//! beforehand, and nothing that a client sends becomes one.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Counters of this process.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Label, u64>>,
    durations: Mutex<BTreeMap<String, Histogram>>,
    in_flight: AtomicI64,
}

#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Label {
    operation: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
}

/// A request that is being served; it counts as such until this is dropped,
/// also when the client goes away in the middle.
pub struct InFlight(Arc<Metrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts a request as being served.
    pub fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// Counts a served request.
    pub fn count(&self, operation: &str, method: &'static str, status: u16, duration: Duration) {
        let label = Label {
            operation: operation.to_owned(),
            method,
            status,
        };
        *locked(&self.requests).entry(label).or_default() += 1;
        let mut durations = locked(&self.durations);
        if let Some(histogram) = durations.get_mut(operation) {
            histogram.add(duration);
        } else {
            durations
                .entry(operation.to_owned())
                .or_default()
                .add(duration);
        }
    }

    /// The text format of Prometheus. `outbox` is the number of messages that
    /// wait to be delivered, unknown when the database does not answer.
    pub fn render(&self, outbox: Option<u64>) -> String {
        let mut text = String::new();
        let mut family = Family(&mut text);
        family.head("charter_build_info", "gauge", "The version that runs.");
        family.sample(
            "charter_build_info",
            &[("version", env!("CARGO_PKG_VERSION"))],
            1,
        );
        family.head("charter_requests_total", "counter", "Requests served.");
        for (label, count) in locked(&self.requests).iter() {
            family.sample(
                "charter_requests_total",
                &[
                    ("operation", &label.operation),
                    ("method", label.method),
                    ("status", &label.status.to_string()),
                ],
                count,
            );
        }
        family.head(
            "charter_requests_in_flight",
            "gauge",
            "Requests being served now.",
        );
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        family.sample("charter_requests_in_flight", &[], in_flight);
        family.head(
            "charter_request_duration_seconds",
            "histogram",
            "Time from the head of a request to the head of its answer.",
        );
        for (operation, histogram) in locked(&self.durations).iter() {
            histogram.render(operation, &mut family);
        }
        if let Some(waiting) = outbox {
            family.head(
                "charter_outbox_messages",
                "gauge",
                "Messages that wait to be delivered.",
            );
            family.sample("charter_outbox_messages", &[], waiting);
        }
        text
    }
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        self.count += 1;
        self.sum += duration;
        let seconds = duration.as_secs_f64();
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            if seconds <= bound {
                *bucket += 1;
            }
        }
    }

    fn render(&self, operation: &str, family: &mut Family<'_>) {
        let name = "charter_request_duration_seconds";
        for (count, bound) in self.buckets.iter().zip(BOUNDS) {
            family.sample(
                &format!("{name}_bucket"),
                &[("operation", operation), ("le", &bound.to_string())],
                count,
            );
        }
        family.sample(
            &format!("{name}_bucket"),
            &[("operation", operation), ("le", "+Inf")],
            self.count,
        );
        let labels = [("operation", operation)];
        family.sample(&format!("{name}_sum"), &labels, self.sum.as_secs_f64());
        family.sample(&format!("{name}_count"), &labels, self.count);
    }
}

/// Writes lines of the text format. Writing to a `String` cannot fail, hence
/// the results that are dropped.
struct Family<'a>(&'a mut String);

impl Family<'_> {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = write!(self.0, "{name}");
        for (position, (label, text)) in labels.iter().enumerate() {
            let open = if position == 0 { '{' } else { ',' };
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.0, "{open}{label}=\"{text}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_durations_are_rendered() {
        let metrics = Arc::new(Metrics::default());
        let in_flight = metrics.begin();
        metrics.count("getUsage", "GET", 200, Duration::from_millis(4));
        metrics.count("getUsage", "GET", 200, Duration::from_secs(20));
        metrics.count("getUsage", "GET", 401, Duration::from_millis(1));
        let text = metrics.render(Some(3));
        for line in [
            r#"charter_requests_total{operation="getUsage",method="GET",status="200"} 2"#,
            r#"charter_requests_total{operation="getUsage",method="GET",status="401"} 1"#,
            r#"charter_request_duration_seconds_bucket{operation="getUsage",le="0.001"} 1"#,
            r#"charter_request_duration_seconds_bucket{operation="getUsage",le="0.005"} 2"#,
            r#"charter_request_duration_seconds_bucket{operation="getUsage",le="10"} 2"#,
            r#"charter_request_duration_seconds_bucket{operation="getUsage",le="+Inf"} 3"#,
            r#"charter_request_duration_seconds_count{operation="getUsage"} 3"#,
            "charter_requests_in_flight 1",
            "charter_outbox_messages 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        drop(in_flight);
        let text = metrics.render(None);
        assert!(text.contains("charter_requests_in_flight 0"));
        assert!(!text.contains("charter_outbox"));
    }
}
