//! Which operation a request is for.

use super::message::Head;
use super::refusal::Refusal;

/// An operation of the path that a component answers: one method, one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method, in upper case.
    pub method: &'static str,
    /// The published name (`operation_id`); of a route beside the contract, the component's.
    pub name: &'static str,
}

impl Operation {
    /// The operation that a request is for, by its method alone: the path has brought it here.
    ///
    /// # Errors
    /// [`Refusal::MethodNotAllowed`].
    pub fn of(head: &Head, operations: &'static [Self]) -> Result<&'static Self, Refusal> {
        operations
            .iter()
            .find(|operation| operation.method == head.method)
            .ok_or(Refusal::MethodNotAllowed(operations))
    }
}
