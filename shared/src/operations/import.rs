//! The operator's book: one JSON object per line, applied in order.
//!
//! A line whose identity is there already with the same content is skipped, so that a book can be
//! imported again after a failure; with other content it is refused. All checks of a line come
//! before its first write: a transaction may commit the lines before a refused one.

pub mod catalogue;
mod cloud_coupon;
mod line;

pub use catalogue::CatalogueEntry;
pub use line::{
    AccessKey, Booking, CloudCouponLine, Content, CouponQuota, EnterpriseLine, Entry,
    LINE_BYTES_MAX, Line, MemberLine, OrganizationLine, QuotaGrant, ResourceLine, Tenant,
};

use crate::books::record::encode;
use crate::books::{
    Books, BooksMut, CatalogueMut, fee_record_key, key, monthly_bill_key, peak_day_key,
};
use crate::domain::account::{AccountId, AccountType};
use crate::domain::bandwidth::UsageDay;
use crate::domain::bill::{BillDetailType, FeeRecord, MonthlyBill, SumType};
use crate::domain::card::StoredValueCard;
use crate::domain::coupon::{Quota, QuotaStatus, QuotaType};
use crate::domain::discount::{Agreement, AgreementItem, PartnerDiscount, PromotionDiscount};
use crate::domain::enterprise::{
    FinanceMode, LegalEntity, Member, MemberStatus, Organization, Role,
};
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::order;
use crate::domain::package::{self, Package, PackageItem, PackageUse};
use crate::domain::partner::{
    CallingCustomer, CallingPartner, Customer, CustomerType, Partner, PartnerKind, Principal,
};
use crate::domain::realname::Submission;
use crate::domain::resource::{self, ExpirePolicy, Resource};
use crate::domain::term::Term;
use crate::operations::enterprise::{self, Joining, Master};
use crate::operations::grant_quotas::{self, Grant, Receiver};
use crate::operations::repay_debt::repay_debt;
use crate::security::vault::{Contact, Private, Subject};
use crate::store::StoreError;
use crate::value::id::{CustomerId, OrderId, PackageItemId, PartnerId, QuotaId, distinct};
use crate::value::money::Quantity;
use crate::value::time::Month;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Bytes kept of the hash of a line's content.
const FINGERPRINT_BYTES: usize = 16;

/// The result of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the books now.
    Applied,
    /// It was there before.
    Skipped,
}

/// The result of the lines of a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Lines that are in the books now.
    pub applied: u64,
    /// Lines that were there before.
    pub skipped: u64,
}

impl Imported {
    /// Counts the result of one more line.
    pub fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Applied => self.applied += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }
}

/// Whose key pair it is that belongs to this partner or customer.
///
/// # Errors
/// [`Reason::Contradiction`] unless there is either a partner or a customer, and
/// [`Reason::UnknownReference`] when that does not exist.
pub async fn principal(
    books: &Books<'_>,
    partner_id: Option<&PartnerId>,
    customer_id: Option<&CustomerId>,
) -> Result<Principal, Reason> {
    match (partner_id, customer_id) {
        (Some(id), None) => {
            let partner = known_partner(books, id).await?;
            Ok(Principal::Partner(CallingPartner {
                partner_id: partner.partner_id,
                kind: partner.partner_kind,
            }))
        }
        (None, Some(id)) => {
            let customer = known_customer(books, id).await?;
            Ok(Principal::Customer(CallingCustomer {
                customer_id: customer.customer_id,
                partner_id: customer.partner_id,
            }))
        }
        (Some(_), Some(_)) | (None, None) => {
            Err(Reason::Contradiction("a key belongs to either a partner or a customer"))
        }
    }
}

/// Books that take lines of a book in.
#[expect(async_fn_in_trait, reason = "a component runs on one thread, futures need not be Send")]
pub trait Imports {
    /// What a line is here.
    type Entry;

    /// Reads in one go what applying these lines will look up.
    ///
    /// # Errors
    /// Store failures.
    async fn prefetch(&self, lines: &[(u64, Self::Entry)]) -> Result<(), Reason>;

    /// Brings an entry in.
    ///
    /// # Errors
    /// Why it is refused, with nothing changed; store failures.
    async fn apply(&mut self, entry: &Self::Entry) -> Result<Outcome, Reason>;
}

impl Imports for BooksMut<'_, '_> {
    type Entry = Entry;

    async fn prefetch(&self, lines: &[(u64, Entry)]) -> Result<(), Reason> {
        prefetch(self, lines.iter().map(|(_, entry)| entry)).await
    }

    async fn apply(&mut self, entry: &Entry) -> Result<Outcome, Reason> {
        apply(self, entry).await
    }
}

impl Imports for CatalogueMut<'_, '_> {
    type Entry = CatalogueEntry;

    async fn prefetch(&self, lines: &[(u64, CatalogueEntry)]) -> Result<(), Reason> {
        catalogue::prefetch(self, lines.iter().map(|(_, entry)| entry)).await
    }

    async fn apply(&mut self, entry: &CatalogueEntry) -> Result<Outcome, Reason> {
        catalogue::apply(self, entry).await
    }
}

/// Reads in one go what applying these entries will look up.
///
/// # Errors
/// Store failures.
pub async fn prefetch<'e>(
    books: &Books<'_>,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<(), Reason> {
    let mut keys: Vec<Vec<u8>> = entries.into_iter().flat_map(needed).collect();
    keys.sort_unstable();
    keys.dedup();
    books.load(&keys).await
}

/// Keys that applying an entry looks up.
fn needed(entry: &Entry) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = identity_key(entry).into_iter().collect();
    match entry {
        Entry::Partner(partner, _) => {
            keys.push(key::partner(&partner.partner_id));
            keys.push(key::personal(Subject::Partner(&partner.partner_id)));
            keys.extend(partner.distributor_id.iter().map(key::partner));
        }
        Entry::Customer(customer, _) => {
            keys.push(key::customer(&customer.customer_id));
            keys.push(key::personal(Subject::Customer(&customer.customer_id)));
            keys.push(key::partner(&customer.partner_id));
        }
        Entry::Booking(booking) => {
            keys.extend(booking.partner_id.iter().map(key::partner));
            if let Some(id) = &booking.customer_id {
                keys.push(key::customer(id));
                keys.push(key::account(&AccountId::CustomerBalance(id.clone())));
            }
        }
        Entry::CouponQuota(quota) => {
            keys.push(key::quota(&quota.quota_id));
            keys.push(key::partner(&quota.partner_id));
        }
        Entry::QuotaGrant(grant) => {
            keys.push(key::quota(&grant.quota_id));
            keys.push(key::quota(&grant.parent_quota_id));
            keys.push(key::partner(&grant.indirect_partner_id));
        }
        Entry::RealnameReview(review) => {
            keys.push(key::customer(&review.customer_id));
            keys.push(key::submission(&review.review_id));
        }
        Entry::FeeRecord(record) => {
            let FeeRecord { partner_id, bill_cycle, customer_id, .. } = &**record;
            keys.push(key::customer(customer_id));
            keys.push(key::consumer(partner_id, *bill_cycle, customer_id));
            keys.push(key::first_consumption(customer_id));
            keys.push(fee_record_key(record));
        }
        Entry::MonthlyBill(bill) => {
            keys.push(monthly_bill_key(bill));
            keys.push(key::customer(&bill.customer_id));
        }
        Entry::UsageDay(day) => {
            keys.push(peak_day_key(day));
            keys.push(key::customer(&day.customer_id));
        }
        Entry::ResourcePackage(package) => keys.push(key::customer(&package.customer_id)),
        Entry::PackageUse(used) => {
            keys.push(key::package(&used.customer_id, &used.order_instance_id));
        }
        Entry::BusinessAgreement(line) => keys.push(key::customer(&line.customer_id)),
        Entry::BusinessDiscount(line) => {
            keys.push(key::agreement(&line.customer_id, &line.commerce_id));
        }
        Entry::Resource(line) => {
            keys.push(key::customer(&line.customer_id));
            let ids = line.main_resource_id.iter().chain([&line.resource_id]);
            keys.extend(ids.map(|id| key::resource(&line.customer_id, id)));
        }
        Entry::PartnerDiscount(PartnerDiscount(line))
        | Entry::PromotionDiscount(PromotionDiscount(line)) => {
            keys.push(key::customer(&line.customer_id));
        }
        Entry::Enterprise(line) => keys.push(key::customer(&line.customer_id)),
        Entry::Organization(line) => {
            keys.push(key::customer(&line.customer_id));
            let ids = [&line.org_id, &line.parent_id];
            keys.extend(ids.map(|id| key::organization(&line.customer_id, id)));
        }
        Entry::EnterpriseMember(line) => {
            keys.push(key::customer(&line.master_id));
            keys.push(key::customer(&line.customer_id));
            keys.extend(line.org_id.iter().map(|id| key::organization(&line.master_id, id)));
        }
        Entry::StoredValueCard(card) => keys.push(key::customer(&card.customer_id)),
        Entry::CloudCoupon(line) => {
            keys.push(key::customer(&line.customer_id));
            keys.push(key::coupon(&line.coupon_id));
        }
    }
    keys
}

/// Where the fingerprint of an entry is kept. A monthly sum and a day of bandwidth have none: all
/// that identifies them is their own key, and they are compared themselves.
fn identity_key(entry: &Entry) -> Option<Vec<u8>> {
    Some(match entry {
        Entry::Partner(partner, _) => key::book_line("partner", partner.partner_id.as_str()),
        Entry::Customer(customer, _) => key::book_line("customer", customer.customer_id.as_str()),
        Entry::Booking(booking) => key::book_line("booking", booking.booking_id.as_str()),
        Entry::CouponQuota(quota) => key::book_line("quota", quota.quota_id.as_str()),
        Entry::QuotaGrant(grant) => key::book_line("quota", grant.quota_id.as_str()),
        Entry::RealnameReview(review) => key::book_line("review", review.review_id.as_str()),
        Entry::FeeRecord(record) => key::book_line("fee_record", record.id.as_str()),
        Entry::MonthlyBill(_) | Entry::UsageDay(_) => return None,
        Entry::ResourcePackage(package) => {
            key::book_line("package", package.order_instance_id.as_str())
        }
        Entry::PackageUse(used) => key::book_line("package_use", used.use_id.as_str()),
        Entry::BusinessAgreement(line) => key::book_line("agreement", line.commerce_id.as_str()),
        Entry::BusinessDiscount(line) => key::book_line("agreement_item", line.item_id.as_str()),
        Entry::Resource(line) => key::book_line("resource", line.resource_id.as_str()),
        Entry::PartnerDiscount(PartnerDiscount(line))
        | Entry::PromotionDiscount(PromotionDiscount(line)) => {
            key::book_line("discount", line.discount_id.as_str())
        }
        Entry::Enterprise(line) => key::book_line("enterprise", line.customer_id.as_str()),
        Entry::Organization(line) => {
            let id = format!("{} {}", line.org_id, line.customer_id);
            key::book_line("organization", &id)
        }
        Entry::EnterpriseMember(line) => key::book_line("member", line.customer_id.as_str()),
        Entry::StoredValueCard(card) => key::book_line("card", card.card_id.as_str()),
        Entry::CloudCoupon(line) => key::book_line("coupon", line.coupon_id.as_str()),
    })
}

/// The stored form of an entry's content. A contact is not in it: the fingerprint of a telephone
/// number is found out by trying all numbers.
fn content(entry: &Entry) -> Result<Vec<u8>, Reason> {
    match entry {
        Entry::Partner(partner, _) => encode(partner),
        Entry::Customer(customer, _) => encode(&**customer),
        Entry::Booking(booking) => encode(booking),
        Entry::CouponQuota(quota) => encode(quota),
        Entry::QuotaGrant(grant) => encode(grant),
        Entry::RealnameReview(review) => encode(review),
        Entry::FeeRecord(record) => encode(&**record),
        Entry::MonthlyBill(bill) => encode(&**bill),
        Entry::UsageDay(day) => encode(&**day),
        Entry::ResourcePackage(package) => encode(&**package),
        Entry::PackageUse(used) => encode(&**used),
        Entry::BusinessAgreement(line) => encode(line),
        Entry::BusinessDiscount(line) => encode(&**line),
        Entry::Resource(line) => encode(&**line),
        Entry::PartnerDiscount(PartnerDiscount(line))
        | Entry::PromotionDiscount(PromotionDiscount(line)) => encode(line),
        Entry::Enterprise(line) => encode(line),
        Entry::Organization(line) => encode(line),
        Entry::EnterpriseMember(line) => encode(line),
        Entry::StoredValueCard(card) => encode(card),
        Entry::CloudCoupon(line) => encode(&**line),
    }
}

/// Distinguishes one content from another, and a quota from outside from a granted one.
fn fingerprint(entry: &Entry, content: &[u8]) -> [u8; FINGERPRINT_BYTES] {
    let granted = matches!(entry, Entry::QuotaGrant(_));
    let mut hash = Sha256::new();
    hash.update([u8::from(granted)]);
    hash.update(content);
    let hash: [u8; 32] = hash.finalize().into();
    let mut fingerprint = [0; FINGERPRINT_BYTES];
    fingerprint.copy_from_slice(&hash[..FINGERPRINT_BYTES]);
    fingerprint
}

/// Brings an entry into the books.
///
/// # Errors
/// With nothing changed: [`Reason::ContentDiffers`] when its identity is taken,
/// [`Reason::UnknownReference`], [`Reason::Contradiction`], or what the ledger refuses.
pub async fn apply(books: &mut BooksMut<'_, '_>, entry: &Entry) -> Result<Outcome, Reason> {
    let content = content(entry)?;
    let Some(key) = identity_key(entry) else {
        return match entry {
            Entry::MonthlyBill(bill) => apply_monthly_bill(books, bill, content).await,
            Entry::UsageDay(day) => apply_usage_day(books, day, content).await,
            _ => Err(StoreError::Misuse("an entry without identity".to_owned()).into()),
        };
    };
    let fingerprint = fingerprint(entry, &content);
    if let Some(before) = books.bytes(&key).await? {
        return if before == fingerprint && same_contact(books, entry).await? {
            Ok(Outcome::Skipped)
        } else {
            Err(Reason::ContentDiffers)
        };
    }
    match entry {
        Entry::Partner(partner, contact) => apply_partner(books, partner, contact).await?,
        Entry::Customer(customer, contact) => apply_customer(books, customer, contact).await?,
        Entry::Booking(booking) => apply_booking(books, booking).await?,
        Entry::CouponQuota(quota) => apply_coupon_quota(books, quota).await?,
        Entry::QuotaGrant(grant) => apply_quota_grant(books, grant).await?,
        Entry::RealnameReview(review) => {
            known_customer(books, &review.customer_id).await?;
            if books.submission(&review.review_id).await?.is_some() {
                return Err(Reason::ContentDiffers);
            }
            books.add_submission(review, &Submission::from(review))?;
        }
        Entry::FeeRecord(record) => {
            let FeeRecord { partner_id, bill_cycle, customer_id, .. } = &**record;
            known_customer_of(books, customer_id, partner_id).await?;
            check_importable(books, record).await?;
            books.add_imported(record).await?;
            let kind = record.bill_detail_type.map(BillDetailType::sum_type);
            if record.is_of_a_term() && kind == Some(SumType::Consumption) {
                books.add_term_of_line(record)?;
            }
            books.add_consumption(partner_id, *bill_cycle, customer_id).await?;
            books.add_bytes(fee_record_key(record), content);
        }
        Entry::MonthlyBill(_) | Entry::UsageDay(_) => {}
        Entry::ResourcePackage(package) => apply_package(books, package).await?,
        Entry::PackageUse(used) => apply_package_use(books, used).await?,
        Entry::BusinessAgreement(line) => apply_agreement(books, line).await?,
        Entry::BusinessDiscount(line) => apply_agreement_item(books, line).await?,
        Entry::Resource(line) => apply_resource(books, line).await?,
        Entry::PartnerDiscount(PartnerDiscount(line))
        | Entry::PromotionDiscount(PromotionDiscount(line)) => {
            known_customer(books, &line.customer_id).await?;
            books.add_discount(line)?;
        }
        Entry::Enterprise(line) => {
            let customer = known_customer(books, &line.customer_id).await?;
            enterprise::found(books, customer, &Organization::from(line))?;
        }
        Entry::Organization(line) => {
            let customer = known_customer(books, &line.customer_id).await?;
            enterprise::add_organization(books, &customer, &Organization::from(line)).await?;
        }
        Entry::EnterpriseMember(line) => apply_member(books, line).await?,
        Entry::StoredValueCard(card) => apply_card(books, card).await?,
        Entry::CloudCoupon(line) => cloud_coupon::apply(books, line).await?,
    }
    books.add_bytes(key, fingerprint.to_vec());
    Ok(Outcome::Applied)
}

/// Whether the contact that an entry brings is the one that is kept. The name is not: a line has it
/// among the other fields, and an approval may have changed it since.
async fn same_contact(books: &Books<'_>, entry: &Entry) -> Result<bool, Reason> {
    let (subject, contact) = match entry {
        Entry::Partner(partner, contact) => (Subject::Partner(&partner.partner_id), contact),
        Entry::Customer(customer, contact) => (Subject::Customer(&customer.customer_id), contact),
        _ => return Ok(true),
    };
    let kept = Contact { name: None, ..books.contact(subject).await? };
    Ok(kept == *contact)
}

async fn apply_partner(
    books: &mut BooksMut<'_, '_>,
    partner: &Partner,
    contact: &Contact,
) -> Result<(), Reason> {
    match (partner.partner_kind, &partner.distributor_id) {
        (PartnerKind::Reseller, Some(id)) => {
            let distributor = known_partner(books, id).await?;
            if distributor.partner_kind != PartnerKind::Distributor {
                return Err(Reason::Contradiction("distributor_id is not a distributor"));
            }
        }
        (PartnerKind::Reseller, None) => {
            return Err(Reason::Contradiction("a reseller belongs to a distributor"));
        }
        (PartnerKind::Distributor | PartnerKind::SolutionProvider, Some(_)) => {
            return Err(Reason::Contradiction("only a reseller has a distributor"));
        }
        (PartnerKind::Distributor | PartnerKind::SolutionProvider, None) => {}
    }
    if partner.partner_id == PartnerId::cloud() {
        return Err(Reason::Contradiction("the cloud itself is called so"));
    }
    if books.partner(&partner.partner_id).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    books.add_partner(partner, contact)
}

async fn apply_customer(
    books: &mut BooksMut<'_, '_>,
    customer: &Customer,
    contact: &Contact,
) -> Result<(), Reason> {
    known_partner(books, &customer.partner_id).await?;
    if books.customer(&customer.customer_id).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    if customer.customer_type != Some(CustomerType::Individual) {
        return books.add_customer(customer, contact).await;
    }
    let name = customer.customer.as_deref().map(Private::from);
    let customer = Customer { customer: None, ..customer.clone() };
    books.add_customer(&customer, &Contact { name, ..contact.clone() }).await
}

async fn apply_booking(books: &mut BooksMut<'_, '_>, booking: &Booking) -> Result<(), Reason> {
    let (account, code) = booked_account(books, booking).await?;
    let is_open = books.account(&account).await?.is_some();
    let transfer = Transfer {
        debit_account: AccountId::Outside,
        credit_account: account,
        amount: booking.amount,
        code,
        time: booking.at,
        memo: booking.memo.clone(),
        reference: Some(booking.booking_id.to_string()),
        trade_type: booking.trade_type,
    };
    if is_open {
        books.book(&transfer).await?;
    } else {
        books.book_opening(&transfer).await?;
    }
    if let Some(customer) = &booking.customer_id {
        repay_debt(books, customer).await?;
    }
    Ok(())
}

/// The account that a booking is for, and what the transfer to it is for.
async fn booked_account(
    books: &BooksMut<'_, '_>,
    booking: &Booking,
) -> Result<(AccountId, TransferCode), Reason> {
    let is_credit = booking.customer_id.is_some() && booking.account_type == AccountType::Credit;
    if booking.expire_time.is_some_and(|expire_time| !is_credit || expire_time <= booking.at) {
        let fault = "only credit of a customer expires, and after it was granted";
        return Err(Reason::Contradiction(fault));
    }
    match (&booking.partner_id, &booking.customer_id, booking.account_type) {
        (Some(id), None, AccountType::Balance) => {
            let partner = known_partner(books, id).await?;
            Ok((AccountId::PartnerBalance(partner.partner_id), TransferCode::TopUp))
        }
        (Some(id), None, AccountType::Credit) => {
            let partner = known_partner(books, id).await?;
            Ok((AccountId::PartnerCredit(partner.partner_id), TransferCode::CreditGrant))
        }
        (None, Some(id), AccountType::Balance) => {
            let customer = known_customer(books, id).await?;
            Ok((AccountId::CustomerBalance(customer.customer_id), TransferCode::TopUp))
        }
        (None, Some(id), AccountType::Credit) => {
            let customer = known_customer(books, id).await?;
            let account = AccountId::CustomerCredit(customer.customer_id, booking.expire_time);
            Ok((account, TransferCode::CreditGrant))
        }
        (Some(_), Some(_), _) | (None, None, _) => {
            Err(Reason::Contradiction("a booking is for either a partner or a customer"))
        }
    }
}

async fn apply_coupon_quota(
    books: &mut BooksMut<'_, '_>,
    line: &CouponQuota,
) -> Result<(), Reason> {
    let partner = known_partner(books, &line.partner_id).await?;
    if line.expire_time <= line.effective_time {
        return Err(Reason::Contradiction("a quota expires after it becomes effective"));
    }
    if line.quota_status == QuotaStatus::Reclaimed {
        return Err(Reason::Contradiction("a reclaimed quota holds nothing"));
    }
    let is_pick_up = line.pick_up == Some(true);
    if is_pick_up && line.quota_type != QuotaType::FlexiPurchase {
        return Err(Reason::Contradiction("pick-up coupons are flexi-purchase coupons"));
    }
    order::coupon::check_limits(&line.limit_infos)?;
    free_quota_id(books, &line.quota_id).await?;
    let quota = Quota {
        quota_id: line.quota_id.clone(),
        partner_id: partner.partner_id,
        parent_quota_id: None,
        quota_type: line.quota_type,
        quota_value: line.quota_value,
        status: line.quota_status,
        create_time: line.create_time,
        last_update_time: line.create_time,
        effective_time: line.effective_time,
        expire_time: line.expire_time,
        limit_infos: line.limit_infos.clone(),
        remark: None,
        next_expiry: None,
        is_pick_up,
    };
    let transfer = Transfer {
        debit_account: AccountId::Outside,
        credit_account: AccountId::Quota(line.quota_id.clone()),
        amount: line.quota_value,
        code: TransferCode::QuotaFromOutside,
        time: line.create_time,
        memo: None,
        reference: None,
        trade_type: None,
    };
    let came_by = books.book_opening(&transfer).await?;
    books.add_quota(&quota, came_by)
}

async fn apply_quota_grant(books: &mut BooksMut<'_, '_>, line: &QuotaGrant) -> Result<(), Reason> {
    let parent = books
        .quota(&line.parent_quota_id)
        .await?
        .ok_or_else(|| unknown("quota", line.parent_quota_id.as_str()))?;
    known_partner(books, &line.indirect_partner_id).await?;
    free_quota_id(books, &line.quota_id).await?;
    let distributor = known_partner(books, &parent.partner_id).await?;
    let grant = Grant {
        caller: CallingPartner {
            partner_id: distributor.partner_id,
            kind: distributor.partner_kind,
        },
        parent_quota_id: line.parent_quota_id.clone(),
        receivers: vec![Receiver {
            indirect_partner_id: line.indirect_partner_id.clone(),
            quota_id: line.quota_id.clone(),
        }],
        amount: line.amount,
        time: line.at,
    };
    grant_quotas::grant(books, &grant).await
}

async fn apply_package(books: &mut BooksMut<'_, '_>, package: &Package) -> Result<(), Reason> {
    known_customer(books, &package.customer_id).await?;
    if package.expire_time <= package.effective_time {
        return Err(Reason::Contradiction("a package expires after it becomes effective"));
    }
    let items = &package.free_resources;
    if !(1..=package::ITEMS_MAX).contains(&items.len()) {
        return Err(Reason::Contradiction("a package has 1 to 50 free_resources"));
    }
    let ids: Vec<PackageItemId> = items.iter().map(|item| item.free_resource_id.clone()).collect();
    if !distinct(&ids) {
        return Err(Reason::Contradiction("the items of a package have different identities"));
    }
    if !books.packages_of_items(&package.customer_id, &ids).await?.is_empty() {
        return Err(Reason::ContentDiffers);
    }
    for item in items {
        let used = item.used_amount;
        let is_more = used.is_some_and(|used| used.is_more_than(item.original_amount));
        if !item.original_amount.is_positive() || is_more {
            return Err(Reason::Contradiction("an item holds something, and no less than is used"));
        }
    }
    books.add_package(package)
}

async fn apply_package_use(books: &mut BooksMut<'_, '_>, used: &PackageUse) -> Result<(), Reason> {
    let package = books.package(&used.customer_id, &used.order_instance_id).await?;
    let package = package.ok_or_else(|| unknown("package", used.order_instance_id.as_str()))?;
    let is_it = |item: &PackageItem| item.free_resource_id == used.free_resource_id;
    if !package.free_resources.iter().any(is_it) {
        return Err(unknown("free_resource", used.free_resource_id.as_str()));
    }
    if !used.used_amount.is_positive() || used.used_amount.is_more_than(used.available_amount) {
        return Err(Reason::Contradiction("no more is used than there is"));
    }
    books.add_package_use(used)
}

/// Checks that a line of a bill does not say a second time what these books say, and changes no
/// month that is closed.
async fn check_importable(books: &BooksMut<'_, '_>, record: &FeeRecord) -> Result<(), Reason> {
    let codes =
        [&record.service_type_code, &record.resource_type_code, &record.enterprise_project_id];
    if codes.into_iter().flatten().any(|code| code.contains('\0')) {
        return Err(Reason::Contradiction("no code has a zero character in it"));
    }
    check_open(books, record.bill_cycle).await?;
    let order: Option<OrderId> = record.trade_id.as_deref().and_then(|id| id.parse().ok());
    if let Some(order) = order
        && books.order_owner(&order).await?.is_some()
    {
        return Err(Reason::Contradiction("the books have billed this trade themselves"));
    }
    if books.bytes(&fee_record_key(record)).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    Ok(())
}

async fn check_open(books: &BooksMut<'_, '_>, cycle: Month) -> Result<(), Reason> {
    if books.billed_months().await?.is_closed(cycle) {
        return Err(Reason::Contradiction("the month is closed"));
    }
    Ok(())
}

impl From<&EnterpriseLine> for Organization {
    fn from(line: &EnterpriseLine) -> Self {
        let (id, name) = (line.org_id.clone(), line.name.clone());
        Self { id, name, parent_id: None, relation_id: None }
    }
}

impl From<&OrganizationLine> for Organization {
    fn from(line: &OrganizationLine) -> Self {
        Self {
            id: line.org_id.clone(),
            name: line.name.clone(),
            parent_id: Some(line.parent_id.clone()),
            relation_id: line.relation_id.clone(),
        }
    }
}

async fn apply_member(books: &mut BooksMut<'_, '_>, line: &MemberLine) -> Result<(), Reason> {
    let master = known_customer(books, &line.master_id).await?;
    let customer = known_customer(books, &line.customer_id).await?;
    let Some(Role::Master { root_id }) = &master.enterprise else {
        return Err(Reason::Contradiction("the customer is no master of an enterprise"));
    };
    let root_id = root_id.clone();
    let member = Member {
        customer_id: line.customer_id.clone(),
        display_name: line.display_name.clone(),
        status: line.status.unwrap_or(MemberStatus::Normal),
        org_id: line.org_id.clone().unwrap_or_else(|| root_id.clone()),
        legal_entity: line.sub_customer_association_type.unwrap_or(LegalEntity::Same),
        permission_ids: line.permission_ids.clone(),
        joined_at: line.joined_at,
    };
    let finance_mode = line.financial_custody.unwrap_or(FinanceMode::Independent);
    let master = Master { customer: master, root_id };
    enterprise::join(books, &master, customer, Joining { member, finance_mode }).await
}

async fn apply_agreement(books: &mut BooksMut<'_, '_>, line: &Agreement) -> Result<(), Reason> {
    known_customer(books, &line.customer_id).await?;
    if line.expire_time <= line.effective_time {
        return Err(Reason::Contradiction("an agreement expires after it becomes effective"));
    }
    books.add_agreement(line)
}

/// Adds a card that holds its whole value, which its customer has paid elsewhere.
async fn apply_card(books: &mut BooksMut<'_, '_>, card: &StoredValueCard) -> Result<(), Reason> {
    known_customer(books, &card.customer_id).await?;
    if card.expire_time <= card.effective_time {
        return Err(Reason::Contradiction("a card expires after it becomes effective"));
    }
    let transfer = Transfer {
        debit_account: AccountId::Outside,
        credit_account: AccountId::StoredValueCard(card.card_id.clone()),
        amount: card.face_value,
        code: TransferCode::CardFromOutside,
        time: books.now(),
        memo: None,
        reference: None,
        trade_type: None,
    };
    books.book_opening(&transfer).await?;
    books.add_card(card)
}

/// Adds a resource, and lists an attached one with its main one. What was paid for it lies outside.
async fn apply_resource(books: &mut BooksMut<'_, '_>, line: &ResourceLine) -> Result<(), Reason> {
    known_customer(books, &line.customer_id).await?;
    if books.resource(&line.customer_id, &line.resource_id).await?.is_some() {
        return Err(Reason::ContentDiffers);
    }
    if line.expire_time <= line.effective_time || line.period_num == 0 {
        return Err(Reason::Contradiction("a resource expires after it becomes effective"));
    }
    if line.resource_size.is_some() != line.size_measure_id.is_some() {
        return Err(Reason::Contradiction("a size has a number and a unit"));
    }
    if let Some(id) = &line.main_resource_id {
        let main = books.resource(&line.customer_id, id).await?;
        let main = main.filter(Resource::is_main);
        let mut main = main.ok_or_else(|| unknown("main resource", id.as_str()))?;
        main.attached.push(line.resource_id.clone());
        books.replace_resource(main).await?;
    }
    books.add_resource(Resource::from(line)).await
}

impl From<&ResourceLine> for Resource {
    fn from(line: &ResourceLine) -> Self {
        let term = Term { period_type: line.period_type, period_num: line.period_num };
        Self {
            resource_id: line.resource_id.clone(),
            instance_id: line.resource_id.to_string(),
            customer_id: line.customer_id.clone(),
            order_id: line.order_id.clone(),
            resource_name: line.resource_name.clone(),
            product: resource::Product {
                service_type_code: line.service_type_code.clone(),
                resource_type_code: line.resource_type_code.clone(),
                resource_spec_code: line.resource_spec.to_string(),
                region_code: line.region_code.to_string(),
                zone_code: line.zone_code.as_ref().map(ToString::to_string),
                product_id: line.product_id.to_string(),
                resource_size: line.resource_size.map(Quantity::from),
                size_measure_id: line.size_measure_id,
                service_type_name: None,
                resource_type_name: None,
                product_spec_desc: None,
                project_id: None,
            },
            main_resource_id: line.main_resource_id.clone(),
            attached: Vec::new(),
            effective_time: line.effective_time,
            expire_time: line.expire_time,
            anchor_day: term.first(line.effective_time).anchor_day,
            expire_policy: ExpirePolicy::GracePeriod,
            auto_renewal: None,
            last_term: term,
            terms: Vec::new(),
            pending_order: None,
            closed_at: None,
            update_time: line.effective_time,
            told: None,
            due: None,
            warned_of: None,
        }
    }
}

async fn apply_agreement_item(
    books: &mut BooksMut<'_, '_>,
    line: &AgreementItem,
) -> Result<(), Reason> {
    let agreement = books.agreement(&line.customer_id, &line.commerce_id).await?;
    let agreement = agreement.ok_or_else(|| unknown("agreement", line.commerce_id.as_str()))?;
    let begin = line.effective_time.unwrap_or(agreement.effective_time);
    let end = line.expire_time.unwrap_or(agreement.expire_time);
    if end <= begin {
        return Err(Reason::Contradiction("an item expires after it becomes effective"));
    }
    books.add_agreement_item(line)
}

async fn apply_monthly_bill(
    books: &mut BooksMut<'_, '_>,
    bill: &MonthlyBill,
    content: Vec<u8>,
) -> Result<Outcome, Reason> {
    let key = monthly_bill_key(bill);
    if let Some(before) = books.bytes(&key).await? {
        return if before == content { Ok(Outcome::Skipped) } else { Err(Reason::ContentDiffers) };
    }
    known_customer_of(books, &bill.customer_id, &bill.partner_id).await?;
    check_open(books, bill.cycle).await?;
    books.add_bytes(key, content);
    Ok(Outcome::Applied)
}

async fn apply_usage_day(
    books: &mut BooksMut<'_, '_>,
    day: &UsageDay,
    content: Vec<u8>,
) -> Result<Outcome, Reason> {
    if let Some(before) = books.bytes(&peak_day_key(day)).await? {
        return if before == content { Ok(Outcome::Skipped) } else { Err(Reason::ContentDiffers) };
    }
    known_customer(books, &day.customer_id).await?;
    books.add_peak_day(day, content).await?;
    Ok(Outcome::Applied)
}

fn unknown(kind: &'static str, id: &str) -> Reason {
    Reason::UnknownReference { kind, id: id.to_owned() }
}

async fn known_partner(books: &Books<'_>, id: &PartnerId) -> Result<Partner, Reason> {
    books.partner(id).await?.ok_or_else(|| unknown("partner", id.as_str()))
}

async fn known_customer(books: &Books<'_>, id: &CustomerId) -> Result<Customer, Reason> {
    books.customer(id).await?.ok_or_else(|| unknown("customer", id.as_str()))
}

async fn known_customer_of(
    books: &Books<'_>,
    id: &CustomerId,
    partner: &PartnerId,
) -> Result<(), Reason> {
    if known_customer(books, id).await?.partner_id == *partner {
        return Ok(());
    }
    known_partner(books, partner).await?;
    Err(Reason::Contradiction("the customer belongs to another partner"))
}

async fn free_quota_id(books: &Books<'_>, id: &QuotaId) -> Result<(), Reason> {
    if books.quota(id).await?.is_some() { Err(Reason::ContentDiffers) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
