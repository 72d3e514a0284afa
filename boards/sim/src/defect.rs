//! Permanent faults of a part.

use std::collections::BTreeMap;

/// A bit that always reads the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StuckBit {
    /// Byte that holds the bit.
    pub offset: u32,
    /// Number of the bit, 0 to 7.
    pub bit: u8,
    /// What it reads as.
    pub value: bool,
}

/// How a failing sector shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailMode {
    /// Programs and erases report [`FlashError::SectorFailed`](crate::FlashError::SectorFailed)
    /// and change nothing.
    Reported,
    /// Programs and erases report success and change nothing.
    Silent,
    /// Erases report failure, programs still work: the usual end of life.
    EraseReported,
}

/// The permanent faults of one chip.
#[derive(Debug, Clone, Default)]
pub struct Defects {
    stuck: BTreeMap<u32, (u8, u8)>,
    failing: BTreeMap<usize, FailMode>,
    endurance: Option<(u32, FailMode)>,
}

impl Defects {
    /// Adds a stuck bit.
    pub fn stick(&mut self, fault: StuckBit) {
        let (high, low) = self.stuck.entry(fault.offset).or_default();
        let mask = 1 << (fault.bit & 7);
        let side = if fault.value { high } else { low };
        *side |= mask;
    }

    /// Makes a sector, given by its number, fail from now on.
    pub fn fail_sector(&mut self, sector: usize, mode: FailMode) {
        self.failing.insert(sector, mode);
    }

    /// Makes every sector fail in this way once it has been erased `cycles` times.
    pub fn set_endurance(&mut self, cycles: u32, mode: FailMode) {
        self.endurance = Some((cycles, mode));
    }

    pub(crate) fn has_stuck(&self) -> bool {
        !self.stuck.is_empty()
    }

    /// Forces the stuck bits that lie in `bytes`, read from `offset`.
    pub(crate) fn force(&self, offset: u32, bytes: &mut [u8]) {
        let end = offset + bytes.len() as u32;
        for (&at, &(high, low)) in self.stuck.range(offset..end) {
            let byte = &mut bytes[(at - offset) as usize];
            *byte = (*byte | high) & !low;
        }
    }

    pub(crate) fn mode(&self, sector: usize, erases: u32) -> Option<FailMode> {
        let worn = self.endurance.filter(|&(cycles, _)| erases >= cycles);
        self.failing
            .get(&sector)
            .copied()
            .or(worn.map(|(_, mode)| mode))
    }
}
