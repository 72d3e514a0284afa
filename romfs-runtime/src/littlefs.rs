//! littlefs on NOR flash: the crate `littlefs2` over any [`NorFlash`].
//!
//! Every program is preceded by a blank check. After a torn erase littlefs may come to program bytes that only look
//! erased in part; on flash with check bits that is a fault, elsewhere it gives the AND of old and new. Told that the
//! block is corrupt, littlefs takes another one.
//!
//! Numbers of blocks and sizes of buffers are a board's [`Layout`]; littlefs keeps the first on flash, in its disk format 2.0,
//! which MicroPython and littlefs-python read.

use core::fmt;
use core::marker::PhantomData;

use embedded_storage::nor_flash::NorFlash;
use generic_array::ArrayLength;
use littlefs2::driver::Storage;
use littlefs2::fs::{Allocation, Filesystem};
use littlefs2::io;

pub use littlefs2;

/// Sizes of a board's littlefs. A block is an erase sector.
pub trait Layout {
    /// Blocks of the filesystem; the region has at least as many sectors.
    const BLOCKS: usize;
    /// Bytes read at least, a multiple of the flash's read unit.
    const READ: usize;
    /// Bytes programmed at least, a multiple of the flash's program unit.
    const WRITE: usize;
    /// Bytes of each of littlefs's caches: one to read, one to write, one for each open file. A multiple of
    /// [`READ`](Self::READ) and [`WRITE`](Self::WRITE), and a factor of the erase sector.
    type Cache: ArrayLength<u8>;
    /// Eighths of the bytes of the map of free blocks.
    type Lookahead: ArrayLength<u64>;
}

/// A flash region as littlefs wants it.
#[derive(Debug)]
pub struct NorStorage<P, L> {
    flash: P,
    refused: u32,
    layout: PhantomData<L>,
}

impl<P: NorFlash, L: Layout> NorStorage<P, L> {
    /// Takes the region. `None` if it has fewer sectors than the layout has blocks, or other units.
    pub fn new(flash: P) -> Option<Self> {
        let fits = flash.capacity() / P::ERASE_SIZE >= L::BLOCKS
            && L::READ.is_multiple_of(P::READ_SIZE)
            && L::WRITE.is_multiple_of(P::WRITE_SIZE);
        fits.then_some(Self {
            flash,
            refused: 0,
            layout: PhantomData,
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
    fn read_around_torn(&mut self, offset: usize, bytes: &mut [u8]) -> io::Result<()> {
        let mut at = offset;
        for piece in bytes.chunks_mut(L::WRITE) {
            if self.flash.read(at as u32, piece).is_err() {
                if !self.nothing_follows(at + piece.len()) {
                    return Err(io::Error::CORRUPTION);
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
        let mut buffer = [0; 64];
        (offset..end).step_by(L::WRITE).all(|at| {
            let Some(piece) = buffer.get_mut(..L::WRITE) else {
                return false;
            };
            self.flash.read(at as u32, piece).is_err() || piece.iter().all(|&byte| byte == 0xff)
        })
    }

    /// Whether every byte of the range is `value`.
    fn is_filled(&mut self, offset: usize, length: usize, value: u8) -> bool {
        let mut buffer = [0; 64];
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

    /// Whether nothing was ever kept here: behind the first two blocks, which a format that was cut may have
    /// reached, all is erased, or all zeros as some memories are when they are new.
    fn was_never_formatted(&mut self) -> bool {
        let start = 2 * P::ERASE_SIZE;
        let length = (L::BLOCKS - 2) * P::ERASE_SIZE;
        self.is_filled(start, length, 0xff) || self.is_filled(start, length, 0)
    }
}

impl<P: NorFlash, L: Layout> Storage for NorStorage<P, L> {
    const READ_SIZE: usize = L::READ;
    const WRITE_SIZE: usize = L::WRITE;
    const BLOCK_SIZE: usize = P::ERASE_SIZE;
    const BLOCK_COUNT: usize = L::BLOCKS;
    const BLOCK_CYCLES: isize = 500;
    type CACHE_SIZE = L::Cache;
    type LOOKAHEAD_SIZE = L::Lookahead;

    fn read(&mut self, offset: usize, bytes: &mut [u8]) -> io::Result<usize> {
        if self.flash.read(offset as u32, bytes).is_err() {
            self.read_around_torn(offset, bytes)?;
        }
        Ok(bytes.len())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_filled(offset, bytes.len(), 0xff) {
            self.refused += 1;
            return Err(io::Error::CORRUPTION);
        }
        match self.flash.write(offset as u32, bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(io::Error::CORRUPTION),
        }
    }

    fn erase(&mut self, offset: usize, length: usize) -> io::Result<usize> {
        let end = (offset + length) as u32;
        match self.flash.erase(offset as u32, end) {
            Ok(()) => Ok(length),
            Err(_) => Err(io::Error::CORRUPTION),
        }
    }
}

/// The filesystem was there and can't be mounted any more. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Damaged {
    /// littlefs's own reason.
    pub cause: io::Error,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the writable filesystem is damaged (littlefs error {}); format it to start anew",
            self.cause.code()
        )
    }
}

impl core::error::Error for Damaged {}

/// Mounts the filesystem. A region that was never formatted, or whose first format was cut short, is formatted first; one that held a
/// filesystem never is.
///
/// # Errors
///
/// [`Damaged`].
pub fn mount<'a, P: NorFlash, L: Layout>(
    allocation: &'a mut Allocation<NorStorage<P, L>>,
    storage: &'a mut NorStorage<P, L>,
) -> Result<Filesystem<'a, NorStorage<P, L>>, Damaged> {
    Filesystem::mount_or_else(allocation, storage, |cause, storage, _| {
        if storage.was_never_formatted() {
            Filesystem::format(storage)
        } else {
            Err(cause)
        }
    })
    .map_err(|cause| Damaged { cause })
}
