//! The books of the catalogue: what an operator imported, listed and looked up.
//!
//! They lie under a head of their own, which all tenants read. A product lies beside its prices,
//! where its service, type of resources, region, way of charging and specification lead, so that
//! whatever is priced together is found in one descent.

use super::record::{Stored, decode};
use super::{OpenBooks, Source, key};
use crate::domain::catalogue::{
    ChargeMode, City, Conversion, Conversions, County, IncentivePolicies, IncentivePolicy,
    Language, MeasureUnit, Offer, Price, Product, ProductLookup, Province, Region, ResourceType,
    ServiceType, Spec, UsageType,
};
use crate::domain::discount::{AgreementItem, ItemScope};
use crate::domain::error::Reason;
use crate::store::{Range, Snapshot, StoreError, Transaction};
use crate::value::id::{CatalogueCode, ProductId, TypeCode};
use crate::value::page::{Page, Slice};
use crate::value::time::Timestamp;
use key::catalogue as place;
use std::collections::BTreeSet;
use std::ops::Deref;

/// Records read in one call while a filter looks into them.
const FILTERED_PER_READ: usize = 500;

/// The catalogue, open over `&Snapshot`, to read, or over `&mut Transaction`, to write as well.
pub struct OpenCatalogue<S: ?Sized> {
    books: OpenBooks<S>,
}

/// The catalogue, to read.
pub type Catalogue<'s> = OpenCatalogue<dyn Source + 's>;

/// The catalogue, to read and to write.
pub type CatalogueMut<'t, 'b> = OpenCatalogue<&'t mut Transaction<'b>>;

impl<'s> Deref for OpenCatalogue<&'s Snapshot<'_>> {
    type Target = Catalogue<'s>;

    fn deref(&self) -> &Self::Target {
        self
    }
}

impl<'t> Deref for CatalogueMut<'t, '_> {
    type Target = Catalogue<'t>;

    fn deref(&self) -> &Self::Target {
        self
    }
}

/// What pricing needs of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The offer that each lookup found.
    pub offers: Vec<Option<Offer>>,
    /// All conversions.
    pub conversions: Conversions,
    /// The policies of the services that were looked up.
    pub policies: IncentivePolicies,
}

/// Specifications of a type of resources in a region: part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specs {
    /// What its products belong to, if there is any.
    pub of: Option<(ServiceType, ResourceType)>,
    /// The specifications.
    pub items: Vec<Spec>,
    /// Whether there are more behind the last.
    pub has_more: bool,
}

/// Which specifications are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecQuery {
    /// Of this service,
    pub service_type_code: TypeCode,
    /// of this type of resources,
    pub resource_type_code: TypeCode,
    /// in this region,
    pub region_code: CatalogueCode,
    /// charged in this way,
    pub charge_mode: ChargeMode,
    /// with this in its code or its name,
    pub contains: Option<String>,
    /// behind this one.
    pub after: Option<String>,
}

/// A kind of usage with the type of resources and the service that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageOf {
    /// The kind of usage.
    pub usage: UsageType,
    /// The type of resources.
    pub resource: ResourceType,
    /// The service.
    pub service: ServiceType,
}

/// A policy with the service that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyOf {
    /// The policy.
    pub policy: IncentivePolicy,
    /// The service.
    pub service: ServiceType,
}

/// An item of an agreement, with what the catalogue has on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The item.
    pub item: AgreementItem,
    /// The product that it is about.
    pub product: Option<Product>,
    /// The service that it is about, or that the product is of.
    pub service: Option<ServiceType>,
    /// The type of resources likewise.
    pub resource: Option<ResourceType>,
    /// The region likewise.
    pub region: Option<Region>,
}

impl Described {
    fn new(item: AgreementItem, product: Option<Product>) -> Self {
        Self { item, product, service: None, resource: None, region: None }
    }

    /// The codes of service, type of resources and region.
    fn codes(&self) -> (Option<TypeCode>, Option<TypeCode>, Option<CatalogueCode>) {
        match (&self.item.scope, &self.product) {
            (ItemScope::Product(_), Some(product)) => (
                Some(product.service_type_code.clone()),
                Some(product.resource_type_code.clone()),
                Some(product.region_code.clone()),
            ),
            (ItemScope::Product(_), None) => (None, None, None),
            (ItemScope::Category { service_type_code, resource_type_code, region_code, .. }, _) => {
                (Some(service_type_code.clone()), resource_type_code.clone(), region_code.clone())
            }
        }
    }
}

impl<S: Source> OpenCatalogue<S> {
    /// Opens the catalogue.
    pub fn new(store: S) -> Self {
        Self { books: OpenBooks::new(store) }
    }
}

impl Catalogue<'_> {
    /// Services whose name has a text in it, in the order of their codes.
    ///
    /// # Errors
    /// Store failures, as of every read here.
    pub async fn services(
        &self,
        name_contains: Option<&str>,
        language: Language,
        slice: Slice,
    ) -> Result<Page<ServiceType>, Reason> {
        let range = Range::prefix(&place::services());
        let Some(text) = name_contains else {
            return self.page(&range, slice).await;
        };
        let mut services: Vec<ServiceType> = self.books.all(&range).await?;
        services.retain(|service| {
            language.choose(&service.name_zh, &service.name_en).as_str().contains(text)
        });
        Ok(Page::of(services, slice))
    }

    /// A service.
    ///
    /// # Errors
    /// Store failures.
    pub async fn service(&self, code: &TypeCode) -> Result<Option<ServiceType>, Reason> {
        self.books.record(&place::service(code)).await
    }

    /// Types of resources, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn resources(&self, slice: Slice) -> Result<Page<ResourceType>, Reason> {
        self.page(&Range::prefix(&place::resources()), slice).await
    }

    /// Types of resources of a service, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn resources_of(
        &self,
        service: &TypeCode,
        slice: Slice,
    ) -> Result<Page<ResourceType>, Reason> {
        let range = Range::prefix(&place::service_resources(service));
        self.page(&range, slice).await
    }

    /// Kinds of usage of a type of resources, or of all.
    ///
    /// # Errors
    /// Store failures.
    pub async fn usages(
        &self,
        resource: Option<&TypeCode>,
        slice: Slice,
    ) -> Result<Page<UsageOf>, Reason> {
        let range = Range::prefix(&match resource {
            None => place::usages(),
            Some(resource) => place::usages_of(resource),
        });
        let Page { total_count, items } = self.page::<UsageType>(&range, slice).await?;
        let resources: Vec<Vec<u8>> =
            items.iter().map(|usage| place::resource(&usage.resource_type_code)).collect();
        self.books.load(&resources).await?;
        let mut found = Vec::with_capacity(items.len());
        for (usage, key) in items.into_iter().zip(resources) {
            let resource: ResourceType = self.there(&key).await?;
            found.push((usage, resource));
        }
        let services: Vec<Vec<u8>> =
            found.iter().map(|(_, resource)| place::service(&resource.service_type_code)).collect();
        self.books.load(&services).await?;
        let mut usages = Vec::with_capacity(found.len());
        for ((usage, resource), key) in found.into_iter().zip(services) {
            let service = self.there(&key).await?;
            usages.push(UsageOf { usage, resource, service });
        }
        Ok(Page { total_count, items: usages })
    }

    /// All units, in the order of their identities.
    ///
    /// # Errors
    /// Store failures.
    pub async fn measures(&self) -> Result<Vec<MeasureUnit>, Reason> {
        self.books.all(&Range::prefix(&place::measures())).await
    }

    /// All conversions, in the order of their units.
    ///
    /// # Errors
    /// Store failures.
    pub async fn conversions(&self) -> Result<Vec<Conversion>, Reason> {
        self.books.all(&Range::prefix(&place::conversions())).await
    }

    /// All regions, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn regions(&self) -> Result<Vec<Region>, Reason> {
        self.books.all(&Range::prefix(&place::regions())).await
    }

    /// The policy of each service that has one at a moment, or of one service.
    ///
    /// # Errors
    /// Store failures.
    pub async fn policies(
        &self,
        service: Option<&TypeCode>,
        at: Timestamp,
        slice: Slice,
    ) -> Result<Page<PolicyOf>, Reason> {
        let range = Range::prefix(&match service {
            None => place::policies(),
            Some(service) => place::policies_of(service),
        });
        let policies: Vec<IncentivePolicy> = self.books.all(&range).await?;
        let services: BTreeSet<TypeCode> =
            policies.iter().map(|policy| policy.service_type_code.clone()).collect();
        let policies = IncentivePolicies::new(policies);
        let valid = services.iter().filter_map(|service| policies.of(service, at).cloned());
        let Page { total_count, items } = Page::of(valid.collect(), slice);
        let keys: Vec<Vec<u8>> =
            items.iter().map(|policy| place::service(&policy.service_type_code)).collect();
        self.books.load(&keys).await?;
        let mut found = Vec::with_capacity(items.len());
        for (policy, key) in items.into_iter().zip(keys) {
            found.push(PolicyOf { policy, service: self.there(&key).await? });
        }
        Ok(Page { total_count, items: found })
    }

    /// Specifications, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn specs(&self, query: &SpecQuery, limit: usize) -> Result<Specs, Reason> {
        let of = (&query.service_type_code, &query.resource_type_code);
        let list = place::specs(of, &query.region_code, query.charge_mode);
        let range = Range::prefix(&list);
        let mut range = match &query.after {
            None => range,
            Some(after) => range.after(&place::spec(list, after)),
        };
        let wanted = limit.saturating_add(1);
        let per_read = query.contains.as_ref().map_or(wanted, |_| FILTERED_PER_READ.max(wanted));
        let mut items: Vec<Spec> = Vec::new();
        loop {
            let records = self.books.part(&range, Slice::first(per_read)).await?.items;
            for (key, bytes) in &records {
                let spec: Spec = decode(key, bytes)?;
                if query.contains.as_ref().is_none_or(|text| spec.contains(text)) {
                    items.push(spec);
                }
            }
            match records.last() {
                Some((last, _)) if records.len() == per_read && items.len() < wanted => {
                    range = range.after(last);
                }
                _ => break,
            }
        }
        let has_more = items.len() > limit;
        items.truncate(limit);
        let of = if items.is_empty() { None } else { Some(self.names_of(query).await?) };
        Ok(Specs { of, items, has_more })
    }

    /// The service and the type of resources that specifications are of.
    async fn names_of(&self, query: &SpecQuery) -> Result<(ServiceType, ResourceType), Reason> {
        let service = place::service(&query.service_type_code);
        let resource = place::resource(&query.resource_type_code);
        self.books.load(&[service.clone(), resource.clone()]).await?;
        Ok((self.there(&service).await?, self.there(&resource).await?))
    }

    /// Looks up everything that pricing needs, in one descent.
    ///
    /// # Errors
    /// Store failures.
    pub async fn priced(&self, lookups: &[Option<ProductLookup>]) -> Result<Priced, Reason> {
        let products = |lookup: &ProductLookup| Range::prefix(&place::products(lookup));
        let offers: Vec<Option<Range>> =
            lookups.iter().map(|lookup| lookup.as_ref().map(products)).collect();
        let services: BTreeSet<&TypeCode> =
            lookups.iter().flatten().map(|lookup| &lookup.service_type_code).collect();
        let policies: Vec<Range> =
            services.iter().map(|service| Range::prefix(&place::policies_of(service))).collect();
        let conversions = Range::prefix(&place::conversions());
        let ranges = offers.iter().flatten().chain(&policies).chain([&conversions]);
        self.books.approach_whole(ranges).await?;

        let mut found = Vec::with_capacity(offers.len());
        for (lookup, range) in lookups.iter().zip(&offers) {
            found.push(match (lookup, range) {
                (Some(lookup), Some(range)) => self.offer(lookup, range).await?,
                _ => None,
            });
        }
        let mut valid = Vec::new();
        for range in &policies {
            valid.extend(self.books.all::<IncentivePolicy>(range).await?);
        }
        Ok(Priced {
            offers: found,
            conversions: Conversions::new(self.books.all(&conversions).await?),
            policies: IncentivePolicies::new(valid),
        })
    }

    /// The product of the zone that is asked for, with its prices.
    async fn offer(&self, lookup: &ProductLookup, range: &Range) -> Result<Option<Offer>, Reason> {
        let mut offers: Vec<Offer> = Vec::new();
        let products = place::products(lookup);
        for (key, bytes) in self.books.whole(range).await? {
            if place::is_product(&key, &products) {
                let product: Product = decode(&key, &bytes)?;
                offers.push(Offer { product, prices: Vec::new() });
            } else if let Some(offer) = offers.last_mut() {
                let price: Price = decode(&key, &bytes)?;
                offer.prices.push(price);
            }
        }
        Ok(Offer::of_zone(offers, lookup.zone_code.as_deref()))
    }

    /// What the catalogue has on each of these items, as far as it is there.
    ///
    /// # Errors
    /// Store failures.
    pub async fn described(&self, items: &[AgreementItem]) -> Result<Vec<Described>, Reason> {
        let by_id: Vec<Vec<u8>> = items
            .iter()
            .filter_map(|item| match &item.scope {
                ItemScope::Product(id) => Some(place::place_of_product(id)),
                ItemScope::Category { .. } => None,
            })
            .collect();
        self.books.load(&by_id).await?;
        let mut products = Vec::new();
        for key in &by_id {
            products.extend(self.books.bytes(key).await?.map(|at| place::product(&at)));
        }
        self.books.load(&products).await?;
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let product = match &item.scope {
                ItemScope::Product(id) => self.product(id).await?,
                ItemScope::Category { .. } => None,
            };
            found.push(Described::new(item.clone(), product));
        }
        self.load_names(&found).await?;
        for described in &mut found {
            let (service, resource, region) = described.codes();
            if let Some(key) = service.map(|code| place::service(&code)) {
                described.service = self.books.record(&key).await?;
            }
            if let Some(key) = resource.map(|code| place::resource(&code)) {
                described.resource = self.books.record(&key).await?;
            }
            if let Some(key) = region.map(|code| place::region(&code)) {
                described.region = self.books.record(&key).await?;
            }
        }
        Ok(found)
    }

    /// Reads in one go what names what items are about.
    async fn load_names(&self, items: &[Described]) -> Result<(), Reason> {
        let mut keys = Vec::new();
        for (service, resource, region) in items.iter().map(Described::codes) {
            keys.extend(service.map(|code| place::service(&code)));
            keys.extend(resource.map(|code| place::resource(&code)));
            keys.extend(region.map(|code| place::region(&code)));
        }
        keys.sort_unstable();
        keys.dedup();
        self.books.load(&keys).await
    }

    /// A product by its id.
    ///
    /// # Errors
    /// Store failures.
    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, Reason> {
        let Some(at) = self.books.bytes(&place::place_of_product(id)).await? else {
            return Ok(None);
        };
        self.books.record(&place::product(&at)).await
    }

    /// Provinces, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn provinces(&self, slice: Slice) -> Result<Page<Province>, Reason> {
        self.page(&Range::prefix(&place::provinces()), slice).await
    }

    /// Cities of a province, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn cities(
        &self,
        province: &CatalogueCode,
        slice: Slice,
    ) -> Result<Page<City>, Reason> {
        self.page(&Range::prefix(&place::cities(province)), slice).await
    }

    /// Counties of a city, in the order of their codes.
    ///
    /// # Errors
    /// Store failures.
    pub async fn counties(
        &self,
        city: &CatalogueCode,
        slice: Slice,
    ) -> Result<Page<County>, Reason> {
        self.page(&Range::prefix(&place::counties(city)), slice).await
    }

    /// Reads in one go what looking these keys up will need.
    pub(crate) async fn load(&self, keys: &[Vec<u8>]) -> Result<(), Reason> {
        self.books.load(keys).await
    }

    pub(crate) async fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.books.bytes(key).await
    }

    /// A record that another one refers to.
    async fn there<T: Stored>(&self, key: &[u8]) -> Result<T, Reason> {
        let missing = || Reason::Corrupt(format!("{}, which is not there", key.escape_ascii()));
        self.books.record(key).await?.ok_or_else(missing)
    }

    async fn page<T: Stored>(&self, range: &Range, slice: Slice) -> Result<Page<T>, Reason> {
        let Page { total_count, items } = self.books.part(range, slice).await?;
        let items = items.iter().map(|(key, bytes)| decode(key, bytes));
        Ok(Page { total_count, items: items.collect::<Result<_, Reason>>()? })
    }
}

impl CatalogueMut<'_, '_> {
    /// Adds a record in its stored form, whose key is absent.
    pub(crate) fn add_bytes(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.books.add_bytes(key, value);
    }
}
