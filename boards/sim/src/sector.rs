//! One erase sector: its bytes, and what the simulator knows about them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::rng::mix;

/// Erased value of every byte.
pub(crate) const ERASED: u8 = 0xff;

/// Bytes and bookkeeping of one sector. Clones of a chip share it until one of them changes it.
#[derive(Debug, Clone)]
pub(crate) struct Sector {
    data: Box<[u8]>,
    /// Programs of each unit since the last erase; empty where the policy does not count.
    programs: Box<[u8]>,
    /// Byte index to the bits of it that read differently each time.
    weak: BTreeMap<u32, u8>,
    /// Units whose check bits are wrong, by index.
    broken: BTreeMap<u32, ()>,
    pub(crate) erases: u32,
    hash: OnceLock<u64>,
}

impl Sector {
    pub(crate) fn erased(size: usize, counted_units: usize) -> Self {
        Self {
            data: vec![ERASED; size].into(),
            programs: vec![0; counted_units].into(),
            weak: BTreeMap::new(),
            broken: BTreeMap::new(),
            erases: 0,
            hash: OnceLock::new(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.hash = OnceLock::new();
        &mut self.data
    }

    pub(crate) fn programs(&self, unit: usize) -> u8 {
        self.programs.get(unit).copied().unwrap_or(0)
    }

    pub(crate) fn count_program(&mut self, unit: usize) {
        self.hash = OnceLock::new();
        if let Some(count) = self.programs.get_mut(unit) {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn is_broken(&self, unit: usize) -> bool {
        self.broken.contains_key(&(unit as u32))
    }

    pub(crate) fn break_unit(&mut self, unit: usize) {
        self.hash = OnceLock::new();
        self.broken.insert(unit as u32, ());
    }

    pub(crate) fn weak(&self) -> &BTreeMap<u32, u8> {
        &self.weak
    }

    pub(crate) fn set_weak(&mut self, byte: usize, mask: u8) {
        self.hash = OnceLock::new();
        if mask != 0 {
            *self.weak.entry(byte as u32).or_default() |= mask;
        }
    }

    /// Bits of a byte that are programmed to 0 once more are firm again.
    pub(crate) fn firm(&mut self, byte: usize, mask: u8) {
        if self.weak.is_empty() {
            return;
        }
        if let Some(weak) = self.weak.get_mut(&(byte as u32)) {
            *weak &= !mask;
            if *weak == 0 {
                self.weak.remove(&(byte as u32));
            }
        }
    }

    /// Everything back to ones; the wear stays.
    pub(crate) fn erase(&mut self) {
        self.data.fill(ERASED);
        self.forget_marks();
        self.programs.fill(0);
    }

    /// Drops weak bits and broken check bits, but no program counts.
    pub(crate) fn forget_marks(&mut self) {
        self.weak.clear();
        self.broken.clear();
        self.hash = OnceLock::new();
    }

    /// Takes every unit as programmed: the state after an erase that did not complete.
    pub(crate) fn mark_all_programmed(&mut self) {
        self.programs.fill(u8::MAX);
        self.hash = OnceLock::new();
    }

    /// A hash of all that decides how the sector behaves; wear is left out.
    pub(crate) fn hash(&self) -> u64 {
        *self.hash.get_or_init(|| {
            let data = hash_bytes(0x5ec7, &self.data);
            let counted = hash_bytes(data, &self.programs);
            let weak = self.weak.iter().fold(counted, |hash, (&at, &mask)| {
                mix(hash ^ (u64::from(at) << 8 | u64::from(mask)))
            });
            self.broken
                .keys()
                .fold(weak, |hash, &unit| mix(hash ^ u64::from(unit) << 40))
        })
    }
}

fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words
        .iter()
        .fold(seed, |hash, word| mix(hash ^ u64::from_le_bytes(*word)));
    rest.iter()
        .fold(hash, |hash, &byte| mix(hash ^ u64::from(byte)))
}
