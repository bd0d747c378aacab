//! The one connection that writes, and the units of work that share its commits.
//!
//! A commit that survives a power cut waits for the disk, which takes longer
//! than the work itself. So units of work that arrive while a commit waits are
//! put into the next transaction together, each in a savepoint of its own, and
//! are acknowledged when that has been committed:
//!
//! - units run one after the other, in the order in which they came, each on
//!   the thread of its own request;
//! - a unit that fails goes back to its savepoint and takes nobody with it;
//! - nobody hears of anything that is not on the disk: a unit that fails after
//!   others of its transaction have succeeded may fail because of what they
//!   wrote, and waits for their commit as well;
//! - when the common commit fails, all of its units fail.
//!
//! The transaction ends with the unit behind which nobody waits. So nobody is
//! waited for, and there is no timer; and whoever comes back right after the
//! acknowledgement, as a busy client does, still finds the next transaction open.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use tokio::runtime::Handle;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::failure::{connecting, executing, is_busy};
use super::{BUSY, InPlace};

/// Units in one transaction at most: who comes first must not wait for all who
/// come later.
const UNITS: usize = 64;

/// How long a unit waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether another process has stopped writing.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The writer. There is one per database in a process.
pub(crate) struct Writer {
    file: PathBuf,
    turns: Turns,
    waiting: Arc<AtomicUsize>,
}

type Turns = Arc<tokio::sync::Mutex<Turn>>;

/// What the unit whose turn it is has in its hands.
struct Turn {
    /// `None` once closed.
    connection: Option<Mutex<Connection>>,
    /// The open transaction.
    group: Option<Group>,
    /// Numbers the transactions.
    transactions: u64,
    /// How many units wait for their turn.
    waiting: Arc<AtomicUsize>,
}

/// The units of one transaction.
struct Group {
    /// How many have succeeded.
    units: usize,
    ended: watch::Sender<Option<Result<(), DbErr>>>,
}

/// A unit of work. Dropped before its end, it leaves nothing behind.
pub(crate) struct Unit(Option<OwnedMutexGuard<Turn>>);

impl Writer {
    /// Opens the database in `file`, and creates it when it is not there.
    pub(super) fn open(file: PathBuf) -> Result<Self, DbErr> {
        let connection = super::connect(&file, OpenFlags::SQLITE_OPEN_CREATE)?;
        // What a savepoint keeps of pages is one piece of memory, and a file only when it
        // grows beyond that; with temporary storage in memory it would be many small ones.
        // Transactions change few pages, and what is not in the cache is in the map.
        connection
            .execute_batch("PRAGMA temp_store = DEFAULT; PRAGMA cache_size = -4096")
            .map_err(connecting)?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let turn = Turn {
            connection: Some(Mutex::new(connection)),
            group: None,
            transactions: 0,
            waiting: waiting.clone(),
        };
        Ok(Self {
            file,
            turns: Arc::new(tokio::sync::Mutex::new(turn)),
            waiting,
        })
    }

    /// The database.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Begins a unit of work when its turn has come.
    pub(crate) async fn begin(&self) -> Result<Unit, DbErr> {
        let waiting = Waiting::of(self);
        let mut turn = timeout(PATIENCE, self.turns.clone().lock_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        waiting.turn_came();
        if turn.group.is_none() {
            turn.open().await?;
        }
        let unit = Unit(Some(turn));
        unit.with(|connection| run(connection, "SAVEPOINT unit"))?;
        Ok(unit)
    }

    /// Closes the connection when the units at hand are done.
    pub(crate) async fn close(&self) {
        let mut turn = self.turns.lock().await;
        turn.end();
        turn.connection = None;
    }
}

impl Turn {
    /// Does something with the connection.
    fn with<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let connection = self
            .connection
            .as_ref()
            .ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        run(&connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn run(&self, sql: &str) -> Result<(), DbErr> {
        self.with(|connection| run(connection, sql))
    }

    /// Begins a transaction.
    ///
    /// A deferred transaction that reads and then writes would fail when another
    /// process wrote in between, however long the time-out. While another
    /// process writes, this waits without holding up the thread.
    async fn open(&mut self) -> Result<(), DbErr> {
        let free = timeout(BUSY, async {
            loop {
                match self.with(begin_unless_busy)? {
                    Err(failure) if is_busy(&failure) => sleep(LOOK_AGAIN).await,
                    begun => return begun.map_err(executing),
                }
            }
        });
        match free.await {
            Ok(begun) => begun?,
            Err(_) => self.with(begin_unless_busy)?.map_err(executing)?,
        };
        self.transactions += 1;
        self.group = Some(Group {
            units: 0,
            ended: watch::Sender::new(None),
        });
        Ok(())
    }

    /// Whether the transaction takes no more units.
    fn is_full(&self) -> bool {
        self.group
            .as_ref()
            .is_some_and(|group| group.units >= UNITS)
    }

    fn nobody_waits(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) == 0
    }

    /// Ends the transaction, if one is open.
    fn end(&mut self) {
        let Some(group) = self.group.take() else {
            return;
        };
        let end = if group.units == 0 {
            "ROLLBACK"
        } else {
            "COMMIT"
        };
        let mut ended = self.run(end);
        if ended.is_err()
            && let Err(failure) = self.roll_back()
        {
            ended = Err(failure);
        }
        group.ended.send_replace(Some(ended));
    }

    /// Rolls back what is open, if anything is.
    fn roll_back(&self) -> Result<(), DbErr> {
        self.with(|connection| {
            if connection.is_autocommit() {
                return Ok(());
            }
            run(connection, "ROLLBACK")
        })
    }

    /// Takes back what the unit has done. Some failures, such as a full disk,
    /// have taken back the whole transaction already: then its other units have
    /// failed as well.
    fn abandon_unit(&mut self) -> Result<(), DbErr> {
        let abandoned = self
            .run("ROLLBACK TO unit")
            .and_then(|()| self.run("RELEASE unit"));
        if let Err(failure) = &abandoned
            && let Some(group) = self.group.take()
        {
            if let Err(failure) = self.roll_back() {
                tracing::error!(?failure, "a transaction could not be rolled back");
            }
            group.ended.send_replace(Some(Err(failure.clone())));
        }
        abandoned
    }
}

/// Runs one of the statements that stand around every unit.
fn run(connection: &Connection, sql: &str) -> Result<(), DbErr> {
    let mut prepared = connection.prepare_cached(sql).map_err(executing)?;
    prepared.raw_execute().map_err(executing)?;
    Ok(())
}

/// `BEGIN IMMEDIATE`, without waiting for other processes inside SQLite.
fn begin_unless_busy(connection: &Connection) -> Result<rusqlite::Result<usize>, DbErr> {
    connection
        .busy_timeout(Duration::ZERO)
        .map_err(connecting)?;
    let begun = connection
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut begin| begin.raw_execute());
    connection.busy_timeout(BUSY).map_err(connecting)?;
    Ok(begun)
}

impl Unit {
    /// Ends the unit and waits until it is on the disk.
    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        let Some(mut turn) = self.0.take() else {
            return Err(lost());
        };
        if let Err(failure) = turn.run("RELEASE unit") {
            turn.abandon_unit()?;
            return Err(failure);
        }
        let Some(group) = turn.group.as_mut() else {
            return Err(lost());
        };
        group.units += 1;
        let ended = group.ended.subscribe();
        leave(turn);
        on_disk(ended).await
    }

    /// Takes the unit back.
    pub(crate) async fn rollback(mut self) -> Result<(), DbErr> {
        let Some(mut turn) = self.0.take() else {
            return Ok(());
        };
        turn.abandon_unit()?;
        let ended = turn
            .group
            .as_ref()
            .filter(|group| group.units > 0)
            .map(|group| group.ended.subscribe());
        leave(turn);
        match ended {
            Some(ended) => on_disk(ended).await,
            None => Ok(()),
        }
    }

    /// Ends the unit as `result` says.
    pub(super) async fn end<T>(self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        match result {
            Ok(value) => self.commit().await.map(|()| value),
            Err(failure) => self.rollback().await.and(Err(failure)),
        }
    }
}

impl InPlace for Unit {
    fn with<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let turn = self.0.as_ref().ok_or_else(lost)?;
        turn.with(|connection| {
            // Outside a transaction, a statement would be a commit of its own.
            if connection.is_autocommit() {
                return Err(lost());
            }
            run(connection)
        })
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(mut turn) = self.0.take() {
            if let Err(failure) = turn.abandon_unit() {
                tracing::warn!(?failure, "a unit of work was lost with its transaction");
            }
            leave(turn);
        }
    }
}

/// Gives the turn to the next in the queue, or ends the transaction when there is
/// none.
fn leave(mut turn: OwnedMutexGuard<Turn>) {
    if turn.is_full() || turn.nobody_waits() {
        spawn_blocking(move || {
            // Since then somebody may have come, who sees to the end as well.
            if turn.is_full() || turn.nobody_waits() {
                turn.end();
            }
        });
    }
}

/// A unit that waits for its turn. Who leaves before it counts upon it to see to
/// the end of the transaction.
struct Waiting<'a> {
    writer: &'a Writer,
    given_up: bool,
}

impl<'a> Waiting<'a> {
    fn of(writer: &'a Writer) -> Self {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        Self {
            writer,
            given_up: true,
        }
    }

    fn turn_came(mut self) {
        self.given_up = false;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.writer.waiting.fetch_sub(1, Ordering::SeqCst);
        if self.given_up
            && let Ok(runtime) = Handle::try_current()
        {
            let turns = self.writer.turns.clone();
            runtime.spawn(async move { leave(turns.lock_owned().await) });
        }
    }
}

/// Waits for the end of a transaction.
async fn on_disk(mut ended: watch::Receiver<Option<Result<(), DbErr>>>) -> Result<(), DbErr> {
    let ended = ended.wait_for(Option::is_some).await.map_err(|_| lost())?;
    ended.clone().unwrap_or_else(|| Err(lost()))
}

/// The transaction has ended before the unit did.
fn lost() -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(
        "the transaction has been rolled back".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
    use tempfile::TempDir;

    use super::*;

    fn writer() -> (TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        Connection::open(&file)
            .and_then(|new| new.execute_batch("CREATE TABLE notes (text text NOT NULL UNIQUE)"))
            .unwrap();
        (folder, Writer::open(file).unwrap())
    }

    fn insert(text: &str) -> Statement {
        Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "INSERT INTO notes (text) VALUES ($1)",
            [text.into()],
        )
    }

    /// What another connection sees.
    fn notes(folder: &Path) -> Vec<String> {
        let other = Connection::open(folder.join("test.db")).unwrap();
        let mut select = other
            .prepare("SELECT text FROM notes ORDER BY rowid")
            .unwrap();
        let texts = select.query_map([], |row| row.get(0)).unwrap();
        texts.collect::<Result<_, _>>().unwrap()
    }

    /// How many transactions there have been.
    async fn transactions(writer: &Writer) -> u64 {
        writer.turns.lock().await.transactions
    }

    /// Runs units that queue up behind `first` before it leaves; each inserts its
    /// text and ends as it is told.
    async fn behind(
        writer: &Writer,
        first: Unit,
        others: &[(&str, Ending)],
    ) -> Vec<Result<(), DbErr>> {
        let others = others.iter().map(async |(text, ending)| {
            let unit = writer.begin().await?;
            unit.execute_raw(insert(text)).await?;
            match ending {
                Ending::Commit => unit.commit().await,
                Ending::RollBack => unit.rollback().await,
                Ending::Drop => Ok(()),
                Ending::LoseAll => {
                    unit.execute_unprepared("ROLLBACK").await?;
                    unit.commit().await
                }
            }
        });
        let first = async {
            // The others have been polled once by then, and wait.
            tokio::task::yield_now().await;
            first.execute_raw(insert("first")).await?;
            first.commit().await
        };
        let (first, others) = tokio::join!(first, join_all(others));
        std::iter::once(first).chain(others).collect()
    }

    #[derive(Clone, Copy)]
    enum Ending {
        Commit,
        RollBack,
        Drop,
        /// As a full disk would.
        LoseAll,
    }

    #[tokio::test]
    async fn each_unit_is_on_the_disk_when_it_is_acknowledged() {
        let (folder, writer) = writer();
        let unit = writer.begin().await.unwrap();
        unit.execute_raw(insert("one")).await.unwrap();
        assert!(notes(folder.path()).is_empty());
        unit.commit().await.unwrap();
        assert_eq!(notes(folder.path()), ["one"]);
    }

    #[tokio::test]
    async fn units_that_wait_share_a_transaction() {
        let (folder, writer) = writer();
        let first = writer.begin().await.unwrap();
        let others = [("a", Ending::Commit), ("b", Ending::Commit)];
        for result in behind(&writer, first, &others).await {
            result.unwrap();
        }
        assert_eq!(notes(folder.path()), ["first", "a", "b"]);
        assert_eq!(transactions(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_transaction_has_a_greatest_number_of_units() {
        let (folder, writer) = writer();
        let texts: Vec<_> = (0..2 * UNITS).map(|number| number.to_string()).collect();
        let others: Vec<_> = texts
            .iter()
            .map(|text| (text.as_str(), Ending::Commit))
            .collect();
        let first = writer.begin().await.unwrap();
        for result in behind(&writer, first, &others).await {
            result.unwrap();
        }
        assert_eq!(notes(folder.path()).len(), 2 * UNITS + 1);
        assert_eq!(transactions(&writer).await, 3);
    }

    #[tokio::test]
    async fn a_unit_that_fails_takes_nobody_with_it() {
        let (folder, writer) = writer();
        let first = writer.begin().await.unwrap();
        let others = [
            ("a", Ending::RollBack),
            ("b", Ending::Commit),
            ("b", Ending::Commit),
            ("c", Ending::Drop),
            ("d", Ending::Commit),
        ];
        let results = behind(&writer, first, &others).await;
        let failed: Vec<_> = results.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, false, false, true, false, false]);
        assert_eq!(notes(folder.path()), ["first", "b", "d"]);
        assert_eq!(transactions(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_unit_that_fails_because_of_another_waits_for_it() {
        let (folder, writer) = writer();
        let first = writer.begin().await.unwrap();
        let twin = async {
            let unit = writer.begin().await?;
            let refused = unit.execute_raw(insert("first")).await;
            assert!(notes(folder.path()).is_empty());
            unit.rollback().await?;
            assert_eq!(notes(folder.path()), ["first"]);
            refused
        };
        let leader = async {
            tokio::task::yield_now().await;
            first.execute_raw(insert("first")).await?;
            first.commit().await
        };
        let (leader, twin) = tokio::join!(leader, twin);
        leader.unwrap();
        twin.unwrap_err();
    }

    #[tokio::test]
    async fn all_units_of_a_lost_transaction_fail() {
        let (folder, writer) = writer();
        let first = writer.begin().await.unwrap();
        let others = [
            ("a", Ending::Commit),
            ("b", Ending::LoseAll),
            ("c", Ending::Commit),
        ];
        let results = behind(&writer, first, &others).await;
        let failed: Vec<_> = results.iter().map(Result::is_err).collect();
        assert_eq!(failed, [true, true, true, false]);
        assert_eq!(notes(folder.path()), ["c"]);
    }

    #[tokio::test]
    async fn another_process_is_waited_for() {
        let (folder, writer) = writer();
        let other = Connection::open(folder.path().join("test.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let write = async {
            let unit = writer.begin().await?;
            unit.execute_raw(insert("late")).await?;
            unit.commit().await
        };
        let release = async {
            sleep(Duration::from_millis(50)).await;
            other
                .execute_batch("INSERT INTO notes (text) VALUES ('early'); COMMIT")
                .unwrap();
        };
        let (written, ()) = tokio::join!(write, release);
        written.unwrap();
        assert_eq!(notes(folder.path()), ["early", "late"]);
    }

    #[tokio::test]
    async fn after_closing_nothing_begins() {
        let (folder, writer) = writer();
        writer.begin().await.unwrap().commit().await.unwrap();
        writer.close().await;
        assert!(writer.begin().await.is_err());
        assert!(notes(folder.path()).is_empty());
    }
}
