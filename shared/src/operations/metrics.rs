//! What a monitoring system is told of a tenant: figures that cost a handful of calls, whatever the
//! size of its books.

use crate::books::key;
use crate::books::record::{AccountRecord, decode};
use crate::domain::account::AccountId;
use crate::domain::coupon::Quota;
use crate::domain::error::Reason;
use crate::operations::audit::add;
use crate::store::{Part, Range, Reader, Snapshot};
use crate::value::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Records read in one call.
const RECORDS_PER_READ: usize = 500;

/// The figures of a tenant at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Number of transactions so far.
    pub transactions: u64,
    /// When the last one was.
    pub last_transaction_at: Timestamp,
    /// Sums of balances by the kind of account, in yuan; together they are nothing.
    pub balances: BTreeMap<&'static str, Decimal>,
    /// Number of coupon quotas.
    pub quotas: u64,
    /// What quotas from outside were worth at first.
    pub quotas_granted: Decimal,
    /// What is left to be issued of all quotas.
    pub quotas_left: Decimal,
    /// Number of submissions that await review.
    pub reviews_waiting: u64,
    /// When the oldest of them came in.
    pub oldest_review_at: Option<Timestamp>,
    /// Messages that are due.
    pub deliveries_due: u64,
    /// Messages that were given up, as long as the log keeps them.
    pub deliveries_failed: u64,
    /// Size of the log in the head.
    pub log_bytes: u64,
    /// Records in the tree and in the log.
    pub records: u64,
    /// About how many pages the tree has.
    pub pages: u64,
    /// Whether the last self-test found the store fit.
    pub is_fit: bool,
}

/// What the accounts of partners are summed up by.
fn kind_of(account: &AccountId) -> &'static str {
    match account {
        AccountId::Outside => "outside",
        AccountId::PartnerBalance(_) => "partner_balances",
        AccountId::PartnerCredit(_) => "partner_credit",
        AccountId::CloudClearing(_) => "cloud_clearing",
        AccountId::CloudRevenue(_) => "cloud_revenue",
        _ => "other_of_partners",
    }
}

/// The figures that a snapshot holds, at a time of the tenant's clock.
///
/// # Errors
/// Store failures, and [`Reason::Corrupt`] for a record that does not read back.
pub async fn metrics(snapshot: &Snapshot<'_>, now: Timestamp) -> Result<Metrics, Reason> {
    let waiting = Range::prefix(&key::awaiting_reviews());
    let due = Range::between(key::due_deliveries(), key::due_deliveries_after(now));
    let failed = Range::prefix(&key::failed_deliveries());
    let first = |range| Part { range, offset: 0, limit: 1 };
    snapshot.approach(&[first(&waiting), first(&due), first(&failed)]).await?;

    let quotas = Quotas::read(snapshot).await?;
    let oldest = snapshot.scan(&waiting, 0, 1).await?;
    let log_bytes = snapshot.log_bytes();
    Ok(Metrics {
        transactions: snapshot.sequence(),
        last_transaction_at: snapshot.time().into(),
        balances: balances(snapshot, quotas.left).await?,
        quotas: quotas.count,
        quotas_granted: quotas.granted,
        quotas_left: quotas.left,
        reviews_waiting: snapshot.count(&waiting).await?,
        oldest_review_at: oldest.first().and_then(|(key, _)| key::awaiting_review_time(key)),
        deliveries_due: snapshot.count(&due).await?,
        deliveries_failed: snapshot.count(&failed).await?,
        log_bytes: u64::try_from(log_bytes).unwrap_or(u64::MAX),
        records: snapshot.count(&Range::prefix(&[])).await?,
        pages: snapshot.pages_estimate().await?,
        is_fit: snapshot.unfit().is_none(),
    })
}

/// Coupon quotas together.
#[derive(Default)]
struct Quotas {
    count: u64,
    granted: Decimal,
    left: Decimal,
}

impl Quotas {
    async fn read(store: &dyn Reader) -> Result<Self, Reason> {
        let mut quotas = Self::default();
        for (key, bytes) in whole(store, &key::all_quotas()).await? {
            let quota: Quota = decode(&key, &bytes)?;
            quotas.count = quotas.count.saturating_add(1);
            // What was granted on to a reseller came from another quota.
            if quota.parent_quota_id.is_none() {
                add(&mut quotas.granted, quota.quota_value)?;
            }
        }
        for (key, bytes) in whole(store, &key::quota_accounts()).await? {
            let account: AccountRecord = decode(&key, &bytes)?;
            add(&mut quotas.left, account.balance)?;
        }
        Ok(quotas)
    }
}

/// Sums of balances by kind. Every transfer has two sides, so all accounts together hold nothing,
/// and what customers hold is known without reading their accounts.
async fn balances(
    store: &dyn Reader,
    quotas_left: Decimal,
) -> Result<BTreeMap<&'static str, Decimal>, Reason> {
    let mut balances = BTreeMap::from([("quotas", quotas_left)]);
    for (key, bytes) in whole(store, &key::partner_accounts()).await? {
        let corrupt = || Reason::Corrupt(key.escape_ascii().to_string());
        let account = key::account_id(&key).ok().flatten().ok_or_else(corrupt)?;
        let record: AccountRecord = decode(&key, &bytes)?;
        add(balances.entry(kind_of(&account)).or_default(), record.balance)?;
    }
    // A negated zero would be written with a sign.
    let customers = Decimal::ZERO - balances.values().sum::<Decimal>();
    balances.insert("customers", customers);
    Ok(balances)
}

/// All records of a range that lies in the head as a rule.
async fn whole(store: &dyn Reader, range: &Range) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Reason> {
    let mut records = Vec::new();
    loop {
        let offset = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let part = store.scan(range, offset, RECORDS_PER_READ).await?;
        let is_last = part.len() < RECORDS_PER_READ;
        records.extend(part);
        if is_last {
            return Ok(records);
        }
    }
}
