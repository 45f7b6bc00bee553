//! List the resellers of the distributor.
//!
//! `ListIndirectPartners`, `POST /v2/partners/indirect-partners/query`.

use billing::api::{Answer, PageRule, Refusal, fields};
use billing::component::Call;
use billing::domain::partner::{AssociatedOn, Partner, ResellerFilter};
use billing::security::vault::Contact;
use billing::value::id::PartnerId;
use billing::value::text;
use billing::value::time::Timestamp;
use serde::{Deserialize, Serialize};

billing::component! { POST ListIndirectPartners => list }

async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().distributor()?;
    let request: QueryIndirectPartnersReq = call.body()?;

    let slice = PageRule::USUAL.slice(request.offset, request.limit)?;
    let filter = ResellerFilter {
        account_name: fields::filled("account_name", request.account_name, 64)?,
        associated_on: AssociatedOn {
            begin: request.associated_on_begin,
            end: request.associated_on_end,
        },
        partner_id: request.indirect_partner_id,
    };
    let resellers =
        call.read(async |books| books.resellers(&caller.partner_id, &filter, slice).await).await?;

    Answer::ok(&ListIndirectPartnersResponse {
        count: resellers.total_count,
        indirect_partners: resellers.items.into_iter().map(IndirectPartnerInfo::from).collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryIndirectPartnersReq {
    account_name: Option<String>,
    associated_on_begin: Option<Timestamp>,
    associated_on_end: Option<Timestamp>,
    offset: Option<u32>,
    limit: Option<u32>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
}

#[derive(Serialize)]
struct ListIndirectPartnersResponse {
    count: u64,
    indirect_partners: Vec<IndirectPartnerInfo>,
}

#[derive(Serialize)]
struct IndirectPartnerInfo {
    indirect_partner_id: PartnerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_on: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_manager_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_manager_name: Option<String>,
}

impl From<(Partner, Contact)> for IndirectPartnerInfo {
    fn from((partner, contact): (Partner, Contact)) -> Self {
        Self {
            indirect_partner_id: partner.partner_id,
            mobile_phone: contact.telephone,
            email: contact.email,
            account_name: partner.account_name,
            name: partner.name,
            associated_on: partner.associated_on,
            account_manager_id: partner.account_manager_id,
            account_manager_name: partner.account_manager_name,
        }
    }
}
