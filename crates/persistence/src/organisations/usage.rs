//! Usage: events come in, days go out.

use std::collections::BTreeMap;
use std::ops::Range;

use charter_api_organisations::models::{
    RecordUsageEvents, RecordedUsageEvents, Usage, UsageDay, UsageEvent, UsageEventType,
    UsageHistory, UsageReport,
};
use charter_api_organisations::usage::{
    GetUsageError, GetUsageHistoryError, GetUsageHistoryRequest, GetUsageRequest,
    RecordUsageEventsError, RecordUsageEventsRequest, UsageApi,
};
use charter_contract::{Caller, Internal, Timestamp, async_trait};
use chrono::{Datelike as _, Days, Months, NaiveDate};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbErr, EntityName as _, FromQueryResult,
    QueryFilter as _,
};

use crate::Store;
use crate::constraint::{self, Stored as _};
use crate::entity::{usage_day, usage_event};
use crate::row::row;
use crate::store::no_active_organisation;
use crate::tenant::Tenant;
use crate::write::{ROWS, Write};

/// A day in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Today(NaiveDate);

impl Today {
    /// The day of a moment.
    pub(super) fn at(moment: Timestamp) -> Self {
        Self(moment.date())
    }

    /// Its calendar month, as numbers of days.
    pub(super) fn month(self) -> Range<i64> {
        let first = self.0.with_day(1).unwrap_or(self.0);
        day_number(first)..day_number(self.next_month())
    }

    /// The first day of the calendar month that follows.
    pub(super) fn next_month(self) -> NaiveDate {
        self.0
            .with_day(1)
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .unwrap_or(NaiveDate::MAX)
    }

    /// It and the days before, the oldest first.
    fn last(self, days: u64) -> impl Iterator<Item = NaiveDate> {
        (0..days)
            .rev()
            .filter_map(move |back| self.0.checked_sub_days(Days::new(back)))
    }
}

/// Days since 1970-01-01.
fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}

row! {
    #[derive(Debug)]
    struct UsageRow {
        plan_id: String,
        daily_page_limit: i64,
        today: i64,
        month: i64,
    }
}

#[async_trait]
impl UsageApi for Store {
    async fn get_usage(
        &self,
        caller: Caller,
        _request: GetUsageRequest,
    ) -> Result<UsageReport, GetUsageError> {
        let tenant = self.tenant(&caller)?;
        let today = Today::at(self.now());
        let month = today.month();
        let UsageRow {
            plan_id,
            daily_page_limit,
            today,
            month,
        } = tenant
            .rows::<UsageRow>(
                "SELECT o.plan_id, p.daily_page_limit, \
                        (SELECT CAST(COALESCE(SUM(d.pages), 0) AS BIGINT) FROM usage_daily d \
                         WHERE d.organisation_id = o.id AND d.day = $2) AS today, \
                        (SELECT CAST(COALESCE(SUM(d.pages), 0) AS BIGINT) FROM usage_daily d \
                         WHERE d.organisation_id = o.id \
                           AND d.day >= $3 AND d.day < $4) AS month \
                 FROM organisations o JOIN plans p ON p.id = o.plan_id WHERE o.id = $1",
                [
                    day_number(today.0).into(),
                    month.start.into(),
                    month.end.into(),
                ],
            )
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_active_organisation)?;
        Ok(UsageReport {
            usage: Usage {
                daily_used: today,
                daily_limit: daily_page_limit,
                monthly_used: month,
                plan_id: plan_id.try_into().map_err(Internal::from)?,
            },
        })
    }

    async fn get_usage_history(
        &self,
        caller: Caller,
        request: GetUsageHistoryRequest,
    ) -> Result<UsageHistory, GetUsageHistoryError> {
        let GetUsageHistoryRequest { days } = request;
        let tenant = self.tenant(&caller)?;
        let today = Today::at(self.now());
        let last = day_number(today.0);
        let days = u64::try_from(days).unwrap_or(1);
        let first = today.last(days).next().map_or(last, day_number);
        let mut used: BTreeMap<i64, usage_day::Model> = tenant
            .find::<usage_day::Entity>()
            .filter(usage_day::Column::Day.between(first, last))
            .all(self.reader())
            .await
            .stored()?
            .into_iter()
            .map(|day| (day.day, day))
            .collect();
        let history = today
            .last(days)
            .map(|date| {
                let (jobs, pages) = used
                    .remove(&day_number(date))
                    .map_or((0, 0), |day| (day.jobs, day.pages));
                UsageDay { date, jobs, pages }
            })
            .collect();
        Ok(UsageHistory { history })
    }

    async fn record_usage_events(
        &self,
        caller: Caller,
        request: RecordUsageEventsRequest,
    ) -> Result<RecordedUsageEvents, RecordUsageEventsError> {
        let RecordUsageEventsRequest {
            body: RecordUsageEvents { events },
        } = request;
        let tenant = self.tenant(&caller)?;
        let sent = events.len();
        self.write(&caller, async |tx: &mut Write| {
            let events = events
                .into_iter()
                .map(|event| row(tenant, event, tx.now()))
                .collect();
            let accepted = tx
                .record(tenant, events)
                .await
                .on_constraint(&constraint::USED_BY, || {
                    RecordUsageEventsError::from(no_active_organisation())
                })?;
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            Ok::<_, RecordUsageEventsError>(RecordedUsageEvents {
                accepted: count(accepted),
                duplicates: count(sent - accepted),
            })
        })
        .await
    }
}

fn row(tenant: Tenant, event: UsageEvent, now: Timestamp) -> usage_event::Model {
    let UsageEvent {
        source,
        id,
        r#type,
        quantity,
        occurred_at,
    } = event;
    usage_event::Model {
        organisation_id: tenant.organisation,
        source,
        event_id: id,
        kind: match r#type {
            UsageEventType::Job => usage_event::Kind::Job,
            UsageEventType::Page => usage_event::Kind::Page,
        },
        quantity,
        occurred_at: occurred_at.unwrap_or(now).micros(),
        recorded_at: now.micros(),
    }
}

/// An event that was not recorded before, as far as its day is concerned.
#[derive(Debug, FromQueryResult)]
struct Inserted {
    kind: usage_event::Kind,
    quantity: i64,
    occurred_at: i64,
}

/// What a day gains.
#[derive(Debug, Default)]
struct Gain {
    jobs: i64,
    pages: i64,
}

impl Write {
    /// Records those events that were not recorded before, adds them to their
    /// days and gives their number.
    pub(crate) async fn record(
        &self,
        tenant: Tenant,
        mut events: Vec<usage_event::Model>,
    ) -> Result<usize, DbErr> {
        // In one order everywhere, so that two overlapping batches at the same
        // moment wait for each other and never each for the other. The sort is
        // stable: of an event that stands twice, the first counts.
        events.sort_by(|a, b| (&a.source, &a.event_id).cmp(&(&b.source, &b.event_id)));
        let mut accepted = 0;
        let mut gains: BTreeMap<i64, Gain> = BTreeMap::new();
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            for event in self.insert_events(events.by_ref().take(ROWS)).await? {
                accepted += 1;
                let Inserted {
                    kind,
                    quantity,
                    occurred_at,
                } = event;
                let day = day_number(Timestamp::from_micros(occurred_at).date());
                let gain = gains.entry(day).or_default();
                match kind {
                    usage_event::Kind::Job => gain.jobs += quantity,
                    usage_event::Kind::Page => gain.pages += quantity,
                }
            }
        }
        let mut gains = gains.into_iter().peekable();
        while gains.peek().is_some() {
            self.add_to_days(tenant, gains.by_ref().take(ROWS)).await?;
        }
        Ok(accepted)
    }

    /// Inserts what is new and returns it.
    async fn insert_events(
        &self,
        events: impl Iterator<Item = usage_event::Model>,
    ) -> Result<Vec<Inserted>, DbErr> {
        use usage_event::{Column, Entity};
        let mut insert = Query::insert();
        insert
            .into_table(Entity.table_ref())
            .columns([
                Column::OrganisationId,
                Column::Source,
                Column::EventId,
                Column::Kind,
                Column::Quantity,
                Column::OccurredAt,
                Column::RecordedAt,
            ])
            .on_conflict(
                OnConflict::columns([Column::OrganisationId, Column::Source, Column::EventId])
                    .do_nothing()
                    .to_owned(),
            )
            .returning(Query::returning().columns([
                Column::Kind,
                Column::Quantity,
                Column::OccurredAt,
            ]));
        for event in events {
            let usage_event::Model {
                organisation_id,
                source,
                event_id,
                kind,
                quantity,
                occurred_at,
                recorded_at,
            } = event;
            insert.values_panic([
                organisation_id.into(),
                source.into(),
                event_id.into(),
                sea_orm::Value::from(kind).into(),
                quantity.into(),
                occurred_at.into(),
                recorded_at.into(),
            ]);
        }
        self.db()
            .query_all(&insert)
            .await?
            .iter()
            .map(|event| Inserted::from_query_result(event, ""))
            .collect()
    }

    /// Adds what days gained.
    async fn add_to_days(
        &self,
        tenant: Tenant,
        gains: impl Iterator<Item = (i64, Gain)>,
    ) -> Result<(), DbErr> {
        use usage_day::{Column, Entity};
        let mut insert = Query::insert();
        insert
            .into_table(Entity.table_ref())
            .columns([
                Column::OrganisationId,
                Column::Day,
                Column::Jobs,
                Column::Pages,
            ])
            .on_conflict(
                OnConflict::columns([Column::OrganisationId, Column::Day])
                    .value(
                        Column::Jobs,
                        sea_orm::sea_query::Expr::cust("usage_daily.jobs + excluded.jobs"),
                    )
                    .value(
                        Column::Pages,
                        sea_orm::sea_query::Expr::cust("usage_daily.pages + excluded.pages"),
                    )
                    .to_owned(),
            );
        for (day, Gain { jobs, pages }) in gains {
            insert.values_panic([
                tenant.organisation.into(),
                day.into(),
                jobs.into(),
                pages.into(),
            ]);
        }
        self.db().execute(&insert).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Today, day_number};
    use chrono::NaiveDate;

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn days_count_from_the_epoch() {
        assert_eq!(day_number(date(1970, 1, 1)), 0);
        assert_eq!(day_number(date(1969, 12, 31)), -1);
        assert_eq!(day_number(date(2026, 1, 1)), 20_454);
    }

    #[test]
    fn months_end_where_the_next_begins() {
        let december = Today(date(2026, 12, 31)).month();
        assert_eq!(december.start, day_number(date(2026, 12, 1)));
        assert_eq!(december.end, day_number(date(2027, 1, 1)));
        assert_eq!(Today(date(2028, 2, 29)).month().count(), 29);
    }

    #[test]
    fn the_last_days_end_today() {
        let days: Vec<_> = Today(date(2026, 3, 1)).last(3).collect();
        assert_eq!(
            days,
            [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
        );
    }
}
