//! A month as it is told elsewhere, compared with these books line by line. Pure rules.
//!
//! A line is what has one customer, service, type of resource, way of charging and kind of sum; what
//! either side tells in several rows is summed up. Where a side tells no such amount for a line,
//! that amount is not compared, but for the sum itself, without which a line comes to nothing.

use crate::domain::error::Reason;
use crate::value::money::Money;
use std::collections::BTreeMap;

/// Most lines of both sides together. They must fit into the memory of an instance.
pub const LINES_MAX: usize = 30_000;

/// What a line is about. Codes are compared letter for letter, also those that these books do not
/// know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    /// Whose consumption.
    pub customer_id: String,
    /// Cloud service type.
    pub cloud_service_type: String,
    /// Resource type.
    pub resource_type_code: String,
    /// How it is charged.
    pub charge_mode: String,
    /// Kind of the sum.
    pub bill_type: String,
}

/// The amounts of a line, in yuan; `None` for one that is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineAmounts {
    /// The sum.
    pub amount: Option<Money>,
    /// Still owed.
    pub debt: Option<Money>,
    /// Adjusted.
    pub adjustment: Option<Money>,
    /// Discount.
    pub discount: Option<Money>,
}

impl LineAmounts {
    fn plus(self, other: Self) -> Result<Self, Reason> {
        Ok(Self {
            amount: sum(self.amount, other.amount)?,
            debt: sum(self.debt, other.debt)?,
            adjustment: sum(self.adjustment, other.adjustment)?,
            discount: sum(self.discount, other.discount)?,
        })
    }

    /// The amounts with their names on the wire.
    fn named(self) -> [(&'static str, Option<Money>); 4] {
        [
            ("amount", Some(self.amount.unwrap_or(Money::ZERO))),
            ("debt_amount", self.debt),
            ("adjustment_amount", self.adjustment),
            ("discount_amount", self.discount),
        ]
    }
}

/// An amount that the two sides do not tell alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub field: &'static str,
    /// What these books say.
    pub here: Money,
    /// What is told elsewhere.
    pub there: Money,
    /// What these books have more.
    pub difference: Money,
}

/// How a line compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides tell the same.
    Matched,
    /// Both sides have it, with other amounts.
    Differs(Vec<Difference>),
    /// Only these books have it: its sum.
    OnlyHere(Money),
    /// Only the other side has it: its sum.
    OnlyThere(Money),
}

/// Lines that compare alike: how many, and what they come to on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub lines: u64,
    /// What these books say.
    pub here: Money,
    /// What is told elsewhere.
    pub there: Money,
}

impl Total {
    const NONE: Self = Self { lines: 0, here: Money::ZERO, there: Money::ZERO };

    fn plus(self, here: Money, there: Money) -> Result<Self, Reason> {
        Ok(Self {
            lines: self.lines.saturating_add(1),
            here: add(self.here, here)?,
            there: add(self.there, there)?,
        })
    }

    /// What these books have more.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn difference(&self) -> Result<Money, Reason> {
        less(self.here, self.there)
    }
}

/// What a comparison comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// All lines.
    pub all: Total,
    /// Those that both sides tell alike.
    pub matched: Total,
    /// Those that differ.
    pub differing: Total,
    /// Those that only these books have.
    pub only_here: Total,
    /// Those that only the other side has.
    pub only_there: Total,
    /// All but the matched ones, in the order of what they are about.
    pub lines: Vec<(LineKey, Verdict)>,
}

/// The lines of both sides.
#[derive(Clone, Debug, Default)]
pub struct Reconciliation {
    lines: BTreeMap<LineKey, Sides>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sides {
    here: Option<LineAmounts>,
    there: Option<LineAmounts>,
}

impl Reconciliation {
    /// Adds what is told elsewhere.
    ///
    /// # Errors
    /// [`Reason::Field`] for too many lines; [`Reason::AmountTooLarge`].
    pub fn add_there(&mut self, key: LineKey, amounts: LineAmounts) -> Result<(), Reason> {
        let there = &mut self.sides(key)?.there;
        *there = Some(there.unwrap_or_default().plus(amounts)?);
        Ok(())
    }

    /// Adds what these books have.
    ///
    /// # Errors
    /// As of [`add_there`](Self::add_there).
    pub fn add_here(&mut self, key: LineKey, amounts: LineAmounts) -> Result<(), Reason> {
        let here = &mut self.sides(key)?.here;
        *here = Some(here.unwrap_or_default().plus(amounts)?);
        Ok(())
    }

    fn sides(&mut self, key: LineKey) -> Result<&mut Sides, Reason> {
        if self.lines.len() >= LINES_MAX && !self.lines.contains_key(&key) {
            let fault = format!("must have at most {LINES_MAX} lines, with those of the books");
            return Err(Reason::field("body", fault));
        }
        Ok(self.lines.entry(key).or_default())
    }

    /// Compares the two sides.
    ///
    /// # Errors
    /// [`Reason::AmountTooLarge`].
    pub fn compare(self) -> Result<Compared, Reason> {
        let none = Total::NONE;
        let mut compared = Compared {
            all: none,
            matched: none,
            differing: none,
            only_here: none,
            only_there: none,
            lines: Vec::new(),
        };
        for (key, sides) in self.lines {
            let told = |side: Option<LineAmounts>| {
                side.and_then(|amounts| amounts.amount).unwrap_or(Money::ZERO)
            };
            let (here, there) = (told(sides.here), told(sides.there));
            let verdict = sides.verdict()?;
            let total = match &verdict {
                Verdict::Matched => &mut compared.matched,
                Verdict::Differs(_) => &mut compared.differing,
                Verdict::OnlyHere(_) => &mut compared.only_here,
                Verdict::OnlyThere(_) => &mut compared.only_there,
            };
            *total = total.plus(here, there)?;
            compared.all = compared.all.plus(here, there)?;
            if verdict != Verdict::Matched {
                compared.lines.push((key, verdict));
            }
        }
        Ok(compared)
    }
}

impl Sides {
    fn verdict(self) -> Result<Verdict, Reason> {
        let (here, there) = match (self.here, self.there) {
            (Some(here), Some(there)) => (here, there),
            (here, None) => {
                let amount = here.unwrap_or_default().amount;
                return Ok(Verdict::OnlyHere(amount.unwrap_or(Money::ZERO)));
            }
            (None, Some(there)) => {
                return Ok(Verdict::OnlyThere(there.amount.unwrap_or(Money::ZERO)));
            }
        };
        let mut differences = Vec::new();
        for ((field, here), (_, there)) in here.named().into_iter().zip(there.named()) {
            let (Some(here), Some(there)) = (here, there) else {
                continue;
            };
            if here != there {
                let difference = less(here, there)?;
                differences.push(Difference { field, here, there, difference });
            }
        }
        let is_same = differences.is_empty();
        Ok(if is_same { Verdict::Matched } else { Verdict::Differs(differences) })
    }
}

/// The sum of what is told of two amounts.
fn sum(one: Option<Money>, other: Option<Money>) -> Result<Option<Money>, Reason> {
    match (one, other) {
        (Some(one), Some(other)) => add(one, other).map(Some),
        (told, None) | (None, told) => Ok(told),
    }
}

fn add(one: Money, other: Money) -> Result<Money, Reason> {
    one.checked_add(other).map_err(|_| Reason::AmountTooLarge)
}

fn less(one: Money, other: Money) -> Result<Money, Reason> {
    one.checked_sub(other).map_err(|_| Reason::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(customer: &str, service: &str) -> LineKey {
        LineKey {
            customer_id: customer.to_owned(),
            cloud_service_type: service.to_owned(),
            resource_type_code: "vm".to_owned(),
            charge_mode: "1".to_owned(),
            bill_type: "0".to_owned(),
        }
    }

    fn money(text: &str) -> Money {
        text.parse().expect(text)
    }

    fn amount(text: &str) -> LineAmounts {
        LineAmounts { amount: Some(money(text)), ..LineAmounts::default() }
    }

    #[test]
    fn lines_match_differ_or_are_on_one_side_only() {
        let mut both = Reconciliation::default();
        let here = [("a", "3.00"), ("b", "2.00"), ("c", "-1.50")];
        let there = [("a", "1.00"), ("a", "2"), ("b", "2.01"), ("d", "4")];
        for (customer, text) in here {
            both.add_here(key(customer, "ec2"), amount(text)).expect("added");
        }
        for (customer, text) in there {
            both.add_there(key(customer, "ec2"), amount(text)).expect("added");
        }
        let compared = both.compare().expect("compared");
        let (here, there) = (money("2.00"), money("2.01"));
        let difference = money("-0.01");
        assert_eq!(
            compared.lines,
            [
                (
                    key("b", "ec2"),
                    Verdict::Differs(vec![Difference { field: "amount", here, there, difference }])
                ),
                (key("c", "ec2"), Verdict::OnlyHere(money("-1.50"))),
                (key("d", "ec2"), Verdict::OnlyThere(money("4"))),
            ]
        );
        let total = |total: Total| (total.lines, total.here.to_string(), total.there.to_string());
        let is = |lines, here: &str, there: &str| (lines, here.to_owned(), there.to_owned());
        assert_eq!(total(compared.matched), is(1, "3.00", "3.00"));
        assert_eq!(total(compared.differing), is(1, "2.00", "2.01"));
        assert_eq!(total(compared.all), is(4, "3.50", "9.01"));
        assert_eq!(compared.all.difference(), Ok(money("-5.51")));
    }

    #[test]
    fn an_amount_that_a_side_does_not_tell_is_not_compared() {
        let debt = |text: Option<&str>| LineAmounts { debt: text.map(money), ..amount("1") };
        for (here, there, is_same) in [
            (Some("1"), None, true),
            (None, Some("1"), true),
            (Some("1"), Some("1.00"), true),
            (Some("1"), Some("0"), false),
        ] {
            let mut both = Reconciliation::default();
            both.add_here(key("a", "ec2"), debt(here)).expect("added");
            both.add_there(key("a", "ec2"), debt(there)).expect("added");
            let compared = both.compare().expect("compared");
            assert_eq!(compared.lines.is_empty(), is_same, "{here:?} {there:?}");
        }
        // Of the sum itself, nothing told is nothing.
        let mut both = Reconciliation::default();
        both.add_here(key("a", "ec2"), amount("1")).expect("added");
        both.add_there(key("a", "ec2"), LineAmounts::default()).expect("added");
        assert_eq!(both.compare().expect("compared").differing.lines, 1);
    }

    #[test]
    fn refuses_more_lines_than_fit_into_memory() {
        let mut both = Reconciliation::default();
        for number in 0..LINES_MAX {
            both.add_there(key(&number.to_string(), "ec2"), amount("1")).expect("added");
        }
        both.add_here(key("0", "ec2"), amount("1")).expect("of a line that is there");
        assert!(both.add_here(key("one more", "ec2"), amount("1")).is_err());
    }
}
