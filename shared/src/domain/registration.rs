//! How somebody becomes a customer: names and numbers that nobody else has, a password, and a code
//! that proves the mobile number.
//!
//! `CreateSubCustomer`, `CheckUserIdentity`, `SendVerificationMessageCode`.

mod code;
mod identity;
mod password;

pub use code::{
    CODE_DIGITS, CodeCheck, CodeOrder, FAILURES_MAX, Language, MINUTES_MAX, ReadableCode,
    ReceiverType, Scene, VerificationCode,
};
pub(crate) use code::{
    PARTNER_SENT_PER_DAY_MAX, PARTNER_SENT_PER_HOUR_MAX, SENT_PER_DAY_MAX, SENT_PER_HOUR_MAX,
};
pub use identity::{AccountName, CHINA, Identity, MobileNumber};
pub use password::PasswordHash;

/// How many customers of a tenant may have one mobile number.
pub const MOBILE_REGISTRATIONS_MAX: u64 = 1;
