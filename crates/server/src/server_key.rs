//! The keys from which invite links are derived and with which waiting mail is
//! sealed.
//!
//! They are not in the database, so that a stolen database opens nothing. They
//! are configured, or kept in a file that only its owner can read and that is
//! made at the first start: beside a SQLite database, otherwise in the current
//! folder. Several servers on one PostgreSQL database have to share the keys.
//!
//! The text is one key, or several between commas or line ends: the first is
//! used, the others still open what was made with them. That is how a key is
//! replaced without breaking the links that are on their way.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use charter_contract::Random;
use charter_persistence::{Location, ServerKey, ServerKeys};

use crate::command::Failure;
use crate::configuration::Configuration;

/// The keys that `configuration` names, made now if they should be and are not there.
pub fn load(configuration: &Configuration, random: &dyn Random) -> Result<ServerKeys, Failure> {
    if let Some(keys) = &configuration.server_key {
        return parse("server_key", keys.expose());
    }
    if let Some(file) = &configuration.server_key_file {
        return read_or_make(file, random);
    }
    match Location::of(configuration.database.expose())? {
        Location::Sqlite(database) => {
            let mut file = database.into_os_string();
            file.push(".key");
            read_or_make(Path::new(&file), random)
        }
        Location::Postgres(_) => {
            let file = Path::new("charter.key");
            if !file.exists() {
                tracing::warn!(
                    "made a server key in charter.key; every server on this database needs the \
                     same one, by CHARTER_SERVER_KEY or CHARTER_SERVER_KEY_FILE"
                );
            }
            read_or_make(file, random)
        }
    }
}

fn parse(place: &str, text: &str) -> Result<ServerKeys, Failure> {
    let mut keys = text
        .split([',', '\n'])
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(ServerKey::parse)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{place}: {error}"))?
        .into_iter();
    let current = keys
        .next()
        .ok_or_else(|| format!("{place}: no key in it"))?;
    Ok(ServerKeys {
        current,
        earlier: keys.collect(),
    })
}

fn read_or_make(file: &Path, random: &dyn Random) -> Result<ServerKeys, Failure> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(file, &ServerKey::generate(random))
                .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
            // Another process may have been first; what the file holds now counts.
            fs::read_to_string(file)
        }
        read => read,
    }
    .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    parse(&file.display().to_string(), &text)
}

/// Writes the key beside `file` and links it into place, so that no reader sees
/// half a key and no second process replaces it.
fn make(file: &Path, key: &ServerKey) -> io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut out| {
            writeln!(out, "{}", key.reveal())?;
            out.sync_all()
        })
        .and_then(|()| match fs::hard_link(&draft, file) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
    let _ = fs::remove_file(&draft);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Secret;

    struct Filled(u8);

    impl Random for Filled {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn configured(database: &str) -> Configuration {
        Configuration {
            database: Secret::new(database),
            ..Configuration::default()
        }
    }

    #[test]
    fn a_sqlite_database_gets_a_private_key_file_once() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("charter.db");
        let configuration = configured(&format!("sqlite://{}", database.display()));
        let made = load(&configuration, &Filled(7)).unwrap();
        assert_eq!(made.current, ServerKey::generate(&Filled(7)));
        let file = folder.path().join("charter.db.key");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = load(&configuration, &Filled(8)).unwrap();
        assert_eq!(read.current, made.current);
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["charter.db.key"]);
    }

    #[test]
    fn an_earlier_key_is_still_accepted() {
        let mut configuration = configured("postgres://localhost/charter");
        let (new, old) = (
            ServerKey::generate(&Filled(2)),
            ServerKey::generate(&Filled(3)),
        );
        let text = format!("{}, {}", new.reveal(), old.reveal());
        configuration.server_key = Some(Secret::new(text));
        let keys = load(&configuration, &Filled(1)).unwrap();
        assert_eq!((keys.current, keys.earlier), (new, vec![old]));
    }

    #[test]
    fn a_key_of_the_wrong_shape_is_refused_without_being_printed() {
        let mut configuration = configured("sqlite://charter.db");
        configuration.server_key = Some(Secret::new("wrong-shape"));
        let refused = load(&configuration, &Filled(1)).unwrap_err().to_string();
        assert!(!refused.contains("wrong-shape"), "{refused}");
    }
}
