//! The flash controller of the nRF51: pages of 1 KiB, programmed in words; a program only clears bits.

use core::ptr;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::machine::{read, write};

const READY: usize = 0x4001_e400;
const CONFIG: usize = 0x4001_e504;
const ERASE_PAGE: usize = 0x4001_e508;
const READ_ONLY: u32 = 0;
const WRITE_ON: u32 = 1;
const ERASE_ON: u32 = 2;

/// Erase sector.
pub const PAGE: usize = 1024;
/// Program unit.
const UNIT: usize = 4;

/// Pages of the flash that nothing else uses.
#[derive(Debug)]
pub struct Nvmc {
    base: usize,
    length: usize,
}

impl Nvmc {
    /// The pages from `base` on.
    ///
    /// # Safety
    /// No code and nothing that is borrowed lies there.
    pub const unsafe fn new(base: usize, pages: usize) -> Self {
        Self {
            base,
            length: pages * PAGE,
        }
    }

    fn wait(&self) {
        while read(READY) == 0 {}
    }
}

impl ErrorType for Nvmc {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Nvmc {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        for (index, byte) in bytes.iter_mut().enumerate() {
            let at = (self.base + offset as usize + index) as *const u8;
            // SAFETY: invariant 1: checked to be within the pages.
            *byte = unsafe { ptr::read_volatile(at) };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.length
    }
}

impl NorFlash for Nvmc {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        write(CONFIG, ERASE_ON);
        for page in (from..to).step_by(PAGE) {
            write(ERASE_PAGE, self.base as u32 + page);
            self.wait();
        }
        write(CONFIG, READ_ONLY);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        write(CONFIG, WRITE_ON);
        let (words, _) = bytes.as_chunks::<UNIT>();
        for (word, at) in words.iter().zip((offset as usize..).step_by(UNIT)) {
            write(self.base + at, u32::from_le_bytes(*word));
            self.wait();
        }
        write(CONFIG, READ_ONLY);
        Ok(())
    }
}
