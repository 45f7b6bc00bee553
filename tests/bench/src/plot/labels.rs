//! Where labels go that would lie over one another.

/// From one label to the next.
pub(super) const STEP: i32 = 14;

/// The heights of labels: as near to the wanted ones, which are in order, as they can be read, and
/// none below `most`.
pub(super) fn spread(wanted: &[i32], most: i32) -> Vec<i32> {
    let mut places: Vec<i32> = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let next = places.last().map_or(i32::MIN, |last| last + STEP);
        places.push(next.max(*wanted));
    }
    let mut most = most;
    for place in places.iter_mut().rev() {
        *place = (*place).min(most);
        most = *place - STEP;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are() {
        assert_eq!(spread(&[10, 30, 60], 100), [10, 30, 60]);
        assert_eq!(spread(&[], 100), [0; 0]);
    }

    #[test]
    fn labels_without_room_move_apart() {
        assert_eq!(spread(&[10, 12, 12], 100), [10, 24, 38]);
        assert_eq!(spread(&[90, 99, 99], 100), [72, 86, 100]);
    }
}
