//! Create a member of the calling master.
//!
//! `CreateSubEnterpriseAccount`, `POST /v2/enterprises/multi-accounts/sub-customers`.

use billing::api::{Answer, Decision, Refusal, fields};
use billing::component::Call;
use billing::domain::enterprise::{FinanceMode, LegalEntity};
use billing::domain::error::Reason;
use billing::domain::partner::CallingCustomer;
use billing::domain::registration::{AccountName, CODE_DIGITS, PasswordHash, VerificationCode};
use billing::operations::create_customer::Registered;
use billing::operations::create_member::{
    self, MemberMobile, MemberRegistration, mobile_of_master,
};
use billing::value::id::{CustomerId, OrganizationId};
use serde::Deserialize;

/// Permissions of one request, and the characters of one.
const PERMISSIONS_MAX: usize = 50;
const PERMISSION_CHARACTERS_MAX: usize = 64;

const DISPLAY_NAME_CHARACTERS_MAX: usize = 64;
const PARTY_ID_CHARACTERS_MAX: usize = 20;
const NAME_CHARACTERS_MAX: usize = 32;
const MOBILE_CHARACTERS_MAX: usize = 20;
const PASSWORD_CHARACTERS_MAX: usize = 32;

pub async fn create(call: Call) -> Result<Answer, Refusal> {
    let caller = call.caller().customer()?;
    let request: CreateSubCustomerReqV2 = call.body()?;
    let checked = request.check()?;
    let mobile = match checked.mobile {
        Some(own) => own,
        None => MemberMobile::Masters(
            call.read(async |books| mobile_of_master(books, caller).await).await?,
        ),
    };
    let order = checked.rest.with(mobile, caller.clone(), &call)?;

    let decision = call
        .decide(async |books| {
            Ok(match create_member::create(books, &order).await? {
                Registered::Created => Decision::Answered(Answer::no_content()),
                Registered::CodeRefused(reason) => Decision::Unanswered(reason),
            })
        })
        .await?;

    decision.answer().map_err(|reason| of_member(reason).into())
}

/// The same refusal of a code, as this operation names it.
fn of_member(reason: Reason) -> Reason {
    match reason {
        Reason::CodeWrong | Reason::CodeFailedTooOften => Reason::MemberCodeWrong,
        Reason::CodeExpired => Reason::CardCodeExpired,
        other => other,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateSubCustomerReqV2 {
    party_id: String,
    display_name: Option<String>,
    sub_customer_association_type: LegalEntity,
    permission_ids: Option<Vec<String>>,
    new_sub_customer: NewCustomerV2,
    financial_custody: Option<FinanceMode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCustomerV2 {
    customer_name: String,
    mobile_phone: Option<String>,
    use_pri_mobile_phone: Option<String>,
    password: String,
    verification_code: Option<String>,
}

/// A request whose fields are in order.
struct Checked {
    /// A number of the member's own; without, it has the master's.
    mobile: Option<MemberMobile>,
    rest: Rest,
}

/// All but the mobile number.
struct Rest {
    account_name: AccountName,
    display_name: Option<String>,
    org_id: OrganizationId,
    permission_ids: Vec<String>,
    finance_mode: FinanceMode,
    password: String,
}

impl CreateSubCustomerReqV2 {
    /// Checks the fields: lengths first, then what they mean.
    fn check(self) -> Result<Checked, Refusal> {
        let org_id = fields::required("party_id", self.party_id, PARTY_ID_CHARACTERS_MAX)?;
        let display_name =
            fields::filled("display_name", self.display_name, DISPLAY_NAME_CHARACTERS_MAX)?;
        let permission_ids = self.permission_ids.unwrap_or_default();
        let is_long = |id: &String| id.chars().count() > PERMISSION_CHARACTERS_MAX;
        if permission_ids.len() > PERMISSIONS_MAX || permission_ids.iter().any(is_long) {
            let fault = "must have at most 50 items of at most 64 characters";
            return Err(Refusal::parameter("permission_ids", fault));
        }
        if self.sub_customer_association_type != LegalEntity::Same {
            return Err(Refusal::parameter("sub_customer_association_type", "must be 1"));
        }
        let new = self.new_sub_customer;
        let name = fields::required("customer_name", new.customer_name, NAME_CHARACTERS_MAX)?;
        let password = fields::required("password", new.password, PASSWORD_CHARACTERS_MAX)?;
        let has_masters = match new.use_pri_mobile_phone.as_deref() {
            None | Some("" | "N") => false,
            Some("Y") => true,
            Some(_) => return Err(Refusal::parameter("use_pri_mobile_phone", "must be Y or N")),
        };
        let mobile = if has_masters {
            None
        } else {
            Some(own_mobile(new.mobile_phone, new.verification_code)?)
        };
        let org_id: OrganizationId = org_id
            .parse()
            .map_err(|_| Refusal::parameter("party_id", "must be a part of the enterprise"))?;
        let rest = Rest {
            account_name: AccountName::parse(&name)?,
            display_name,
            org_id,
            permission_ids,
            finance_mode: self.financial_custody.unwrap_or(FinanceMode::Independent),
            password,
        };
        Ok(Checked { mobile, rest })
    }
}

impl Rest {
    fn with(
        self,
        mobile: MemberMobile,
        caller: CallingCustomer,
        call: &Call,
    ) -> Result<MemberRegistration, Refusal> {
        let Self { account_name, display_name, org_id, permission_ids, finance_mode, .. } = self;
        let salt = call.random();
        let password =
            PasswordHash::new(&self.password, &account_name, Some(mobile.number()), &salt)?;
        Ok(MemberRegistration {
            caller,
            customer_id: CustomerId::new(call.now().instant(), &call.random()),
            account_name,
            display_name,
            org_id,
            permission_ids,
            finance_mode,
            mobile,
            password,
        })
    }
}

/// A mobile number of the member's own, with its code.
fn own_mobile(number: Option<String>, code: Option<String>) -> Result<MemberMobile, Refusal> {
    let number = fields::filled("mobile_phone", number, MOBILE_CHARACTERS_MAX)?;
    let number = number.ok_or_else(|| Refusal::parameter("mobile_phone", "is required"))?;
    let number = fields::mobile_phone(&number)?;
    let code = fields::filled("verification_code", code, CODE_DIGITS)?;
    let code = code.ok_or_else(|| Refusal::parameter("verification_code", "is required"))?;
    Ok(MemberMobile::Own(number, VerificationCode::claimed(&code)))
}
