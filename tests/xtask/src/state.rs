//! The directory in which `cargo xtask up` keeps the books, their master key, and the logs. What it
//! makes there only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::random_hex;

/// An empty SQLite file in WAL mode, as SQLite wrote it. The mode stays in the file, and Spin and the
/// local host open files in the mode that they have: commits are then synchronised as fully as
/// before, and twice as many.
const EMPTY: &[u8] = include_bytes!("empty.db");

/// The size from which a log is put aside, in bytes.
const LOG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Makes the directory, and in it what is not there yet. Answers the master key.
pub fn prepare(state_dir: &Path) -> Result<String> {
    make_dir(state_dir)
        .with_context(|| format!("cannot make the state directory {}", state_dir.display()))?;
    let key = master_key(state_dir)?;
    let state = state_file(state_dir);
    if !state.exists() {
        write_new(&state, EMPTY).with_context(|| format!("cannot write {}", state.display()))?;
    }
    let logs = logs(state_dir);
    make_dir(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    Ok(key)
}

/// Where a host keeps what components write.
pub fn logs(state_dir: &Path) -> PathBuf {
    state_dir.join("logs")
}

/// Puts logs aside that have become large; what was put aside before is gone then. A host appends, so
/// it goes on at the new end.
pub fn rotate(logs: &Path) -> io::Result<()> {
    rotate_from(logs, LOG_BYTES_MAX)
}

fn rotate_from(logs: &Path, bytes_max: u64) -> io::Result<()> {
    for entry in fs::read_dir(logs)? {
        let log = entry?.path();
        let is_log = log.extension().is_some_and(|extension| extension == "txt");
        if is_log && fs::metadata(&log)?.len() > bytes_max {
            fs::copy(&log, log.with_extension("txt.1"))?;
            File::options().write(true).open(&log)?.set_len(0)?;
        }
    }
    Ok(())
}

/// The file that Spin's key-value storage is in.
fn state_file(state_dir: &Path) -> PathBuf {
    state_dir.join("sqlite_key_value.db")
}

/// The key that secrets in the state are sealed with: one per state directory, made at first use.
fn master_key(state_dir: &Path) -> Result<String> {
    let file = state_dir.join("master_key");
    if file.exists() {
        let key = fs::read_to_string(&file)
            .with_context(|| format!("cannot read the master key {}", file.display()))?;
        return checked(key.trim())
            .with_context(|| format!("{} is not a master key", file.display()));
    }
    let state = state_file(state_dir);
    if state.exists() {
        bail!(
            "{} is there, but not the master key that its secrets are sealed with, {}.\n\
             Put the key file back, or start afresh: another --state-dir, or remove the state.",
            state.display(),
            file.display()
        );
    }
    let key = random_hex::<32>()?;
    write_new(&file, format!("{key}\n").as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}

fn checked(key: &str) -> Result<String> {
    if hex::decode(key).is_ok_and(|bytes| bytes.len() == 32) {
        Ok(key.to_owned())
    } else {
        bail!("it must hold 64 hexadecimal digits")
    }
}

/// Writes a new file, whole or not at all.
fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let partial = file.with_extension("partial");
    // Left by a start that was interrupted here: nothing was sealed with it.
    fs::remove_file(&partial).ok();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&partial)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    // A link never replaces a file: of two first starts at once, the second fails.
    fs::hard_link(&partial, file)?;
    fs::remove_file(&partial)?;
    Ok(())
}

/// Makes a directory, and takes others' rights to one that is there.
fn make_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_directory_keeps_its_master_key() {
        let parent = tempfile::tempdir().expect("a folder");
        let state_dir = parent.path().join("state");
        let key = prepare(&state_dir).expect("a new key");
        assert_eq!(key.len(), 64);
        assert_eq!(prepare(&state_dir).expect("the same key"), key);
        let other = prepare(&parent.path().join("other")).expect("another key");
        assert_ne!(other, key);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_what_is_made() {
        use std::os::unix::fs::PermissionsExt;

        let parent = tempfile::tempdir().expect("a folder");
        let state_dir = parent.path().join("state");
        prepare(&state_dir).expect("prepared");
        let mode = |path: &Path| fs::metadata(path).expect("it").permissions().mode() & 0o777;
        assert_eq!(mode(&state_dir.join("master_key")), 0o600);
        assert_eq!(mode(&state_file(&state_dir)), 0o600);
        assert_eq!(mode(&state_dir), 0o700);
        assert_eq!(mode(&logs(&state_dir)), 0o700);
    }

    #[test]
    fn a_new_state_is_an_sqlite_file_in_wal_mode_and_one_that_is_there_stays() {
        let state_dir = tempfile::tempdir().expect("a folder");
        prepare(state_dir.path()).expect("prepared");
        let state = state_file(state_dir.path());
        let bytes = fs::read(&state).expect("a file");
        assert!(bytes.starts_with(b"SQLite format 3\0"));
        // The versions of the format for writing and for reading: 2 is WAL, 1 is not.
        assert_eq!(bytes[18..20], [2, 2]);
        fs::write(&state, "the books").expect("written");
        prepare(state_dir.path()).expect("prepared");
        assert_eq!(fs::read(&state).expect("a file"), b"the books");
    }

    #[test]
    fn a_state_without_its_master_key_is_refused() {
        let state_dir = tempfile::tempdir().expect("a folder");
        fs::write(state_file(state_dir.path()), "").expect("a state");
        let refusal = prepare(state_dir.path()).expect_err("no key").to_string();
        assert!(refusal.contains("Put the key file back"), "{refusal}");
        assert!(!state_dir.path().join("master_key").exists());
    }

    #[test]
    fn a_damaged_master_key_is_refused() {
        let state_dir = tempfile::tempdir().expect("a folder");
        let file = state_dir.path().join("master_key");
        for damaged in ["", "abc", &"g".repeat(64), &"a".repeat(62)] {
            fs::write(&file, damaged).expect("a file");
            assert!(prepare(state_dir.path()).is_err(), "{damaged}");
        }
    }

    #[test]
    fn a_large_log_is_put_aside_and_its_writer_goes_on() {
        let logs = tempfile::tempdir().expect("a folder");
        let log = logs.path().join("c_stderr.txt");
        let mut writer = File::options().create(true).append(true).open(&log).expect("a log");
        writer.write_all(b"0123456789").expect("written");
        rotate_from(logs.path(), 10).expect("nothing is large");
        assert_eq!(fs::read(&log).expect("a log"), b"0123456789");
        rotate_from(logs.path(), 9).expect("rotated");
        writer.write_all(b"more").expect("written");
        assert_eq!(fs::read(&log).expect("a log"), b"more");
        let aside = fs::read(logs.path().join("c_stderr.txt.1")).expect("put aside");
        assert_eq!(aside, b"0123456789");
    }
}
