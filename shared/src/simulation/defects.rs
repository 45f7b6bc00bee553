//! The simulator can fail: each deliberate defect, and the scenario that finds it.

use super::{Scenario, explore, operations, restores, transfers};
use crate::simulation::world::Rules;
use crate::store::defect::{self, Defect};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Which scenario finds a defect.
fn finder(defect: Defect) -> &'static str {
    match defect {
        Defect::CommitsWithoutComparing
        | Defect::BelievesLostSwaps
        | Defect::SharesAttemptIds
        | Defect::SwapsAgainOverOthers
        | Defect::ForgetsToChain => "two writers",
        Defect::FoldForgetsLog
        | Defect::ReusesPageKeys
        | Defect::DeletesUndecidedPages
        | Defect::ForgetsRestOfLog
        | Defect::DiscardsSharedPages => "a fold and a writer",
        Defect::KeepsFoldsOfOtherTrees => "a fold that loses to a fold of more",
        Defect::DeletesAtOnce => "two folds",
        Defect::MixesTwoHeads => "a fold and a reader",
        Defect::TakesMissingForEmpty => "a look sleeps past a deletion",
        Defect::SweepsUnderSleepers | Defect::KeepsFoldsOverSweeps => "a sweep and a sleeping fold",
        Defect::SweepsCommittedFolds => "a sweep after a fold",
        Defect::BeginsSilently => "a sweep after a fold that died",
        Defect::CreatesBySwap => "two creators",
        Defect::ForgetsUsedTickets => "one page filled in twice",
        Defect::DeletesUnderSnapshots => "replaced pages and a snapshot",
        Defect::SweepsUnderSnapshots => "a sweep after a restore",
        Defect::OverlooksRestores => "a fold that is kept and taken back",
        Defect::IssuesFromOutside => "two batches beyond the quota",
        Defect::LeavesAPageOut | Defect::TakesPartForWhole => "a restore and a reader",
        Defect::ForgetsDeadRestores => "a restore that dies anywhere",
        Defect::TransfersFromOutside => "a coupon transferred and used",
        Defect::RetrievesFaceValue => "a coupon taken back and used",
        Defect::RefundsTwice => "an order that cannot be provided",
        Defect::ForgetsCouponLocks => "two orders for one coupon",
        Defect::KeepsWhatWasDue => "a tick and another one later",
        Defect::TakesTicketsTwice => "a ticket twice",
        Defect::ForgetsDebts => "a debt that is repaid",
        Defect::BillsClosedMonths | Defect::ClosesUnverifiedLines => "a closer and a ticket",
        Defect::ForgetsTransIds => "one name for two transfers",
        Defect::ForgetsWhatWasGiven => "two retrievals of what was given once",
        Defect::TrustsEarlierChecks => "a dissociation and a payment",
        Defect::KeepsUnboundAddresses => "an address taken away and tried out",
        Defect::ForgetsUsedCodes => "one code for two allocations",
        Defect::EarnsForNobody => unreachable!("is found by the audit, see operations::tests"),
        Defect::LosesTokenRecords => "one issue, and no way to look",
    }
}

fn scenarios() -> Vec<Box<dyn Scenario>> {
    let mut scenarios: Vec<Box<dyn Scenario>> = Vec::new();
    for scenario in transfers::small(Rules::Sqlite) {
        scenarios.push(Box::new(scenario));
    }
    for scenario in restores::small(Rules::Sqlite) {
        scenarios.push(Box::new(scenario));
    }
    for scenario in operations::small(Rules::Sqlite) {
        scenarios.push(Box::new(scenario));
    }
    scenarios
}

#[test]
fn every_deliberate_defect_is_found() {
    for defect in Defect::ALL {
        let name = format!("{} on Sqlite", finder(defect));
        let scenario = scenarios().into_iter().find(|it| it.name() == name).expect(&name);
        defect::set(Some(defect));
        let found = catch_unwind(AssertUnwindSafe(|| explore(&*scenario).err()));
        defect::set(None);
        match found {
            Ok(Some(failure)) => {
                let (reason, trace) = (failure.reason, failure.trace);
                println!("{defect:?}: found by \"{name}\": {reason}\n{trace}");
            }
            Ok(None) => panic!("{defect:?} was not found by \"{name}\""),
            Err(_) => println!("{defect:?}: found by \"{name}\": a panic"),
        }
    }
}
