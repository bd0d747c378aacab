//! Time as a parameter, and its text.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use serde::{Serialize, Serializer};

/// Tells the time. The server's clock in production, a settable one in tests.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Tells how long something takes, and waits. Nobody sets it, as a [`Clock`] is set.
#[async_trait]
pub trait Timer: Send + Sync {
    /// The time since a moment that stays the same.
    fn elapsed(&self) -> Duration;

    /// Returns when so much has elapsed.
    async fn reach(&self, elapsed: Duration);
}

/// A moment in UTC with microsecond precision, which is what both databases
/// keep. Its text is RFC 3339 with `Z`, so it lies within the years 0 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// From microseconds since 1970-01-01T00:00:00Z. Beyond the years 0 to 9999
    /// it is the nearest moment within them.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros.clamp(FIRST, LAST)).unwrap_or_default())
    }

    /// Reads RFC 3339: any offset, any number of fractional digits (those beyond
    /// microseconds are dropped), `T` and `Z` in either case, and the leap second
    /// at the end of a UTC day, which is kept as the second after it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = parse_date(date)?;
        let rest = rest.strip_prefix(['T', 't'])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let (hour, minute, second) = match clock.as_bytes() {
            [h1, h2, b':', m1, m2, b':', s1, s2] => (
                number(&[*h1, *h2])?,
                number(&[*m1, *m2])?,
                number(&[*s1, *s2])?,
            ),
            _ => return None,
        };
        let (micros, rest) = match rest.strip_prefix('.') {
            Some(fraction) => parse_fraction(fraction)?,
            None => (0, rest),
        };
        let offset_minutes = parse_offset(rest)?;
        let start = NaiveTime::from_hms_opt(hour, minute, second.min(59))?;
        let minutes = i64::from(hour * 60 + minute) - offset_minutes;
        match second {
            0..=59 => {}
            60 if minutes.rem_euclid(24 * 60) == 24 * 60 - 1 => {}
            _ => return None,
        }
        let seconds = day.and_time(start).and_utc().timestamp() - offset_minutes * 60
            + i64::from(second / 60);
        Some(Self::from_micros(seconds * 1_000_000 + i64::from(micros)))
    }

    /// The same moment for chrono.
    #[must_use]
    pub const fn date_time(self) -> DateTime<Utc> {
        self.0
    }

    /// The UTC day.
    #[must_use]
    pub fn date(self) -> chrono::NaiveDate {
        self.0.date_naive()
    }

    /// This moment moved by `seconds`.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(
            self.micros()
                .saturating_add(seconds.saturating_mul(1_000_000)),
        )
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::from_micros(moment.timestamp_micros())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(plain(self.0, &mut [0; 27]))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(plain(self.0, &mut [0; 27]))
    }
}

/// 0000-01-01T00:00:00Z in microseconds.
const FIRST: i64 = -62_167_219_200_000_000;

/// 9999-12-31T23:59:59.999999Z in microseconds.
const LAST: i64 = 253_402_300_799_999_999;

/// The text of a moment with its fraction.
type Plain = [u8; 27];

/// `2026-01-31T09:30:00Z`, or with six digits of fraction where there is one.
/// Written by hand because chrono's formatting is more than half of what a list
/// of timestamps costs.
fn plain(moment: DateTime<Utc>, buffer: &mut Plain) -> &str {
    let moment = moment.naive_utc();
    let (date, time) = (moment.date(), moment.time());
    let (year, micros) = (date.year().unsigned_abs(), time.nanosecond() / 1000);
    buffer.copy_from_slice(b"0000-00-00T00:00:00.000000Z");
    for (at, pair) in [
        (0, year / 100),
        (2, year),
        (5, date.month()),
        (8, date.day()),
        (11, time.hour()),
        (14, time.minute()),
        (17, time.second()),
    ] {
        write_pair(buffer, at, pair);
    }
    if micros == 0 {
        buffer[19] = b'Z';
        return std::str::from_utf8(&buffer[..20]).unwrap_or_default();
    }
    for (at, pair) in [(20, micros / 10_000), (22, micros / 100), (24, micros)] {
        write_pair(buffer, at, pair);
    }
    std::str::from_utf8(buffer).unwrap_or_default()
}

/// Writes the last two digits of `value`.
fn write_pair(buffer: &mut Plain, at: usize, value: u32) {
    for (place, digit) in [(at, value / 10 % 10), (at + 1, value % 10)] {
        buffer[place] = b'0' + digit.to_le_bytes()[0];
    }
}

/// Reads the full-date of RFC 3339.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    match text.as_bytes() {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => NaiveDate::from_ymd_opt(
            i32::try_from(number(&[*y1, *y2, *y3, *y4])?).ok()?,
            number(&[*m1, *m2])?,
            number(&[*d1, *d2])?,
        ),
        _ => None,
    }
}

/// The microseconds of the digits after the point, and what follows them.
fn parse_fraction(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let micros = digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(6)
        .fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0'));
    Some((micros, rest))
}

/// The minutes of an offset.
fn parse_offset(text: &str) -> Option<i64> {
    let (sign, hours, minutes) = match text.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, [*h1, *h2], [*m1, *m2]),
        [b'-', h1, h2, b':', m1, m2] => (-1, [*h1, *h2], [*m1, *m2]),
        _ => return None,
    };
    let (hours, minutes) = (number(&hours)?, number(&minutes)?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

/// A few digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + u32::from(digit - b'0'))
    })
}
