//! What clients ask of the identity service, which is not among the published operations of BSS.

mod auth_domains;
