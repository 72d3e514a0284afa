//! Driver of the second parallel flash: Intel command set, two 16-bit devices side by side.

use core::ptr::{self, NonNull};

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
    check_erase, check_read, check_write,
};
use romfs_runtime::flash::MappedFlash;

/// Where the flash is read.
const BASE: *mut u8 = 0x2200_0000 as *mut u8;
/// Bytes of both devices.
pub const CAPACITY: usize = 32 * 1024 * 1024;
/// Erase sector of both devices.
pub const SECTOR: usize = 256 * 1024;
/// Program unit: one word of each device.
const UNIT: usize = 4;

/// A command or a status bit, for both devices.
const fn both(value: u16) -> u32 {
    (value as u32) << 16 | value as u32
}

const READ_ARRAY: u32 = both(0xff);
const PROGRAM: u32 = both(0x40);
const ERASE: u32 = both(0x20);
const CONFIRM: u32 = both(0xd0);
const CLEAR_STATUS: u32 = both(0x50);
const READY: u32 = both(0x80);
/// Erase failed, program failed, or the block is locked.
const FAILED: u32 = both(0x32);

/// Why the flash refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CfiError {
    /// Bounds or alignment.
    Arguments(NorFlashErrorKind),
    /// The device says that it failed.
    Failed,
}

impl NorFlashError for CfiError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Arguments(kind) => *kind,
            Self::Failed => NorFlashErrorKind::Other,
        }
    }
}

impl From<NorFlashErrorKind> for CfiError {
    fn from(kind: NorFlashErrorKind) -> Self {
        Self::Arguments(kind)
    }
}

/// The flash. Between calls it can be read in place.
#[derive(Debug)]
pub struct CfiFlash(());

impl CfiFlash {
    /// The flash, ready to be read. To be called once.
    pub fn take() -> Self {
        let mut flash = Self(());
        flash.command(0, READ_ARRAY);
        flash
    }

    fn command(&mut self, offset: u32, word: u32) {
        // SAFETY: invariant 1: the offset was checked; what this changes was asked of this driver,
        // whose owner maps nothing there.
        unsafe { ptr::write_volatile(BASE.add(offset as usize).cast::<u32>(), word) };
    }

    /// Waits for the end of an operation and makes the flash readable again.
    fn finish(&mut self, offset: u32) -> Result<(), CfiError> {
        let status = loop {
            // SAFETY: invariant 1: the offset was checked; while an operation runs, reads give
            // the status.
            let status = unsafe { ptr::read_volatile(BASE.add(offset as usize).cast::<u32>()) };
            if status & READY == READY {
                break status;
            }
        };
        self.command(offset, CLEAR_STATUS);
        self.command(offset, READ_ARRAY);
        if status & FAILED == 0 {
            Ok(())
        } else {
            Err(CfiError::Failed)
        }
    }
}

impl ErrorType for CfiFlash {
    type Error = CfiError;
}

impl ReadNorFlash for CfiFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), CfiError> {
        check_read(self, offset, bytes.len())?;
        for (index, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: invariant 1: checked to be within the flash, which is in its read state.
            *byte = unsafe { ptr::read_volatile(BASE.add(offset as usize + index)) };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for CfiFlash {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), CfiError> {
        check_erase(self, from, to)?;
        for sector in (from..to).step_by(SECTOR) {
            self.command(sector, ERASE);
            self.command(sector, CONFIRM);
            self.finish(sector)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), CfiError> {
        check_write(self, offset, bytes.len())?;
        let (words, _) = bytes.as_chunks::<UNIT>();
        for (word, at) in words.iter().zip((offset..).step_by(UNIT)) {
            self.command(at, PROGRAM);
            self.command(at, u32::from_le_bytes(*word));
            self.finish(at)?;
        }
        Ok(())
    }
}

/// The parts that QEMU models let bits be cleared in any number of steps.
impl MultiwriteNorFlash for CfiFlash {}

// SAFETY: the flash is at this address for good, and each call leaves it readable (invariant 1).
unsafe impl MappedFlash for CfiFlash {
    fn base(&self) -> NonNull<u8> {
        NonNull::new(BASE).unwrap_or(NonNull::dangling())
    }
}
