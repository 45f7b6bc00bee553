//! Real-name authentication of enterprises: `/v2/customers/realname-auths/enterprise`.

mod change;
mod create;
mod fields;

billing::component! {
    POST CreateEnterpriseRealnameAuthentication => create::create,
    PUT ChangeEnterpriseRealnameAuthentication => change::change,
}
