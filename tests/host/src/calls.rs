//! Counts what components ask of the key-value store, so that a benchmark can say what each
//! request costs there.

use std::sync::atomic::{AtomicU64, Ordering};

/// A call of the key-value store, by either interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// One key read, for a compare-and-swap too.
    Get,
    /// Whether a key is there.
    Exists,
    /// All keys.
    Keys,
    /// One key written.
    Set,
    /// One key deleted.
    Delete,
    /// A compare-and-swap, a lost one too.
    Swap,
    /// A compare-and-swap that was lost, and so wrote nothing. It counts as `Swap` as well.
    LostSwap,
    /// Several keys read.
    GetMany,
    /// Several keys written.
    SetMany,
    /// Several keys deleted.
    DeleteMany,
}

/// All calls, by the name that a count has.
const NAMES: [(Call, &str); 10] = [
    (Call::Get, "get"),
    (Call::Exists, "exists"),
    (Call::Keys, "keys"),
    (Call::Set, "set"),
    (Call::Delete, "delete"),
    (Call::Swap, "swap"),
    (Call::LostSwap, "lost_swap"),
    (Call::GetMany, "get_many"),
    (Call::SetMany, "set_many"),
    (Call::DeleteMany, "delete_many"),
];

/// How often each call was made.
#[derive(Debug, Default)]
pub struct Calls([AtomicU64; NAMES.len()]);

impl Calls {
    /// Counts a call.
    pub fn count(&self, call: Call) {
        for ((known, _), count) in NAMES.iter().zip(&self.0) {
            if *known == call {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The counts as a JSON object, zeros included.
    pub fn to_json(&self) -> String {
        let counts = NAMES.iter().zip(&self.0);
        let members: Vec<String> = counts
            .map(|((_, name), count)| format!("\"{name}\":{}", count.load(Ordering::Relaxed)))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_call_under_its_name() {
        let calls = Calls::default();
        for call in [Call::Get, Call::Swap, Call::LostSwap, Call::Get, Call::DeleteMany] {
            calls.count(call);
        }
        assert_eq!(
            calls.to_json(),
            r#"{"get":2,"exists":0,"keys":0,"set":0,"delete":0,"swap":1,"lost_swap":1,"#.to_owned()
                + r#""get_many":0,"set_many":0,"delete_many":1}"#
        );
    }
}
