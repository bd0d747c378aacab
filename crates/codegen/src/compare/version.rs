//! Versions of documents: `info.version`, three numbers as Semantic Versioning has them.

use std::fmt;
use std::str::FromStr;

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u64; 3]);

impl Version {
    /// Whether somebody who relies on `older` is told by this number that something broke: the
    /// first number has risen, or the second one while the first is still 0.
    #[must_use]
    pub fn breaks_with(self, older: Self) -> bool {
        let ([major, minor, _], [old_major, old_minor, _]) = (self.0, older.0);
        major > old_major || major == 0 && old_major == 0 && minor > old_minor
    }

    /// The next version that says that something broke.
    #[must_use]
    pub fn next_breaking(self) -> Self {
        match self.0 {
            [0, minor, _] => Self([0, minor + 1, 0]),
            [major, ..] => Self([major + 1, 0, 0]),
        }
    }

    /// The next version in which nothing broke.
    #[must_use]
    pub fn next(self) -> Self {
        match self.0 {
            [0, minor, patch] => Self([0, minor, patch + 1]),
            [major, minor, _] => Self([major, minor + 1, 0]),
        }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no version; it has three numbers, as 1.4.0 has");
        let mut parts = text.split('.').map(|part| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            let padded = part.len() > 1 && part.starts_with('0');
            part.parse().ok().filter(|_| plain && !padded)
        });
        let mut next = || parts.next().flatten().ok_or_else(wrong);
        let version = Self([next()?, next()?, next()?]);
        match parts.next() {
            None => Ok(version),
            Some(_) => Err(wrong()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(out, "{major}.{minor}.{patch}")
    }
}
