//! The bundle behind the proxy of the operator's guide.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::app::{App, Variables};
use crate::harness::http::{Connection, Request};
use crate::harness::keeper::Keeper;
use crate::harness::sdk;
use crate::harness::signer;
use crate::harness::tenant::Tenant;

const GUIDE: &str = include_str!("../../functions/operator/README.md");

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";
const COUPONS: &str = "/v2/promotions/benefits/partner-coupons";

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The guide's example, on plain HTTP and on this machine.
fn example(address: &str, bundle: &str) -> String {
    let (_, example) = GUIDE.split_once("```nginx\n").expect("the example");
    let (example, _) = example.split_once("```").expect("its end");
    let lines = example.lines().filter(|line| !line.trim_start().starts_with("ssl_"));
    let lines: Vec<&str> = lines.collect();
    let here = [
        ("listen 443 ssl;", format!("listen {address};")),
        ("http://127.0.0.1:3000", format!("http://{bundle}")),
    ];
    here.iter().fold(lines.join("\n"), |text, (theirs, ours)| {
        assert!(text.contains(theirs), "the example does not say {theirs}");
        text.replace(theirs, ours)
    })
}

/// A proxy in front of the bundle.
struct Proxy {
    address: &'static str,
    app: App,
    keeper: Option<Keeper>,
}

impl Proxy {
    /// Starts both. None where there is no nginx, which continuous integration always has.
    fn start() -> Option<Self> {
        let mut version = Command::new("nginx");
        version.arg("-v").stdout(Stdio::null()).stderr(Stdio::null());
        if !version.status().is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "there is no nginx to test the example with");
            println!("there is no nginx: what the operator's guide says of it is not tested");
            return None;
        }
        // Free until now: nothing else here asks for a certain port.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        // The application's variables live as long as the tests do.
        let address: &str = listener.local_addr().expect("an address").to_string().leak();
        let app = App::start_with(Variables { public_hosts: address, ..Variables::default() });
        let name = format!("nginx-{}-{}", std::process::id(), listener.local_addr().ok()?.port());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).expect("the target directory can be written");
        let directory = directory.to_str().expect("a path in UTF-8");
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {directory}/{kind};\n"));
        let configuration = format!(
            "daemon off;\nmaster_process off;\npid {directory}/pid;\nerror_log {directory}/log;\n\
             events {{}}\nhttp {{\naccess_log off;\n{}{}\n}}\n",
            temporary.concat(),
            example(address, &app.address()),
        );
        let file = format!("{directory}/nginx.conf");
        std::fs::write(&file, configuration).expect("is written");
        drop(listener);
        let log = format!("{directory}/log");
        let arguments = ["-p", directory, "-c", &file, "-e", &log];
        let (keeper, _) = Keeper::start(Path::new(directory), "nginx", arguments);
        let started = Instant::now();
        while let Err(error) = TcpStream::connect(address) {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(started.elapsed() < START_TIMEOUT, "nginx: {error}\n{log}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(Self { address, app, keeper: Some(keeper) })
    }

    fn status(&self, request: &Request) -> u16 {
        let mut connection = Connection::open(self.address).expect("connects");
        connection.exchange(request).expect("an answer").status
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.remove();
        }
    }
}

#[test]
fn the_sdk_calls_the_bundle_through_the_proxy_of_the_guide() {
    let Some(proxy) = Proxy::start() else { return };
    let tenant = Tenant::in_books_of(&proxy.app);
    let key = &tenant.distributor;
    let endpoint = format!("http://{}", proxy.address);
    let balances = sdk::call(&endpoint, key, "ListPartnerBalances", &json!({}), &json!({}));
    assert_eq!(balances.reply.status, 200, "{}", balances.reply.text());
    let fields = json!({
        "quota_id": tenant.quota, "customer_ids": [tenant.customers[0]], "face_value": 1,
        "memo": "券 %2F+ &=",
    });
    let issued = sdk::call(&endpoint, key, "CreatePartnerCoupons", &fields, &json!({}));
    assert_eq!(issued.reply.status, 200, "{}", issued.reply.text());
    // The bundle's own address is not the one that clients sign.
    assert_eq!(proxy.app.get(key, BALANCES).status, 401);
}

#[test]
fn the_proxy_of_the_guide_keeps_out_what_it_should() {
    let Some(proxy) = Proxy::start() else { return };
    let tenant = Tenant::in_books_of(&proxy.app);
    let token = "Bearer operator-token-of-the-tests";
    for path in [
        "/operator/v1/health",
        "//operator/v1/health",
        "/operator//v1/health",
        "/operator/v1/health/",
        "/%6fperator/v1/health",
        "/v2/../operator/v1/health",
        "/./operator/v1/health",
    ] {
        let request = Request::new("GET", path, "").with("Authorization", token);
        assert_eq!(proxy.status(&request), 404, "{path}");
    }
    let large = Request::new("POST", COUPONS, " ".repeat(1024 * 1024 + 1));
    assert_eq!(proxy.status(&signer::sign(large, &tenant.distributor, proxy.address)), 413);

    // A body that does not come does not reach the bundle, and others are served.
    let head =
        format!("POST {COUPONS} HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\n", proxy.address);
    let mut stalled: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(proxy.address).expect("connects");
            stream.write_all(head.as_bytes()).expect("sends");
            stream
        })
        .collect();
    let good = signer::sign(Request::new("GET", BALANCES, ""), &tenant.distributor, proxy.address);
    assert_eq!(proxy.status(&good), 200);
    let one = stalled.first_mut().expect("one");
    one.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    assert!(one.read(&mut [0]).is_err(), "the bundle was asked before the body had come");
}
