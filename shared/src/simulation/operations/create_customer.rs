//! `CreateSubCustomer`: who is told apart from all others, and a code that counts once.

use super::send_code::{CODE, MOBILE, WRONG_CODE, mobile};
use super::{Call, ClientBooks, Model, OPEN, Operations, distributor, operations};
use crate::books::Books;
use crate::domain::error::Reason;
use crate::domain::partner::AssociationType;
use crate::domain::registration::{AccountName, Identity, PasswordHash, Scene, VerificationCode};
use crate::operations::create_customer::{Registered, Registration, create};
use crate::simulation::world::Rules;
use crate::value::id::CustomerId;
use std::sync::LazyLock;

/// Somebody who is to become a customer of the distributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newcomer {
    account_name: &'static str,
    xaccount_id: &'static str,
    /// The code with which it shows that [`MOBILE`] is its own. Without one it has no mobile.
    code: Option<&'static str>,
}

impl Newcomer {
    /// With a mobile.
    pub const FIRST: Self = Self { account_name: "newcomer", xaccount_id: "1", code: Some(CODE) };
    /// Of the same name, in other letters.
    pub const NAMESAKE: Self = Self { account_name: "NewComer", xaccount_id: "2", code: None };
    /// Of the same mobile.
    pub const FLATMATE: Self =
        Self { account_name: "flatmate", xaccount_id: "3", code: Some(CODE) };
    /// Of the same mobile, and does not know the code.
    pub const GUESSER: Self =
        Self { account_name: "guesser", xaccount_id: "4", code: Some(WRONG_CODE) };
    /// Of the same account at the partner's platform.
    pub const AGAIN: Self = Self { account_name: "another", xaccount_id: "1", code: None };

    const ALL: [Self; 5] =
        [Self::FIRST, Self::NAMESAKE, Self::FLATMATE, Self::GUESSER, Self::AGAIN];

    /// What it is told apart by: name, mobile and account.
    fn identities(self) -> [Option<String>; 3] {
        [
            Some(format!("name {}", self.account_name.to_lowercase())),
            self.code.map(|_| MOBILE.to_owned()),
            Some(format!("account {}", self.xaccount_id)),
        ]
    }
}

/// Hashed once: that is slow on purpose.
static PASSWORD: LazyLock<PasswordHash> = LazyLock::new(|| {
    let name = AccountName::parse("somebody").expect("a name");
    PasswordHash::new("Passw0rd-of-all", &name, None, &[1; 16]).expect("a hash")
});

/// The answer is what [`told`] says.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    newcomer: Newcomer,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let order = Registration {
        caller: distributor(),
        customer_id: CustomerId::new(books.instant(), random),
        account_name: AccountName::parse(newcomer.account_name)?,
        mobile: newcomer.code.map(|code| (mobile(), VerificationCode::claimed(code))),
        xaccount_type: "platform".to_owned(),
        xaccount_id: newcomer.xaccount_id.to_owned(),
        password: Some(PASSWORD.clone()),
        marketing_off: false,
        association_type: AssociationType::Resale,
        indirect_partner_id: None,
    };
    told(create(books, &order).await?)
}

/// What becomes of a registration, as an answer: 1, or how the code was refused: 1 above [`OPEN`]
/// for a wrong one, 2 for one that has expired, 3 for one that was wrong too often.
pub fn told(registered: Registered) -> Result<u64, Reason> {
    match registered {
        Registered::Created => Ok(1),
        Registered::CodeRefused(Reason::CodeWrong) => Ok(OPEN + 1),
        Registered::CodeRefused(Reason::CodeExpired) => Ok(OPEN + 2),
        Registered::CodeRefused(Reason::CodeFailedTooOften) => Ok(OPEN + 3),
        Registered::CodeRefused(reason) => Err(reason),
    }
}

pub fn model(model: &mut Model, newcomer: Newcomer) -> Result<u64, Reason> {
    let identities = newcomer.identities();
    let reasons = [Reason::LoginNameTaken, Reason::MobileTaken, Reason::XaccountTaken];
    for (identity, reason) in identities.iter().zip(reasons) {
        if identity.as_ref().is_some_and(|identity| model.identities.contains(identity)) {
            return Err(reason);
        }
    }
    if let Some(code) = newcomer.code
        && let Some(refused) = model.use_code(Scene::Registration, code)
    {
        return Ok(OPEN + refused);
    }
    model.identities.extend(identities.into_iter().flatten());
    Ok(1)
}

/// Whether the books have the newcomers that the model has: each name, mobile and account once.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    for newcomer in Newcomer::ALL {
        let [name, _, account] = newcomer.identities().map(|identity| {
            u64::from(identity.is_some_and(|identity| model.identities.contains(&identity)))
        });
        let found = books.customers_with(&Identity::login_name(newcomer.account_name)).await?;
        let platform = Identity::platform_account("platform", newcomer.xaccount_id);
        if (found, books.customers_with(&platform).await?) != (name, account) {
            return Ok(false);
        }
    }
    let mobiles = books.customers_with(&Identity::from(&mobile())).await?;
    Ok(mobiles == u64::from(model.identities.contains(MOBILE)))
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [first, namesake, flatmate, guess, again] = Newcomer::ALL.map(Call::Create);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("one creation, folding", &[&[first]]).folding(),
        scenario("two creations of one name", &[&[first], &[namesake]]),
        scenario("two creations of one mobile", &[&[first], &[flatmate]]),
        scenario("two creations of one platform account", &[&[first], &[again]]).faultless(),
        scenario("one creation over two connections", &[&[first], &[first]]).of_one_token(),
        scenario("a guess and a creation", &[&[guess], &[first]]),
        scenario("guesses that use a code up", &[&[guess, guess], &[guess, first]]).faultless(),
    ]
}
