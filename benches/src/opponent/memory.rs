//! Members and keys in memory, as both list opponents find them: rows as a
//! database would hand them out, one owned copy for each request.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The one key that is known.
pub(crate) const KEY: &str = "ct_live_c29tZSBvZiB0aGUga2V5cyBhcmUga25vd24gdG8gYQ";

/// So many members there are.
const MEMBERS: u128 = 1000;

/// A membership with its user.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
    /// Microseconds since 1970.
    pub(super) joined_at: i64,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Admin,
    Member,
}

/// Whose key it is and what it may do.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Uuid,
    pub(super) user: Uuid,
    pub(super) organisation: Uuid,
    pub(super) role: Role,
    pub(super) scopes: BTreeSet<String>,
}

/// The members of one organisation, and one key.
#[derive(Debug)]
pub(super) struct Memory {
    members: Vec<Row>,
    keys: HashMap<[u8; 32], Key>,
}

impl Memory {
    /// Always the same.
    pub(super) fn new() -> Self {
        let members = (0..MEMBERS).map(member).collect();
        let key = Key {
            id: id(2_000_000),
            user: id(0),
            organisation: id(3_000_000),
            role: Role::Admin,
            scopes: ["invites:read", "members:read", "organisations:read"]
                .map(str::to_owned)
                .into(),
        };
        Self {
            members,
            keys: HashMap::from([(Sha256::digest(KEY).into(), key)]),
        }
    }

    /// The key with this text.
    pub(super) fn key(&self, text: &str) -> Option<&Key> {
        let hash: [u8; 32] = Sha256::digest(text).into();
        self.keys.get(&hash)
    }

    /// At most `rows` members behind an id.
    pub(super) fn members(&self, after: Uuid, rows: usize) -> Vec<Row> {
        let start = self.members.partition_point(|member| member.id <= after);
        self.members[start..].iter().take(rows).cloned().collect()
    }
}

/// A UUID of version 7; the larger the number, the larger the id.
fn id(number: u128) -> Uuid {
    let milliseconds = 1_767_225_600_000 + number * 977;
    let random = number * 0x9e37_79b9_7f4a_7c15 % (1 << 62);
    Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | random)
}

fn member(number: u128) -> Row {
    let joined_at = 1_767_225_600_000_000 + i64::try_from(number).unwrap_or(0) * 977_123_457;
    Row {
        id: id(number),
        email: format!("person.{number}@organisation.example.com"),
        name: format!("Person Number {number}"),
        role: if number.is_multiple_of(10) {
            Role::Admin
        } else {
            Role::Member
        },
        joined_at,
    }
}
