//! A small double-entry book: what the figures of a day must be, calculated from its movements
//! alone.

use rust_decimal::Decimal;

use crate::harness::book::{Book, amount};
use crate::harness::json::Json;

/// What holds value. A partner's and a customer's cash are told apart by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Where all value comes from; the only account that may be below zero.
    Outside,
    Cash(String),
    Credit(String),
    Quota(String),
    Coupon(String),
    /// What customers have paid the cloud for orders.
    Cloud,
}

/// Why value moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Booking,
    NewQuota,
    Grant,
    QuotaReclaim,
    Allocation,
    Reclaim,
    Issue,
    CouponReclaim,
    Payment,
    Refund,
}

/// One movement of value.
#[derive(Clone, Debug)]
pub struct Movement {
    pub kind: Kind,
    pub from: Account,
    pub to: Account,
    pub amount: Decimal,
    /// What the API calls it, or may call it.
    pub id: String,
    /// When, as the API writes it.
    pub time: String,
    pub remark: Option<String>,
}

/// What a movement did to one account.
pub struct Line<'a> {
    pub movement: &'a Movement,
    /// Below zero when it left.
    pub change: Decimal,
    pub balance_after: Decimal,
}

/// All movements, oldest first.
pub struct Ledger {
    movements: Vec<Movement>,
}

impl Ledger {
    /// What the lines of a book mean.
    pub fn opened_by(book: &Book) -> Self {
        let mut ledger = Self { movements: Vec::new() };
        for line in book.of_kind("booking") {
            let owner = line.get("partner_id").unwrap_or_else(|| line.at("customer_id"));
            let account = match line.at("account_type").as_integer() {
                1 => Account::Cash,
                _ => Account::Credit,
            };
            let to = account(owner.as_text().to_owned());
            ledger.book(opening(Kind::Booking, Account::Outside, to, line, ["amount", "at"]));
        }
        let quota = |line: &Json, name: &str| Account::Quota(line.text_at(name).to_owned());
        for line in book.of_kind("coupon_quota") {
            let (to, names) = (quota(line, "quota_id"), ["quota_value", "create_time"]);
            ledger.book(opening(Kind::NewQuota, Account::Outside, to, line, names));
        }
        for line in book.of_kind("quota_grant") {
            let (from, to) = (quota(line, "parent_quota_id"), quota(line, "quota_id"));
            ledger.book(opening(Kind::Grant, from, to, line, ["amount", "at"]));
        }
        ledger
    }

    /// Moves value, which must be there.
    pub fn book(&mut self, movement: Movement) {
        assert!(movement.amount > Decimal::ZERO, "{movement:?}");
        let left = self.balance(&movement.from) - movement.amount;
        let enough = left >= Decimal::ZERO || movement.from == Account::Outside;
        assert!(enough, "{left} would be left by {movement:?}");
        self.movements.push(movement);
    }

    /// What an account holds.
    pub fn balance(&self, account: &Account) -> Decimal {
        self.statement(account).first().map_or(Decimal::ZERO, |line| line.balance_after)
    }

    /// What happened to an account, newest first.
    pub fn statement(&self, account: &Account) -> Vec<Line<'_>> {
        let mut balance_after = Decimal::ZERO;
        let mut lines: Vec<Line<'_>> = Vec::new();
        for movement in &self.movements {
            let change = match account {
                account if *account == movement.to => movement.amount,
                account if *account == movement.from => -movement.amount,
                _ => continue,
            };
            balance_after += change;
            lines.push(Line { movement, change, balance_after });
        }
        lines.reverse();
        lines
    }

    /// The movements of some kinds, newest first.
    pub fn of_kinds(&self, kinds: &[Kind]) -> Vec<&Movement> {
        self.movements.iter().rev().filter(|movement| kinds.contains(&movement.kind)).collect()
    }

    /// What all accounts hold together: all that ever came from outside.
    pub fn sum(&self) -> Decimal {
        -self.balance(&Account::Outside)
    }
}

/// What a line of a book means; `value` and `time` name its members.
fn opening(
    kind: Kind,
    from: Account,
    to: Account,
    line: &Json,
    [value, time]: [&str; 2],
) -> Movement {
    Movement {
        kind,
        from,
        to,
        amount: amount(line, value),
        id: line.get("booking_id").map(Json::as_text).unwrap_or_default().to_owned(),
        time: line.text_at(time).to_owned(),
        remark: None,
    }
}
