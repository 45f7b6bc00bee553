//! List the customers of the partner, or of one of its resellers.
//!
//! `ListSubCustomers`, `POST /v2/partners/sub-customers/query`.

use billing::api::{Answer, PageRule, Refusal, fields};
use billing::value::page;

use billing::component::Call;
use billing::domain::partner::{
    AssociatedOn, AssociationType, Customer, CustomerFilter, CustomerType, VerifiedStatus,
};
use billing::security::vault::Contact;
use billing::value::id::{CustomerId, PartnerId};
use billing::value::text;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

const PAGE: PageRule = PageRule { offset_max: 40_000_000, ..PageRule::USUAL };

billing::component! { POST ListSubCustomers => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: QuerySubCustomerListReq = call.body()?;

    let slice = PAGE.slice(request.offset, request.limit)?;
    let indirect_partner_id = request.indirect_partner_id.clone();
    let filter = request.filter()?;
    let customers = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            books.customers(&partner, &filter, slice).await
        })
        .await?;

    Answer::ok(&ListSubCustomersResponse::from(customers))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuerySubCustomerListReq {
    account_name: Option<String>,
    customer: Option<String>,
    offset: Option<u32>,
    limit: Option<u32>,
    label: Option<String>,
    association_type: Option<String>,
    associated_on_begin: Option<String>,
    associated_on_end: Option<String>,
    customer_id: Option<String>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

impl QuerySubCustomerListReq {
    fn filter(self) -> Result<CustomerFilter, Refusal> {
        let association_type = self.association_type.filter(|code| !code.is_empty());
        let association_type = association_type.map(|code| {
            let listed = AssociationType::from_code(&code);
            listed.ok_or_else(|| Refusal::parameter("association_type", "must be 1 or 2"))
        });
        Ok(CustomerFilter {
            account_name: fields::searched("account_name", self.account_name, 128)?,
            customer: fields::searched("customer", self.customer, 128)?,
            label: fields::searched("label", self.label, 64)?,
            association_type: association_type.transpose()?,
            associated_on: AssociatedOn {
                begin: fields::parsed("associated_on_begin", self.associated_on_begin)?,
                end: fields::parsed("associated_on_end", self.associated_on_end)?,
            },
            customer_id: fields::parsed("customer_id", self.customer_id)?,
        })
    }
}

#[derive(Serialize)]
struct ListSubCustomersResponse {
    count: u64,
    customer_infos: Vec<CustomerInformation>,
}

/// A customer. `is_frozen` is 1 for one whose account is frozen.
#[derive(Serialize)]
struct CustomerInformation {
    customer_id: CustomerId,
    /// Empty for a customer whose book did not name it.
    account_name: String,
    association_type: AssociationType,
    is_frozen: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_on: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    telephone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_status: Option<VerifiedStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_type: Option<CustomerType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xaccount_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xaccount_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl From<page::Page<(Customer, Contact)>> for ListSubCustomersResponse {
    fn from(page: page::Page<(Customer, Contact)>) -> Self {
        Self {
            count: page.total_count,
            customer_infos: page.items.into_iter().map(CustomerInformation::from).collect(),
        }
    }
}

impl From<(Customer, Contact)> for CustomerInformation {
    fn from((customer, contact): (Customer, Contact)) -> Self {
        let is_frozen = customer.is_frozen().into();
        Self {
            customer_id: customer.customer_id,
            account_name: customer.account_name.unwrap_or_default(),
            association_type: customer.association_type,
            is_frozen,
            customer: customer.customer,
            associated_on: customer.associated_on,
            label: customer.label,
            telephone: contact.telephone,
            verified_status: customer.verified_status,
            country_code: customer.country_code,
            customer_type: customer.customer_type,
            xaccount_id: customer.xaccount_id,
            xaccount_type: customer.xaccount_type,
            customer_level: customer.customer_level,
            email: contact.email,
        }
    }
}
