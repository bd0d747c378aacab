//! Keyset pages in the order of ids.

use charter_contract::Cursor;
use uuid::Uuid;

/// The part of a list that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    after: Option<Cursor>,
    limit: i64,
}

impl Page {
    pub(crate) const fn new(after: Option<Cursor>, limit: i64) -> Self {
        Self { after, limit }
    }

    /// Rows come behind this id; every id is behind the nil one.
    pub(crate) fn after(self) -> Uuid {
        self.after.map_or(Uuid::nil(), Uuid::from)
    }

    /// One more row than is shown, to see whether there is a next page.
    pub(crate) const fn rows(self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Drops the row too many and gives the cursor of the next page.
    pub(crate) fn cut<T>(self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<Cursor> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        rows.last().map(|last| Cursor::from(id(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::Page;
    use uuid::Uuid;

    #[test]
    fn the_last_page_has_no_next_one() {
        let ids: Vec<_> = (1..=3).map(Uuid::from_u128).collect();
        let mut rows = ids.clone();
        assert_eq!(Page::new(None, 3).cut(&mut rows, |id| *id), None);
        assert_eq!(rows, ids);
        let next = Page::new(None, 2).cut(&mut rows, |id| *id);
        assert_eq!(next.map(Uuid::from), Some(Uuid::from_u128(2)));
        assert_eq!(rows.len(), 2);
    }
}
