//! Coupons and quotas in the books: listed by who holds or gave them, with what happened to them.

use super::list::{Collected, FILTERED_PER_READ, Record, looked_up};
use super::{Books, BooksMut, Entry, encode, key};
use crate::domain::account::AccountId;
use crate::domain::coupon::{
    Coupon, CouponFilter, CouponList, CouponMovement, CouponRecord, CouponStatus, CouponType,
    GrantedQuota, HeldCoupon, HeldQuota, Quota, QuotaRecord, RecordFilter, ShownCoupon,
};
use crate::domain::error::Reason;
use crate::domain::ledger::TransferId;
use crate::store::{Part, Range};
use crate::value::id::{CouponId, CustomerId, PartnerId, QuotaId, TransId};
use crate::value::page::{Page, Slice};
use crate::value::time::{Period, Timestamp};
use std::str::FromStr;

/// So many coupons in one transaction are more than the log takes, however short their identities.
const COUPONS_IN_PAGES: usize = 64;

/// Quotas that are looked at for expired coupons, at most.
const QUOTAS_MAX: usize = 1_000;

/// Coupons that are looked at when one is to be chosen for a customer, at most.
const COUPONS_TO_USE_MAX: usize = 100;

/// The part of a list that lies in a period, newest first.
fn within(list: Vec<u8>, period: Period) -> Range {
    let (start, end) = key::within(list, period);
    Range::between(start, end).reversed()
}

fn corrupt(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}

/// The identities in the keys of a list.
fn ids<T: FromStr>(
    records: &[Record],
    id_in: impl Fn(&[u8]) -> Option<&str>,
) -> Result<Vec<T>, Reason> {
    let id = |(key, _): &Record| {
        let id = id_in(key).and_then(|id| id.parse().ok());
        id.ok_or_else(|| corrupt(key))
    };
    records.iter().map(id).collect()
}

/// Where coupons and what they hold are kept.
pub(super) fn coupon_keys(ids: &[CouponId]) -> impl Iterator<Item = Vec<u8>> {
    let account = |id: &CouponId| key::account(&AccountId::Coupon(id.clone()));
    ids.iter().flat_map(move |id| [key::coupon(id), account(id)])
}

/// Prefix of the coupons of a list.
fn all(list: &CouponList) -> Vec<u8> {
    match list {
        CouponList::Issued(partner) => key::partner_coupons(partner),
        CouponList::Owned(customer) => key::customer_coupons(customer),
    }
}

/// Prefix of the shortest list that has all coupons asked for. None when there can be none.
fn narrowest(list: &CouponList, filter: &CouponFilter) -> Option<Vec<u8>> {
    match &filter.customer_id {
        Some(customer) => Some(key::customer_coupons(&customer.parse().ok()?)),
        None => Some(all(list)),
    }
}

impl Books<'_> {
    /// Coupons of a list that pass a filter, the newest first. Without a filter, or with one on
    /// the time of issue alone, this costs the depth of the store, not the length of the list;
    /// only among coupons issued before `expired_since` it looks for those that expired before.
    ///
    /// # Errors
    /// Store failures.
    pub async fn coupons(
        &self,
        list: &CouponList,
        filter: &CouponFilter,
        now: Timestamp,
        slice: Slice,
    ) -> Result<Page<ShownCoupon>, Reason> {
        let mut collected = Collected::new(slice);
        let passes = |held: &HeldCoupon| list.holds(&held.coupon) && filter.passes(held, now);
        let follow = async |records: &[Record]| self.coupons_of(records).await;
        match (&filter.elsewhere, &filter.coupon_id) {
            (Some(_), _) => {}
            (None, Some(id)) => {
                if let Ok(id) = id.parse() {
                    self.load_coupons(std::slice::from_ref(&id), &[]).await?;
                    if let Some(held) = self.held_coupon(&id).await?.filter(passes) {
                        collected.push(held);
                    }
                }
            }
            (None, None) if filter.needs_contents() => {
                if let Some(prefix) = narrowest(list, filter) {
                    let range = within(prefix, filter.created);
                    self.collect_if(&mut collected, &range, follow, passes).await?;
                }
            }
            (None, None) => {
                let (older, newer) = filter.created.split_at(filter.expired_since);
                let [older, newer] = [older, newer].map(|period| within(all(list), period));
                let parts =
                    [Part::of(&newer, slice), Part::of(&older, Slice::first(FILTERED_PER_READ))];
                self.store().approach(&parts).await?;
                self.collect(&mut collected, &newer, follow).await?;
                self.collect_if(&mut collected, &older, follow, passes).await?;
            }
        }
        self.shown(collected.page(), now).await
    }

    /// Adds what a coupon inherits from its quota.
    async fn shown(
        &self,
        page: Page<HeldCoupon>,
        now: Timestamp,
    ) -> Result<Page<ShownCoupon>, Reason> {
        let quotas = page.items.iter().map(|held| key::quota(&held.coupon.quota_id));
        self.load(&quotas.collect::<Vec<_>>()).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for held in page.items {
            let quota = self.quota(&held.coupon.quota_id).await?;
            let quota = quota.ok_or_else(|| corrupt(held.coupon.quota_id.as_str().as_bytes()))?;
            items.push(ShownCoupon::new(held, &quota, now));
        }
        Ok(Page { total_count: page.total_count, items })
    }

    async fn held_coupon(&self, id: &CouponId) -> Result<Option<HeldCoupon>, Reason> {
        let Some(coupon) = self.coupon(id).await? else {
            return Ok(None);
        };
        let balance = self.held(&AccountId::Coupon(id.clone())).await?.balance;
        Ok(Some(HeldCoupon { coupon, balance }))
    }

    async fn coupons_of(&self, records: &[Record]) -> Result<Vec<HeldCoupon>, Reason> {
        let ids: Vec<CouponId> = ids(records, key::coupon_id_in_list)?;
        self.load(&[coupon_keys(&ids).collect(), looked_up(records)?].concat()).await?;
        self.held_coupons(&ids).await
    }

    /// The coupons that a list names, in its order, and what they hold.
    async fn held_coupons(&self, ids: &[CouponId]) -> Result<Vec<HeldCoupon>, Reason> {
        let mut coupons = Vec::with_capacity(ids.len());
        for id in ids {
            let missing = || corrupt(id.as_str().as_bytes());
            coupons.push(self.held_coupon(id).await?.ok_or_else(missing)?);
        }
        Ok(coupons)
    }

    /// Reads in one go what looking up these coupons, with what they hold, and these customers
    /// will need.
    pub(crate) async fn load_coupons(
        &self,
        coupons: &[CouponId],
        customers: &[CustomerId],
    ) -> Result<(), Reason> {
        let customers = customers.iter().map(key::customer);
        self.load(&coupon_keys(coupons).chain(customers).collect::<Vec<_>>()).await
    }

    /// Issues and returns of a partner's coupons, the newest first. Without a filter, or with one
    /// on the time alone, this costs the depth of the store and not the length of the list.
    ///
    /// # Errors
    /// Store failures.
    pub async fn coupon_records(
        &self,
        partner: &PartnerId,
        filter: &RecordFilter,
        slice: Slice,
    ) -> Result<Page<CouponRecord>, Reason> {
        let range = within(key::coupon_records(partner), filter.time);
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| self.coupon_records_of(records).await;
        if filter.needs_contents() {
            let passes = |record: &CouponRecord| filter.passes(record);
            self.collect_if(&mut collected, &range, follow, passes).await?;
        } else {
            self.collect(&mut collected, &range, follow).await?;
        }
        Ok(collected.page())
    }

    async fn coupon_records_of(&self, records: &[Record]) -> Result<Vec<CouponRecord>, Reason> {
        let transfers = self.transfers_at_end(records, looked_up(records)?).await?;
        let mut moved = Vec::with_capacity(transfers.len());
        for ((transfer_id, transfer), (key, _)) in transfers.into_iter().zip(records) {
            let movement = CouponMovement::of(&transfer).ok_or_else(|| corrupt(key))?;
            moved.push((transfer_id, transfer, movement));
        }
        let coupons = moved.iter().map(|(_, _, movement)| key::coupon(&movement.coupon_id));
        self.load(&coupons.collect::<Vec<_>>()).await?;
        let mut items = Vec::with_capacity(moved.len());
        for (transfer_id, transfer, movement) in moved {
            let coupon = self.coupon(&movement.coupon_id).await?;
            let coupon = coupon.ok_or_else(|| corrupt(movement.coupon_id.as_str().as_bytes()))?;
            items.push(CouponRecord { transfer_id, transfer, kind: movement.kind, coupon });
        }
        Ok(items)
    }

    /// The statement of a customer's cash coupons, the newest line first: of each line the
    /// balance is that of its coupon. `passes` is asked when there is one; without, this costs
    /// the depth of the store and not the length of the statement. What looking the customer up
    /// will need is read ahead.
    ///
    /// # Errors
    /// Store failures.
    pub async fn coupon_statement(
        &self,
        customer: &CustomerId,
        time: Period,
        passes: Option<impl Fn(&Entry) -> bool>,
        slice: Slice,
    ) -> Result<Page<Entry>, Reason> {
        let (start, end) = key::coupon_lines_within(customer, time);
        let range = Range::between(start, end);
        let read = if passes.is_some() { Slice::first(FILTERED_PER_READ) } else { slice };
        self.load_with_part(key::customer(customer), &range, read).await?;
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| self.coupon_entries_of(records).await;
        match passes {
            Some(passes) => self.collect_if(&mut collected, &range, follow, passes).await?,
            None => self.collect(&mut collected, &range, follow).await?,
        }
        Ok(collected.page())
    }

    async fn coupon_entries_of(&self, records: &[Record]) -> Result<Vec<Entry>, Reason> {
        let id_in = key::transfer_id_of_coupon_line;
        let transfers = self.transfers_in(records, id_in, looked_up(records)?).await?;
        let mut lines = Vec::with_capacity(transfers.len());
        for ((id, transfer), record) in transfers.iter().zip(records) {
            // The line of the customer's own coupon: a transfer may be between two.
            let named = looked_up(std::slice::from_ref(record))?.into_iter().next();
            let line = named.or_else(|| {
                let coupon = transfer.coupon()?;
                Some(key::line(&AccountId::Coupon(coupon.clone()), *id))
            });
            lines.push(line.ok_or_else(|| corrupt(&record.0))?);
        }
        self.load(&lines).await?;
        let mut entries = Vec::with_capacity(lines.len());
        for (listed, line_key) in transfers.into_iter().zip(lines) {
            let line = self.record(&line_key).await?.ok_or_else(|| corrupt(&line_key))?;
            entries.push(Entry::new(listed, line));
        }
        Ok(entries)
    }

    /// Coupons of some quotas that still hold something and expire after `now`, until `until`: the
    /// first `limit` of each quota are looked at. And whether those were all.
    ///
    /// # Errors
    /// Store failures.
    pub async fn expiring_coupons(
        &self,
        quotas: &[QuotaId],
        (now, until): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<(Vec<HeldCoupon>, bool), Reason> {
        let ranges: Vec<Range> =
            quotas.iter().map(|quota| key::coupons_expiring(quota, now, until)).collect();
        let parts = ranges.iter().map(|range| Part { range, offset: 0, limit });
        self.store().approach(&parts.collect::<Vec<_>>()).await?;
        let mut coupons: Vec<CouponId> = Vec::new();
        let mut are_all = true;
        for range in &ranges {
            let Page { total_count, items } = self.part(range, Slice::first(limit)).await?;
            are_all &= total_count <= u64::try_from(limit).unwrap_or(u64::MAX);
            coupons.extend(ids::<CouponId>(&items, key::coupon_id_of_expiry)?);
        }
        self.load_coupons(&coupons, &[]).await?;
        let mut expiring = self.held_coupons(&coupons).await?;
        expiring.retain(|held| held.balance.is_positive());
        Ok((expiring, are_all))
    }

    /// The quotas of a partner that `passes` takes, the newest first. For that all are looked at; of
    /// all of them, those on the page.
    ///
    /// # Errors
    /// Store failures.
    pub async fn held_quotas(
        &self,
        partner: &PartnerId,
        passes: Option<impl Fn(&HeldQuota) -> bool>,
        slice: Slice,
    ) -> Result<Page<HeldQuota>, Reason> {
        let range = Range::prefix(&key::partner_quotas(partner)).reversed();
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| self.held_quotas_of(records).await;
        match passes {
            Some(passes) => self.collect_if(&mut collected, &range, follow, passes).await?,
            None => self.collect(&mut collected, &range, follow).await?,
        }
        Ok(collected.page())
    }

    async fn held_quotas_of(&self, records: &[Record]) -> Result<Vec<HeldQuota>, Reason> {
        let ids: Vec<QuotaId> = ids(records, key::quota_id_in_list)?;
        self.load_quotas(&ids, &[]).await?;
        let mut quotas = Vec::with_capacity(ids.len());
        for (id, (key, _)) in ids.into_iter().zip(records) {
            let quota = self.quota(&id).await?.ok_or_else(|| corrupt(key))?;
            let balance = self.held(&AccountId::Quota(id)).await?.balance;
            quotas.push(HeldQuota { quota, balance });
        }
        Ok(quotas)
    }

    /// The quotas that a distributor has granted and `passes` takes, the newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn granted_quotas(
        &self,
        distributor: &PartnerId,
        passes: Option<impl Fn(&GrantedQuota) -> bool>,
        slice: Slice,
    ) -> Result<Page<GrantedQuota>, Reason> {
        let range = Range::prefix(&key::granted_quotas(distributor)).reversed();
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| {
            let mut granted = Vec::with_capacity(records.len());
            for held in self.held_quotas_of(records).await? {
                granted.push(self.granted_quota(held).await?);
            }
            Ok(granted)
        };
        match passes {
            Some(passes) => self.collect_if(&mut collected, &range, follow, passes).await?,
            None => self.collect(&mut collected, &range, follow).await?,
        }
        Ok(collected.page())
    }

    async fn granted_quota(&self, held: HeldQuota) -> Result<GrantedQuota, Reason> {
        let holder = self.partner(&held.quota.partner_id).await?;
        let holder = holder.ok_or_else(|| corrupt(held.quota.partner_id.as_str().as_bytes()))?;
        Ok(GrantedQuota { held, holder })
    }

    /// Grants and reclaims of a distributor's quotas that `passes` takes, the newest first.
    ///
    /// # Errors
    /// Store failures.
    pub async fn quota_records(
        &self,
        distributor: &PartnerId,
        passes: Option<impl Fn(&QuotaRecord) -> bool>,
        slice: Slice,
    ) -> Result<Page<QuotaRecord>, Reason> {
        let range = Range::prefix(&key::quota_records(distributor)).reversed();
        let mut collected = Collected::new(slice);
        let follow = async |records: &[Record]| self.quota_records_of(records).await;
        match passes {
            Some(passes) => self.collect_if(&mut collected, &range, follow, passes).await?,
            None => self.collect(&mut collected, &range, follow).await?,
        }
        Ok(collected.page())
    }

    async fn quota_records_of(&self, records: &[Record]) -> Result<Vec<QuotaRecord>, Reason> {
        let transfers = self.transfers_at_end(records, looked_up(records)?).await?;
        let mut moved = Vec::with_capacity(transfers.len());
        for ((id, transfer), (key, _)) in transfers.into_iter().zip(records) {
            let sides = QuotaRecord::sides(&transfer).ok_or_else(|| corrupt(key))?;
            moved.push((id, transfer, sides, key));
        }
        let quotas = moved.iter().map(|(_, _, (_, quota, _), _)| key::quota(quota));
        self.load(&quotas.collect::<Vec<_>>()).await?;
        let mut items = Vec::with_capacity(moved.len());
        for (id, transfer, (kind, quota_id, parent_quota_id), key) in moved {
            let quota = self.quota(&quota_id).await?.ok_or_else(|| corrupt(key))?;
            let holder = self.partner(&quota.partner_id).await?.ok_or_else(|| corrupt(key))?;
            items.push(QuotaRecord {
                transfer_id: id,
                transfer,
                kind,
                quota_id,
                parent_quota_id,
                holder,
            });
        }
        Ok(items)
    }

    /// The quotas whose coupons may have expired by now, at most so many as lie in a head.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn quotas_with_expiries(&self, now: Timestamp) -> Result<Vec<Quota>, Reason> {
        let mut quotas = Vec::new();
        for (key, bytes) in self.store().scan(&key::all_quotas(), 0, QUOTAS_MAX).await? {
            let quota: Quota = super::decode(&key, &bytes)?;
            if quota.next_expiry.is_some_and(|expiry| expiry <= now) {
                quotas.push(quota);
            }
        }
        Ok(quotas)
    }

    /// Reads in one go what looking these quotas, with what they hold, and these partners up will
    /// need.
    pub(crate) async fn load_quotas(
        &self,
        quotas: &[QuotaId],
        partners: &[PartnerId],
    ) -> Result<(), Reason> {
        let accounts = quotas.iter().map(|id| key::account(&AccountId::Quota(id.clone())));
        let keys = quotas.iter().map(key::quota).chain(accounts);
        self.load(&keys.chain(partners.iter().map(key::partner)).collect::<Vec<_>>()).await
    }

    /// Cash coupons of a customer that can be used now, the first to expire first.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn cash_coupons(
        &self,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Vec<CouponId>, Reason> {
        let mut coupons = self.coupons_to_use(customer, Some(CouponType::Cash), now).await?;
        coupons.sort_by_key(|coupon| coupon.expire_time);
        Ok(coupons.into_iter().map(|coupon| coupon.coupon_id).collect())
    }

    /// Coupons of a customer that can be used now, the newest first.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn usable_coupons(
        &self,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Vec<CouponId>, Reason> {
        let coupons = self.coupons_to_use(customer, None, now).await?;
        Ok(coupons.into_iter().map(|coupon| coupon.coupon_id).collect())
    }

    async fn coupons_to_use(
        &self,
        customer: &CustomerId,
        coupon_type: Option<CouponType>,
        now: Timestamp,
    ) -> Result<Vec<Coupon>, Reason> {
        let list = CouponList::Owned(customer.clone());
        let filter = CouponFilter {
            coupon_type,
            status: Some(CouponStatus::Usable),
            ..CouponFilter::all().since(now)
        };
        let found = self.coupons(&list, &filter, now, Slice::first(COUPONS_TO_USE_MAX)).await?;
        Ok(found.items.into_iter().map(|shown| shown.coupon).collect())
    }

    /// Reads in one go what moving coupons between a master and a member will need.
    pub(crate) async fn load_coupon_movement(
        &self,
        master: &CustomerId,
        member: &CustomerId,
        coupons: &[CouponId],
        trans_id: Option<&TransId>,
    ) -> Result<(), Reason> {
        let mut keys =
            vec![key::customer(master), key::customer(member), key::member(master, member)];
        keys.extend(coupon_keys(coupons));
        keys.extend(trans_id.map(|id| key::trans_id(master, id)));
        self.load(&keys).await
    }

    /// Reads in one go what the return of coupons to their quotas will need besides the coupons.
    pub(crate) async fn load_returns(&self, coupons: &[Coupon]) -> Result<(), Reason> {
        let account = |coupon: &Coupon| key::account(&AccountId::Quota(coupon.quota_id.clone()));
        let keys = coupons.iter().flat_map(|it| [key::customer(&it.customer_id), account(it)]);
        self.load(&keys.collect::<Vec<_>>()).await
    }

    /// Reads in one go what looking for expired coupons of these quotas will need.
    pub(crate) async fn load_expiries(&self, quotas: &[&Quota]) -> Result<(), Reason> {
        let keys = quotas.iter().map(|quota| key::coupon_expiries(&quota.quota_id));
        self.load(&keys.collect::<Vec<_>>()).await
    }

    /// Coupons of a quota whose value has not left them, with the times they expire, the first
    /// to expire first.
    pub(crate) async fn coupons_by_expiry(
        &self,
        quota: &QuotaId,
        limit: usize,
    ) -> Result<Vec<(Timestamp, CouponId)>, Reason> {
        let range = Range::prefix(&key::coupon_expiries(quota));
        let records = self.store().scan(&range, 0, limit).await?;
        let ids: Vec<CouponId> = ids(&records, key::coupon_id_of_expiry)?;
        let time = |key| key::coupon_expiry_time(key).ok_or_else(|| corrupt(key));
        let coupons = records.iter().zip(ids);
        coupons.map(|((key, _), id)| Ok((time(key)?, id))).collect()
    }
}

impl BooksMut<'_, '_> {
    /// Reads in one go what issuing coupons of these quotas to these customers will need, the first
    /// expired coupons of each included. Many coupons go into pages at once: these are read as well.
    /// `partner` is the one in whose name they are issued.
    pub(crate) async fn load_issue(
        &self,
        quotas: &[&QuotaId],
        reseller: Option<&PartnerId>,
        partner: &PartnerId,
        customers: &[&CustomerId],
    ) -> Result<(), Reason> {
        let account = |quota: &QuotaId| AccountId::Quota(quota.clone());
        let mut keys: Vec<Vec<u8>> = reseller.map(key::partner).into_iter().collect();
        for quota in quotas {
            keys.extend([key::quota(quota), key::account(&account(quota))]);
            keys.push(key::coupon_expiries(quota));
        }
        keys.extend(customers.iter().copied().map(key::customer));
        if customers.len() < COUPONS_IN_PAGES {
            return self.load(&keys).await;
        }
        let (now, first) = (self.now(), self.next_transfer());
        let coupon = CouponId::new(self.instant(), 0, &[0; 16]);
        let lists = [key::partner_coupons(partner), key::coupon_records(partner)];
        keys.extend(lists.map(|list| key::transfer_in(list, now, first)));
        keys.extend([key::transfer(first), key::coupon(&coupon)]);
        for quota in quotas {
            keys.push(key::line(&account(quota), first));
            keys.push(key::coupon_expiry(quota, Timestamp::MAX, &coupon));
        }
        keys.extend(customers.iter().copied().map(key::newest_coupon));
        Ok(self.store.load_for_fold(keys).await?)
    }

    /// Adds a coupon whose identity is free. `issued_by` is the transfer that filled it.
    pub(crate) fn add_coupon(
        &mut self,
        coupon: &Coupon,
        issued_by: TransferId,
    ) -> Result<(), Reason> {
        let Coupon { coupon_id, create_time: at, .. } = coupon;
        self.store.insert(key::coupon(coupon_id), encode(coupon)?);
        for list in
            [key::partner_coupons(&coupon.partner_id), key::customer_coupons(&coupon.customer_id)]
        {
            let entry = key::coupon_in(list, *at, issued_by, coupon_id);
            self.add_entry(entry, [key::quota(&coupon.quota_id)])?;
        }
        self.add_key(key::coupon_expiry(&coupon.quota_id, coupon.expire_time, coupon_id));
        self.add_coupon_record(coupon, *at, issued_by)
    }

    /// Keeps a coupon whose value `returned_by` has taken back to its quota.
    pub(crate) fn close_coupon(
        &mut self,
        coupon: &Coupon,
        at: Timestamp,
        returned_by: TransferId,
    ) -> Result<(), Reason> {
        self.store.replace(key::coupon(&coupon.coupon_id), encode(coupon)?);
        self.forget_expiry(coupon);
        self.add_coupon_record(coupon, at, returned_by)
    }

    /// Waits for a coupon to expire into which value has come back, unless that is waited for.
    pub(crate) async fn expect_expiry(&mut self, coupon: &Coupon) -> Result<(), Reason> {
        let Coupon { quota_id, expire_time, coupon_id, .. } = coupon;
        let key = key::coupon_expiry(quota_id, *expire_time, coupon_id);
        if self.bytes(&key).await?.is_none() {
            self.add_key(key);
        }
        Ok(())
    }

    /// Stops waiting for a coupon to expire: nothing of its value is left to return.
    pub(crate) fn forget_expiry(&mut self, coupon: &Coupon) {
        let Coupon { quota_id, expire_time, coupon_id, .. } = coupon;
        self.store.remove(&key::coupon_expiry(quota_id, *expire_time, coupon_id));
    }

    /// Lists a transfer where the partner and the customer look for it.
    fn add_coupon_record(
        &mut self,
        coupon: &Coupon,
        at: Timestamp,
        id: TransferId,
    ) -> Result<(), Reason> {
        let records = key::coupon_records(&coupon.partner_id);
        self.add_entry(key::transfer_in(records, at, id), [key::coupon(&coupon.coupon_id)])?;
        self.add_coupon_line(coupon, at, id)
    }

    /// Lists a transfer where the customer looks for what its cash coupons have moved.
    pub(crate) fn add_coupon_line(
        &mut self,
        coupon: &Coupon,
        at: Timestamp,
        id: TransferId,
    ) -> Result<(), Reason> {
        if coupon.coupon_type == CouponType::Cash {
            let line = key::line(&AccountId::Coupon(coupon.coupon_id.clone()), id);
            self.add_entry(key::coupon_line(&coupon.customer_id, at, id), [line])?;
        }
        Ok(())
    }
}
