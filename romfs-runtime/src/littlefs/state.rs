//! A mounted littlefs: its state in the caller's memory, and operations by path.

use core::ffi::{c_char, c_int, c_void};
use core::fmt;
use core::ptr;

use littlefs2_sys as c;

use super::device::BlockDevice;
use crate::fs::{Errno, FileSystem, Space, Stat};

/// Longest path, its end included.
const PATH_MAX: usize = 256;
/// The attribute that MicroPython keeps the time of the last change in.
pub(super) const MODIFIED: u8 = 1;

/// Sizes of littlefs's buffers: its RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of each cache: one to read, one to write, one for each open file. A multiple of the device's read and
    /// program units, and a factor of the block.
    pub cache: u32,
    /// Bytes of the map of free blocks, a multiple of 8; each stands for 8 blocks.
    pub lookahead: u32,
    /// Erase cycles after which metadata moves to another block.
    pub cycles: i32,
}

impl Default for Options {
    /// Those of stock MicroPython.
    fn default() -> Self {
        Options {
            cache: 128,
            lookahead: 32,
            cycles: 100,
        }
    }
}

impl Options {
    /// 64-bit words of the state of a mounted filesystem.
    pub const fn words(&self) -> usize {
        state_words() + (2 * self.cache + self.lookahead).div_ceil(8) as usize
    }
}

/// 64-bit words of a filesystem's state without its buffers.
pub const fn state_words() -> usize {
    size_of::<State>().div_ceil(8)
}

/// The state at the start of the memory; the buffers follow.
#[repr(C)]
pub(super) struct State {
    pub(super) lfs: c::lfs_t,
    pub(super) config: c::lfs_config,
    /// Open files and directories.
    pub(super) open: u32,
    /// Blocks of the device.
    blocks: u32,
    mounted: bool,
    read_only: bool,
}

/// The device of the operation under way; littlefs's callbacks find it through the configuration.
struct Context<'d> {
    device: &'d mut dyn BlockDevice,
    blocks: u32,
    read_only: bool,
}

/// A filesystem for the time of an operation.
pub struct LittleFs<'d> {
    pub(super) state: *mut State,
    device: &'d mut dyn BlockDevice,
}

/// The filesystem was there and can't be mounted any more. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged {
    /// littlefs's own reason.
    pub cause: Errno,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the writable filesystem is damaged (littlefs error {}); format it to start anew",
            self.cause.0
        )
    }
}

impl core::error::Error for Damaged {}

fn answer(n: c_int) -> Result<u32, Errno> {
    if n < 0 { Err(Errno(-n)) } else { Ok(n as u32) }
}

fn code(done: Result<(), Errno>) -> c_int {
    match done {
        Ok(()) => 0,
        Err(errno) => -errno.0,
    }
}

/// The device of the operation under way.
///
/// # Safety
/// Called by littlefs within [`LittleFs::run`].
unsafe fn context<'c>(config: *const c::lfs_config) -> &'c mut Context<'c> {
    // SAFETY: invariant 8; `run` set the pointer to a context that lives until it returns.
    unsafe { &mut *((*config).context as *mut Context<'c>) }
}

unsafe extern "C" fn read(
    config: *const c::lfs_config,
    block: u32,
    offset: u32,
    buffer: *mut c_void,
    size: u32,
) -> c_int {
    // SAFETY: invariant 8; littlefs lends `size` bytes of a buffer for the time of the call.
    let (context, into) = unsafe {
        let into = core::slice::from_raw_parts_mut(buffer as *mut u8, size as usize);
        (context(config), into)
    };
    // What littlefs made of damaged metadata may point anywhere.
    if block >= context.blocks {
        return -Errno::CORRUPT.0;
    }
    code(context.device.read(block, offset, into))
}

unsafe extern "C" fn program(
    config: *const c::lfs_config,
    block: u32,
    offset: u32,
    buffer: *const c_void,
    size: u32,
) -> c_int {
    // SAFETY: invariant 8; likewise.
    let (context, bytes) = unsafe {
        let bytes = core::slice::from_raw_parts(buffer as *const u8, size as usize);
        (context(config), bytes)
    };
    if context.read_only {
        return -Errno::EROFS.0;
    }
    code(context.device.program(block, offset, bytes))
}

unsafe extern "C" fn erase(config: *const c::lfs_config, block: u32) -> c_int {
    // SAFETY: invariant 8; littlefs calls within `run`.
    let context = unsafe { context(config) };
    if context.read_only {
        return -Errno::EROFS.0;
    }
    code(context.device.erase(block))
}

unsafe extern "C" fn sync(config: *const c::lfs_config) -> c_int {
    // SAFETY: invariant 8; littlefs calls within `run`.
    code(unsafe { context(config) }.device.sync())
}

unsafe extern "C" fn count(total: *mut c_void, _: u32) -> c_int {
    // SAFETY: invariant 8; `space` hands its count through.
    unsafe { *(total as *mut u32) += 1 };
    0
}

/// A path as C wants it.
pub(super) struct CPath([u8; PATH_MAX]);

impl CPath {
    pub(super) fn new(path: &[u8]) -> Result<CPath, Errno> {
        let mut text = [0; PATH_MAX];
        if path.len() + 2 > PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        if path.contains(&0) {
            return Err(Errno::EINVAL);
        }
        text[0] = b'/';
        text[1..=path.len()].copy_from_slice(path);
        Ok(CPath(text))
    }

    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr() as *const c_char
    }
}

impl<'d> LittleFs<'d> {
    /// The filesystem whose state is in `memory`.
    ///
    /// # Safety
    /// `memory` is aligned to 8 bytes and has as many 64-bit words as the options it was or will be
    /// [configured](Self::configure) with ask for. It is zeroed, or as a `LittleFs` left it. It stays where it is and is used for
    /// nothing else for as long as the filesystem is mounted (invariant 8); `device` is always the same one.
    pub unsafe fn attach(memory: *mut u64, device: &'d mut dyn BlockDevice) -> Self {
        LittleFs {
            state: memory as *mut State,
            device,
        }
    }

    /// Prepares the state: sizes from the device, buffers behind the state. Anything mounted before is forgotten.
    ///
    /// # Errors
    /// [`Errno::EINVAL`] for sizes that do not go together; what the device says.
    pub fn configure(&mut self, options: &Options) -> Result<(), Errno> {
        let g = self.device.geometry()?;
        let fits = |of: u32, unit: u32| unit > 0 && of > 0 && of.is_multiple_of(unit);
        if !fits(options.cache, g.read)
            || !fits(options.cache, g.program)
            || !fits(g.block, options.cache.min(g.block))
            || !fits(options.lookahead, 8)
            || g.block < 128
            || g.blocks < 2
        {
            return Err(Errno::EINVAL);
        }
        let buffers = self.state.wrapping_add(1) as *mut u8;
        let cache = options.cache.min(g.block);
        // SAFETY: invariant 8; the memory has room for the state, two caches and the map. All its fields may be zero.
        unsafe {
            ptr::write_bytes(self.state, 0, 1);
            (*self.state).blocks = g.blocks;
            let config = &mut (*self.state).config;
            config.read = Some(read);
            config.prog = Some(program);
            config.erase = Some(erase);
            config.sync = Some(sync);
            (config.read_size, config.prog_size) = (g.read, g.program);
            (config.block_size, config.block_count) = (g.block, g.blocks);
            config.block_cycles = options.cycles;
            (config.cache_size, config.lookahead_size) = (cache, options.lookahead);
            config.read_buffer = buffers as *mut c_void;
            config.prog_buffer = buffers.wrapping_add(cache as usize) as *mut c_void;
            config.lookahead_buffer = buffers.wrapping_add(2 * cache as usize) as *mut c_void;
        }
        Ok(())
    }

    /// Runs a call of the library with the device at hand.
    pub(super) fn run(&mut self, call: impl FnOnce(*mut c::lfs_t) -> c_int) -> Result<u32, Errno> {
        // SAFETY: invariant 8; the state is the caller's promise of `attach`. The context outlives the call, and its
        // lifetime is not looked at in between.
        unsafe {
            let mut context = Context {
                device: &mut *self.device,
                blocks: (*self.state).blocks,
                read_only: (*self.state).read_only,
            };
            (*self.state).config.context = &raw mut context as *mut c_void;
            let done = call(&raw mut (*self.state).lfs);
            (*self.state).config.context = ptr::null_mut();
            answer(done)
        }
    }

    /// The same where it has to be mounted.
    pub(super) fn run_mounted(
        &mut self,
        call: impl FnOnce(*mut c::lfs_t) -> c_int,
    ) -> Result<u32, Errno> {
        // SAFETY: invariant 8; `attach`.
        if unsafe { (*self.state).mounted } {
            self.run(call)
        } else {
            Err(Errno::ENODEV)
        }
    }

    /// Whether it is mounted.
    pub fn is_mounted(&self) -> bool {
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).mounted }
    }

    /// Bytes of a cache.
    pub fn cache(&self) -> u32 {
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).config.cache_size }
    }

    /// Open files and directories.
    pub fn open_handles(&self) -> u32 {
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).open }
    }

    /// From now on nothing is written.
    pub fn set_read_only(&mut self) {
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).read_only = true };
    }

    /// Formats the device.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn format(&mut self) -> Result<(), Errno> {
        let state = self.state;
        // SAFETY: invariant 8; the configuration is complete.
        self.run(|lfs| unsafe { c::lfs_format(lfs, &raw const (*state).config) })?;
        Ok(())
    }

    /// Mounts what is there, which has to be as large as the device.
    ///
    /// # Errors
    /// What littlefs says.
    pub fn mount(&mut self) -> Result<(), Errno> {
        let state = self.state;
        // SAFETY: invariant 8; the configuration is complete.
        self.run(|lfs| unsafe { c::lfs_mount(lfs, &raw const (*state).config) })?;
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).mounted = true };
        self.finish_moves()
    }

    /// Brings to its end a rename that a power cut left half done. The library does so at the first write; until then the
    /// names behind the moved one are neither listed nor found.
    fn finish_moves(&mut self) -> Result<(), Errno> {
        // SAFETY: invariant 8; mounted.
        match self.run_mounted(|lfs| unsafe { c::lfs_fs_mkconsistent(lfs) }) {
            Err(errno) if errno != Errno::EROFS => {
                self.unmount();
                Err(errno)
            }
            _ => Ok(()),
        }
    }

    /// Mounts what is there, and makes it as large as the device where it is smaller. A device that was never used, or whose
    /// first format was cut short, is formatted first; one that held a filesystem never is.
    ///
    /// # Errors
    /// [`Damaged`]. [`LittleFs::format`] starts anew.
    pub fn mount_or_format(&mut self) -> Result<(), Damaged> {
        let damaged = |cause| Damaged { cause };
        // SAFETY: invariant 8; `attach`.
        let blocks = unsafe {
            (*self.state).config.block_count = 0;
            (*self.state).blocks
        };
        let mounted = self.mount();
        // SAFETY: invariant 8; likewise.
        unsafe { (*self.state).config.block_count = blocks };
        match mounted {
            Ok(()) => self.grow(blocks).map_err(damaged),
            Err(_) if self.device.was_never_used() => {
                self.format().and_then(|()| self.mount()).map_err(damaged)
            }
            Err(cause) => Err(damaged(cause)),
        }
    }

    fn grow(&mut self, blocks: u32) -> Result<(), Errno> {
        // SAFETY: invariant 8; `attach`.
        let now = unsafe { (*self.state).lfs.block_count };
        if now > blocks {
            self.unmount();
            return Err(Errno::EINVAL);
        }
        if now < blocks {
            // SAFETY: invariant 8; mounted.
            self.run_mounted(|lfs| unsafe { c::lfs_fs_grow(lfs, blocks) })?;
        }
        Ok(())
    }

    /// Unmounts. Files that are open then are lost: close them first.
    pub fn unmount(&mut self) {
        // SAFETY: invariant 8; mounted.
        let _ = self.run_mounted(|lfs| unsafe { c::lfs_unmount(lfs) });
        // SAFETY: invariant 8; `attach`.
        unsafe { (*self.state).mounted = false };
    }
}

impl FileSystem for LittleFs<'_> {
    fn stat(&mut self, path: &[u8]) -> Result<Stat, Errno> {
        let path = CPath::new(path)?;
        let mut info = c::lfs_info {
            type_: 0,
            size: 0,
            name: [0; 256],
        };
        let mut time = [0u8; 8];
        // SAFETY: invariant 8; mounted, and the arguments live through the call.
        self.run_mounted(|lfs| unsafe { c::lfs_stat(lfs, path.as_ptr(), &mut info) })?;
        // SAFETY: invariant 8; likewise.
        let kept = self.run_mounted(|lfs| unsafe {
            c::lfs_getattr(lfs, path.as_ptr(), MODIFIED, time.as_mut_ptr().cast(), 8)
        });
        Ok(Stat {
            is_dir: info.type_ == c::lfs_type_LFS_TYPE_DIR as u8,
            size: info.size,
            modified_ns: if kept == Ok(8) {
                u64::from_le_bytes(time)
            } else {
                0
            },
        })
    }

    fn space(&mut self) -> Result<Space, Errno> {
        let mut used = 0u32;
        // Counted as MicroPython counts: blocks of folders that are not joined yet among them.
        // SAFETY: invariant 8; mounted, and the count lives through the call.
        self.run_mounted(|lfs| unsafe {
            c::lfs_fs_traverse(lfs, Some(count), (&raw mut used).cast())
        })?;
        // SAFETY: invariant 8; mounted.
        let (block, blocks) = unsafe {
            (
                (*self.state).config.block_size,
                (*self.state).lfs.block_count,
            )
        };
        Ok(Space {
            block,
            blocks,
            free: blocks.saturating_sub(used),
            name_max: 255,
        })
    }

    fn make_dir(&mut self, path: &[u8]) -> Result<(), Errno> {
        let path = CPath::new(path)?;
        // SAFETY: invariant 8; mounted.
        self.run_mounted(|lfs| unsafe { c::lfs_mkdir(lfs, path.as_ptr()) })?;
        Ok(())
    }

    fn remove(&mut self, path: &[u8]) -> Result<(), Errno> {
        let path = CPath::new(path)?;
        // SAFETY: invariant 8; mounted.
        self.run_mounted(|lfs| unsafe { c::lfs_remove(lfs, path.as_ptr()) })?;
        Ok(())
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let (from, to) = (CPath::new(from)?, CPath::new(to)?);
        // SAFETY: invariant 8; mounted.
        self.run_mounted(|lfs| unsafe { c::lfs_rename(lfs, from.as_ptr(), to.as_ptr()) })?;
        Ok(())
    }
}
