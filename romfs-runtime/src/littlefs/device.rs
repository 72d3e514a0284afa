//! What littlefs stands on.

use crate::fs::Errno;

/// Sizes of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Bytes of a block, which is erased as a whole.
    pub block: u32,
    /// Blocks.
    pub blocks: u32,
    /// Bytes read at least.
    pub read: u32,
    /// Bytes programmed at least.
    pub program: u32,
}

/// Blocks that are erased as a whole and programmed in pieces.
pub trait BlockDevice {
    /// Its sizes. They stay the same.
    ///
    /// # Errors
    /// What a device of a program's own says.
    fn geometry(&mut self) -> Result<Geometry, Errno>;

    /// Reads within a block.
    ///
    /// # Errors
    /// [`Errno::EIO`]; [`Errno::CORRUPT`] where another copy of the data should be used.
    fn read(&mut self, block: u32, offset: u32, into: &mut [u8]) -> Result<(), Errno>;

    /// Programs erased bytes within a block.
    ///
    /// # Errors
    /// [`Errno::CORRUPT`] where littlefs should take another block.
    fn program(&mut self, block: u32, offset: u32, bytes: &[u8]) -> Result<(), Errno>;

    /// Erases a block.
    ///
    /// # Errors
    /// As [`program`](Self::program).
    fn erase(&mut self, block: u32) -> Result<(), Errno>;

    /// Makes everything programmed so far last.
    ///
    /// # Errors
    /// [`Errno::EIO`].
    fn sync(&mut self) -> Result<(), Errno>;

    /// Whether nothing was ever kept here, so that it may be formatted without asking.
    fn was_never_used(&mut self) -> bool {
        false
    }
}
