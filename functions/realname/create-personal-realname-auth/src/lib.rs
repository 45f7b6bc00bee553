//! Submit a person's real-name authentication for review.
//!
//! `CreatePersonalRealnameAuth`, `POST /v2/customers/realname-auths/individual`.

use billing::api::{Answer, Decision, Object, Refusal};
use billing::component::Call;
use billing::domain::realname::{
    Application, BankCard, CertificateType, IdentifyType, Individual, MANUAL_REVIEW,
};
use billing::operations::submit_realname::{self, Submitted};
use billing::security::vault::Private;
use billing::value::id::CustomerId;
use serde::{Deserialize, Serialize};

billing::component! { POST CreatePersonalRealnameAuth => create }

async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: ApplyIndividualRealnameAuthsReq = call.body()?;

    let application = request.application()?;
    let random = call.random();
    let decision = call
        .decide(async |books| {
            Ok(match submit_realname::submit(books, caller, &application, &random).await? {
                Submitted::UnderReview(_) => Decision::Answered(Answer::ok(&UNDER_REVIEW)?),
                Submitted::CodeRefused(reason) => Decision::Unanswered(reason),
            })
        })
        .await?;

    decision.answer().map_err(Refusal::from)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyIndividualRealnameAuthsReq {
    customer_id: CustomerId,
    identify_type: IdentifyType,
    verified_type: Option<CertificateType>,
    verified_file_url: Vec<Private>,
    name: Private,
    verified_number: Private,
    change_type: Option<i64>,
    xaccount_type: String,
    bank_card_info: Option<Object<BankCardInfoV2>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BankCardInfoV2 {
    bank_account: Private,
    areacode: Private,
    mobile: Private,
    verification_code: Private,
}

/// The only change there is: none yet, it is the first authentication.
const FIRST_AUTHENTICATION: i64 = -1;

impl ApplyIndividualRealnameAuthsReq {
    fn application(self) -> Result<Application, Refusal> {
        if self.change_type.is_some_and(|change| change != FIRST_AUTHENTICATION) {
            return Err(Refusal::parameter("change_type", "must be -1"));
        }
        let individual = Individual {
            identify_type: self.identify_type,
            verified_type: self.verified_type,
            verified_file_url: self.verified_file_url,
            name: self.name,
            verified_number: self.verified_number,
            xaccount_type: self.xaccount_type,
            bank_card_info: self.bank_card_info.map(|Object(card)| BankCard {
                bank_account: card.bank_account,
                areacode: card.areacode,
                mobile: card.mobile,
                verification_code: card.verification_code,
            }),
        };
        Ok(Application::individual(self.customer_id, individual)?)
    }
}

#[derive(Serialize)]
struct CreatePersonalRealnameAuthResponse {
    is_review: u8,
}

const UNDER_REVIEW: CreatePersonalRealnameAuthResponse =
    CreatePersonalRealnameAuthResponse { is_review: MANUAL_REVIEW };
