//! List the new-customer tags of customers of the partner, or of one of its resellers.
//!
//! `ListSubCustomerNewTag`, `POST /v2/partners/sub-customers/new-customers-tags/batch-query`.

use billing::api::{Answer, PageRule, Refusal};
use billing::component::Call;
use billing::domain::partner::{NewCustomerState, NewCustomerTag};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::text;
use billing::value::time::Month;
use serde::{Deserialize, Serialize};

const PAGE: PageRule = PageRule { limits: 1..=200, ..PageRule::USUAL };

/// Most customers that one request asks for. The contract has no such limit.
const CUSTOMER_IDS_MAX: usize = 1000;

/// The only kind of tag there is.
const TAG_TYPE: &str = "SMB";

billing::component! { POST ListSubCustomerNewTag => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let ListSubCustomerNewTagReq { customer_ids, offset, limit, indirect_partner_id } =
        call.body()?;

    let slice = PAGE.slice(offset, limit)?;
    let customer_ids = customer_ids.filter(|ids| !ids.is_empty());
    if customer_ids.as_ref().is_some_and(|ids| ids.len() > CUSTOMER_IDS_MAX) {
        let problem = format!("must have at most {CUSTOMER_IDS_MAX} items");
        return Err(Refusal::parameter("customer_ids", &problem));
    }
    let now = call.now();
    let tags = call
        .read(async |books| {
            let partner = books.acting_for(caller, indirect_partner_id.as_ref()).await?;
            let month = books.at(now).month_utc_plus_8();
            books.new_customer_tags(&partner, customer_ids.as_deref(), month, slice).await
        })
        .await?;

    let new_customer_tags = tags.into_iter().map(NewCustomerTagItem::from).collect();
    Answer::ok(&ListSubCustomerNewTagResponse { new_customer_tags })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListSubCustomerNewTagReq {
    customer_ids: Option<Vec<CustomerId>>,
    offset: Option<u32>,
    limit: Option<u32>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Serialize)]
struct ListSubCustomerNewTagResponse {
    new_customer_tags: Vec<NewCustomerTagItem>,
}

#[derive(Serialize)]
struct NewCustomerTagItem {
    customer_id: CustomerId,
    customer_tag_type: &'static str,
    new_customer_tag: NewCustomerState,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<Month>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<Month>,
}

impl From<(CustomerId, NewCustomerTag)> for NewCustomerTagItem {
    fn from((customer_id, NewCustomerTag { state, months }): (CustomerId, NewCustomerTag)) -> Self {
        Self {
            customer_id,
            customer_tag_type: TAG_TYPE,
            new_customer_tag: state,
            effective_time: months.map(|(first, _)| first),
            expire_time: months.map(|(_, last)| last),
        }
    }
}
