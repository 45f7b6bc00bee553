//! The operations of `/v2/enterprises/multi-accounts/transfer-amount`.

mod show;
mod update;

billing::component! { GET ShowMultiAccountTransferAmount => show::show, POST UpdateSubEnterpriseAmount => update::update }
