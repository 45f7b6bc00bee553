//! Many clients at once, and a host that is killed under them: no coupon too many, none lost.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::harness::app::App;
use crate::harness::clients::{
    COUPONS, Client, ISSUES, Pool, Told, assert_no_acknowledged_one_lost,
    assert_none_lost_or_doubled, is_to_be_repeated, run,
};

fn kill(app: &App) {
    app.kill();
    app.restart();
}

#[test]
fn a_quota_for_600_gives_600_coupons_to_1000_concurrent_issues() {
    let app = App::start();
    let pool = Pool::of(&app, COUPONS);
    let before = pool.accounts(&app);
    let told = Told::default();
    let issue = |client: &mut Client, number: usize| {
        loop {
            let reply = client.issue(&pool, None).expect("an answer");
            // Too many at once: nothing was done.
            if reply.status != 429 {
                assert_eq!(reply.status, 200, "{}", reply.text());
                return told.note(number, &reply.json());
            }
        }
    };
    run(issue, &[&app], || {});
    assert_eq!(told.coupons().len(), COUPONS);
    assert_eq!(told.exhausted.load(Ordering::Relaxed), ISSUES - COUPONS);
    told.assert_distinct();
    pool.assert_spent(&app, before, COUPONS);
}

#[test]
fn the_sdks_clients_share_a_quota_as_well() {
    let app = App::start();
    let pool = Pool::of(&app, COUPONS / 10);
    let before = pool.accounts(&app);
    let told = Told::default();
    let issue = |_: &mut Client, number: usize| {
        if number >= ISSUES / 10 {
            return;
        }
        loop {
            let headers = json!({"X-Client-Token": format!("issue-{number}")});
            let fields = pool.fields();
            let answer = app.sdk_with(pool.key(), "CreatePartnerCoupons", &fields, &headers);
            if !is_to_be_repeated(&answer.reply) {
                return told.note(number, &answer.outcome.expect("an answer"));
            }
        }
    };
    run(issue, &[&app], || {});
    assert_eq!(told.coupons().len(), COUPONS / 10);
    told.assert_distinct();
    pool.assert_spent(&app, before, COUPONS / 10);
}

#[test]
fn no_coupon_is_lost_or_doubled_while_the_host_is_killed_under_clients_that_repeat() {
    let app = App::start();
    assert_none_lost_or_doubled(&[&app], || kill(&app));
}

#[test]
fn no_acknowledged_coupon_is_lost_while_the_host_is_killed_under_clients_that_do_not_repeat() {
    let app = App::start();
    assert_no_acknowledged_one_lost(&[&app], || kill(&app));
}
