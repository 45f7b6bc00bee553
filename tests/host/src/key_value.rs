//! Key-value storage in SQLite: the file, the table and the behaviour of Spin's default store.

use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, hint};

use anyhow::{Context, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, vtab};
use tokio::task::block_in_place;

/// The name of the file in the state directory.
const FILE: &str = "sqlite_key_value.db";

/// The one store that is kept in the file; Spin needs a configuration for others.
pub const DEFAULT_STORE: &str = "default";

const CREATE_TABLE: &str = "
    CREATE TABLE IF NOT EXISTS spin_key_value (
        store TEXT NOT NULL,
        key   TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (store, key)
    )";
const UPSERT: &str = "
    INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";

/// How often a read tries to get the connection before others are let run instead: for some tens of
/// microseconds, in which several reads of others end.
const READ_TRIES: u32 = 2000;

/// The key-value file. All calls share one connection and wait for one another.
///
/// The journal mode is left as the file has it, and synchronisation as SQLite has it (full).
#[derive(Debug)]
pub struct KeyValueFile {
    connection: Mutex<Connection>,
}

/// A store in the file, as a component has opened it.
#[derive(Clone, Debug)]
pub struct Bucket {
    file: Arc<KeyValueFile>,
    name: String,
}

/// A compare-and-swap of one key.
#[derive(Debug)]
pub struct Cas {
    bucket: Bucket,
    key: String,
    /// What `current` read; nothing before that, and nothing if the key was absent.
    expected: Option<Vec<u8>>,
}

/// How a compare-and-swap ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Swap {
    /// The value is written.
    Done,
    /// The key has another value by now; nothing is written.
    Lost,
}

impl KeyValueFile {
    /// Opens the file in `state_dir`, making both when they are not there.
    pub fn open(state_dir: &Path) -> Result<Self> {
        let path = state_dir.join(FILE);
        fs::create_dir_all(state_dir)
            .with_context(|| format!("cannot make {}", state_dir.display()))?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(&path)?;
            connection.execute(CREATE_TABLE, [])?;
            vtab::array::load_module(&connection)?;
            Ok(connection)
        };
        let connection = open().with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// The store of this name, if it is kept here.
    pub fn bucket(self: &Arc<Self>, name: &str) -> Option<Bucket> {
        (name == DEFAULT_STORE).then(|| Bucket { file: Arc::clone(self), name: name.to_owned() })
    }

    /// Runs a call that only reads: in memory, so it is done in place, unless it has to wait for
    /// longer than handing the thread over takes.
    fn read<T>(&self, call: impl FnOnce(&Connection) -> T) -> T {
        for _ in 0..READ_TRIES {
            if let Ok(connection) = self.connection.try_lock() {
                return call(&connection);
            }
            hint::spin_loop();
        }
        block_in_place(|| call(&self.connection()))
    }

    /// Runs a call that waits for the disk, which other requests must not wait for.
    fn write<T>(&self, call: impl FnOnce(&mut Connection) -> T) -> T {
        block_in_place(|| call(&mut self.connection()))
    }

    /// A panic while the connection was held leaves no transaction open: each is rolled back
    /// when it is dropped.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// The value of a key.
    pub fn get(&self, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.file.read(|connection| {
            connection
                .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .query_row([&self.name, key], |row| row.get(0))
                .optional()
        })
    }

    /// Writes a value, whether or not the key exists.
    pub fn set(&self, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        self.file.write(|connection| {
            connection.prepare_cached(UPSERT)?.execute(params![self.name, key, value]).map(drop)
        })
    }

    /// Deletes a key, whether or not it exists.
    pub fn delete(&self, key: &str) -> rusqlite::Result<()> {
        self.file.write(|connection| {
            connection
                .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .execute([&self.name, key])
                .map(drop)
        })
    }

    /// Whether a key exists.
    pub fn exists(&self, key: &str) -> rusqlite::Result<bool> {
        self.file.read(|connection| {
            connection
                .prepare_cached("SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2")?
                .exists([&self.name, key])
        })
    }

    /// All keys.
    pub fn keys(&self) -> rusqlite::Result<Vec<String>> {
        self.file.read(|connection| {
            connection
                .prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?
                .query_map([&self.name], |row| row.get(0))?
                .collect()
        })
    }

    /// The entries of those keys that exist, in the order of the index.
    pub fn get_many(&self, keys: Vec<String>) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
        self.file.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT key, value FROM spin_key_value
                     WHERE store = ?1 AND key IN rarray(?2)",
                )?
                .query_map(params![self.name, array(keys)], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Writes all entries or none.
    pub fn set_many(&self, entries: &[(String, Vec<u8>)]) -> rusqlite::Result<()> {
        self.file.write(|connection| {
            let transaction = connection.transaction()?;
            for (key, value) in entries {
                transaction.prepare_cached(UPSERT)?.execute(params![self.name, key, value])?;
            }
            transaction.commit()
        })
    }

    /// Deletes those keys that exist, all or none.
    pub fn delete_many(&self, keys: Vec<String>) -> rusqlite::Result<()> {
        self.file.write(|connection| {
            connection
                .prepare_cached(
                    "DELETE FROM spin_key_value WHERE store = ?1 AND key IN rarray(?2)",
                )?
                .execute(params![self.name, array(keys)])
                .map(drop)
        })
    }

    /// A compare-and-swap of `key`. It reads nothing yet.
    pub fn cas(&self, key: String) -> Cas {
        Cas { bucket: self.clone(), key, expected: None }
    }
}

impl Cas {
    /// The value of the key now, which is also what `swap` will compare with.
    pub fn current(&mut self) -> rusqlite::Result<Option<Vec<u8>>> {
        self.expected = self.bucket.get(&self.key)?;
        Ok(self.expected.clone())
    }

    /// Writes `value` if the key still has the value that `current` read.
    ///
    /// As in Spin, the swap of a key that was absent (or was never read) always writes: of two
    /// creators both win.
    pub fn swap(&self, value: &[u8]) -> rusqlite::Result<Swap> {
        let Some(expected) = &self.expected else {
            self.bucket.set(&self.key, value)?;
            return Ok(Swap::Done);
        };
        let Bucket { file, name } = &self.bucket;
        let changed = file.write(|connection| {
            connection
                .prepare_cached(
                    "UPDATE spin_key_value SET value = ?4
                     WHERE store = ?1 AND key = ?2 AND value = ?3",
                )?
                .execute(params![name, self.key, expected, value])
        })?;
        Ok(if changed == 1 { Swap::Done } else { Swap::Lost })
    }

    /// After a lost swap: another one of the same key, which has read the current value.
    pub fn again(&self) -> rusqlite::Result<Self> {
        let mut cas = self.bucket.cas(self.key.clone());
        cas.current()?;
        Ok(cas)
    }
}

fn array(keys: Vec<String>) -> Rc<Vec<Value>> {
    Rc::new(keys.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Trial {
        folder: tempfile::TempDir,
        bucket: Bucket,
    }

    fn open(folder: &Path) -> Bucket {
        let file = Arc::new(KeyValueFile::open(folder).expect("opens"));
        file.bucket(DEFAULT_STORE).expect("is there")
    }

    fn trial() -> Trial {
        let folder = tempfile::tempdir().expect("is made");
        let bucket = open(folder.path());
        Trial { folder, bucket }
    }

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn reads_back_what_was_written() {
        let Trial { bucket, .. } = &trial();
        assert_eq!(bucket.get("a").expect("reads"), None);
        assert!(!bucket.exists("a").expect("reads"));
        bucket.set("a", b"1").expect("writes");
        bucket.set("a", b"2").expect("writes");
        assert_eq!(bucket.get("a").expect("reads").as_deref(), Some(&b"2"[..]));
        assert!(bucket.exists("a").expect("reads"));
        assert_eq!(bucket.keys().expect("reads"), ["a"]);
        bucket.delete("a").expect("deletes");
        bucket.delete("a").expect("deletes what is not there");
        assert_eq!(bucket.get("a").expect("reads"), None);
    }

    #[test]
    fn survives_reopening() {
        let Trial { folder, bucket } = trial();
        bucket.set("a", b"1").expect("writes");
        drop(bucket);
        let bucket = open(folder.path());
        assert_eq!(bucket.get("a").expect("reads").as_deref(), Some(&b"1"[..]));
    }

    #[test]
    fn get_many_drops_missing_keys() {
        let Trial { bucket, .. } = &trial();
        let entries = [("b".to_owned(), b"2".to_vec()), ("a".to_owned(), b"1".to_vec())];
        bucket.set_many(&entries).expect("writes");
        let found = bucket.get_many(keys(&["c", "b", "a"])).expect("reads");
        assert_eq!(found, [("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())]);
        bucket.delete_many(keys(&["a", "c"])).expect("deletes");
        assert_eq!(bucket.keys().expect("reads"), ["b"]);
    }

    #[test]
    fn a_swap_writes_when_nobody_else_did() {
        let Trial { bucket, .. } = &trial();
        bucket.set("head", b"1").expect("writes");
        let mut cas = bucket.cas("head".to_owned());
        assert_eq!(cas.current().expect("reads").as_deref(), Some(&b"1"[..]));
        assert_eq!(cas.swap(b"2").expect("swaps"), Swap::Done);
        assert_eq!(bucket.get("head").expect("reads").as_deref(), Some(&b"2"[..]));
    }

    #[test]
    fn a_lost_swap_writes_nothing_and_can_be_tried_again() {
        let Trial { bucket, .. } = &trial();
        bucket.set("head", b"1").expect("writes");
        let mut cas = bucket.cas("head".to_owned());
        cas.current().expect("reads");
        bucket.set("head", b"other").expect("writes");
        assert_eq!(cas.swap(b"2").expect("swaps"), Swap::Lost);
        assert_eq!(bucket.get("head").expect("reads").as_deref(), Some(&b"other"[..]));
        assert_eq!(cas.again().expect("reads").swap(b"2").expect("swaps"), Swap::Done);
        assert_eq!(bucket.get("head").expect("reads").as_deref(), Some(&b"2"[..]));
    }

    #[test]
    fn a_swap_of_a_deleted_key_is_lost() {
        let Trial { bucket, .. } = &trial();
        bucket.set("head", b"1").expect("writes");
        let mut cas = bucket.cas("head".to_owned());
        cas.current().expect("reads");
        bucket.delete("head").expect("deletes");
        assert_eq!(cas.swap(b"2").expect("swaps"), Swap::Lost);
        assert!(!bucket.exists("head").expect("reads"));
    }

    #[test]
    fn a_swap_of_an_absent_key_always_writes() {
        let Trial { bucket, .. } = &trial();
        let mut one = bucket.cas("head".to_owned());
        let mut two = bucket.cas("head".to_owned());
        assert_eq!((one.current().expect("reads"), two.current().expect("reads")), (None, None));
        assert_eq!(one.swap(b"1").expect("swaps"), Swap::Done);
        assert_eq!(two.swap(b"2").expect("swaps"), Swap::Done);
        assert_eq!(bucket.get("head").expect("reads").as_deref(), Some(&b"2"[..]));
    }

    #[test]
    fn only_the_default_store_is_there() {
        let folder = tempfile::tempdir().expect("is made");
        let file = Arc::new(KeyValueFile::open(folder.path()).expect("opens"));
        assert!(file.bucket("other").is_none());
    }

    #[test]
    fn has_the_table_and_the_settings_of_spin() {
        let Trial { folder, bucket } = &trial();
        bucket.set("a", b"1").expect("writes");
        let other = Connection::open(folder.path().join(FILE)).expect("opens");
        let row: (String, String, Vec<u8>) = other
            .query_row("SELECT store, key, value FROM spin_key_value", [], |row| row.try_into())
            .expect("reads");
        assert_eq!(row, ("default".to_owned(), "a".to_owned(), b"1".to_vec()));

        let connection = bucket.file.connection();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, Value>(0));
        assert_eq!(pragma("journal_mode").expect("reads"), Value::Text("delete".to_owned()));
        assert_eq!(pragma("synchronous").expect("reads"), Value::Integer(2));
    }

    #[test]
    fn leaves_a_file_in_write_ahead_mode() {
        let Trial { folder, bucket } = trial();
        let set_mode = |connection: &Connection| {
            connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
        };
        set_mode(&bucket.file.connection()).expect("is set");
        drop(bucket);
        let bucket = open(folder.path());
        let connection = bucket.file.connection();
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get(0));
        assert_eq!(mode, Ok("wal".to_owned()));
    }
}
