//! Flash regions: one chip split into partitions that cannot overlap, and mapping them as slices.
//!
//! A [`FlashMap`] owns the driver. [`FlashMap::partitions`] hands out disjoint [`Partition`]s, each
//! the only way to write to its range. A mapped slice borrows its partition, so the compiler keeps
//! a range from being written while anything reads it in place (invariant 1).

use core::cell::RefCell;
use core::convert::Infallible;
use core::fmt;
use core::ops::Range;
use core::ptr::NonNull;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// Flash whose bytes the processor can read at an address.
///
/// # Safety
///
/// For as long as the value lives, even when it is moved: [`base`](Self::base) is the address of
/// flash offset 0, and `capacity()` bytes from there are readable. They change only within calls of
/// `write` and `erase`, and then only in the range that was asked for; no other call is needed to
/// make them readable again. The driver itself makes no Rust reference to them.
pub unsafe trait MappedFlash: ReadNorFlash {
    /// Address of flash offset 0.
    fn base(&self) -> NonNull<u8>;
}

// SAFETY: the driver behind the reference keeps the promise, and the reference keeps it borrowed.
unsafe impl<F: MappedFlash> MappedFlash for &mut F {
    fn base(&self) -> NonNull<u8> {
        F::base(self)
    }
}

/// A region that can be read in place.
pub trait Mapped {
    /// All bytes of the region. They do not change while the slice lives.
    fn mapped(&self) -> &[u8];
}

impl Mapped for &[u8] {
    fn mapped(&self) -> &[u8] {
        self
    }
}

/// Bytes in memory as flash that is only read: a mapped slot, or a file on a host. Past its end it
/// reads as erased.
#[derive(Debug, Clone, Copy)]
pub struct SliceFlash<'b>(pub &'b [u8]);

impl ErrorType for SliceFlash<'_> {
    type Error = Infallible;
}

impl ReadNorFlash for SliceFlash<'_> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        let known = self.0.get(offset as usize..).unwrap_or_default();
        let known = &known[..known.len().min(bytes.len())];
        bytes.fill(0xff);
        bytes[..known.len()].copy_from_slice(known);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

/// Why a chip can't be split as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitError {
    /// Partition number `.0` ends before it begins or reaches over the end of the chip.
    OutOfBounds(usize),
    /// Partition number `.0` does not begin and end at erase sectors.
    NotAligned(usize),
    /// The two partitions share bytes.
    Overlap(usize, usize),
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds(number) => write!(f, "partition {number} is not within the chip"),
            Self::NotAligned(number) => {
                write!(f, "partition {number} is not made of whole erase sectors")
            }
            Self::Overlap(one, other) => write!(f, "partitions {one} and {other} overlap"),
        }
    }
}

impl core::error::Error for SplitError {}

/// The driver of one flash chip.
#[derive(Debug)]
pub struct FlashMap<F> {
    flash: RefCell<F>,
}

impl<F: NorFlash> FlashMap<F> {
    /// Takes the driver.
    pub const fn new(flash: F) -> Self {
        Self {
            flash: RefCell::new(flash),
        }
    }

    /// Splits the chip. The partitions hold the map borrowed until the last of them is gone.
    ///
    /// # Errors
    ///
    /// [`SplitError`] if a range is not made of whole sectors of the chip, or if two share bytes.
    pub fn partitions<const N: usize>(
        &mut self,
        ranges: [Range<u32>; N],
    ) -> Result<[Partition<'_, F>; N], SplitError> {
        let capacity = self.flash.get_mut().capacity();
        for (number, range) in ranges.iter().enumerate() {
            if range.start > range.end || range.end as usize > capacity {
                return Err(SplitError::OutOfBounds(number));
            }
            let aligned = |offset: u32| (offset as usize).is_multiple_of(F::ERASE_SIZE);
            if !aligned(range.start) || !aligned(range.end) {
                return Err(SplitError::NotAligned(number));
            }
            for (other, earlier) in ranges[..number].iter().enumerate() {
                if range.start < earlier.end && earlier.start < range.end {
                    return Err(SplitError::Overlap(other, number));
                }
            }
        }
        let flash = &self.flash;
        Ok(ranges.map(|range| Partition { flash, range }))
    }

    /// Gives the driver back.
    pub fn into_inner(self) -> F {
        self.flash.into_inner()
    }
}

/// Why an operation on a partition failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionError<E> {
    /// The offset or length is not within the partition.
    OutOfBounds,
    /// The driver was called from within one of its own calls.
    Busy,
    /// What the driver answered.
    Flash(E),
}

impl<E: NorFlashError> NorFlashError for PartitionError<E> {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::Busy => NorFlashErrorKind::Other,
            Self::Flash(error) => error.kind(),
        }
    }
}

/// A range of a chip, and the only way to write to it. Offsets count from its start.
///
/// While anything reads it in place it can't be written:
///
/// ```compile_fail,E0502
/// use embedded_storage::nor_flash::NorFlash;
/// use romfs_runtime::flash::{Mapped, MappedFlash, Partition};
///
/// fn overwrite<F: NorFlash + MappedFlash>(mut partition: Partition<'_, F>) -> u8 {
///     let image = partition.mapped();
///     let _ = partition.write(0, &[0; 32]);
///     image[0]
/// }
/// ```
#[derive(Debug)]
pub struct Partition<'c, F> {
    flash: &'c RefCell<F>,
    range: Range<u32>,
}

impl<F: NorFlash> Partition<'_, F> {
    /// Where the partition lies on the chip.
    pub fn range(&self) -> Range<u32> {
        self.range.clone()
    }

    fn resolve(&self, offset: u32, length: usize) -> Result<u32, PartitionError<F::Error>> {
        let room = self.capacity();
        if offset as usize > room || length > room - offset as usize {
            return Err(PartitionError::OutOfBounds);
        }
        Ok(self.range.start + offset)
    }

    fn with<T>(
        &self,
        call: impl FnOnce(&mut F) -> Result<T, F::Error>,
    ) -> Result<T, PartitionError<F::Error>> {
        let mut flash = self
            .flash
            .try_borrow_mut()
            .map_err(|_| PartitionError::Busy)?;
        call(&mut flash).map_err(PartitionError::Flash)
    }
}

impl<F: NorFlash> ErrorType for Partition<'_, F> {
    type Error = PartitionError<F::Error>;
}

impl<F: NorFlash> ReadNorFlash for Partition<'_, F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let at = self.resolve(offset, bytes.len())?;
        self.with(|flash| flash.read(at, bytes))
    }

    fn capacity(&self) -> usize {
        (self.range.end - self.range.start) as usize
    }
}

impl<F: NorFlash> NorFlash for Partition<'_, F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        let length = to.checked_sub(from).ok_or(PartitionError::OutOfBounds)?;
        let start = self.resolve(from, length as usize)?;
        self.with(|flash| flash.erase(start, start + length))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        let at = self.resolve(offset, bytes.len())?;
        self.with(|flash| flash.write(at, bytes))
    }
}

impl<F: MultiwriteNorFlash> MultiwriteNorFlash for Partition<'_, F> {}

impl<F: NorFlash + MappedFlash> Mapped for Partition<'_, F> {
    fn mapped(&self) -> &[u8] {
        // Drivers can't reach the cell that they are in, so none of their calls is running.
        let base = self.flash.borrow().base();
        // SAFETY: invariant 1. The range lies within the chip, whose bytes are readable by the
        // contract of `MappedFlash`. They change only through a `&mut` of this partition, which
        // the returned slice excludes by borrowing it; no other partition overlaps.
        unsafe {
            let start = base.add(self.range.start as usize);
            core::slice::from_raw_parts(start.as_ptr(), self.capacity())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flash_sim::{Chip, Geometry, Nor};

    struct Sim(Nor<1, 4096>);

    impl ErrorType for Sim {
        type Error = flash_sim::FlashError;
    }

    impl ReadNorFlash for Sim {
        const READ_SIZE: usize = 1;

        fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
            self.0.read(offset, bytes)
        }

        fn capacity(&self) -> usize {
            self.0.capacity()
        }
    }

    impl NorFlash for Sim {
        const WRITE_SIZE: usize = 1;
        const ERASE_SIZE: usize = 4096;

        fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
            self.0.erase(from, to)
        }

        fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
            self.0.write(offset, bytes)
        }
    }

    // SAFETY: the chip's read-only mapping lives as long as the chip, and does not move with it.
    unsafe impl MappedFlash for Sim {
        fn base(&self) -> NonNull<u8> {
            self.0.chip().mapped_base().expect("made mappable")
        }
    }

    fn sim() -> Sim {
        let chip = Chip::mappable(Geometry::spi(16 * 4096)).unwrap();
        Sim(Nor::new(chip).unwrap())
    }

    #[test]
    fn partitions_write_only_within_themselves() {
        let mut map = FlashMap::new(sim());
        let [mut one, mut two] = map.partitions([0..4096, 4096..3 * 4096]).unwrap();
        two.write(0, b"two").unwrap();
        one.write(4093, b"one").unwrap();
        assert_eq!(one.write(4094, b"one"), Err(PartitionError::OutOfBounds));
        assert_eq!(one.erase(0, 8192), Err(PartitionError::OutOfBounds));
        assert_eq!(
            two.read(8191, &mut [0; 2]),
            Err(PartitionError::OutOfBounds)
        );
        one.erase(0, 4096).unwrap();
        assert_eq!(&two.mapped()[..4], b"two\xff");
    }

    #[test]
    fn one_partition_is_mapped_while_another_is_written() {
        let mut map = FlashMap::new(sim());
        let [mut running, mut spare] = map.partitions([4096..8192, 8192..12288]).unwrap();
        running.write(10, b"running").unwrap();
        let image = running.mapped();
        spare.erase(0, 4096).unwrap();
        spare.write(10, b"spare").unwrap();
        assert_eq!(&image[10..17], b"running");
        assert_eq!(image.len(), 4096);
    }

    #[test]
    fn bad_splits_are_refused() {
        let mut map = FlashMap::new(sim());
        let split = map.partitions([0..4096, 100..8192]).map(|_| ());
        assert_eq!(split, Err(SplitError::NotAligned(1)));
        let split = map.partitions([0..8192, 4096..12288]).map(|_| ());
        assert_eq!(split, Err(SplitError::Overlap(0, 1)));
        let split = map.partitions([0..0, 0..17 * 4096]).map(|_| ());
        assert_eq!(split, Err(SplitError::OutOfBounds(1)));
    }
}
