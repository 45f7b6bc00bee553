//! `SendVerificationMessageCode`, and the use of a code by others.

use super::create_customer::Newcomer;
use super::{Call, ClientBooks, Model, OPEN, Operations, operations};
use crate::domain::error::Reason;
use crate::domain::registration::{CodeOrder, FAILURES_MAX, MobileNumber, Scene, VerificationCode};
use crate::simulation::world::Rules;
use std::collections::BTreeMap;

/// The only mobile there is, and its codes.
pub const MOBILE: &str = "13800000000";
pub const CODE: &str = "012345";
pub const WRONG_CODE: &str = "543210";

/// How long each code counts, in minutes: as long as any can.
pub const MINUTES: u32 = 60;

pub fn mobile() -> MobileNumber {
    MobileNumber::parse(MOBILE).expect("a number")
}

/// A code of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When it expires, in seconds since 1970.
    pub expires_at: i64,
    pub failures: u32,
}

impl Sent {
    /// A code that is sent at a time.
    pub fn at(now: i64) -> Self {
        Self { expires_at: now + i64::from(MINUTES) * 60, failures: 0 }
    }
}

/// Uses a code up, or answers how it is refused: 1 for wrong, 2 for expired, 3 for too often.
pub fn use_code(
    codes: &mut BTreeMap<Scene, Sent>,
    scene: Scene,
    claimed: &str,
    now: i64,
) -> Option<u64> {
    let Some(sent) = codes.get_mut(&scene) else {
        return Some(1);
    };
    if sent.failures >= FAILURES_MAX {
        return Some(3);
    }
    if sent.expires_at <= now {
        return Some(2);
    }
    if claimed != CODE {
        sent.failures += 1;
        return Some(1);
    }
    codes.remove(&scene);
    None
}

impl Model {
    /// As [`use_code`], of the codes that were sent to customers.
    pub fn use_code(&mut self, scene: Scene, claimed: &str) -> Option<u64> {
        use_code(&mut self.codes, scene, claimed, self.now)
    }
}

/// Sends a code of each scene, at the time at which the world begins.
pub async fn prepare(books: &mut ClientBooks<'_, '_>) -> Result<(), Reason> {
    for scene in [Scene::Registration, Scene::BankCard] {
        perform(books, scene).await?;
    }
    Ok(())
}

/// A code in place of the last one. Whoever asks again gets another: the answer is open.
pub async fn perform(books: &mut ClientBooks<'_, '_>, scene: Scene) -> Result<u64, Reason> {
    let code = VerificationCode::claimed(CODE);
    let minutes = Some(MINUTES);
    let order = CodeOrder { mobile: mobile(), scene, code, minutes, kept_sealed: false };
    books.count_code_of(&"d".parse().expect("an id")).await?;
    books.issue_code(&order).await?;
    Ok(OPEN)
}

pub fn model(model: &mut Model, scene: Scene) -> Result<u64, Reason> {
    let now = model.now;
    model.codes.retain(|_, sent| sent.expires_at > now);
    model.codes.insert(scene, Sent::at(now));
    Ok(OPEN)
}

pub fn scenarios(rules: Rules) -> Vec<Operations> {
    let send = Call::SendCode(Scene::Registration);
    let [first, guess] = [Newcomer::FIRST, Newcomer::GUESSER].map(Call::Create);
    let scenario = |name, clients: &[&[Call]]| operations(name, rules, clients);
    vec![
        scenario("two codes for one mobile", &[&[send], &[Call::SendCode(Scene::BankCard)]]),
        scenario("a new code and a creation", &[&[send], &[first]]),
        scenario("a new code and guesses", &[&[guess, guess, guess], &[send, first]]).faultless(),
    ]
}
