//! The state file is Spin's own, and gives no secret away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::app::App;
use crate::book::{Book, DEMO};
use crate::json::Json;
use crate::tenant::Tenant;

/// Where Spin 3 and 4 keep the default key-value store, below the state directory.
const FILE: &str = "sqlite_key_value.db";

/// The number of keys with each prefix, as `sqlite3` would tell.
fn keys_by_prefix(file: &Path) -> BTreeMap<String, i64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(file, flags).expect("a SQLite file");
    let query = "SELECT substr(key, 1, instr(key, '.')), count(*), \
                 sum(length(value)) FROM spin_key_value WHERE store = 'default' GROUP BY 1";
    let mut statement = database.prepare(query).expect("Spin's table");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.expect("rows").collect::<Result<_, _>>().expect("a prefix and a count")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn secrets(book: &Book) -> Vec<&str> {
    book.of_kind("access_key").map(|line| line.text_at("secret_key")).collect()
}

#[test]
fn a_query_on_the_state_file_shows_heads_pages_and_credentials() {
    let app = App::start();
    app.import(&DEMO);
    let keys = keys_by_prefix(&app.state_dir().join(FILE));
    let count = |prefix: &str| keys.get(prefix).copied().unwrap_or_default();
    let lines = |kind: &str| i64::try_from(DEMO.of_kind(kind).count()).expect("fits");
    assert_eq!(count("cred."), lines("access_key"), "{keys:?}");
    assert!(count("head.") >= lines("tenant"), "{keys:?}");
    assert!(count("page.") > 0, "{keys:?}");
}

#[test]
fn no_value_is_too_large_for_any_store_of_spins() {
    let app = App::shared();
    Tenant::in_books_of(app);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = app.state_dir().join(FILE);
    let database = Connection::open_with_flags(file, flags).expect("a SQLite file");
    let query = "SELECT max(length(value)), max(length(key)) FROM spin_key_value";
    let largest = database.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (value, key): (i64, i64) = largest.expect("there are keys");
    assert!(value < 256 * 1024, "a value of {value} bytes");
    assert!(key <= 255, "a key of {key} bytes");
}

#[test]
fn no_secret_key_is_in_the_state_or_in_the_log() {
    let app = App::start();
    app.import(&DEMO);
    for key in DEMO.of_kind("access_key") {
        let principal = key.get("partner_id").or(key.get("customer_id")).map(Json::as_text);
        let key = DEMO.key(principal.expect("of somebody"));
        app.get(&key, "/v2/accounts/partner-accounts/balances");
    }
    let secrets = secrets(&DEMO);
    assert!(!secrets.is_empty());
    for file in files(app.state_dir()) {
        let bytes = std::fs::read(&file).expect("a file");
        for secret in &secrets {
            assert!(!contains(&bytes, secret), "{secret} is in {}", file.display());
        }
    }
    let log = app.log();
    assert!(!secrets.iter().any(|secret| log.contains(secret)), "{log}");
}

#[test]
fn the_state_outlives_the_host() {
    let app = App::start();
    let tenant = Tenant::in_books_of(&app);
    let before = app.audit(&tenant.tenant_id);
    app.kill();
    app.restart();
    assert_eq!(app.audit(&tenant.tenant_id), before);
    let path = "/v2/accounts/partner-accounts/balances";
    assert_eq!(app.get(&tenant.distributor, path).status, 200);
}
