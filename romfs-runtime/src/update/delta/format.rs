//! Header and operations of a delta file, for both sides.

use core::fmt;

use crate::format::crc32;
use crate::update::manifest::DIGEST;

/// First bytes of a delta file.
pub const MAGIC: [u8; 4] = *b"RDLT";
const VERSION: u8 = 1;
const CRC_AT: usize = 60;

/// What a delta turns into what. The head of the new image's envelope follows it, then the
/// operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the image that operations may copy from.
    pub base: u32,
    /// That image's payload digest.
    pub base_digest: [u8; DIGEST],
    /// Bytes of the new image.
    pub target: u32,
    /// Bytes of the new envelope's head.
    pub head: u16,
    /// Bytes of the operations.
    pub ops: u32,
}

/// Why bytes are no header of a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError {
    /// Wrong magic number, checksum or reserved bytes.
    Malformed,
    /// A version that this code does not know.
    UnknownVersion(u8),
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the delta's header is malformed"),
            Self::UnknownVersion(version) => write!(f, "the delta has version {version}"),
        }
    }
}

impl core::error::Error for HeaderError {}

impl Header {
    /// Bytes of the header.
    pub const LEN: usize = 64;

    /// The header's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = VERSION;
        bytes[8..12].copy_from_slice(&self.base.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.target.to_le_bytes());
        bytes[16..18].copy_from_slice(&self.head.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.ops.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.base_digest);
        let crc = crc32(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`HeaderError`].
    pub fn parse(bytes: &[u8; Self::LEN]) -> Result<Self, HeaderError> {
        if bytes[..4] == MAGIC && bytes[4] != VERSION {
            return Err(HeaderError::UnknownVersion(bytes[4]));
        }
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let mut base_digest = [0; DIGEST];
        base_digest.copy_from_slice(&bytes[24..56]);
        let header = Self {
            base: word(8),
            base_digest,
            target: word(12),
            head: u16::from_le_bytes([bytes[16], bytes[17]]),
            ops: word(20),
        };
        if header.to_bytes() == *bytes {
            Ok(header)
        } else {
            Err(HeaderError::Malformed)
        }
    }

    /// Bytes of the whole file, if that fits 32 bits.
    #[must_use]
    pub fn total(&self) -> Option<u32> {
        (Self::LEN as u32 + u32::from(self.head)).checked_add(self.ops)
    }
}

/// Kinds of operation: the low two bits of an operation's first number, the length above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Bytes of the base as they are.
    Copy = 0,
    /// Bytes that follow.
    Literal = 1,
    /// Bytes of the base with runs of them replaced.
    Patch = 2,
    /// 32-bit words of the base, those within bounds moved by constants: tables of positions.
    Adjust = 3,
}

impl Op {
    /// The kind that an operation's first number names.
    #[must_use]
    pub const fn of(tag: u32) -> Self {
        match tag & 3 {
            0 => Self::Copy,
            1 => Self::Literal,
            2 => Self::Patch,
            _ => Self::Adjust,
        }
    }
}

/// Most [`Move`]s of one [`Op::Adjust`].
pub const MAX_MOVES: usize = 16;

/// What an [`Op::Adjust`] does to words from `low` to before `low + span`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Move {
    /// Smallest word that is moved.
    pub low: u32,
    /// How many values from there on are moved.
    pub span: u32,
    /// By how much.
    pub by: i32,
}

/// A signed number as an unsigned one, small for small magnitudes.
#[must_use]
pub const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

/// The number that [`zigzag`] made.
#[must_use]
pub const fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}
