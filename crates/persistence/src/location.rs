//! Where a database is.

use std::fmt;
use std::path::PathBuf;

/// Where a database is, as its URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server, by its URL.
    Postgres(String),
}

/// A URL that leads to no database of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALocation(&'static str);

impl Location {
    /// From `sqlite://path`, `sqlite:path` or `postgres://user@host/database`.
    ///
    /// # Errors
    /// For other schemes, and for a SQLite database in memory: that belongs to
    /// one connection alone.
    pub fn of(url: &str) -> Result<Self, NotALocation> {
        match url.split_once(':') {
            Some(("postgres" | "postgresql", rest)) => {
                // SeaORM knows the scheme by its short name only.
                Ok(Self::Postgres(format!("postgres:{rest}")))
            }
            Some(("sqlite", rest)) => {
                let rest = rest.strip_prefix("//").unwrap_or(rest);
                let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
                let in_memory = path.is_empty()
                    || path == ":memory:"
                    || query.split('&').any(|part| part == "mode=memory");
                if in_memory {
                    return Err(NotALocation("give SQLite a file: sqlite://path"));
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err(NotALocation(
                "a database is sqlite://path or postgres://user@host/database",
            )),
        }
    }
}

impl fmt::Display for NotALocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for NotALocation {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lead_to_files_and_servers() {
        let file = |path: &str| Ok(Location::Sqlite(PathBuf::from(path)));
        assert_eq!(Location::of("sqlite://charter.db"), file("charter.db"));
        assert_eq!(
            Location::of("sqlite:///var/lib/c.db?mode=rwc"),
            file("/var/lib/c.db")
        );
        assert_eq!(
            Location::of("postgresql://h/d"),
            Ok(Location::Postgres("postgres://h/d".to_owned()))
        );
        for refused in [
            "sqlite::memory:",
            "sqlite://x.db?mode=memory",
            "mysql://h/d",
            "c.db",
        ] {
            assert!(Location::of(refused).is_err(), "{refused}");
        }
    }
}
