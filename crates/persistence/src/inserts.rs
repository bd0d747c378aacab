//! The texts of statements that insert whole rows.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::{EntityTrait, IdenStatic as _, Iterable as _};

/// One text for each table, written when it is first needed.
#[derive(Default)]
pub(crate) struct Inserts(RwLock<HashMap<TypeId, Arc<str>>>);

impl Inserts {
    /// `INSERT INTO table (all columns) VALUES ($1, $2 ...)`.
    pub(crate) fn of<E: EntityTrait>(&self) -> Arc<str> {
        let table = TypeId::of::<E>();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.get(&table) {
            return text.clone();
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(table).or_insert_with(text::<E>).clone()
    }
}

fn text<E: EntityTrait>() -> Arc<str> {
    let (mut columns, mut places) = (String::new(), String::new());
    for (number, column) in E::Column::iter().enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        // Writing into a string does not fail.
        let _ = write!(columns, "{comma}\"{}\"", column.as_str());
        let _ = write!(places, "{comma}${}", number + 1);
    }
    let table = E::default();
    format!(
        "INSERT INTO {} ({columns}) VALUES ({places})",
        table.table_name()
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::plan;

    #[test]
    fn every_column_has_its_place() {
        let inserts = Inserts::default();
        let first = inserts.of::<plan::Entity>();
        assert_eq!(first.matches('$').count(), plan::Column::iter().count());
        assert!(Arc::ptr_eq(&first, &inserts.of::<plan::Entity>()));
    }
}
