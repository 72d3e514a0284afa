//! What an operation leaves behind when the power goes within it.
//!
//! A program can leave any subset of the bits it was clearing, an erase any mixture. Cells that
//! were half way may read differently each time until they are erased, or programmed, again.

use crate::rng::Rng;
use crate::sector::Sector;

/// Ways in which an operation can be cut within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tear {
    /// The first bytes are complete, the rest untouched.
    Prefix,
    /// A random subset of the bits has changed, all firmly.
    Bits,
    /// Each byte is complete, untouched or partly changed, and some of its bits are weak.
    Scatter,
    /// Erase only: cells were programmed to zero first, and that is how far it came.
    Zeros,
    /// Everything seems complete, but the changed bits are weak.
    WeakDone,
    /// Nothing seems changed, but the bits that should have changed are weak.
    WeakUndone,
}

impl Tear {
    /// The ways that apply to a program.
    pub const PROGRAM: [Self; 5] = [
        Self::Prefix,
        Self::Bits,
        Self::Scatter,
        Self::WeakDone,
        Self::WeakUndone,
    ];

    /// The ways that apply to an erase.
    pub const ERASE: [Self; 6] = [
        Self::Prefix,
        Self::Bits,
        Self::Scatter,
        Self::Zeros,
        Self::WeakDone,
        Self::WeakUndone,
    ];

    /// The name used in replay ids.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Bits => "bits",
            Self::Scatter => "scatter",
            Self::Zeros => "zeros",
            Self::WeakDone => "weak-done",
            Self::WeakUndone => "weak-undone",
        }
    }

    /// The way with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ERASE.into_iter().find(|tear| tear.name() == name)
    }

    /// How far one byte came whose bits `due` were to change, at `index` of `length`.
    fn byte(self, due: u8, reached: bool, density: u8, rng: &mut Rng) -> Progress {
        let (done, weak) = match self {
            Self::Prefix | Self::Zeros => (if reached { 0xff } else { 0 }, 0),
            Self::Bits => (rng.mask(density), 0),
            Self::Scatter => match rng.below(4) {
                0 => (0, 0),
                1 => (0xff, 0),
                _ => (rng.mask(density), rng.mask(2)),
            },
            Self::WeakDone => (0xff, rng.mask(4)),
            Self::WeakUndone => (0, rng.mask(4)),
        };
        Progress {
            done: due & done,
            weak: due & weak,
        }
    }
}

/// Bits of one byte that have changed, and bits that read at random.
struct Progress {
    done: u8,
    weak: u8,
}

/// Bytes that a program changes: index within the sector, and the value asked for.
pub(crate) type Target = (usize, u8);

/// Applies a program that was cut within.
pub(crate) fn program(
    sector: &mut Sector,
    targets: &[Target],
    unit: usize,
    ecc: bool,
    tear: Tear,
    seed: u64,
) {
    let mut rng = Rng::new(seed);
    let reached = 1 + rng.below(targets.len().saturating_sub(1));
    let density = 1 + rng.below(7) as u8;
    let mut position = 0;
    for chunk in targets.chunk_by(|a, b| a.0 / unit == b.0 / unit) {
        let mut complete = true;
        let mut touched = false;
        for &(at, value) in chunk {
            let due = sector.bytes()[at] & !value;
            let came = tear.byte(due, position < reached, density, &mut rng);
            position += 1;
            sector.bytes_mut()[at] &= !came.done;
            sector.set_weak(at, came.weak);
            complete &= came.done == due && came.weak == 0;
            touched |= came.done != 0 || came.weak != 0;
        }
        if touched {
            let index = chunk[0].0 / unit;
            sector.count_program(index);
            if ecc && !complete {
                sector.break_unit(index);
            }
        }
    }
}

/// Applies an erase that was cut within. Units count as programmed until a whole erase.
pub(crate) fn erase(sector: &mut Sector, unit: usize, ecc: bool, tear: Tear, seed: u64) {
    let mut rng = Rng::new(seed);
    let length = sector.bytes().len();
    let reached = 1 + rng.below(length - 1);
    let density = 1 + rng.below(7) as u8;
    sector.forget_marks();
    sector.mark_all_programmed();
    for start in (0..length).step_by(unit) {
        let mut changed = false;
        for at in start..start + unit {
            let old = sector.bytes()[at];
            let due = if tear == Tear::Zeros { old } else { !old };
            let came = tear.byte(due, at < reached, density, &mut rng);
            sector.bytes_mut()[at] ^= came.done;
            sector.set_weak(at, came.weak);
            changed |= came.done != 0 || came.weak != 0;
        }
        if ecc && changed {
            sector.break_unit(start / unit);
        }
    }
}
