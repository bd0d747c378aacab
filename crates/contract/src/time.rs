//! Time as a parameter, and its text.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Serialize, Serializer};

/// Tells the time. The server's clock in production, a settable one in tests.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// A moment in UTC with microsecond precision, which is what both databases
/// keep. Its text is RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// From microseconds since 1970-01-01T00:00:00Z. Values outside chrono's
    /// range (year 262,142) become the nearest moment within it.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(
            DateTime::from_timestamp_micros(micros).unwrap_or(if micros < 0 {
                DateTime::<Utc>::MIN_UTC
            } else {
                DateTime::<Utc>::MAX_UTC
            }),
        )
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
        let mut buffer = [0; 27];
        match plain(self.0, &mut buffer) {
            Some(text) => formatter.write_str(text),
            None => formatter.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; 27];
        match plain(self.0, &mut buffer) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

/// `2026-01-31T09:30:00Z`, or with six digits of fraction where there is one.
/// Written by hand because chrono's formatting is more than half of what a list
/// of timestamps costs. `None` outside the years 0 to 9999.
fn plain(moment: DateTime<Utc>, buffer: &mut [u8; 27]) -> Option<&str> {
    let year = u32::try_from(moment.year())
        .ok()
        .filter(|year| *year <= 9999)?;
    let mut digits = |at: usize, width: usize, mut value: u32| {
        for offset in (0..width).rev() {
            buffer[at + offset] = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
    };
    digits(0, 4, year);
    digits(5, 2, moment.month());
    digits(8, 2, moment.day());
    digits(11, 2, moment.hour());
    digits(14, 2, moment.minute());
    digits(17, 2, moment.second());
    let micros = moment.timestamp_subsec_micros();
    digits(20, 6, micros);
    for (at, sign) in [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
    ] {
        buffer[at] = sign;
    }
    let length = if micros == 0 { 20 } else { 27 };
    buffer[length - 1] = b'Z';
    std::str::from_utf8(&buffer[..length]).ok()
}
