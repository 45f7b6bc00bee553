//! Discounts in the books: what a customer's agreements and its partner give it.

use super::record::encode;
use super::{Books, BooksMut, key};
use crate::domain::discount::{Agreement, AgreementItem, Discount, Discounts};
use crate::domain::error::Reason;
use crate::store::Range;
use crate::value::id::{CustomerId, DiscountId, ProductId};
use crate::value::time::Timestamp;

impl Books<'_> {
    /// What a customer has of discounts, as far as it matters to these products, in one descent.
    ///
    /// # Errors
    /// Store failures.
    pub async fn discounts<'p>(
        &self,
        customer: &CustomerId,
        products: impl IntoIterator<Item = &'p ProductId>,
    ) -> Result<Discounts, Reason> {
        let mut products: Vec<&ProductId> = products.into_iter().collect();
        products.sort_unstable();
        products.dedup();
        let agreements = Range::prefix(&key::agreements(customer));
        let others = Range::prefix(&key::discounts(customer));
        let mut items = vec![Range::prefix(&key::category_items(customer))];
        items.extend(products.iter().map(|id| Range::prefix(&key::items_of_product(customer, id))));
        self.approach_whole(items.iter().chain([&agreements, &others])).await?;
        let mut found = Discounts {
            agreements: self.all(&agreements).await?,
            items: Vec::new(),
            others: self.all(&others).await?,
        };
        for range in &items {
            found.items.extend(self.all::<AgreementItem>(range).await?);
        }
        Ok(found)
    }

    /// An agreement of a customer.
    ///
    /// # Errors
    /// Store failures.
    pub async fn agreement(
        &self,
        customer: &CustomerId,
        id: &DiscountId,
    ) -> Result<Option<Agreement>, Reason> {
        self.record(&key::agreement(customer, id)).await
    }

    /// The agreement of a customer that is in force at a moment.
    ///
    /// # Errors
    /// Store failures.
    pub async fn agreement_in_force(
        &self,
        customer: &CustomerId,
        at: Timestamp,
    ) -> Result<Option<Agreement>, Reason> {
        let agreements = self.all(&Range::prefix(&key::agreements(customer))).await?;
        let discounts = Discounts { agreements, ..Discounts::default() };
        Ok(discounts.agreement(at).cloned())
    }

    /// What a customer's agreements say of products, in the order of these.
    ///
    /// # Errors
    /// Store failures.
    pub async fn product_items(&self, customer: &CustomerId) -> Result<Vec<AgreementItem>, Reason> {
        self.all(&Range::prefix(&key::product_items(customer))).await
    }

    /// What a customer's agreements say of categories.
    ///
    /// # Errors
    /// Store failures.
    pub async fn category_items(
        &self,
        customer: &CustomerId,
    ) -> Result<Vec<AgreementItem>, Reason> {
        self.all(&Range::prefix(&key::category_items(customer))).await
    }
}

impl BooksMut<'_, '_> {
    /// Adds an agreement whose identity is free.
    pub(crate) fn add_agreement(&mut self, agreement: &Agreement) -> Result<(), Reason> {
        let key = key::agreement(&agreement.customer_id, &agreement.commerce_id);
        self.add_bytes(key, encode(agreement)?);
        Ok(())
    }

    /// Adds an item of an agreement, whose identity is free.
    pub(crate) fn add_agreement_item(&mut self, item: &AgreementItem) -> Result<(), Reason> {
        self.add_bytes(key::agreement_item(item), encode(item)?);
        Ok(())
    }

    /// Adds a discount whose identity is free.
    pub(crate) fn add_discount(&mut self, discount: &Discount) -> Result<(), Reason> {
        let key = key::discount(&discount.customer_id, &discount.discount_id);
        self.add_bytes(key, encode(discount)?);
        Ok(())
    }
}
