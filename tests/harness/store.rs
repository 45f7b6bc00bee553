//! Where the application under test keeps its books: `TEST_STORE` says, as the variable `store`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, params};

use crate::harness::redis_server::{PASSWORD, RedisServer, USER};

/// Where Spin 3 and 4 keep the default key-value store, below the state directory.
const FILE: &str = "sqlite_key_value.db";

/// A store, looked at from outside the bundle.
pub enum Store {
    /// Spin's key-value storage: a SQLite file in the host's state directory.
    KeyValue,
    /// A Redis, which other hosts may use as well.
    Redis(Arc<RedisServer>),
}

impl Store {
    /// An empty store of the kind that the tests run on.
    pub fn of_the_tests() -> Self {
        match std::env::var("TEST_STORE").as_deref() {
            Err(_) | Ok("key-value") => Self::KeyValue,
            Ok("redis") => Self::Redis(Arc::new(RedisServer::start())),
            Ok(other) => panic!("TEST_STORE is {other:?}: it must be key-value or redis"),
        }
    }

    /// The variables that lead the bundle to it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::KeyValue => Vec::new(),
            Self::Redis(redis) => vec![
                ("store", "redis".to_owned()),
                ("redis_url", redis.url()),
                ("redis_user", USER.to_owned()),
                ("redis_password", PASSWORD.to_owned()),
            ],
        }
    }

    /// All that is stored.
    pub fn entries(&self, state_dir: &Path) -> BTreeMap<String, Vec<u8>> {
        let file = match self {
            Self::Redis(redis) => return redis.entries(),
            Self::KeyValue => state_dir.join(FILE),
        };
        let database = Connection::open(file).expect("a SQLite file");
        let query = "SELECT key, value FROM spin_key_value WHERE store = 'default'";
        let mut statement = database.prepare(query).expect("Spin's table");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("rows").collect::<Result<_, _>>().expect("a key and a value")
    }

    /// Stores a value beside those of the bundle, or in place of one.
    pub fn set(&self, state_dir: &Path, key: &str, value: &[u8]) {
        let file = match self {
            Self::Redis(redis) => return redis.set(key, value),
            Self::KeyValue => state_dir.join(FILE),
        };
        let database = Connection::open(file).expect("a SQLite file");
        let insert =
            "INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES ('default', ?1, ?2)";
        database.execute(insert, params![key, value]).expect("inserted");
    }

    /// Stores these values in place of all that is stored.
    pub fn replace(&self, state_dir: &Path, entries: &BTreeMap<String, Vec<u8>>) {
        match self {
            Self::Redis(redis) => redis.clear(),
            Self::KeyValue => {
                let database = Connection::open(state_dir.join(FILE)).expect("a SQLite file");
                database.execute("DELETE FROM spin_key_value", ()).expect("deleted");
            }
        }
        for (key, value) in entries {
            self.set(state_dir, key, value);
        }
    }

    /// Another store with what this one has now, by the commands of the operator's guide.
    pub fn restored_into(&self, state_dir: &Path, restored: &Path) -> Self {
        match self {
            Self::Redis(redis) => Self::Redis(Arc::new(redis.restored_into(restored))),
            Self::KeyValue => {
                let database = Connection::open(state_dir.join(FILE)).expect("a SQLite file");
                let copy = restored.join(FILE);
                let copy = copy.to_str().expect("a path in UTF-8");
                database.execute("VACUUM INTO ?1", [copy]).expect("copied");
                Self::KeyValue
            }
        }
    }

    /// Where its files are.
    pub fn directory(&self, state_dir: &Path) -> PathBuf {
        match self {
            Self::KeyValue => state_dir.to_owned(),
            Self::Redis(redis) => redis.directory().to_owned(),
        }
    }
}

/// All files below a directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Whether bytes have a text in them.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
