//! Rate limits, counted in the memory of this process.
//!
//! The generic cell rate algorithm: one moment per subject says when its window
//! would be full again, so a burst up to the limit passes and a steady stream
//! above it does not. Several servers on one database each count for
//! themselves.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use charter_contract::{Clock, Decision, Limiter, Operation, Subject};

use crate::configuration::RateLimit;

/// Entries above which those that no longer matter are dropped.
const SWEEP_ABOVE: usize = 16_384;

/// Counts requests as the configuration and the documents limit them.
pub struct Limits {
    clock: Arc<dyn Clock>,
    general: RateLimit,
    state: Mutex<State>,
}

struct State {
    /// When the window of a subject is full again, in nanoseconds since 1970.
    full_at: HashMap<(Subject, Option<&'static str>), i64>,
    sweep_above: usize,
}

impl Limits {
    /// Limits by `general` for all traffic of a subject and, unless that is
    /// off, by what each operation declares.
    pub fn new(general: RateLimit, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            general,
            state: Mutex::new(State {
                full_at: HashMap::new(),
                sweep_above: SWEEP_ABOVE,
            }),
        }
    }
}

impl Limiter for Limits {
    fn count(&self, subject: Subject, operation: &'static Operation) -> Option<Decision> {
        let RateLimit::Requests { requests, window } = self.general else {
            return None;
        };
        let subject = by_network(subject);
        let now = self.clock.now().micros().saturating_mul(1000);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.sweep(now);
        let own = operation.rate_limit.map(|limit| {
            state.count(
                (subject, Some(operation.id)),
                limit.limit,
                limit.window_seconds,
                now,
            )
        });
        match own {
            Some(refused) if !refused.allowed => Some(refused),
            own => {
                let seconds = u32::try_from(window.as_secs()).unwrap_or(u32::MAX);
                let general = state.count((subject, None), requests, seconds, now);
                // The answer shows the limit that will be met first.
                Some(match own {
                    Some(own) if general.allowed && own.remaining < general.remaining => own,
                    _ => general,
                })
            }
        }
    }
}

impl State {
    fn count(
        &mut self,
        key: (Subject, Option<&'static str>),
        limit: u32,
        window_seconds: u32,
        now: i64,
    ) -> Decision {
        let window = i64::from(window_seconds.max(1)).saturating_mul(NANOS);
        let each = (window / i64::from(limit.max(1))).max(1);
        let full_at = self.full_at.get(&key).copied().unwrap_or(now).max(now);
        let next = full_at.saturating_add(each);
        let room_at = next.saturating_sub(window);
        if room_at > now {
            return Decision {
                allowed: false,
                limit,
                remaining: 0,
                window_seconds,
                reset_seconds: whole_seconds(room_at - now),
            };
        }
        self.full_at.insert(key, next);
        let remaining = (window - (next - now)) / each;
        Decision {
            allowed: true,
            limit,
            remaining: u32::try_from(remaining).unwrap_or(0),
            window_seconds,
            reset_seconds: whole_seconds(next - now),
        }
    }

    fn sweep(&mut self, now: i64) {
        if self.full_at.len() > self.sweep_above {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.sweep_above = SWEEP_ABOVE.max(2 * self.full_at.len());
        }
    }
}

const NANOS: i64 = 1_000_000_000;

fn whole_seconds(nanos: i64) -> u32 {
    u32::try_from((nanos + NANOS - 1) / NANOS).unwrap_or(u32::MAX)
}

/// A customer of an IPv6 network has at least 2^64 addresses, so they count as one.
fn by_network(subject: Subject) -> Subject {
    match subject {
        Subject::Address(Some(IpAddr::V6(address))) => {
            let network = match address.to_ipv4_mapped() {
                Some(address) => IpAddr::V4(address),
                None => IpAddr::V6(Ipv6Addr::from_bits(
                    address.to_bits() & !u128::from(u64::MAX),
                )),
            };
            Subject::Address(Some(network))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use charter_contract::{RateLimit as Declared, Timestamp};
    use poem::http::Method;

    use super::*;

    struct Watch(AtomicI64);

    impl Clock for Watch {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::SeqCst))
        }
    }

    impl Watch {
        fn advance(&self, seconds: i64) {
            self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }

    static PLAIN: Operation = operation("plain", None);
    static STRICT: Operation = operation(
        "strict",
        Some(Declared {
            limit: 2,
            window_seconds: 60,
        }),
    );

    const fn operation(id: &'static str, rate_limit: Option<Declared>) -> Operation {
        Operation {
            id,
            method: Method::GET,
            path: "/x",
            tag: "X",
            security: &[],
            body: None,
            status: 200,
            idempotent: false,
            audit: None,
            rate_limit,
            statuses: &[200],
        }
    }

    fn limits(requests: u32, seconds: u64) -> (Limits, Arc<Watch>) {
        let watch = Arc::new(Watch(AtomicI64::new(1_800_000_000_000_000)));
        let general = RateLimit::Requests {
            requests,
            window: Duration::from_secs(seconds),
        };
        (Limits::new(general, watch.clone()), watch)
    }

    fn address(text: &str) -> Subject {
        Subject::Address(Some(text.parse().unwrap()))
    }

    #[test]
    fn a_burst_passes_and_the_next_one_waits() {
        let (limits, watch) = limits(3, 30);
        let subject = address("192.0.2.1");
        let left: Vec<_> = (0..3)
            .map(|_| limits.count(subject, &PLAIN).unwrap())
            .map(|decision| (decision.allowed, decision.remaining))
            .collect();
        assert_eq!(left, [(true, 2), (true, 1), (true, 0)]);
        let refused = limits.count(subject, &PLAIN).unwrap();
        assert_eq!((refused.allowed, refused.reset_seconds), (false, 10));
        watch.advance(10);
        assert!(limits.count(subject, &PLAIN).unwrap().allowed);
        assert!(!limits.count(subject, &PLAIN).unwrap().allowed);
    }

    #[test]
    fn subjects_do_not_share_a_limit_but_an_ipv6_network_does() {
        let (limits, _) = limits(1, 60);
        assert!(limits.count(address("192.0.2.1"), &PLAIN).unwrap().allowed);
        assert!(limits.count(address("192.0.2.2"), &PLAIN).unwrap().allowed);
        assert!(
            limits
                .count(address("2001:db8::1"), &PLAIN)
                .unwrap()
                .allowed
        );
        assert!(
            !limits
                .count(address("2001:db8::2"), &PLAIN)
                .unwrap()
                .allowed
        );
        assert!(
            limits
                .count(address("2001:db8:1::1"), &PLAIN)
                .unwrap()
                .allowed
        );
        assert!(
            !limits
                .count(address("::ffff:192.0.2.1"), &PLAIN)
                .unwrap()
                .allowed
        );
    }

    #[test]
    fn the_limit_of_an_operation_comes_on_top() {
        let (limits, _) = limits(100, 60);
        let subject = address("192.0.2.1");
        let first = limits.count(subject, &STRICT).unwrap();
        assert_eq!((first.limit, first.remaining), (2, 1));
        assert!(limits.count(subject, &STRICT).unwrap().allowed);
        assert!(!limits.count(subject, &STRICT).unwrap().allowed);
        let other = limits.count(subject, &PLAIN).unwrap();
        assert_eq!((other.limit, other.remaining), (100, 97));
    }

    #[test]
    fn off_counts_nothing() {
        let watch = Arc::new(Watch(AtomicI64::new(0)));
        let limits = Limits::new(RateLimit::Off, watch);
        assert_eq!(limits.count(address("192.0.2.1"), &STRICT), None);
    }

    #[test]
    fn what_no_longer_matters_is_forgotten() {
        let (limits, watch) = limits(1, 60);
        for number in 0..=u32::try_from(SWEEP_ABOVE).unwrap() {
            limits.count(
                Subject::Address(Some(IpAddr::from(number.to_be_bytes()))),
                &PLAIN,
            );
        }
        watch.advance(61);
        limits.count(address("192.0.2.1"), &PLAIN);
        assert_eq!(limits.state.lock().unwrap().full_at.len(), 1);
    }
}
