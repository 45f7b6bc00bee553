//! The codes that dangerous operations of the partner centre and of the console ask for, and the
//! sign-in at the console, where their partner has switched a second factor on. The API itself asks
//! for none.

use super::body::{Members, TakenOut};
use super::call::{Call, Decision};
use super::caller::Door;
use super::code_delivery::CodeMessage;
use super::message::Answer;
use super::operation::Operation;
use super::refusal::Refusal;
use crate::books::BooksMut;
use crate::domain::error::Reason;
use crate::domain::partner::Principal;
use crate::domain::registration::{CodeCheck, CodeOrder, Language, MobileNumber, VerificationCode};
use crate::domain::second_factor::SecondFactor;
use crate::operations::second_factor::{
    CodeUse, check_code, check_sign_in_code, code_for, second_factor, switch_off, switch_on,
};

pub(crate) use crate::domain::second_factor::VERIFICATION_CODE;

/// Writes that move value between a partner and those below it, or end what they agreed on.
const DANGEROUS: [&str; 8] = [
    "ReclaimCouponQuotas",
    "ReclaimIndirectPartnerAccount",
    "ReclaimPartnerCoupons",
    "ReclaimToPartnerAccount",
    "UpdateCouponQuotas",
    "UpdateCustomerAccountAmount",
    "UpdateIndirectPartnerAccount",
    "partner-centre-associations",
];

/// Coupons are issued and reclaimed at one path: only what takes them back is dangerous.
const RECLAIM_OF_COUPONS: Operation =
    Operation { method: "PUT", name: "partner-centre-issued-coupons" };

fn is_dangerous(operation: &Operation) -> bool {
    let is_write = operation.method != "GET" && DANGEROUS.contains(&operation.name);
    is_write || *operation == RECLAIM_OF_COUPONS
}

/// Whether a call asks for a second factor, and the code that came with it.
#[derive(Debug)]
pub(crate) enum AskedFactor {
    No,
    Yes(Option<VerificationCode>),
}

impl AskedFactor {
    /// Of a request, and its body without the code.
    ///
    /// # Errors
    /// [`Refusal::Parameter`] for a code that is no text, or given twice.
    pub(crate) fn of_request(
        operation: &Operation,
        door: Door,
        body: Vec<u8>,
    ) -> Result<(Self, Vec<u8>), Refusal> {
        if door != Door::PartnerCentre || !is_dangerous(operation) {
            return Ok((Self::No, body));
        }
        // What is no object is refused by whoever reads it.
        let Some(members) = Members::read(&body) else {
            return Ok((Self::Yes(None), body));
        };
        let Some(TakenOut { text, rest }) = members.without(VERIFICATION_CODE)? else {
            return Ok((Self::Yes(None), body));
        };
        let code = text.map(|code| VerificationCode::claimed(&code));
        Ok((Self::Yes(code), rest))
    }

    /// Of a form of the console.
    pub(crate) fn of_form(operation: &Operation, code: Option<String>) -> Self {
        if !is_dangerous(operation) {
            return Self::No;
        }
        Self::Yes(code.map(|code| VerificationCode::claimed(code.trim())))
    }
}

impl Call {
    /// Checks the code of a call that asks for one. Customers have no second factor.
    pub(super) async fn check_factor(
        &self,
        books: &mut BooksMut<'_, '_>,
    ) -> Result<CodeCheck, Reason> {
        match (&self.factor, &self.caller().principal) {
            (AskedFactor::Yes(claimed), Principal::Partner(caller)) => {
                check_code(books, &caller.partner_id, claimed.as_ref()).await
            }
            (AskedFactor::No, _) | (_, Principal::Customer(_)) => Ok(CodeCheck::Right),
        }
    }

    /// Switches the second factor of the calling partner on, with this number, or off, if the code is
    /// right. `answer` is asked with what it is afterwards.
    ///
    /// # Errors
    /// As of [`decide`](Self::decide), [`switch_on`] and [`switch_off`]; how a code is refused.
    pub async fn switch_factor(
        &self,
        on: Option<&MobileNumber>,
        code: &VerificationCode,
        answer: impl Fn(Option<SecondFactor>) -> Result<Answer, Refusal>,
    ) -> Result<Answer, Refusal> {
        let partner = &self.caller().partner()?.partner_id;
        let decision = self
            .decide(async |books| {
                let check = match on {
                    Some(mobile) => switch_on(books, partner, mobile, code).await?,
                    None => switch_off(books, partner, code).await?,
                };
                if let CodeCheck::Refused(reason) = check {
                    return Ok(Decision::Unanswered(reason));
                }
                Ok(Decision::Answered(answer(second_factor(books, partner).await?)?))
            })
            .await?;
        decision.answer().map_err(Refusal::from)
    }

    /// Sends the calling partner a code: to the number that it names before its second factor is
    /// on, and to the number of that afterwards.
    ///
    /// # Errors
    /// [`Reason::CallerNotPermitted`] for a customer, [`Reason::Field`] for the number; as of
    /// [`send_code`](Self::send_code).
    pub async fn send_factor_code(&self, named: Option<&MobileNumber>) -> Result<Answer, Refusal> {
        self.send_code_for(CodeUse::Operation(named)).await
    }

    /// Sends the calling partner the code that its sign-in asks for.
    ///
    /// # Errors
    /// [`Reason::Field`] while it has no second factor; as of
    /// [`send_factor_code`](Self::send_factor_code).
    pub(crate) async fn send_sign_in_code(&self) -> Result<Answer, Refusal> {
        self.send_code_for(CodeUse::SignIn).await
    }

    /// Uses up the code that the sign-in of the calling partner asks for.
    ///
    /// # Errors
    /// How the code is refused; as of [`decide`](Self::decide).
    pub(crate) async fn use_sign_in_code(&self, code: &VerificationCode) -> Result<(), Refusal> {
        let partner = &self.caller().of_console()?.partner_id;
        let decision = self
            .decide(async |books| {
                Ok(Decision::Unanswered(check_sign_in_code(books, partner, code).await?))
            })
            .await?;
        match decision {
            Decision::Unanswered(CodeCheck::Right) => Ok(()),
            Decision::Unanswered(CodeCheck::Refused(reason)) => Err(reason.into()),
            // A repeat of another request must not let anybody in.
            Decision::Answered(_) => {
                Err(Refusal::Internal("a sign-in has no client token".to_owned()))
            }
        }
    }

    async fn send_code_for(&self, wanted_for: CodeUse<'_>) -> Result<Answer, Refusal> {
        let partner = &self.caller().of_console()?.partner_id;
        let lang = self.language()?.choose(Language::Chinese, Language::English);

        let (mobile, scene) =
            self.read(async |books| code_for(books, partner, wanted_for).await).await?;
        let code = VerificationCode::generated(&self.random());
        let order = CodeOrder { mobile, scene, code, minutes: None, kept_sealed: false };
        let expected = (order.mobile.clone(), scene);
        let message = CodeMessage {
            lang,
            customer_id: None,
            sub_customer_name: None,
            partner_id: Some(partner),
        };
        self.send_code(order, message, async |books| {
            if code_for(books, partner, wanted_for).await? == expected {
                Ok(())
            } else {
                // Another request has switched it off and on since.
                Err(Reason::field("mobile_phone", "is another one now, ask again"))
            }
        })
        .await
    }
}
