//! Create a customer of the partner, or of one of its resellers.
//!
//! `CreateSubCustomer`, `POST /v2/partners/sub-customers`.

use billing::api::{Answer, Decision, Refusal, fields};
use billing::component::Call;
use billing::domain::partner::{AssociationType, CallingPartner};
use billing::domain::registration::{
    AccountName, CODE_DIGITS, MobileNumber, PasswordHash, VerificationCode,
};
use billing::operations::create_customer::{self, Registered, Registration};
use billing::value::id::{CustomerId, PartnerId};
use billing::value::text;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The only value of `cooperation_type` that means something; the contract says no more of it than
/// its length.
const REFERRAL: &str = "1";

billing::component! { POST CreateSubCustomer => create }

async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().partner()?;
    let request: CreateCustomerV2Req = call.body()?;
    let registration = request.check(caller.clone(), &call)?;
    let created = CreateSubCustomerResponse {
        domain_id: registration.customer_id.clone(),
        domain_name: registration.account_name.as_str().to_owned(),
    };
    let decision = call
        .decide(async |books| {
            Ok(match create_customer::create(books, &registration).await? {
                Registered::Created => Decision::Answered(Answer::ok(&created)?),
                Registered::CodeRefused(reason) => Decision::Unanswered(reason),
            })
        })
        .await
        .map_err(|refusal| refusal.of_creation(&created.domain_id, &created.domain_name))?;

    decision.answer().map_err(Refusal::from)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateCustomerV2Req {
    domain_name: Option<String>,
    mobile_phone: Option<String>,
    verification_code: Option<String>,
    xaccount_id: String,
    xaccount_type: String,
    password: Option<String>,
    is_close_market_ms: Option<String>,
    cooperation_type: Option<String>,
    #[serde(default, deserialize_with = "text::optional")]
    indirect_partner_id: Option<PartnerId>,
    /// Has no effect: here the association is part of the creation, and there is nothing to say
    /// about it that the answer does not say.
    #[serde(default, rename = "include_association_result")]
    _include_association_result: Flag,
}

impl CreateCustomerV2Req {
    /// Checks the fields: lengths first, then what they mean.
    fn check(self, caller: CallingPartner, call: &Call) -> Result<Registration, Refusal> {
        let domain_name = fields::filled("domain_name", self.domain_name, 32)?;
        let mobile_phone = fields::filled("mobile_phone", self.mobile_phone, 32)?;
        let xaccount_id = fields::required("xaccount_id", self.xaccount_id, 128)?;
        let xaccount_type = fields::required("xaccount_type", self.xaccount_type, 64)?;
        let password = self.password.map(|password| fields::required("password", password, 32));
        let password = password.transpose()?;
        let marketing_off = marketing_off(self.is_close_market_ms)?;
        let cooperation_type = fields::filled("cooperation_type", self.cooperation_type, 1)?;
        let code = self.verification_code.map(verification_code).transpose()?;

        let account_name = match domain_name {
            Some(name) => AccountName::parse(&name)?,
            None => AccountName::generated(&call.random()),
        };
        let mobile = mobile_phone.map(|number| MobileNumber::parse(&number)).transpose()?;
        // A customer without a password has none to log in with: nobody would be told one that was
        // made up here.
        let password = password
            .map(|text| PasswordHash::new(&text, &account_name, mobile.as_ref(), &call.random()))
            .transpose()?;
        let mobile = match (mobile, code) {
            (Some(_), None) => {
                let fault = "is required with a mobile_phone";
                return Err(Refusal::parameter("verification_code", fault));
            }
            (mobile, code) => mobile.zip(code),
        };
        Ok(Registration {
            caller,
            customer_id: CustomerId::new(call.now().instant(), &call.random()),
            account_name,
            mobile,
            xaccount_type,
            xaccount_id,
            password,
            marketing_off,
            association_type: match cooperation_type.as_deref() {
                Some(REFERRAL) => AssociationType::Referral,
                Some(_) | None => AssociationType::Resale,
            },
            indirect_partner_id: self.indirect_partner_id,
        })
    }
}

fn verification_code(text: String) -> Result<VerificationCode, Refusal> {
    if text.chars().count() == CODE_DIGITS {
        return Ok(VerificationCode::claimed(&text));
    }
    Err(Refusal::parameter("verification_code", "must have 6 characters"))
}

fn marketing_off(value: Option<String>) -> Result<bool, Refusal> {
    match fields::filled("is_close_market_ms", value, 10)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refusal::Value("is_close_market_ms: must be true or false".to_owned())),
    }
}

/// A boolean, for which an empty text is none.
#[derive(Default)]
struct Flag;

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Flag, E> {
        Ok(Flag)
    }

    fn visit_unit<E: Error>(self) -> Result<Flag, E> {
        Ok(Flag)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
        if text.is_empty() { Ok(Flag) } else { Err(E::invalid_type(Unexpected::Str(text), &self)) }
    }
}

#[derive(Serialize)]
struct CreateSubCustomerResponse {
    domain_id: CustomerId,
    domain_name: String,
}
