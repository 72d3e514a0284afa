//! A small log on flash for devices without a filesystem: two erase sectors, used in turn.
//!
//! A sector begins with a word: its number and the number's complement. Places of [`PLACE`] bytes follow, each for one
//! record: a word (length, a mark, CRC-16 of the data), then the data, padded with ones. The word is programmed after the
//! data. A place that was cut short, and may read differently each time, is none but its own: walks pass over it. When a
//! sector is full, the other one is erased and goes on: what it held is the oldest, and gone.

use crc::{CRC_16_XMODEM, Crc, NoTable};
use embedded_storage::nor_flash::NorFlash;

/// Bytes that a record takes.
pub const PLACE: usize = 32;
/// Most bytes of its data.
pub const RECORD_MAX: usize = PLACE - WORD;

const WORD: usize = 4;
const MARK: u8 = 0x5a;
const CRC16: Crc<u16, NoTable> = Crc::<u16, NoTable>::new(&CRC_16_XMODEM);

/// Why a record was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordError<E> {
    /// More than [`RECORD_MAX`] bytes, or none.
    Length,
    /// The flash failed.
    Flash(E),
}

impl<E> From<E> for RecordError<E> {
    fn from(error: E) -> Self {
        Self::Flash(error)
    }
}

/// The log in a region of two erase sectors, whose flash is programmed in words of four bytes or less.
#[derive(Debug)]
pub struct Records<F> {
    flash: F,
    /// Which sector takes records.
    sector: u32,
    /// Its number.
    number: u16,
    /// Where the next record goes in it; its end where it takes no more.
    at: u32,
}

impl<F: NorFlash> Records<F> {
    const SECTOR: u32 = F::ERASE_SIZE as u32;
    /// The first place: what would be one before it begins with the number.
    const FIRST: u32 = PLACE as u32;

    /// The log in this region. A region that holds none becomes an empty one.
    ///
    /// # Errors
    /// What the flash says.
    pub fn open(flash: F) -> Result<Self, F::Error> {
        let mut log = Self {
            flash,
            sector: 0,
            number: 0,
            at: 0,
        };
        let newest = match (log.number_of(0)?, log.number_of(1)?) {
            (Some(a), Some(b)) if b.wrapping_sub(a) < 0x8000 => Some((1, b)),
            (Some(a), _) => Some((0, a)),
            (None, Some(b)) => Some((1, b)),
            (None, None) => None,
        };
        match newest {
            Some((sector, number)) => {
                (log.sector, log.number) = (sector, number);
                log.at = log.walk(sector, &mut |_| {})?;
            }
            None => log.begin(0, 1)?,
        }
        Ok(log)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn append(&mut self, data: &[u8]) -> Result<(), RecordError<F::Error>> {
        if data.is_empty() || data.len() > RECORD_MAX {
            return Err(RecordError::Length);
        }
        let mut padded = [0xff; RECORD_MAX];
        padded[..data.len()].copy_from_slice(data);
        let length = data.len().next_multiple_of(WORD) as u32;
        if self.at + PLACE as u32 > Self::SECTOR {
            self.begin(1 - self.sector, self.number.wrapping_add(1))?;
        }
        let base = self.sector * Self::SECTOR + self.at;
        // Whatever happens now, this place is used.
        self.at += PLACE as u32;
        self.flash
            .write(base + WORD as u32, &padded[..length as usize])?;
        let [low, high] = CRC16.checksum(data).to_le_bytes();
        self.flash
            .write(base, &[data.len() as u8, MARK, low, high])?;
        Ok(())
    }

    /// Gives each record, the oldest first.
    ///
    /// # Errors
    /// What the flash says.
    pub fn each(&mut self, mut see: impl FnMut(&[u8])) -> Result<(), F::Error> {
        let other = 1 - self.sector;
        if self.number_of(other)? == Some(self.number.wrapping_sub(1)) {
            self.walk(other, &mut see)?;
        }
        self.walk(self.sector, &mut see)?;
        Ok(())
    }

    /// Gives the region back.
    pub fn into_inner(self) -> F {
        self.flash
    }

    fn begin(&mut self, sector: u32, number: u16) -> Result<(), F::Error> {
        let base = sector * Self::SECTOR;
        self.flash.erase(base, base + Self::SECTOR)?;
        let ([a, b], [c, d]) = (number.to_le_bytes(), (!number).to_le_bytes());
        self.flash.write(base, &[a, b, c, d])?;
        (self.sector, self.number, self.at) = (sector, number, Self::FIRST);
        Ok(())
    }

    fn number_of(&mut self, sector: u32) -> Result<Option<u16>, F::Error> {
        let [a, b, c, d] = self.word(sector * Self::SECTOR)?;
        let number = u16::from_le_bytes([a, b]);
        Ok((u16::from_le_bytes([c, d]) == !number).then_some(number))
    }

    fn word(&mut self, offset: u32) -> Result<[u8; WORD], F::Error> {
        let mut word = [0; WORD];
        self.flash.read(offset, &mut word)?;
        Ok(word)
    }

    /// Gives each record of a sector. Answers behind which place all are blank.
    fn walk(&mut self, sector: u32, see: &mut dyn FnMut(&[u8])) -> Result<u32, F::Error> {
        let mut end = Self::FIRST;
        for at in (Self::FIRST..Self::SECTOR).step_by(PLACE) {
            let mut place = [0; PLACE];
            self.flash.read(sector * Self::SECTOR + at, &mut place)?;
            if place != [0xff; PLACE] {
                end = at + PLACE as u32;
            }
            let [length, mark, low, high, data @ ..] = &place;
            let Some(data) = data.get(..usize::from(*length)) else {
                continue;
            };
            let crc = u16::from_le_bytes([*low, *high]);
            if *mark == MARK && !data.is_empty() && CRC16.checksum(data) == crc {
                see(data);
            }
        }
        Ok(end)
    }
}
