//! Versions of documents: `info.version`, three numbers as Semantic Versioning has them.

use std::fmt;
use std::str::FromStr;

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u64; 3]);

impl Version {
    /// The next version that says that something broke: the first number rises, or the second one
    /// while the first is still 0.
    #[must_use]
    pub fn next_breaking(self) -> Self {
        match self.0 {
            [0, minor, _] => Self([0, minor + 1, 0]),
            [major, ..] => Self([major + 1, 0, 0]),
        }
    }

    /// The next version that says that something was added: the second number rises, or the third
    /// one while the first is still 0.
    #[must_use]
    pub fn next_adding(self) -> Self {
        match self.0 {
            [0, minor, patch] => Self([0, minor, patch + 1]),
            [major, minor, _] => Self([major, minor + 1, 0]),
        }
    }

    /// The next version of all.
    #[must_use]
    pub fn next(self) -> Self {
        let [major, minor, patch] = self.0;
        Self([major, minor, patch + 1])
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
