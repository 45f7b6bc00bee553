//! Submit a customer's change from a person to an enterprise for review.
//!
//! `ChangeEnterpriseRealnameAuthentication`, `PUT /v2/customers/realname-auths/enterprise`.

use crate::fields::{ByCertificate, EnterprisePersonNew, Response};
use billing::api::{Answer, Object, Refusal};
use billing::component::Call;
use billing::domain::realname::{Application, Enterprise, EnterpriseCertificate, MANUAL_REVIEW};
use billing::operations::submit_realname;
use billing::security::vault::Private;
use billing::value::id::CustomerId;
use serde::Deserialize;

pub async fn change(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: ChangeEnterpriseRealnameAuthsReq = call.body()?;

    let (customer_id, enterprise) = request.into();
    let application = Application::change(customer_id, enterprise)?;
    let random = call.random();
    call.update(async |books| {
        submit_realname::submit(books, caller, &application, &random).await?;
        Answer::ok(&Response { is_review: MANUAL_REVIEW })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeEnterpriseRealnameAuthsReq {
    customer_id: CustomerId,
    #[serde(rename = "identify_type")]
    _identify_type: ByCertificate,
    certificate_type: Option<EnterpriseCertificate>,
    verified_file_url: Vec<Private>,
    corp_name: Private,
    verified_number: Private,
    reg_country: Option<Private>,
    reg_address: Option<Private>,
    #[serde(rename = "change_type")]
    _change_type: ToEnterprise,
    xaccount_type: String,
    enterprise_person: Option<Object<EnterprisePersonNew>>,
}

/// The only change there is: from a person to an enterprise.
#[derive(Deserialize)]
#[serde(try_from = "i64")]
struct ToEnterprise;

impl TryFrom<i64> for ToEnterprise {
    type Error = &'static str;

    fn try_from(change_type: i64) -> Result<Self, Self::Error> {
        if change_type == 1 { Ok(Self) } else { Err("must be 1") }
    }
}

impl From<ChangeEnterpriseRealnameAuthsReq> for (CustomerId, Enterprise) {
    fn from(request: ChangeEnterpriseRealnameAuthsReq) -> Self {
        let enterprise = Enterprise {
            certificate_type: request.certificate_type,
            verified_file_url: request.verified_file_url,
            corp_name: request.corp_name,
            verified_number: request.verified_number,
            reg_country: request.reg_country,
            reg_address: request.reg_address,
            xaccount_type: request.xaccount_type,
            enterprise_person: request.enterprise_person.map(|Object(person)| person.into()),
        };
        (request.customer_id, enterprise)
    }
}
