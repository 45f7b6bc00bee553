//! `SendVerificationMessageCode`, and the use of a code by others.

use super::create_customer::Newcomer;
use super::{Call, ClientBooks, Model, OPEN, Operations, operations};
use crate::domain::error::Reason;
use crate::domain::registration::{CodeOrder, FAILURES_MAX, MobileNumber, Scene, VerificationCode};
use crate::simulation::world::{Rules, START_SECONDS};
use std::collections::BTreeMap;

/// The only mobile there is, and its codes.
pub const MOBILE: &str = "13800000000";
pub const CODE: &str = "012345";
pub const WRONG_CODE: &str = "543210";

/// How long each code counts, in minutes: as long as any can.
pub const MINUTES: u32 = 60;

/// In seconds.
const DAY: i64 = 24 * 60 * 60;

pub fn mobile() -> MobileNumber {
    MobileNumber::parse(MOBILE).expect("a number")
}

/// A code of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent {
    /// When it expires, in seconds since 1970.
    expires_at: i64,
    failures: u32,
}

impl Sent {
    /// A code that is sent at a time.
    fn at(now: i64) -> Self {
        Self { expires_at: now + i64::from(MINUTES) * 60, failures: 0 }
    }
}

/// The codes of one mobile number that are not used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    by_scene: BTreeMap<Scene, Sent>,
    /// When the last one was sent, in seconds since 1970.
    last_sent_at: i64,
}

impl Codes {
    /// One for each of these scenes, sent when the world begins.
    pub fn at_first(scenes: &[Scene]) -> Self {
        let sent = Sent::at(START_SECONDS);
        let by_scene = scenes.iter().map(|scene| (*scene, sent)).collect();
        Self { by_scene, last_sent_at: START_SECONDS }
    }

    fn send(&mut self, scene: Scene, now: i64) {
        self.by_scene.retain(|_, sent| sent.expires_at > now);
        self.by_scene.insert(scene, Sent::at(now));
        self.last_sent_at = now;
    }

    /// Uses a code up, or answers how it is refused: 1 for wrong, 2 for expired, 3 for too often.
    pub fn use_code(&mut self, scene: Scene, claimed: &str, now: i64) -> Option<u64> {
        let Some(sent) = self.by_scene.get_mut(&scene) else {
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
        self.by_scene.remove(&scene);
        None
    }
}

impl Model {
    /// As [`Codes::use_code`], of the codes that were sent to customers.
    pub fn use_code(&mut self, scene: Scene, claimed: &str) -> Option<u64> {
        self.codes.use_code(scene, claimed, self.now)
    }

    /// Sends a code to customers.
    fn send_code(&mut self, scene: Scene) {
        self.forget_codes();
        self.codes.send(scene, self.now);
    }

    /// Sends a code to the distributor.
    pub fn send_factor(&mut self, scene: Scene) {
        self.forget_codes();
        self.factor.codes.send(scene, self.now);
    }

    /// To send a code forgets all numbers that were sent none for a day.
    fn forget_codes(&mut self) {
        for codes in [&mut self.codes, &mut self.factor.codes] {
            if codes.last_sent_at + DAY < self.now {
                codes.by_scene.clear();
            }
        }
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
    model.send_code(scene);
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
