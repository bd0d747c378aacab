//! Addresses as they are counted, without being kept.

use hmac::Mac as _;

use crate::address::Address;
use crate::server_key::{ServerKeys, mac};

/// An HMAC of an address under the server key: attempts on one address can be
/// counted, and the database does not have strangers' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject([u8; 32]);

impl Subject {
    /// Of an address.
    pub(crate) fn of(address: &Address, keys: &ServerKeys) -> Self {
        let mut mac = mac(&keys.current.derive("charter/audit-subject/1"));
        mac.update(address.as_str().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// As it is stored.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::Subject;
    use crate::address::Address;
    use crate::server_key::{ServerKey, ServerKeys};
    use charter_contract::Random;

    struct Filled(u8);

    impl Random for Filled {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn an_address_has_one_subject_under_a_key() {
        let keys = ServerKeys::from(ServerKey::generate(&Filled(1)));
        let others = ServerKeys::from(ServerKey::generate(&Filled(2)));
        let written = Subject::of(&Address::of(" Ada@Example.com"), &keys);
        assert_eq!(written, Subject::of(&Address::of("ada@example.com"), &keys));
        assert_ne!(
            written,
            Subject::of(&Address::of("ada@example.com"), &others)
        );
        assert_ne!(written, Subject::of(&Address::of("bea@example.com"), &keys));
    }
}
