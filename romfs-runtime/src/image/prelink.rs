//! The prelink record: names of an image's modules, numbered when it was built (SPEC.md §4.4).
//!
//! A view over bytes that nobody has checked: every answer is bounds-checked, and an answer that is not in the record is
//! none. Whether what it says is true is for the reader to find out, before it relies on it.

use super::format::prelink::{HEADER_LEN, MODULE_LEN, NAME_LEN, NAMES_MAX};
use super::record::Record;

/// A prelink record whose sizes are checked.
#[derive(Clone, Copy, Debug)]
pub struct Prelink<'a> {
    /// The image's payload, from which positions count.
    payload: &'a [u8],
    abi: u64,
    names: &'a [u8],
    index: &'a [u8],
    modules: &'a [u8],
    ids: &'a [u8],
}

impl<'a> Prelink<'a> {
    /// Reads the head of the record; none where sizes disagree.
    pub(crate) fn parse(record: &Record<'a>, payload: &'a [u8]) -> Option<Self> {
        let (head, rest) = record.payload.split_first_chunk::<HEADER_LEN>()?;
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let abi = u64::from(word(4)) << 32 | u64::from(word(0));
        let (n_names, bits) = (word(8), word(12));
        let (n_modules, n_ids) = (word(16), word(20));
        if n_names > NAMES_MAX || bits > 16 || n_names >= 1 << bits {
            return None;
        }
        let (names, rest) = rest.split_at_checked(n_names as usize * NAME_LEN)?;
        let (index, rest) = rest.split_at_checked(2 << bits)?;
        let (modules, ids) =
            rest.split_at_checked((n_modules as usize).checked_mul(MODULE_LEN)?)?;
        if ids.len() != (n_ids as usize).checked_mul(2)? {
            return None;
        }
        Some(Self {
            payload,
            abi,
            names,
            index,
            modules,
            ids,
        })
    }

    /// The firmware that the record was made for.
    #[must_use]
    pub fn abi(&self) -> u64 {
        self.abi
    }

    /// The payload of the image, from which positions count.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        (self.names.len() / NAME_LEN) as u32
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The text of a name; empty for a number or a place that is not there.
    #[must_use]
    pub fn name(&self, number: u32) -> &'a [u8] {
        let text = || {
            let entry = self.entry(number)?;
            let position = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]) as usize;
            self.payload.get(position..position + usize::from(entry[4]))
        };
        text().unwrap_or_default()
    }

    /// The hash of a name, as the record has it.
    #[must_use]
    pub fn hash(&self, number: u32) -> u16 {
        self.entry(number)
            .map_or(0, |entry| u16::from_le_bytes([entry[6], entry[7]]))
    }

    fn entry(&self, number: u32) -> Option<&'a [u8; NAME_LEN]> {
        let at = (number as usize).checked_mul(NAME_LEN)?;
        self.names.get(at..)?.first_chunk()
    }

    /// The number of a name, by its text and hash.
    #[must_use]
    pub fn find(&self, text: &[u8], hash: u16) -> Option<u32> {
        let slots = self.index.len() / 2;
        let mut at = usize::from(hash) & (slots - 1);
        // A record that lies may have no free slot.
        for _ in 0..slots {
            let number = half(self.index, at)?.checked_sub(1)?;
            let number = u32::from(number);
            if self.hash(number) == hash && self.name(number) == text {
                return Some(number);
            }
            at = (at + 1) & (slots - 1);
        }
        None
    }

    /// The ids of `count` names of the module whose content is at this offset of the payload: two bytes each.
    #[must_use]
    pub fn ids(&self, position: u32, count: u32) -> Option<&'a [u8]> {
        let (mut low, mut high) = (0, self.modules.len() / MODULE_LEN);
        while low < high {
            let middle = (low + high) / 2;
            let module = self
                .modules
                .get(middle * MODULE_LEN..)?
                .first_chunk::<MODULE_LEN>()?;
            let at = u32::from_le_bytes([module[0], module[1], module[2], module[3]]);
            if at == position {
                let first = u32::from_le_bytes([module[4], module[5], module[6], module[7]]);
                let start = (first as usize).checked_mul(2)?;
                let end = start.checked_add((count as usize).checked_mul(2)?)?;
                return self.ids.get(start..end);
            }
            if at < position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        None
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(2 * at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}
