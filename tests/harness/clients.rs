//! Many clients that issue coupons at once, and what they were told.

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::app::App;
use crate::harness::book::Book;
use crate::harness::contract;
use crate::harness::http::{Connection, Reply, Request};
use crate::harness::issuing::assert_empty;
use crate::harness::json::Json;
use crate::harness::signer::{self, Key};
use crate::harness::tenant::Tenant;

/// How many clients there are.
const CLIENTS: usize = 16;
/// How often the clients try to issue a coupon.
pub const ISSUES: usize = 1000;
/// How many coupons the quota has for them.
pub const COUPONS: usize = 600;
/// How often something is killed under them.
const KILLS: usize = 5;
/// Long after any run is over.
const TIME_MAX: Duration = Duration::from_secs(300);

fn path() -> &'static str {
    contract::path_of("CreatePartnerCoupons")
}

/// A tenant with a quota for a number of coupons of one yuan.
pub struct Pool {
    pub tenant: Tenant,
    pub quota: String,
}

impl Pool {
    pub fn of(app: &App, yuan: usize) -> Self {
        let tenant = Tenant::in_books_of(app);
        let quota = format!("{}-pool", tenant.quota);
        let line = json!({
            "kind": "coupon_quota", "tenant_id": tenant.tenant_id, "quota_id": quota,
            "partner_id": tenant.distributor.principal_id, "quota_type": 0,
            "quota_value": format!("{yuan}.00"), "quota_status": 0,
            "create_time": "2026-01-10T00:00:00Z", "effective_time": "2026-01-10T00:00:00Z",
            "expire_time": "2096-01-10T00:00:00Z", "limit_infos": [],
        });
        app.import(&Book::new(format!("{line}\n")));
        Self { tenant, quota }
    }

    /// An issue of one coupon of one yuan.
    pub fn fields(&self) -> Value {
        json!({"quota_id": self.quota, "customer_ids": [self.tenant.customers[0]],
               "face_value": "1.00"})
    }

    pub fn key(&self) -> &Key {
        &self.tenant.distributor
    }

    pub fn accounts(&self, app: &App) -> i64 {
        app.audit(&self.tenant.tenant_id).at("accounts").as_integer()
    }

    /// Issues this number of coupons, which the quota must have.
    pub fn spend(&self, app: &App, coupons: usize) {
        let mut fields = self.fields();
        for half in [coupons / 2, coupons - coupons / 2] {
            fields["customer_ids"] = json!(vec![&self.tenant.customers[0]; half]);
            let reply = app.post(self.key(), path(), fields.to_string());
            assert_eq!(reply.json().at("coupon_infos").as_list().len(), half);
        }
    }

    /// So many coupons are there, and nothing is left.
    pub fn assert_spent(&self, app: &App, accounts_before: i64, coupons: usize) {
        let coupons = i64::try_from(coupons).expect("fits");
        assert_eq!(self.accounts(app) - accounts_before, coupons);
        assert_empty(app, self.key(), &self.quota, &self.tenant.customers[0]);
    }
}

/// The coupon of an answer, or nothing when the quota is exhausted.
fn coupon(body: &Json) -> Option<String> {
    let coupons = body.get("coupon_infos").map_or(&[][..], Json::as_list);
    let refused = body.get("error_details").map_or(&[][..], Json::as_list);
    assert_eq!(coupons.len() + refused.len(), 1, "{body:?}");
    for item in refused {
        assert_eq!(item.text_at("error_code"), "CBC.99000013", "{body:?}");
    }
    coupons.first().map(|item| item.text_at("coupon_id").to_owned())
}

/// Whether an answer says to try again: then nothing was done, or the client token tells.
pub fn is_to_be_repeated(reply: &Reply) -> bool {
    matches!(reply.status, 429 | 503)
}

/// Whether an answer says that nothing was done.
fn is_not_done(reply: &Reply) -> bool {
    is_to_be_repeated(reply) && !reply.text().contains("the outcome is unknown")
}

/// A client that keeps its connection, and finds the host again after a restart.
pub struct Client<'a> {
    app: &'a App,
    connection: Option<Connection>,
}

impl<'a> Client<'a> {
    pub fn of(app: &'a App) -> Self {
        Self { app, connection: None }
    }

    pub fn issue(&mut self, pool: &Pool, token: Option<&str>) -> io::Result<Reply> {
        self.post(pool.key(), path(), &pool.fields(), token)
    }

    fn post(
        &mut self,
        key: &Key,
        path: &str,
        fields: &Value,
        token: Option<&str>,
    ) -> io::Result<Reply> {
        let address = self.app.address();
        let request = Request::new("POST", path, fields.to_string());
        let request = match token {
            Some(token) => request.with("X-Client-Token", token),
            None => request,
        };
        let request = signer::sign(request, key, &address);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(&address)?,
        };
        let reply = connection.exchange(&request)?;
        contract::check("POST", path, &reply);
        self.connection = Some(connection);
        Ok(reply)
    }
}

/// What all clients together were told.
#[derive(Default)]
pub struct Told {
    coupons: Mutex<Vec<(usize, String)>>,
    pub exhausted: AtomicUsize,
    unknown: AtomicUsize,
}

impl Told {
    pub fn note(&self, number: usize, body: &Json) {
        match coupon(body) {
            Some(coupon) => self.coupons.lock().expect("no client panicked").push((number, coupon)),
            None => {
                self.exhausted.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn count(&self) -> usize {
        let coupons = self.coupons.lock().expect("no client panicked").len();
        let others = [&self.exhausted, &self.unknown].map(|count| count.load(Ordering::Relaxed));
        coupons + others.iter().sum::<usize>()
    }

    pub fn coupons(&self) -> Vec<(usize, String)> {
        self.coupons.lock().expect("no client panicked").clone()
    }

    /// Each coupon was handed out once.
    pub fn assert_distinct(&self) {
        let coupons = self.coupons();
        let distinct: BTreeSet<&String> = coupons.iter().map(|(_, coupon)| coupon).collect();
        assert_eq!(distinct.len(), coupons.len());
    }
}

/// All issues, by clients spread over all hosts; `issue` does one of them to its end. `meanwhile`
/// runs beside them.
pub fn run(issue: impl Fn(&mut Client, usize) + Sync, apps: &[&App], meanwhile: impl FnOnce()) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for app in apps.iter().cycle().take(CLIENTS) {
            scope.spawn(|| {
                let mut client = Client::of(app);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= ISSUES {
                        break;
                    }
                    issue(&mut client, number);
                }
            });
        }
        meanwhile();
    });
}

/// Does something bad at even steps of the clients' progress.
fn disturb_repeatedly(told: &Told, disturb: impl Fn()) {
    let started = Instant::now();
    for step in 1..=KILLS {
        while told.count() < step * ISSUES / (KILLS + 1) {
            assert!(started.elapsed() < TIME_MAX, "the clients are stuck at {}", told.count());
            std::thread::sleep(Duration::from_millis(1));
        }
        disturb();
    }
}

/// Posts until there is an answer, whatever happens to host and store, always with the same token.
pub fn post_for_certain(
    client: &mut Client,
    key: &Key,
    path: &str,
    fields: &Value,
    token: &str,
) -> Reply {
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < TIME_MAX, "no answer to {token}");
        match client.post(key, path, fields, Some(token)) {
            Ok(reply) if is_to_be_repeated(&reply) => {}
            Ok(reply) => {
                assert_eq!(reply.status, 200, "{}", reply.text());
                return reply;
            }
            // It is being killed or started.
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

pub fn issue_for_certain(client: &mut Client, pool: &Pool, number: usize) -> Reply {
    let token = format!("issue-{number}");
    post_for_certain(client, pool.key(), path(), &pool.fields(), &token)
}

/// Every acknowledged coupon is there, on every host: the books still know which one was the
/// answer to which issue.
pub fn assert_remembered(apps: &[&App], pool: &Pool, told: &Told) {
    let mut clients: Vec<Client> = apps.iter().map(|app| Client::of(app)).collect();
    for (number, coupon_id) in told.coupons() {
        for client in &mut clients {
            let reply = issue_for_certain(client, pool, number);
            assert_eq!(coupon(&reply.json()).as_ref(), Some(&coupon_id), "issue {number}");
        }
    }
}

/// Clients that repeat get exactly the coupons that the quota has, whatever `disturb` does.
pub fn assert_none_lost_or_doubled(apps: &[&App], disturb: impl Fn()) {
    let pool = Pool::of(apps[0], COUPONS);
    let before = pool.accounts(apps[0]);
    let told = Told::default();
    let issue = |client: &mut Client, number: usize| {
        let reply = issue_for_certain(client, &pool, number);
        told.note(number, &reply.json());
    };
    run(issue, apps, || disturb_repeatedly(&told, disturb));
    assert_eq!(told.coupons().len(), COUPONS);
    assert_eq!(told.exhausted.load(Ordering::Relaxed), ISSUES - COUPONS);
    told.assert_distinct();
    assert_remembered(apps, &pool, &told);
    pool.assert_spent(apps[0], before, COUPONS);
}

/// What clients that do not repeat were told is there, whatever `disturb` does, and nothing is
/// there that they were told is not.
pub fn assert_no_acknowledged_one_lost(apps: &[&App], disturb: impl Fn()) {
    let app = apps[0];
    let quota = 2 * ISSUES;
    let pool = Pool::of(app, quota);
    let before = pool.accounts(app);
    let told = Told::default();
    let issue = |client: &mut Client, number: usize| {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < TIME_MAX, "no answer to issue {number}");
            match client.issue(&pool, None) {
                Ok(reply) if reply.status == 200 => return told.note(number, &reply.json()),
                Ok(reply) if is_not_done(&reply) => {}
                // Not even a connection.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(_) | Err(_) => {
                    told.unknown.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        }
    };
    run(issue, apps, || disturb_repeatedly(&told, disturb));
    told.assert_distinct();

    let acknowledged = told.coupons().len();
    let unknown = told.unknown.load(Ordering::Relaxed);
    assert_eq!(acknowledged + unknown, ISSUES);
    let issued = usize::try_from(pool.accounts(app) - before).expect("no account vanished");
    assert!(issued >= acknowledged, "{acknowledged} were acknowledged, {issued} are there");
    assert!(issued <= acknowledged + unknown, "{issued} are there, {unknown} are unknown");

    // What is left of the quota is what was not issued: that much can be issued, no more.
    pool.spend(app, quota - issued);
    pool.assert_spent(app, before, quota);
}
