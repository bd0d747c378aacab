//! Rate limits, counted in the memory of this process.
//!
//! The generic cell rate algorithm: one moment per subject says when its window
//! would be full again, so a burst up to the limit passes and a steady stream
//! above it does not. Several servers on one database each count for
//! themselves.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use charter_contract::{Clock, Credential, Decision, Limiter, Operation, Proof, Subject, network};

use crate::configuration::RateLimit;

/// Entries above which those that no longer matter are dropped.
const SWEEP_ABOVE: usize = 16_384;

/// Refused credentials that are taken from one address within [`GUESSING`]
/// seconds before more are refused unseen.
const GUESSES: u32 = 60;

/// The window of [`GUESSES`], in seconds.
const GUESSING: u32 = 300;

/// The place of refused credentials among the operations.
const REFUSED_CREDENTIALS: &str = "refused credentials";

/// How long a credential counts as genuine after it was found so: a day.
const GENUINE_NANOS: i64 = 86_400 * NANOS;

/// Counts requests as the configuration and the documents limit them.
pub struct Limits {
    clock: Arc<dyn Clock>,
    general: RateLimit,
    state: Mutex<State>,
    /// Makes the keys of [`State::genuine`]: unguessable, so that nobody can send
    /// a credential that is taken for another one.
    digests: RandomState,
}

struct State {
    /// When the window of a subject is full again, in nanoseconds since 1970.
    full_at: HashMap<(Subject, Option<&'static str>), i64>,
    /// Until when a credential, by its digest, counts as genuine.
    genuine: HashMap<u64, i64>,
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
                genuine: HashMap::new(),
                sweep_above: SWEEP_ABOVE,
            }),
            digests: RandomState::new(),
        }
    }

    fn now(&self) -> i64 {
        self.clock.now().micros().saturating_mul(1000)
    }
}

impl Limiter for Limits {
    fn count(&self, subject: Subject, operation: &'static Operation) -> Option<Decision> {
        let RateLimit::Requests { requests, window } = self.general else {
            return None;
        };
        let subject = by_network(subject);
        let now = self.now();
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

    fn guess(&self, remote: Option<IpAddr>, credential: Credential<'_>) -> Option<Decision> {
        if self.general == RateLimit::Off {
            return None;
        }
        let now = self.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = state.full_at.get(&refused_from(remote)).copied()?;
        let decision = place(full_at, GUESSES, GUESSING, now).err()?;
        let digest = self.digests.hash_one(credential.0);
        match state.genuine.get(&digest) {
            Some(until) if *until > now => None,
            _ => {
                state.sweep(now);
                Some(decision)
            }
        }
    }

    fn guessed(&self, remote: Option<IpAddr>, credential: Credential<'_>, proof: Proof) {
        if self.general == RateLimit::Off {
            return;
        }
        let now = self.now();
        let digest = self.digests.hash_one(credential.0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match proof {
            Proof::Genuine => {
                state
                    .genuine
                    .insert(digest, now.saturating_add(GENUINE_NANOS));
            }
            Proof::Refused => {
                state.genuine.remove(&digest);
                state.count(refused_from(remote), GUESSES, GUESSING, now);
            }
        }
    }
}

/// Where the refused credentials of an address are counted.
fn refused_from(remote: Option<IpAddr>) -> (Subject, Option<&'static str>) {
    (
        by_network(Subject::Address(remote)),
        Some(REFUSED_CREDENTIALS),
    )
}

/// Where one more request leaves a window that would be full again at `full_at`:
/// when it is full again then, or the refusal when there is no room.
fn place(full_at: i64, limit: u32, window_seconds: u32, now: i64) -> Result<(i64, i64), Decision> {
    let window = i64::from(window_seconds.max(1)).saturating_mul(NANOS);
    let each = (window / i64::from(limit.max(1))).max(1);
    let next = full_at.max(now).saturating_add(each);
    let room_at = next.saturating_sub(window);
    if room_at > now {
        return Err(Decision {
            allowed: false,
            limit,
            remaining: 0,
            window_seconds,
            reset_seconds: whole_seconds(room_at - now),
        });
    }
    Ok((next, (window - (next - now)) / each))
}

impl State {
    fn count(
        &mut self,
        key: (Subject, Option<&'static str>),
        limit: u32,
        window_seconds: u32,
        now: i64,
    ) -> Decision {
        let full_at = self.full_at.get(&key).copied().unwrap_or(now);
        let (next, remaining) = match place(full_at, limit, window_seconds, now) {
            Ok(placed) => placed,
            Err(refused) => return refused,
        };
        self.full_at.insert(key, next);
        Decision {
            allowed: true,
            limit,
            remaining: u32::try_from(remaining).unwrap_or(0),
            window_seconds,
            reset_seconds: whole_seconds(next - now),
        }
    }

    fn sweep(&mut self, now: i64) {
        if self.full_at.len().max(self.genuine.len()) > self.sweep_above {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.genuine.retain(|_, until| *until > now);
            self.sweep_above = SWEEP_ABOVE.max(2 * self.full_at.len().max(self.genuine.len()));
        }
    }
}

const NANOS: i64 = 1_000_000_000;

fn whole_seconds(nanos: i64) -> u32 {
    u32::try_from((nanos + NANOS - 1) / NANOS).unwrap_or(u32::MAX)
}

/// Whom a subject counts with.
fn by_network(subject: Subject) -> Subject {
    match subject {
        Subject::Address(Some(address)) => Subject::Address(Some(network(address))),
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
            even_time: false,
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
    fn refused_credentials_are_limited_and_genuine_ones_are_not() {
        let (limits, watch) = limits(100, 60);
        let remote = Some("192.0.2.1".parse().unwrap());
        let elsewhere = Some("192.0.2.2".parse().unwrap());
        let genuine = Credential("genuine");
        limits.guessed(remote, genuine, Proof::Genuine);
        for number in 0..GUESSES {
            let guess = number.to_string();
            assert_eq!(limits.guess(remote, Credential(&guess)), None);
            limits.guessed(remote, Credential(&guess), Proof::Refused);
        }
        let refused = limits.guess(remote, Credential("another")).unwrap();
        assert_eq!((refused.allowed, refused.limit), (false, GUESSES));
        assert_eq!(limits.guess(remote, genuine), None);
        assert_eq!(limits.guess(elsewhere, Credential("another")), None);
        limits.guessed(remote, genuine, Proof::Refused);
        assert!(limits.guess(remote, genuine).is_some());
        // One more after that time, and all of them after the window.
        watch.advance(i64::from(refused.reset_seconds));
        assert_eq!(limits.guess(remote, Credential("another")), None);
        limits.guessed(remote, Credential("another"), Proof::Refused);
        assert!(limits.guess(remote, Credential("another")).is_some());
        watch.advance(i64::from(GUESSING));
        assert_eq!(limits.guess(remote, Credential("another")), None);
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
