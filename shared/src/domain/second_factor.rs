//! The second factor of a partner: a mobile number whose codes dangerous operations ask for.

use crate::domain::error::Reason;
use crate::domain::registration::MobileNumber;
use crate::security::vault::Private;
use crate::value::code::codes;
use crate::value::time::Timestamp;
use minicbor::{Decode, Encode};

/// The field with a code in it, as the wire names it.
pub const VERIFICATION_CODE: &str = "verification_code";

/// Digits of a number that are shown at its beginning and at its end.
const SHOWN_DIGITS: (usize, usize) = (3, 4);

codes! {
    /// Whether a partner has a second factor.
    FactorStatus: text {
        /// It has one.
        On = "on",
        /// It has none.
        Off = "off",
    }
}

/// A second factor that is switched on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SecondFactor {
    #[n(0)]
    mobile: Private,
    /// When it was switched on.
    #[n(1)]
    pub since: Timestamp,
}

impl SecondFactor {
    /// One that is switched on now.
    pub fn new(mobile: &MobileNumber, since: Timestamp) -> Self {
        Self { mobile: Private::from(mobile.as_str()), since }
    }

    /// Where its codes go.
    ///
    /// # Errors
    /// [`Reason::Corrupt`].
    pub fn mobile(&self) -> Result<MobileNumber, Reason> {
        let corrupt = |_| Reason::Corrupt("the number of a second factor".to_owned());
        MobileNumber::parse(self.mobile.expose()).map_err(corrupt)
    }

    /// The number as its owner knows it again, and nobody else.
    pub fn masked_mobile(&self) -> String {
        let number = self.mobile.expose();
        let (begin, end) = SHOWN_DIGITS;
        let hidden = begin..number.len().saturating_sub(end);
        let masked = |(place, digit)| if hidden.contains(&place) { '*' } else { digit };
        number.chars().enumerate().map(masked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_ends_of_its_number_alone() {
        let mobile = MobileNumber::parse("13812345678").expect("a number");
        let factor = SecondFactor::new(&mobile, "2026-06-01T00:00:00Z".parse().expect("a time"));
        assert_eq!(factor.masked_mobile(), "138****5678");
        assert_eq!(factor.mobile(), Ok(mobile));
        assert!(!format!("{factor:?}").contains("1234"), "{factor:?}");
    }
}
