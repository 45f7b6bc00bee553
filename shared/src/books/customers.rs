//! Customers and resellers in the books: listed by partner, and found by what identifies them.

use super::list::{Collected, Record};
use super::record::{Stored, decode, encode};
use super::{Books, BooksMut, key};
use crate::domain::error::Reason;
use crate::domain::partner::{Customer, CustomerFilter, NewCustomerTag, Partner, ResellerFilter};
use crate::domain::registration::{Identity, MobileNumber};
use crate::security::vault::{Contact, Subject};
use crate::store::Range;
use crate::value::id::{CustomerId, PartnerId};
use crate::value::page::{Page, Slice};
use crate::value::time::Month;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Entries of a list followed in one go while a filter looks into what they stand for.
const FILTERED_PER_READ: usize = 500;

/// How the entries of a list lead to what they stand for.
struct Follow<I> {
    /// The identity that an entry ends with.
    id: fn(&[u8]) -> Option<I>,
    /// Where the record is.
    record: fn(&I) -> Vec<u8>,
    /// What else will be looked up of those on a page, and is read ahead with their records.
    further: fn(&I) -> Vec<u8>,
}

const CUSTOMERS: Follow<CustomerId> = Follow {
    id: key::customer_id_at_end,
    record: key::customer,
    further: |id| key::personal(Subject::Customer(id)),
};

const RESELLERS: Follow<PartnerId> = Follow {
    id: key::partner_id_at_end,
    record: key::partner,
    further: |id| key::personal(Subject::Partner(id)),
};

impl Books<'_> {
    /// Customers of a partner, in the order of their ids, with how to reach them. Without a filter
    /// this costs the depth of the store and not the length of the list.
    ///
    /// # Errors
    /// [`Reason::Secret`] when a contact cannot be opened; store failures.
    pub async fn customers(
        &self,
        partner: &PartnerId,
        filter: &CustomerFilter,
        slice: Slice,
    ) -> Result<Page<(Customer, Contact)>, Reason> {
        let is_meant =
            |customer: &Customer| customer.partner_id == *partner && filter.matches(customer);
        let page = if let Some(id) = &filter.customer_id {
            let found = self.customer(id).await?.into_iter().collect();
            page_of(self.with_names(found).await?.into_iter().filter(is_meant).collect(), slice)
        } else if filter.customer.is_some() {
            let range = Range::prefix(&key::partner_customers(partner));
            let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
            let read = async |entries: &[Record]| {
                let customers = self.followed(&ids(entries, &CUSTOMERS)?, &CUSTOMERS).await?;
                self.with_names(customers).await
            };
            self.collect_if(&mut collected, &range, read, is_meant).await?;
            collected.page()
        } else {
            let range = Range::prefix(&key::partner_customers(partner));
            let passes: Option<&dyn Fn(&Customer) -> bool> =
                if filter.takes_all() { None } else { Some(&is_meant) };
            self.stood_for(&range, &CUSTOMERS, passes, slice).await?
        };
        let mut page =
            self.with_contacts(page, |customer| Subject::Customer(&customer.customer_id)).await?;
        for (customer, contact) in &mut page.items {
            customer.customer = customer.customer.take().or_else(|| exposed(contact));
        }
        Ok(page)
    }

    /// The real name of a customer.
    ///
    /// # Errors
    /// [`Reason::Secret`] when it cannot be opened; store failures.
    pub async fn real_name(&self, customer: &Customer) -> Result<Option<String>, Reason> {
        if !customer.has_sealed_name() {
            return Ok(customer.customer.clone());
        }
        let contact = self.contact(Subject::Customer(&customer.customer_id)).await?;
        Ok(exposed(&contact))
    }

    /// The same customers with their real names in them, to be shown and not to be stored.
    async fn with_names(&self, mut customers: Vec<Customer>) -> Result<Vec<Customer>, Reason> {
        let sealed = customers.iter().filter(|customer| customer.has_sealed_name());
        let keys = sealed.map(|it| key::personal(Subject::Customer(&it.customer_id)));
        self.load(&keys.collect::<Vec<_>>()).await?;
        for customer in &mut customers {
            customer.customer = self.real_name(customer).await?;
        }
        Ok(customers)
    }

    /// Resellers of a distributor, in the order of their ids, with how to reach them.
    ///
    /// # Errors
    /// As of [`Books::customers`].
    pub async fn resellers(
        &self,
        distributor: &PartnerId,
        filter: &ResellerFilter,
        slice: Slice,
    ) -> Result<Page<(Partner, Contact)>, Reason> {
        let range = Range::prefix(&key::resellers(distributor));
        let is_meant = |reseller: &Partner| filter.matches(reseller);
        let passes: Option<&dyn Fn(&Partner) -> bool> =
            if filter.takes_all() { None } else { Some(&is_meant) };
        let page = self.stood_for(&range, &RESELLERS, passes, slice).await?;
        self.with_contacts(page, |reseller| Subject::Partner(&reseller.partner_id)).await
    }

    /// The tags of new customers, as of the month `now`: of the partner's customers among `ids`, in
    /// their order and each once, or of all its customers.
    ///
    /// # Errors
    /// Store failures.
    pub async fn new_customer_tags(
        &self,
        partner: &PartnerId,
        ids: Option<&[CustomerId]>,
        now: Month,
        slice: Slice,
    ) -> Result<Vec<(CustomerId, NewCustomerTag)>, Reason> {
        let customers = match ids {
            None => {
                let range = Range::prefix(&key::partner_customers(partner));
                let follow = Follow { further: key::first_consumption, ..CUSTOMERS };
                self.stood_for(&range, &follow, None, slice).await?.items
            }
            Some(ids) => {
                let found = self.customers_among(partner, ids).await?;
                page_of(found, slice).items
            }
        };
        let keys: Vec<Vec<u8>> = customers
            .iter()
            .map(|customer| key::first_consumption(&customer.customer_id))
            .collect();
        self.load(&keys).await?;
        let mut tags = Vec::with_capacity(customers.len());
        for (Customer { customer_id, associated_on, .. }, key) in customers.into_iter().zip(keys) {
            let first: Option<Month> = self.record(&key).await?;
            tags.push((customer_id, NewCustomerTag::of(associated_on, first, now)));
        }
        Ok(tags)
    }

    /// Customers that a partner has a bill line of in a month, in the order of their ids: also those
    /// that have left it since.
    ///
    /// # Errors
    /// Store failures.
    pub async fn consuming_customers(
        &self,
        partner: &PartnerId,
        cycle: Month,
        slice: Slice,
    ) -> Result<Page<CustomerId>, Reason> {
        let range = Range::prefix(&key::consumers(partner, cycle));
        let Page { total_count, items: entries } = self.part(&range, slice).await?;
        let ids = entries
            .iter()
            .map(|(entry, _)| key::customer_id_at_end(entry).ok_or_else(|| corrupt(entry)));
        Ok(Page { total_count, items: ids.collect::<Result<_, _>>()? })
    }

    /// How many customers of the tenant have this name, number, address or account.
    ///
    /// # Errors
    /// [`Reason::Secret`] without a usable master key; store failures.
    pub async fn customers_with(&self, identity: &Identity) -> Result<u64, Reason> {
        let digest = self.identity_digest(identity)?;
        Ok(self.store().count(&Range::prefix(&key::identities(identity.kind, &digest))).await?)
    }

    /// Reads in one go what looking these up, and the codes of this number, will need.
    pub(crate) async fn load_identities(
        &self,
        identities: &[&Identity],
        mobile: Option<&MobileNumber>,
    ) -> Result<(), Reason> {
        let mut keys = Vec::with_capacity(identities.len() + 1);
        if let Some(mobile) = mobile {
            keys.push(self.number_key(mobile)?);
        }
        for identity in identities {
            let digest = self.identity_digest(identity)?;
            keys.push(key::identities(identity.kind, &digest));
        }
        self.load(&keys).await
    }

    /// What an identity is found by. Personal data is hashed under a key: nobody finds out a
    /// telephone number by trying all of them.
    fn identity_digest(&self, identity: &Identity) -> Result<[u8; 32], Reason> {
        let value = identity.value.as_bytes();
        if identity.is_personal {
            Ok(self.vault.digest(identity.kind, value)?)
        } else {
            Ok(Sha256::digest(value).into())
        }
    }

    /// The partner's customers among `ids`. What looking their first consumption up will need is
    /// read ahead.
    async fn customers_among(
        &self,
        partner: &PartnerId,
        ids: &[CustomerId],
    ) -> Result<Vec<Customer>, Reason> {
        let records = ids.iter().map(key::customer);
        self.load(&records.chain(ids.iter().map(key::first_consumption)).collect::<Vec<_>>())
            .await?;
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for id in ids.iter().filter(|id| seen.insert(*id)) {
            let customer = self.customer(id).await?;
            found.extend(customer.filter(|customer| customer.partner_id == *partner));
        }
        Ok(found)
    }

    /// A page of what the entries of a list stand for. Only `passes` makes it read all of them.
    async fn stood_for<T: Stored, I>(
        &self,
        range: &Range,
        follow: &Follow<I>,
        passes: Option<&dyn Fn(&T) -> bool>,
        slice: Slice,
    ) -> Result<Page<T>, Reason> {
        let mut collected = Collected::new(slice).filtering(FILTERED_PER_READ);
        match passes {
            None => {
                let read_ahead = async |entries: &[Record]| {
                    let ids = ids(entries, follow)?;
                    let further = ids.iter().map(follow.further);
                    let keys = ids.iter().map(follow.record).chain(further);
                    self.load(&keys.collect::<Vec<_>>()).await?;
                    self.followed(&ids, follow).await
                };
                self.collect(&mut collected, range, read_ahead).await?;
            }
            Some(passes) => {
                let read =
                    async |entries: &[Record]| self.followed(&ids(entries, follow)?, follow).await;
                self.collect_if(&mut collected, range, read, passes).await?;
            }
        }
        Ok(collected.page())
    }

    async fn followed<T: Stored, I>(
        &self,
        ids: &[I],
        follow: &Follow<I>,
    ) -> Result<Vec<T>, Reason> {
        let keys: Vec<Vec<u8>> = ids.iter().map(follow.record).collect();
        self.load(&keys).await?;
        let mut items = Vec::with_capacity(keys.len());
        for key in &keys {
            let bytes = self.bytes(key).await?.ok_or_else(|| corrupt(key))?;
            items.push(decode(key, &bytes)?);
        }
        Ok(items)
    }

    async fn with_contacts<T>(
        &self,
        page: Page<T>,
        subject: impl Fn(&T) -> Subject<'_>,
    ) -> Result<Page<(T, Contact)>, Reason> {
        let keys: Vec<Vec<u8>> =
            page.items.iter().map(|item| key::personal(subject(item))).collect();
        self.load(&keys).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for item in page.items {
            let contact = self.contact(subject(&item)).await?;
            items.push((item, contact));
        }
        Ok(Page { total_count: page.total_count, items })
    }
}

impl BooksMut<'_, '_> {
    /// Lists a new customer under all that it is told apart by.
    pub(super) fn add_identities(
        &mut self,
        customer: &Customer,
        contact: &Contact,
    ) -> Result<(), Reason> {
        for identity in Identity::all_of(customer, contact) {
            let digest = self.identity_digest(&identity)?;
            self.add_key(key::identity(identity.kind, &digest, &customer.customer_id));
        }
        Ok(())
    }

    /// Takes a customer off the lists by which its numbers and addresses are found. Its account names
    /// stay taken.
    pub(crate) async fn forget_identities(
        &mut self,
        customer: &Customer,
        contact: &Contact,
    ) -> Result<(), Reason> {
        let identities = Identity::all_of(customer, contact);
        for identity in identities.iter().filter(|identity| identity.is_personal) {
            let digest = self.identity_digest(identity)?;
            let entry = key::identity(identity.kind, &digest, &customer.customer_id);
            if self.bytes(&entry).await?.is_some() {
                self.store.remove(&entry);
            }
        }
        Ok(())
    }

    /// Lists a customer among those that consumed in a month, unless it is listed.
    pub(crate) async fn add_consumption(
        &mut self,
        partner: &PartnerId,
        cycle: Month,
        customer: &CustomerId,
    ) -> Result<(), Reason> {
        let entry = key::consumer(partner, cycle, customer);
        if self.bytes(&entry).await?.is_some() {
            return Ok(());
        }
        self.add_key(entry);
        let key = key::first_consumption(customer);
        match self.record::<Month>(&key).await? {
            None => self.store.insert(key, encode(&cycle)?),
            Some(first) if cycle < first => self.store.replace(key, encode(&cycle)?),
            Some(_) => {}
        }
        Ok(())
    }
}

fn exposed(contact: &Contact) -> Option<String> {
    contact.name.as_ref().map(|name| name.expose().to_owned())
}

/// The identities that the entries of a list end with.
fn ids<I>(entries: &[Record], follow: &Follow<I>) -> Result<Vec<I>, Reason> {
    entries.iter().map(|(entry, _)| (follow.id)(entry).ok_or_else(|| corrupt(entry))).collect()
}

fn corrupt(key: &[u8]) -> Reason {
    Reason::Corrupt(key.escape_ascii().to_string())
}

fn page_of<T>(found: Vec<T>, slice: Slice) -> Page<T> {
    let total_count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let offset = usize::try_from(slice.offset).unwrap_or(usize::MAX);
    Page { total_count, items: found.into_iter().skip(offset).take(slice.limit).collect() }
}
