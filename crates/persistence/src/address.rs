//! Mail addresses as they are compared.

use std::fmt;

/// A normalised mail address: without surrounding space and in lower case.
///
/// The standard lets a server tell `Ada@example.com` from `ada@example.com`;
/// no server that people use does, and an invite must not fail over a capital.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address(String);

impl Address {
    /// Normalises an address as somebody wrote it.
    #[must_use]
    pub fn of(written: &str) -> Self {
        Self(written.trim().to_lowercase())
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn case_and_space_do_not_tell_addresses_apart() {
        assert_eq!(
            Address::of(" Ada@Example.COM "),
            Address::of("ada@example.com")
        );
        assert_ne!(
            Address::of("ada@example.com"),
            Address::of("ada@example.org")
        );
    }

    #[test]
    fn a_domain_is_what_stands_after_the_last_at() {
        assert_eq!(Address::of("ada@Example.com").domain(), "example.com");
        assert_eq!(
            Address::of("\"ada@example.com\"@example.org").domain(),
            "example.org"
        );
        assert_eq!(Address::of("ada").domain(), "");
    }
}
