//! NOR flash as littlefs's block device.
//!
//! Every program is preceded by a blank check. After a torn erase littlefs may come to program bytes that only look
//! erased in part; on flash with check bits that is a fault, elsewhere it gives the AND of old and new. Told that the
//! block is corrupt, littlefs takes another one.

use embedded_storage::nor_flash::NorFlash;

use super::device::{BlockDevice, Geometry};
use crate::fs::Errno;

/// Bytes that are looked at in one piece.
const PIECE: usize = 64;

/// A flash region as littlefs wants it.
#[derive(Debug)]
pub struct NorDevice<P> {
    flash: P,
    units: Units,
    refused: u32,
}

/// Bytes that littlefs reads and programs at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// A multiple of the flash's read unit.
    pub read: u32,
    /// A multiple of the flash's program unit, at most 64.
    pub program: u32,
}

impl Default for Units {
    /// Those of stock MicroPython.
    fn default() -> Self {
        Units {
            read: 32,
            program: 32,
        }
    }
}

impl<P: NorFlash> NorDevice<P> {
    /// Takes the region; an erase sector is a block. `None` if the units do not fit the flash.
    pub fn new(flash: P, units: Units) -> Option<Self> {
        let fits = (1..=PIECE as u32).contains(&units.program)
            && units.read > 0
            && (units.read as usize).is_multiple_of(P::READ_SIZE)
            && (units.program as usize).is_multiple_of(P::WRITE_SIZE);
        fits.then_some(Self {
            flash,
            units,
            refused: 0,
        })
    }

    /// Gives the region back.
    pub fn into_inner(self) -> P {
        self.flash
    }

    /// How often the blank check kept a program from happening.
    pub fn refused(&self) -> u32 {
        self.refused
    }

    /// Reads where check bits do not fit. A program that was cut leaves such a piece, and littlefs reads it together with whole
    /// ones before it, which must not be lost: the torn piece reads as zeros, which no checksum of littlefs takes. It
    /// is the last thing in its block; anywhere else the block is corrupt.
    fn read_around_torn(&mut self, offset: usize, bytes: &mut [u8]) -> Result<(), Errno> {
        let mut at = offset;
        for piece in bytes.chunks_mut(self.units.program as usize) {
            if self.flash.read(at as u32, piece).is_err() {
                if !self.nothing_follows(at + piece.len()) {
                    return Err(Errno::CORRUPT);
                }
                piece.fill(0);
            }
            at += piece.len();
        }
        Ok(())
    }

    /// Whether the block from `offset` on is erased or unreadable.
    fn nothing_follows(&mut self, offset: usize) -> bool {
        let end = offset.next_multiple_of(P::ERASE_SIZE);
        let mut buffer = [0; PIECE];
        (offset..end)
            .step_by(self.units.program as usize)
            .all(|at| {
                let Some(piece) = buffer.get_mut(..self.units.program as usize) else {
                    return false;
                };
                self.flash.read(at as u32, piece).is_err() || piece.iter().all(|&byte| byte == 0xff)
            })
    }

    /// Whether every byte of the range is `value`.
    fn is_filled(&mut self, offset: usize, length: usize, value: u8) -> bool {
        let mut buffer = [0; PIECE];
        let mut at = offset;
        while at < offset + length {
            let part = (offset + length - at).min(buffer.len());
            let part = &mut buffer[..part.next_multiple_of(P::READ_SIZE)];
            let read = self.flash.read(at as u32, part);
            if read.is_err() || part.iter().any(|&byte| byte != value) {
                return false;
            }
            at += part.len();
        }
        true
    }
}

impl<P: NorFlash> BlockDevice for NorDevice<P> {
    fn geometry(&mut self) -> Result<Geometry, Errno> {
        Ok(Geometry {
            block: P::ERASE_SIZE as u32,
            blocks: (self.flash.capacity() / P::ERASE_SIZE) as u32,
            read: self.units.read,
            program: self.units.program,
        })
    }

    fn read(&mut self, block: u32, offset: u32, into: &mut [u8]) -> Result<(), Errno> {
        let at = block as usize * P::ERASE_SIZE + offset as usize;
        if self.flash.read(at as u32, into).is_err() {
            self.read_around_torn(at, into)?;
        }
        Ok(())
    }

    fn program(&mut self, block: u32, offset: u32, bytes: &[u8]) -> Result<(), Errno> {
        let at = block as usize * P::ERASE_SIZE + offset as usize;
        if !self.is_filled(at, bytes.len(), 0xff) {
            self.refused += 1;
            return Err(Errno::CORRUPT);
        }
        self.flash
            .write(at as u32, bytes)
            .map_err(|_| Errno::CORRUPT)
    }

    fn erase(&mut self, block: u32) -> Result<(), Errno> {
        let at = block * P::ERASE_SIZE as u32;
        self.flash
            .erase(at, at + P::ERASE_SIZE as u32)
            .map_err(|_| Errno::CORRUPT)
    }

    fn sync(&mut self) -> Result<(), Errno> {
        Ok(())
    }

    /// Behind the first two blocks, which a format that was cut may have reached, all is erased, or all zeros as some
    /// memories are when they are new.
    fn was_never_used(&mut self) -> bool {
        let start = 2 * P::ERASE_SIZE;
        let length = self.flash.capacity().saturating_sub(start);
        self.is_filled(start, length, 0xff) || self.is_filled(start, length, 0)
    }
}
