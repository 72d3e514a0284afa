//! The path index: one look for a name of a directory, present or not (SPEC.md §4.3).

use super::error::{Error, ErrorKind};
use super::format::path_index::{
    FREE, HEADER_LEN, MAX_BUCKET_BITS, PILOT_LEN, SLOT_LEN, bucket, hash, slot,
};
use super::record::Record;

/// A path index whose header and size are checked. What its slots say is not: every use compares it with the tree.
#[derive(Clone, Copy, Debug)]
pub struct PathIndex<'a> {
    offset: u32,
    seed: u32,
    used: u32,
    slot_count: u32,
    bucket_bits: u8,
    pilots: &'a [u8],
    slots: &'a [u8],
}

impl<'a> PathIndex<'a> {
    #[cfg_attr(
        not(feature = "extensions"),
        allow(dead_code, reason = "only extensions need it")
    )]
    pub(crate) fn parse(record: &Record<'a>) -> Result<Self, Error> {
        let bad = Error::new(ErrorKind::BadIndex, record.offset);
        let (header, tables) = record
            .payload
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(bad)?;
        let word = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (seed, slot_count, used) = (word(0), word(4), word(8));
        let bucket_bits = header[12];
        if slot_count == 0
            || used > slot_count
            || !(1..=MAX_BUCKET_BITS).contains(&bucket_bits)
            || header[13..] != [0; 3]
        {
            return Err(bad);
        }
        let pilots_len = PILOT_LEN << bucket_bits;
        let len = pilots_len as u64 + u64::from(slot_count) * SLOT_LEN as u64;
        if tables.len() as u64 != len {
            return Err(bad);
        }
        let (pilots, slots) = tables.split_at(pilots_len);
        Ok(Self {
            offset: record.offset,
            seed,
            used,
            slot_count,
            bucket_bits,
            pilots,
            slots,
        })
    }

    /// Position of the record that the index has for `name` in the directory of that number, whose first child is at position
    /// `parent`. It may be a record of another name: the hash of an absent name meets some slot, too.
    pub(crate) fn candidate(&self, parent: u32, number: u32, name: &[u8]) -> Option<u32> {
        let hash = hash(self.seed, number, name);
        let at = bucket(hash, self.bucket_bits) as usize * PILOT_LEN;
        let pilot = u16::from_le_bytes(*self.pilots.get(at..)?.first_chunk()?);
        let (slot_parent, record) = self.slot(slot(hash, pilot, self.slot_count))?;
        (slot_parent == parent && record != FREE).then_some(record)
    }

    /// Parent and record of a slot.
    fn slot(&self, number: u32) -> Option<(u32, u32)> {
        let slot: &[u8; SLOT_LEN] = self
            .slots
            .get(number as usize * SLOT_LEN..)?
            .first_chunk()?;
        let [p0, p1, p2, p3, r0, r1, r2, r3] = *slot;
        Some((
            u32::from_le_bytes([p0, p1, p2, p3]),
            u32::from_le_bytes([r0, r1, r2, r3]),
        ))
    }

    /// Offset of its record from the start of the image.
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Entries that it claims to hold.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.used
    }

    /// Slots that are not free.
    pub(crate) fn occupied(&self) -> u32 {
        (0..self.slot_count)
            .filter(|&number| self.slot(number) != Some((FREE, FREE)))
            .count() as u32
    }
}
