//! `cargo xtask up`: builds the bundle, starts it, and serves until interrupted.

use std::net::SocketAddr;
use std::path::{PathBuf, absolute};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::build;
use crate::demo::{self, Key};
use crate::host::{self, Host, Kind, Start};
use crate::operator::Operator;
use crate::process::{self, random_hex};
use crate::state;
use crate::workspace::Workspace;
use crate::{import, manifest};

/// What directs programs of the official SDKs: where BSS is, and where they ask whose a key is.
const SDK_VARIABLES: [&str; 2] =
    ["HUAWEICLOUD_SDK_REGION_BSS_CN_NORTH_1", "HUAWEICLOUD_SDK_IAM_ENDPOINT"];

/// How often time is let do what it does.
const TICK: Duration = Duration::from_secs(60);

/// How to run the bundle.
#[derive(Args)]
pub struct Options {
    /// Import the demo book and the demo catalogue, and print the keys
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
    /// The token of the operator's routes; better given as OPERATOR_TOKEN, which no list of
    /// processes shows [default: a random one, printed]
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
    let master_key = state::prepare(&state_dir)?;
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
        options: match kind {
            // Ready for first requests soon, and out of the way of the import and of other work.
            Kind::Local => &["--compile", "ahead"],
            Kind::Spin => &[],
        },
        cache_dir: None,
        demo_tenants: demo_tenants.as_deref(),
    };
    let host = Host::start(workspace, &start)?;

    println!("routes:");
    for route in &routes {
        println!("  {}  ({})", route.path, route.component);
    }
    if options.demo {
        let operator = Operator::new(&host.url, &operator_token)?;
        for file in demo::files(workspace) {
            let imported = import::import(&file, &operator);
            if imported.is_err() {
                // That it has ended says more than that it does not answer.
                host.fail_if_ended()?;
            }
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            println!("imported {name}: {}", imported?);
        }
        print_demo_keys(&demo::keys(workspace)?);
    }
    println!("console: {}/console", host.url);
    match options.demo.then(|| demo::keys(workspace)).transpose()?.as_deref() {
        Some([Key { kind, access_key_id, secret_key, .. }, ..]) => {
            println!("  sign in, for example as the {kind}:");
            println!("    access key {access_key_id}  secret key {secret_key}");
        }
        Some([]) | None => {
            println!("  sign in with an access key and its secret key, or with the operator token");
        }
    }
    println!("state: {}", state_dir.display());
    if options.operator_token.is_none() {
        println!("operator token: {operator_token}");
    }
    println!("programs of the official SDKs come here, as they are, with:");
    for variable in SDK_VARIABLES {
        println!("  export {variable}={}", host.url);
    }
    println!("listening on {}", host.url);
    let clock = Operator::new(&host.url, &operator_token)?;
    thread::spawn(move || tick_every_minute(&clock));
    host.serve(&state::logs(&state_dir))
}

/// What a timer does for a bundle in service. A tick that failed is made up for by the next.
fn tick_every_minute(clock: &Operator) {
    loop {
        thread::sleep(TICK);
        if let Err(error) = clock.tick() {
            eprintln!("the tick failed: {error:#}");
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Local => "the local host",
        Kind::Spin => "spin",
    }
}

fn print_demo_keys(keys: &[Key]) {
    println!("demo keys:");
    for key in keys {
        println!("  {} {}", key.kind, key.principal_id);
        println!("    access key {}  secret key {}", key.access_key_id, key.secret_key);
    }
    if let Some(key) = keys.first() {
        println!(
            "a call for python3, after `pip install huaweicloudsdkbss` and the exports below:"
        );
        println!("{}", python_call(key));
    }
}

fn python_call(key: &Key) -> String {
    let Key { access_key_id, secret_key, .. } = key;
    format!(
        r#"
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkbss.v2 import BssClient, ListPartnerBalancesRequest
from huaweicloudsdkbss.v2.region.bss_region import BssRegion
credentials = GlobalCredentials("{access_key_id}", "{secret_key}")
region = BssRegion.value_of("cn-north-1")
client = BssClient.new_builder().with_credentials(credentials).with_region(region).build()
print(client.list_partner_balances(ListPartnerBalancesRequest()))
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_python_call_names_the_key_and_nothing_else_of_the_bundle() {
        let key = Key {
            kind: "distributor".to_owned(),
            principal_id: "p1".to_owned(),
            access_key_id: "A".to_owned(),
            secret_key: "a".to_owned(),
        };
        let call = python_call(&key);
        assert!(call.contains(r#"GlobalCredentials("A", "a")"#), "{call}");
        assert!(!call.contains("p1") && !call.contains("127.0.0.1"), "{call}");
    }
}
