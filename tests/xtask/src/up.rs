//! `cargo xtask up`: builds the bundle, starts it, and serves until interrupted.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::build;
use crate::demo::{self, Key};
use crate::host::{self, Host, Kind, Start};
use crate::operator::Operator;
use crate::process;
use crate::workspace::Workspace;
use crate::{import, manifest};

/// How to run the bundle.
#[derive(Args)]
pub struct Options {
    /// Import the demo book and print its keys
    #[arg(long)]
    demo: bool,
    /// The address to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Where the ledger and its master key are kept [default: .spin beside spin.toml]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// What to run on [default: spin 3 or 4 if it is on PATH, else local]
    #[arg(long)]
    host: Option<Kind>,
    /// The token of the operator's routes [default: a random one, printed]
    #[arg(long, value_name = "TOKEN", env = "OPERATOR_TOKEN", hide_env_values = true)]
    operator_token: Option<String>,
}

/// Serves until interrupted; returns only when something failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    host::address_is_free(options.listen)?;
    let state_dir = match &options.state_dir {
        Some(folder) => absolute(folder)?,
        None => workspace.root.join(".spin"),
    };
    let master_key = master_key(&state_dir)?;
    let operator_token = match &options.operator_token {
        Some(token) => token.clone(),
        None => random_hex::<16>()?,
    };
    let manifest = workspace.root.join("spin.toml");
    let routes = manifest::routes(&manifest)?;
    let kind = options.host.unwrap_or_else(Kind::available);
    if kind == Kind::Spin && process::find("spin").is_none() {
        bail!("there is no spin on PATH: install it, or use --host local");
    }

    build::components(workspace)?;
    if kind == Kind::Local {
        build::host(workspace)?;
    }
    let demo_tenants = if options.demo { Some(demo::tenants(workspace)?) } else { None };
    eprintln!("starting {} ...", name(kind));
    let start = Start {
        kind,
        manifest: &manifest,
        listen: options.listen,
        state_dir: &state_dir,
        operator_token: &operator_token,
        master_key: &master_key,
        options: &[],
        demo_tenants: demo_tenants.as_deref(),
    };
    let host = Host::start(workspace, &start)?;

    println!("routes:");
    for route in &routes {
        println!("  {}  ({})", route.path, route.component);
    }
    if options.demo {
        let operator = Operator::new(&host.url, &operator_token)?;
        let imported = import::import(&demo::file(workspace), &operator);
        if imported.is_err() {
            // That it has ended says more than that it does not answer.
            host.fail_if_ended()?;
        }
        let outcome = imported?;
        println!("demo book: {outcome}");
        print_demo_keys(&demo::keys(workspace)?, &host.url);
    }
    println!("state: {}", state_dir.display());
    println!("operator token: {operator_token}");
    println!("listening on {}", host.url);
    host.serve()
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Local => "the local host",
        Kind::Spin => "spin",
    }
}

fn print_demo_keys(keys: &[Key], url: &str) {
    println!("demo keys:");
    for key in keys {
        println!("  {} {}", key.kind, key.principal_id);
        println!("    access key {}  secret key {}", key.access_key_id, key.secret_key);
    }
    if let Some(key) = keys.first() {
        println!("a call to paste into python3, after `pip install huaweicloudsdkbss`:");
        println!("{}", python_call(key, url));
    }
}

fn python_call(key: &Key, url: &str) -> String {
    let Key { access_key_id, secret_key, principal_id, .. } = key;
    format!(
        r#"
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkbss.v2 import BssClient, ListPartnerBalancesRequest
credentials = GlobalCredentials("{access_key_id}", "{secret_key}", "{principal_id}")
client = BssClient.new_builder().with_credentials(credentials).with_endpoint("{url}").build()
print(client.list_partner_balances(ListPartnerBalancesRequest()))
"#
    )
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
    let state = state_dir.join("sqlite_key_value.db");
    if state.exists() {
        bail!(
            "{} is there, but not the master key that its secrets are sealed with, {}.\n\
             Put the key file back, or start afresh: another --state-dir, or remove the state.",
            state.display(),
            file.display()
        );
    }
    fs::create_dir_all(state_dir)
        .with_context(|| format!("cannot make the state directory {}", state_dir.display()))?;
    let key = random_hex::<32>()?;
    write_secret(&file, &key).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(key)
}

fn checked(key: &str) -> Result<String> {
    if hex::decode(key).is_ok_and(|bytes| bytes.len() == 32) {
        Ok(key.to_owned())
    } else {
        bail!("it must hold 64 hexadecimal digits")
    }
}

/// Writes a new file that only its owner can read, whole or not at all.
fn write_secret(file: &Path, secret: &str) -> Result<()> {
    let partial = file.with_extension("partial");
    // Left by a start that was interrupted here: nothing was sealed with it.
    fs::remove_file(&partial).ok();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut secret_file = options.open(&partial)?;
    writeln!(secret_file, "{secret}")?;
    secret_file.sync_all()?;
    // A link never replaces a file: of two first starts at once, the second fails.
    fs::hard_link(&partial, file)?;
    fs::remove_file(&partial)?;
    Ok(())
}

/// `N` random bytes, as hexadecimal digits.
fn random_hex<const N: usize>() -> Result<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_directory_keeps_its_master_key() {
        let parent = tempfile::tempdir().expect("a folder");
        let state_dir = parent.path().join("state");
        let key = master_key(&state_dir).expect("a new key");
        assert_eq!(key.len(), 64);
        assert_eq!(master_key(&state_dir).expect("the same key"), key);
        let other = master_key(&parent.path().join("other")).expect("another key");
        assert_ne!(other, key);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_master_key() {
        use std::os::unix::fs::PermissionsExt;

        let state_dir = tempfile::tempdir().expect("a folder");
        master_key(state_dir.path()).expect("a new key");
        let file = state_dir.path().join("master_key");
        let mode = fs::metadata(file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_state_without_its_master_key_is_refused() {
        let state_dir = tempfile::tempdir().expect("a folder");
        fs::write(state_dir.path().join("sqlite_key_value.db"), "").expect("a state");
        let refusal = master_key(state_dir.path()).expect_err("no key").to_string();
        assert!(refusal.contains("Put the key file back"), "{refusal}");
        assert!(!state_dir.path().join("master_key").exists());
    }

    #[test]
    fn a_damaged_master_key_is_refused() {
        let state_dir = tempfile::tempdir().expect("a folder");
        let file = state_dir.path().join("master_key");
        for damaged in ["", "abc", &"g".repeat(64), &"a".repeat(62)] {
            fs::write(&file, damaged).expect("a file");
            assert!(master_key(state_dir.path()).is_err(), "{damaged}");
        }
    }

    #[test]
    fn the_python_call_names_the_key_and_the_address() {
        let key = Key {
            kind: "distributor".to_owned(),
            principal_id: "p1".to_owned(),
            access_key_id: "A".to_owned(),
            secret_key: "a".to_owned(),
        };
        let call = python_call(&key, "http://127.0.0.1:3000");
        assert!(call.contains(r#"GlobalCredentials("A", "a", "p1")"#), "{call}");
        assert!(call.contains(r#"with_endpoint("http://127.0.0.1:3000")"#), "{call}");
    }
}
