//! The record of constants: tuples of an image's modules, laid out as a VM has them in RAM (SPEC.md §4.5).
//!
//! A view over bytes that nobody has checked. What it leads to is a constant only once the reader has compared it with what
//! the module says.

use super::format::constants::{ENTRY_LEN, HEADER_LEN};
use super::record::Record;

/// A record of constants whose sizes are checked.
#[derive(Clone, Copy, Debug)]
pub struct Constants<'a> {
    /// The image's payload, from which positions count.
    payload: &'a [u8],
    abi: u64,
    word: u8,
    entries: &'a [u8],
}

impl<'a> Constants<'a> {
    /// Reads the head of the record; none where sizes disagree.
    pub(crate) fn parse(record: &Record<'a>, payload: &'a [u8]) -> Option<Self> {
        let (head, rest) = record.payload.split_first_chunk::<HEADER_LEN>()?;
        let n = u32::from_le_bytes([head[12], head[13], head[14], head[15]]);
        let (entries, _) = rest.split_at_checked((n as usize).checked_mul(ENTRY_LEN)?)?;
        Some(Self {
            payload,
            abi: u64::from_le_bytes(*head.first_chunk()?),
            word: head[8],
            entries,
        })
    }

    /// The firmware that the record was made for.
    #[must_use]
    pub fn abi(&self) -> u64 {
        self.abi
    }

    /// Bytes of a word and of a float.
    #[must_use]
    pub fn word(&self) -> usize {
        self.word.into()
    }

    /// The payload of the image, from which positions count.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many constants there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.entries.len() / ENTRY_LEN) as u32
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Position of the cell that is said to be the constant at this position.
    #[must_use]
    pub fn find(&self, constant: u32) -> Option<u32> {
        let (entries, _) = self.entries.as_chunks::<ENTRY_LEN>();
        let half = |at: usize, from: usize| {
            let entry = &entries[at];
            u32::from_le_bytes([
                entry[from],
                entry[from + 1],
                entry[from + 2],
                entry[from + 3],
            ])
        };
        let (mut low, mut high) = (0, entries.len());
        while low < high {
            let middle = (low + high) / 2;
            let at = half(middle, 0);
            if at == constant {
                return Some(half(middle, 4));
            }
            if at < constant {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        None
    }
}
