//! Absent, null and value.

use serde::{Serialize, Serializer};

use crate::cx::Cx;
use crate::violation::Location;

/// A member that is optional and nullable: three states, kept apart in both
/// directions. Give it `#[serde(skip_serializing_if = "Field::is_absent")]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not in the object.
    #[default]
    Absent,
    /// Explicitly null.
    Null,
    /// A value.
    Value(T),
}

impl<T> Field<T> {
    /// Whether the member is not there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)),
        }
    }

    /// What to write: nothing when absent, `Some(None)` to clear, else the value.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

/// A member or parameter while its object is being read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Slot<T> {
    /// Not seen.
    #[default]
    Absent,
    /// Seen and refused; its violations are recorded.
    Invalid,
    /// Seen and good.
    Value(T),
}

impl<T> Slot<T> {
    /// Whether nothing was read into it yet.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Goes on with the value.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Slot<U>) -> Slot<U> {
        match self {
            Self::Value(value) => next(value),
            Self::Invalid => Slot::Invalid,
            Self::Absent => Slot::Absent,
        }
    }

    /// The value of a required member; its absence is a violation.
    pub fn required(self, cx: &mut Cx, name: &str) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => {
                cx.member_violation(name, "required", "is required");
                None
            }
        }
    }

    /// The value of a required parameter; its absence is a violation.
    pub fn required_parameter(self, cx: &mut Cx, location: Location, name: &str) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => {
                cx.parameter(location, name, |cx| {
                    cx.violation("required", "is required");
                });
                None
            }
        }
    }

    /// The value of a required body; its absence is a violation.
    pub fn required_body(self, cx: &mut Cx) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => {
                cx.violation("required", "a request body is required");
                None
            }
        }
    }

    /// The value of an optional member.
    pub fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Value(value) => Some(Some(value)),
            Self::Invalid => None,
            Self::Absent => Some(None),
        }
    }

    /// The value of a member with a default.
    pub fn or_default(self, default: impl FnOnce() -> T) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Invalid => None,
            Self::Absent => Some(default()),
        }
    }
}

impl<T> Slot<Option<T>> {
    /// The value of an optional and nullable member.
    pub fn field(self) -> Option<Field<T>> {
        match self {
            Self::Value(Some(value)) => Some(Field::Value(value)),
            Self::Value(None) => Some(Field::Null),
            Self::Invalid => None,
            Self::Absent => Some(Field::Absent),
        }
    }
}
