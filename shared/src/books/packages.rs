//! Resource packages in the books: behind their customer, with what was taken from them.

use super::list::{Collected, Record};
use super::record::{decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::error::Reason;
use crate::domain::package::{Package, PackageFilter, PackageUse, UseFilter};
use crate::store::Range;
use crate::value::id::{CustomerId, PackageId, PackageItemId};
use crate::value::page::{Page, Slice};
use crate::value::time::{Period, Timestamp};

impl Books<'_> {
    /// A package of a customer.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn package(
        &self,
        customer: &CustomerId,
        id: &PackageId,
    ) -> Result<Option<Package>, Reason> {
        self.record(&key::package(customer, id)).await
    }

    /// Packages of a customer that pass a filter, in the order of their ids.
    ///
    /// # Errors
    /// Store failures.
    pub async fn packages(
        &self,
        customer: &CustomerId,
        filter: &PackageFilter,
        now: Timestamp,
        slice: Slice,
    ) -> Result<Page<Package>, Reason> {
        let mut collected = Collected::new(slice);
        let range = Range::prefix(&key::packages(customer));
        let read = async |records: &[Record]| {
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect()
        };
        let passes = |package: &Package| filter.passes(package, now);
        self.collect_if(&mut collected, &range, read, passes).await?;
        Ok(collected.page())
    }

    /// The packages that these items are of, each once. Unknown items are left out.
    ///
    /// # Errors
    /// Store failures.
    pub async fn packages_of_items(
        &self,
        customer: &CustomerId,
        items: &[PackageItemId],
    ) -> Result<Vec<Package>, Reason> {
        let keys: Vec<Vec<u8>> = items.iter().map(|id| key::package_item(customer, id)).collect();
        self.load(&keys).await?;
        let mut ids: Vec<PackageId> = Vec::new();
        for key in &keys {
            ids.extend(self.record::<PackageId>(key).await?);
        }
        ids.sort_unstable();
        ids.dedup();
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| key::package(customer, id)).collect();
        self.load(&keys).await?;
        let mut packages = Vec::with_capacity(keys.len());
        for key in &keys {
            packages.extend(self.record::<Package>(key).await?);
        }
        Ok(packages)
    }

    /// What was taken from a customer's packages in a period and passes a filter, oldest first,
    /// each with the package.
    ///
    /// # Errors
    /// [`Reason::Corrupt`] for one of a package that is not there; store failures.
    pub async fn package_uses(
        &self,
        customer: &CustomerId,
        period: Period,
        filter: &UseFilter,
        slice: Slice,
    ) -> Result<Page<(PackageUse, Package)>, Reason> {
        let mut collected = Collected::new(slice);
        let (start, end) = key::package_uses_within(customer, period);
        let follow = async |records: &[Record]| self.uses_of(customer, records).await;
        let passes =
            |(used, package): &(PackageUse, Package)| filter.passes(used, &package.product_id);
        self.collect_if(&mut collected, &Range::between(start, end), follow, passes).await?;
        Ok(collected.page())
    }

    async fn uses_of(
        &self,
        customer: &CustomerId,
        records: &[Record],
    ) -> Result<Vec<(PackageUse, Package)>, Reason> {
        let uses: Result<Vec<PackageUse>, Reason> =
            records.iter().map(|(key, bytes)| decode(key, bytes)).collect();
        let uses = uses?;
        let keys: Vec<Vec<u8>> =
            uses.iter().map(|used| key::package(customer, &used.order_instance_id)).collect();
        self.load(&keys).await?;
        let mut followed = Vec::with_capacity(uses.len());
        for (used, key) in uses.into_iter().zip(keys) {
            let missing = || Reason::Corrupt(key.escape_ascii().to_string());
            let package = self.record(&key).await?.ok_or_else(missing)?;
            followed.push((used, package));
        }
        Ok(followed)
    }
}

impl BooksMut<'_, '_> {
    /// Adds a package whose identity and whose items' identities are free for its customer.
    pub(crate) fn add_package(&mut self, package: &Package) -> Result<(), Reason> {
        let Package { customer_id, order_instance_id, .. } = package;
        for item in &package.free_resources {
            let key = key::package_item(customer_id, &item.free_resource_id);
            self.add_bytes(key, encode(order_instance_id)?);
        }
        self.add_bytes(key::package(customer_id, order_instance_id), encode(package)?);
        Ok(())
    }

    /// Changes a package that is there.
    pub(crate) fn replace_package(&mut self, package: &Package) -> Result<(), Reason> {
        let key = key::package(&package.customer_id, &package.order_instance_id);
        self.store.replace(key, encode(package)?);
        Ok(())
    }

    /// Adds what was taken from a package.
    pub(crate) fn add_package_use(&mut self, used: &PackageUse) -> Result<(), Reason> {
        self.add_bytes(key::package_use(used), encode(used)?);
        Ok(())
    }
}
