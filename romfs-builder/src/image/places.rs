//! Where the entries of an earlier image lie, so that a new one can leave them there.
//!
//! A record that changes its size moves all that follow, and with them every position in index and pointers. A build
//! on a base puts padding where an entry shrank or went, and a little more than needed where one grew, so that the
//! next change moves nothing.

use std::collections::HashMap;

use romfs_runtime::{Entry, Error, Image};

/// Largest hole that is kept for the sake of what follows it. A larger one would cost more flash than it saves bytes
/// of a delta, which moves positions by range anyway.
const HOLE_MAX: u64 = 4096;

/// What follows a file that grew moves by a multiple of this.
const SLACK: u64 = 64;

/// Least bytes of a padding record.
const PADDING_MIN: u64 = 2;

/// Offsets of an image's entries, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(HashMap<String, u64>);

impl Places {
    /// The places of `image`'s entries.
    ///
    /// # Errors
    /// What is malformed in the image.
    pub fn of(image: &Image<'_>) -> Result<Self, Error> {
        let mut places = HashMap::new();
        let mut path: Vec<String> = Vec::new();
        for item in image.walk() {
            let item = item?;
            path.truncate(item.depth);
            path.push(String::from_utf8_lossy(item.entry.name()).into_owned());
            let offset = match item.entry {
                Entry::File(file) => file.offset(),
                Entry::Dir(dir) => dir.offset(),
            };
            places.entry(path.join("/")).or_insert(offset.into());
        }
        Ok(Self(places))
    }

    /// Offset of an entry's record from the start of the image.
    pub(super) fn get(&self, path: &str) -> Option<u64> {
        self.0.get(path).copied()
    }
}

/// Bytes of padding before a record that could start at `at` and stood at `place`.
pub(super) fn padding_before(at: u64, place: u64) -> u64 {
    let gap = match place.checked_sub(at) {
        Some(hole) if hole > HOLE_MAX => 0,
        Some(hole) => hole,
        None => {
            let moved = at - place;
            let slack = moved.next_multiple_of(SLACK) - moved;
            if slack > 0 && slack < PADDING_MIN {
                slack + SLACK
            } else {
                slack
            }
        }
    };
    if gap < PADDING_MIN { 0 } else { gap }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_where_it_was_if_it_can() {
        assert_eq!(padding_before(100, 100), 0);
        assert_eq!(padding_before(60, 100), 40);
        // One byte makes no padding record.
        assert_eq!(padding_before(99, 100), 0);
        assert_eq!(padding_before(100, 100 + HOLE_MAX + 1), 0);
    }

    #[test]
    fn what_has_to_move_moves_by_whole_steps() {
        for moved in 1..300 {
            let padding = padding_before(1000 + moved, 1000);
            assert_eq!((moved + padding) % SLACK, 0, "{moved}");
            assert_ne!(padding, 1);
        }
    }
}
