//! Numbers that JSON can carry.

use std::hash::BuildHasher;

use indexmap::IndexMap;
use serde::ser::Error;
use serde::{Serialize, Serializer};

use crate::field::Field;

/// Numbers, alone or within what members are made of.
pub trait Numbers {
    /// Whether none is infinite or NaN.
    fn are_finite(&self) -> bool;
}

impl Numbers for f64 {
    fn are_finite(&self) -> bool {
        self.is_finite()
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn are_finite(&self) -> bool {
        self.iter().all(Numbers::are_finite)
    }
}

impl<T: Numbers> Numbers for Field<T> {
    fn are_finite(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Value(value) => value.are_finite(),
        }
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn are_finite(&self) -> bool {
        self.iter().all(Numbers::are_finite)
    }
}

impl<K, T: Numbers, S: BuildHasher> Numbers for IndexMap<K, T, S> {
    fn are_finite(&self) -> bool {
        self.values().all(Numbers::are_finite)
    }
}

/// Writes numbers, and fails for those that JSON does not have: `serde_json`
/// would write null, which is no number either. For members with
/// `#[serde(serialize_with = "charter_contract::finite")]`.
///
/// # Errors
/// When a number is infinite or NaN.
pub fn finite<T: Numbers + Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if value.are_finite() {
        value.serialize(serializer)
    } else {
        Err(S::Error::custom("a number is infinite or NaN"))
    }
}
