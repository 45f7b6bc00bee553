//! What a stranger, a client and the systems around the bundle can try against it: nobody gets in,
//! nobody else notices, and nothing that is stored changes.
//!
//! `cargo xtask attack` runs these tests with a larger budget and makes a table of what they print.
//! All of it goes to addresses of this machine only.

mod books;
mod forgeries;
mod http;
mod outbound;
mod sockets;

use crate::harness::app::{App, Variables};
use crate::harness::json::Json;
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";
const COUPONS: &str = "/v2/promotions/benefits/partner-coupons";

/// How much is tried: 1 with the other tests.
fn rounds() -> usize {
    let rounds = std::env::var("ATTACK_ROUNDS");
    rounds.map_or(1, |rounds| rounds.parse().expect("ATTACK_ROUNDS is a number"))
}

/// The application under attack, and a tenant who wants to use it meanwhile.
struct Target {
    app: App,
    tenant: Tenant,
    audit: Json,
}

impl Target {
    fn start() -> Self {
        Self::start_with(Variables::default())
    }

    fn start_with(variables: Variables) -> Self {
        let app = App::start_with(variables);
        let tenant = Tenant::in_books_of(&app);
        let audit = app.audit(&tenant.tenant_id);
        Self { app, tenant, audit }
    }

    /// A client with a key is answered.
    fn assert_serves(&self, what: &str) {
        let reply = self.app.get(&self.tenant.distributor, BALANCES);
        assert_eq!(reply.status, 200, "{what}: {}", reply.text());
    }

    /// All that was tried changed nothing, and the log has a line for each fault and no more.
    fn held(self, what: &str, tried: usize) {
        self.assert_serves(what);
        assert_eq!(self.app.audit(&self.tenant.tenant_id), self.audit, "{what}");
        let log = self.app.log();
        for word in ["panicked", "backtrace", "wasm trap", "unreachable"] {
            assert!(!log.to_lowercase().contains(word), "{what}: {word} in the log: {log}");
        }
        let long = log.lines().find(|line| line.chars().count() > 1000);
        assert!(long.is_none(), "{what}: a long line in the log: {long:?}");
        println!("attack: {what}: {tried} tried, held");
    }
}

/// Numbers as good as random, the same in each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).expect("fits");
        usize::try_from(self.roll() % most).expect("fits")
    }
}
