//! The second factor of a partner: codes that are sent, that operations use up, and by which it is
//! switched off and on; and those that a sign-in at the console uses up.

use super::send_code::{CODE, Codes, MINUTES, WRONG_CODE};
use super::{Call, ClientBooks, Model, OPEN, Operations, distributor, operations};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::registration::{CodeCheck, CodeOrder, MobileNumber, Scene, VerificationCode};
use crate::operations::adjust_money::{AdjustReseller, ResellerAdjustment, allocate_to_reseller};
use crate::operations::second_factor::{
    CodeUse, IS_ON, check_code, check_sign_in_code, code_for, second_factor, switch_off, switch_on,
};
use crate::simulation::world::Rules;

/// The number of the distributor, which nobody else has.
const MOBILE: &str = "13700000000";

/// What the distributor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// A code.
    Send,
    /// A code for a sign-in at the console.
    SendForSignIn,
    /// To sign in, with this code.
    SignIn(&'static str),
    /// To allocate 1 to its reseller, with this code.
    Allocate(&'static str),
    /// To have no second factor, with this code.
    Off(&'static str),
    /// To have one again.
    On,
}

impl Guarded {
    pub const ALLOCATE: Self = Self::Allocate(CODE);
    pub const GUESS: Self = Self::Allocate(WRONG_CODE);
    pub const OFF: Self = Self::Off(CODE);
    pub const SIGN_IN: Self = Self::SignIn(CODE);
    pub const GUESS_AT_SIGN_IN: Self = Self::SignIn(WRONG_CODE);
}

/// The second factor of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    is_on: bool,
    pub codes: Codes,
}

impl Factor {
    /// As [`prepare`] leaves it.
    pub fn at_first() -> Self {
        Self { is_on: true, codes: Codes::at_first(&[Scene::SecondFactor, Scene::SignIn]) }
    }
}

fn mobile() -> MobileNumber {
    MobileNumber::parse(MOBILE).expect("a number")
}

/// Switches the second factor on, and sends a code of each kind.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    for deed in [Guarded::Send, Guarded::On, Guarded::Send, Guarded::SendForSignIn] {
        perform(books, deed).await?;
    }
    Ok(())
}

pub async fn perform(books: &mut ClientBooks<'_, '_>, deed: Guarded) -> Result<u64, Reason> {
    let partner = distributor().partner_id;
    let check = match deed {
        Guarded::Send => {
            let is_on = second_factor(books, &partner).await?.is_some();
            let named = (!is_on).then(mobile);
            send(books, CodeUse::Operation(named.as_ref())).await?;
            return Ok(OPEN);
        }
        Guarded::SendForSignIn => {
            send(books, CodeUse::SignIn).await?;
            return Ok(OPEN);
        }
        Guarded::SignIn(code) => {
            check_sign_in_code(books, &partner, &VerificationCode::claimed(code)).await?
        }
        Guarded::Allocate(code) => {
            let code = VerificationCode::claimed(code);
            let check = check_code(books, &partner, Some(&code)).await?;
            if check == CodeCheck::Right {
                allocate(books).await?;
            }
            check
        }
        Guarded::Off(code) => switch_off(books, &partner, &VerificationCode::claimed(code)).await?,
        Guarded::On => {
            switch_on(books, &partner, &mobile(), &VerificationCode::claimed(CODE)).await?
        }
    };
    told(check)
}

/// A code, wherever it belongs now.
async fn send(books: &mut ClientBooks<'_, '_>, wanted_for: CodeUse<'_>) -> Result<(), Reason> {
    let partner = distributor().partner_id;
    let (mobile, scene) = code_for(books, &partner, wanted_for).await?;
    let code = VerificationCode::claimed(CODE);
    let order = CodeOrder { mobile, scene, code, minutes: Some(MINUTES), kept_sealed: false };
    books.count_code_of(&partner).await?;
    books.issue_code(&order).await?;
    Ok(())
}

async fn allocate(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    let adjustment = ResellerAdjustment {
        indirect_partner_id: "R".parse().expect("id"),
        amount: "1".parse().expect("money"),
    };
    let order = AdjustReseller::check(distributor(), adjustment)?;
    allocate_to_reseller(books, &order).await.map(|_| ())
}

/// 1, or by how much it is more than [`OPEN`] how the code was refused.
fn told(check: CodeCheck) -> Result<u64, Reason> {
    match check {
        CodeCheck::Right => Ok(1),
        CodeCheck::Refused(Reason::CodeWrong) => Ok(OPEN + 1),
        CodeCheck::Refused(Reason::CodeExpired) => Ok(OPEN + 2),
        CodeCheck::Refused(Reason::CodeFailedTooOften) => Ok(OPEN + 3),
        CodeCheck::Refused(reason) => Err(reason),
    }
}

pub fn model(model: &mut Model, deed: Guarded) -> Result<u64, Reason> {
    let now = model.now;
    let factor = &mut model.factor;
    match deed {
        Guarded::Send => {
            let scene = if factor.is_on { Scene::SecondFactor } else { Scene::SecondFactorNumber };
            model.send_factor(scene);
            return Ok(OPEN);
        }
        Guarded::SendForSignIn if !factor.is_on => {
            return Err(Reason::field("mobile_phone", "is not kept: the second factor is off"));
        }
        Guarded::SendForSignIn => {
            model.send_factor(Scene::SignIn);
            return Ok(OPEN);
        }
        Guarded::SignIn(code) => {
            if factor.is_on
                && let Some(refused) = factor.codes.use_code(Scene::SignIn, code, now)
            {
                return Ok(OPEN + refused);
            }
        }
        Guarded::On if factor.is_on => return Err(Reason::field("status", IS_ON)),
        Guarded::On => {
            if let Some(refused) = factor.codes.use_code(Scene::SecondFactorNumber, CODE, now) {
                return Ok(OPEN + refused);
            }
            factor.is_on = true;
        }
        Guarded::Off(code) | Guarded::Allocate(code) => {
            if factor.is_on
                && let Some(refused) = factor.codes.use_code(Scene::SecondFactor, code, now)
            {
                return Ok(OPEN + refused);
            }
            if deed == Guarded::Off(code) {
                factor.is_on = false;
            } else {
                *model.account("BD") -= 1;
                *model.account("BR") += 1;
            }
        }
    }
    Ok(1)
}

/// Whether the books have the second factor that the model has.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    let kept = second_factor(books, &distributor().partner_id).await?;
    Ok(kept.is_some() == model.factor.is_on)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [allocate, guess, off] = [Guarded::ALLOCATE, Guarded::GUESS, Guarded::OFF].map(Call::Guard);
    let [send, on] = [Guarded::Send, Guarded::On].map(Call::Guard);
    let [enter, guess_at_it, send_again] =
        [Guarded::SIGN_IN, Guarded::GUESS_AT_SIGN_IN, Guarded::SendForSignIn].map(Call::Guard);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("one code for two allocations", &[&[allocate], &[allocate]]),
        scenario("an allocation, and the second factor off", &[&[allocate], &[off]]),
        scenario("guesses and an allocation", &[&[guess, guess, guess], &[allocate]]).faultless(),
        scenario("a second factor off and on", &[&[off, send, on], &[guess]]).faultless(),
        scenario("one code for two sign-ins", &[&[enter], &[enter]]),
        scenario("a sign-in, and the second factor off", &[&[enter], &[off]]),
        scenario(
            "guesses, another code and a sign-in",
            &[&[guess_at_it, guess_at_it, guess_at_it], &[send_again, enter]],
        )
        .faultless(),
    ]
}
