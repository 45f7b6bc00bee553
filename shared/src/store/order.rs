//! The order of keys.

use std::cmp::Ordering;

/// Compares two keys byte by byte, as slices do, but eight at a time. Keys have long beginnings in
/// common, and a component's `memcmp` looks at one byte after the other.
pub(super) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    let mut same = 0;
    for (left, right) in left_words.iter().zip(right_words) {
        let order = u64::from_be_bytes(*left).cmp(&u64::from_be_bytes(*right));
        if order.is_ne() {
            return order;
        }
        same += 8;
    }
    left[same..].cmp(&right[same..])
}

/// Whether two keys are one.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && compare(left, right).is_eq()
}

/// A key in the order of [`compare`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(pub Vec<u8>);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two keys that begin alike.
    fn keys() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        let bytes = || prop::collection::vec(prop_oneof![Just(0), Just(1), Just(255)], 0..20);
        (prop::collection::vec(any::<u8>(), 0..30), bytes(), bytes())
            .prop_map(|(same, left, right)| ([same.clone(), left].concat(), [same, right].concat()))
    }

    proptest! {
        #[test]
        fn is_the_order_of_slices((left, right) in keys()) {
            prop_assert_eq!(compare(&left, &right), left.cmp(&right));
            prop_assert_eq!(compare(&left, &left), Ordering::Equal);
            prop_assert_eq!(same(&left, &right), left == right);
            prop_assert!(same(&left, &left.clone()));
        }
    }
}
