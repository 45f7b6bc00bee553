//! The application: started once for all tests, or by a test for itself.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock, Mutex, RwLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::book::{Book, DEMO};
use crate::harness::catalogue::{CATALOGUE, DIVISIONS};
use crate::harness::contract;
use crate::harness::http::{Connection, Reply, Request};
use crate::harness::json::Json;
use crate::harness::keeper::{Keeper, Output};
use crate::harness::receiver;
use crate::harness::redis_server::RedisServer;
use crate::harness::sdk::{self, SdkAnswer};
use crate::harness::signer::{self, Key};
use crate::harness::store::Store;

/// The repository.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The operator's token, unless a test gives another one.
pub const OPERATOR_TOKEN: &str = "operator-token-of-the-tests";

/// A host listens at once; what else runs on the machine may keep it from that.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A line of the log is written at once when the work after an answer is done.
const LOG_TIMEOUT: Duration = Duration::from_secs(60);

/// The variables that the application is started with. Those that are empty here are not given:
/// the manifest's defaults hold.
pub struct Variables {
    pub operator_token: &'static str,
    pub master_key: &'static str,
    pub master_key_previous: &'static str,
    pub public_hosts: &'static str,
    pub unknown_parameters: &'static str,
    /// Only for values that name no store: the tests' own store is given by itself.
    pub store: &'static str,
    pub redis_url: &'static str,
    pub real_name_page: &'static str,
    pub demo_tenants: &'static str,
    pub webhook_url: &'static str,
    pub webhook_path: &'static str,
    pub webhook_secret: &'static str,
    pub notification_hosts: &'static str,
}

impl Default for Variables {
    fn default() -> Self {
        Self {
            operator_token: OPERATOR_TOKEN,
            master_key: "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
            master_key_previous: "",
            public_hosts: "",
            unknown_parameters: "",
            store: "",
            redis_url: "",
            real_name_page: "https://billing.example.com/real-name",
            demo_tenants: "demo-*",
            webhook_url: "",
            webhook_path: "",
            webhook_secret: "",
            notification_hosts: "",
        }
    }
}

impl Variables {
    /// The usual ones, and events posted to a receiver.
    pub fn with_receiver(receiver: &receiver::Receiver) -> Self {
        Self {
            webhook_url: receiver.url,
            webhook_path: receiver::PATH,
            webhook_secret: receiver::SECRET,
            ..Self::default()
        }
    }

    /// The usual ones, and events posted to whatever listens here.
    pub fn with_receiver_at(listener: &TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        Self {
            // The application's variables live as long as the tests do.
            webhook_url: format!("http://{address}").leak(),
            webhook_path: receiver::PATH,
            webhook_secret: receiver::SECRET,
            ..Self::default()
        }
    }

    /// The usual ones, and partners may have addresses for events on this machine.
    pub fn with_local_notifications() -> Self {
        Self { notification_hosts: "http://127.0.0.1:*", ..Self::default() }
    }

    /// As the host takes them; the last value of a variable counts.
    fn arguments(&self, store: &Store) -> Vec<String> {
        let Self {
            operator_token,
            master_key,
            master_key_previous,
            public_hosts,
            unknown_parameters,
            store: name,
            redis_url,
            real_name_page,
            demo_tenants,
            webhook_url,
            webhook_path,
            webhook_secret,
            notification_hosts,
        } = self;
        let given = [
            ("operator_token", operator_token),
            ("master_key", master_key),
            ("master_key_previous", master_key_previous),
            ("public_hosts", public_hosts),
            ("unknown_parameters", unknown_parameters),
            ("store", name),
            ("redis_url", redis_url),
            ("real_name_page", real_name_page),
            ("demo_tenants", demo_tenants),
            ("webhook_url", webhook_url),
            ("webhook_path", webhook_path),
            ("webhook_secret", webhook_secret),
            ("notification_hosts", notification_hosts),
        ];
        let given = given.map(|(name, value)| (name, (*value).to_owned()));
        store
            .variables()
            .into_iter()
            .chain(given.into_iter().filter(|(_, value)| !value.is_empty()))
            .flat_map(|(name, value)| ["--variable".to_owned(), format!("{name}={value}")])
            .collect()
    }
}

/// The application, running unless a test has killed it.
pub struct App {
    variables: Variables,
    store: Store,
    state_dir: PathBuf,
    address: RwLock<String>,
    keeper: Mutex<Option<Keeper>>,
    output: Arc<Mutex<String>>,
}

static SHARED: LazyLock<App> = LazyLock::new(|| {
    let app = App::start();
    app.import(&DEMO);
    app.import(&CATALOGUE);
    app.import(&DIVISIONS);
    app
});

impl App {
    /// The one for all tests, with the demo book, the demo catalogue and the divisions in it.
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// One with empty books.
    pub fn start() -> Self {
        Self::start_with(Variables::default())
    }

    /// One with empty books and these variables.
    pub fn start_with(variables: Variables) -> Self {
        Self::start_at(variables, Store::of_the_tests())
    }

    /// One on the books in a Redis.
    pub fn start_on(redis: &Arc<RedisServer>) -> Self {
        Self::start_at(Variables::default(), Store::Redis(Arc::clone(redis)))
    }

    /// One on what another application has stored.
    pub fn start_on_entries(entries: &BTreeMap<String, Vec<u8>>) -> Self {
        let app = Self::start();
        // The store is there once it was asked for something.
        app.operator("GET", "/operator/v1/health", "");
        app.kill();
        app.store.replace(&app.state_dir, entries);
        app.restart();
        app
    }

    /// One on the books of this one's store as they are at this moment, restored from a backup.
    pub fn start_on_backup(&self) -> Self {
        let state_dir = new_state_dir();
        let store = self.store.restored_into(&self.state_dir, &state_dir);
        Self::start_in(Variables::default(), store, state_dir)
    }

    /// One on an empty store of this kind.
    pub fn start_at(variables: Variables, store: Store) -> Self {
        Self::start_in(variables, store, new_state_dir())
    }

    fn start_in(variables: Variables, store: Store, state_dir: PathBuf) -> Self {
        let app = Self {
            variables,
            store,
            state_dir,
            address: RwLock::default(),
            keeper: Mutex::new(None),
            output: Arc::default(),
        };
        app.restart();
        app
    }

    /// Starts the host again on the state that it left, on another port.
    pub fn restart(&self) {
        let host = std::env::var("HOST_BINARY").unwrap_or(format!("{ROOT}/target/debug/host"));
        let components = format!("{ROOT}/target/wasm32-wasip2/release");
        for built in [&host, &components] {
            assert!(
                Path::new(built).exists(),
                "{built} is not there: run `cargo xtask test`, which builds it"
            );
        }
        let state_dir = self.state_dir.to_str().expect("a path in UTF-8");
        let manifest = format!("{ROOT}/spin.toml");
        let arguments = [
            ["--manifest", &manifest],
            ["--listen", "127.0.0.1:0"],
            ["--cache-dir", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache")],
            ["--state-dir", state_dir],
        ];
        let variables = self.variables.arguments(&self.store);
        let arguments = arguments.as_flattened().iter().copied();
        let (keeper, Output { stdout, stderr }) = Keeper::start(
            &self.state_dir,
            &host,
            arguments.chain(variables.iter().map(String::as_str)),
        );
        let (listening, address) = mpsc::channel();
        self.collect(stdout, Some(listening));
        self.collect(stderr, None);
        *self.keeper.lock().expect("no other test") = Some(keeper);
        *self.address.write().expect("no other test") = self.listening_at(&address);
    }

    fn listening_at(&self, address: &Receiver<String>) -> String {
        address
            .recv_timeout(START_TIMEOUT)
            .unwrap_or_else(|error| panic!("the host did not start, {error}: {}", self.log()))
    }

    /// Keeps what the host prints, and tells where it listens.
    fn collect(&self, stream: impl Read + Send + 'static, listening: Option<Sender<String>>) {
        let output = Arc::clone(&self.output);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let address = line.strip_prefix("listening on http://");
                if let (Some(listening), Some(address)) = (&listening, address) {
                    // Whoever waits for it may have given up.
                    let _ = listening.send(address.trim_end_matches('/').to_owned());
                }
                let mut output = output.lock().expect("no writer panicked");
                output.push_str(&line);
                output.push('\n');
            }
        });
    }

    /// Kills the host and starts it again on its state, with other variables.
    pub fn restart_with(&mut self, variables: Variables) {
        self.kill();
        self.variables = variables;
        self.restart();
    }

    /// Kills the host as it stands, and keeps its state.
    pub fn kill(&self) {
        self.keeper.lock().expect("no other test").take().expect("it runs").kill();
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.address.read().expect("no other test").clone()
    }

    /// All that is stored.
    pub fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.store.entries(&self.state_dir)
    }

    /// Stores a value beside those of the bundle, or in place of one.
    pub fn set(&self, key: &str, value: &[u8]) {
        self.store.set(&self.state_dir, key, value);
    }

    /// Where the host and the store keep their files.
    pub fn directories(&self) -> [PathBuf; 2] {
        [self.state_dir.clone(), self.store.directory(&self.state_dir)]
    }

    /// All that the host and the components have printed so far.
    pub fn log(&self) -> String {
        let mut log = self.output.lock().expect("no writer panicked").clone();
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.state_dir.join("logs"))
            .map(|files| files.filter_map(|file| Some(file.ok()?.path())).collect())
            .unwrap_or_default();
        files.sort();
        for file in files {
            let text = std::fs::read(&file).unwrap_or_default();
            log.push_str(&String::from_utf8_lossy(&text));
        }
        log
    }

    /// Waits until an answered request is in the log: by then a wrong signature is counted as well,
    /// which is done after the answer.
    pub fn await_in_log(&self, request_id: &str) {
        let started = Instant::now();
        while !self.log().contains(request_id) {
            assert!(started.elapsed() < LOG_TIMEOUT, "{request_id} is not in the log");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Calls of the store that an answer took, as the log says.
    pub fn store_calls(&self, reply: &Reply) -> u64 {
        let id = reply.header("x-request-id").expect("an id");
        self.await_in_log(id);
        let log = self.log();
        let line = log.lines().find(|line| line.contains(id)).expect("its line");
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["store_calls"].as_u64().expect("a count")
    }

    /// Sends a request as it is, and checks the answer against the contract.
    pub fn send(&self, request: &Request) -> Reply {
        self.send_over(Connection::open(&self.address()), request)
    }

    /// As [`App::send`], from another address of this machine.
    pub fn send_from(&self, source: &str, request: &Request) -> Reply {
        let source = source.parse().expect("an address");
        self.send_over(Connection::open_from(source, &self.address()), request)
    }

    fn send_over(&self, connection: io::Result<Connection>, request: &Request) -> Reply {
        let reply = connection.and_then(|mut open| open.exchange(request));
        let reply = reply.unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"));
        contract::check(&request.method, request.path(), &reply);
        reply
    }

    /// Signs a request and sends it.
    pub fn call(&self, key: &Key, request: Request) -> Reply {
        self.send(&signer::sign(request, key, &self.address()))
    }

    /// Gets a path, signed.
    pub fn get(&self, key: &Key, target: &str) -> Reply {
        self.call(key, Request::new("GET", target, ""))
    }

    /// Posts a body, signed.
    pub fn post(&self, key: &Key, target: &str, body: impl AsRef<[u8]>) -> Reply {
        self.call(key, Request::new("POST", target, body))
    }

    /// Calls an operation through the official SDK, which must understand every field of the
    /// answer as it came.
    pub fn sdk(&self, key: &Key, operation: &str, fields: &Value) -> SdkAnswer {
        self.sdk_with(key, operation, fields, &serde_json::json!({}))
    }

    /// As [`App::sdk`], with more headers.
    pub fn sdk_with(
        &self,
        key: &Key,
        operation: &str,
        fields: &Value,
        headers: &Value,
    ) -> SdkAnswer {
        let endpoint = format!("http://{}", self.address());
        let answer = sdk::call(&endpoint, key, operation, fields, headers);
        let published = contract::operation(operation);
        let path = contract::text(&published["path"]);
        contract::check(contract::text(&published["method"]), path, &answer.reply);
        match &answer.outcome {
            // A response without fields has nothing to understand.
            Ok(parsed) if contract::list(&published["response"]["fields"]).is_empty() => {
                assert_eq!(*parsed, Json::Object(BTreeMap::new()), "{operation}");
            }
            Ok(parsed) => assert_eq!(*parsed, answer.reply.json(), "{operation}"),
            Err(error) => {
                let (status, code) = answer.reply.outcome();
                let request_id = answer.reply.header("x-request-id").unwrap_or_default();
                assert_eq!(error.status_code, i64::from(status));
                assert_eq!(error.error_code, code);
                assert_eq!(error.request_id, request_id);
            }
        }
        answer
    }

    /// Calls a route of the operator with the token.
    pub fn operator(&self, method: &str, target: &str, body: impl AsRef<[u8]>) -> Reply {
        let token = format!("Bearer {}", self.variables.operator_token);
        self.send(&Request::new(method, target, body).with("Authorization", &token))
    }

    /// Imports a book, all of whose lines must be new.
    pub fn import(&self, book: &Book) {
        let reply = self.operator("POST", "/operator/v1/books", book.text());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let applied = i64::try_from(book.line_count()).expect("fits");
        assert_eq!(reply.json().at("applied").as_integer(), applied, "{}", reply.text());
    }

    /// The operator's audit of a tenant, which must find everything in order.
    pub fn audit(&self, tenant_id: &str) -> Json {
        let target = format!("/operator/v1/audit?tenant_id={}", signer::quote(tenant_id));
        let reply = self.operator("GET", &target, "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        let audit = reply.json();
        for clean in [
            "conserved",
            "journal_matches",
            "orders_match",
            "bills_match",
            "enterprises_match",
            "chain_verified",
        ] {
            assert_eq!(*audit.at(clean), Json::Bool(true), "{audit:?}");
        }
        assert_eq!(audit.at("negative").as_integer(), 0, "{audit:?}");
        assert!(audit.at("access_keys_not_authentic").as_list().is_empty(), "{audit:?}");
        assert_eq!(audit.text_at("sum"), audit.text_at("outside_sum"), "{audit:?}");
        audit
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the host's log:\n{}", self.log());
        }
        if let Ok(Some(keeper)) = self.keeper.get_mut().map(Option::take) {
            keeper.remove();
        }
    }
}

/// An empty directory that no other application has.
fn new_state_dir() -> PathBuf {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let state = format!("state-{}-{number}", std::process::id());
    let state_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(state);
    std::fs::create_dir_all(&state_dir).expect("the target directory can be written");
    state_dir
}
