//! What the boot record says, and the bytes that say it (SPEC-update.md §2.2).

use crate::format::crc32;

/// One of the two places for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The first slot.
    A,
    /// The second slot.
    B,
}

impl Slot {
    /// The slot that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Where a running image comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A slot.
    Slot(Slot),
    /// The image that is linked into the firmware.
    Factory,
}

impl Source {
    const fn to_byte(self) -> u8 {
        match self {
            Self::Slot(Slot::A) => 0,
            Self::Slot(Slot::B) => 1,
            Self::Factory => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Slot(Slot::A)),
            1 => Some(Self::Slot(Slot::B)),
            2 => Some(Self::Factory),
            _ => None,
        }
    }
}

/// Why the device went back the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reverted {
    /// It never did, or something was confirmed since.
    No,
    /// The trial used up its attempts without being confirmed.
    NotConfirmed,
    /// The image that was to run failed its check at boot.
    CheckFailed,
    /// The running program asked for it.
    Requested,
}

impl Reverted {
    const fn to_byte(self) -> u8 {
        match self {
            Self::No => 0,
            Self::NotConfirmed => 1,
            Self::CheckFailed => 2,
            Self::Requested => 3,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::No),
            1 => Some(Self::NotConfirmed),
            2 => Some(Self::CheckFailed),
            3 => Some(Self::Requested),
            _ => None,
        }
    }
}

/// A trial that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trial {
    /// Boots that are left before the device goes back.
    pub attempts: u8,
    /// Where it goes back to.
    pub fallback: Source,
}

/// The whole state of the update system that a reset must not lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// What to run.
    pub active: Source,
    /// Set until the active image is confirmed.
    pub trial: Option<Trial>,
    /// Images with a lower security counter are refused.
    pub counter_floor: u32,
    /// Sequence number of the last confirmed image; images that are not newer are refused.
    pub sequence: u32,
    /// First bytes of the payload digest of the image that was activated last; zeros before.
    pub tag: [u8; 8],
    /// Why the device went back the last time.
    pub reverted: Reverted,
}

impl State {
    /// The state of a device whose boot record was never written.
    #[must_use]
    pub const fn initial(active: Source) -> Self {
        Self {
            active,
            trial: None,
            counter_floor: 0,
            sequence: 0,
            tag: [0; 8],
            reverted: Reverted::No,
        }
    }

    /// The state after going back, if there is a trial to go back from.
    #[must_use]
    pub fn gone_back(&self, reverted: Reverted) -> Option<Self> {
        self.trial.map(|trial| Self {
            active: trial.fallback,
            trial: None,
            reverted,
            ..*self
        })
    }
}

/// A state with its place in the order of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: u32,
    pub(crate) state: State,
}

impl Entry {
    pub(crate) const LEN: usize = 32;
    const MAGIC: [u8; 2] = *b"BR";
    const VERSION: u8 = 1;
    const NO_TRIAL: u8 = 0xff;
    const CRC_AT: usize = 28;

    pub(crate) fn to_bytes(self) -> [u8; Self::LEN] {
        let state = &self.state;
        let (attempts, fallback) = match state.trial {
            Some(trial) => (trial.attempts, trial.fallback.to_byte()),
            None => (0, Self::NO_TRIAL),
        };
        let mut bytes = [0; Self::LEN];
        bytes[0..2].copy_from_slice(&Self::MAGIC);
        bytes[2] = Self::VERSION;
        bytes[3] = state.active.to_byte();
        bytes[4..8].copy_from_slice(&self.number.to_le_bytes());
        bytes[8..12].copy_from_slice(&state.counter_floor.to_le_bytes());
        bytes[12..16].copy_from_slice(&state.sequence.to_le_bytes());
        bytes[16..24].copy_from_slice(&state.tag);
        bytes[24] = attempts;
        bytes[25] = fallback;
        bytes[26] = state.reverted.to_byte();
        let crc = crc32(&bytes[..Self::CRC_AT]);
        bytes[Self::CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::LEN]) -> Option<Self> {
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let sound = bytes[0..2] == Self::MAGIC
            && bytes[2] == Self::VERSION
            && bytes[27] == 0
            && word(Self::CRC_AT) == crc32(&bytes[..Self::CRC_AT]);
        if !sound {
            return None;
        }
        let trial = match bytes[25] {
            Self::NO_TRIAL => None,
            byte => Some(Trial {
                attempts: bytes[24],
                fallback: Source::from_byte(byte)?,
            }),
        };
        let mut tag = [0; 8];
        tag.copy_from_slice(&bytes[16..24]);
        Some(Self {
            number: word(4),
            state: State {
                active: Source::from_byte(bytes[3])?,
                trial,
                counter_floor: word(8),
                sequence: word(12),
                tag,
                reverted: Reverted::from_byte(bytes[26])?,
            },
        })
    }
}
