//! `CreateSubEnterpriseAccount` and `CreateEnterpriseProjectAuth`: who is told apart from all others in
//! an enterprise, a code that counts once, and what is allowed once for all.

use super::create_customer::told;
use super::send_code::{CODE, MOBILE, WRONG_CODE, mobile};
use super::{Call, ClientBooks, Model, OPEN, Operations, entry, operations};
use crate::books::Books;
use crate::domain::enterprise::FinanceMode;
use crate::domain::error::Reason;
use crate::domain::partner::CallingCustomer;
use crate::domain::registration::{
    AccountName, Identity, MobileNumber, PasswordHash, Scene, VerificationCode,
};
use crate::operations::create_member::{MemberMobile, MemberRegistration, create};
use crate::operations::enterprise::enable_projects;
use crate::operations::import;
use crate::simulation::world::Rules;
use crate::value::id::CustomerId;
use std::sync::LazyLock;

/// The master that members are created for,
const MASTER: &str = "L";

/// and the customer that is an enterprise and is allowed projects.
const COMPANY: &str = "Z";

/// The master's number, which members may have too.
const MASTERS_MOBILE: &str = "13900000000";

/// What a customer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// A member is created.
    Member(Recruit),
    /// The company allows enterprise projects.
    Projects,
}

/// A member to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recruit {
    account_name: &'static str,
    /// The code with which it shows that [`MOBILE`] is its own. Without one it has its master's.
    code: Option<&'static str>,
}

impl Recruit {
    /// With a mobile of its own.
    pub const FIRST: Self = Self { account_name: "recruit", code: Some(CODE) };
    /// Of the same name, in other letters.
    pub const NAMESAKE: Self = Self { account_name: "Recruit", code: None };
    /// Of the same mobile.
    pub const FLATMATE: Self = Self { account_name: "another-recruit", code: Some(CODE) };
    /// Of the same mobile, and does not know the code.
    pub const GUESSER: Self = Self { account_name: "guessing-recruit", code: Some(WRONG_CODE) };

    const ALL: [Self; 4] = [Self::FIRST, Self::NAMESAKE, Self::FLATMATE, Self::GUESSER];

    fn name(self) -> String {
        format!("name {}", self.account_name.to_lowercase())
    }
}

/// Hashed once: that is slow on purpose.
static PASSWORD: LazyLock<PasswordHash> = LazyLock::new(|| {
    let name = AccountName::parse("somebody").expect("a name");
    PasswordHash::new("Passw0rd-of-all", &name, None, &[1; 16]).expect("a hash")
});

fn caller(customer: &str) -> CallingCustomer {
    CallingCustomer {
        customer_id: customer.parse().expect("id"),
        partner_id: "D".parse().expect("id"),
    }
}

/// Brings the company in.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    let company = format!(
        r#"{{"kind":"customer","tenant_id":"t","customer_id":"{COMPANY}","partner_id":"D",
            "association_type":"1","customer_type":1,"verified_status":"2"}}"#
    );
    import::apply(books, &entry(&company)).await?;
    Ok(())
}

/// The answer of a registration is what [`told`] says.
pub async fn perform(
    books: &mut ClientBooks<'_, '_>,
    joining: Joining,
    random: &[u8; 16],
) -> Result<u64, Reason> {
    let Joining::Member(recruit) = joining else {
        enable_projects(books, &caller(COMPANY)).await?;
        return Ok(1);
    };
    let order = MemberRegistration {
        caller: caller(MASTER),
        customer_id: CustomerId::new(books.instant(), random),
        account_name: AccountName::parse(recruit.account_name)?,
        display_name: None,
        org_id: "1".parse().expect("id"),
        permission_ids: Vec::new(),
        finance_mode: FinanceMode::Independent,
        mobile: match recruit.code {
            Some(code) => MemberMobile::Own(mobile(), VerificationCode::claimed(code)),
            None => MemberMobile::Masters(MobileNumber::parse(MASTERS_MOBILE)?),
        },
        password: PASSWORD.clone(),
    };
    told(create(books, &order).await?)
}

pub fn model(model: &mut Model, joining: Joining) -> Result<u64, Reason> {
    let Joining::Member(recruit) = joining else {
        model.has_projects = true;
        return Ok(1);
    };
    if model.identities.contains(&recruit.name()) {
        return Err(Reason::MemberNameTaken);
    }
    if let Some(code) = recruit.code {
        if model.identities.contains(MOBILE) {
            return Err(Reason::MobileTaken);
        }
        if let Some(refused) = model.use_code(Scene::Registration, code) {
            return Ok(OPEN + refused);
        }
        model.identities.insert(MOBILE.to_owned());
    }
    model.identities.insert(recruit.name());
    Ok(1)
}

/// Whether the books have the members that the model has, each once, and what was allowed.
pub async fn compare(books: &Books<'_>, model: &Model) -> Result<bool, Reason> {
    // The one that it has from the start is told apart by nothing.
    let mut members = 1;
    for recruit in [Recruit::FIRST, Recruit::FLATMATE, Recruit::GUESSER] {
        let is_there = u64::from(model.identities.contains(&recruit.name()));
        let name = Identity::login_name(recruit.account_name);
        if books.customers_with(&name).await? != is_there {
            return Ok(false);
        }
        members += is_there;
    }
    let found = books.all_members(&MASTER.parse().expect("id")).await?.len();
    let company = books.customer(&COMPANY.parse().expect("id")).await?;
    let has_projects = company.is_some_and(|company| company.enterprise_projects == Some(true));
    Ok(u64::try_from(found) == Ok(members) && has_projects == model.has_projects)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let [first, namesake, flatmate, guess] =
        Recruit::ALL.map(|recruit| Call::Join(Joining::Member(recruit)));
    let projects = Call::Join(Joining::Projects);
    let newcomer = Call::Create(super::create_customer::Newcomer::FIRST);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two members of one name", &[&[first], &[namesake]]),
        scenario("two members of one mobile", &[&[first], &[flatmate]]).faultless(),
        scenario("a member and a customer of one mobile", &[&[first], &[newcomer]]).faultless(),
        scenario("a member over two connections", &[&[first], &[first]]).of_one_token(),
        scenario("a guess and a member", &[&[guess], &[first]]).faultless(),
        scenario("one member, folding", &[&[namesake]]).folding(),
        scenario("projects allowed twice", &[&[projects], &[projects]]),
    ]
}
