//! Check whether a login name, a mobile number or an email address can be registered.
//!
//! `CheckUserIdentity`, `POST /v2/partners/sub-customers/users/check-identity`.

use billing::api::{Answer, Refusal};
use billing::component::Call;
use billing::domain::error::Reason;
use billing::domain::registration::{
    AccountName, CHINA, Identity, MOBILE_REGISTRATIONS_MAX, MobileNumber,
};
use serde::{Deserialize, Serialize};

const VALUE_CHARACTERS_MAX: usize = 64;

billing::component! { POST CheckUserIdentity => check }

async fn check(call: Call) -> Result<Answer, Refusal> {
    call.caller().partner()?;
    let CheckSubcustomerUserReq { search_type, search_value } = call.body()?;

    let identity = identity(search_type, &search_value)?;
    let used = call.read(async |books| books.customers_with(&identity).await).await?;

    let remaining = MOBILE_REGISTRATIONS_MAX.saturating_sub(used);
    Answer::ok(&match search_type {
        SearchType::Mobile => CheckUserIdentityResponse {
            check_result: CheckResult::of(remaining > 0),
            mobile_remain_available_num: Some(remaining),
        },
        SearchType::Email | SearchType::Name => CheckUserIdentityResponse {
            check_result: CheckResult::of(used == 0),
            mobile_remain_available_num: None,
        },
    })
}

/// What is to be checked, if it has the form of what it is said to be.
fn identity(search_type: SearchType, value: &str) -> Result<Identity, Refusal> {
    let fault = match search_type {
        _ if value.chars().count() > VALUE_CHARACTERS_MAX => "must have at most 64 characters",
        SearchType::Email if value.contains('@') => return Ok(Identity::email(value)),
        SearchType::Email => "must be an email address",
        SearchType::Mobile => match mobile(value) {
            Ok(number) => return Ok(Identity::from(&number)),
            Err(_) => "must be 0086- and a mobile number of eleven digits",
        },
        // Unlike a name that is to be registered, one that is checked begins with no underscore.
        SearchType::Name => match AccountName::parse(value) {
            Ok(name) if !value.starts_with('_') => return Ok(Identity::login_name(name.as_str())),
            Ok(_) | Err(_) => "must be a login name",
        },
    };
    Err(Refusal::parameter("search_value", fault))
}

fn mobile(value: &str) -> Result<MobileNumber, Reason> {
    match value.split_once('-') {
        Some((CHINA, number)) => MobileNumber::parse(number),
        Some(_) | None => Err(Reason::MobileMalformed),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckSubcustomerUserReq {
    search_type: SearchType,
    search_value: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SearchType {
    Email,
    Mobile,
    Name,
}

#[derive(Serialize)]
struct CheckUserIdentityResponse {
    check_result: CheckResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_remain_available_num: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum CheckResult {
    Available,
    UsedByUser,
}

impl CheckResult {
    fn of(is_available: bool) -> Self {
        if is_available { Self::Available } else { Self::UsedByUser }
    }
}
