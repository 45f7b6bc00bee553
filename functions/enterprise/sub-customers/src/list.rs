//! List the members of the calling master.
//!
//! `ListEnterpriseSubCustomers`, `GET /v2/enterprises/multi-accounts/sub-customers`.

use billing::api::{Answer, PageRule, Query, Refusal, Text};
use billing::component::Call;
use billing::domain::enterprise::{Member, MemberFilter, MemberStatus, NameMatching};
use billing::operations::enterprise::{ListedMember, list_members};
use billing::value::id::{CustomerId, OrganizationId};
use billing::value::page::Slice;
use serde::Serialize;

const PAGES: PageRule = PageRule { limits: 0..=100, ..PageRule::USUAL };

pub async fn list(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let (filter, slice) = call.query(read)?;

    let members =
        call.read(async |books| list_members(books, caller, &filter, slice).await).await?;

    Answer::ok(&ListEnterpriseSubCustomersResponse {
        total_count: members.total_count,
        sub_customer_infos: members.items.into_iter().map(SubCustomerInfoV2::from).collect(),
    })
}

fn read(query: &mut Query) -> Result<(MemberFilter, Slice), Refusal> {
    let filter = MemberFilter {
        account_name: query.text("sub_customer_account_name", Text::ANY)?,
        display_name: query.text("sub_customer_display_name", Text::ANY)?,
        org_id: query.text("org_id", Text::ID)?,
        matching: query.number_choice("fuzzy_query", matching)?.unwrap_or_default(),
    };
    Ok((filter, query.slice_by(&PAGES)?))
}

fn matching(code: i64) -> Option<NameMatching> {
    match code {
        0 => Some(NameMatching::Exact),
        1 => Some(NameMatching::Infix),
        _ => None,
    }
}

#[derive(Serialize)]
struct ListEnterpriseSubCustomersResponse {
    total_count: u64,
    sub_customer_infos: Vec<SubCustomerInfoV2>,
}

#[derive(Serialize)]
struct SubCustomerInfoV2 {
    id: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    status: MemberStatus,
    org_id: OrganizationId,
    /// A root may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    org_name: Option<String>,
}

impl From<ListedMember> for SubCustomerInfoV2 {
    fn from(listed: ListedMember) -> Self {
        let ListedMember { seen, org_name } = listed;
        let Member { customer_id, display_name, status, org_id, .. } = seen.member;
        Self { id: customer_id, name: seen.account_name, display_name, status, org_id, org_name }
    }
}
