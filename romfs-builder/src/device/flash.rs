//! The simulated chip under the traits that firmware runs on.

use std::ptr::NonNull;

use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use flash_sim::{Chip, FlashError, Nor};
use romfs_runtime::flash::MappedFlash;

/// The simulated chip as a driver whose bytes can be mapped.
#[derive(Debug)]
pub struct SimFlash<const UNIT: usize, const SECTOR: usize>(Nor<UNIT, SECTOR>);

impl<const UNIT: usize, const SECTOR: usize> SimFlash<UNIT, SECTOR> {
    /// Puts the driver over a chip that has a file or memory behind it.
    ///
    /// # Errors
    /// [`FlashError::GeometryMismatch`] if the chip has other units, or nothing to map.
    pub fn new(chip: Chip) -> Result<Self, FlashError> {
        if chip.mapped_base().is_none() {
            return Err(FlashError::GeometryMismatch("memory to map"));
        }
        Ok(Self(Nor::new(chip)?))
    }

    /// The chip.
    pub fn chip(&mut self) -> &mut Chip {
        self.0.chip_mut()
    }
}

impl<const UNIT: usize, const SECTOR: usize> ErrorType for SimFlash<UNIT, SECTOR> {
    type Error = FlashError;
}

impl<const UNIT: usize, const SECTOR: usize> ReadNorFlash for SimFlash<UNIT, SECTOR> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<const UNIT: usize, const SECTOR: usize> NorFlash for SimFlash<UNIT, SECTOR> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.0.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.0.write(offset, bytes)
    }
}

/// Parts with single-byte units are serial NOR here, whose bits may be cleared at will.
impl<const SECTOR: usize> MultiwriteNorFlash for SimFlash<1, SECTOR> {}

// SAFETY: the chip was made mappable; its read-only mapping lives as long as the chip, does not
// move with it, and changes only where it is programmed or erased (invariant 1).
unsafe impl<const UNIT: usize, const SECTOR: usize> MappedFlash for SimFlash<UNIT, SECTOR> {
    fn base(&self) -> NonNull<u8> {
        self.0
            .chip()
            .mapped_base()
            .expect("a chip that can be mapped")
    }
}
