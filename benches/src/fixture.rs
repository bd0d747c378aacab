//! The databases of the measures: Charter's schema and keys, made by Charter, and as many rows as
//! a measure wants, written straight into the tables.

mod fill;
mod people;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_contract::{Cursor, Scopes};
use charter_persistence::{
    Connections, IdentityOptions, NoObjectStorage, ServerKey, ServerKeys, SigningOptions, Store,
    StoreOptions,
};
use charter_server::system::{SystemClock, SystemRandom};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

use self::people::Person;
pub(crate) use self::people::Population;
use crate::Error;
use crate::bench::Bench;
use crate::load::{Load, Request};

/// Where links lead that are made in this process.
pub(crate) const PUBLIC_URL: &str = "https://charter.example";

/// The most keys of a database. Requests take turns with them, so that no server answers from what
/// it has just read.
pub(crate) const KEYS: u64 = 400;

/// A database of its own, gone when it is dropped.
pub(crate) struct Filled {
    /// Where it is.
    pub(crate) url: String,
    /// Keys of members with every scope, each of another user; those of the watched organisations
    /// take turns, their admins come first.
    pub(crate) keys: Vec<String>,
    population: Population,
    kept: Kept,
}

/// What holds a database.
enum Kept {
    File { folder: TempDir, file: PathBuf },
    Postgres(PostgresDatabase),
}

impl Filled {
    /// A SQLite database in a file.
    pub(crate) fn sqlite(bench: &Bench, population: Population) -> Result<Self, Error> {
        let folder = bench.folder()?;
        let file = folder.path().join("charter.db");
        let url = sqlite_url(&file);
        let keys = runtime()?.block_on(async {
            open(&url).await?.close().await.map_err(failed)?;
            let owners = fill::sqlite(&file, population)?;
            issue_keys(&url, &owners).await
        })?;
        Ok(Self {
            url,
            keys,
            population,
            kept: Kept::File { folder, file },
        })
    }

    /// A database on the PostgreSQL server of the run.
    pub(crate) fn postgres(server: &str, population: Population) -> Result<Self, Error> {
        let database = PostgresDatabase::create(server)?;
        let url = database.url()?;
        let keys = runtime()?.block_on(async {
            open(&url).await?.close().await.map_err(failed)?;
            let owners = fill::postgres(&url, population).await?;
            issue_keys(&url, &owners).await
        })?;
        Ok(Self {
            url,
            keys,
            population,
            kept: Kept::Postgres(database),
        })
    }

    /// A folder for what a server on this database leaves beside it.
    pub(crate) fn folder(&self) -> &Path {
        match &self.kept {
            Kept::File { folder, .. } => folder.path(),
            Kept::Postgres(database) => database.folder.path(),
        }
    }

    /// A copy of the file in `folder`, for one contender to write into.
    pub(crate) fn copy_into(&self, folder: &Path) -> Result<String, Error> {
        let Kept::File { file, .. } = &self.kept else {
            return Err("only a file can be copied".into());
        };
        let copy = folder.join("charter.db");
        fs::copy(file, &copy)?;
        Ok(sqlite_url(&copy))
    }

    /// A key of the first admin.
    pub(crate) fn admin_key(&self) -> Result<&str, Error> {
        let first = self.keys.first().ok_or("the database has no key")?;
        Ok(first)
    }

    /// The size of the file.
    pub(crate) fn megabytes(&self) -> Result<f64, Error> {
        match &self.kept {
            Kept::File { file, .. } => Ok(fs::metadata(file)?.len() as f64 / 1e6),
            Kept::Postgres(_) => Err("only a file has a size".into()),
        }
    }

    /// `GET target` with each key in turn.
    pub(crate) fn load(&self, target: &str) -> Load {
        let requests = self.keys.iter().map(|key| Request::get(target).bearer(key));
        in_turn(requests)
    }

    /// Pages of `limit` members of its only organisation, from anywhere in it, with each key in
    /// turn.
    pub(crate) fn load_of_pages(&self, limit: u64) -> Load {
        let last = self.population.people.saturating_sub(limit + 1);
        let requests = (0_u64..).zip(&self.keys).map(|(number, key)| {
            let id = Person::id_of(people::scattered(number) % last);
            let cursor = Cursor::from(id);
            let target = format!("/v1/organisations/members?limit={limit}&cursor={cursor}");
            Request::get(&target).bearer(key)
        });
        in_turn(requests)
    }

    /// Pages of `limit` people of the team that is its only organisation, from anywhere in it, with
    /// each key in turn. A cursor is the side and the place, as the directory has them.
    pub(crate) fn load_of_team_pages(&self, limit: u64) -> Load {
        let last = self.population.people.saturating_sub(limit + 1);
        let requests = (0_u64..).zip(&self.keys).map(|(number, key)| {
            let person = self.population.person(people::scattered(number) % last);
            let place = [&person.joined_at.to_be_bytes()[..], person.id.as_bytes()].concat();
            let cursor = URL_SAFE_NO_PAD.encode(place);
            let target = format!("/api/v1/public/org/team/?page_size={limit}&cursor=n{cursor}");
            Request::get(&target).bearer(key)
        });
        in_turn(requests)
    }

    /// The first so many pages of `limit` members, or as many as there are, by offset, of the
    /// organisation of each key in turn.
    pub(crate) fn load_by_offset(&self, limit: u64, pages: u64) -> Load {
        let pages = pages.min((self.population.members / limit).max(1));
        let requests = (0_u64..).zip(&self.keys).map(|(number, key)| {
            let organization = self.population.organisation_of_key(number);
            let offset = number % pages * limit;
            let target =
                format!("/api/organizations/{organization}/members?limit={limit}&offset={offset}");
            Request::get(&target).bearer(key)
        });
        in_turn(requests)
    }
}

fn in_turn(requests: impl Iterator<Item = Request>) -> Load {
    let requests: Vec<Vec<u8>> = requests.map(|request| request.bytes()).collect();
    Load::numbered(move |number, buffer| {
        let turn = usize::try_from(number).unwrap_or(0) % requests.len();
        buffer.extend_from_slice(&requests[turn]);
    })
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Charter's store on `url`, with its schema, as `charter serve` opens it.
pub(crate) async fn open(url: &str) -> Result<Store, Error> {
    let store = Store::open(StoreOptions {
        url: url.to_owned(),
        connections: Connections::default(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        server_keys: server_keys(),
        public_url: Url::parse(PUBLIC_URL)?,
        mailer: None,
        identity: IdentityOptions::default(),
        providers: None,
        objects: Arc::new(NoObjectStorage),
        signing: SigningOptions::default(),
    })
    .await
    .map_err(failed)?;
    store.migrate().await.map_err(failed)?;
    Ok(store)
}

/// A server key of this process.
pub(crate) fn server_keys() -> ServerKeys {
    ServerKey::generate(&SystemRandom).into()
}

/// The failure as text; its cause is known to its `Debug` form alone.
pub(crate) fn failed(failure: impl std::fmt::Debug) -> Error {
    format!("{failure:?}").into()
}

async fn issue_keys(url: &str, owners: &[String]) -> Result<Vec<String>, Error> {
    let store = open(url).await?;
    let mut keys = Vec::new();
    for owner in owners {
        let key = store.create_key(owner, None, "Load", Scopes::All).await?;
        keys.push(key.secret.reveal().to_owned());
    }
    store.close().await.map_err(failed)?;
    Ok(keys)
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// A database on a server, gone when it is dropped.
struct PostgresDatabase {
    server: Url,
    name: String,
    folder: TempDir,
}

impl PostgresDatabase {
    fn create(server: &str) -> Result<Self, Error> {
        let database = Self {
            server: Url::parse(server)?,
            name: format!("charter_bench_{}", std::process::id()),
            folder: tempfile::tempdir()?,
        };
        database.order("DROP DATABASE IF EXISTS")?;
        database.order("CREATE DATABASE")?;
        Ok(database)
    }

    fn url(&self) -> Result<String, Error> {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        Ok(url.into())
    }

    fn order(&self, what: &str) -> Result<(), Error> {
        runtime()?.block_on(async {
            let mut server = PgConnection::connect(self.server.as_str()).await?;
            sqlx::query(AssertSqlSafe(format!("{what} {}", self.name)))
                .execute(&mut server)
                .await?;
            Ok(server.close().await?)
        })
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // What cannot be dropped goes with the server, which is there for the measures alone.
        if let Err(failure) = self.order("DROP DATABASE") {
            eprintln!("{}: {failure}", self.name);
        }
    }
}
