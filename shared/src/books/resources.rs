//! Resources in the books: behind their customer, and waiting for what time changes.

use super::key::DueSubject;
use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::account::AccountId;
use crate::domain::coupon::Coupon;
use crate::domain::error::Reason;
use crate::domain::order::Order;
use crate::domain::resource::list::{OnDemandFilter, ResourceFilter};
use crate::domain::resource::{OnDemandResource, RenewalConfig, Resource};
use crate::domain::settings::Settings;
use crate::domain::term::year;
use crate::store::Range;
use crate::value::id::{CustomerId, OrderId, ResourceId};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;

impl Books<'_> {
    /// A yearly/monthly resource of a customer.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn resource(
        &self,
        customer: &CustomerId,
        id: &ResourceId,
    ) -> Result<Option<Resource>, Reason> {
        self.record(&key::resource(customer, id)).await
    }

    /// A pay-per-use resource of a customer.
    ///
    /// # Errors
    /// Store failures.
    pub async fn on_demand_resource(
        &self,
        customer: &CustomerId,
        id: &ResourceId,
    ) -> Result<Option<OnDemandResource>, Reason> {
        self.record(&key::on_demand_resource(customer, id)).await
    }

    /// A main resource with those attached to it, itself first.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for one of them that is not there; store failures.
    pub async fn with_attached(&self, main: Resource) -> Result<Vec<Resource>, Reason> {
        let customer = main.customer_id.clone();
        let keys: Vec<Vec<u8>> =
            main.attached.iter().map(|id| key::resource(&customer, id)).collect();
        self.load(&keys).await?;
        let mut all = vec![main];
        for key in keys {
            all.push(self.record(&key).await?.ok_or_else(|| corrupt(&key))?);
        }
        Ok(all)
    }

    /// Yearly/monthly resources of a customer that pass a filter, in the order of their ids.
    /// Without a filter this costs the depth of the store, with one on ids or an order what those
    /// name.
    ///
    /// # Errors
    /// Store failures.
    pub async fn resources(
        &self,
        customer: &CustomerId,
        filter: &ResourceFilter,
        now: Timestamp,
        slice: Slice,
    ) -> Result<Page<Resource>, Reason> {
        let settings = self.settings().await?;
        let passes = |resource: &Resource| filter.passes(resource, now, &settings);
        let mut collected = Collected::new(slice);
        if let Some(ids) = self.named(customer, filter).await? {
            let keys: Vec<Vec<u8>> = ids.iter().map(|id| key::resource(customer, id)).collect();
            self.load(&keys).await?;
            for key in keys {
                if let Some(resource) = self.record(&key).await?.filter(passes) {
                    collected.push(resource);
                }
            }
            return Ok(collected.page());
        }
        let range = Range::prefix(&key::resources(customer));
        let read = async |records: &[Record]| {
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect()
        };
        if filter.needs_contents() {
            self.collect_if(&mut collected, &range, read, passes).await?;
        } else {
            self.collect(&mut collected, &range, read).await?;
        }
        Ok(collected.page())
    }

    /// The resources that a filter names, each once, in the order of their ids.
    async fn named(
        &self,
        customer: &CustomerId,
        filter: &ResourceFilter,
    ) -> Result<Option<Vec<ResourceId>>, Reason> {
        let mut ids: Vec<ResourceId> = match &filter.order_id {
            Some(id) => self.resources_of_order(customer, id).await?,
            None if filter.resource_ids.is_empty() => return Ok(None),
            None => filter.resource_ids.iter().filter_map(|id| id.parse().ok()).collect(),
        };
        ids.sort();
        ids.dedup();
        Ok(Some(ids))
    }

    async fn resources_of_order(
        &self,
        customer: &CustomerId,
        id: &str,
    ) -> Result<Vec<ResourceId>, Reason> {
        let Ok(id) = id.parse::<OrderId>() else {
            return Ok(Vec::new());
        };
        let of_order = |order: &Order| {
            let is_of = |line: &&crate::domain::order::OrderLine| {
                order.order_id == id || *order.order_of_line(line) == id
            };
            let lines = order.lines.iter().filter(is_of);
            lines.flat_map(|line| line.resource_ids.clone()).collect()
        };
        if let Some(order) = self.order(customer, &id).await? {
            return Ok(of_order(&order));
        }
        let owner = self.order_owner(&id).await?;
        let owner = owner.filter(|owner| owner.customer_id == *customer);
        let Some(parent) = owner.and_then(|owner| owner.parent) else {
            return Ok(Vec::new());
        };
        Ok(self.order(customer, &parent).await?.map_or_else(Vec::new, |order| of_order(&order)))
    }

    /// Pay-per-use resources of a customer that pass a filter, in the order of their ids.
    ///
    /// # Errors
    /// Store failures.
    pub async fn on_demand_resources(
        &self,
        customer: &CustomerId,
        filter: &OnDemandFilter,
        slice: Slice,
    ) -> Result<Page<OnDemandResource>, Reason> {
        let mut collected = Collected::new(slice);
        let range = Range::prefix(&key::on_demand_resources(customer));
        let read = async |records: &[Record]| {
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect()
        };
        if filter.needs_contents() {
            let passes = |resource: &OnDemandResource| filter.passes(resource);
            self.collect_if(&mut collected, &range, read, passes).await?;
        } else {
            self.collect(&mut collected, &range, read).await?;
        }
        Ok(collected.page())
    }

    /// How a customer's renewals are made.
    ///
    /// # Errors
    /// Store failures.
    pub async fn renewal_config(&self, customer: &CustomerId) -> Result<RenewalConfig, Reason> {
        Ok(self.record(&key::renewal_config(customer)).await?.unwrap_or_default())
    }

    /// How often a customer has given something back without a reason in a calendar year of GMT+8.
    ///
    /// # Errors
    /// Store failures.
    pub async fn free_uses(&self, customer: &CustomerId, year: i32) -> Result<u32, Reason> {
        Ok(self.record(&key::free_uses(customer, year)).await?.unwrap_or(0))
    }

    /// Reads in one go what renewing these resources of a customer, and paying for that without
    /// asking, will need, but what only these resources name.
    pub(crate) async fn load_renewal(
        &self,
        customer: &CustomerId,
        ids: &[ResourceId],
        now: Timestamp,
    ) -> Result<(), Reason> {
        let records = ordered_about(customer, ids, now).map(Range::key);
        let lists = [
            key::agreements(customer),
            key::category_items(customer),
            key::discounts(customer),
            key::customer_coupons(customer),
        ];
        let ranges: Vec<Range> =
            records.chain(lists.iter().map(|list| Range::prefix(list))).collect();
        Ok(self.approach_whole(&ranges).await?)
    }

    /// Reads in one go what unsubscribing these resources of a customer looks up about it and them.
    pub(crate) async fn load_unsubscription(
        &self,
        customer: &CustomerId,
        ids: &[ResourceId],
        now: Timestamp,
    ) -> Result<(), Reason> {
        let records = ordered_about(customer, ids, now);
        let uses = key::free_uses(customer, year(now));
        self.load(&records.chain([uses]).collect::<Vec<_>>()).await
    }

    /// Reads in one go what giving back what these orders have bought will look up about them: the
    /// orders, and where their bill lines are.
    pub(crate) async fn load_bought(
        &self,
        customer: &CustomerId,
        orders: &[&OrderId],
    ) -> Result<(), Reason> {
        let mut keys = Vec::with_capacity(2 * orders.len());
        for order_id in orders {
            keys.push(key::order(customer, order_id));
            // The names of its lines begin so.
            if let Ok(line) = order_id.as_str().parse() {
                keys.push(key::term_of_line(customer, &line));
            }
        }
        self.load(&keys).await
    }

    /// Reads in one go what starting or changing a pay-per-use resource looks up.
    pub(crate) async fn load_on_demand(
        &self,
        customer: &CustomerId,
        id: &ResourceId,
    ) -> Result<(), Reason> {
        let known = [key::resource(customer, id), key::on_demand_resource(customer, id)];
        self.load(&known.into_iter().chain([key::customer(customer)]).collect::<Vec<_>>()).await
    }

    /// Reads in one go what looking these resources of a customer up will need, and its own record.
    pub(crate) async fn load_resources(
        &self,
        customer: &CustomerId,
        ids: &[ResourceId],
    ) -> Result<(), Reason> {
        let records = ids.iter().map(|id| key::resource(customer, id));
        let own = [key::customer(customer), key::renewal_config(customer)];
        self.load(&records.chain(own).collect::<Vec<_>>()).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds a yearly/monthly resource whose identity is free for its customer.
    pub(crate) async fn add_resource(&mut self, resource: Resource) -> Result<(), Reason> {
        let resource = self.scheduled(resource).await?;
        if let Some(due) = due_of(&resource) {
            self.add_key(due);
        }
        let key = key::resource(&resource.customer_id, &resource.resource_id);
        self.store.insert(key, encode(&resource)?);
        Ok(())
    }

    /// Changes a yearly/monthly resource, and when it is due. `resource` is as it was read, with
    /// what is to be different.
    pub(crate) async fn replace_resource(&mut self, resource: Resource) -> Result<(), Reason> {
        let was_due = due_of(&resource);
        let resource = self.scheduled(resource).await?;
        let is_due = due_of(&resource);
        if was_due != is_due {
            if let Some(due) = was_due {
                self.store.remove(&due);
            }
            if let Some(due) = is_due {
                self.add_key(due);
            }
        }
        let key = key::resource(&resource.customer_id, &resource.resource_id);
        self.store.replace(key, encode(&resource)?);
        Ok(())
    }

    /// The resource with the time at which something has to be done with it next.
    async fn scheduled(&self, resource: Resource) -> Result<Resource, Reason> {
        let settings: Settings = self.settings().await?;
        let config = self.renewal_config(&resource.customer_id).await?;
        let next = resource.next_change(config.deduction_days(), &settings);
        Ok(Resource { due: next.map(|(at, _)| at), ..resource })
    }

    /// Adds a pay-per-use resource, or changes it.
    pub(crate) async fn set_on_demand_resource(
        &mut self,
        resource: &OnDemandResource,
    ) -> Result<(), Reason> {
        let key = key::on_demand_resource(&resource.customer_id, &resource.resource_id);
        self.set(key, encode(resource)?).await
    }

    /// Changes how a customer's renewals are made. When its resources are due follows with their
    /// next change, or when the tick comes to them.
    pub(crate) async fn set_renewal_config(
        &mut self,
        customer: &CustomerId,
        config: RenewalConfig,
    ) -> Result<(), Reason> {
        self.set(key::renewal_config(customer), encode(&config)?).await
    }

    /// Counts that a customer has given something back without a reason.
    pub(crate) async fn set_free_uses(
        &mut self,
        customer: &CustomerId,
        year: i32,
        uses: u32,
    ) -> Result<(), Reason> {
        self.set(key::free_uses(customer, year), encode(&uses)?).await
    }

    /// Changes a coupon whose value stays where it is.
    pub(crate) fn replace_coupon(&mut self, coupon: &Coupon) -> Result<(), Reason> {
        self.store.replace(key::coupon(&coupon.coupon_id), encode(coupon)?);
        Ok(())
    }
}

/// Where a resource waits for its next change.
fn due_of(resource: &Resource) -> Option<Vec<u8>> {
    let subject = DueSubject::Resource(resource.resource_id.clone());
    Some(key::due(resource.due?, &resource.customer_id, &subject))
}

/// What an order about these resources of a customer looks up about it and them.
fn ordered_about<'i>(
    customer: &'i CustomerId,
    ids: &'i [ResourceId],
    now: Timestamp,
) -> impl Iterator<Item = Vec<u8>> + 'i {
    let balance = AccountId::CustomerBalance(customer.clone());
    // Another one will be drawn: it will lie beside this one.
    let order_id = OrderId::new(now.instant(), &[0; 16]);
    let own = [
        key::customer(customer),
        key::account(&balance),
        key::renewal_config(customer),
        key::settings(),
        key::billed_months(),
        key::order_owner(&order_id),
    ];
    ids.iter().map(|id| key::resource(customer, id)).chain(own)
}

fn corrupt(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}
