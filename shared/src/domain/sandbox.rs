//! What a demo tenant's requests meet: faults that the operator has asked for, and the limits of the
//! live service.

use crate::domain::error::Reason;
use crate::value::code::codes;
use crate::value::money::Money;
use minicbor::{Decode, Encode};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Most rules of a tenant.
pub const RULES_MAX: usize = 32;

/// Requests that the log keeps.
pub const REQUESTS_KEPT: u64 = 1_000;

/// Longest name of an operation, and longest error code, in characters.
const TEXT_CHARACTERS_MAX: usize = 64;

/// Longest time that a rule lets a request wait: an instance is held meanwhile.
const LATENCY_MS_MAX: u32 = 10_000;

/// A probability counts in millionths.
const PARTS: u64 = 1_000_000;

codes! {
    /// When a request is lost.
    Moment: text {
        /// Nothing is carried out.
        Before = "before",
        /// It is carried out, and only its answer is lost.
        AfterCommit = "after-commit",
    }
}

/// A rule. At most one of `probability`, `every_nth` and `next`; with none it always applies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The operation by its published name; any without one.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The status of the answer. Without one the request is only slow.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The code of the answer.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The part of the requests, from 0 to 1, drawn with the seed.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Money>,
    /// Every n-th request: 3 is the third, the sixth and so on.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_nth: Option<u32>,
    /// The next n requests.
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
    /// How long the request waits first.
    #[n(6)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u32>,
    /// When the answer is lost: before anything is carried out, unless it says otherwise.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Moment>,
}

impl Rule {
    /// Checks that the rule makes sense.
    ///
    /// # Errors
    /// [`Reason::Field`].
    fn check(&self) -> Result<(), Reason> {
        let is_text = |text: &String| {
            (1..=TEXT_CHARACTERS_MAX).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        };
        let chances = [self.probability.is_some(), self.every_nth.is_some(), self.next.is_some()];
        let is_part = |part: &Money| (Decimal::ZERO..=Decimal::ONE).contains(&part.decimal());
        let fault = if !self.operation.iter().chain(&self.error_code).all(is_text) {
            "operation and error_code must be 1 to 64 letters, digits and dots"
        } else if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            "status must be from 400 to 599"
        } else if self.status.is_some() != self.error_code.is_some() {
            "status and error_code go together"
        } else if chances.into_iter().filter(|given| *given).count() > 1 {
            "only one of probability, every_nth and next can be given"
        } else if self.probability.iter().any(|part| !is_part(part)) {
            "probability must be from 0 to 1"
        } else if self.every_nth == Some(0) || self.next == Some(0) {
            "every_nth and next must be at least 1"
        } else if self.latency_ms.is_some_and(|latency| latency > LATENCY_MS_MAX) {
            "latency_ms must be at most 10000"
        } else if self.status.is_none() && self.latency_ms.is_none() {
            "a rule has a status, latency_ms or both"
        } else {
            return Ok(());
        };
        Err(Reason::field("rules", fault))
    }

    /// Whether it applies to the request that is the `seen`th it is about, counted from 1.
    fn applies(&self, seen: u64, seed: u64) -> bool {
        if let Some(part) = self.probability {
            let below = part.decimal() * Decimal::from(PARTS);
            return Decimal::from(mixed(seed, seen) % PARTS) < below;
        }
        if let Some(every) = self.every_nth {
            return seen.is_multiple_of(u64::from(every));
        }
        self.next.is_none_or(|next| seen <= u64::from(next))
    }

    fn fault(&self) -> Fault {
        let lost = self.status.zip(self.error_code.clone());
        Fault {
            latency_ms: self.latency_ms.unwrap_or_default(),
            moment: self.when.unwrap_or(Moment::Before),
            lost: lost.map(|(status, error_code)| Lost { status, error_code }),
        }
    }
}

/// A random number of a seed and a count: the same ones always give the same.
fn mixed(seed: u64, count: u64) -> u64 {
    let state = seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A rule, and how often it has applied.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Counted {
    /// The rule.
    #[n(0)]
    pub rule: Rule,
    /// Requests that it is about, so far.
    #[n(1)]
    pub seen: u64,
    /// Those to which it has applied.
    #[n(2)]
    pub fired: u64,
}

/// What a lost request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// HTTP status.
    pub status: u16,
    /// Wire code.
    pub error_code: String,
}

/// A fault that a request meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How long it waits first.
    pub latency_ms: u32,
    /// When it is lost.
    pub moment: Moment,
    /// What it is answered then, if it is lost at all.
    pub lost: Option<Lost>,
}

/// How many requests of an operation are left in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many there are in a second.
    pub limit: u32,
    /// How many are left of them; none if this one was too many.
    pub remaining: Option<u32>,
}

/// What a request meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// What the limit leaves, where limits are on.
    pub left: Option<Left>,
    /// The fault, unless the request is too many.
    pub fault: Option<Fault>,
    /// Its number in the log, where requests are recorded.
    pub number: Option<u64>,
}

/// Requests of one operation in the second under way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Used {
    #[n(0)]
    operation: String,
    #[n(1)]
    requests: u32,
}

/// What the operator has asked for in a demo tenant, and what has come of it so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sandbox {
    /// What probabilities are drawn with.
    #[n(0)]
    pub seed: u64,
    /// The rules. Of those that apply to a request the first counts.
    #[n(1)]
    pub rules: Vec<Counted>,
    /// Whether the limits of the live service are in force.
    #[n(2)]
    pub limits: bool,
    /// Whether requests are recorded.
    #[n(3)]
    pub records_requests: bool,
    /// Requests recorded so far.
    #[n(4)]
    pub recorded: u64,
    /// The second that is counted, since 1970,
    #[n(5)]
    second: i64,
    /// and what was used of it.
    #[n(6)]
    used: Vec<Used>,
}

impl Sandbox {
    /// Replaces the rules. None of them has applied yet.
    ///
    /// # Errors
    /// [`Reason::Field`], with nothing changed.
    pub fn set_rules(&mut self, seed: u64, rules: Vec<Rule>) -> Result<(), Reason> {
        if rules.len() > RULES_MAX {
            return Err(Reason::field("rules", format!("must have at most {RULES_MAX} items")));
        }
        rules.iter().try_for_each(Rule::check)?;
        self.seed = seed;
        self.rules = rules.into_iter().map(|rule| Counted { rule, seen: 0, fired: 0 }).collect();
        Ok(())
    }

    /// Counts a request in, at a time in seconds since 1970, and answers what it meets.
    pub fn meet(&mut self, operation: &str, second: i64) -> Met {
        let number = self.records_requests.then(|| {
            self.recorded += 1;
            self.recorded
        });
        let left = self.limits.then(|| self.use_up(operation, second));
        if left.is_some_and(|left| left.remaining.is_none()) {
            return Met { left, fault: None, number };
        }
        Met { left, fault: self.fault(operation), number }
    }

    /// The fault of the first rule that applies.
    fn fault(&mut self, operation: &str) -> Option<Fault> {
        for counted in &mut self.rules {
            let Counted { rule, seen, fired } = counted;
            if rule.operation.as_ref().is_some_and(|about| about != operation) {
                continue;
            }
            *seen += 1;
            if rule.applies(*seen, self.seed) {
                *fired += 1;
                return Some(rule.fault());
            }
        }
        None
    }

    fn use_up(&mut self, operation: &str, second: i64) -> Left {
        if self.second != second {
            self.second = second;
            self.used.clear();
        }
        let limit = per_second(operation);
        let place = self.used.iter().position(|used| used.operation == operation);
        let used = match place {
            Some(place) => &mut self.used[place],
            None => {
                self.used.push(Used { operation: operation.to_owned(), requests: 0 });
                let last = self.used.len() - 1;
                &mut self.used[last]
            }
        };
        let remaining = limit.checked_sub(used.requests + 1);
        if remaining.is_some() {
            used.requests += 1;
        }
        Left { limit, remaining }
    }
}

/// The published limit of an operation: calls a second.
pub fn per_second(operation: &str) -> u32 {
    match operation {
        "CheckUserIdentity" | "ListStoredValueCards" => 5,
        "ListOnDemandResourceRatings" | "ShowCustomerAccountBalances" | "ListCustomerOrders" => 20,
        "ListRateOnPeriodDetail" => 30,
        // The common figure.
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Result<Sandbox, Reason> {
        let mut sandbox = Sandbox::default();
        sandbox.set_rules(7, serde_json::from_str(json).expect(json))?;
        Ok(sandbox)
    }

    /// Which of some requests meet a fault.
    fn lost_ones(json: &str, requests: u64) -> Vec<u64> {
        let mut sandbox = rules(json).expect(json);
        let faults = (1..=requests).map(|number| (number, sandbox.meet("PayOrders", 0).fault));
        faults.filter(|(_, fault)| fault.is_some()).map(|(number, _)| number).collect()
    }

    #[test]
    fn a_rule_applies_to_the_next_requests_or_the_last_of_so_many() {
        let lost = |chance: &str| {
            lost_ones(&format!(r#"[{{"status": 503, "error_code": "CBC.0999"{chance}}}]"#), 7)
        };
        assert_eq!(lost(r#", "next": 2"#), [1, 2]);
        assert_eq!(lost(r#", "every_nth": 3"#), [3, 6]);
        assert_eq!(lost(""), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(lost(r#", "probability": 0"#), Vec::<u64>::new());
        assert_eq!(lost(r#", "probability": 1"#), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(lost(r#", "operation": "CancelOrders""#), Vec::<u64>::new());
    }

    #[test]
    fn a_probability_is_drawn_with_the_seed() {
        let json = r#"[{"status": 500, "error_code": "CBC.0999", "probability": 0.25}]"#;
        let first = lost_ones(json, 4_000);
        assert!((900..1_100).contains(&first.len()), "{}", first.len());
        assert_eq!(lost_ones(json, 4_000), first);
    }

    #[test]
    fn the_first_rule_that_applies_counts_and_all_are_counted() {
        let mut sandbox = rules(
            r#"[{"operation": "PayOrders", "status": 503, "error_code": "CBC.0999", "next": 1,
                 "when": "after-commit"},
                {"latency_ms": 5}]"#,
        )
        .expect("rules");
        let lost = Lost { status: 503, error_code: "CBC.0999".to_owned() };
        let first = Fault { latency_ms: 0, moment: Moment::AfterCommit, lost: Some(lost) };
        let slow = Fault { latency_ms: 5, moment: Moment::Before, lost: None };
        assert_eq!(sandbox.meet("PayOrders", 0).fault, Some(first));
        assert_eq!(sandbox.meet("PayOrders", 0).fault, Some(slow.clone()));
        assert_eq!(sandbox.meet("CancelOrders", 0).fault, Some(slow));
        let counted = sandbox.rules.iter().map(|counted| (counted.seen, counted.fired));
        assert_eq!(counted.collect::<Vec<_>>(), [(2, 1), (2, 2)]);
    }

    #[test]
    fn refuses_rules_that_make_no_sense() {
        for json in [
            r#"[{}]"#,
            r#"[{"status": 503}]"#,
            r#"[{"error_code": "CBC.0999", "latency_ms": 1}]"#,
            r#"[{"status": 200, "error_code": "CBC.0999"}]"#,
            r#"[{"status": 500, "error_code": "a b"}]"#,
            r#"[{"latency_ms": 10001}]"#,
            r#"[{"latency_ms": 1, "next": 0}]"#,
            r#"[{"latency_ms": 1, "next": 1, "every_nth": 2}]"#,
            r#"[{"latency_ms": 1, "probability": 1.01}]"#,
            r#"[{"latency_ms": 1, "probability": -0.5}]"#,
            r#"[{"latency_ms": 1, "operation": ""}]"#,
        ] {
            assert!(matches!(rules(json), Err(Reason::Field { name: "rules", .. })), "{json}");
        }
        let many = format!("[{}]", vec![r#"{"latency_ms": 1}"#; RULES_MAX + 1].join(","));
        assert!(rules(&many).is_err());
    }

    #[test]
    fn an_operation_has_so_many_calls_in_a_second_and_all_of_them_again_in_the_next() {
        let mut sandbox = Sandbox { limits: true, ..Sandbox::default() };
        let remaining = |sandbox: &mut Sandbox, operation, second| {
            sandbox.meet(operation, second).left.expect("limits are on").remaining
        };
        for left in (0..10).rev() {
            assert_eq!(remaining(&mut sandbox, "PayOrders", 1), Some(left));
        }
        assert_eq!(remaining(&mut sandbox, "PayOrders", 1), None);
        assert_eq!(remaining(&mut sandbox, "CheckUserIdentity", 1), Some(4));
        assert_eq!(remaining(&mut sandbox, "PayOrders", 2), Some(9));
        assert_eq!(Sandbox::default().meet("PayOrders", 1), Met::default());
    }

    #[test]
    fn the_limits_are_those_of_the_contract() {
        let contract = include_str!("../../../tests/contract/operations.json");
        let contract: serde_json::Value = serde_json::from_str(contract).expect("JSON");
        for operation in contract["operations"].as_array().expect("operations") {
            let name = operation["operation_id"].as_str().expect("a name");
            assert_eq!(operation["rate_limit_per_second"], per_second(name), "{name}");
        }
    }
}
