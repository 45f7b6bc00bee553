//! Submit an enterprise's real-name authentication for review.
//!
//! `CreateEnterpriseRealnameAuthentication`, `POST /v2/customers/realname-auths/enterprise`.

use crate::fields::{ByCertificate, EnterprisePersonNew, Response};
use billing::api::{Answer, Object, Refusal};
use billing::component::Call;
use billing::domain::realname::{Application, Enterprise, EnterpriseCertificate, MANUAL_REVIEW};
use billing::operations::submit_realname;
use billing::security::vault::Private;
use billing::value::id::CustomerId;
use serde::Deserialize;

pub async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: ApplyEnterpriseRealnameAuthsReq = call.body()?;

    let (customer_id, enterprise) = request.into();
    let application = Application::enterprise(customer_id, enterprise)?;
    let random = call.random();
    call.update(async |books| {
        submit_realname::submit(books, caller, &application, &random).await?;
        Answer::ok(&Response { is_review: MANUAL_REVIEW })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyEnterpriseRealnameAuthsReq {
    customer_id: CustomerId,
    #[serde(rename = "identify_type")]
    _identify_type: ByCertificate,
    certificate_type: Option<EnterpriseCertificate>,
    verified_file_url: Vec<Private>,
    corp_name: Private,
    verified_number: Private,
    reg_country: Option<Private>,
    reg_address: Option<Private>,
    xaccount_type: String,
    enterprise_person: Option<Object<EnterprisePersonNew>>,
}

impl From<ApplyEnterpriseRealnameAuthsReq> for (CustomerId, Enterprise) {
    fn from(request: ApplyEnterpriseRealnameAuthsReq) -> Self {
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
