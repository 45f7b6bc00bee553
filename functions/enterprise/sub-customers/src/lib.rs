//! The operations of `/v2/enterprises/multi-accounts/sub-customers`.

mod list;

billing::component! { GET ListEnterpriseSubCustomers => list::list }
