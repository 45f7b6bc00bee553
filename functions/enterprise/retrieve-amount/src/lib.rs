//! The operations of `/v2/enterprises/multi-accounts/retrieve-amount`.

mod list;
mod reclaim;

billing::component! { GET ListEnterpriseMultiAccount => list::list, POST ReclaimSubEnterpriseAmount => reclaim::reclaim }
