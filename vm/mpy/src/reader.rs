//! A cursor over bytes that never reads past their end.

use crate::error::{Error, ErrorKind};
use crate::text::Text;

/// Most bytes that a vuint of 32 bits needs; longer ones are refused even where the rest are leading zeros.
const VUINT_BYTES: u32 = 5;
/// A small int: of 64 bits, or of what a firmware has that takes no wider ones.
#[cfg(not(all(mpy_format_brief, target_pointer_width = "32")))]
pub type SmallInt = i64;
/// A small int: of 64 bits, or of what a firmware has that takes no wider ones.
#[cfg(all(mpy_format_brief, target_pointer_width = "32"))]
pub type SmallInt = i32;
/// Most bytes of one.
const SMALL_INT_BYTES: u32 = SmallInt::BITS.div_ceil(7);

/// A cursor over the bytes of a file. Positions are offsets from its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: u32,
}

impl<'a> Reader<'a> {
    /// A cursor at `position`, which may be past the end: reads then fail.
    pub(crate) fn at(bytes: &'a [u8], position: u32) -> Self {
        Reader { bytes, position }
    }

    pub(crate) fn position(&self) -> u32 {
        self.position
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(self.position, kind)
    }

    /// The next byte: a word, so that a result with one fits registers.
    pub(crate) fn byte(&mut self) -> Result<u32, Error> {
        let byte = *self
            .bytes
            .get(self.position as usize)
            .ok_or(self.error(ErrorKind::Truncated))?;
        self.position += 1;
        Ok(byte.into())
    }

    /// The next `length` bytes, without a copy.
    pub(crate) fn take(&mut self, length: u32) -> Result<&'a [u8], Error> {
        let start = self.position as usize;
        let end = start
            .checked_add(length as usize)
            .ok_or(self.error(ErrorKind::Truncated))?;
        let taken = self
            .bytes
            .get(start..end)
            .ok_or(self.error(ErrorKind::Truncated))?;
        // `end` is at most the length of the file, which is below 4 GiB.
        self.position = end as u32;
        Ok(taken)
    }

    /// The next `length` bytes as text.
    pub(crate) fn text(&mut self, length: u32) -> Result<Text<'a>, Error> {
        let start = *self;
        Text::new(self.take(length)?).ok_or(start.error(ErrorKind::NotUtf8))
    }

    /// The NUL that follows a text.
    pub(crate) fn nul(&mut self) -> Result<(), Error> {
        let start = *self;
        if self.byte()? != 0 {
            return Err(start.error(ErrorKind::NoNul));
        }
        Ok(())
    }

    /// A big-endian base-128 number; the high bit says that more bytes follow.
    #[inline]
    pub(crate) fn vuint(&mut self) -> Result<u32, Error> {
        // Nearly all of them have one byte.
        if let Some(&byte @ 0..0x80) = self.bytes.get(self.position as usize) {
            self.position += 1;
            return Ok(byte.into());
        }
        self.long_vuint()
    }

    fn long_vuint(&mut self) -> Result<u32, Error> {
        let start = *self;
        let mut value = 0u64;
        for _ in 0..VUINT_BYTES {
            let byte = self.byte()?;
            value = value << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| start.error(ErrorKind::NumberTooLarge));
            }
        }
        Err(start.error(ErrorKind::NumberTooLarge))
    }

    /// A vuint whose first byte's bit 6 is the sign.
    pub(crate) fn small_int(&mut self) -> Result<SmallInt, Error> {
        let start = *self;
        let mut value: SmallInt = 0;
        for i in 0..SMALL_INT_BYTES {
            let byte = self.byte()?;
            if i == 0 && byte & 0x40 != 0 {
                value = -1;
            }
            let more = value << 7;
            if more >> 7 != value {
                break;
            }
            value = more | (byte & 0x7f) as SmallInt;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(start.error(ErrorKind::NumberTooLarge))
    }
}
