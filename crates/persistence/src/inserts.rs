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

    /// `INSERT INTO table (all columns) VALUES (...), (...)` for so many rows.
    pub(crate) fn of_rows<E: EntityTrait>(&self, rows: usize) -> Arc<str> {
        match rows {
            1 => self.of::<E>(),
            _ => text::<E>(self.backend, rows),
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
            .or_insert_with(|| text::<E>(self.backend, 1));
        text.clone()
    }
}

fn text<E: EntityTrait>(backend: DbBackend, rows: usize) -> Arc<str> {
    let (mut columns, mut places) = (String::new(), String::new());
    for column in E::Column::iter() {
        let comma = if columns.is_empty() { "" } else { ", " };
        // Writing into a string does not fail.
        let _ = write!(columns, "{comma}\"{}\"", column.as_str());
    }
    let width = E::Column::iter().count();
    for number in 0..rows * width {
        let between = match (number, number % width) {
            (0, _) => "",
            (_, 0) => "), (",
            _ => ", ",
        };
        let _ = match backend {
            DbBackend::Postgres => write!(places, "{between}${}", number + 1),
            // SQLite keeps the names of places in a list, and whoever gives values
            // walks it once for each of them. Places without a name are in none.
            _ => write!(places, "{between}?"),
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
    use crate::entity::{owner, plan};

    #[test]
    fn every_column_has_its_place() {
        for (backend, place) in [(DbBackend::Sqlite, '?'), (DbBackend::Postgres, '$')] {
            let inserts = Inserts::new(backend);
            let first = inserts.of::<plan::Entity>();
            assert_eq!(first.matches(place).count(), plan::Column::iter().count());
            assert!(Arc::ptr_eq(&first, &inserts.of_rows::<plan::Entity>(1)));
        }
    }

    #[test]
    fn every_row_has_its_places() {
        for (backend, places) in [
            (DbBackend::Sqlite, "(?, ?), (?, ?), (?, ?)"),
            (DbBackend::Postgres, "($1, $2), ($3, $4), ($5, $6)"),
        ] {
            let three = Inserts::new(backend).of_rows::<owner::Entity>(3);
            assert!(three.ends_with(places), "{three}");
        }
    }
}
