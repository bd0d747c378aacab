//! Attempts to sign in, counted by address and place, so that guessing a password
//! takes long and nobody can be locked out by others.
//!
//! An attempt is counted before the password is compared: of twenty at the same
//! moment, as many are looked at as there are left, not twenty. Who succeeds gets
//! the attempt back. Three counters know three situations:
//!
//! - from a place where the account has been at home, failures count for that place
//!   alone, generously;
//! - from any other place, for that place, strictly;
//! - and from there also for all such places together, which is what slows somebody
//!   down who comes from a thousand networks.
//!
//! So failures from elsewhere never reach a place where the owner is at home. An
//! owner who comes from a new place in the middle of an attack has the link to
//! reset the password, which makes that place a home.
//!
//! Addresses without an account are counted like all others.

use std::net::IpAddr;

use charter_contract::{Internal, Timestamp, TooManyRequests, network};
use http::{HeaderName, HeaderValue};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::row::{Rows, row};
use crate::subject::Subject;
use crate::write::Write;

/// What is said of a limit: draft-ietf-httpapi-ratelimit-headers.
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// After the last free failure the next attempt waits so long; after each further
/// one twice as long.
const FIRST_PAUSE: i64 = 30 * SECOND;

/// After so many doublings the pause is the longest.
const DOUBLINGS: i64 = 5;

/// Failures are forgotten a day after the first.
const FORGOTTEN_AFTER: i64 = DAY;

/// A place is a home for so long after the latest sign-in from there.
pub(crate) const AT_HOME: i64 = 90 * DAY;

/// The place of all places together where the account is not at home.
const EVERYWHERE: &str = "";

/// How a place deals with failures.
#[derive(Clone, Copy)]
struct Patience {
    /// How many there may be before attempts have to wait.
    free: i64,
    /// The longest that one has to wait.
    longest: i64,
}

/// Where the account is at home: whoever mistypes here is the owner, or shares the
/// owner's network.
const HOME: Patience = Patience {
    free: 10,
    longest: 60 * SECOND,
};

/// A place that the account has never been signed in from.
const ELSEWHERE: Patience = Patience {
    free: 5,
    longest: 900 * SECOND,
};

/// All such places together.
const ALL_ELSEWHERE: Patience = Patience {
    free: 20,
    longest: 900 * SECOND,
};

/// Counts one attempt, `$1` subject, `$2` place, `$3` now, `$4` the moment before
/// which failures are forgotten, `$5` the counted places, one or two, `$6` free
/// failures and `$7` longest pause of the place. No row is touched of which one is
/// blocked.
const COUNT: &str = "\
    INSERT INTO attempts (subject, place, failures, window_start) \
    SELECT $1, p.place, 1, $3 FROM (SELECT '' AS place, 2 AS number UNION ALL SELECT $2, 1) p \
    WHERE p.number <= $5 \
      AND NOT EXISTS (SELECT 1 FROM attempts b WHERE b.subject = $1 \
                      AND (b.place = $2 OR $5 = 2 AND b.place = '') AND b.blocked_until > $3) \
    ORDER BY p.place \
    ON CONFLICT (subject, place) DO UPDATE SET \
        failures = CASE WHEN attempts.window_start <= $4 THEN 1 ELSE attempts.failures + 1 END, \
        window_start = CASE WHEN attempts.window_start <= $4 THEN excluded.window_start \
                            ELSE attempts.window_start END, \
        blocked_until = CASE \
            WHEN attempts.window_start <= $4 THEN NULL \
            WHEN attempts.failures + 1 < \
                 CASE WHEN attempts.place = '' THEN {all_free} ELSE $6 END THEN NULL \
            ELSE $3 + {pause} END \
    WHERE attempts.blocked_until IS NULL OR attempts.blocked_until <= $3";

/// Where an attempt comes from, as seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The account has been signed in from there.
    Home,
    /// It has not, or there is no such account.
    Elsewhere,
}

impl Standing {
    const fn patience(self) -> Patience {
        match self {
            Self::Home => HOME,
            Self::Elsewhere => ELSEWHERE,
        }
    }

    const fn counters(self) -> u64 {
        match self {
            Self::Home => 1,
            Self::Elsewhere => 2,
        }
    }
}

/// A network, as attempts are counted by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    /// Of a request; those that come over no network share a place.
    pub(crate) fn of(remote: Option<IpAddr>) -> Self {
        Self(remote.map_or_else(
            || "local".to_owned(),
            |address| network(address).to_string(),
        ))
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An attempt that is counted. It is a failure until it is said not to be one.
#[derive(Debug)]
pub(crate) struct Attempt {
    subject: Subject,
    place: Place,
    standing: Standing,
}

impl Attempt {
    /// Which address it is about.
    pub(crate) const fn subject(&self) -> Subject {
        self.subject
    }
}

/// Whether there may be an attempt.
#[derive(Debug)]
pub(crate) enum Admission {
    /// There may.
    Counted(Attempt),
    /// Too many have failed.
    Blocked(Blocked),
}

/// Attempts that are not even looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocked {
    /// How long still.
    seconds: u64,
    /// Whether the audit log knows.
    pub(crate) telling: Telling,
}

/// Whether a refusal belongs into the audit log: the first of a block does, the
/// others would let an attacker fill the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// It is the first.
    First,
    /// There is a row about this block.
    Again,
}

impl From<Blocked> for TooManyRequests {
    fn from(blocked: Blocked) -> Self {
        let Blocked {
            seconds,
            telling: _,
        } = blocked;
        let refused = Self::new(
            "Too many attempts with this address have failed. Wait, or reset the password.",
        )
        .retry_after(seconds);
        // For the time being, one attempt in so many seconds. How many there were
        // would tell whether the account is at home where they came from.
        [
            (RATE_LIMIT_POLICY, format!("\"attempts\";q=1;w={seconds}")),
            (RATE_LIMIT, format!("\"attempts\";r=0;t={seconds}")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
        .fold(refused, |refused, (name, value)| {
            refused.with_header(name, value)
        })
    }
}

row! {
    struct Block {
        blocked_until: i64,
        told_until: Option<i64>,
    }
}

impl Store {
    /// Counts an attempt on `subject` from `place`.
    pub(crate) async fn begin_attempt(
        &self,
        subject: Subject,
        place: Place,
        standing: Standing,
    ) -> Result<Admission, Internal> {
        let now = self.now();
        let Patience { free, longest } = standing.patience();
        let counters = standing.counters();
        let counted = self
            .database()
            .writer()
            .execute_raw(self.statement(
                &count_sql(),
                [
                    subject.bytes().into(),
                    place.as_str().into(),
                    now.micros().into(),
                    now.plus_seconds(-FORGOTTEN_AFTER).micros().into(),
                    i64::try_from(counters)?.into(),
                    free.into(),
                    longest.into(),
                ],
            ))
            .await
            .stored()?;
        if counted.rows_affected() == counters {
            return Ok(Admission::Counted(Attempt {
                subject,
                place,
                standing,
            }));
        }
        let blocked = self.block(subject, &place, now).await?;
        Ok(Admission::Blocked(blocked))
    }

    /// Why an attempt was not counted.
    async fn block(
        &self,
        subject: Subject,
        place: &Place,
        now: Timestamp,
    ) -> Result<Blocked, Internal> {
        let blocks = Rows::<Block>::of(
            "SELECT blocked_until, told_until FROM attempts \
             WHERE subject = $1 AND place IN ('', $2) AND blocked_until > $3 \
             ORDER BY blocked_until DESC",
            [
                subject.bytes().into(),
                place.as_str().into(),
                now.micros().into(),
            ],
        )
        .all(self.reader())
        .await
        .stored()?;
        let until = blocks.first().map(|block| block.blocked_until);
        let untold = blocks
            .iter()
            .any(|block| block.told_until != Some(block.blocked_until));
        let telling = if untold {
            // Of several that come here at the same moment one tells.
            let told = self
                .database()
                .writer()
                .execute_raw(self.statement(
                    "UPDATE attempts SET told_until = blocked_until \
                     WHERE subject = $1 AND place IN ('', $2) AND blocked_until > $3 \
                       AND (told_until IS NULL OR told_until <> blocked_until)",
                    [
                        subject.bytes().into(),
                        place.as_str().into(),
                        now.micros().into(),
                    ],
                ))
                .await
                .stored()?;
            match told.rows_affected() {
                0 => Telling::Again,
                _ => Telling::First,
            }
        } else {
            Telling::Again
        };
        Ok(Blocked {
            seconds: until.map_or(1, |until| seconds_between(now.micros(), until)),
            telling,
        })
    }
}

fn seconds_between(now: i64, until: i64) -> u64 {
    u64::try_from((until - now + SECOND - 1) / SECOND)
        .unwrap_or(1)
        .max(1)
}

/// [`COUNT`] with its constants.
fn count_sql() -> String {
    let over = format!(
        "(attempts.failures + 1 - CASE WHEN attempts.place = '' THEN {} ELSE $6 END)",
        ALL_ELSEWHERE.free
    );
    let longest = format!(
        "CASE WHEN attempts.place = '' THEN {} ELSE $7 END",
        ALL_ELSEWHERE.longest
    );
    let pauses: String = (0..DOUBLINGS)
        .map(|doublings| (doublings, FIRST_PAUSE << doublings))
        .map(|(doublings, pause)| {
            format!("WHEN {over} = {doublings} AND {pause} < {longest} THEN {pause} ")
        })
        .collect();
    COUNT
        .replace("{all_free}", &ALL_ELSEWHERE.free.to_string())
        .replace("{pause}", &format!("CASE {pauses} ELSE {longest} END"))
}

impl Write {
    /// The attempt has succeeded: it counts no more, and what has failed before
    /// from the same place is forgiven. Failures from other places are not: they
    /// are somebody else's.
    pub(crate) async fn succeed(&self, attempt: &Attempt, user: Uuid) -> Result<(), Internal> {
        let Attempt {
            subject,
            place,
            standing,
        } = attempt;
        self.db()
            .execute_raw(self.store().statement(
                "DELETE FROM attempts WHERE subject = $1 AND place = $2",
                [subject.bytes().into(), place.as_str().into()],
            ))
            .await
            .stored()?;
        if *standing == Standing::Elsewhere {
            self.db()
                .execute_raw(self.store().statement(
                    "UPDATE attempts SET failures = failures - 1, \
                         blocked_until = CASE WHEN failures - 1 < $3 THEN NULL \
                                              ELSE blocked_until END \
                     WHERE subject = $1 AND place = $2 AND failures > 0",
                    [
                        subject.bytes().into(),
                        EVERYWHERE.into(),
                        ALL_ELSEWHERE.free.into(),
                    ],
                ))
                .await
                .stored()?;
        }
        self.settle_in(user, place).await
    }

    /// The user is at home in a place from now on.
    pub(crate) async fn settle_in(&self, user: Uuid, place: &Place) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "INSERT INTO homes (user_id, place, last_success_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (user_id, place) DO UPDATE \
                 SET last_success_at = excluded.last_success_at",
                [
                    user.into(),
                    place.as_str().into(),
                    self.now().micros().into(),
                ],
            ))
            .await
            .stored()?;
        Ok(())
    }
}

impl Store {
    /// Forgets failures and homes that count no more.
    pub(crate) async fn forget_attempts(&self) -> Result<(), Internal> {
        let now = self.now();
        for statement in [
            self.statement(
                "DELETE FROM attempts WHERE window_start <= $1 \
                 AND (blocked_until IS NULL OR blocked_until <= $2)",
                [
                    now.plus_seconds(-FORGOTTEN_AFTER).micros().into(),
                    now.micros().into(),
                ],
            ),
            self.statement(
                "DELETE FROM homes WHERE last_success_at <= $1",
                [now.plus_seconds(-AT_HOME).micros().into()],
            ),
        ] {
            self.database()
                .writer()
                .execute_raw(statement)
                .await
                .stored()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, count_sql, seconds_between};

    #[test]
    fn a_place_is_a_network() {
        let place = |text: &str| Place::of(Some(text.parse().unwrap()));
        assert_eq!(place("2001:db8::1"), place("2001:db8::ffff:1"));
        assert_ne!(place("2001:db8::1"), place("2001:db8:0:1::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
        assert_ne!(Place::of(None).as_str(), super::EVERYWHERE);
    }

    #[test]
    fn waiting_is_told_in_whole_seconds() {
        assert_eq!(seconds_between(0, 1), 1);
        assert_eq!(seconds_between(0, 30_000_000), 30);
        assert_eq!(seconds_between(0, 30_000_001), 31);
        assert_eq!(seconds_between(5, 5), 1);
    }

    #[test]
    fn the_statement_has_its_constants() {
        assert!(!count_sql().contains(['{', '}']));
    }
}
