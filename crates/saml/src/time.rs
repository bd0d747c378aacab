//! Moments and how far clocks may differ.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::xml::Malformed;

/// So far may the clock of an identity provider differ from ours.
pub const SKEW: TimeDelta = TimeDelta::seconds(60);

/// Reads a moment. SAML's are in UTC; a moment without a time zone is none.
pub(crate) fn read(text: &str) -> Result<DateTime<Utc>, Malformed> {
    DateTime::parse_from_rfc3339(text.trim_matches(crate::xml::is_space))
        .map(|moment| moment.to_utc())
        .map_err(|_| Malformed("a moment is none"))
}

/// Writes a moment, in whole seconds, which is what every provider understands.
pub(crate) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether `moment` has come, if the other's clock may be behind ours or ahead.
pub(crate) fn has_come(moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.checked_add_signed(SKEW)
        .is_some_and(|latest| moment <= latest)
}

/// Whether `moment` has passed, if the other's clock may be behind ours or ahead.
pub(crate) fn has_passed(moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.checked_sub_signed(SKEW)
        .is_some_and(|earliest| moment <= earliest)
}
