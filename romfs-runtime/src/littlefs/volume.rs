//! A littlefs for code in Rust: it owns its memory's lease and its device, and reads and writes whole pieces of files.

use super::device::BlockDevice;
use super::handle::Mode;
use super::state::{Damaged, LittleFs, Options};
use crate::fs::{Errno, FileSystem, Space, Stat};

/// A mounted littlefs.
pub struct Volume<'m, D: BlockDevice> {
    memory: &'m mut [u64],
    /// Words of the state; a file's handle follows.
    state: usize,
    device: D,
}

#[allow(unsafe_code)] // the memory is this struct's alone
impl<'m, D: BlockDevice> Volume<'m, D> {
    /// 64-bit words of memory that it needs.
    pub const fn words(options: &Options) -> usize {
        options.words() + 64 + options.cache as usize / 8
    }

    /// Mounts; see [`LittleFs::mount_or_format`].
    ///
    /// # Errors
    /// [`Damaged`]; with [`Errno::ENOMEM`] where the memory is too small.
    pub fn mount(
        device: D,
        options: &Options,
        memory: &'m mut [u64],
    ) -> Result<Volume<'m, D>, Damaged> {
        Self::start(device, options, memory, |fs| fs.mount_or_format())
    }

    /// Formats the device and mounts it.
    ///
    /// # Errors
    /// As [`mount`](Self::mount).
    pub fn format(
        device: D,
        options: &Options,
        memory: &'m mut [u64],
    ) -> Result<Volume<'m, D>, Damaged> {
        Self::start(device, options, memory, |fs| {
            fs.format()
                .and_then(|()| fs.mount())
                .map_err(|cause| Damaged { cause })
        })
    }

    fn start(
        device: D,
        options: &Options,
        memory: &'m mut [u64],
        mount: impl FnOnce(&mut LittleFs<'_>) -> Result<(), Damaged>,
    ) -> Result<Volume<'m, D>, Damaged> {
        if memory.len() < Self::words(options) {
            return Err(Damaged {
                cause: Errno::ENOMEM,
            });
        }
        memory.fill(0);
        let mut volume = Volume {
            memory,
            state: options.words(),
            device,
        };
        let (mut fs, _) = volume.parts();
        fs.configure(options).map_err(|cause| Damaged { cause })?;
        mount(&mut fs)?;
        Ok(volume)
    }

    /// The filesystem, and memory for one open file.
    fn parts(&mut self) -> (LittleFs<'_>, *mut u64) {
        let base = self.memory.as_mut_ptr();
        // SAFETY: invariant 8; the memory is borrowed for as long as the volume lives and has room for both.
        let fs = unsafe { LittleFs::attach(base, &mut self.device) };
        (fs, base.wrapping_add(self.state))
    }

    fn with_file<R>(
        &mut self,
        path: &[u8],
        mode: Mode,
        work: impl FnOnce(&mut LittleFs<'_>, *mut u64) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let (mut fs, handle) = self.parts();
        // SAFETY: invariant 8; the handle's memory is used by one file at a time, which is closed before this returns.
        unsafe {
            fs.file_open(handle, path, mode, None)?;
            let done = work(&mut fs, handle);
            let closed = fs.file_close(handle);
            let done = done?;
            closed?;
            Ok(done)
        }
    }

    /// Reads from a place in a file; gives how much there was.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn read(&mut self, path: &[u8], at: u32, into: &mut [u8]) -> Result<usize, Errno> {
        let mode = Mode {
            read: true,
            ..Mode::default()
        };
        // SAFETY: invariant 8; the file is open.
        self.with_file(path, mode, |fs, handle| unsafe {
            fs.file_seek(handle, at as i32, 0)?;
            fs.file_read(handle, into)
        })
    }

    /// Makes a file with this content, or replaces it.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn write(&mut self, path: &[u8], bytes: &[u8]) -> Result<(), Errno> {
        let mode = Mode {
            write: true,
            create: true,
            truncate: true,
            ..Mode::default()
        };
        // SAFETY: invariant 8; the file is open.
        self.with_file(path, mode, |fs, handle| unsafe {
            fs.file_write(handle, bytes, None).map(|_| ())
        })
    }

    /// Appends to a file, made where it is not there.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn append(&mut self, path: &[u8], bytes: &[u8]) -> Result<(), Errno> {
        let mode = Mode {
            write: true,
            create: true,
            append: true,
            ..Mode::default()
        };
        // SAFETY: invariant 8; the file is open.
        self.with_file(path, mode, |fs, handle| unsafe {
            fs.file_write(handle, bytes, None).map(|_| ())
        })
    }

    /// Calls `each` with the entries of a directory: name, whether it is a directory, size.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn list(
        &mut self,
        path: &[u8],
        mut each: impl FnMut(&[u8], bool, u32),
    ) -> Result<(), Errno> {
        let (mut fs, handle) = self.parts();
        // SAFETY: invariant 8; the handle's memory is used by one directory at a time, closed before this returns.
        unsafe {
            fs.dir_open(handle, path)?;
            let done = loop {
                match fs.dir_read(handle) {
                    Ok(Some(entry)) => each(entry.name(), entry.is_dir(), entry.size()),
                    Ok(None) => break Ok(()),
                    Err(errno) => break Err(errno),
                }
            };
            fs.dir_close(handle);
            done
        }
    }
}

impl<D: BlockDevice> FileSystem for Volume<'_, D> {
    fn stat(&mut self, path: &[u8]) -> Result<Stat, Errno> {
        self.parts().0.stat(path)
    }

    fn space(&mut self) -> Result<Space, Errno> {
        self.parts().0.space()
    }

    fn make_dir(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.parts().0.make_dir(path)
    }

    fn remove(&mut self, path: &[u8]) -> Result<(), Errno> {
        self.parts().0.remove(path)
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        self.parts().0.rename(from, to)
    }
}

impl<D: BlockDevice> Drop for Volume<'_, D> {
    fn drop(&mut self) {
        self.parts().0.unmount();
    }
}
