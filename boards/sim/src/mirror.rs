//! A file that holds the chip's bytes, mapped into memory.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::ptr::{self, NonNull};

use memmap2::{Mmap, MmapMut};

use crate::sector::ERASED;

/// A file of the chip's size with two mappings: the simulator writes through one, and whoever reads
/// the flash in place does so through the other, whose pages are read-only.
///
/// The file must not be shortened or changed by anyone else while it is open here.
#[derive(Debug)]
pub struct Mirror {
    writable: MmapMut,
    readable: Mmap,
}

impl Mirror {
    /// Opens or creates the file at `path`. A new or short file is filled up with erased bytes.
    ///
    /// # Errors
    ///
    /// What the operating system answers, and [`io::ErrorKind::InvalidData`] for a file that is
    /// longer than the chip.
    pub fn open(path: &Path, capacity: usize) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        Self::map(&file, capacity)
    }

    /// A file without a name, gone when the chip is dropped.
    ///
    /// # Errors
    ///
    /// What the operating system answers.
    pub fn anonymous(capacity: usize) -> io::Result<Self> {
        Self::map(&tempfile::tempfile()?, capacity)
    }

    fn map(file: &File, capacity: usize) -> io::Result<Self> {
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if length > capacity {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the file holds {length} bytes, the chip {capacity}"),
            ));
        }
        file.set_len(capacity as u64)?;
        // SAFETY: invariant 2 (memory mapped for reading is private to its owner): the file is
        // this simulator's own, as the type's documentation demands, and it is not shortened.
        let mut writable = unsafe { MmapMut::map_mut(file)? };
        // SAFETY: as above; nobody makes a slice of this mapping here, only its address leaves.
        let readable = unsafe { Mmap::map(file)? };
        writable[length..].fill(ERASED);
        Ok(Self { writable, readable })
    }

    /// Address of the chip's first byte in the read-only mapping. The bytes behind it change when
    /// the chip is programmed or erased there; it stays valid as long as the chip lives.
    pub fn base(&self) -> NonNull<u8> {
        NonNull::from(&self.readable[..]).cast()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.writable
    }

    pub(crate) fn store(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset.checked_add(bytes.len());
        assert!(
            end.is_some_and(|end| end <= self.writable.len()),
            "within the chip"
        );
        // SAFETY: invariant 1: the range was just checked. It is written through the address, since
        // others may hold slices of the readable mapping, of ranges that are not being written.
        unsafe {
            let start = self.writable.as_mut_ptr().add(offset);
            ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len());
        }
    }
}
