//! The languages that mails are written in.

use charter_contract::Timestamp;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tongue {
    Portuguese,
    English,
    Spanish,
}

impl Tongue {
    /// That of a user.
    pub(crate) fn of(language: &str) -> Self {
        match language {
            "pt" => Self::Portuguese,
            "es" => Self::Spanish,
            _ => Self::English,
        }
    }

    pub(crate) const fn pick<'a>(
        self,
        portuguese: &'a str,
        english: &'a str,
        spanish: &'a str,
    ) -> &'a str {
        match self {
            Self::Portuguese => portuguese,
            Self::English => english,
            Self::Spanish => spanish,
        }
    }

    /// As users have it.
    pub(crate) const fn code(self) -> &'static str {
        self.pick("pt", "en", "es")
    }
}

/// A moment that reads the same in each language.
pub(crate) fn moment(micros: i64) -> String {
    Timestamp::from_micros(micros)
        .date_time()
        .format("%Y-%m-%d %H:%M UTC")
        .to_string()
}
