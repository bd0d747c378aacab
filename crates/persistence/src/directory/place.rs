//! Places in a team, whose members stand in the order of their joining.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_api_directory::models::TeamCursor;
use charter_contract::Internal;
use uuid::Uuid;

/// Where a member stands: by the moment of joining, and by the id where two joined at
/// once. Whoever else comes or goes, it stays where it is, which no number of rows does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Moment of joining.
    pub(super) joined_at: i64,
    /// The user.
    pub(super) user: Uuid,
}

/// A part of the team: on which side of a place it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Those behind it.
    Behind(Place),
    /// Those before it.
    Before(Place),
}

impl Place {
    /// Before everybody.
    pub(super) const START: Self = Self {
        joined_at: i64::MIN,
        user: Uuid::nil(),
    };

    /// The next one: nobody stands between the two.
    pub(super) const fn next(self) -> Self {
        match self.user.as_u128().checked_add(1) {
            Some(user) => Self {
                user: Uuid::from_u128(user),
                ..self
            },
            None => Self {
                joined_at: self.joined_at.saturating_add(1),
                user: Uuid::nil(),
            },
        }
    }

    /// The one before; nobody stands between the two.
    pub(super) const fn previous(self) -> Self {
        match self.user.as_u128().checked_sub(1) {
            Some(user) => Self {
                user: Uuid::from_u128(user),
                ..self
            },
            None => Self {
                joined_at: self.joined_at.saturating_sub(1),
                user: Uuid::max(),
            },
        }
    }
}

impl Side {
    /// What a cursor stands for. Every text that the document allows is a place.
    pub(super) fn read(cursor: &TeamCursor) -> Result<Self, Internal> {
        let (side, place) = cursor.as_ref().split_at(1);
        let mut bytes = [0; 24];
        URL_SAFE_NO_PAD
            .decode_slice(place, &mut bytes)
            .map_err(Internal::from)?;
        let [
            joined_at @ ..,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = bytes;
        let [_, _, _, _, _, _, _, _, user @ ..] = bytes;
        let place = Place {
            joined_at: i64::from_be_bytes(joined_at),
            user: Uuid::from_bytes(user),
        };
        Ok(match side {
            "p" => Self::Before(place),
            _ => Self::Behind(place),
        })
    }

    /// The other part, with whoever stands at the place itself.
    pub(super) const fn back(self) -> Self {
        match self {
            Self::Behind(place) => Self::Before(place.next()),
            Self::Before(place) => Self::Behind(place.previous()),
        }
    }

    /// The cursor of this part.
    pub(super) fn cursor(self) -> Result<TeamCursor, Internal> {
        let (mut text, place) = match self {
            Self::Behind(place) => ("n".to_owned(), place),
            Self::Before(place) => ("p".to_owned(), place),
        };
        let mut bytes = [0; 24];
        let (joined_at, user) = bytes.split_at_mut(8);
        joined_at.copy_from_slice(&place.joined_at.to_be_bytes());
        user.copy_from_slice(place.user.as_bytes());
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        Ok(text.try_into()?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Place, Side};

    fn place(joined_at: i64, user: u128) -> Place {
        Place {
            joined_at,
            user: Uuid::from_u128(user),
        }
    }

    #[test]
    fn cursors_keep_their_place() {
        for place in [
            Place::START,
            place(1_773_576_000_000_000, 7),
            place(-1, u128::MAX),
            place(i64::MAX, 0),
        ] {
            for side in [Side::Behind(place), Side::Before(place)] {
                assert_eq!(Side::read(&side.cursor().unwrap()).unwrap(), side);
            }
        }
    }

    #[test]
    fn nobody_stands_between_neighbours() {
        for (here, there) in [
            (place(5, 7), place(5, 8)),
            (place(5, u128::MAX), place(6, 0)),
            (place(-1, u128::MAX), place(0, 0)),
        ] {
            assert_eq!(here.next(), there);
            assert_eq!(there.previous(), here);
            assert!(here < there);
        }
    }
}
