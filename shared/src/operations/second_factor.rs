//! A partner's second factor: switching it on and off, and the codes that it asks for. Each code
//! counts once, for the partner whose number it was sent to and for what it was sent for.

use crate::books::{Books, BooksMut};
use crate::domain::error::Reason;
use crate::domain::registration::{CodeCheck, MobileNumber, Scene, VerificationCode};
use crate::domain::second_factor::{SecondFactor, VERIFICATION_CODE};
use crate::security::vault::Subject;
use crate::value::id::PartnerId;

/// Why a second factor is not switched on twice.
pub(crate) const IS_ON: &str = "is on: switch it off before it gets another number";

/// What a partner wants a code for. No code counts for anything else: one that was asked for to look
/// at the console moves no money, and one that was asked for to move money lets nobody in.
#[derive(Clone, Copy, Debug)]
pub enum CodeUse<'n> {
    /// A dangerous operation, or to switch its second factor: while that is off, on for this number.
    Operation(Option<&'n MobileNumber>),
    /// To sign in at the console.
    SignIn,
}

/// The second factor of a partner, if it has switched one on.
///
/// # Errors
/// [`Reason::Secret`] when it cannot be opened; store failures.
pub async fn second_factor(
    books: &Books<'_>,
    partner: &PartnerId,
) -> Result<Option<SecondFactor>, Reason> {
    books.personal(Subject::SecondFactor(partner)).await
}

/// Where a code for a partner goes, and what it is for: to the number that it names while it has no
/// second factor, which the code then proves, and to the number of its second factor otherwise.
///
/// # Errors
/// [`Reason::Field`] for a number that is missing, or given where another one is kept, or for a
/// sign-in that needs no code; as of [`second_factor`].
pub async fn code_for(
    books: &Books<'_>,
    partner: &PartnerId,
    wanted_for: CodeUse<'_>,
) -> Result<(MobileNumber, Scene), Reason> {
    let refused = |problem| Err(Reason::field("mobile_phone", problem));
    match (second_factor(books, partner).await?, wanted_for) {
        (None, CodeUse::Operation(Some(named))) => Ok((named.clone(), Scene::SecondFactorNumber)),
        (Some(factor), CodeUse::Operation(None)) => Ok((factor.mobile()?, Scene::SecondFactor)),
        (Some(factor), CodeUse::SignIn) => Ok((factor.mobile()?, Scene::SignIn)),
        (None, CodeUse::Operation(None)) => refused("is required"),
        (None, CodeUse::SignIn) => refused("is not kept: the second factor is off"),
        (Some(_), CodeUse::Operation(Some(_))) => {
            refused("must not be given: codes go to the number kept")
        }
    }
}

/// Checks the code that comes with an operation of a partner, and uses it up. A partner without a
/// second factor needs none.
///
/// # Errors
/// [`Reason::Field`] without a code where one is asked for; as of [`second_factor`]. A code that is
/// not right is no error: what was counted against it must be committed.
pub async fn check_code(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    claimed: Option<&VerificationCode>,
) -> Result<CodeCheck, Reason> {
    let Some(factor) = second_factor(books, partner).await? else {
        return Ok(CodeCheck::Right);
    };
    let claimed = claimed.ok_or_else(|| Reason::field(VERIFICATION_CODE, "is required"))?;
    books.use_code(&factor.mobile()?, Scene::SecondFactor, claimed).await
}

/// Checks the code by which a partner signs in at the console, and uses it up. A partner without a
/// second factor needs none.
///
/// # Errors
/// As of [`second_factor`]. A code that is not right is no error, as in [`check_code`].
pub async fn check_sign_in_code(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    claimed: &VerificationCode,
) -> Result<CodeCheck, Reason> {
    match second_factor(books, partner).await? {
        Some(factor) => books.use_code(&factor.mobile()?, Scene::SignIn, claimed).await,
        None => Ok(CodeCheck::Right),
    }
}

/// Switches a second factor on, once a code proves that its number is the partner's.
///
/// # Errors
/// [`Reason::Field`] for a partner that has one; as of [`check_code`].
pub async fn switch_on(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    mobile: &MobileNumber,
    claimed: &VerificationCode,
) -> Result<CodeCheck, Reason> {
    if second_factor(books, partner).await?.is_some() {
        return Err(Reason::field("status", IS_ON));
    }
    let check = books.use_code(mobile, Scene::SecondFactorNumber, claimed).await?;
    if check == CodeCheck::Right {
        let factor = SecondFactor::new(mobile, books.now());
        books.add_personal(Subject::SecondFactor(partner), &factor)?;
    }
    Ok(check)
}

/// Switches a second factor off, which asks for a code as well. One that is off stays so.
///
/// # Errors
/// As of [`check_code`].
pub async fn switch_off(
    books: &mut BooksMut<'_, '_>,
    partner: &PartnerId,
    claimed: &VerificationCode,
) -> Result<CodeCheck, Reason> {
    let check = check_code(books, partner, Some(claimed)).await?;
    if check == CodeCheck::Right {
        books.forget_personal(Subject::SecondFactor(partner)).await?;
    }
    Ok(check)
}

/// Switches a partner's second factor off without a code, as its operator does for one that has lost
/// its number. True if it was on.
///
/// # Errors
/// [`Reason::UnknownReference`] without such a partner; store failures.
pub async fn take_off(books: &mut BooksMut<'_, '_>, partner: &PartnerId) -> Result<bool, Reason> {
    if books.partner(partner).await?.is_none() {
        return Err(Reason::UnknownReference { kind: "partner", id: partner.to_string() });
    }
    books.forget_personal(Subject::SecondFactor(partner)).await
}
