//! Orders in the books: behind their customer, in the order in which they were placed; listed by
//! partner; and waiting for their deadline.

use super::cards::card_keys;
use super::coupons::coupon_keys;
use super::key::DueSubject;
use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::account::{Account, AccountId};
use crate::domain::error::Reason;
use crate::domain::order::list::{OrderFilter, OrderList, Sequence};
use crate::domain::order::{Order, OrderStatus};
use crate::domain::settings::Settings;
use crate::store::Range;
use crate::store::defect::{self, Defect};
use crate::value::id::{CardId, CouponId, CustomerId, OrderId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::{Period, Timestamp};
use minicbor::{Decode, Encode};

/// Whose an order is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OrderOwner {
    /// The customer.
    #[n(0)]
    pub customer_id: CustomerId,
    /// The combined order that it is a child of.
    #[n(1)]
    pub parent: Option<OrderId>,
}

/// Something that time changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// When.
    pub at: Timestamp,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What.
    pub subject: DueSubject,
}

impl Books<'_> {
    /// The tenant's settings.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn settings(&self) -> Result<Settings, Reason> {
        Ok(self.record(&key::settings()).await?.unwrap_or_default())
    }

    /// An order of a customer. Of a combined order only the parent is one.
    ///
    /// # Errors
    /// Store failures.
    pub async fn order(
        &self,
        customer: &CustomerId,
        id: &OrderId,
    ) -> Result<Option<Order>, Reason> {
        self.record(&key::order(customer, id)).await
    }

    /// Whose an order is, of whatever customer.
    ///
    /// # Errors
    /// Store failures.
    pub async fn order_owner(&self, id: &OrderId) -> Result<Option<OrderOwner>, Reason> {
        self.record(&key::order_owner(id)).await
    }

    /// The order of a customer that can be changed under this identity.
    ///
    /// # Errors
    /// [`Reason::OrderNotFound`], the same whether it is another customer's or nobody's, and
    /// [`Reason::ChildOrder`]; store failures.
    pub async fn own_order(&self, customer: &CustomerId, id: &OrderId) -> Result<Order, Reason> {
        if let Some(order) = self.order(customer, id).await? {
            return Ok(order);
        }
        let owner = self.order_owner(id).await?;
        match owner.filter(|owner| owner.customer_id == *customer) {
            Some(OrderOwner { parent: Some(_), .. }) => Err(Reason::ChildOrder),
            Some(_) | None => Err(Reason::OrderNotFound),
        }
    }

    /// Orders of a list that pass a filter. Without a filter this costs the depth of the store, with
    /// one on an identity what that names, and with one on the time of placing what was placed in
    /// those minutes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn orders(
        &self,
        list: &OrderList,
        filter: &OrderFilter,
        sequence: Sequence,
        now: Timestamp,
        slice: Slice,
    ) -> Result<Page<Order>, Reason> {
        let mut collected = Collected::new(slice);
        if let Some(id) = &filter.order_id {
            let named = self.order_in(list, id).await?;
            if let Some(order) = named.filter(|order| filter.passes(order, now)) {
                collected.push(order);
            }
            return Ok(collected.page());
        }
        let range = match sequence {
            Sequence::OldestFirst => placed_within(list, filter.created),
            Sequence::NewestFirst => placed_within(list, filter.created).reversed(),
        };
        let follow = async |records: &[Record]| self.orders_of(list, records).await;
        if filter.needs_contents() {
            let passes = |order: &Order| filter.passes(order, now);
            self.collect_if(&mut collected, &range, follow, passes).await?;
        } else {
            self.collect(&mut collected, &range, follow).await?;
        }
        Ok(collected.page())
    }

    /// The order of a list that has this identity, or a child that has it. The letters of an
    /// identity are capitals, however it is asked for.
    async fn order_in(&self, list: &OrderList, id: &str) -> Result<Option<Order>, Reason> {
        let Ok(id) = id.to_ascii_uppercase().parse::<OrderId>() else {
            return Ok(None);
        };
        // Where it lies unless it is a child: read together with whose it is.
        let place = match list {
            OrderList::OfCustomer(customer) => key::order(customer, &id),
            OrderList::OfPartner(partner) => key::of_order(key::partner_orders(partner), &id),
            OrderList::OfMembers(master) => key::of_order(key::agent_orders(master), &id),
        };
        self.load(&[key::order_owner(&id), place]).await?;
        let Some(OrderOwner { customer_id, parent }) = self.order_owner(&id).await? else {
            return Ok(None);
        };
        let id = parent.unwrap_or(id);
        let is_listed = match list {
            OrderList::OfCustomer(customer) => *customer == customer_id,
            OrderList::OfPartner(partner) => {
                let entry = key::partner_order(partner, &id, &customer_id);
                self.bytes(&entry).await?.is_some()
            }
            OrderList::OfMembers(master) => {
                let entry = key::agent_order(master, &id, &customer_id);
                self.bytes(&entry).await?.is_some()
            }
        };
        if is_listed { self.order(&customer_id, &id).await } else { Ok(None) }
    }

    async fn orders_of(&self, list: &OrderList, records: &[Record]) -> Result<Vec<Order>, Reason> {
        if let OrderList::OfCustomer(_) = list {
            return records.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        }
        let mut keys = Vec::with_capacity(records.len());
        for (entry, _) in records {
            let (customer, order) = key::order_in_list(entry).ok_or_else(|| corrupt(entry))?;
            keys.push(key::order(&customer, &order));
        }
        self.load(&keys).await?;
        let mut orders = Vec::with_capacity(keys.len());
        for key in keys {
            orders.push(self.record(&key).await?.ok_or_else(|| corrupt(&key))?);
        }
        Ok(orders)
    }

    /// What time has changed by now, the first to change first, and how much of it there is.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn due(&self, now: Timestamp, limit: usize) -> Result<Page<Due>, Reason> {
        self.due_in(Range::between(key::all_due(), key::due_after(now)), limit).await
    }

    /// What time will change after `now`, until `until`, the first to change first, and how much of
    /// it there is.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn due_later(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Page<Due>, Reason> {
        self.due_in(Range::between(key::due_after(now), key::due_after(until)), limit).await
    }

    /// Reads in one go what these changes are about.
    pub(crate) async fn load_due(&self, due: &[Due]) -> Result<(), Reason> {
        let subject = |Due { customer_id, subject, .. }: &Due| match subject {
            DueSubject::Order(id) => key::order(customer_id, id),
            DueSubject::Resource(id) => key::resource(customer_id, id),
        };
        self.load(&due.iter().map(subject).collect::<Vec<_>>()).await
    }

    async fn due_in(&self, range: Range, limit: usize) -> Result<Page<Due>, Reason> {
        let Page { total_count, items } = self.part(&range, Slice::first(limit)).await?;
        let read = |(key, _): &Record| {
            let (at, customer_id, subject) = key::due_in(key).ok_or_else(|| corrupt(key))?;
            Ok(Due { at, customer_id, subject })
        };
        Ok(Page { total_count, items: items.iter().map(read).collect::<Result<_, Reason>>()? })
    }

    /// The credit accounts of a customer that can be used now, the first to expire first.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn credits(
        &self,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Vec<Account>, Reason> {
        let mut credits = self.all_credits(customer).await?;
        credits.retain(|(expire_time, _)| now < *expire_time);
        Ok(credits.into_iter().map(|(_, account)| account).collect())
    }

    /// All credit accounts that a customer has ever had, each with the time at which it expires,
    /// the first to expire first.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn all_credits(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<(Timestamp, Account)>, Reason> {
        let range = Range::prefix(&key::customer_credits(customer));
        let mut credits = Vec::new();
        for (key, bytes) in self.whole(&range).await? {
            let id = key::account_id(&key).ok().flatten().ok_or_else(|| corrupt(&key))?;
            let AccountId::CustomerCredit(holder, expire_time) = &id else {
                return Err(corrupt(&key));
            };
            let expire_time = expire_time.unwrap_or(Timestamp::MAX);
            if holder == customer {
                let record: super::record::AccountRecord = decode(&key, &bytes)?;
                credits.push((expire_time, record.into_account(id)));
            }
        }
        credits.sort_by_key(|(expire_time, _)| *expire_time);
        Ok(credits)
    }

    /// Reads in one go what paying, cancelling or providing an order will need: the order, its
    /// customer with balance, and the coupons and cards that it is paid with.
    pub(crate) async fn load_order(
        &self,
        customer: &CustomerId,
        order: &OrderId,
        (coupons, cards): (&[CouponId], &[CardId]),
    ) -> Result<(), Reason> {
        let balance = AccountId::CustomerBalance(customer.clone());
        let keys = [key::customer(customer), key::account(&balance), key::order(customer, order)];
        let sources = coupon_keys(coupons).chain(card_keys(customer, cards));
        self.load(&keys.into_iter().chain(sources).collect::<Vec<_>>()).await
    }
}

impl BooksMut<'_, '_> {
    /// Changes the tenant's settings.
    ///
    /// # Errors
    /// Store failures.
    pub(crate) async fn set_settings(&mut self, settings: &Settings) -> Result<(), Reason> {
        self.set(key::settings(), encode(settings)?).await
    }

    /// Adds a record, or changes it.
    pub(super) async fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Reason> {
        if self.bytes(&key).await?.is_some() {
            self.store.replace(key, value);
        } else {
            self.store.insert(key, value);
        }
        Ok(())
    }

    /// Adds an order whose identity, and whose children's, are free, and lists it for a partner.
    pub(crate) fn add_order(
        &mut self,
        order: &Order,
        listed_for: Option<&PartnerId>,
    ) -> Result<(), Reason> {
        let Order { order_id, customer_id, .. } = order;
        let owner = OrderOwner { customer_id: customer_id.clone(), parent: None };
        self.store.insert(key::order_owner(order_id), encode(&owner)?);
        let owner = OrderOwner { parent: Some(order_id.clone()), ..owner };
        for child in &order.children {
            self.store.insert(key::order_owner(child), encode(&owner)?);
        }
        if let Some(partner) = listed_for {
            self.add_key(key::partner_order(partner, order_id, customer_id));
        }
        self.store.insert(key::order(customer_id, order_id), encode(order)?);
        if let Some(due) = due_of(order) {
            self.add_key(due);
        }
        Ok(())
    }

    /// Lists an order for the master that pays it from now on, and no more for the one before.
    pub(crate) fn list_for_agent(&mut self, order: &Order, agent: Option<&CustomerId>) {
        if order.agent.as_ref() == agent {
            return;
        }
        let entry = |master| key::agent_order(master, &order.order_id, &order.customer_id);
        if let Some(before) = &order.agent {
            self.store.remove(&entry(before));
        }
        if let Some(master) = agent {
            self.add_key(entry(master));
        }
    }

    /// Changes an order, and when it is due.
    pub(crate) fn replace_order(&mut self, before: &Order, after: &Order) -> Result<(), Reason> {
        self.store.replace(key::order(&after.customer_id, &after.order_id), encode(after)?);
        let (was_due, is_due) = (due_of(before), due_of(after));
        if was_due != is_due {
            if let Some(due) = was_due
                && !defect::present(Defect::KeepsWhatWasDue)
            {
                self.store.remove(&due);
            }
            if let Some(due) = is_due {
                self.add_key(due);
            }
        }
        Ok(())
    }
}

/// Where an order waits for its deadline, while it can be paid.
fn due_of(order: &Order) -> Option<Vec<u8>> {
    match order.status {
        OrderStatus::PendingPayment | OrderStatus::PendingApproval => {
            let subject = DueSubject::Order(order.order_id.clone());
            Some(key::due(order.pending_payment_end_time, &order.customer_id, &subject))
        }
        OrderStatus::PendingRefund
        | OrderStatus::Processing
        | OrderStatus::Cancelled
        | OrderStatus::Completed
        | OrderStatus::PendingConfirmation => None,
    }
}

/// The part of a list in which the orders of a period are, and perhaps some of the minutes that it
/// begins and ends in: the identities of orders are in the order of their minutes.
fn placed_within(list: &OrderList, period: Period) -> Range {
    let prefix = match list {
        OrderList::OfPartner(partner) => key::partner_orders(partner),
        OrderList::OfCustomer(customer) => key::orders(customer),
        OrderList::OfMembers(master) => key::agent_orders(master),
    };
    if period == Period::ALL {
        return Range::prefix(&prefix);
    }
    let from = |time: Timestamp| {
        let minute = OrderId::first_of_minute(time.instant());
        key::orders_from(prefix.clone(), &minute)
    };
    let end = period.end.instant().checked_add_signed(chrono::TimeDelta::minutes(1));
    let end = end.map_or(Timestamp::MAX, Timestamp::from);
    Range::between(from(period.begin), from(end))
}

fn corrupt(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}
