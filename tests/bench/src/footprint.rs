//! What a measured tenant takes of the machine: its host's memory, its values in the store and their
//! file; and whether its books are right.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::client::{Client, address_of};
use crate::site::OPERATOR_TOKEN;

/// The state file of either host.
const STATE: &str = "sqlite_key_value.db";

/// What a process has in memory, where the system tells it as Linux does.
pub(crate) fn resident_bytes(process: u32) -> Option<u64> {
    memory(process, "VmRSS:")
}

/// The most that a process has had in memory so far, where the system tells it as Linux does.
pub(crate) fn resident_bytes_max(process: u32) -> Option<u64> {
    memory(process, "VmHWM:")
}

/// The processor time that a process has used so far, in seconds, where the system tells it as Linux
/// does: in hundredths.
pub(crate) fn processor_seconds(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name, in brackets, may have spaces; its own and the system's time for it are the
    // twelfth and the thirteenth figure behind.
    let (_, figures) = status.rsplit_once(')')?;
    let hundredths = figures.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    let hundredths: u32 = hundredths.sum::<Result<_, _>>().ok()?;
    Some(f64::from(hundredths) / 100.0)
}

fn memory(process: u32, figure: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Memory for a person.
pub(crate) fn memory_text(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".to_owned(), megabytes)
}

/// Bytes for a person.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

/// Audits a tenant of the host at `url`.
///
/// # Errors
/// The audit is not clean.
pub(crate) fn audit(url: &str, tenant: &str) -> Result<()> {
    let address = address_of(url)?;
    let request = format!(
        "GET /operator/v1/audit?tenant_id={tenant} HTTP/1.1\r\nhost: {address}\r\n\
         authorization: Bearer {OPERATOR_TOKEN}\r\n\r\n"
    );
    let mut client = Client::connect(address)?;
    let answer = client.exchange(request.as_bytes())?;
    let audit: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    let is_clean = ["conserved", "journal_matches", "chain_verified", "bills_match"]
        .into_iter()
        .all(|figure| audit[figure] == true);
    ensure!(is_clean && audit["negative"] == 0, "the audit answered {}: {audit}", answer.status);
    Ok(())
}

/// How many values were put into the state file, and how many are there. Each new row has a number
/// above those of all others, and pages are deleted long after they were written, so that the last
/// number counts what was written.
pub(crate) fn values(state: &Path) -> Result<(u32, u32)> {
    let file = Connection::open_with_flags(state.join(STATE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let select = "SELECT coalesce(max(rowid), 0), count(*) FROM spin_key_value";
    let counts = file.query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (written, kept): (i64, i64) = counts;
    Ok((written.try_into()?, kept.try_into()?))
}

/// The state file, and what SQLite keeps beside it.
pub(crate) fn bytes_of(state: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(state)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(STATE) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_works_uses_processor_time() {
        let used = || processor_seconds(std::process::id());
        let Some(before) = used() else { return };
        let begun = std::time::Instant::now();
        while begun.elapsed().as_secs() < 20 {
            if used().is_some_and(|after| after > before) {
                return;
            }
        }
        panic!("no time was used after {before}");
    }

    #[test]
    fn what_was_written_is_counted_after_it_was_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Connection::open(folder.path().join(STATE)).expect("a file");
        file.execute_batch(
            "CREATE TABLE spin_key_value (key TEXT PRIMARY KEY);
             INSERT INTO spin_key_value VALUES ('a'), ('b'), ('c');
             DELETE FROM spin_key_value WHERE key = 'a';",
        )
        .expect("rows");
        assert_eq!(values(folder.path()).expect("counts"), (3, 2));
    }
}
