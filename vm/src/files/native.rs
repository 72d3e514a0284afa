//! The methods of native filesystems, the same for all: `VfsRom` and `VfsLfs2`.
//!
//! Slots of such an object: its type, what it stands on, its current directory (a normal path), and what it needs more.

use romfs_runtime::fs::{Errno, FileSystem, Stat};

use super::path::Normal;
use super::{DIR, FILE};
use crate::native::{Args, Member, Res, func, func_1, func_2, func_3};
use crate::q;
use crate::qstr::Qstr;
use crate::value::Value;
use crate::vm::Vm;

/// The slot of the image, or of littlefs's state.
pub(super) const BASE: usize = 1;
/// The slot of the current directory.
pub(super) const CWD: usize = 2;

#[cfg(not(feature = "files"))]
pub(super) static MEMBERS: &[Member] = &[];

/// The methods of the firmware's own filesystems.
#[cfg(feature = "files")]
pub(super) static MEMBERS: &[Member] = &[
    func_3(q!("open"), open),
    func(q!("ilistdir"), 1, 2, ilistdir),
    func_2(q!("mkdir"), make_dir),
    func_2(q!("rmdir"), remove),
    func_2(q!("chdir"), chdir),
    func_1(q!("getcwd"), getcwd),
    func_2(q!("remove"), remove),
    func_3(q!("rename"), rename),
    func_2(q!("stat"), stat),
    func_2(q!("statvfs"), statvfs),
    func_3(q!("mount"), mount),
    func_1(q!("umount"), |vm, fs| {
        #[cfg(feature = "littlefs")]
        if super::lfs::is_lfs(vm, fs) {
            super::lfs::unmount(vm, fs)?;
        }
        let _ = (vm, fs);
        Ok(Value::NONE)
    }),
    #[cfg(feature = "littlefs")]
    crate::native::static_fn(q!("mkfs"), 1, 1, super::lfs::mkfs),
];

/// `OSError` of a filesystem's error.
#[cold]
pub(super) fn failed(vm: &mut Vm<'_>, errno: Errno) -> crate::raise::Raised {
    vm.os_error(errno.0)
}

/// A path of this filesystem, from its current directory.
pub(super) fn normal(vm: &mut Vm<'_>, fs: Value, path: Value, to: &mut Normal) -> Res<()> {
    let Some(text) = vm.bytes_of(path) else {
        return Err(vm.type_error(msg!("can't convert to str implicitly")));
    };
    match vm.normal_in(fs, text, to) {
        Some(()) => Ok(()),
        None => Err(failed(vm, Errno::ENAMETOOLONG)),
    }
}

/// Runs an operation on a native filesystem.
pub(super) fn with<R>(
    vm: &mut Vm<'_>,
    fs: Value,
    work: impl FnOnce(&mut dyn FileSystem) -> Result<R, Errno>,
) -> Res<R> {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return super::lfs::with(vm, fs, |lfs| work(lfs));
    }
    let done = match super::rom::image_of(vm, fs) {
        Some(mut image) => work(&mut image),
        None => Err(Errno::ENODEV),
    };
    done.map_err(|errno| failed(vm, errno))
}

/// The same for changes, after which folders may be where none were.
fn change(
    vm: &mut Vm<'_>,
    fs: Value,
    work: impl FnOnce(&mut dyn FileSystem) -> Result<(), Errno>,
) -> Res {
    vm.found_folders.forget();
    with(vm, fs, work)?;
    Ok(Value::NONE)
}

/// What is at a path; a file written as a directory is not there.
pub(super) fn stat_at(vm: &mut Vm<'_>, fs: Value, path: &Normal) -> Res<Stat> {
    let stat = with(vm, fs, |fs| fs.stat(path.as_bytes()))?;
    if path.as_dir && !stat.is_dir {
        return Err(failed(vm, Errno::ENOENT));
    }
    Ok(stat)
}

fn open(vm: &mut Vm<'_>, fs: Value, path: Value, mode: Value) -> Res {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return super::lfs_file::open(vm, fs, path, mode);
    }
    super::rom_file::open(vm, fs, path, mode)
}

fn ilistdir(vm: &mut Vm<'_>, args: Args) -> Res {
    let fs = args.at(0);
    let asked = args.get(1).unwrap_or(Value::qstr(Qstr::EMPTY));
    let as_text = vm.is_str(asked);
    let mut path = Normal::new();
    normal(vm, fs, asked, &mut path)?;
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return super::lfs_file::list(vm, fs, path.as_bytes(), as_text);
    }
    super::rom::list(vm, fs, path.as_bytes(), as_text)
}

/// Whether there is a filesystem that can be changed: without littlefs there are only images.
fn can_change(vm: &mut Vm<'_>) -> Res<()> {
    match cfg!(feature = "littlefs") {
        true => Ok(()),
        false => Err(failed(vm, Errno::EROFS)),
    }
}

fn make_dir(vm: &mut Vm<'_>, fs: Value, asked: Value) -> Res {
    can_change(vm)?;
    let mut path = Normal::new();
    normal(vm, fs, asked, &mut path)?;
    change(vm, fs, |fs| fs.make_dir(path.as_bytes()))
}

fn remove(vm: &mut Vm<'_>, fs: Value, asked: Value) -> Res {
    can_change(vm)?;
    let mut path = Normal::new();
    normal(vm, fs, asked, &mut path)?;
    change(vm, fs, |fs| fs.remove(path.as_bytes()))
}

fn rename(vm: &mut Vm<'_>, fs: Value, asked: Value, new: Value) -> Res {
    can_change(vm)?;
    let (mut from, mut to) = (Normal::new(), Normal::new());
    normal(vm, fs, asked, &mut from)?;
    normal(vm, fs, new, &mut to)?;
    change(vm, fs, |fs| fs.rename(from.as_bytes(), to.as_bytes()))
}

fn chdir(vm: &mut Vm<'_>, fs: Value, asked: Value) -> Res {
    let mut path = Normal::new();
    normal(vm, fs, asked, &mut path)?;
    if !path.as_bytes().is_empty() && !stat_at(vm, fs, &path)?.is_dir {
        return Err(failed(vm, Errno::ENOENT));
    }
    vm.found_folders.forget();
    let cwd = vm.new_str(path.as_bytes())?;
    vm.set_slot(fs, CWD, Some(cwd));
    Ok(Value::NONE)
}

pub(super) fn getcwd(vm: &mut Vm<'_>, fs: Value) -> Res {
    let cwd = vm.slot(fs, CWD).unwrap_or(Value::NONE);
    let text = vm.new_bytearray(b"/")?;
    vm.write_value_text(crate::native::Sink::Buffer(text), cwd)?;
    vm.buffer_to_str(text)
}

fn stat(vm: &mut Vm<'_>, fs: Value, asked: Value) -> Res {
    let mut path = Normal::new();
    normal(vm, fs, asked, &mut path)?;
    let stat = stat_at(vm, fs, &path)?;
    let size = vm.new_int(stat.size.into())?;
    let seconds = vm.new_int((stat.modified_ns / 1_000_000_000) as i64)?;
    let mut fields = [Value::small(0); 10];
    fields[0] = Value::small(if stat.is_dir { DIR } else { FILE });
    fields[6] = size;
    fields[7..].fill(seconds);
    vm.new_tuple(&fields)
}

fn statvfs(vm: &mut Vm<'_>, fs: Value, _: Value) -> Res {
    let space = with(vm, fs, |fs| fs.space())?;
    let mut fields = [Value::small(0); 10];
    fields[0] = Value::small(space.block as isize);
    let is_rom = !space.name_max.is_power_of_two() && space.block == 1;
    fields[1] = Value::small(if is_rom { 0 } else { space.block as isize });
    fields[2] = vm.new_int(space.blocks.into())?;
    fields[3] = vm.new_int(space.free.into())?;
    fields[4] = fields[3];
    fields[9] = Value::small(space.name_max as isize);
    vm.new_tuple(&fields)
}

fn mount(vm: &mut Vm<'_>, fs: Value, read_only: Value, make: Value) -> Res {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return super::lfs::mount(vm, fs, read_only, make);
    }
    let _ = read_only;
    if vm.truth(make)? {
        return Err(vm.os_error(crate::stream::errno::EPERM));
    }
    vm.set_slot(fs, CWD, Some(Value::qstr(Qstr::EMPTY)));
    Ok(Value::NONE)
}
