//! The operations of `/v2/enterprises/multi-accounts/sub-customers`.

mod create;
mod list;

billing::component! { GET ListEnterpriseSubCustomers => list::list, POST CreateSubEnterpriseAccount => create::create }
