//! A distributor's resellers.

mod list_indirect_partners;
mod reclaim_indirect_partner_account;
mod update_indirect_partner_account;
