//! Open files and directories, in memory that the caller lends for as long as they are open.

use core::ffi::{c_int, c_void};
use core::ops::ControlFlow;
use core::ptr;

use littlefs2_sys as c;

use super::state::{CPath, LittleFs, MODIFIED};
use crate::fs::Errno;

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Made where it is not there.
    pub create: bool,
    /// Refused where it is there.
    pub exclusive: bool,
    /// Emptied.
    pub truncate: bool,
    /// Written at its end.
    pub append: bool,
}

impl Mode {
    fn flags(self) -> c_int {
        [
            (self.read, c::lfs_open_flags_LFS_O_RDONLY),
            (self.write, c::lfs_open_flags_LFS_O_WRONLY),
            (self.create, c::lfs_open_flags_LFS_O_CREAT),
            (self.exclusive, c::lfs_open_flags_LFS_O_EXCL),
            (self.truncate, c::lfs_open_flags_LFS_O_TRUNC),
            (self.append, c::lfs_open_flags_LFS_O_APPEND),
        ]
        .iter()
        .filter(|(set, _)| *set)
        .fold(0, |flags, (_, flag)| flags | *flag as c_int)
    }
}

/// An open file; its cache follows.
#[repr(C)]
struct FileHandle {
    file: c::lfs_file_t,
    config: c::lfs_file_config,
    attribute: c::lfs_attr,
    modified: [u8; 8],
}

/// 64-bit words that an open directory takes; a file takes its cache more.
const DIR_WORDS: usize = size_of::<c::lfs_dir_t>().div_ceil(8);

/// An entry of a directory.
pub struct DirEntry {
    info: c::lfs_info,
}

impl DirEntry {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        // SAFETY: `c_char` is a byte.
        let bytes: &[u8; 256] = unsafe { &*(&raw const self.info.name).cast() };
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        &bytes[..end]
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.info.type_ == c::lfs_type_LFS_TYPE_DIR as u8
    }

    /// Bytes of a file.
    pub fn size(&self) -> u32 {
        self.info.size
    }
}

/// Operations on handles. A handle is memory aligned to 8 bytes that stays where it is and is used for nothing else from
/// `open` to `close` (invariant 8), of the same filesystem and of the kind that it was opened as.
#[allow(clippy::missing_safety_doc)] // said above, once for all
impl LittleFs<'_> {
    /// 64-bit words that an open file takes, for the options it is mounted with.
    pub fn file_words(&self) -> usize {
        (size_of::<FileHandle>() + self.cache() as usize).div_ceil(8)
    }

    /// 64-bit words that an open directory takes.
    pub const fn dir_words() -> usize {
        DIR_WORDS
    }

    fn count(&mut self, by: i32) {
        // SAFETY: invariant 8; `attach`.
        unsafe {
            (*self.state).open = (*self.state).open.saturating_add_signed(by);
        }
    }

    /// Opens a file. Its time of change is kept where `modified_ns` is given.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn file_open(
        &mut self,
        handle: *mut u64,
        path: &[u8],
        mode: Mode,
        modified_ns: Option<u64>,
    ) -> Result<(), Errno> {
        let path = CPath::new(path)?;
        let handle = handle as *mut FileHandle;
        // SAFETY: invariant 8; the handle's memory has room for the struct, and zeros are fine for each of its fields.
        unsafe {
            ptr::write_bytes(handle, 0, 1);
            (*handle).config.buffer = handle.add(1) as *mut c_void;
            if let Some(time) = modified_ns {
                (*handle).modified = time.to_le_bytes();
                (*handle).attribute.type_ = MODIFIED;
                (*handle).attribute.buffer = &raw mut (*handle).modified as *mut c_void;
                (*handle).attribute.size = 8;
                (*handle).config.attrs = &raw mut (*handle).attribute;
                (*handle).config.attr_count = 1;
            }
        }
        // SAFETY: invariant 8; file, configuration and cache stay in the handle.
        self.run_mounted(|lfs| unsafe {
            let (file, config) = (&raw mut (*handle).file, &raw const (*handle).config);
            c::lfs_file_opencfg(lfs, file, path.as_ptr(), mode.flags(), config)
        })?;
        self.count(1);
        Ok(())
    }

    /// Reads; 0 at the end.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn file_read(&mut self, handle: *mut u64, into: &mut [u8]) -> Result<usize, Errno> {
        let (ptr, len) = (into.as_mut_ptr(), into.len());
        let file = handle as *mut c::lfs_file_t;
        // The library takes it for granted.
        // SAFETY: invariant 8; an open file.
        if unsafe { (*file).flags } & c::lfs_open_flags_LFS_O_RDONLY == 0 {
            return Err(Errno::EBADF);
        }
        // SAFETY: invariant 8; an open file of this filesystem.
        let n =
            self.run_mounted(|lfs| unsafe { c::lfs_file_read(lfs, file, ptr.cast(), len as u32) })?;
        Ok(n as usize)
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn file_write(
        &mut self,
        handle: *mut u64,
        bytes: &[u8],
        modified_ns: Option<u64>,
    ) -> Result<usize, Errno> {
        if let Some(time) = modified_ns {
            // SAFETY: invariant 8; an open file.
            unsafe { (*(handle as *mut FileHandle)).modified = time.to_le_bytes() };
        }
        let file = handle as *mut c::lfs_file_t;
        // SAFETY: invariant 8; an open file.
        if unsafe { (*file).flags } & c::lfs_open_flags_LFS_O_WRONLY == 0 {
            return Err(Errno::EBADF);
        }
        // SAFETY: invariant 8; an open file of this filesystem.
        let n = self.run_mounted(|lfs| unsafe {
            c::lfs_file_write(lfs, file, bytes.as_ptr().cast(), bytes.len() as u32)
        })?;
        Ok(n as usize)
    }

    /// Moves: `whence` is 0 from the start, 1 from here, 2 from the end. Gives the position.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn file_seek(
        &mut self,
        handle: *mut u64,
        offset: i32,
        whence: u8,
    ) -> Result<u32, Errno> {
        let file = handle as *mut c::lfs_file_t;
        // SAFETY: invariant 8; an open file of this filesystem.
        self.run_mounted(|lfs| unsafe { c::lfs_file_seek(lfs, file, offset, whence as c_int) })
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn file_sync(&mut self, handle: *mut u64) -> Result<(), Errno> {
        let file = handle as *mut c::lfs_file_t;
        // SAFETY: invariant 8; an open file of this filesystem.
        self.run_mounted(|lfs| unsafe { c::lfs_file_sync(lfs, file) })?;
        Ok(())
    }

    /// Closes. The memory is free again, whatever the answer.
    ///
    /// # Errors
    /// What littlefs says of the last bytes.
    pub unsafe fn file_close(&mut self, handle: *mut u64) -> Result<(), Errno> {
        let file = handle as *mut c::lfs_file_t;
        self.count(-1);
        // SAFETY: invariant 8; an open file of this filesystem.
        self.run_mounted(|lfs| unsafe { c::lfs_file_close(lfs, file) })?;
        Ok(())
    }

    /// Opens a directory.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn dir_open(&mut self, handle: *mut u64, path: &[u8]) -> Result<(), Errno> {
        let path = CPath::new(path)?;
        let dir = handle as *mut c::lfs_dir_t;
        // SAFETY: invariant 8; the handle's memory has room for it.
        self.run_mounted(|lfs| unsafe {
            ptr::write_bytes(dir, 0, 1);
            c::lfs_dir_open(lfs, dir, path.as_ptr())
        })?;
        self.count(1);
        Ok(())
    }

    /// The next entry, `.` and `..` left out.
    ///
    /// # Errors
    /// What littlefs says.
    pub unsafe fn dir_read(&mut self, handle: *mut u64) -> Result<Option<DirEntry>, Errno> {
        let dir = handle as *mut c::lfs_dir_t;
        loop {
            let mut info = c::lfs_info {
                type_: 0,
                size: 0,
                name: [0; 256],
            };
            // SAFETY: invariant 8; an open directory of this filesystem.
            let more = self.run_mounted(|lfs| unsafe { c::lfs_dir_read(lfs, dir, &mut info) })?;
            let entry = DirEntry { info };
            match (more, entry.name()) {
                (0, _) => return Ok(None),
                (_, b"." | b"..") => {}
                _ => return Ok(Some(entry)),
            }
        }
    }

    /// Closes a directory.
    pub unsafe fn dir_close(&mut self, handle: *mut u64) {
        let dir = handle as *mut c::lfs_dir_t;
        self.count(-1);
        // SAFETY: invariant 8; an open directory of this filesystem.
        let _ = self.run_mounted(|lfs| unsafe { c::lfs_dir_close(lfs, dir) });
    }

    /// Calls `each` with the names in a directory, until it has seen enough and says so.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn names(
        &mut self,
        path: &[u8],
        mut each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let mut dir = [0; DIR_WORDS];
        let handle = dir.as_mut_ptr();
        // SAFETY: invariant 8; the handle is used for this directory only, which is closed before this returns.
        unsafe {
            self.dir_open(handle, path)?;
            let done = loop {
                match self.dir_read(handle) {
                    Ok(Some(entry)) if each(entry.name()).is_continue() => {}
                    Ok(_) => break Ok(()),
                    Err(errno) => break Err(errno),
                }
            };
            self.dir_close(handle);
            done
        }
    }
}
