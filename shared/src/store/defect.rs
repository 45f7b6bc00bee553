//! Deliberate defects: by them the tests show that the simulator would find such a fault.
//!
//! Outside tests none is ever present, and the compiler removes the questions.

/// A way in which the store, or what stands on it, could be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// The head is written whatever it is meanwhile.
    CommitsWithoutComparing,
    /// A swap without an answer is taken for one that did not happen.
    BelievesLostSwaps,
    /// A fold forgets the transactions in the log.
    FoldForgetsLog,
    /// Pages are written under a key that was used before.
    ReusesPageKeys,
    /// A fold deletes the pages it replaces before its swap.
    DeletesAtOnce,
    /// The sweep does not disturb writers that were asleep.
    SweepsUnderSleepers,
    /// A tenant's head is created by a swap of an absent key.
    CreatesBySwap,
    /// A client token is not kept with its transaction.
    LosesTokenRecords,
    /// A reader takes the tree of one head and the log of a later one.
    MixesTwoHeads,
    /// Writers do not tell their attempts from those of others.
    SharesAttemptIds,
    /// A transaction leaves the hash chain as it was.
    ForgetsToChain,
    /// A swap without an answer is taken for lost, and its pages are deleted.
    DeletesUndecidedPages,
    /// A page that has been deleted is read as one without records.
    TakesMissingForEmpty,
    /// A kept fold takes the place of the whole log, also of what was appended after it was made.
    ForgetsRestOfLog,
    /// A kept fold takes the place of the tree that another fold has made meanwhile.
    KeepsFoldsOfOtherTrees,
    /// A kept fold is used although the sweep may have found its pages.
    KeepsFoldsOverSweeps,
    /// The pages of a fold are deleted with the first attempt of it that is lost.
    DiscardsSharedPages,
    /// A head that was ready is swapped in whatever has changed since.
    SwapsAgainOverOthers,
    /// A fold does not say that it writes pages.
    BeginsSilently,
    /// The sweep takes every fold for one that came to nothing.
    SweepsCommittedFolds,
    /// A ticket for one use counts again.
    ForgetsUsedTickets,
    /// A fold deletes what a snapshot still reaches.
    DeletesUnderSnapshots,
    /// The sweep looks at what the head reaches alone.
    SweepsUnderSnapshots,
    /// A page of books that are restored is not written.
    LeavesAPageOut,
    /// Books are made of a restore before its last record.
    TakesPartForWhole,
    /// What a restore may leave is noted nowhere.
    ForgetsDeadRestores,
    /// A writer takes a transaction that a restore has taken back for one that never was.
    OverlooksRestores,
    /// What a coupon has no longer left is transferred from outside.
    TransfersFromOutside,
    /// A coupon is taken back at its face value, whatever is left of it.
    RetrievesFaceValue,
    /// A refund goes back twice.
    RefundsTwice,
    /// A coupon that one order keeps pays for another one.
    ForgetsCouponLocks,
    /// What a tick has done stays due.
    KeepsWhatWasDue,
    /// What the cloud has earned goes to nobody.
    EarnsForNobody,
    /// A ticket that was taken in is taken in again.
    TakesTicketsTwice,
    /// What usage costs and nothing covers is owed by nobody.
    ForgetsDebts,
    /// Usage that comes late goes into its month, whether that is closed or not.
    BillsClosedMonths,
    /// A month is closed as it was checked, whatever has come since.
    ClosesUnverifiedLines,
    /// A transfer of an enterprise is not known by its name.
    ForgetsTransIds,
    /// More is taken back from a member of an enterprise than it was given.
    ForgetsWhatWasGiven,
    /// An association changes as it could when that was asked for.
    TrustsEarlierChecks,
    /// A verification code counts again.
    ForgetsUsedCodes,
    /// Coupons that a quota does not suffice for come from outside.
    IssuesFromOutside,
    /// A partner's address that was taken away is told of events all the same.
    KeepsUnboundAddresses,
}

impl Defect {
    /// All that the simulator finds.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 42] = [
        Self::KeepsUnboundAddresses,
        Self::ForgetsUsedCodes,
        Self::IssuesFromOutside,
        Self::LeavesAPageOut,
        Self::TakesPartForWhole,
        Self::ForgetsDeadRestores,
        Self::TrustsEarlierChecks,
        Self::ForgetsTransIds,
        Self::ForgetsWhatWasGiven,
        Self::CommitsWithoutComparing,
        Self::BelievesLostSwaps,
        Self::FoldForgetsLog,
        Self::ReusesPageKeys,
        Self::DeletesAtOnce,
        Self::SweepsUnderSleepers,
        Self::CreatesBySwap,
        Self::LosesTokenRecords,
        Self::MixesTwoHeads,
        Self::SharesAttemptIds,
        Self::ForgetsToChain,
        Self::DeletesUndecidedPages,
        Self::TakesMissingForEmpty,
        Self::ForgetsRestOfLog,
        Self::KeepsFoldsOfOtherTrees,
        Self::KeepsFoldsOverSweeps,
        Self::DiscardsSharedPages,
        Self::SwapsAgainOverOthers,
        Self::BeginsSilently,
        Self::SweepsCommittedFolds,
        Self::ForgetsUsedTickets,
        Self::DeletesUnderSnapshots,
        Self::SweepsUnderSnapshots,
        Self::OverlooksRestores,
        Self::TransfersFromOutside,
        Self::RetrievesFaceValue,
        Self::RefundsTwice,
        Self::ForgetsCouponLocks,
        Self::KeepsWhatWasDue,
        Self::TakesTicketsTwice,
        Self::ForgetsDebts,
        Self::BillsClosedMonths,
        Self::ClosesUnverifiedLines,
    ];
}

#[cfg(test)]
thread_local! {
    static PRESENT: std::cell::Cell<Option<Defect>> = const { std::cell::Cell::new(None) };
}

/// Whether the store is to behave as if it had this defect.
#[cfg(test)]
pub(crate) fn present(defect: Defect) -> bool {
    PRESENT.get() == Some(defect)
}

/// Whether the store is to behave as if it had this defect: never.
#[cfg(not(test))]
pub(crate) const fn present(_defect: Defect) -> bool {
    false
}

/// Puts a defect into the store of this thread, or takes it out.
#[cfg(test)]
pub(crate) fn set(defect: Option<Defect>) {
    PRESENT.set(defect);
}
