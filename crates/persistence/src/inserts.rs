//! The texts of statements that insert whole rows.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::{DbBackend, EntityTrait, IdenStatic as _, Iterable as _};

/// One text for each table, written when it is first needed.
pub(crate) struct Inserts {
    backend: DbBackend,
    known: RwLock<HashMap<TypeId, Arc<str>>>,
}

impl Inserts {
    /// Texts for this kind of database.
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self {
            backend,
            known: RwLock::default(),
        }
    }

    /// `INSERT INTO table (all columns) VALUES (...)`, with a place for each column
    /// in its order.
    pub(crate) fn of<E: EntityTrait>(&self) -> Arc<str> {
        let table = TypeId::of::<E>();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.get(&table) {
            return text.clone();
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let text = known
            .entry(table)
            .or_insert_with(|| text::<E>(self.backend));
        text.clone()
    }
}

fn text<E: EntityTrait>(backend: DbBackend) -> Arc<str> {
    let (mut columns, mut places) = (String::new(), String::new());
    for (number, column) in E::Column::iter().enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        // Writing into a string does not fail.
        let _ = write!(columns, "{comma}\"{}\"", column.as_str());
        let _ = match backend {
            DbBackend::Postgres => write!(places, "{comma}${}", number + 1),
            // SQLite keeps the names of places in a list, and whoever gives values
            // walks it once for each of them. Places without a name are in none.
            _ => write!(places, "{comma}?"),
        };
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
        for (backend, place) in [(DbBackend::Sqlite, '?'), (DbBackend::Postgres, '$')] {
            let inserts = Inserts::new(backend);
            let first = inserts.of::<plan::Entity>();
            assert_eq!(first.matches(place).count(), plan::Column::iter().count());
            assert!(Arc::ptr_eq(&first, &inserts.of::<plan::Entity>()));
        }
    }
}
