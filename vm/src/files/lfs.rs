//! `VfsLfs2`: littlefs over flash of the firmware's, or over a block device that a program wrote.

use romfs_runtime::fs::Errno;
use romfs_runtime::littlefs::{BlockDevice, Geometry, LittleFs, Options};

use super::native::{self, BASE, CWD};
use crate::heap::Kind;
use crate::native::{Args, Res, TypeDef, TypeSpec};
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::stream::errno;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// The slot of the device: a number of the firmware's, or an object.
const DEVICE: usize = 3;
/// The slot that says whether an operation is under way.
const BUSY: usize = 4;
/// The slot that says whether times of changes are kept.
const TIMES: usize = 5;
/// The slots of the bytes that are read and programmed at least, where a program wrote the device.
const READ: usize = 6;
const PROGRAM: usize = 7;
/// Bytes that stock MicroPython reads and programs at least.
const UNIT: isize = 32;
/// The most of either, and of the map of free blocks.
const UNIT_MAX: isize = 1 << 20;

/// `VfsLfs2`
pub(crate) static VFS_LFS2: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    members: native::MEMBERS,
    ..TypeSpec::new(q!("VfsLfs2"))
});

/// `ioctl` requests of a block device.
pub(super) mod request {
    pub const INIT: isize = 1;
    pub const DEINIT: isize = 2;
    pub const SYNC: isize = 3;
    pub const COUNT: isize = 4;
    pub const SIZE: isize = 5;
    pub const ERASE: isize = 6;
}

pub(super) fn is_lfs(vm: &Vm<'_>, fs: Value) -> bool {
    vm.is(fs, Kind::Object) && vm.slot(fs, 0) == Some(VFS_LFS2.value())
}

/// Whether it lies on a device that no program sees.
pub(super) fn is_host_device(vm: &Vm<'_>, fs: Value) -> bool {
    vm.slot(fs, DEVICE).is_some_and(Value::is_small)
}

/// The region of the firmware's flash that a filesystem lies on.
pub(super) fn region_of(vm: &Vm<'_>, fs: Value) -> Option<usize> {
    if !is_lfs(vm, fs) {
        return None;
    }
    usize::try_from(vm.slot(fs, DEVICE)?.as_small()?).ok()
}

/// A program's block device while littlefs works on it. What it raises is kept, and littlefs sees an error.
struct Foreign<'v, 'a> {
    vm: &'v mut Vm<'a>,
    object: Value,
    units: (u32, u32),
    raised: Option<Raised>,
}

impl Foreign<'_, '_> {
    fn keep<R>(&mut self, done: Res<R>) -> Result<R, Errno> {
        done.map_err(|raised| {
            self.raised = Some(raised);
            Errno::EIO
        })
    }

    /// What a method answered: nothing or 0 is well.
    fn check(&mut self, answer: Value) -> Result<(), Errno> {
        if answer == Value::NONE {
            return Ok(());
        }
        let n = self.vm.as_index(answer);
        match self.keep(n)? {
            0 => Ok(()),
            n if n > 0 => Err(Errno::EINVAL),
            n => Err(Errno(-n as i32)),
        }
    }

    fn ioctl(&mut self, request: isize, arg: isize) -> Result<Value, Errno> {
        let args = [Value::small(request), Value::small(arg)];
        let answer = self.vm.call_method(self.object, q!("ioctl"), &args);
        self.keep(answer)
    }

    fn number(&mut self, request: isize) -> Result<u32, Errno> {
        let answer = self.ioctl(request, 0)?;
        let n = self.vm.as_index(answer);
        let n = self.keep(n)?;
        u32::try_from(n).map_err(|_| Errno::EINVAL)
    }

    fn transfer(
        &mut self,
        method: Qstr,
        (block, offset): (u32, u32),
        buffer: Value,
    ) -> Result<(), Errno> {
        let args = [
            Value::small(block as isize),
            buffer,
            Value::small(offset as isize),
        ];
        let answer = self.vm.call_method(self.object, method, &args);
        let answer = self.keep(answer)?;
        self.check(answer)
    }

    /// The same with everything that was made on the way dropped at the end.
    fn scope<R>(&mut self, work: impl FnOnce(&mut Self) -> Result<R, Errno>) -> Result<R, Errno> {
        if self.raised.is_some() {
            return Err(Errno::EIO);
        }
        let mark = self.vm.mark();
        let done = work(self);
        self.vm.release(mark);
        done
    }
}

impl BlockDevice for Foreign<'_, '_> {
    fn geometry(&mut self) -> Result<Geometry, Errno> {
        self.scope(|device| {
            device.ioctl(request::INIT, 1)?;
            Ok(Geometry {
                block: device.number(request::SIZE)?,
                blocks: device.number(request::COUNT)?,
                read: device.units.0,
                program: device.units.1,
            })
        })
    }

    fn read(&mut self, block: u32, offset: u32, into: &mut [u8]) -> Result<(), Errno> {
        self.scope(|device| {
            let buffer = device.vm.new_owned(Kind::ByteArray, b'B', into.len());
            let buffer = device.keep(buffer)?;
            device.transfer(q!("readblocks"), (block, offset), buffer)?;
            let bytes = device.vm.bytes_of(buffer).unwrap_or(b"");
            into.copy_from_slice(bytes.get(..into.len()).ok_or(Errno::EIO)?);
            Ok(())
        })
    }

    fn program(&mut self, block: u32, offset: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.scope(|device| {
            let buffer = device.vm.new_bytearray(bytes);
            let buffer = device.keep(buffer)?;
            device.transfer(q!("writeblocks"), (block, offset), buffer)
        })
    }

    fn erase(&mut self, block: u32) -> Result<(), Errno> {
        self.scope(|device| {
            let answer = device.ioctl(request::ERASE, block as isize)?;
            let n = device.vm.as_index(answer);
            match device.keep(n)? {
                0 => Ok(()),
                n => Err(Errno(n.unsigned_abs() as i32)),
            }
        })
    }

    fn sync(&mut self) -> Result<(), Errno> {
        self.scope(|device| {
            let answer = device.ioctl(request::SYNC, 0)?;
            if answer != Value::NONE {
                device.check(answer)?;
            }
            Ok(())
        })
    }
}

/// Runs an operation on littlefs. Its device can't be asked for another meanwhile.
pub(super) fn with<R>(
    vm: &mut Vm<'_>,
    fs: Value,
    work: impl FnOnce(&mut LittleFs<'_>) -> Result<R, Errno>,
) -> Res<R> {
    let state = vm.slot(fs, BASE).unwrap_or(Value::NONE);
    let memory = vm.raw_mut(state).as_mut_ptr() as *mut u64;
    let device = vm.slot(fs, DEVICE).unwrap_or(Value::NONE);
    if let Some(n) = device.as_small() {
        let Some(device) = vm.devices.get_mut(n as usize).and_then(Option::take) else {
            return Err(native::failed(vm, Errno::ENODEV));
        };
        // SAFETY: invariant 8; the state is a cell of the size that the options asked for, and cells never move.
        let done = work(&mut unsafe { LittleFs::attach(memory, &mut *device) });
        vm.devices[n as usize] = Some(device);
        return done.map_err(|errno| native::failed(vm, errno));
    }
    if vm.slot(fs, BUSY) == Some(Value::TRUE) {
        return Err(vm.os_error(errno::EBUSY));
    }
    vm.set_slot(fs, BUSY, Some(Value::TRUE));
    let unit = |i: usize| vm.slot(fs, i).and_then(Value::as_small).unwrap_or(UNIT) as u32;
    let units = (unit(READ), unit(PROGRAM));
    let mut foreign = Foreign {
        vm,
        object: device,
        units,
        raised: None,
    };
    // SAFETY: invariant 8; likewise.
    let done = work(&mut unsafe { LittleFs::attach(memory, &mut foreign) });
    let raised = foreign.raised;
    vm.set_slot(fs, BUSY, Some(Value::FALSE));
    match (raised, done) {
        (Some(raised), _) => Err(raised),
        (None, done) => done.map_err(|errno| native::failed(vm, errno)),
    }
}

/// An object with room for littlefs's state, not mounted yet.
fn new_state(vm: &mut Vm<'_>, device: Value, options: &Options, units: (isize, isize)) -> Res {
    let state = vm.alloc_bytes(Kind::Raw, options.words() * 8)?;
    vm.raw_mut(state).fill(0);
    vm.new_object(
        VFS_LFS2.value(),
        &[
            state,
            Value::qstr(Qstr::EMPTY),
            device,
            Value::FALSE,
            Value::TRUE,
            Value::small(units.0),
            Value::small(units.1),
        ],
    )
}

/// A filesystem of the arguments `bdev, readsize, progsize, lookahead, mtime`, not mounted yet.
fn new_of(vm: &mut Vm<'_>, args: Args) -> Res<(Value, Options)> {
    let Some(device) = args.get(0) else {
        return Err(vm.type_error(msg!("function missing 1 required positional arguments")));
    };
    // Flash of the firmware's goes without a detour through Python.
    let device = match super::flash::region(vm, device) {
        Some(n) if super::flash::is_busy(vm, n) => return Err(vm.os_error(errno::EBUSY)),
        Some(n) => Value::small(n as isize),
        None if device.is_small() => {
            return Err(vm.type_error(msg!("block device must be an object")));
        }
        None => device,
    };
    let mut sizes = [UNIT; 3];
    for (i, name) in [q!("readsize"), q!("progsize"), q!("lookahead")]
        .into_iter()
        .enumerate()
    {
        if let Some(v) = args.get_or_kw(i + 1, name) {
            sizes[i] = vm.as_index(v)?;
        }
    }
    if sizes.iter().any(|n| !(1..=UNIT_MAX).contains(n)) {
        return Err(vm.os_error(errno::EINVAL));
    }
    let options = Options {
        cache: 4 * sizes[0].max(sizes[1]) as u32,
        lookahead: sizes[2] as u32,
        ..Options::default()
    };
    let fs = new_state(vm, device, &options, (sizes[0], sizes[1]))?;
    Ok((fs, options))
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let (fs, options) = new_of(vm, args)?;
    if let Some(times) = args.get_or_kw(4, q!("mtime")) {
        let keep = vm.truth(times)?;
        vm.set_slot(fs, TIMES, Some(Value::bool(keep)));
    }
    with(vm, fs, |lfs| {
        lfs.configure(&options)?;
        lfs.mount()
    })?;
    Ok(fs)
}

/// `VfsLfs2.mkfs(bdev, ...)`
pub(super) fn mkfs(vm: &mut Vm<'_>, args: Args) -> Res {
    let (fs, options) = new_of(vm, args)?;
    vm.found_folders.forget();
    with(vm, fs, |lfs| {
        lfs.configure(&options)?;
        lfs.format()
    })?;
    Ok(Value::NONE)
}

/// `mount(readonly, mkfs)`: what was unmounted is mounted again.
pub(super) fn mount(vm: &mut Vm<'_>, fs: Value, read_only: Value, make: Value) -> Res {
    let (read_only, make) = (vm.truth(read_only)?, vm.truth(make)?);
    with(vm, fs, |lfs| {
        if make {
            lfs.unmount();
            lfs.format()?;
        }
        if !lfs.is_mounted() {
            lfs.mount()?;
        }
        if read_only {
            lfs.set_read_only();
        }
        Ok(())
    })?;
    Ok(Value::NONE)
}

/// Closes what is open on it and unmounts.
pub(super) fn unmount(vm: &mut Vm<'_>, fs: Value) -> Res<()> {
    vm.close_handles(|handle| handle.volume == fs)?;
    with(vm, fs, |lfs| {
        lfs.unmount();
        Ok(())
    })?;
    vm.set_slot(fs, CWD, Some(Value::qstr(Qstr::EMPTY)));
    Ok(())
}

/// The time for a change, where the filesystem keeps those.
pub(super) fn time(vm: &mut Vm<'_>, fs: Value) -> Option<u64> {
    (vm.slot(fs, TIMES) == Some(Value::TRUE)).then(|| vm.host.unix_time_ns())
}

/// Whether a program's block device holds a littlefs.
pub(super) fn is_littlefs(vm: &mut Vm<'_>, object: Value) -> Res<bool> {
    let mut device = Foreign {
        vm,
        object,
        units: (0, 0),
        raised: None,
    };
    // Both of the first two blocks are looked at: one may be erased or half written.
    let found = (0..2).any(|block| {
        let mut name = [0; 8];
        device.read(block, 8, &mut name).is_ok() && name == *b"littlefs"
    });
    let raised = device.raised;
    match raised {
        Some(raised) if vm.raised_is(&crate::object::exception::ATTRIBUTE_ERROR) => {
            vm.take_raised(raised);
            Ok(false)
        }
        Some(raised) => Err(raised),
        None => Ok(found),
    }
}

impl<'a> Vm<'a> {
    /// Mounts littlefs on flash of the firmware's. Flash that was never used, or whose first format was cut, is formatted;
    /// a filesystem smaller than the flash grows to its size. The state's RAM, which `options` say, is taken from the heap.
    ///
    /// # Errors
    /// `OSError` where the filesystem is damaged: its number is littlefs's reason, and nothing was changed. With `anew`,
    /// it is formatted.
    pub fn mount_littlefs(
        &mut self,
        path: &str,
        device: &'a mut dyn BlockDevice,
        options: &Options,
        anew: bool,
    ) -> Res<()> {
        let mark = self.mark();
        let fs = self.new_littlefs(device, options, anew)?;
        let path = self.new_str(path.as_bytes())?;
        self.add_mount(fs, path)?;
        self.release(mark);
        Ok(())
    }

    /// The filesystem of [`mount_littlefs`](Vm::mount_littlefs), not in the tree yet.
    pub(super) fn new_littlefs(
        &mut self,
        device: &'a mut dyn BlockDevice,
        options: &Options,
        anew: bool,
    ) -> Res {
        let Some(n) = self.devices.iter().position(Option::is_none) else {
            return Err(self.os_error(errno::ENODEV));
        };
        self.devices[n] = Some(device);
        let fs = new_state(self, Value::small(n as isize), options, (UNIT, UNIT))?;
        let mounted = with(self, fs, |lfs| {
            lfs.configure(options)?;
            if anew {
                lfs.format()?;
            }
            lfs.mount_or_format().map_err(|damaged| damaged.cause)
        });
        if mounted.is_err() {
            self.devices[n] = None;
        }
        mounted?;
        Ok(fs)
    }
}
