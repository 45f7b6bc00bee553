//! Keys of the tenant's records.
//!
//! The first byte says what a record is. Below 0x20 the store keeps records in the head, where a
//! request finds them without reading a page: the accounts of partners and quotas, partners and
//! quotas. Texts inside a key end with a zero byte, which no text of a key contains, so one key's
//! records never lie among another's; numbers are big-endian, so they sort by value.

pub(crate) mod catalogue;

use crate::domain::account::AccountId;
use crate::domain::bandwidth::PeakKind;
use crate::domain::bill::{
    BillDetailType, BillType, ChargeMode, ChargingMode, CustomerSum, Debt, Origin,
};
use crate::domain::discount::{AgreementItem, ItemScope};
use crate::domain::ledger::TransferId;
use crate::domain::package::PackageUse;
use crate::security::vault::Subject;
use crate::store::Range;
use crate::value::id::{
    CardId, ClientToken, CouponId, CustomerId, DeliveryId, DiscountId, FeeRecordId, InvitationId,
    OrderId, OrganizationId, PackageId, PackageItemId, PartnerId, ProductId, QuotaId, ResourceId,
    ReviewId, TransId, TypeCode,
};
use crate::value::time::{Date, Month, Period, Timestamp};
use chrono::DateTime;
use std::str::FromStr;

/// What is of the tenant itself: its settings, and how far the clock of a demo tenant was moved.
/// Before all others, because every request reads it.
const TENANT: u8 = 0x00;
const SETTINGS_PART: u8 = b'S';
const CLOCK_PART: u8 = b'C';
const MONTHS_PART: u8 = b'M';
const NOTIFIED_PART: u8 = b'N';
/// Accounts of partners and of the outside.
const PARTNER_ACCOUNT: u8 = 0x01;
/// Partners.
const PARTNER: u8 = 0x02;
/// Accounts of quotas.
const QUOTA_ACCOUNT: u8 = 0x03;
/// Quotas.
const QUOTA: u8 = 0x04;
/// Accounts of customers' credit, of cards and of what customers owe.
const OTHER_ACCOUNT: u8 = b'D';
/// Whose an order is.
const ORDER_OWNER: u8 = b'O';
/// Orders of a partner's customers, in order.
const PARTNER_ORDER: u8 = b'P';
/// What time alone changes, by when it does.
const DUE: u8 = b'T';
/// What masters of enterprises have: organisations, members, and what they gave them.
pub(crate) const ENTERPRISE: u8 = b'M';
/// Customers that use a certificate, by its digest.
const CERTIFICATE: u8 = b'C';
/// Content of what a book brought in, as a hash.
const BOOK_LINE: u8 = b'b';
/// Customers, each with its balance, orders and resources behind it.
const CUSTOMER: u8 = b'c';
/// Messages to the operator's own systems: all of them, those that are pending, and those that were
/// given up.
const DELIVERY: u8 = b'd';
const DELIVERY_LOG: u8 = b'l';
const DELIVERY_DUE: u8 = b'p';
const DELIVERY_FAILED: u8 = b'f';
/// Those to a partner's own address.
const DELIVERY_PARTNER: u8 = b'o';
/// Discounts of a customer.
const DISCOUNT: u8 = b'E';
/// Client tokens by the time they may be forgotten.
const TOKEN_EXPIRY: u8 = b'e';
/// Bandwidth that is billed by its 95th percentile: the resources of a month, and their days.
const PEAK: u8 = b'9';
/// Lines of detailed bills.
pub(crate) const FEE_RECORD: u8 = b'f';
/// Quotas of a partner, in the order they came.
const PARTNER_QUOTA: u8 = b'g';
/// Quotas a distributor has granted, in order.
const GRANTED_QUOTA: u8 = b'h';
/// Coupons issued in a partner's name, in order.
const PARTNER_COUPON: u8 = b'i';
/// Of a customer its coupons, the newest last, and what came into and left those that are cash, the
/// newest first: where the one grows is where the other does, so an issue changes one page of both.
const CUSTOMER_COUPON: u8 = b'j';
/// Coupons, each with its account and statement behind it.
const COUPON: u8 = b'k';
/// Statements of all other accounts: in the order of the ledger and, where the account holds money,
/// by the time of the transfers as well.
const STATEMENT: u8 = b'l';
/// Monthly sums.
const MONTHLY_BILL: u8 = b'm';
/// Months that are closed, and what they come to for partners.
const CLOSING: u8 = b'N';
/// Customers by the months in which they consumed, and the first of them.
const CONSUMER: u8 = b'B';
/// Customers by what identifies them, as hashes.
const IDENTITY: u8 = b'q';
/// Verification codes by mobile number, and by the time they may be forgotten; used tickets.
const VERIFICATION: u8 = b'v';
/// Personal data, sealed.
const PERSONAL: u8 = b'p';
/// Resellers of a distributor.
const RESELLER: u8 = b'n';
/// Customers of a partner.
const PARTNER_CUSTOMER: u8 = b'o';
/// Real-name reviews of a customer, in order of submission.
const REVIEW: u8 = b'r';
/// Submissions for real-name review.
const SUBMISSION: u8 = b's';
/// Client tokens.
const TOKEN: u8 = b't';
/// What awaits real-name review, oldest first.
const AWAITING_REVIEW: u8 = b'u';
/// Grants and reclaims of a distributor's quotas, in order.
const QUOTA_RECORD: u8 = b'w';
/// Coupons of a quota whose value has not left them, by the time they expire.
const COUPON_EXPIRY: u8 = b'y';
/// Issues and returns of a partner's coupons, in order.
const COUPON_RECORD: u8 = b'z';
/// Transfers.
pub(crate) const TRANSFER: u8 = b'x';
/// Allocations and reclaims of a partner, by time.
const ADJUST_RECORD: u8 = b'A';
/// What the customers of a partner allow it.
const AUTHORISATION: u8 = b'a';
/// Invitations by their names, and those of a partner, the newest first.
const INVITATION: u8 = b'I';
const PARTNER_INVITATION: u8 = b'L';
/// What has happened to the associations of a partner's customers, the newest first.
const PARTNER_EVENT: u8 = b'H';

/// Parts of what is kept of one thing under one kind, so that it lies together in the store: what
/// is read together costs fewer pages, and what is written together changes fewer.
const ACCOUNT_PART: u8 = b'a';
const AGREEMENTS_PART: u8 = b'A';
const CARDS_PART: u8 = b'v';
const CATEGORIES_PART: u8 = b'C';
const COUPONS_PART: u8 = b'c';
const DISCOUNTS_PART: u8 = b'D';
const GIVEN_PART: u8 = b'g';
const LINES_PART: u8 = b'l';
const MEMBERS_PART: u8 = b'm';
const ORGANIZATIONS_PART: u8 = b'o';
const PAID_ORDERS_PART: u8 = b'p';
const ON_DEMAND_PART: u8 = b'd';
const ORDERS_PART: u8 = b'o';
const RESOURCES_PART: u8 = b'r';
const PACKAGES_PART: u8 = b'k';
const PACKAGE_ITEMS_PART: u8 = b'l';
const PACKAGE_USES_PART: u8 = b'm';
const FREE_USES_PART: u8 = b'u';
const SUMS_PART: u8 = b'S';
const TERMS_PART: u8 = b'X';
const TERM_ENDS_PART: u8 = b'Y';
const DEBTS_PART: u8 = b'B';
const RENEWAL_PART: u8 = b'w';
const PRODUCTS_PART: u8 = b'P';
const TIMES_PART: u8 = b't';
const TRANS_PART: u8 = b't';
const CHANGE_REQUEST_PART: u8 = b'q';
const ASSOCIATION_EVENTS_PART: u8 = b'e';

/// Ends a text inside a key.
pub(crate) const END: u8 = 0;

/// A key being put together.
struct Key(Vec<u8>);

impl Key {
    fn of(kind: u8) -> Self {
        Self(vec![kind])
    }

    /// A text with more to follow.
    fn text(mut self, text: &str) -> Self {
        debug_assert!(!text.as_bytes().contains(&END));
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(END);
        self
    }

    /// A part of what is kept of the text before.
    fn part(mut self, part: u8) -> Self {
        self.0.push(part);
        self
    }

    /// A text that ends the key.
    fn last(mut self, text: &str) -> Vec<u8> {
        self.0.extend_from_slice(text.as_bytes());
        self.0
    }

    fn number(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// A time; those before 1970 sort first.
    fn time(mut self, time: Timestamp) -> Self {
        self.0.extend_from_slice(&ordered(time).to_be_bytes());
        self
    }

    fn transfer(mut self, id: TransferId) -> Self {
        self.0.extend_from_slice(&id.sequence.to_be_bytes());
        self.0.extend_from_slice(&id.index.to_be_bytes());
        self
    }

    /// A time and a transfer; the newest sort first.
    fn newest_first(mut self, time: Timestamp, id: TransferId) -> Self {
        let newest_last = Self(Vec::new()).time(time).transfer(id);
        self.0.extend(newest_last.0.iter().map(|byte| !byte));
        self
    }

    /// Where the times before this one begin when the newest sort first.
    fn before(mut self, time: Timestamp) -> Self {
        self.0.extend_from_slice(&(!ordered(time)).saturating_add(1).to_be_bytes());
        self
    }
}

/// A time as a number that is the greater the later it is.
fn ordered(time: Timestamp) -> u64 {
    time.seconds().cast_unsigned() ^ (1 << 63)
}

/// The time that is such a number.
fn time_of(ordered: u64) -> Option<Timestamp> {
    let seconds = (ordered ^ (1 << 63)).cast_signed();
    DateTime::from_timestamp(seconds, 0).map(Timestamp::from)
}

pub(crate) fn account(id: &AccountId) -> Vec<u8> {
    match id {
        AccountId::Outside
        | AccountId::PartnerBalance(_)
        | AccountId::PartnerCredit(_)
        | AccountId::CloudClearing(_)
        | AccountId::CloudRevenue(_) => Key::of(PARTNER_ACCOUNT).last(&id.to_string()),
        AccountId::CustomerCredit(..)
        | AccountId::StoredValueCard(_)
        | AccountId::Receivable(_) => Key::of(OTHER_ACCOUNT).last(&id.to_string()),
        AccountId::Quota(_) => Key::of(QUOTA_ACCOUNT).last(&id.to_string()),
        AccountId::CustomerBalance(id) => Key::of(CUSTOMER).text(id.as_str()).part(ACCOUNT_PART).0,
        AccountId::Coupon(id) => Key::of(COUPON).text(id.as_str()).part(ACCOUNT_PART).0,
    }
}

/// First bytes of the keys among which those of accounts are. Below each, accounts are ordered by
/// their text.
pub(crate) const ACCOUNTS: [u8; 5] =
    [PARTNER_ACCOUNT, QUOTA_ACCOUNT, CUSTOMER, COUPON, OTHER_ACCOUNT];

/// The account that a key is of, if it is of one.
///
/// # Errors
/// When its identity is none.
pub(crate) fn account_id(key: &[u8]) -> Result<Option<AccountId>, InvalidKey> {
    let Some((kind, rest)) = key.split_first() else {
        return Ok(None);
    };
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| InvalidKey);
    match *kind {
        PARTNER_ACCOUNT | QUOTA_ACCOUNT | OTHER_ACCOUNT => {
            text(rest)?.parse().map(Some).map_err(|_| InvalidKey)
        }
        CUSTOMER | COUPON => {
            let Some(id) = rest.strip_suffix(&[END, ACCOUNT_PART]).filter(|id| !id.contains(&END))
            else {
                return Ok(None);
            };
            let id = text(id)?;
            let account = if *kind == CUSTOMER {
                id.parse().map(AccountId::CustomerBalance)
            } else {
                id.parse().map(AccountId::Coupon)
            };
            account.map(Some).map_err(|_| InvalidKey)
        }
        _ => Ok(None),
    }
}

/// A key that this program does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidKey;

/// Who holds an account that holds money.
pub(crate) fn holder(account: &AccountId) -> Option<Vec<u8>> {
    match account {
        AccountId::PartnerBalance(id) | AccountId::PartnerCredit(id) => Some(partner(id)),
        AccountId::CustomerBalance(id) | AccountId::CustomerCredit(id, _) => Some(customer(id)),
        AccountId::Outside
        | AccountId::Quota(_)
        | AccountId::Coupon(_)
        | AccountId::StoredValueCard(_)
        | AccountId::CloudClearing(_)
        | AccountId::CloudRevenue(_)
        | AccountId::Receivable(_) => None,
    }
}

/// Where the accounts of a customer's credit begin: those of one whose id goes on behind it lie
/// among them.
pub(crate) fn customer_credits(customer: &CustomerId) -> Vec<u8> {
    Key::of(OTHER_ACCOUNT).last(&format!("E{customer}~"))
}

pub(crate) fn settings() -> Vec<u8> {
    vec![TENANT, SETTINGS_PART]
}

/// Prefix of the marks of the partners that are told of events.
pub(crate) fn all_notified() -> Vec<u8> {
    vec![TENANT, NOTIFIED_PART]
}

pub(crate) fn notified(partner: &PartnerId) -> Vec<u8> {
    Key(all_notified()).last(partner.as_str())
}

pub(crate) fn clock() -> Vec<u8> {
    vec![TENANT, CLOCK_PART]
}

/// Which months have bill lines that these books generated, and which of them are closed.
pub(crate) fn billed_months() -> Vec<u8> {
    vec![TENANT, MONTHS_PART]
}

/// First byte of the keys among which those of orders and resources are.
pub(crate) const ORDERS_AND_RESOURCES: u8 = CUSTOMER;

/// What an order's or a resource's key is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfCustomer {
    /// An order.
    Order,
    /// A yearly/monthly resource.
    Resource,
}

/// Whether a key of a customer is of one of its orders or resources.
pub(crate) fn of_customer(key: &[u8]) -> Option<OfCustomer> {
    let end = key.iter().position(|byte| *byte == END)?;
    match *key.get(end.checked_add(1)?)? {
        ORDERS_PART => Some(OfCustomer::Order),
        RESOURCES_PART => Some(OfCustomer::Resource),
        _ => None,
    }
}

fn part_of_customer(customer: &CustomerId, part: u8) -> Key {
    Key::of(CUSTOMER).text(customer.as_str()).part(part)
}

/// Prefix of a customer's orders, which lie in the order in which they were placed.
pub(crate) fn orders(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, ORDERS_PART).0
}

pub(crate) fn order(customer: &CustomerId, id: &OrderId) -> Vec<u8> {
    Key(orders(customer)).last(id.as_str())
}

/// Where the orders of a list begin whose identities are this text or a later one.
pub(crate) fn orders_from(list: Vec<u8>, id: &str) -> Vec<u8> {
    Key(list).last(id)
}

/// Whose an order is, of whatever customer.
pub(crate) fn order_owner(id: &OrderId) -> Vec<u8> {
    Key::of(ORDER_OWNER).last(id.as_str())
}

/// Prefix of the orders of a partner's customers, which lie in the order in which they were placed.
pub(crate) fn partner_orders(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_ORDER).text(partner.as_str()).0
}

pub(crate) fn partner_order(partner: &PartnerId, id: &OrderId, customer: &CustomerId) -> Vec<u8> {
    Key(of_order(partner_orders(partner), id)).last(customer.as_str())
}

/// Prefix of the entries of one order in such a list, which end with its customer.
pub(crate) fn of_order(orders: Vec<u8>, id: &OrderId) -> Vec<u8> {
    Key(orders).text(id.as_str()).0
}

/// The order that an entry of a partner's or a master's list is about, and whose it is.
pub(crate) fn order_in_list(entry: &[u8]) -> Option<(CustomerId, OrderId)> {
    let mut texts = entry.rsplit(|byte| *byte == END);
    let customer = std::str::from_utf8(texts.next()?).ok()?.parse().ok()?;
    Some((customer, std::str::from_utf8(texts.next()?).ok()?.parse().ok()?))
}

/// Prefix of a customer's yearly/monthly resources.
pub(crate) fn resources(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, RESOURCES_PART).0
}

pub(crate) fn resource(customer: &CustomerId, id: &ResourceId) -> Vec<u8> {
    Key(resources(customer)).last(id.as_str())
}

/// Prefix of a customer's pay-per-use resources.
pub(crate) fn on_demand_resources(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, ON_DEMAND_PART).0
}

pub(crate) fn on_demand_resource(customer: &CustomerId, id: &ResourceId) -> Vec<u8> {
    Key(on_demand_resources(customer)).last(id.as_str())
}

/// How often a customer has given something back without a reason in a year.
pub(crate) fn free_uses(customer: &CustomerId, year: i32) -> Vec<u8> {
    part_of_customer(customer, FREE_USES_PART).last(&year.to_string())
}

pub(crate) fn renewal_config(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, RENEWAL_PART).0
}

/// Prefix of a customer's stored-value cards.
pub(crate) fn cards(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, CARDS_PART).0
}

pub(crate) fn card(customer: &CustomerId, id: &CardId) -> Vec<u8> {
    Key(cards(customer)).last(id.as_str())
}

/// Prefix of a customer's resource packages.
pub(crate) fn packages(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, PACKAGES_PART).0
}

pub(crate) fn package(customer: &CustomerId, id: &PackageId) -> Vec<u8> {
    Key(packages(customer)).last(id.as_str())
}

/// Which package an item is of.
pub(crate) fn package_item(customer: &CustomerId, id: &PackageItemId) -> Vec<u8> {
    part_of_customer(customer, PACKAGE_ITEMS_PART).last(id.as_str())
}

pub(crate) fn package_use(used: &PackageUse) -> Vec<u8> {
    part_of_customer(&used.customer_id, PACKAGE_USES_PART)
        .time(used.deduct_time)
        .last(used.use_id.as_str())
}

/// Where what was taken from a customer's packages in a period begins and ends.
pub(crate) fn package_uses_within(customer: &CustomerId, period: Period) -> (Vec<u8>, Vec<u8>) {
    let at = |time| part_of_customer(customer, PACKAGE_USES_PART).time(time).0;
    (at(period.begin), at(period.end))
}

/// Prefix of the sums of a customer's month.
pub(crate) fn customer_sums(customer: &CustomerId, cycle: Month) -> Vec<u8> {
    part_of_customer(customer, SUMS_PART).text(&cycle.to_string()).0
}

pub(crate) fn customer_sum(sum: &CustomerSum) -> Vec<u8> {
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let code = |code: Option<i64>| code.and_then(|code| u32::try_from(code).ok()).unwrap_or(0);
    Key(customer_sums(&sum.customer_id, sum.bill_cycle))
        .text(&text(&sum.service_type_code))
        .text(&text(&sum.resource_type_code))
        .number(code(sum.charging_mode.map(ChargingMode::code)))
        .number(code(sum.bill_detail_type.map(BillDetailType::code)))
        .last(&text(&sum.enterprise_project_id))
}

/// Prefix of what a customer owes, the oldest months first.
pub(crate) fn debts(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, DEBTS_PART).0
}

pub(crate) fn debt(debt: &Debt) -> Vec<u8> {
    let of_service = Key(debts(&debt.customer_id))
        .text(&debt.bill_cycle.to_string())
        .text(debt.service_type_code.as_deref().unwrap_or_default());
    let resource_type = debt.resource_type_code.as_deref().unwrap_or_default();
    match &debt.consumer_id {
        None => of_service.last(resource_type),
        Some(consumer) => of_service.text(resource_type).last(consumer.as_str()),
    }
}

/// The term of an order's bill line.
pub(crate) fn term_of_line(customer: &CustomerId, id: &FeeRecordId) -> Vec<u8> {
    part_of_customer(customer, TERMS_PART).last(id.as_str())
}

/// Where the bill lines of a customer's orders begin whose last day is this one or a later one.
pub(crate) fn term_ends_from(customer: &CustomerId, last_day: Date) -> Vec<u8> {
    Key(term_ends(customer)).time(last_day.begin_utc_plus_8()).0
}

/// Prefix of the bill lines of a customer's orders, by the last day of their terms.
pub(crate) fn term_ends(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, TERM_ENDS_PART).0
}

pub(crate) fn term_end(customer: &CustomerId, last_day: Date, id: &FeeRecordId) -> Vec<u8> {
    Key(term_ends_from(customer, last_day)).last(id.as_str())
}

/// The bill line that ends a key in a list by the last days of terms.
pub(crate) fn fee_record_id_of_term_end(customer: &CustomerId, key: &[u8]) -> Option<FeeRecordId> {
    let rest = key.strip_prefix(term_ends(customer).as_slice())?.get(TIME_BYTES..)?;
    std::str::from_utf8(rest).ok()?.parse().ok()
}

/// What the time changes that comes in a key of what is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DueSubject {
    /// An order's deadline.
    Order(OrderId),
    /// A resource's next change.
    Resource(ResourceId),
}

/// Where begins what is due.
pub(crate) fn all_due() -> Vec<u8> {
    vec![DUE]
}

/// Where begins what is due only after `time`.
pub(crate) fn due_after(time: Timestamp) -> Vec<u8> {
    Key::of(DUE).time(time.next()).0
}

pub(crate) fn due(time: Timestamp, customer: &CustomerId, subject: &DueSubject) -> Vec<u8> {
    let (part, id) = match subject {
        DueSubject::Order(id) => (ORDERS_PART, id.as_str()),
        DueSubject::Resource(id) => (RESOURCES_PART, id.as_str()),
    };
    Key::of(DUE).time(time).text(customer.as_str()).part(part).last(id)
}

/// What a key of what is due is about: when, whose and what.
pub(crate) fn due_in(key: &[u8]) -> Option<(Timestamp, CustomerId, DueSubject)> {
    let (time, rest) = key.strip_prefix(&[DUE])?.split_first_chunk::<TIME_BYTES>()?;
    let end = rest.iter().position(|byte| *byte == END)?;
    let (customer, rest) = rest.split_at_checked(end)?;
    let [_, part, id @ ..] = rest else {
        return None;
    };
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let subject = match *part {
        ORDERS_PART => DueSubject::Order(text(id)?.parse().ok()?),
        RESOURCES_PART => DueSubject::Resource(text(id)?.parse().ok()?),
        _ => return None,
    };
    Some((time_of(u64::from_be_bytes(*time))?, text(customer)?.parse().ok()?, subject))
}

pub(crate) fn transfer(id: TransferId) -> Vec<u8> {
    Key::of(TRANSFER).transfer(id).0
}

/// First bytes of the keys among which those of statement lines are.
pub(crate) const LINES: [u8; 2] = [STATEMENT, COUPON];

/// Whether a key that begins with one of these is of a statement line.
pub(crate) fn is_line(key: &[u8]) -> bool {
    let Some(end) = key.iter().position(|byte| *byte == END) else {
        return false;
    };
    key.get(end.saturating_add(1)) == Some(&LINES_PART)
}

/// Prefix of an account's statement lines.
pub(crate) fn lines(account: &AccountId) -> Vec<u8> {
    let of = match account {
        AccountId::Coupon(id) => Key::of(COUPON).text(id.as_str()),
        account => Key::of(STATEMENT).text(&account.to_string()),
    };
    of.part(LINES_PART).0
}

pub(crate) fn line(account: &AccountId, id: TransferId) -> Vec<u8> {
    Key(lines(account)).transfer(id).0
}

/// Where the changes of an account that holds money begin whose transfers have this time or a
/// later one.
pub(crate) fn changes_from(account: &AccountId, time: Timestamp) -> Vec<u8> {
    Key::of(STATEMENT).text(&account.statement().to_string()).part(TIMES_PART).time(time).0
}

pub(crate) fn change(account: &AccountId, time: Timestamp, id: TransferId) -> Vec<u8> {
    Key(changes_from(account, time)).transfer(id).0
}

fn of_enterprise(master: &CustomerId, part: u8) -> Key {
    Key::of(ENTERPRISE).text(master.as_str()).part(part)
}

/// Prefix of the organisations of a master.
pub(crate) fn organizations(master: &CustomerId) -> Vec<u8> {
    of_enterprise(master, ORGANIZATIONS_PART).0
}

pub(crate) fn organization(master: &CustomerId, id: &OrganizationId) -> Vec<u8> {
    Key(organizations(master)).last(id.as_str())
}

/// Prefix of the members of a master, which lie in the order of their ids.
pub(crate) fn members(master: &CustomerId) -> Vec<u8> {
    of_enterprise(master, MEMBERS_PART).0
}

pub(crate) fn member(master: &CustomerId, id: &CustomerId) -> Vec<u8> {
    Key(members(master)).last(id.as_str())
}

/// Prefix of the orders of members that a master pays, which lie in the order in which they were
/// placed. It ends as a text does, so that its entries read like those of a partner's list.
pub(crate) fn agent_orders(master: &CustomerId) -> Vec<u8> {
    of_enterprise(master, PAID_ORDERS_PART).text("").0
}

pub(crate) fn agent_order(master: &CustomerId, id: &OrderId, customer: &CustomerId) -> Vec<u8> {
    Key(of_order(agent_orders(master), id)).last(customer.as_str())
}

/// What a master gave to an account of a member, and did not take back.
pub(crate) fn given(master: &CustomerId, account: &AccountId) -> Vec<u8> {
    of_enterprise(master, GIVEN_PART).last(&account.to_string())
}

/// The account of a member that a key is of, if it is of what a master gave to one.
pub(crate) fn account_given(key: &[u8]) -> Option<AccountId> {
    let rest = key.strip_prefix(&[ENTERPRISE])?;
    let end = rest.iter().position(|byte| *byte == END)?;
    let account = rest.get(end.checked_add(1)?..)?.strip_prefix(&[GIVEN_PART])?;
    std::str::from_utf8(account).ok()?.parse().ok()
}

/// That a master has named a transfer so.
pub(crate) fn trans_id(master: &CustomerId, id: &TransId) -> Vec<u8> {
    of_enterprise(master, TRANS_PART).last(id.as_str())
}

/// Where a partner's allocations and reclaims of this time and later ones begin.
pub(crate) fn adjust_records_from(partner: &PartnerId, time: Timestamp) -> Vec<u8> {
    Key::of(ADJUST_RECORD).text(partner.as_str()).time(time).0
}

pub(crate) fn adjust_record(partner: &PartnerId, time: Timestamp, id: TransferId) -> Vec<u8> {
    Key(adjust_records_from(partner, time)).transfer(id).0
}

/// The transfer that a key ends with.
pub(crate) fn transfer_id_at_end(key: &[u8]) -> Option<TransferId> {
    let (_, index) = key.split_last_chunk::<4>()?;
    let (_, sequence) = key.get(..key.len().checked_sub(4)?)?.split_last_chunk::<8>()?;
    Some(TransferId { sequence: u64::from_be_bytes(*sequence), index: u32::from_be_bytes(*index) })
}

/// Prefix of what the customers of a partner allow it.
pub(crate) fn authorisations(partner: &PartnerId) -> Vec<u8> {
    Key::of(AUTHORISATION).text(partner.as_str()).0
}

pub(crate) fn authorisation(partner: &PartnerId, customer: &CustomerId) -> Vec<u8> {
    Key(authorisations(partner)).last(customer.as_str())
}

pub(crate) fn change_request(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, CHANGE_REQUEST_PART).0
}

/// Prefix of what has happened to a customer's associations, the newest first.
pub(crate) fn association_events(customer: &CustomerId) -> Vec<u8> {
    part_of_customer(customer, ASSOCIATION_EVENTS_PART).0
}

pub(crate) fn association_event(customer: &CustomerId, at: Timestamp, by: TransferId) -> Vec<u8> {
    part_of_customer(customer, ASSOCIATION_EVENTS_PART).newest_first(at, by).0
}

/// Prefix of what has happened to the associations of a partner's customers, the newest first.
pub(crate) fn partner_events(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_EVENT).text(partner.as_str()).0
}

pub(crate) fn partner_event(partner: &PartnerId, at: Timestamp, by: TransferId) -> Vec<u8> {
    Key(partner_events(partner)).newest_first(at, by).0
}

pub(crate) fn invitation(id: &InvitationId) -> Vec<u8> {
    Key::of(INVITATION).last(id.as_str())
}

/// Prefix of the invitations of a partner, the newest first.
pub(crate) fn partner_invitations(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_INVITATION).text(partner.as_str()).0
}

pub(crate) fn partner_invitation(
    partner: &PartnerId,
    created_at: Timestamp,
    by: TransferId,
    id: &InvitationId,
) -> Vec<u8> {
    Key(partner_invitations(partner)).newest_first(created_at, by).part(END).last(id.as_str())
}

/// The invitation whose name ends an entry of a list.
pub(crate) fn invitation_at_end(entry: &[u8]) -> Option<InvitationId> {
    text_at_end(entry)?.parse().ok()
}

pub(crate) fn partner(id: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER).last(id.as_str())
}

pub(crate) fn customer(id: &CustomerId) -> Vec<u8> {
    Key::of(CUSTOMER).last(id.as_str())
}

pub(crate) fn personal(subject: Subject<'_>) -> Vec<u8> {
    Key::of(PERSONAL).last(&subject.to_string())
}

/// Prefix of all personal data.
pub(crate) fn all_personal() -> Vec<u8> {
    vec![PERSONAL]
}

/// Whom a record of personal data is about, as text.
pub(crate) fn subject(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key.strip_prefix(&[PERSONAL])?).ok()
}

pub(crate) fn quota(id: &QuotaId) -> Vec<u8> {
    Key::of(QUOTA).last(id.as_str())
}

/// Accounts of quotas.
pub(crate) fn quota_accounts() -> Range {
    Range::prefix(&[QUOTA_ACCOUNT])
}

/// Accounts of partners and of the outside.
pub(crate) fn partner_accounts() -> Range {
    Range::prefix(&[PARTNER_ACCOUNT])
}

/// All quotas.
pub(crate) fn all_quotas() -> Range {
    Range::prefix(&[QUOTA])
}

pub(crate) fn coupon(id: &CouponId) -> Vec<u8> {
    Key::of(COUPON).last(id.as_str())
}

pub(crate) fn reseller(distributor: &PartnerId, reseller: &PartnerId) -> Vec<u8> {
    Key::of(RESELLER).text(distributor.as_str()).last(reseller.as_str())
}

/// Prefix of a distributor's resellers.
pub(crate) fn resellers(distributor: &PartnerId) -> Vec<u8> {
    Key::of(RESELLER).text(distributor.as_str()).0
}

/// Prefix of a partner's customers.
pub(crate) fn partner_customers(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_CUSTOMER).text(partner.as_str()).0
}

/// The partner whose id ends an entry of a list.
pub(crate) fn partner_id_at_end(entry: &[u8]) -> Option<PartnerId> {
    text_at_end(entry)?.parse().ok()
}

/// The customer whose id ends an entry of a list.
pub(crate) fn customer_id_at_end(entry: &[u8]) -> Option<CustomerId> {
    text_at_end(entry)?.parse().ok()
}

fn text_at_end(entry: &[u8]) -> Option<&str> {
    std::str::from_utf8(entry.rsplit(|byte| *byte == END).next()?).ok()
}

/// Prefix of the customers that a partner has a bill line of in a month.
pub(crate) fn consumers(partner: &PartnerId, cycle: Month) -> Vec<u8> {
    Key::of(CONSUMER).text(partner.as_str()).text(&cycle.to_string()).0
}

pub(crate) fn consumer(partner: &PartnerId, cycle: Month, customer: &CustomerId) -> Vec<u8> {
    Key(consumers(partner, cycle)).last(customer.as_str())
}

/// Where the first month is kept in which a customer consumed: among no partner's, since none has
/// an empty id.
pub(crate) fn first_consumption(customer: &CustomerId) -> Vec<u8> {
    Key::of(CONSUMER).text("").last(customer.as_str())
}

/// Prefix of the customers that something identifies.
pub(crate) fn identities(kind: &str, digest: &[u8; 32]) -> Vec<u8> {
    let mut key = Key::of(IDENTITY).text(kind).0;
    key.extend_from_slice(digest);
    key
}

pub(crate) fn identity(kind: &str, digest: &[u8; 32], customer: &CustomerId) -> Vec<u8> {
    Key(identities(kind, digest)).last(customer.as_str())
}

/// How many verification codes a partner has sent.
pub(crate) fn verification_codes_sent(partner: &PartnerId) -> Vec<u8> {
    Key::of(VERIFICATION).text("partner").last(partner.as_str())
}

/// The verification codes of a mobile number.
pub(crate) fn verification_codes(number: &[u8; 32]) -> Vec<u8> {
    let mut key = Key::of(VERIFICATION).text("number").0;
    key.extend_from_slice(number);
    key
}

/// Where the times begin at which mobile numbers may be forgotten.
pub(crate) fn verification_codes_expiries() -> Vec<u8> {
    Key::of(VERIFICATION).text("expiry").0
}

/// Where those begin that are to be kept at `time`.
pub(crate) fn verification_codes_expiries_from(time: Timestamp) -> Vec<u8> {
    Key(verification_codes_expiries()).time(time).0
}

pub(crate) fn verification_codes_expiry(time: Timestamp, number: &[u8; 32]) -> Vec<u8> {
    let mut key = verification_codes_expiries_from(time);
    key.extend_from_slice(number);
    key
}

/// Where the tickets begin that were used.
pub(crate) fn used_tickets() -> Vec<u8> {
    Key::of(VERIFICATION).text("ticket").0
}

/// Where those begin that count at `time`.
pub(crate) fn used_tickets_from(time: Timestamp) -> Vec<u8> {
    Key(used_tickets()).time(time).0
}

pub(crate) fn used_ticket(expires_at: Timestamp, number: &[u8; 16]) -> Vec<u8> {
    let mut key = used_tickets_from(expires_at);
    key.extend_from_slice(number);
    key
}

/// The hash that a key ends with.
pub(crate) fn digest_at_end(key: &[u8]) -> Option<[u8; 32]> {
    key.last_chunk().copied()
}

pub(crate) fn partner_customer(partner: &PartnerId, customer: &CustomerId) -> Vec<u8> {
    Key::of(PARTNER_CUSTOMER).text(partner.as_str()).last(customer.as_str())
}

/// Prefix of the quotas that a partner holds.
pub(crate) fn partner_quotas(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_QUOTA).text(partner.as_str()).0
}

pub(crate) fn partner_quota(partner: &PartnerId, id: TransferId, quota: &QuotaId) -> Vec<u8> {
    Key(partner_quotas(partner)).transfer(id).last(quota.as_str())
}

/// Prefix of the quotas that a distributor has granted.
pub(crate) fn granted_quotas(partner: &PartnerId) -> Vec<u8> {
    Key::of(GRANTED_QUOTA).text(partner.as_str()).0
}

pub(crate) fn granted_quota(partner: &PartnerId, id: TransferId, quota: &QuotaId) -> Vec<u8> {
    Key(granted_quotas(partner)).transfer(id).last(quota.as_str())
}

/// Prefix of the grants and reclaims of a distributor.
pub(crate) fn quota_records(partner: &PartnerId) -> Vec<u8> {
    Key::of(QUOTA_RECORD).text(partner.as_str()).0
}

pub(crate) fn quota_record(partner: &PartnerId, id: TransferId) -> Vec<u8> {
    Key(quota_records(partner)).transfer(id).0
}

/// Prefix of the coupons issued in a partner's name, which lie in the order of their issue.
pub(crate) fn partner_coupons(partner: &PartnerId) -> Vec<u8> {
    Key::of(PARTNER_COUPON).text(partner.as_str()).part(COUPONS_PART).0
}

/// Prefix of a customer's coupons, which lie in the order of their issue.
pub(crate) fn customer_coupons(customer: &CustomerId) -> Vec<u8> {
    Key::of(CUSTOMER_COUPON).text(customer.as_str()).part(COUPONS_PART).0
}

/// Place of a coupon in one of these lists.
pub(crate) fn coupon_in(list: Vec<u8>, at: Timestamp, id: TransferId, of: &CouponId) -> Vec<u8> {
    Key(list).time(at).transfer(id).last(of.as_str())
}

/// Prefix of the expiry times of a quota's coupons.
pub(crate) fn coupon_expiries(quota: &QuotaId) -> Vec<u8> {
    Key::of(COUPON_EXPIRY).text(quota.as_str()).0
}

/// Where the coupons of a quota lie that expire after `now`, until `until`.
pub(crate) fn coupons_expiring(quota: &QuotaId, now: Timestamp, until: Timestamp) -> Range {
    let after = |time: Timestamp| Key(coupon_expiries(quota)).time(time.next()).0;
    Range::between(after(now), after(until))
}

pub(crate) fn coupon_expiry(quota: &QuotaId, at: Timestamp, coupon: &CouponId) -> Vec<u8> {
    Key(coupon_expiries(quota)).time(at).last(coupon.as_str())
}

/// Prefix of the issues and returns of a partner's coupons.
pub(crate) fn coupon_records(partner: &PartnerId) -> Vec<u8> {
    Key::of(COUPON_RECORD).text(partner.as_str()).0
}

/// What a customer's cash coupons have moved.
fn coupon_lines(customer: &CustomerId) -> Key {
    Key::of(CUSTOMER_COUPON).text(customer.as_str()).part(LINES_PART)
}

/// Where a customer's next coupon will be, and what it moves first.
pub(crate) fn newest_coupon(customer: &CustomerId) -> Vec<u8> {
    coupon_lines(customer).0
}

/// Place of a transfer among what a customer's cash coupons have moved, the newest first.
pub(crate) fn coupon_line(customer: &CustomerId, at: Timestamp, id: TransferId) -> Vec<u8> {
    coupon_lines(customer).newest_first(at, id).0
}

/// Where those of a period begin and end.
pub(crate) fn coupon_lines_within(customer: &CustomerId, period: Period) -> (Vec<u8>, Vec<u8>) {
    let before = |time| coupon_lines(customer).before(time).0;
    (before(period.end), before(period.begin))
}

/// The transfer that has this place there.
pub(crate) fn transfer_id_of_coupon_line(key: &[u8]) -> Option<TransferId> {
    let newest_last = key.last_chunk::<TRANSFER_BYTES>()?.map(|byte| !byte);
    transfer_id_at_end(&newest_last)
}

/// Place of a transfer in a list that is ordered by time.
pub(crate) fn transfer_in(list: Vec<u8>, at: Timestamp, id: TransferId) -> Vec<u8> {
    Key(list).time(at).transfer(id).0
}

/// Where the part of a list begins and ends that lies in a period. `list` is the prefix of its
/// keys, which have a time next.
pub(crate) fn within(list: Vec<u8>, period: Period) -> (Vec<u8>, Vec<u8>) {
    (Key(list.clone()).time(period.begin).0, Key(list).time(period.end).0)
}

/// The coupon at a place in one of these lists.
pub(crate) fn coupon_id_in_list(key: &[u8]) -> Option<&str> {
    id_after(key, 1 + TIME_BYTES + TRANSFER_BYTES)
}

/// The quota at a place in a list of quotas.
pub(crate) fn quota_id_in_list(key: &[u8]) -> Option<&str> {
    id_after(key, TRANSFER_BYTES)
}

/// The coupon that waits to expire.
pub(crate) fn coupon_id_of_expiry(key: &[u8]) -> Option<&str> {
    id_after(key, TIME_BYTES)
}

/// The identity that a key ends with, after a text and `bytes` bytes more.
fn id_after(key: &[u8], bytes: usize) -> Option<&str> {
    let text = key.iter().position(|byte| *byte == END)?;
    std::str::from_utf8(key.get(text.checked_add(1)?.checked_add(bytes)?..)?).ok()
}

/// The time in a key of the expiry times of a quota's coupons.
pub(crate) fn coupon_expiry_time(key: &[u8]) -> Option<Timestamp> {
    let text = key.iter().position(|byte| *byte == END)?;
    let bytes = key.get(text.checked_add(1)?..)?.first_chunk::<TIME_BYTES>()?;
    time_of(u64::from_be_bytes(*bytes))
}

/// Bytes of a time inside a key.
const TIME_BYTES: usize = 8;

/// Bytes of a transfer's identity inside a key.
const TRANSFER_BYTES: usize = 12;

/// Prefix of a customer's reviews.
pub(crate) fn reviews(customer: &CustomerId) -> Vec<u8> {
    Key::of(REVIEW).text(customer.as_str()).0
}

/// Where those begin that were submitted at `time` or later.
pub(crate) fn reviews_from(customer: &CustomerId, time: Timestamp) -> Vec<u8> {
    Key(reviews(customer)).time(time).0
}

pub(crate) fn review(customer: &CustomerId, submitted_at: Timestamp, id: &ReviewId) -> Vec<u8> {
    Key(reviews_from(customer, submitted_at)).last(id.as_str())
}

pub(crate) fn submission(id: &ReviewId) -> Vec<u8> {
    Key::of(SUBMISSION).last(id.as_str())
}

/// Prefix of what awaits review.
pub(crate) fn awaiting_reviews() -> Vec<u8> {
    vec![AWAITING_REVIEW]
}

pub(crate) fn awaiting_review(submitted_at: Timestamp, id: &ReviewId) -> Vec<u8> {
    Key::of(AWAITING_REVIEW).time(submitted_at).last(id.as_str())
}

/// The submission that a key of what awaits review is about.
pub(crate) fn awaiting_review_id(key: &[u8]) -> Option<ReviewId> {
    id_after_time(key)
}

/// When the submission came in that a key of what awaits review is about.
pub(crate) fn awaiting_review_time(key: &[u8]) -> Option<Timestamp> {
    time_of(u64::from_be_bytes(*key.get(1..)?.first_chunk()?))
}

/// The identity after a kind and a time.
fn id_after_time<T: FromStr>(key: &[u8]) -> Option<T> {
    std::str::from_utf8(key.get(9..)?).ok()?.parse().ok()
}

/// Prefix of the customers that use a certificate.
pub(crate) fn certificates(digest: &[u8; 32]) -> Vec<u8> {
    let mut key = Key::of(CERTIFICATE).0;
    key.extend_from_slice(digest);
    key
}

pub(crate) fn certificate(digest: &[u8; 32], customer: &CustomerId) -> Vec<u8> {
    Key(certificates(digest)).last(customer.as_str())
}

/// What a customer's resources of a month and kind of usage are kept under.
fn peak(part: u8, customer: &CustomerId, month: Month, kind: PeakKind) -> Key {
    Key::of(PEAK)
        .part(part)
        .text(customer.as_str())
        .text(&month.to_string())
        .text(kind.service_type_code.code())
        .text(kind.resource_type_code.code())
        .text(kind.usage_type.code())
}

/// Prefix of a customer's resources of which something was measured in a month.
pub(crate) fn peak_resources(customer: &CustomerId, month: Month, kind: PeakKind) -> Vec<u8> {
    peak(RESOURCES_PART, customer, month, kind).0
}

pub(crate) fn peak_resource(
    customer: &CustomerId,
    month: Month,
    kind: PeakKind,
    resource: &ResourceId,
) -> Vec<u8> {
    peak(RESOURCES_PART, customer, month, kind).last(resource.as_str())
}

/// Prefix of the days of a resource's month.
pub(crate) fn peak_days(
    customer: &CustomerId,
    month: Month,
    kind: PeakKind,
    resource: &ResourceId,
) -> Vec<u8> {
    peak(ON_DEMAND_PART, customer, month, kind).text(resource.as_str()).0
}

pub(crate) fn peak_day(
    customer: &CustomerId,
    kind: PeakKind,
    resource: &ResourceId,
    date: Date,
) -> Vec<u8> {
    Key(peak_days(customer, date.month(), kind, resource)).last(&date.to_string())
}

/// The resource whose id ends an entry of a list.
pub(crate) fn resource_id_at_end(entry: &[u8]) -> Option<ResourceId> {
    text_at_end(entry)?.parse().ok()
}

/// Prefix of a customer's bill lines of a month.
pub(crate) fn fee_records(partner: &PartnerId, cycle: Month, customer: &CustomerId) -> Vec<u8> {
    Key::of(FEE_RECORD).text(partner.as_str()).text(&cycle.to_string()).text(customer.as_str()).0
}

/// Prefix of a partner's bill lines of a month, customer by customer.
pub(crate) fn fee_records_of(partner: &PartnerId, cycle: Month) -> Vec<u8> {
    Key::of(FEE_RECORD).text(partner.as_str()).text(&cycle.to_string()).0
}

/// A month that is closed.
pub(crate) fn closing(month: Month) -> Vec<u8> {
    Key::of(CLOSING).last(&month.to_string())
}

/// What a month that is closed comes to for a partner.
pub(crate) fn partner_sum(month: Month, partner: &PartnerId) -> Vec<u8> {
    Key::of(CLOSING).text(&month.to_string()).last(partner.as_str())
}

/// All partners.
pub(crate) fn all_partners() -> Range {
    Range::prefix(&[PARTNER])
}

/// The transfers of this transaction and all later ones.
pub(crate) fn transfers_from(sequence: u64) -> Range {
    let first = transfer(TransferId { sequence, index: 0 });
    Range::between(first, vec![TRANSFER.saturating_add(1)])
}

/// Where the bill lines of a customer's month begin that were billed at `time` or later.
pub(crate) fn fee_records_from(
    partner: &PartnerId,
    cycle: Month,
    customer: &CustomerId,
    time: Timestamp,
) -> Vec<u8> {
    Key(fee_records(partner, cycle, customer)).time(time).0
}

pub(crate) fn fee_record(
    partner: &PartnerId,
    cycle: Month,
    customer: &CustomerId,
    billed_at: Timestamp,
    id: &FeeRecordId,
) -> Vec<u8> {
    Key(fee_records_from(partner, cycle, customer, billed_at)).last(id.as_str())
}

/// Prefix of a partner's sums of a month, of one charge mode.
pub(crate) fn monthly_bills(partner: &PartnerId, cycle: Month, mode: ChargeMode) -> Vec<u8> {
    Key::of(MONTHLY_BILL).text(partner.as_str()).text(&cycle.to_string()).text(mode.code()).0
}

/// Prefix of those of one customer.
pub(crate) fn monthly_bills_of(
    partner: &PartnerId,
    cycle: Month,
    mode: ChargeMode,
    customer: &CustomerId,
) -> Vec<u8> {
    Key(monthly_bills(partner, cycle, mode)).text(customer.as_str()).0
}

/// Ends the key of a sum that these books generated: it lies beside the imported one of the same
/// things.
const GENERATED: &str = "g";

/// What a sum is identified by below its partner, month, charge mode and customer.
pub(crate) fn monthly_bill(
    of_customer: Vec<u8>,
    service: &TypeCode,
    resource_type: &TypeCode,
    bill_type: BillType,
    origin: Origin,
) -> Vec<u8> {
    let key = Key(of_customer).text(service.as_str()).text(resource_type.as_str());
    match origin {
        Origin::Imported => key.last(bill_type.code()),
        Origin::Generated => key.text(bill_type.code()).last(GENERATED),
    }
}

/// Service type and bill type at the end of the key of a sum.
pub(crate) fn service_and_bill_type(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts =
        key.rsplit(|byte| *byte == END).skip_while(|part| *part == GENERATED.as_bytes());
    let bill_type = parts.next()?;
    let _resource_type = parts.next()?;
    Some((parts.next()?, bill_type))
}

/// Prefix of the log of messages.
pub(crate) fn deliveries() -> Vec<u8> {
    vec![DELIVERY, DELIVERY_LOG]
}

pub(crate) fn delivery(id: &DeliveryId) -> Vec<u8> {
    Key(deliveries()).last(id.as_str())
}

/// Prefix of the messages that were given up.
pub(crate) fn failed_deliveries() -> Vec<u8> {
    vec![DELIVERY, DELIVERY_FAILED]
}

pub(crate) fn failed_delivery(id: &DeliveryId) -> Vec<u8> {
    Key(failed_deliveries()).last(id.as_str())
}

/// Prefix of the messages that are pending, by the time they are due.
pub(crate) fn due_deliveries() -> Vec<u8> {
    vec![DELIVERY, DELIVERY_DUE]
}

/// Where those begin that are due only after `time`.
pub(crate) fn due_deliveries_after(time: Timestamp) -> Vec<u8> {
    let mut key = Key(due_deliveries()).time(time).0;
    key.push(u8::MAX);
    key
}

pub(crate) fn due_delivery(time: Timestamp, id: &DeliveryId) -> Vec<u8> {
    Key(due_deliveries()).time(time).last(id.as_str())
}

/// The message that a key of what is due is about.
pub(crate) fn due_delivery_id(key: &[u8]) -> Option<DeliveryId> {
    id_after_time(key.get(1..)?)
}

/// Prefix of the messages to a partner's own address.
pub(crate) fn partner_deliveries(partner: &PartnerId) -> Vec<u8> {
    Key(vec![DELIVERY, DELIVERY_PARTNER]).text(partner.as_str()).0
}

pub(crate) fn partner_delivery(partner: &PartnerId, id: &DeliveryId) -> Vec<u8> {
    Key(partner_deliveries(partner)).last(id.as_str())
}

/// The message that an entry of a partner's list is about.
pub(crate) fn delivery_at_end(entry: &[u8]) -> Option<DeliveryId> {
    text_at_end(entry)?.parse().ok()
}

/// Prefix of a customer's agreements on discounts.
pub(crate) fn agreements(customer: &CustomerId) -> Vec<u8> {
    Key::of(DISCOUNT).text(customer.as_str()).part(AGREEMENTS_PART).0
}

pub(crate) fn agreement(customer: &CustomerId, id: &DiscountId) -> Vec<u8> {
    Key(agreements(customer)).last(id.as_str())
}

/// Prefix of what a customer's agreements say of categories.
pub(crate) fn category_items(customer: &CustomerId) -> Vec<u8> {
    Key::of(DISCOUNT).text(customer.as_str()).part(CATEGORIES_PART).0
}

/// Prefix of what a customer's agreements say of products.
pub(crate) fn product_items(customer: &CustomerId) -> Vec<u8> {
    Key::of(DISCOUNT).text(customer.as_str()).part(PRODUCTS_PART).0
}

/// Prefix of what a customer's agreements say of one product.
pub(crate) fn items_of_product(customer: &CustomerId, product: &ProductId) -> Vec<u8> {
    Key(product_items(customer)).text(product.as_str()).0
}

/// The place of an item among those of its customer.
pub(crate) fn agreement_item(item: &AgreementItem) -> Vec<u8> {
    let list = match &item.scope {
        ItemScope::Product(product) => items_of_product(&item.customer_id, product),
        ItemScope::Category { .. } => category_items(&item.customer_id),
    };
    Key(list).text(item.commerce_id.as_str()).last(item.item_id.as_str())
}

/// Prefix of what a customer's partner gives it, and of its promotions.
pub(crate) fn discounts(customer: &CustomerId) -> Vec<u8> {
    Key::of(DISCOUNT).text(customer.as_str()).part(DISCOUNTS_PART).0
}

pub(crate) fn discount(customer: &CustomerId, id: &DiscountId) -> Vec<u8> {
    Key(discounts(customer)).last(id.as_str())
}

pub(crate) fn book_line(kind: &str, id: &str) -> Vec<u8> {
    Key::of(BOOK_LINE).text(kind).last(id)
}

/// One part of what is kept of a client token.
pub(crate) fn token(principal: &str, token: &ClientToken, part: u16) -> Vec<u8> {
    let mut key = Key::of(TOKEN).text(principal).text(token.as_str()).0;
    key.extend_from_slice(&part.to_be_bytes());
    key
}

pub(crate) fn token_expiry(time: Timestamp, principal: &str, token: &ClientToken) -> Vec<u8> {
    Key::of(TOKEN_EXPIRY).time(time).text(principal).last(token.as_str())
}

/// Whose token and which, from the key of its expiry.
pub(crate) fn principal_and_token(key: &[u8]) -> Option<(&str, ClientToken)> {
    let texts = std::str::from_utf8(key.get(9..)?).ok()?;
    let (principal, token) = texts.split_once('\0')?;
    Some((principal, token.parse().ok()?))
}

/// Where the client tokens begin that are to be kept at `time`.
pub(crate) fn tokens_from(time: Timestamp) -> Vec<u8> {
    Key::of(TOKEN_EXPIRY).time(time).0
}

/// Where the expiry times of client tokens begin.
pub(crate) fn token_expiries() -> Vec<u8> {
    vec![TOKEN_EXPIRY]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn a_prefix_of_an_id_is_no_prefix_of_its_records() {
        let short: CustomerId = "c".parse().expect("id");
        let long: CustomerId = "c1".parse().expect("id");
        let review_id = "r".parse().expect("id");
        let key = review(&long, time("2026-01-01T00:00:00Z"), &review_id);
        assert!(key.starts_with(&reviews(&long)));
        assert!(!key.starts_with(&reviews(&short)));
    }

    #[test]
    fn times_and_transfers_sort_by_value() {
        let customer: CustomerId = "c".parse().expect("id");
        let id = "r".parse().expect("id");
        let keys: Vec<Vec<u8>> = [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ]
        .iter()
        .map(|text| review(&customer, time(text), &id))
        .collect();
        assert!(keys.is_sorted());
        let ids = [(1, 0), (1, 255), (1, 256), (2, 0), (256, 0), (u64::MAX, u32::MAX)];
        let keys: Vec<Vec<u8>> = ids
            .iter()
            .map(|(sequence, index)| transfer(TransferId { sequence: *sequence, index: *index }))
            .collect();
        assert!(keys.is_sorted());
        for ((sequence, index), key) in ids.iter().zip(keys) {
            let id = TransferId { sequence: *sequence, index: *index };
            assert_eq!(transfer_id_at_end(&key), Some(id));
        }
        assert_eq!(transfer_id_at_end(b"short"), None);
    }

    #[test]
    fn what_coupons_moved_lies_newest_first_behind_the_newest_coupon() {
        let customer: CustomerId = "c".parse().expect("id");
        let times = ["1969-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];
        let times = times.map(time);
        let id = |sequence, index| TransferId { sequence, index };
        let moved: Vec<(Timestamp, TransferId)> = [(0, 1, 0), (1, 2, 0), (1, 2, 1), (2, 256, 0)]
            .map(|(at, sequence, index)| (times[at], id(sequence, index)))
            .to_vec();
        let keys: Vec<Vec<u8>> =
            moved.iter().map(|(at, id)| coupon_line(&customer, *at, *id)).collect();
        assert!(keys.iter().rev().is_sorted(), "{keys:?}");
        for (key, (_, id)) in keys.iter().zip(&moved) {
            assert_eq!(transfer_id_of_coupon_line(key), Some(*id));
        }
        let coupon = "CP1".parse().expect("id");
        let newest = coupon_in(customer_coupons(&customer), times[2], id(256, 0), &coupon);
        assert!(newest < keys[3]);

        let ends = [Timestamp::MIN, times[0], times[1], times[2], times[2].next(), Timestamp::MAX];
        for (begin, end) in ends.iter().flat_map(|begin| ends.map(|end| (*begin, end))) {
            let (from, to) = coupon_lines_within(&customer, Period { begin, end });
            for (key, (at, _)) in keys.iter().zip(&moved) {
                let within = (&from..&to).contains(&key);
                assert_eq!(within, (begin..end).contains(at), "{at:?} from {begin:?} to {end:?}");
            }
        }
    }

    #[test]
    fn keys_in_order_of_time_tell_what_they_are_about() {
        let (early, late) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T00:00:01Z"));
        let review_id: ReviewId = "RN1".parse().expect("id");
        let key = awaiting_review(early, &review_id);
        assert!(key.starts_with(&awaiting_reviews()) && key < awaiting_review(late, &review_id));
        assert_eq!(awaiting_review_id(&key), Some(review_id));
        let delivery_id: DeliveryId = "msg_1".parse().expect("id");
        let key = due_delivery(early, &delivery_id);
        assert!(key < due_deliveries_after(early));
        assert!(due_deliveries_after(early) < due_delivery(late, &delivery_id));
        assert_eq!(due_delivery_id(&key), Some(delivery_id));
        assert!(!key.starts_with(&deliveries()));
    }

    #[test]
    fn what_is_due_tells_when_whose_and_what() {
        let (early, late) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T00:00:01Z"));
        let customer: CustomerId = "c".parse().expect("id");
        let order = DueSubject::Order("CS1".parse().expect("id"));
        let resource = DueSubject::Resource("r".parse().expect("id"));
        for subject in [order, resource] {
            let key = due(early, &customer, &subject);
            assert!(key.starts_with(&all_due()) && key < due_after(early));
            assert!(due_after(early) <= due(late, &customer, &subject));
            assert_eq!(due_in(&key), Some((early, customer.clone(), subject)));
        }
        assert_eq!(due_in(b"T"), None);
    }

    #[test]
    fn what_belongs_to_a_customer_lies_behind_it() {
        let customer: CustomerId = "c".parse().expect("id");
        let order_id: OrderId = "CS1".parse().expect("id");
        let key = order(&customer, &order_id);
        assert!(key.starts_with(&super::customer(&customer)));
        assert_eq!(of_customer(&key), Some(OfCustomer::Order));
        let of_resource = resource(&customer, &"a".parse().expect("id"));
        assert_eq!(of_customer(&of_resource), Some(OfCustomer::Resource));
        let balance = account(&AccountId::CustomerBalance(customer.clone()));
        assert_eq!((of_customer(&balance), account_id(&key)), (None, Ok(None)));
        assert_eq!(account_id(&of_resource), Ok(None));
        let entry = partner_order(&"p".parse().expect("id"), &order_id, &customer);
        assert_eq!(order_in_list(&entry), Some((customer.clone(), order_id.clone())));
        let entry = agent_order(&"m".parse().expect("id"), &order_id, &customer);
        assert_eq!(order_in_list(&entry), Some((customer, order_id)));
    }

    #[test]
    fn what_a_master_gave_tells_the_account_that_it_went_to() {
        let master: CustomerId = "m".parse().expect("id");
        for account in ["Cc", "Ec~-", "Ec~1~2027-01-01T15:59:59Z"] {
            let account: AccountId = account.parse().expect(account);
            assert_eq!(account_given(&given(&master, &account)), Some(account));
        }
        let others = [
            organization(&master, &"1".parse().expect("id")),
            member(&master, &"c".parse().expect("id")),
            trans_id(&master, &"Cc".parse().expect("id")),
            customer(&master),
        ];
        for key in others {
            assert_eq!(account_given(&key), None, "{key:?}");
        }
    }

    #[test]
    fn the_key_of_a_sum_tells_its_service_and_type() {
        let prefix = monthly_bills_of(
            &"p".parse().expect("id"),
            "2026-08".parse().expect("month"),
            ChargeMode::PayPerUse,
            &"c".parse().expect("id"),
        );
        let (service, resource) = ("ec2".parse().expect("code"), "vm".parse().expect("code"));
        let key =
            monthly_bill(prefix, &service, &resource, BillType::Unsubscription, Origin::Imported);
        assert_eq!(service_and_bill_type(&key), Some((&b"ec2"[..], &b"1"[..])));
    }

    #[test]
    fn what_most_requests_read_is_hot() {
        for (id, hot) in
            [("O", true), ("Bp", true), ("Rp", true), ("Qq", true), ("Gp", true), ("Hp", true)]
                .into_iter()
                .chain([("Cc", false), ("Kk", false), ("Ec~-", false), ("Vv", false)])
        {
            let key = account(&id.parse().expect(id));
            assert_eq!(key.first().is_some_and(|first| *first < 0x20), hot, "{id}");
        }
    }
}
