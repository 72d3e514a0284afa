//! The `embedded-storage` traits over a chip.

use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

use crate::chip::Chip;
use crate::error::FlashError;
use crate::geometry::Reprogram;

/// A chip with its driver: one program operation per page, one erase per sector. The units are
/// constants, as the traits want them, and are checked against the chip's.
#[derive(Debug, Clone)]
pub struct Nor<const UNIT: usize, const SECTOR: usize, const READ: usize = 1> {
    chip: Chip,
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> Nor<UNIT, SECTOR, READ> {
    /// Puts the driver over `chip`.
    ///
    /// # Errors
    ///
    /// [`FlashError::GeometryMismatch`] if a unit differs.
    pub fn new(chip: Chip) -> Result<Self, FlashError> {
        let geometry = chip.geometry();
        let mismatch = FlashError::GeometryMismatch;
        if geometry.unit != UNIT {
            Err(mismatch("program unit"))
        } else if geometry.sector != SECTOR {
            Err(mismatch("erase sector"))
        } else if geometry.read != READ {
            Err(mismatch("read unit"))
        } else {
            Ok(Self { chip })
        }
    }

    /// The chip under the driver.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    /// The chip under the driver, to cut its power or to look at it.
    pub fn chip_mut(&mut self) -> &mut Chip {
        &mut self.chip
    }

    /// Gives the chip back.
    pub fn into_chip(self) -> Chip {
        self.chip
    }
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> ErrorType
    for Nor<UNIT, SECTOR, READ>
{
    type Error = FlashError;
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> ReadNorFlash
    for Nor<UNIT, SECTOR, READ>
{
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.chip.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.chip.geometry().capacity
    }
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> NorFlash
    for Nor<UNIT, SECTOR, READ>
{
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        if from > to || !(to as usize).is_multiple_of(SECTOR) {
            return Err(FlashError::NotAligned {
                offset: from,
                length: to.wrapping_sub(from) as usize,
                unit: SECTOR,
            });
        }
        for sector in (from..to).step_by(SECTOR) {
            self.chip.erase_sector(sector)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let page = self.chip.geometry().page;
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = page - at as usize % page;
            let (now, later) = rest.split_at(rest.len().min(room));
            self.chip.program(at, now)?;
            at += now.len() as u32;
            rest = later;
        }
        Ok(())
    }
}

/// A [`Nor`] whose part allows any number of programs of one unit, for software that needs
/// [`MultiwriteNorFlash`].
#[derive(Debug, Clone)]
pub struct MultiNor<const UNIT: usize, const SECTOR: usize, const READ: usize = 1>(
    Nor<UNIT, SECTOR, READ>,
);

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> MultiNor<UNIT, SECTOR, READ> {
    /// Puts the driver over `chip`.
    ///
    /// # Errors
    ///
    /// [`FlashError::GeometryMismatch`] if a unit differs, or if the part does not allow it.
    pub fn new(chip: Chip) -> Result<Self, FlashError> {
        if chip.geometry().reprogram != Reprogram::Unlimited || chip.geometry().ecc {
            return Err(FlashError::GeometryMismatch("reprogram policy"));
        }
        Nor::new(chip).map(Self)
    }

    /// The driver under this one.
    pub fn nor_mut(&mut self) -> &mut Nor<UNIT, SECTOR, READ> {
        &mut self.0
    }
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> ErrorType
    for MultiNor<UNIT, SECTOR, READ>
{
    type Error = FlashError;
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> ReadNorFlash
    for MultiNor<UNIT, SECTOR, READ>
{
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> NorFlash
    for MultiNor<UNIT, SECTOR, READ>
{
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.0.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.0.write(offset, bytes)
    }
}

impl<const UNIT: usize, const SECTOR: usize, const READ: usize> MultiwriteNorFlash
    for MultiNor<UNIT, SECTOR, READ>
{
}
