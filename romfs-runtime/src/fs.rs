//! Filesystems as the runtime sees them: what a path is, how much room there is, and changes to the tree.
//!
//! Paths are normal: names separated by `/`, no `.` or `..`, no slash at either end; the empty path is the root. How a
//! file's bytes are reached is each filesystem's own: an image lends them in place, littlefs copies them.

use crate::image::Image;

/// Error numbers, as MicroPython numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub i32);

#[allow(missing_docs)]
impl Errno {
    pub const ENOENT: Errno = Errno(2);
    pub const EIO: Errno = Errno(5);
    pub const EBADF: Errno = Errno(9);
    pub const ENOMEM: Errno = Errno(12);
    pub const EEXIST: Errno = Errno(17);
    pub const ENODEV: Errno = Errno(19);
    pub const ENOTDIR: Errno = Errno(20);
    pub const EISDIR: Errno = Errno(21);
    pub const EINVAL: Errno = Errno(22);
    pub const EROFS: Errno = Errno(30);
    pub const ENAMETOOLONG: Errno = Errno(36);
    /// What littlefs says of damaged blocks.
    pub const CORRUPT: Errno = Errno(84);
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Bytes of a file's content; of a directory, what the filesystem makes of it.
    pub size: u32,
    /// Nanoseconds since 1970 of its last change, 0 where that is not kept.
    pub modified_ns: u64,
}

/// Room of a filesystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes of a block.
    pub block: u32,
    /// Blocks.
    pub blocks: u32,
    /// Blocks that are free.
    pub free: u32,
    /// Longest name.
    pub name_max: u32,
}

/// Operations by path.
pub trait FileSystem {
    /// What is at a path.
    ///
    /// # Errors
    /// [`Errno::ENOENT`]; [`Errno::EIO`] where its bytes are damaged.
    fn stat(&mut self, path: &[u8]) -> Result<Stat, Errno>;

    /// How much room there is.
    ///
    /// # Errors
    /// [`Errno::EIO`].
    fn space(&mut self) -> Result<Space, Errno>;

    /// Makes a directory.
    ///
    /// # Errors
    /// [`Errno::EROFS`] where nothing can be changed, or what the filesystem says.
    fn make_dir(&mut self, path: &[u8]) -> Result<(), Errno> {
        let _ = path;
        Err(Errno::EROFS)
    }

    /// Removes a file or an empty directory.
    ///
    /// # Errors
    /// As [`make_dir`](Self::make_dir).
    fn remove(&mut self, path: &[u8]) -> Result<(), Errno> {
        let _ = path;
        Err(Errno::EROFS)
    }

    /// Renames, replacing what is there.
    ///
    /// # Errors
    /// As [`make_dir`](Self::make_dir).
    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let _ = (from, to);
        Err(Errno::EROFS)
    }
}

impl FileSystem for Image<'_> {
    fn stat(&mut self, path: &[u8]) -> Result<Stat, Errno> {
        // Looked at where it was found: as a value of its own it would be copied.
        let entry = match &self.lookup(path) {
            Ok(Some(entry)) => entry.stat(),
            Ok(None) => return Err(Errno::ENOENT),
            Err(_) => return Err(Errno::EIO),
        };
        // A file without content is not there, as for stock readers.
        let stat = entry.map_err(|_| Errno::ENOENT)?;
        Ok(Stat {
            is_dir: stat.is_dir,
            size: stat.size,
            modified_ns: 0,
        })
    }

    fn space(&mut self) -> Result<Space, Errno> {
        Ok(Space {
            block: 1,
            blocks: self.bytes().len() as u32 - self.payload_offset(),
            free: 0,
            name_max: 32767,
        })
    }
}
