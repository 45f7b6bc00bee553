//! The bundle and the floor, served beside each other on a tenant's books.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::host::{Host, Kind, Start};
use xtask::operator::Operator;
use xtask::workspace::{FLOOR, Workspace};

use crate::calls::{Calls, PerRequest};
use crate::client::{Client, Expected, address_of};
use crate::footprint::processor_seconds;
use crate::load::{Load, Run};
use crate::manifest::FLOOR_PATH;
use crate::operation::{self, Operation, Repeat, Signer, Unsigned};
use crate::plan::Plan;
use crate::tenant::{TENANT, Tenant};

/// What the operator's routes are opened with. The books are nobody's.
pub(crate) const OPERATOR_TOKEN: &str = "operator-token-of-the-benchmarks";

/// What the books' secrets are sealed with.
pub(crate) const MASTER_KEY: &str =
    "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// How long the calls of requests are counted.
const COUNTED_FOR: Duration = Duration::from_secs(5);

const FLOOR_ANSWER: Expected = Expected::Begins(r#"{"floor":"#);

/// Where the local host tells its counts.
const CALLS: &str = "/.well-known/host/calls";

/// How a host on nobody's books is started: on any free port, with no demo tenants, with all its
/// components ready, and with its calls of the store counted where it can.
pub(crate) fn start_on<'a>(kind: Kind, manifest: &'a Path, state_dir: &'a Path) -> Start<'a> {
    Start {
        kind,
        manifest,
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir,
        operator_token: OPERATOR_TOKEN,
        master_key: MASTER_KEY,
        demo_tenants: None,
        cache_dir: None,
        options: counting(kind),
    }
}

/// The folder of a host's state in `folder`, which is emptied.
///
/// # Errors
/// It cannot be emptied or made.
pub(crate) fn fresh_state(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let state = folder.join("state");
    fs::create_dir_all(&state)?;
    Ok(state)
}

/// What to serve, and how.
pub struct Bundle<'b> {
    /// The repository.
    pub workspace: &'b Workspace,
    /// The program that serves.
    pub kind: Kind,
    /// The manifest with the floor in it.
    pub manifest: &'b Path,
}

/// A running host on the books of one tenant.
pub struct Site {
    host: Host,
    kind: Kind,
    address: String,
    /// How long the host took until it answered.
    pub start: Duration,
    /// Whose books they are.
    pub tenant: Tenant,
    /// The cookie of the distributor's session at the console, once it was needed.
    session: OnceCell<String>,
    /// Requests that have been sent of those that can be sent once, by operation.
    used: RefCell<BTreeMap<&'static str, usize>>,
}

/// The least that a request can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// To answer.
    Answer,
    /// To read one small key so many times, one after the other.
    Read(u32),
    /// To read it so many times, then to replace a value of 16 KiB that all clients replace, as a
    /// tenant's head is.
    Swap(u32),
    /// To replace one of as many values as there are clients, in turn: nearly none is contended.
    SwapApart,
}

impl Floor {
    /// The least that an operation is compared with.
    pub fn of(kind: operation::Kind) -> Self {
        match kind {
            operation::Kind::Read => Self::Read(1),
            operation::Kind::Write => Self::Swap(0),
        }
    }

    /// The least that asks the store as often as an operation does, one call after the other.
    pub fn with_calls(kind: operation::Kind, calls: PerRequest) -> Self {
        match kind {
            operation::Kind::Read => Self::Read(calls.reads),
            // What it replaces it has read as well.
            operation::Kind::Write => Self::Swap(calls.reads.saturating_sub(1)),
        }
    }

    /// Calls of the store for each request: a swap reads what it replaces.
    pub fn calls(self) -> u32 {
        match self {
            Self::Answer => 0,
            Self::Read(times) => times,
            Self::Swap(reads) => reads + 2,
            Self::SwapApart => 2,
        }
    }

    fn paths(self, clients: usize) -> Vec<String> {
        let below = |path: &str| format!("{FLOOR_PATH}/{path}");
        match self {
            Self::Answer => vec![below("answer")],
            Self::Read(times) => vec![below(&format!("read/{times}"))],
            Self::Swap(reads) => vec![below(&format!("swap/{SHARED}/{reads}"))],
            Self::SwapApart => {
                apart(clients).map(|name| below(&format!("swap/{name}/0"))).collect()
            }
        }
    }
}

/// A value that all clients replace.
const SHARED: &str = "shared";

/// Values that clients replace in turn. A few more than clients: two of them seldom meet.
fn apart(clients: usize) -> impl Iterator<Item = String> {
    (0..clients * 8).map(|number| number.to_string())
}

/// One run's extent.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Clients at one time.
    pub clients: usize,
    /// How long it lasts.
    pub run: Duration,
    /// How long before that is not counted.
    pub warm_up: Duration,
    /// Requests at most.
    pub requests_max: Option<usize>,
}

impl Extent {
    /// A run of the plan's length.
    pub fn of(plan: &Plan, clients: usize) -> Self {
        Self { clients, run: plan.run, warm_up: plan.warm_up, requests_max: None }
    }

    /// This number of requests of one client, or fewer if they take longer than [`COUNTED_FOR`]: on
    /// the largest books some lists take seconds to answer.
    fn counted(requests: usize) -> Self {
        let (warm_up, requests_max) = (Duration::ZERO, Some(requests));
        Self { clients: 1, run: COUNTED_FOR, warm_up, requests_max }
    }
}

impl Site {
    /// Starts a host on the state in `folder`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(bundle: &Bundle<'_>, folder: &Path, tenant: Tenant) -> Result<Self> {
        let Bundle { workspace, kind, manifest } = *bundle;
        let start = Start { demo_tenants: Some(TENANT), ..start_on(kind, manifest, folder) };
        let started = Instant::now();
        let host = Host::start(workspace, &start)?;
        let start = started.elapsed();
        let address = address_of(&host.url)?.to_owned();
        let (session, used) = (OnceCell::new(), RefCell::default());
        Ok(Self { host, kind, address, start, tenant, session, used })
    }

    /// A request as it goes on the wire.
    fn wire(&self, request: &Unsigned) -> Result<Vec<u8>> {
        if request.signer != Signer::Browser {
            return self.tenant.sign(request, &self.address);
        }
        let session = match self.session.get() {
            Some(session) => session,
            None => {
                let session = self.sign_in()?;
                self.session.get_or_init(|| session)
            }
        };
        let (method, target, address) = (request.method, &request.target, &self.address);
        let head = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\n");
        Ok(format!("{head}cookie: {session}\r\n\r\n").into_bytes())
    }

    /// Signs the distributor in at the console.
    fn sign_in(&self) -> Result<String> {
        let mut client = Client::connect(&self.address)?;
        let answer = client.exchange(&self.tenant.sign_in(&self.address))?;
        ensure!(answer.status == 303, "signing in at the console answered {}", answer.status);
        let head = str::from_utf8(answer.head)?;
        let cookies = head.lines().filter_map(|line| line.split_once(": "));
        let mut cookies = cookies.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let (_, cookie) = cookies.next().context("signing in gave no cookie")?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// The processor time that its host has used so far, in seconds, where that is known.
    pub fn processor_seconds(&self) -> Option<f64> {
        processor_seconds(self.host.id())
    }

    /// The operator's side of it.
    ///
    /// # Errors
    /// The host has no address.
    pub fn operator(&self) -> Result<Operator> {
        Operator::new(&self.host.url, OPERATOR_TOKEN)
    }

    /// Sends one signed request on a connection of its own; tells how long that took, and the body
    /// of the answer.
    ///
    /// # Errors
    /// It is not answered as it must be.
    pub fn once(&self, request: &Unsigned, expected: Expected) -> Result<(Duration, Vec<u8>)> {
        let request = self.wire(request)?;
        let mut client = Client::connect(&self.address)?;
        let started = Instant::now();
        let answer = client.exchange(&request)?;
        let took = started.elapsed();
        expected.check(&answer)?;
        Ok((took, answer.body.to_vec()))
    }

    /// Measures an operation.
    ///
    /// # Errors
    /// A request is not answered as it must be, or there is none left that can be sent.
    pub fn run(&self, operation: &Operation, extent: Extent) -> Result<Run> {
        let requests = (operation.requests)(&self.tenant);
        let mut used = self.used.borrow_mut();
        let used = used.entry(operation.name).or_default();
        let left = match operation.repeat {
            Repeat::Freely => &requests[..],
            Repeat::Once => requests.get(*used..).unwrap_or_default(),
        };
        let requests_max = match operation.repeat {
            Repeat::Freely => extent.requests_max,
            Repeat::Once => Some(extent.requests_max.unwrap_or(left.len()).min(left.len())),
        };
        let left = &left[..left.len().min(requests_max.unwrap_or(left.len()))];
        let signed: Vec<Vec<u8>> = left.iter().map(|one| self.wire(one)).collect::<Result<_>>()?;
        let load = Load {
            address: &self.address,
            requests: &signed,
            answer: operation.answer,
            clients: extent.clients,
            run: extent.run,
            // Requests that are few all count.
            warm_up: if requests_max.is_some() { Duration::ZERO } else { extent.warm_up },
            requests_max,
        };
        let run = load.run()?;
        *used += run.sent;
        Ok(run)
    }

    /// Writes what the floor reads and swaps.
    ///
    /// # Errors
    /// The floor does not answer.
    pub fn prepare_floor(&self, clients: usize) -> Result<()> {
        let mut client = Client::connect(&self.address)?;
        for name in apart(clients).chain([SHARED.to_owned()]) {
            client.get(&format!("{FLOOR_PATH}/prepare/{name}"))?;
        }
        Ok(())
    }

    /// Measures a floor, which [`prepare_floor`](Self::prepare_floor) has been called for.
    ///
    /// # Errors
    /// The floor does not answer.
    pub fn run_floor(&self, floor: Floor, extent: Extent) -> Result<Run> {
        let request = |path: String| {
            format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address).into_bytes()
        };
        let requests: Vec<Vec<u8>> = floor.paths(extent.clients).into_iter().map(request).collect();
        let load = Load {
            address: &self.address,
            requests: &requests,
            answer: FLOOR_ANSWER,
            clients: extent.clients,
            run: extent.run,
            warm_up: extent.warm_up,
            requests_max: extent.requests_max,
        };
        load.run().with_context(|| format!("floor {floor:?}"))
    }

    /// The calls of the store that each of so many requests of one client needs; none on a host
    /// that does not count them.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn count(&self, operation: &Operation, requests: usize) -> Result<Option<PerRequest>> {
        let before = self.calls(operation.component)?;
        let sent = u32::try_from(self.run(operation, Extent::counted(requests))?.sent)?;
        let after = self.calls(operation.component)?;
        Ok(before.zip(after).map(|(before, after)| after.per_request(before, sent)))
    }

    /// The calls of the floor so far, on a host that counts them.
    ///
    /// # Errors
    /// The host does not answer.
    pub fn floor_calls(&self) -> Result<Option<Calls>> {
        self.calls(FLOOR)
    }

    fn calls(&self, component: &str) -> Result<Option<Calls>> {
        calls(self.kind, &self.host.url, component)
    }
}

/// Options by which a host has all components ready before it serves, as Spin has, and counts the
/// calls of its store, if it can.
pub(crate) fn counting(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Local => &["--compile", "first", "--count-calls"],
        Kind::Spin => &[],
    }
}

/// The calls of a component so far, on a host that counts them.
///
/// # Errors
/// The host does not answer.
pub(crate) fn calls(kind: Kind, url: &str, component: &str) -> Result<Option<Calls>> {
    if kind == Kind::Spin {
        return Ok(None);
    }
    let mut client = Client::connect(address_of(url)?)?;
    Calls::of(component, client.get(CALLS)?).map(Some)
}
