//! What an operation on the simulated chip can answer.

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};
use thiserror::Error;

/// Why the chip refused or failed an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FlashError {
    /// An offset or a length is not a multiple of the unit of the operation.
    #[error("{length} bytes at {offset:#x} are not aligned to units of {unit}")]
    NotAligned {
        /// First byte of the operation.
        offset: u32,
        /// Bytes of the operation.
        length: usize,
        /// The unit that both must be multiples of.
        unit: usize,
    },
    /// The operation reaches over the end of the chip.
    #[error("{length} bytes at {offset:#x} reach over the end of the chip")]
    OutOfBounds {
        /// First byte of the operation.
        offset: u32,
        /// Bytes of the operation.
        length: usize,
    },
    /// A program operation crosses a page boundary and the geometry says that this is refused.
    #[error("a program of {length} bytes at {offset:#x} crosses a page")]
    PageCrossed {
        /// First byte of the operation.
        offset: u32,
        /// Bytes of the operation.
        length: usize,
    },
    /// The [`Reprogram`](crate::Reprogram) policy does not allow this unit to be programmed now.
    #[error("the program unit at {offset:#x} was programmed before and must be erased first")]
    Reprogrammed {
        /// First byte of the unit.
        offset: u32,
    },
    /// The unit's check bits do not fit its data: it was torn, or never programmed on a part that
    /// faults on blank reads.
    #[error("uncorrectable ECC error in the unit at {offset:#x}")]
    Ecc {
        /// First byte of the unit.
        offset: u32,
    },
    /// The sector reported a program or erase failure.
    #[error("the sector at {offset:#x} failed")]
    SectorFailed {
        /// First byte of the sector.
        offset: u32,
    },
    /// The power is off, since the cut that was asked for has happened.
    #[error("power is off")]
    PowerOff,
    /// The typed handle and the chip do not have the same units.
    #[error("the handle's units differ from the chip's: {0}")]
    GeometryMismatch(&'static str),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned { .. } => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds { .. } => NorFlashErrorKind::OutOfBounds,
            _ => NorFlashErrorKind::Other,
        }
    }
}
