//! The trailer: how far the file in a slot has come, kept in the slot's last erase sectors so that a
//! reset loses next to nothing (SPEC-update.md §5).

use embedded_storage::nor_flash::NorFlash;

use super::manifest::DIGEST;
use crate::format::crc32;

const MAGIC: [u8; 4] = *b"RTRL";
const VERSION: u8 = 1;
const CRC_AT: usize = 60;
/// Where the payload digest of a verified image stands.
const VERIFIED: u32 = Header::LEN as u32;
/// Where the marks begin.
const MARKS: u32 = VERIFIED + DIGEST as u32;

/// What is being written to the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// What tells this file from any other; the sender chooses it (SMP: the file's SHA-256).
    pub(super) identity: [u8; 32],
    /// Bytes of the file.
    pub(super) length: u32,
    /// Where in the slot the file starts: 0, or for a delta a sector further up.
    pub(super) start: u32,
    /// Bytes that one mark stands for.
    pub(super) step: u32,
}

impl Header {
    pub(super) const LEN: usize = 64;

    fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[8..12].copy_from_slice(&self.length.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.start.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.step.to_le_bytes());
        bytes[20..52].copy_from_slice(&self.identity);
        let crc = crc32(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::LEN]) -> Option<Self> {
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let mut identity = [0; 32];
        identity.copy_from_slice(&bytes[20..52]);
        let header = Self {
            identity,
            length: word(8),
            start: word(12),
            step: word(16),
        };
        (header.to_bytes() == *bytes).then_some(header)
    }
}

/// Where the trailer of a slot is. `step` is what one mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    /// First byte of the trailer, and end of the room for files.
    pub(super) start: u32,
    capacity: u32,
    pub(super) step: u32,
}

impl Trailer {
    /// The smallest trailer that has a mark for each step before it. `None` if there is no room.
    pub(super) fn new<P: NorFlash>(capacity: u32, step: u32) -> Option<Self> {
        let sector = P::ERASE_SIZE as u32;
        let mut start = capacity.checked_sub(sector)?;
        loop {
            let marks = start.div_ceil(step).checked_mul(P::WRITE_SIZE as u32)?;
            if MARKS.checked_add(marks)? <= capacity - start {
                return Some(Self {
                    start,
                    capacity,
                    step,
                });
            }
            start = start.checked_sub(sector)?;
        }
    }

    /// The header, if there is a whole one.
    pub(super) fn header<P: NorFlash>(&self, flash: &mut P) -> Option<Header> {
        let mut bytes = [0; Header::LEN];
        flash.read(self.start, &mut bytes).ok()?;
        Header::from_bytes(&bytes)
    }

    /// Erases the trailer and writes a new header. The sector of the header goes first, so that no
    /// header stands before marks that are half erased.
    pub(super) fn begin<P: NorFlash>(&self, flash: &mut P, header: Header) -> Result<(), P::Error> {
        self.clear(flash)?;
        flash.write(self.start, &header.to_bytes())
    }

    /// Erases the trailer: what is in the slot counts for nothing.
    pub(super) fn clear<P: NorFlash>(&self, flash: &mut P) -> Result<(), P::Error> {
        let sector = P::ERASE_SIZE as u32;
        flash.erase(self.start, self.start + sector)?;
        flash.erase(self.start + sector, self.capacity)
    }

    /// Notes that the step which holds `offset` is written.
    pub(super) fn mark<P: NorFlash>(&self, flash: &mut P, offset: u32) -> Result<(), P::Error> {
        let zeros = [0; 32];
        flash.write(self.mark_at::<P>(offset), &zeros[..P::WRITE_SIZE])
    }

    /// The end of the steps that are written without a gap, from `from` to at most `to`. Any trace
    /// of a mark counts, since marking begins when the step is complete.
    pub(super) fn written<P: NorFlash>(&self, flash: &mut P, from: u32, to: u32) -> u32 {
        let mut at = from;
        while at < to && self.has_mark(flash, at) {
            at += self.step;
        }
        at.min(to)
    }

    fn has_mark<P: NorFlash>(&self, flash: &mut P, offset: u32) -> bool {
        let unit = self.mark_at::<P>(offset);
        let start = unit / P::READ_SIZE as u32 * P::READ_SIZE as u32;
        let length = P::WRITE_SIZE.max(P::READ_SIZE);
        let mut bytes = [0; 32];
        match flash.read(start, &mut bytes[..length]) {
            Ok(()) => {
                let skip = (unit - start) as usize;
                bytes[skip..skip + P::WRITE_SIZE] != [0xff; 32][..P::WRITE_SIZE]
            }
            Err(_) => true,
        }
    }

    fn mark_at<P: NorFlash>(&self, offset: u32) -> u32 {
        self.start + MARKS + offset / self.step * P::WRITE_SIZE as u32
    }

    /// Notes that the image with this payload digest passed every check.
    pub(super) fn vouch<P: NorFlash>(
        &self,
        flash: &mut P,
        digest: &[u8; DIGEST],
    ) -> Result<(), P::Error> {
        let mut noted = [0; DIGEST];
        let at = self.start + VERIFIED;
        if flash.read(at, &mut noted).is_ok() && noted == *digest {
            return Ok(());
        }
        flash.write(at, digest)
    }

    /// The payload digest of the image that passed every check in `slot`, a slot's mapped bytes.
    pub(super) fn vouched_in<'s>(&self, slot: &'s [u8]) -> Option<&'s [u8; DIGEST]> {
        slot.get((self.start + VERIFIED) as usize..)?.first_chunk()
    }
}
