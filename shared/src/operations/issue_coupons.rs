//! Issuing: value leaves a quota and becomes coupons of customers.

use crate::books::{Books, BooksMut};
use crate::domain::account::{Account, AccountId};
use crate::domain::coupon::{Coupon, LIMIT_CLOUD_SERVICE_TYPE, LIMIT_PRODUCT_ID, Quota};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::partner::{AssociationType, CallingPartner, Customer};
use crate::operations::expire_coupons::Expired;
use crate::store::StoreError;
use crate::store::defect::{self, Defect};
use crate::value::id::{CouponId, CustomerId, PartnerId, QuotaId};
use crate::value::money::Money;
use crate::value::time::Timestamp;
use std::collections::BTreeMap;

/// Most customers of one request; each gets a coupon or an error entry.
pub const CUSTOMERS_MAX: usize = 1_000;

/// Most cloud services, and most products, that a request narrows coupons to.
const LIMIT_VALUES_MAX: usize = 10;

/// Longest of those values, in characters.
const LIMIT_VALUE_CHARACTERS_MAX: usize = 256;

/// Longest memo, in characters.
const MEMO_CHARACTERS_MAX: usize = 512;

/// What is asked for, as the wire has it.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The quota to draw on.
    pub quota_id: QuotaId,
    /// Who gets a coupon each; one named twice gets two.
    pub customer_ids: Vec<CustomerId>,
    /// Worth of each coupon.
    pub face_value: Money,
    /// From when the coupons can be used; without, from when the quota can.
    pub valid_time: Option<Timestamp>,
    /// From when on they no longer can; without, as the quota.
    pub expire_time: Option<Timestamp>,
    /// Cloud services to narrow them to; none inherits.
    pub cloud_service_types: Option<Vec<String>>,
    /// Products to narrow them to; none inherits.
    pub product_ids: Option<Vec<String>>,
    /// The issuer's words.
    pub memo: Option<String>,
    /// The reseller whose customers they are, when they are not the caller's own.
    pub indirect_partner_id: Option<PartnerId>,
}

/// A request whose fields are in order.
#[derive(Clone, Debug)]
pub struct IssueCoupons {
    caller: CallingPartner,
    issue: Issue,
}

/// The result for one customer of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The customer.
    pub customer_id: CustomerId,
    /// The coupon, or why there is none: [`Reason::NotYourCustomer`],
    /// [`Reason::ReferralCustomer`], [`Reason::UnifiedMember`] or [`Reason::QuotaExhausted`].
    pub outcome: Result<CouponId, Reason>,
}

#[cfg(test)]
impl Issue {
    /// With nothing narrowed, for as long as the quota, in the caller's own name.
    pub(crate) fn plain(
        quota_id: QuotaId,
        customer_ids: Vec<CustomerId>,
        face_value: Money,
    ) -> Self {
        Self {
            quota_id,
            customer_ids,
            face_value,
            valid_time: None,
            expire_time: None,
            cloud_service_types: None,
            product_ids: None,
            memo: None,
            indirect_partner_id: None,
        }
    }
}

impl IssueCoupons {
    /// Checks the fields of a request.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first one at fault.
    pub fn check(caller: CallingPartner, issue: Issue) -> Result<Self, Reason> {
        match issue.customer_ids.len() {
            0 => return Err(Reason::field("customer_ids", "must name a customer")),
            1..=CUSTOMERS_MAX => {}
            _ => {
                let fault = format!("must name at most {CUSTOMERS_MAX} customers");
                return Err(Reason::field("customer_ids", fault));
            }
        }
        let face_value = issue
            .face_value
            .positive_two_decimals()
            .map_err(|error| Reason::field("face_value", error.to_string()))?;
        if let (Some(valid), Some(expire)) = (issue.valid_time, issue.expire_time)
            && expire <= valid
        {
            return Err(Reason::field("expire_time", "must be after valid_time"));
        }
        check_limit_values("cloud_service_types", issue.cloud_service_types.as_deref())?;
        check_limit_values("product_ids", issue.product_ids.as_deref())?;
        let memo_characters = issue.memo.as_deref().map_or(0, |memo| memo.chars().count());
        if memo_characters > MEMO_CHARACTERS_MAX {
            let fault = format!("must have at most {MEMO_CHARACTERS_MAX} characters");
            return Err(Reason::field("memo", fault));
        }
        let narrowed = |values: Option<Vec<String>>| values.filter(|values| !values.is_empty());
        let issue = Issue {
            face_value,
            cloud_service_types: narrowed(issue.cloud_service_types),
            product_ids: narrowed(issue.product_ids),
            ..issue
        };
        Ok(Self { caller, issue })
    }

    /// The quota to draw on.
    pub(super) fn quota_id(&self) -> &QuotaId {
        &self.issue.quota_id
    }

    /// How many coupons are asked for, and so how many random numbers [`issue`] needs.
    pub fn coupons_max(&self) -> usize {
        self.issue.customer_ids.len()
    }

    /// Whether the caller may draw on this quota, in the name of `partner`: its own, and its
    /// reseller's when it acts for one.
    fn may_use(&self, quota: &Quota, partner: &PartnerId) -> bool {
        quota.partner_id == self.caller.partner_id || quota.partner_id == *partner
    }

    /// The quota, if it is there and the caller's to use in the name of `partner`, and the coupons'
    /// times, if it suffices for them but for its balance.
    fn usable<'q>(
        &self,
        quota: Option<&'q Quota>,
        partner: &PartnerId,
        now: Timestamp,
    ) -> Result<(&'q Quota, (Timestamp, Timestamp)), Reason> {
        let quota = quota.filter(|quota| self.may_use(quota, partner));
        let quota = quota.ok_or(Reason::QuotaUnusable)?;
        Ok((quota, self.check_quota(quota, now)?))
    }

    /// Checks the request against the quota and answers the coupons' times.
    fn check_quota(&self, quota: &Quota, now: Timestamp) -> Result<(Timestamp, Timestamp), Reason> {
        quota.check_usable(now)?;
        let within = |key, values: &Option<Vec<String>>| {
            quota.allows(key, values.as_deref().unwrap_or_default())
        };
        if !within(LIMIT_CLOUD_SERVICE_TYPE, &self.issue.cloud_service_types)
            || !within(LIMIT_PRODUCT_ID, &self.issue.product_ids)
        {
            return Err(Reason::LimitsBeyondQuota);
        }
        let valid = self.issue.valid_time.unwrap_or(quota.effective_time);
        let expire = self.issue.expire_time.unwrap_or(quota.expire_time);
        if valid < quota.effective_time {
            return Err(Reason::field("valid_time", "must not be before the quota's"));
        }
        if quota.expire_time < expire {
            return Err(Reason::field("expire_time", "must not be after the quota's"));
        }
        if expire <= now {
            return Err(Reason::field("expire_time", "must not be in the past"));
        }
        if expire <= valid {
            return Err(Reason::field("expire_time", "must be after valid_time"));
        }
        Ok((valid, expire))
    }
}

fn check_limit_values(name: &'static str, values: Option<&[String]>) -> Result<(), Reason> {
    let values = values.unwrap_or_default();
    if values.len() > LIMIT_VALUES_MAX {
        let fault = format!("must have at most {LIMIT_VALUES_MAX} items");
        return Err(Reason::field(name, fault));
    }
    let sized = |value: &String| (1..=LIMIT_VALUE_CHARACTERS_MAX).contains(&value.chars().count());
    if values.iter().all(sized) {
        return Ok(());
    }
    let fault = format!("items must have 1 to {LIMIT_VALUE_CHARACTERS_MAX} characters");
    Err(Reason::field(name, fault))
}

/// Whether this customer of the request can get a coupon of `partner`.
fn check_customer(customer: Option<Customer>, partner: &PartnerId) -> Result<(), Reason> {
    match customer {
        Some(customer) if customer.partner_id == *partner => match customer.association_type {
            AssociationType::Referral => Err(Reason::ReferralCustomer),
            AssociationType::Resale if customer.unified_under().is_some() => {
                Err(Reason::UnifiedMember)
            }
            AssociationType::Resale => Ok(()),
        },
        _ => Err(Reason::NotYourCustomer),
    }
}

/// What issuing would do, with nothing done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// The quota.
    pub quota: Quota,
    /// What it holds.
    pub balance: Money,
    /// What it would hold afterwards.
    pub left: Money,
    /// From when the coupons could be used, and from when on they no longer could.
    pub times: (Timestamp, Timestamp),
    /// What each customer would get.
    pub customers: Vec<ForeseenOf>,
}

/// What issuing would do for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenOf {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its account name, if it is the partner's and has one.
    pub account_name: Option<String>,
    /// Whether it would get a coupon, or why not.
    pub outcome: Result<(), Reason>,
}

/// What [`issue`] would do at `now`. What expired coupons would give back before is not counted.
///
/// # Errors
/// As of [`issue`].
pub async fn foresee(
    books: &Books<'_>,
    order: &IssueCoupons,
    now: Timestamp,
) -> Result<Foreseen, Reason> {
    let asked = &order.issue;
    let partner = books.acting_for(&order.caller, asked.indirect_partner_id.as_ref()).await?;
    let quota = books.quota(&asked.quota_id).await?;
    let (quota, times) = order.usable(quota.as_ref(), &partner, now)?;
    let balance = books.held(&AccountId::Quota(quota.quota_id.clone())).await?.balance;
    books.load_customers(&asked.customer_ids).await?;
    let mut left = balance;
    let mut customers = Vec::with_capacity(asked.customer_ids.len());
    for customer_id in &asked.customer_ids {
        let customer = books.customer(customer_id).await?;
        let own = customer.as_ref().filter(|customer| customer.partner_id == partner);
        let account_name = own.and_then(|customer| customer.account_name.clone());
        let mut outcome = check_customer(customer, &partner);
        if outcome.is_ok() {
            match left.checked_sub(asked.face_value).ok().filter(|left| !left.is_negative()) {
                Some(less) => left = less,
                None => outcome = Err(Reason::QuotaExhausted),
            }
        }
        let customer_id = customer_id.clone();
        customers.push(ForeseenOf { customer_id, account_name, outcome });
    }
    Ok(Foreseen { quota: quota.clone(), balance, left, times, customers })
}

/// Issues the coupons, in the order of the customers. `randoms` has one number for each of them,
/// drawn before the transaction, which draws none itself.
///
/// # Errors
/// For the whole request, in this order, with nothing changed: [`Reason::NotYourReseller`],
/// [`Reason::QuotaUnusable`], [`Reason::QuotaNotInEffect`], [`Reason::LimitsBeyondQuota`],
/// [`Reason::Field`] of a time outside the quota's. Faults of single customers are outcomes.
pub async fn issue(
    books: &mut BooksMut<'_, '_>,
    order: &IssueCoupons,
    randoms: &[[u8; 16]],
) -> Result<Vec<Issued>, Reason> {
    let asked = &order.issue;
    let now = books.now();
    let reseller = asked.indirect_partner_id.as_ref();
    let named = reseller.unwrap_or(&order.caller.partner_id);
    let customers: Vec<&CustomerId> = asked.customer_ids.iter().collect();
    books.load_issue(&[&asked.quota_id], reseller, named, &customers).await?;
    let partner = books.acting_for(&order.caller, reseller).await?;
    let quota = books.quota(&asked.quota_id).await?;
    let Some(customer) = asked.customer_ids.first() else {
        return Ok(Vec::new());
    };
    let first = ToIssue::check(order, customer, quota.as_ref(), &partner, now)?;
    let coupons = asked.customer_ids.iter().map(|customer| Ok(ToIssue { customer, ..first }));
    issue_each(books, &partner, &coupons.collect::<Vec<_>>(), randoms).await
}

/// A coupon that is to be issued.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToIssue<'a> {
    /// What was asked for, with fields that are in order.
    issue: &'a Issue,
    /// Who gets it.
    customer: &'a CustomerId,
    /// The quota, which the coupon fits.
    quota: &'a Quota,
    /// From when it can be used, and from when on it no longer can.
    times: (Timestamp, Timestamp),
}

impl<'a> ToIssue<'a> {
    /// What is asked for, if its quota is there, the caller's to use in the name of `partner`, and
    /// suffices for it but for its balance.
    ///
    /// # Errors
    /// As [`issue`], and [`Reason::QuotaUnusable`].
    pub(super) fn check(
        order: &'a IssueCoupons,
        customer: &'a CustomerId,
        quota: Option<&'a Quota>,
        partner: &PartnerId,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let (quota, times) = order.usable(quota, partner, now)?;
        Ok(Self { issue: &order.issue, customer, quota, times })
    }

    fn coupon(&self, coupon_id: CouponId, partner: &PartnerId, now: Timestamp) -> Coupon {
        let Self { issue, customer, quota, times: (effective_time, expire_time) } = *self;
        Coupon {
            coupon_id,
            quota_id: quota.quota_id.clone(),
            customer_id: customer.clone(),
            partner_id: partner.clone(),
            coupon_type: quota.quota_type.into(),
            face_value: issue.face_value,
            create_time: now,
            effective_time,
            expire_time,
            cloud_service_types: issue.cloud_service_types.clone(),
            product_ids: issue.product_ids.clone(),
            memo: issue.memo.clone(),
            reclaimed_at: None,
            expired_at: None,
            lock: None,
            used_by_order_id: None,
            cloud: None,
            parent: None,
            is_pick_up: quota.is_pick_up,
        }
    }
}

/// Issues coupons in the name of a partner, in their order: what cannot be issued keeps its reason.
/// `randoms` has one number for each.
///
/// # Errors
/// Only failures of the store: what is wrong with a coupon is its outcome.
pub(super) async fn issue_each(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    coupons: &[Result<ToIssue<'_>, (CustomerId, Reason)>],
    randoms: &[[u8; 16]],
) -> Result<Vec<Issued>, Reason> {
    let now = books.now();
    if randoms.len() < coupons.len() {
        let fault = "fewer random numbers than coupons".to_owned();
        return Err(StoreError::Misuse(fault).into());
    }
    let mut quotas = quotas_of(books, coupons).await?;
    let mut issued = Vec::with_capacity(coupons.len());
    let mut first_expiries: BTreeMap<&QuotaId, Timestamp> = BTreeMap::new();
    for ((asked, random), place) in coupons.iter().zip(randoms).zip(0..) {
        let asked = match asked {
            Ok(asked) => asked,
            Err((customer_id, reason)) => {
                let (customer_id, outcome) = (customer_id.clone(), Err(reason.clone()));
                issued.push(Issued { customer_id, outcome });
                continue;
            }
        };
        let id = CouponId::new(books.instant(), place, random);
        let outcome = issue_one(books, asked.coupon(id, partner, now)).await?;
        if outcome.is_ok() {
            let expire_time = asked.times.1;
            let first = first_expiries.entry(&asked.quota.quota_id).or_insert(expire_time);
            *first = expire_time.min(*first);
        }
        issued.push(Issued { customer_id: asked.customer.clone(), outcome });
    }
    for (id, first) in first_expiries {
        if let Some(quota) = quotas.remove(id)
            && quota.next_expiry.is_none_or(|next| first < next)
        {
            books.replace_quota(&Quota { next_expiry: Some(first), ..quota })?;
        }
    }
    Ok(issued)
}

/// The quotas of coupons, with what their expired coupons still held.
async fn quotas_of(
    books: &mut BooksMut<'_, '_>,
    coupons: &[Result<ToIssue<'_>, (CustomerId, Reason)>],
) -> Result<BTreeMap<QuotaId, Quota>, Reason> {
    let coupons = || coupons.iter().flatten();
    let drawn: BTreeMap<&QuotaId, &Quota> =
        coupons().map(|coupon| (&coupon.quota.quota_id, coupon.quota)).collect();
    let expired = Expired::find(books, &drawn.values().copied().collect::<Vec<_>>()).await?;
    let returned: Vec<CouponId> = expired.coupons().cloned().collect();
    let customers: Vec<CustomerId> = coupons().map(|coupon| coupon.customer.clone()).collect();
    books.load_coupons(&returned, &customers).await?;
    let changed = expired.take_back(books).await?;
    let quotas = drawn.into_values().cloned().chain(changed);
    Ok(quotas.map(|quota| (quota.quota_id.clone(), quota)).collect())
}

/// Issues one coupon. The outer error is of the whole request, the inner one of its customer.
async fn issue_one(
    books: &mut BooksMut<'_, '_>,
    coupon: Coupon,
) -> Result<Result<CouponId, Reason>, Reason> {
    let customer = books.customer(&coupon.customer_id).await?;
    if let Err(reason) = check_customer(customer, &coupon.partner_id) {
        return Ok(Err(reason));
    }
    let quota_account = AccountId::Quota(coupon.quota_id.clone());
    let Account { balance, .. } = books.held(&quota_account).await?;
    let is_short = balance < coupon.face_value;
    if is_short && !defect::present(Defect::IssuesFromOutside) {
        return Ok(Err(Reason::QuotaExhausted));
    }
    let coupon_account = AccountId::Coupon(coupon.coupon_id.clone());
    let transfer = Transfer {
        debit_account: if is_short { AccountId::Outside } else { quota_account },
        credit_account: coupon_account,
        amount: coupon.face_value,
        code: TransferCode::CouponIssue,
        time: coupon.create_time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let transfer_id = books.book_opening(&transfer).await?;
    books.add_coupon(&coupon, transfer_id)?;
    Ok(Ok(coupon.coupon_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coupon::tests::{quota, time};
    use crate::domain::enterprise::{FinanceMode, Role};
    use crate::domain::partner::PartnerKind;

    fn issue() -> Issue {
        Issue::plain(
            "q".parse().expect("id"),
            vec!["c".parse().expect("id")],
            "10.00".parse().expect("money"),
        )
    }

    fn check(issue: Issue) -> Result<IssueCoupons, Reason> {
        let caller =
            CallingPartner { partner_id: "p".parse().expect("id"), kind: PartnerKind::Distributor };
        IssueCoupons::check(caller, issue)
    }

    /// What a case changes in a request that is in order.
    type Edit = fn(&mut Issue);

    fn edited(edit: Edit) -> Issue {
        let mut issue = issue();
        edit(&mut issue);
        issue
    }

    fn texts(count: usize, text: &str) -> Option<Vec<String>> {
        Some(vec![text.to_owned(); count])
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(time(text))
    }

    fn field_of<T>(answer: Result<T, Reason>) -> Option<&'static str> {
        match answer {
            Ok(_) => None,
            Err(Reason::Field { name, .. }) => Some(name),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn checks_the_fields_first() {
        const EARLY: &str = "2026-05-01T00:00:00Z";
        const LATE: &str = "2026-06-01T00:00:00Z";
        let cases: Vec<(Edit, Option<&str>)> = vec![
            (|_| (), None),
            (|it| it.customer_ids.clear(), Some("customer_ids")),
            (|it| it.customer_ids = vec!["c".parse().expect("id"); 1000], None),
            (|it| it.customer_ids = vec!["c".parse().expect("id"); 1001], Some("customer_ids")),
            (|it| it.face_value = "0".parse().expect("money"), Some("face_value")),
            (|it| it.face_value = "-1".parse().expect("money"), Some("face_value")),
            (|it| it.face_value = "1.001".parse().expect("money"), Some("face_value")),
            (|it| it.face_value = "1.100".parse().expect("money"), None),
            (|it| (it.valid_time, it.expire_time) = (at(EARLY), at(LATE)), None),
            (|it| (it.valid_time, it.expire_time) = (at(LATE), at(EARLY)), Some("expire_time")),
            (|it| (it.valid_time, it.expire_time) = (at(LATE), at(LATE)), Some("expire_time")),
            (|it| it.cloud_service_types = texts(10, "ec2"), None),
            (|it| it.cloud_service_types = texts(11, "ec2"), Some("cloud_service_types")),
            (|it| it.cloud_service_types = texts(1, ""), Some("cloud_service_types")),
            (|it| it.product_ids = texts(1, &"x".repeat(257)), Some("product_ids")),
            (|it| it.memo = Some("é".repeat(512)), None),
            (|it| it.memo = Some("é".repeat(513)), Some("memo")),
        ];
        for (edit, field) in cases {
            let issue = edited(edit);
            let shown = format!("{issue:.200?}");
            assert_eq!(field_of(check(issue)), field, "{shown}");
        }
    }

    #[test]
    fn checks_the_quota_before_the_limits() {
        let now = time("2026-06-01T00:00:00Z");
        let expired = Quota { expire_time: now, ..quota() };
        let beyond = Err(Reason::LimitsBeyondQuota);
        let cases: Vec<(Edit, Quota, Result<(), Reason>)> = vec![
            (|_| (), quota(), Ok(())),
            (|it| it.cloud_service_types = texts(1, "ec2"), quota(), Ok(())),
            (|it| it.cloud_service_types = texts(1, "obs"), quota(), beyond),
            (|it| it.cloud_service_types = texts(1, "obs"), expired, Err(Reason::QuotaNotInEffect)),
            (|it| it.product_ids = texts(1, "any"), quota(), Ok(())),
        ];
        for (edit, quota, answer) in cases {
            let order = check(edited(edit)).expect("fields");
            assert_eq!(order.check_quota(&quota, now).map(|_| ()), answer);
        }
    }

    #[test]
    fn times_stay_within_those_of_the_quota() {
        let now = time("2026-06-01T00:00:00Z");
        let cases: Vec<(Edit, Option<&str>)> = vec![
            (|it| it.valid_time = at("2025-12-31T23:59:59Z"), Some("valid_time")),
            (|it| it.valid_time = at("2026-01-01T00:00:00Z"), None),
            (|it| it.valid_time = at("2027-01-01T00:00:00Z"), Some("expire_time")),
            (|it| it.expire_time = at("2027-01-01T00:00:01Z"), Some("expire_time")),
            (|it| it.expire_time = at("2027-01-01T00:00:00Z"), None),
            (|it| it.expire_time = at("2026-06-01T00:00:00Z"), Some("expire_time")),
            (|it| it.expire_time = at("2026-06-01T00:00:01Z"), None),
        ];
        for (edit, field) in cases {
            let order = check(edited(edit)).expect("fields");
            assert_eq!(field_of(order.check_quota(&quota(), now)), field, "{order:?}");
        }
    }

    #[test]
    fn an_empty_list_of_limits_inherits() {
        let issue = Issue { cloud_service_types: Some(vec![]), ..issue() };
        assert_eq!(check(issue).expect("fields").issue.cloud_service_types, None);
    }

    #[test]
    fn only_resale_customers_of_the_partner_that_keep_their_finances_get_coupons() {
        let partner: PartnerId = "p".parse().expect("id");
        let customer = |partner_id: &str, association_type: &str| -> Option<Customer> {
            let line = format!(
                r#"{{"customer_id": "c", "partner_id": "{partner_id}",
                     "association_type": "{association_type}"}}"#
            );
            Some(serde_json::from_str(&line).expect("a customer"))
        };
        let member = |finance_mode| {
            let master_id = "m".parse().expect("id");
            let role = Role::Member { master_id, finance_mode };
            customer("p", "2").map(|member| Customer { enterprise: Some(role), ..member })
        };
        for (customer, answer) in [
            (customer("p", "2"), Ok(())),
            (member(FinanceMode::Independent), Ok(())),
            (member(FinanceMode::Unified), Err(Reason::UnifiedMember)),
            (customer("p", "1"), Err(Reason::ReferralCustomer)),
            (customer("other", "2"), Err(Reason::NotYourCustomer)),
            (customer("other", "1"), Err(Reason::NotYourCustomer)),
            (None, Err(Reason::NotYourCustomer)),
        ] {
            assert_eq!(check_customer(customer, &partner), answer);
        }
    }
}
