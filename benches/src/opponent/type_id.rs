//! Ids as text: a prefix and 26 characters.

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// `user_...`
#[derive(Clone, Copy)]
pub(super) struct UserId(pub(super) Uuid);

/// `invite_...`
#[derive(Clone, Copy)]
pub(super) struct InviteId(pub(super) Uuid);

/// A place in a list, which has no prefix.
#[derive(Clone, Copy)]
pub(super) struct Cursor(pub(super) Uuid);

impl Serialize for UserId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text::<31>("user_", self.0).as_str())
    }
}

impl Serialize for InviteId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl InviteId {
    pub(super) fn text(self) -> Text<33> {
        text("invite_", self.0)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text::<26>("", self.0).as_str())
    }
}

/// The `N` bytes of an id.
pub(super) struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn text<const N: usize>(prefix: &str, id: Uuid) -> Text<N> {
    let mut text = [0; N];
    let (head, tail) = text.split_at_mut(N - 26);
    head.copy_from_slice(prefix.as_bytes());
    let mut bits = id.as_u128();
    for character in tail.iter_mut().rev() {
        let [.., last] = bits.to_be_bytes();
        *character = b"0123456789abcdefghjkmnpqrstvwxyz"[usize::from(last & 31)];
        bits >>= 5;
    }
    Text(text)
}
