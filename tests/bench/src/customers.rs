//! A tenant of many customers whose ids are as random as the cloud's own, imported as an operator
//! does it: by `cargo xtask import`, which is killed twice and goes on where it was.
//!
//! Ids in random order are the worst that a tree can get: a batch of lines touches nearly as many
//! pages as it has lines.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use xtask::checkpoint::Checkpoint;
use xtask::host::{Host, Kind, Start};
use xtask::workspace::Workspace;

use crate::footprint::{audit, bytes_of, megabytes, memory_text, resident_bytes, values};
use crate::site::{OPERATOR_TOKEN, fresh_state, start_on};

/// The tenant's id.
const TENANT: &str = "bench-customers";

const PARTNER: &str = "bench-distributor";

/// The fewest customers: with fewer, the import is over before it can be interrupted twice.
const CUSTOMERS_MIN: u32 = 100_000;

/// The shares of the book after which the import is killed, in per cent.
const INTERRUPTED_AT: [u64; 2] = [25, 50];

/// How often the import is looked at.
const TICK: Duration = Duration::from_millis(100);

/// What an import came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Customers that were imported.
    pub customers: u32,
    /// How long it took, without the pauses.
    pub seconds: f64,
    /// How often it was killed, and went on.
    pub interruptions: usize,
    /// Values that were put into the store, pages nearly all of them.
    pub values_written: u32,
    /// Values that the store has in the end.
    pub values_kept: u32,
    /// The state file, and what SQLite keeps beside it.
    pub file_bytes: u64,
    /// The most memory that the host had while each quarter of the book was imported, its instances
    /// included, in bytes; none where the system does not tell.
    pub host_bytes: [Option<u64>; 4],
    /// How long the audit of it all took.
    pub audit_seconds: f64,
}

/// Imports so many customers into a fresh state in `folder`, and audits them.
///
/// # Errors
/// There are too few, the host does not start, the import is refused, or the audit is not clean.
pub fn import(workspace: &Workspace, kind: Kind, customers: u32, folder: &Path) -> Result<Figures> {
    ensure!(customers >= CUSTOMERS_MIN, "an import is measured with {CUSTOMERS_MIN} customers");
    let state = fresh_state(folder)?;
    let book = folder.join("book.ndjson");
    write_book(&book, customers)?;

    let manifest = workspace.root.join("spin.toml");
    let host =
        Host::start(workspace, &Start { options: &[], ..start_on(kind, &manifest, &state) })?;
    let run = Run { workspace, book: &book, host: &host, lines: u64::from(customers) + 2 };
    let (seconds, host_bytes) = run.import()?;
    let started = Instant::now();
    audit(&host.url, TENANT)?;
    let audit_seconds = started.elapsed().as_secs_f64();
    drop(host);

    let (values_written, values_kept) = values(&state)?;
    Ok(Figures {
        customers,
        seconds,
        interruptions: INTERRUPTED_AT.len(),
        values_written,
        values_kept,
        file_bytes: bytes_of(&state)?,
        host_bytes,
        audit_seconds,
    })
}

/// The figures for a person.
pub fn table(figures: &Figures) -> String {
    let lines = f64::from(figures.customers);
    let written = f64::from(figures.values_written);
    let host = figures.host_bytes.map(memory_text);
    format!(
        "{} customers with random ids, interrupted {} times, audit clean\n\
         rate            {:.0} lines a second ({:.0} s)\n\
         values written  {:.2} for each customer, {} in all, {} kept\n\
         state           {}, {} bytes for each customer\n\
         host's memory   {} in the quarters of the book\n\
         audit           {:.0} s\n",
        figures.customers,
        figures.interruptions,
        lines / figures.seconds,
        figures.seconds,
        written / lines,
        figures.values_written,
        figures.values_kept,
        megabytes(figures.file_bytes),
        figures.file_bytes / u64::from(figures.customers),
        host.join(", "),
        figures.audit_seconds,
    )
}

/// A tenant, its distributor, and customers.
fn write_book(file: &Path, customers: u32) -> Result<()> {
    let mut book = BufWriter::new(File::create(file)?);
    let tenant = json!({"kind": "tenant", "tenant_id": TENANT, "name": TENANT});
    let partner = json!({
        "kind": "partner", "tenant_id": TENANT, "partner_id": PARTNER,
        "partner_kind": "distributor",
    });
    writeln!(book, "{tenant}\n{partner}")?;
    for number in 0..customers {
        writeln!(book, "{}", customer(number))?;
    }
    book.into_inner()?;
    Ok(())
}

fn customer(number: u32) -> Value {
    // The same ids in each run, in an order that looks random.
    let hash = Sha256::digest(number.to_be_bytes());
    let id = hex::encode(hash.get(..16).unwrap_or_default());
    json!({
        "kind": "customer", "tenant_id": TENANT, "partner_id": PARTNER, "customer_id": id,
        "association_type": "2", "customer": format!("Customer {number} Ltd."),
        "customer_type": 1, "account_name": format!("customer-{number}"),
        "telephone": format!("138{number:08}"), "country_code": "0086",
        "associated_on": "2026-01-12T00:00:00Z",
    })
}

/// An import by the tool, while the host is watched.
struct Run<'r> {
    workspace: &'r Workspace,
    book: &'r Path,
    host: &'r Host,
    /// Of the book.
    lines: u64,
}

impl Run<'_> {
    /// How long it takes, and the host's memory by quarters of the book.
    fn import(&self) -> Result<(f64, [Option<u64>; 4])> {
        let checkpoint = Checkpoint::of(self.book, &self.host.url)?;
        let mut memory = [None; 4];
        let mut seconds = 0.0;
        for interrupt_at in INTERRUPTED_AT.into_iter().map(Some).chain([None]) {
            let started = Instant::now();
            let mut tool = self.tool().spawn().context("cannot start the import")?;
            let ended = self.watch(&mut tool, &checkpoint, interrupt_at, &mut memory);
            if ended.is_err() {
                // It may have ended meanwhile.
                tool.kill().ok();
                tool.wait().ok();
            }
            let ended = ended?;
            seconds += started.elapsed().as_secs_f64();
            match (ended, interrupt_at) {
                (None, _) => {}
                (Some(status), None) => ensure!(status.success(), "the import failed ({status})"),
                (Some(status), Some(percent)) => {
                    bail!("the import ended ({status}) before {percent} % of it were seen")
                }
            }
        }
        Ok((seconds, memory))
    }

    fn tool(&self) -> Command {
        let mut tool = Command::new(self.workspace.xtask_file());
        tool.arg("import").arg(self.book).args(["--to", &self.host.url]);
        tool.env("OPERATOR_TOKEN", OPERATOR_TOKEN).stdin(Stdio::null());
        tool
    }

    /// Waits until the tool ends, which is answered, or until it has come as far as it may: then it
    /// is killed.
    fn watch(
        &self,
        tool: &mut Child,
        checkpoint: &Checkpoint,
        interrupt_at: Option<u64>,
        memory: &mut [Option<u64>; 4],
    ) -> Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = tool.try_wait()? {
                return Ok(Some(status));
            }
            let lines = checkpoint.read().map_or(0, |place| place.lines);
            let percent = lines * 100 / self.lines;
            let quarter = usize::try_from(percent / 25)?;
            if let Some(most) = memory.get_mut(quarter) {
                *most = (*most).max(resident_bytes(self.host.id()));
            }
            if interrupt_at.is_some_and(|least| percent >= least) {
                tool.kill()?;
                tool.wait()?;
                return Ok(None);
            }
            thread::sleep(TICK);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use billing::operations::import::Line;

    use super::*;

    #[test]
    fn its_lines_are_those_of_a_book() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("book.ndjson");
        write_book(&file, 50).expect("written");
        let book = std::fs::read_to_string(file).expect("a book");
        assert_eq!(book.lines().count(), 52);
        for line in book.lines() {
            assert!(Line::parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn ids_are_those_of_the_cloud_and_out_of_order() {
        let id = |number| customer(number)["customer_id"].as_str().expect("an id").to_owned();
        let ids: Vec<String> = (0..100).map(id).collect();
        assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 100);
        assert!(!ids.is_sorted());
    }
}
