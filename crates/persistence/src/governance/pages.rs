//! Pages by limit and offset.

use charter_api_governance::models::{ItemCount, PageAddress};
use charter_contract::{Caller, Internal};
use sea_orm::Value;
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::row::{Rows, row};

/// The part of a list that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    limit: i64,
    offset: i64,
}

/// How a page stands in its list.
pub(super) struct Place {
    /// How many items there are in all.
    pub(super) count: ItemCount,
    /// The address of the page behind it.
    pub(super) next: Option<PageAddress>,
    /// The address of the page before it.
    pub(super) previous: Option<PageAddress>,
}

row! {
    /// How many items a list has.
    pub(super) struct Count {
        count: i64,
    }
}

impl Page {
    pub(super) const fn new(limit: i64, offset: i64) -> Self {
        Self { limit, offset }
    }

    /// How many rows to read.
    pub(super) const fn limit(self) -> i64 {
        self.limit
    }

    /// How many rows to pass over.
    pub(super) const fn offset(self) -> i64 {
        self.offset
    }

    /// Both, for a statement that ends with `LIMIT .. OFFSET ..`.
    pub(super) fn values(self) -> [Value; 2] {
        [self.limit().into(), self.offset().into()]
    }

    /// How many items there are in all, if the page is empty: rows say it as well, so it
    /// is asked for by itself only behind the last one.
    pub(super) async fn count(self, store: &Store, all: Rows<Count>) -> Result<i64, Internal> {
        if self.offset() == 0 {
            return Ok(0);
        }
        let counted = all.one(store.reader()).await.stored()?;
        Ok(counted.map_or(0, |Count { count }| count))
    }

    /// Where the page stands among `count` items. The pages around it are asked for by
    /// the same operation, with the same `filters`.
    pub(super) fn place(
        self,
        store: &Store,
        caller: &Caller,
        organisation: Option<Uuid>,
        count: i64,
        filters: &[(&str, &str)],
    ) -> Result<Place, Internal> {
        let address = |offset: i64| -> Result<PageAddress, Internal> {
            let mut url = store.public_url().clone();
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty();
                for segment in caller.call.operation.path.split('/').skip(1) {
                    match organisation {
                        Some(id) if segment == "{organization_id}" => path.push(&id.to_string()),
                        _ => path.push(segment),
                    };
                }
            }
            url.query_pairs_mut()
                .clear()
                .extend_pairs(filters)
                .append_pair("limit", &self.limit.to_string())
                .append_pair("offset", &offset.to_string());
            Ok(String::from(url).try_into()?)
        };
        let behind = self.offset.saturating_add(self.limit);
        let next = (behind < count).then(|| address(behind)).transpose()?;
        let previous = (self.offset > 0)
            .then(|| address((self.offset - self.limit).max(0)))
            .transpose()?;
        Ok(Place {
            count: count.try_into()?,
            next,
            previous,
        })
    }
}
