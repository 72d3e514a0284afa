//! The interpreter of a delta's operations.

use embedded_storage::nor_flash::NorFlash;

use super::apply::DeltaError;
use super::format::{MAX_MOVES, Move, Op, unzigzag};
use super::output::Output;
use crate::update::head::read_exact;

/// The operations, read from flash through a small window.
pub(super) struct Reader {
    /// Offset in the slot of the operations.
    start: u32,
    length: u32,
    at: u32,
    window: [u8; 64],
    /// Offset in the operations of the window's first byte, and bytes in it.
    loaded: (u32, u32),
}

impl Reader {
    pub(super) const fn new(start: u32, length: u32) -> Self {
        Self {
            start,
            length,
            at: 0,
            window: [0; 64],
            loaded: (0, 0),
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.length
    }

    /// At least one byte, at most `limit`, that come next.
    fn take<P: NorFlash>(
        &mut self,
        flash: &mut P,
        limit: u32,
    ) -> Result<&[u8], DeltaError<P::Error>> {
        if self.at == self.length {
            return Err(DeltaError::BadOp(self.at));
        }
        let (from, have) = self.loaded;
        if self.at < from || self.at >= from + have {
            let have = (self.length - self.at).min(self.window.len() as u32);
            read_exact(
                flash,
                self.start + self.at,
                &mut self.window[..have as usize],
            )?;
            self.loaded = (self.at, have);
        }
        let (from, have) = self.loaded;
        let begin = self.at - from;
        let taken = (have - begin).min(limit);
        self.at += taken;
        Ok(&self.window[begin as usize..(begin + taken) as usize])
    }

    /// A number: seven bits a byte, least significant first.
    fn number<P: NorFlash>(&mut self, flash: &mut P) -> Result<u32, DeltaError<P::Error>> {
        let mut value: u32 = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.take(flash, 1)?[0];
            let digit = u32::from(byte & 0x7f);
            if digit.checked_shl(shift).map(|high| high >> shift) != Some(digit) {
                break;
            }
            value |= digit << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DeltaError::BadOp(self.at))
    }
}

/// The interpreter of the operations.
pub(super) struct Machine<'b> {
    pub(super) reader: Reader,
    pub(super) base: &'b [u8],
    /// Where in the base the last operation stopped.
    pub(super) cursor: u32,
    /// Bytes that the operations have to make.
    pub(super) end: u32,
}

impl<'b> Machine<'b> {
    pub(super) fn run<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
    ) -> Result<(), DeltaError<P::Error>> {
        while !self.reader.is_at_end() {
            let tag = self.reader.number(flash)?;
            let length = tag >> 2;
            let op = Op::of(tag);
            let made = length.checked_mul(if op == Op::Adjust { 4 } else { 1 });
            let room = self.end - output.produced;
            let made = made
                .filter(|&made| made > 0 && made <= room)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
            match op {
                Op::Literal => self.literal(flash, output, made)?,
                Op::Copy => {
                    let bytes = self.base_bytes(flash, made)?;
                    output.emit(flash, bytes)?;
                }
                Op::Patch => self.patch(flash, output, made)?,
                Op::Adjust => self.adjust(flash, output, made)?,
            }
        }
        if output.produced == self.end {
            Ok(())
        } else {
            Err(DeltaError::BadOp(self.reader.at))
        }
    }

    fn literal<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        mut length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut bytes = [0; 64];
        while length > 0 {
            let taken = self.reader.take(flash, length)?;
            let part = &mut bytes[..taken.len()];
            part.copy_from_slice(taken);
            length -= part.len() as u32;
            output.emit(flash, part)?;
        }
        Ok(())
    }

    fn patch<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut bytes = self.base_bytes(flash, length)?;
        let mut last = 0u8;
        while !bytes.is_empty() {
            let token = self.reader.number(flash)?;
            let (kept, rest) = bytes
                .split_at_checked((token >> 2) as usize)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
            output.emit(flash, kept)?;
            let Some(&old) = rest.first() else {
                return if token & 3 == 0 {
                    Ok(())
                } else {
                    Err(DeltaError::BadOp(self.reader.at))
                };
            };
            let replaced = match token & 3 {
                0 => {
                    output.emit(flash, &[old.wrapping_add(last)])?;
                    1
                }
                1 => {
                    let new = self.reader.take(flash, 1)?[0];
                    last = new.wrapping_sub(old);
                    output.emit(flash, &[new])?;
                    1
                }
                kind => {
                    let count = if kind == 2 {
                        2
                    } else {
                        self.reader.number(flash)?
                    };
                    self.literal(flash, output, count.min(rest.len() as u32))?;
                    count
                }
            };
            bytes = rest
                .get(replaced as usize..)
                .filter(|_| replaced > 0)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
        }
        Ok(())
    }

    /// Bounds and moves come first: the reader goes on behind them, and they are few.
    fn adjust<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let bytes = self.base_bytes(flash, length)?;
        let count = self.reader.number(flash)? as usize;
        let mut moves = [Move::default(); MAX_MOVES];
        let moves = moves
            .get_mut(..count)
            .ok_or(DeltaError::BadOp(self.reader.at))?;
        for entry in &mut *moves {
            *entry = Move {
                low: self.reader.number(flash)?,
                span: self.reader.number(flash)?,
                by: unzigzag(self.reader.number(flash)?),
            };
        }
        let (words, _) = bytes.as_chunks::<4>();
        for word in words {
            let value = u32::from_le_bytes(*word);
            let by = moves
                .iter()
                .find(|entry| value.wrapping_sub(entry.low) < entry.span)
                .map_or(0, |entry| entry.by);
            output.emit(flash, &value.wrapping_add_signed(by).to_le_bytes())?;
        }
        Ok(())
    }

    /// The bytes of the base that an operation names, relative to where the last one stopped.
    fn base_bytes<P: NorFlash>(
        &mut self,
        flash: &mut P,
        length: u32,
    ) -> Result<&'b [u8], DeltaError<P::Error>> {
        let moved = unzigzag(self.reader.number(flash)?);
        let bad = DeltaError::BadOp(self.reader.at);
        let Some(start) = self.cursor.checked_add_signed(moved) else {
            return Err(bad);
        };
        let Some(bytes) = self
            .base
            .get(start as usize..)
            .and_then(|rest| rest.get(..length as usize))
        else {
            return Err(bad);
        };
        self.cursor = start + length;
        Ok(bytes)
    }
}
