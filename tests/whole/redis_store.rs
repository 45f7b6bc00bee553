//! The books in Redis: several hosts on one, and a Redis that goes away and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::app::{App, ROOT, Variables};
use crate::harness::book::Book;
use crate::harness::clients::{
    Client, Pool, Told, assert_no_acknowledged_one_lost, assert_none_lost_or_doubled,
    assert_remembered, issue_for_certain, post_for_certain, run,
};
use crate::harness::http::Request;
use crate::harness::redis_server::RedisServer;
use crate::harness::tenant::Tenant;

const BALANCES: &str = "/v2/accounts/partner-accounts/balances";
const HEALTH: &str = "/operator/v1/health";
const RECLAIM: &str = "/v2/partners/coupon-quotas/indirect-partner-reclaim";

/// Quotas that are granted before two hosts and taken back by both.
const GRANTS: usize = 40;

fn two_hosts() -> (Arc<RedisServer>, [App; 2]) {
    let redis = Arc::new(RedisServer::start());
    let apps = [App::start_on(&redis), App::start_on(&redis)];
    (redis, apps)
}

#[test]
fn works_on_redis_and_keeps_all_keys_under_one_prefix() {
    let redis = Arc::new(RedisServer::start());
    let app = App::start_on(&redis);
    let health = app.operator("GET", HEALTH, "");
    assert_eq!(health.status, 200, "{}", health.text());
    let tenant = Tenant::in_books_of(&app);
    assert_eq!(app.get(&tenant.distributor, BALANCES).status, 200);
    app.audit(&tenant.tenant_id);
    // It panics on a key without the prefix.
    let keys = redis.entries();
    assert!(keys.keys().any(|key| key.starts_with("head.")), "{:?}", keys.keys());
    assert!(!keys.keys().any(|key| key.starts_with("selftest.")), "{:?}", keys.keys());
}

#[test]
fn two_hosts_give_the_same_answers() {
    let (_redis, [one, other]) = two_hosts();
    let tenant = Tenant::in_books_of(&one);
    let balances = one.get(&tenant.distributor, BALANCES);
    assert_eq!(balances.status, 200, "{}", balances.text());
    assert_eq!(other.get(&tenant.distributor, BALANCES).json(), balances.json());
    assert_eq!(other.audit(&tenant.tenant_id), one.audit(&tenant.tenant_id));
}

/// Grants a reseller quotas of five yuan each out of the pool's.
fn grant(app: &App, pool: &Pool) -> Vec<String> {
    let tenant = &pool.tenant;
    let ids: Vec<String> = (0..GRANTS).map(|number| format!("{}-{number}", pool.quota)).collect();
    let lines = ids.iter().map(|id| {
        let line = json!({
            "kind": "quota_grant", "tenant_id": tenant.tenant_id, "parent_quota_id": pool.quota,
            "quota_id": id, "indirect_partner_id": tenant.reseller.principal_id,
            "amount": "5.00", "at": "2026-01-11T00:00:00Z",
        });
        format!("{line}\n")
    });
    app.import(&Book::new(lines.collect()));
    ids
}

/// Whether a reclaim of one quota took it back; false when it had been taken before.
fn reclaimed(client: &mut Client, pool: &Pool, quota: &str, token: &str) -> bool {
    let fields: Value = json!({"quota_ids": [quota]});
    let body = post_for_certain(client, pool.key(), RECLAIM, &fields, token).json();
    let count = |name: &str| body.get(name).map_or(0, |items| items.as_list().len());
    assert_eq!(count("simple_quota_infos") + count("error_details"), 1, "{body:?}");
    count("simple_quota_infos") == 1
}

#[test]
fn two_hosts_issue_and_reclaim_at_once_and_nothing_is_lost_or_doubled() {
    let (_redis, apps) = two_hosts();
    let apps = [&apps[0], &apps[1]];
    let quota = 1400;
    let pool = Pool::of(apps[0], quota);
    let grants = grant(apps[0], &pool);
    let before = pool.accounts(apps[0]);
    let told = Told::default();
    let taken = AtomicUsize::new(0);
    let started = Instant::now();
    let act = |client: &mut Client, number: usize| {
        let reply = issue_for_certain(client, &pool, number);
        told.note(number, &reply.json());
        // Each grant twice, mostly by both hosts at one time.
        if let Some(grant) = grants.get(number / 2)
            && reclaimed(client, &pool, grant, &format!("reclaim-{number}"))
        {
            taken.fetch_add(1, Ordering::Relaxed);
        }
    };
    run(act, &apps, || {});
    let elapsed = started.elapsed();
    let issued = told.coupons().len();
    let writes = issued + 2 * GRANTS;
    println!("two hosts on one Redis: {writes} writes of one tenant in {elapsed:.1?}");
    assert_eq!(taken.load(Ordering::Relaxed), GRANTS);
    told.assert_distinct();
    assert_remembered(&apps, &pool, &told);
    assert_eq!(apps[0].audit(&pool.tenant.tenant_id), apps[1].audit(&pool.tenant.tenant_id));
    // All grants are back in the quota: what was not issued can be issued, no more.
    pool.spend(apps[1], quota - issued);
    pool.assert_spent(apps[1], before, quota);
}

#[test]
fn one_of_two_hosts_is_killed_and_no_coupon_is_lost_or_doubled() {
    let (_redis, [one, other]) = two_hosts();
    assert_none_lost_or_doubled(&[&one, &other], || {
        one.kill();
        one.restart();
    });
}

/// Kills Redis, sees that both hosts say so, and starts it again.
fn restart(redis: &RedisServer, apps: [&App; 2], tenant: &Tenant) {
    redis.kill();
    for app in apps {
        assert_unavailable(app, tenant);
    }
    redis.restart();
}

/// Whoever asks is told to try again, in the API's envelope.
fn assert_unavailable(app: &App, tenant: &Tenant) {
    let unavailable = (503, "CBC.0999".to_owned());
    assert_eq!(app.get(&tenant.distributor, BALANCES).outcome(), unavailable);
    assert_eq!(app.operator("GET", HEALTH, "").outcome(), unavailable);
}

#[test]
fn redis_is_killed_under_two_hosts_and_no_coupon_is_lost_or_doubled() {
    let (redis, [one, other]) = two_hosts();
    let tenant = Tenant::in_books_of(&one);
    assert_none_lost_or_doubled(&[&one, &other], || restart(&redis, [&one, &other], &tenant));
}

#[test]
fn redis_is_killed_under_clients_that_do_not_repeat_and_no_acknowledged_coupon_is_lost() {
    let (redis, [one, other]) = two_hosts();
    let tenant = Tenant::in_books_of(&one);
    assert_no_acknowledged_one_lost(&[&one, &other], || restart(&redis, [&one, &other], &tenant));
}

#[test]
fn an_operator_without_the_token_learns_nothing_of_a_redis_that_is_away() {
    let redis = Arc::new(RedisServer::start());
    let app = App::start_on(&redis);
    redis.kill();
    let reply = app.send(&Request::new("GET", HEALTH, ""));
    assert_eq!(reply.outcome(), (401, "CBC.0154".to_owned()));
}

#[test]
fn variables_that_name_no_store_are_a_clear_503() {
    let cases = [
        (Variables { store: "sqlite", ..default() }, "the variable store"),
        (Variables { store: "redis", redis_url: "127.0.0.1:1", ..default() }, "redis_url"),
        (Variables { store: "redis", redis_url: "redis://u:p@a:1", ..default() }, "redis_password"),
    ];
    for (variables, named) in cases {
        let app = App::start_with(variables);
        let tenant = Tenant::new();
        for reply in [app.operator("GET", HEALTH, ""), app.get(&tenant.distributor, BALANCES)] {
            assert_eq!(reply.outcome(), (503, "CBC.0999".to_owned()));
            assert!(reply.text().contains(named), "{}", reply.text());
        }
    }
}

#[test]
fn every_component_with_a_store_may_use_redis_and_builds_without_key_value_storage() {
    let manifest = std::fs::read_to_string(format!("{ROOT}/spin.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let components = manifest["component"].as_table().expect("components");
    for (id, component) in components {
        let watched = component["build"]["watch"].as_array().expect("a list");
        let folder = watched.iter().filter_map(toml::Value::as_str).find_map(|pattern| {
            pattern.strip_suffix("/**/*").filter(|folder| folder.starts_with("functions/"))
        });
        let folder = folder.unwrap_or_else(|| panic!("{id} watches no folder of its own"));
        let package = std::fs::read_to_string(format!("{ROOT}/{folder}/Cargo.toml"));
        let package: toml::Table = package.expect("a package").parse().expect("TOML");
        let features = package.get("features").unwrap_or_else(|| panic!("{id} has no features"));
        assert_eq!(features["default"][0].as_str(), Some("key-value"), "{id}");
        assert_eq!(features["key-value"][0].as_str(), Some("billing/key-value"), "{id}");
        if component.get("key_value_stores").is_none() {
            continue;
        }
        for name in ["store", "redis_url", "redis_user", "redis_password"] {
            let value = component["variables"].get(name).and_then(toml::Value::as_str);
            assert_eq!(value, Some(format!("{{{{ {name} }}}}").as_str()), "{id}");
        }
        let hosts = component["allowed_outbound_hosts"].as_array().expect("a list");
        assert!(hosts.contains(&"{{ redis_url }}".into()), "{id}");
    }
}

fn default() -> Variables {
    Variables::default()
}
