//! Meter usage: tickets of what resources have used, each taken in once, rated, taken out of
//! resource packages, collected without asking, and billed, all in one transaction.
//!
//! What is paid for a customer's tickets of one transaction is one deduction: one transfer for each
//! account that it is taken from, which the bill lines of its tickets share to the fen. What nothing
//! covers is owed, and the next money that comes in pays it first: see `repay_debt`. For a member of
//! an enterprise whose finances its master keeps, the master pays and owes.

use super::pay_order::book_part;
use super::repay_debt::owe;
use crate::books::record::{encode, stored};
use crate::books::{Bills, BooksMut, Priced, key};
use crate::domain::account::AccountId;
use crate::domain::bill::{BillDetailType, ChargingMode, FeeRecord};
use crate::domain::card::CardStatus;
use crate::domain::catalogue::{ChargeMode, MeasureId, Offer, ProductLookup};
use crate::domain::coupon::CouponStatus;
use crate::domain::discount::Discounts;
use crate::domain::error::Reason;
use crate::domain::ledger::{Transfer, TransferCode};
use crate::domain::metering::{Charge, Prices, Purse, Taken, Used, Wallet, for_usage};
use crate::domain::order::coupon::{Fitting, part_kind};
use crate::domain::package::{Package, PackageFilter, PackageUse};
use crate::domain::partner::Customer;
use crate::domain::payment::{PaidPart, PartKind};
use crate::domain::rating::Size;
use crate::operations::import::Imported;
use crate::store::defect::{self, Defect};
use crate::value::id::{
    CatalogueCode, CustomerId, FeeRecordId, ProductId, ResourceId, TicketId, TypeCode,
};
use crate::value::money::{Quantity, decimal_string};
use crate::value::page::Slice;
use crate::value::time::{Month, Timestamp};
use minicbor::{Decode, Encode};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes kept of the hash of a ticket.
const FINGERPRINT_BYTES: usize = 16;

/// Tickets that are looked up in one go.
const LOOK_UP_TICKETS: usize = 250;

/// Packages of one customer that usage is taken out of.
const PACKAGES_MAX: usize = 1_000;

/// Cards of one customer that usage is paid with.
const CARDS_MAX: usize = 100;

/// Longest name and label of a resource, in bytes.
const TEXT_BYTES_MAX: usize = 256;

stored! {
    Ticket,
}

/// What a resource has used, as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Identity: a ticket counts once.
    #[n(0)]
    pub ticket_id: TicketId,
    /// Whose usage it is.
    #[n(1)]
    pub customer_id: CustomerId,
    /// The resource.
    #[n(2)]
    pub resource_id: ResourceId,
    /// Its name.
    #[n(3)]
    pub resource_name: Option<String>,
    /// Its label.
    #[n(4)]
    pub resource_tag: Option<String>,
    /// The cloud service.
    #[n(5)]
    pub cloud_service_type: TypeCode,
    /// The kind of resource.
    #[n(6)]
    pub resource_type: TypeCode,
    /// The specification.
    #[n(7)]
    pub resource_spec: CatalogueCode,
    /// The region.
    #[n(8)]
    pub region: CatalogueCode,
    /// The availability zone; any without one.
    #[n(9)]
    pub available_zone: Option<CatalogueCode>,
    /// Size, for what is sold by it.
    #[n(10)]
    pub resource_size: Option<u32>,
    /// Unit of the size.
    #[n(11)]
    pub size_measure_id: Option<u32>,
    /// The kind of usage.
    #[n(12)]
    pub usage_factor: CatalogueCode,
    /// How much was used.
    #[serde(deserialize_with = "decimal_string::required")]
    #[n(13)]
    pub usage_value: Quantity,
    /// In which unit.
    #[n(14)]
    pub usage_measure_id: u32,
    /// From when on.
    #[n(15)]
    pub begin_time: Timestamp,
    /// Until when.
    #[n(16)]
    pub end_time: Timestamp,
    /// The enterprise project.
    #[n(17)]
    pub enterprise_project_id: Option<CatalogueCode>,
}

impl Ticket {
    /// Checks what its fields say together.
    ///
    /// # Errors
    /// [`Reason::Field`] for the first that is wrong.
    pub fn check(self) -> Result<Self, Reason> {
        if !self.usage_value.is_positive() {
            return Err(Reason::field("usage_value", "must be greater than 0"));
        }
        if self.end_time <= self.begin_time {
            return Err(Reason::field("end_time", "must be later than begin_time"));
        }
        if self.resource_size.is_some() != self.size_measure_id.is_some() {
            return Err(Reason::field("size_measure_id", "goes with resource_size"));
        }
        for (name, text) in
            [("resource_name", &self.resource_name), ("resource_tag", &self.resource_tag)]
        {
            if text.as_ref().is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
                let fault = format!("must have at most {TEXT_BYTES_MAX} bytes");
                return Err(Reason::field(name, fault));
            }
        }
        Ok(self)
    }

    /// By what its product is looked up.
    pub fn lookup(&self) -> ProductLookup {
        ProductLookup {
            service_type_code: self.cloud_service_type.clone(),
            resource_type_code: self.resource_type.clone(),
            region_code: self.region.clone(),
            resource_spec: self.resource_spec.clone(),
            charge_mode: ChargeMode::OnDemand,
            zone_code: self.available_zone.as_ref().map(ToString::to_string),
        }
    }

    fn size(&self) -> Option<Size> {
        Some(Size { value: self.resource_size?, measure_id: MeasureId(self.size_measure_id?) })
    }

    /// What its bill line is called.
    fn record_id(&self) -> Result<FeeRecordId, Reason> {
        let id = format!("U-{}", self.ticket_id);
        id.parse().map_err(|_| Reason::field("ticket_id", "is too long"))
    }
}

/// What the catalogue says of the products of tickets.
#[derive(Clone, Debug)]
pub struct PriceBook {
    /// Of each product that was looked up, its place among those that were found.
    places: BTreeMap<ProductLookup, usize>,
    priced: Priced,
}

impl PriceBook {
    /// What was looked up, in the order of the lookups.
    pub fn new(lookups: Vec<ProductLookup>, priced: Priced) -> Self {
        let places = lookups.into_iter().enumerate().map(|(place, lookup)| (lookup, place));
        Self { places: places.collect(), priced }
    }

    /// The products of tickets, each once.
    pub fn lookups<'t>(tickets: impl IntoIterator<Item = &'t Ticket>) -> Vec<ProductLookup> {
        let lookups: BTreeSet<ProductLookup> = tickets.into_iter().map(Ticket::lookup).collect();
        lookups.into_iter().collect()
    }

    fn offer(&self, ticket: &Ticket) -> Result<&Offer, Reason> {
        let place = self.places.get(&ticket.lookup());
        let offer = place.and_then(|place| self.priced.offers.get(*place)?.as_ref());
        offer.ok_or(Reason::ProductNotFound)
    }
}

/// What a transaction made of tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// How many were taken in and how many were there before.
    pub done: Imported,
    /// The first one that was refused, by its place, and why. Those before it are taken in.
    pub refused: Option<(usize, Reason)>,
}

/// Takes tickets in, up to the first that is refused.
///
/// # Errors
/// Store failures. Why a ticket is refused is part of the answer: its identity is taken with other
/// content, its customer or its product is not there, or the rating refuses it.
pub async fn meter_usage(
    books: &mut BooksMut<'_, '_>,
    tickets: &[Ticket],
    prices: &PriceBook,
) -> Result<Metered, Reason> {
    let mut metering = Metering::of(books).await?;
    let mut metered = Metered::default();
    'all: for (chunk, tickets) in tickets.chunks(LOOK_UP_TICKETS).enumerate() {
        prefetch(books, tickets).await?;
        for (place, ticket) in tickets.iter().enumerate() {
            match metering.take(books, ticket, prices).await {
                Ok(Some(record)) => {
                    books.add_bill(&mut metering.bills, &record)?;
                    metered.done.applied += 1;
                }
                Ok(None) => metered.done.skipped += 1,
                Err(failure) if failure.is_internal() => return Err(failure),
                Err(reason) => {
                    metered.refused = Some((chunk * LOOK_UP_TICKETS + place, reason));
                    break 'all;
                }
            }
        }
    }
    metering.settle(books).await?;
    Ok(metered)
}

/// Reads in one go what taking these tickets in will look up.
async fn prefetch(books: &BooksMut<'_, '_>, tickets: &[Ticket]) -> Result<(), Reason> {
    let mut keys = Vec::new();
    for ticket in tickets {
        let customer = &ticket.customer_id;
        keys.push(key::book_line("fee_record", ticket.record_id()?.as_str()));
        keys.push(key::customer(customer));
        keys.push(key::account(&AccountId::CustomerBalance(customer.clone())));
        // Where the short lists begin of what the customer has to pay with.
        keys.extend([
            key::packages(customer),
            key::cards(customer),
            key::customer_coupons(customer),
            key::customer_credits(customer),
            key::agreements(customer),
            key::discounts(customer),
        ]);
    }
    keys.sort_unstable();
    keys.dedup();
    books.load(&keys).await
}

/// What one transaction has taken in so far.
struct Metering {
    now: Timestamp,
    cycle: Month,
    sequence: u64,
    customers: BTreeMap<CustomerId, Spending>,
    /// What those have that pay, of which one may pay for several customers.
    wallets: BTreeMap<CustomerId, Wallet>,
    /// What follows from the bill lines of the tickets. The lines themselves would take most of an
    /// instance's memory: each is written at once.
    bills: Bills,
}

/// What one customer spends in it.
struct Spending {
    customer: Customer,
    /// Who pays: the customer, or the master that keeps its finances.
    payer: CustomerId,
    /// The deduction that its tickets share.
    trade_id: String,
    /// Those that expire first before the others.
    packages: Vec<Giving>,
    discounts: BTreeMap<ProductId, Discounts>,
    /// What was taken out of each account.
    paid: PaidParts,
    /// The lines of what could not be collected.
    debts: Vec<FeeRecord>,
}

/// A package, and whether it has given something.
struct Giving {
    package: Package,
    has_given: bool,
}

/// What was taken out of accounts, each once.
#[derive(Default)]
struct PaidParts(Vec<PaidPart>);

impl Metering {
    async fn of(books: &BooksMut<'_, '_>) -> Result<Self, Reason> {
        let now = books.now();
        let mut cycle = books.billed_months().await?.cycle_at(now);
        if defect::present(Defect::BillsClosedMonths) {
            cycle = now.month_utc_plus_8();
        }
        let sequence = books.next_transfer().sequence;
        let (customers, wallets) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { now, cycle, sequence, customers, wallets, bills: Bills::default() })
    }

    /// Takes one ticket in; answers its bill line, and none for one that was there before. Nothing is
    /// changed before the last check.
    async fn take(
        &mut self,
        books: &mut BooksMut<'_, '_>,
        ticket: &Ticket,
        prices: &PriceBook,
    ) -> Result<Option<FeeRecord>, Reason> {
        let id = ticket.record_id()?;
        let known = key::book_line("fee_record", id.as_str());
        let fingerprint = fingerprint(ticket)?;
        if let Some(before) = books.bytes(&known).await?
            && !defect::present(Defect::TakesTicketsTwice)
        {
            if before != fingerprint {
                return Err(Reason::ContentDiffers);
            }
            return Ok(None);
        }
        let offer = prices.offer(ticket)?;
        let (cycle, now) = (self.cycle, self.now);
        let (spending, wallet) = self.spending(books, ticket).await?;
        spending.look_up_discounts(books, &offer.product.product_id).await?;
        let given = spending.given(ticket, prices);
        let charge = spending.charge(ticket, &given, offer, prices)?;
        let parts = wallet.pay(&charge, fitting(ticket, offer))?;
        let amounts = charge.amounts(&parts)?;

        let record = record_of(id, ticket, offer, spending, (cycle, now));
        let record = spending.give(books, ticket, given, record, now)?;
        let unit_price = charge.unit_price;
        let record = FeeRecord { unit_price, ..record.with_amounts(&amounts) };
        spending.paid.add(&parts)?;
        if !amounts.debt.is_zero() {
            spending.debts.push(record.clone());
        }
        books.add_bytes(known, fingerprint);
        Ok(Some(record))
    }

    /// What the customer of a ticket spends, and of what.
    async fn spending(
        &mut self,
        books: &BooksMut<'_, '_>,
        ticket: &Ticket,
    ) -> Result<(&mut Spending, &mut Wallet), Reason> {
        let place = self.customers.len();
        let spending = match self.customers.entry(ticket.customer_id.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let trade_id = format!("U{:012}{place:05}", self.sequence);
                free.insert(Spending::of(books, &ticket.customer_id, trade_id, self.now).await?)
            }
        };
        let wallet = match self.wallets.entry(spending.payer.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(wallet(books, &spending.payer, self.now).await?),
        };
        Ok((spending, wallet))
    }

    /// Moves the money and writes the bills.
    async fn settle(self, books: &mut BooksMut<'_, '_>) -> Result<(), Reason> {
        for spending in self.customers.into_values() {
            for part in &spending.paid.0 {
                spending.collect(books, part, self.now).await?;
            }
            for package in spending.packages.iter().filter(|it| it.has_given) {
                books.replace_package(&package.package)?;
            }
            owe(books, &spending.payer, &spending.trade_id, &spending.debts, self.now).await?;
        }
        books.follow_bills(self.bills).await
    }
}

impl Spending {
    async fn of(
        books: &BooksMut<'_, '_>,
        customer_id: &CustomerId,
        trade_id: String,
        now: Timestamp,
    ) -> Result<Self, Reason> {
        let unknown = || Reason::UnknownReference { kind: "customer", id: customer_id.to_string() };
        let customer = books.customer(customer_id).await?.ok_or_else(unknown)?;
        let filter = PackageFilter::default();
        let mut packages =
            books.packages(customer_id, &filter, now, Slice::first(PACKAGES_MAX)).await?.items;
        packages.sort_by_key(|package| package.expire_time);
        let packages =
            packages.into_iter().map(|package| Giving { package, has_given: false }).collect();
        Ok(Self {
            payer: books.payer_of(customer_id).await?,
            customer,
            trade_id,
            packages,
            discounts: BTreeMap::new(),
            paid: PaidParts::default(),
            debts: Vec::new(),
        })
    }

    async fn look_up_discounts(
        &mut self,
        books: &BooksMut<'_, '_>,
        product: &ProductId,
    ) -> Result<(), Reason> {
        if !self.discounts.contains_key(product) {
            let discounts = books.discounts(&self.payer, [product]).await?;
            self.discounts.insert(product.clone(), for_usage(discounts));
        }
        Ok(())
    }

    /// What packages give for a ticket: which, and how much.
    fn given(&self, ticket: &Ticket, prices: &PriceBook) -> Vec<(usize, Taken)> {
        let mut given: Vec<(usize, Taken)> = Vec::new();
        let (service, region) = (ticket.cloud_service_type.as_str(), ticket.region.as_str());
        let conversions = &prices.priced.conversions;
        for (place, giving) in self.packages.iter().enumerate() {
            let used = left_of(ticket, &given);
            if !used.value.is_positive() {
                break;
            }
            let taken = giving.package.give(&used, service, region, conversions);
            given.extend(taken.map(|taken| (place, taken)));
        }
        given
    }

    /// What is left of a ticket costs.
    fn charge(
        &self,
        ticket: &Ticket,
        given: &[(usize, Taken)],
        offer: &Offer,
        prices: &PriceBook,
    ) -> Result<Charge, Reason> {
        let none = Discounts { agreements: Vec::new(), items: Vec::new(), others: Vec::new() };
        let discounts = self.discounts.get(&offer.product.product_id).unwrap_or(&none);
        let Priced { conversions, policies, .. } = &prices.priced;
        Charge::of(&left_of(ticket, given), &Prices { offer, conversions, policies, discounts })
    }

    /// Takes what packages give out of them. The bill line tells how much that was, as long as all
    /// of it has one unit.
    fn give(
        &mut self,
        books: &mut BooksMut<'_, '_>,
        ticket: &Ticket,
        given: Vec<(usize, Taken)>,
        record: FeeRecord,
        now: Timestamp,
    ) -> Result<FeeRecord, Reason> {
        let mut free: Option<(Quantity, u32)> = None;
        for (number, (place, taken)) in given.into_iter().enumerate() {
            let Some(giving) = self.packages.get_mut(place) else {
                continue;
            };
            let Some(item) = giving.package.free_resources.get(taken.item) else {
                continue;
            };
            let use_id = format!("{}-{number}", record.id);
            books.add_package_use(&PackageUse {
                use_id: use_id.parse().map_err(|_| Reason::Corrupt(use_id))?,
                customer_id: ticket.customer_id.clone(),
                order_instance_id: giving.package.order_instance_id.clone(),
                free_resource_id: item.free_resource_id.clone(),
                deduct_time: now,
                resource_id: ticket.resource_id.to_string(),
                resource_type_code: ticket.resource_type.clone(),
                resource_type_name: None,
                resource_tag: ticket.resource_tag.clone(),
                available_amount: taken.before,
                used_amount: taken.taken,
            })?;
            free = match free {
                None => Some((taken.taken, item.measure_id)),
                Some((sum, unit)) if unit == item.measure_id => {
                    let sum = sum.checked_add(taken.taken).map_err(|_| Reason::AmountTooLarge)?;
                    Some((sum, unit))
                }
                other => other,
            };
            giving.package = giving.package.clone().after(&taken, ticket.begin_time);
            giving.has_given = true;
        }
        Ok(FeeRecord {
            free_resource_usage: free.map(|(quantity, _)| quantity),
            free_resource_measure_id: free.map(|(_, unit)| i64::from(unit)),
            ..record
        })
    }

    /// Moves what was taken out of one account to the cloud.
    async fn collect(
        &self,
        books: &mut BooksMut<'_, '_>,
        part: &PaidPart,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let transfer = Transfer {
            debit_account: part.account.clone(),
            credit_account: AccountId::CloudRevenue(self.customer.partner_id.clone()),
            amount: part.amount,
            code: TransferCode::UsageCharge,
            time: now,
            memo: None,
            reference: Some(self.trade_id.clone()),
            trade_type: None,
        };
        book_part(books, &transfer, &part.account).await?;
        Ok(())
    }
}

impl PaidParts {
    /// Adds parts to those of the same accounts.
    fn add(&mut self, parts: &[PaidPart]) -> Result<(), Reason> {
        for part in parts {
            match self.0.iter_mut().find(|known| known.account == part.account) {
                Some(known) => {
                    let sum = known.amount.checked_add(part.amount);
                    known.amount = sum.map_err(|_| Reason::AmountTooLarge)?;
                }
                None => self.0.push(part.clone()),
            }
        }
        Ok(())
    }
}

/// All that a customer pays usage with now. What an order keeps locked is not in it.
async fn wallet(
    books: &BooksMut<'_, '_>,
    customer_id: &CustomerId,
    now: Timestamp,
) -> Result<Wallet, Reason> {
    let mut purses = Vec::new();
    for id in books.usable_coupons(customer_id, now).await? {
        let missing = || Reason::Corrupt(format!("coupon {id}, which is not there"));
        let coupon = books.coupon(&id).await?.ok_or_else(missing)?;
        let account = AccountId::Coupon(id.clone());
        let balance = books.held(&account).await?.balance;
        let is_usable = coupon.status_at(balance, now) == CouponStatus::Usable;
        if !is_usable || coupon.locked_by(now).is_some() {
            continue;
        }
        let quota = books.quota(&coupon.quota_id).await?.ok_or_else(missing)?;
        purses.push(Purse {
            kind: part_kind(coupon.coupon_type),
            account,
            balance,
            limits: coupon.use_limits(&quota),
            expire_time: Some(coupon.expire_time),
        });
    }
    let usable = (CardStatus::Usable, now);
    for held in books.cards(customer_id, None, usable, Slice::first(CARDS_MAX)).await?.items {
        purses.push(Purse {
            kind: PartKind::StoredCard,
            account: AccountId::StoredValueCard(held.card.card_id),
            balance: held.balance,
            limits: Vec::new(),
            expire_time: Some(held.card.expire_time),
        });
    }
    let cash = AccountId::CustomerBalance(customer_id.clone());
    let money = |kind, account, balance, expire_time| Purse {
        kind,
        account,
        balance,
        limits: Vec::new(),
        expire_time,
    };
    let balance = books.held(&cash).await?.balance;
    purses.push(money(PartKind::Cash, cash, balance, None));
    for credit in books.credits(customer_id, now).await? {
        let expire_time = match &credit.id {
            AccountId::CustomerCredit(_, expire_time) => *expire_time,
            _ => None,
        };
        purses.push(money(PartKind::Credit, credit.id, credit.balance, expire_time));
    }
    Ok(Wallet::new(purses))
}

/// What packages have left of a ticket.
fn left_of<'t>(ticket: &'t Ticket, given: &[(usize, Taken)]) -> Used<'t> {
    let last = given.last().map(|(_, taken)| (taken.left, taken.left_measure_id));
    let (value, measure_id) =
        last.unwrap_or((ticket.usage_value, MeasureId(ticket.usage_measure_id)));
    Used {
        factor: ticket.usage_factor.as_str(),
        value,
        measure_id,
        size: ticket.size(),
        begin: ticket.begin_time,
    }
}

fn fitting<'t>(ticket: &'t Ticket, offer: &'t Offer) -> Fitting<'t> {
    Fitting {
        service: ticket.cloud_service_type.as_str(),
        product_id: offer.product.product_id.as_str(),
        region: ticket.region.as_str(),
    }
}

/// The bill line of a ticket, without amounts.
fn record_of(
    id: FeeRecordId,
    ticket: &Ticket,
    offer: &Offer,
    spending: &Spending,
    (cycle, now): (Month, Timestamp),
) -> FeeRecord {
    let Customer { customer_id, partner_id, association_type, .. } = &spending.customer;
    let is_paid_by_another = spending.payer != *customer_id;
    FeeRecord {
        association_type: Some(*association_type),
        service_type_code: Some(ticket.cloud_service_type.to_string()),
        resource_type_code: Some(ticket.resource_type.to_string()),
        charging_mode: Some(ChargingMode::PayPerUse),
        trade_id: Some(spending.trade_id.clone()),
        bill_detail_type: Some(BillDetailType::Usage),
        resource_id: Some(ticket.resource_id.to_string()),
        resource_name: ticket.resource_name.clone(),
        resource_tag: ticket.resource_tag.clone(),
        product_spec_desc: Some(offer.product.name_zh.as_str().to_owned()),
        region_code: Some(ticket.region.to_string()),
        product_id: Some(offer.product.product_id.to_string()),
        consume_time: Some(ticket.begin_time),
        usage_type: Some(ticket.usage_factor.to_string()),
        usage_amount: Some(ticket.usage_value),
        usage_measure_id: Some(i64::from(ticket.usage_measure_id)),
        effective_time: Some(ticket.begin_time),
        expire_time: Some(ticket.end_time),
        spec_size: ticket.resource_size.map(Quantity::from),
        spec_size_measure_id: ticket.size_measure_id.map(i64::from),
        sku_code: Some(ticket.resource_spec.to_string()),
        zone_code: ticket.available_zone.as_ref().map(ToString::to_string),
        enterprise_project_id: ticket.enterprise_project_id.as_ref().map(ToString::to_string),
        payer_id: is_paid_by_another.then(|| spending.payer.clone()),
        ..FeeRecord::generated(id, partner_id.clone(), customer_id.clone(), cycle, now)
    }
}

/// What is kept of a ticket, to know it again.
fn fingerprint(ticket: &Ticket) -> Result<Vec<u8>, Reason> {
    let hash: [u8; 32] = Sha256::digest(encode(ticket)?).into();
    Ok(hash.get(..FINGERPRINT_BYTES).unwrap_or_default().to_vec())
}
