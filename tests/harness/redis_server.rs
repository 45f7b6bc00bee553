//! A Redis of a test's own, real, on a free port.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use redis::{Client, Commands, RedisResult};

use crate::harness::keeper::Keeper;

/// Below the ports that systems give to outgoing connections: while Redis is down, none of those
/// that are tried meanwhile can take its place.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The user that the bundle gets, with the permissions that the operator's guide gives it.
pub const USER: &str = "billing";

/// What a URL must not hold as it is.
pub const PASSWORD: &str = "p@ss/w:rd%20";

const GUIDE: &str = include_str!("../../functions/operator/README.md");

/// What all keys of the bundle start with.
const PREFIX: &str = "billing:";

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Redis, running unless a test has killed it. Each write is on disk before it is answered.
pub struct RedisServer {
    directory: PathBuf,
    port: u16,
    keeper: Mutex<Option<Keeper>>,
}

impl RedisServer {
    /// An empty one.
    pub fn start() -> Self {
        let mut version = Command::new("redis-server");
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        assert!(
            version.status().is_ok_and(|status| status.success()),
            "there is no redis-server: install it (on Debian and Ubuntu: \
             `apt-get install redis-server`), or run `cargo xtask test`, which says what it needs"
        );
        let port = free_port();
        let name = format!("redis-{}-{port}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).expect("the target directory can be written");
        let server = Self { directory, port, keeper: Mutex::new(None) };
        server.restart();
        server
    }

    /// Another one with what this one has now: from a snapshot that `redis-cli` fetches, kept in a
    /// directory.
    pub fn restored_into(&self, directory: &Path) -> Self {
        let snapshot = directory.join("billing.rdb");
        let mut fetch = Command::new("redis-cli");
        fetch.args(["-p", &self.port.to_string(), "--rdb"]).arg(&snapshot);
        let fetched = fetch.env("REDISCLI_AUTH", PASSWORD).output().expect("redis-cli starts");
        assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));

        let port = free_port();
        let name = format!("redis-{}-{port}", std::process::id());
        let restored = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&restored).expect("the target directory can be written");
        std::fs::copy(snapshot, restored.join("dump.rdb")).expect("copied");
        let server = Self { directory: restored, port, keeper: Mutex::new(None) };
        // With an append-only file to be read, Redis would not look at the snapshot.
        server.start_with(&["--appendonly", "no"]);
        let mut connection = server.connection().expect("it answers");
        let append = ["SET", "appendonly", "yes"];
        redis::cmd("CONFIG").arg(&append).exec(&mut connection).expect("it appends");
        server
    }

    /// Starts it again on what it has on disk, on the same port. Returns when it answers.
    pub fn restart(&self) {
        self.start_with(&[]);
    }

    /// Starts it with these settings in place of the usual ones.
    fn start_with(&self, others: &[&str]) {
        let port = self.port.to_string();
        let directory = self.directory.to_str().expect("a path in UTF-8");
        let settings = [
            ["--port", &port],
            ["--bind", "127.0.0.1"],
            ["--dir", directory],
            ["--logfile", "redis.log"],
            ["--requirepass", PASSWORD],
            ["--save", ""],
            ["--appendonly", "yes"],
            ["--appendfsync", "always"],
        ];
        let permissions = permissions();
        let user = ["--user"].into_iter().chain(permissions.split(' '));
        let others = others.iter().copied();
        let arguments = settings.as_flattened().iter().copied().chain(others).chain(user);
        let (keeper, _) = Keeper::start(&self.directory, "redis-server", arguments);
        *self.keeper.lock().expect("no other test") = Some(keeper);
        let started = Instant::now();
        while let Err(error) = self.answers() {
            assert!(started.elapsed() < START_TIMEOUT, "Redis: {error}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it as it stands, and keeps what it has on disk.
    pub fn kill(&self) {
        self.keeper.lock().expect("no other test").take().expect("it runs").kill();
    }

    /// Scheme, host and port.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where it keeps its files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All that the bundle has stored, by its keys.
    pub fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        let mut connection = self.connection().expect("it answers");
        let names: Vec<String> = connection.keys("*").expect("keys");
        let entry = |name: String| {
            let value = connection.get(&name).expect("a string");
            let key = name.strip_prefix(PREFIX);
            (key.unwrap_or_else(|| panic!("the key {name}")).to_owned(), value)
        };
        names.into_iter().map(entry).collect()
    }

    /// Stores a value as the bundle would.
    pub fn set(&self, key: &str, value: &[u8]) {
        let mut connection = self.connection().expect("it answers");
        let set: RedisResult<()> = connection.set(format!("{PREFIX}{key}"), value);
        set.expect("it is set");
    }

    /// Deletes all that is stored.
    pub fn clear(&self) {
        redis::cmd("FLUSHALL").exec(&mut self.connection().expect("it answers")).expect("deleted");
    }

    fn connection(&self) -> RedisResult<redis::Connection> {
        let client = Client::open(("127.0.0.1", self.port))?;
        let mut connection = client.get_connection()?;
        redis::cmd("AUTH").arg(PASSWORD).exec(&mut connection)?;
        Ok(connection)
    }

    fn answers(&self) -> RedisResult<()> {
        redis::cmd("PING").exec(&mut self.connection()?)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("redis.log")).unwrap_or_default()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Ok(Some(keeper)) = self.keeper.get_mut().map(Option::take) {
            keeper.remove();
        }
    }
}

/// The user as the operator's guide has it set up, with the password.
fn permissions() -> String {
    let (_, setup) = GUIDE.split_once("ACL SETUSER ").expect("the guide sets a user up");
    let (user, _) = setup.split_once('`').expect("it ends");
    assert!(user.starts_with(USER), "{user}");
    user.replace("PASSWORD", PASSWORD)
}

/// A port that nothing listens on, and that no other test of this process has been given.
fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let ports = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(ports)).expect("is less");
    for _ in PORTS {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + (first + given % ports) % ports;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}
