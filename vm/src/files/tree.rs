//! What `os` and `vfs` do with the tree of mounts.

use super::DIR;
use crate::heap::Kind;
use crate::native::{Args, Res};
use crate::q;
use crate::stream::errno;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Longest name that the root of all tells.
const NAME_MAX: isize = 255;

/// `mount(fs, path, *, readonly, mkfs)`; without arguments, the list of mounts.
pub(crate) fn mount(vm: &mut Vm<'_>, args: Args) -> Res {
    if args.is_empty() {
        let list = vm.new_list(&[])?;
        if let Some(mounts) = vm.roots.mounts {
            vm.list_extend(list, mounts)?;
        }
        return Ok(list);
    }
    let (mut fs, path) = (args.at(0), args.at(1));
    if args.len() < 2 || !vm.is_str(path) {
        return Err(vm.type_error(msg!("mount point must be a str")));
    }
    let readonly = args.kw(q!("readonly")).unwrap_or(Value::FALSE);
    let mkfs = args.kw(q!("mkfs")).unwrap_or(Value::FALSE);
    if vm.load_attr_maybe(fs, q!("mount"))?.is_none() {
        fs = detect(vm, fs)?;
    }
    vm.root(fs)?;
    vm.call_method(fs, q!("mount"), &[readonly, mkfs])?;
    vm.add_mount(fs, path)?;
    Ok(Value::NONE)
}

/// The filesystem on a block device.
fn detect(vm: &mut Vm<'_>, device: Value) -> Res {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_littlefs(vm, device)? {
        return vm.call(super::VFS_LFS2.value(), &[device]);
    }
    let _ = device;
    Err(vm.os_error(errno::ENODEV))
}

/// `umount(path or fs)`
pub(crate) fn umount(vm: &mut Vm<'_>, path: Value) -> Res {
    unmount(vm, path)
}

/// Takes away what is mounted at a path, or a filesystem that is mounted.
pub(super) fn unmount(vm: &mut Vm<'_>, what: Value) -> Res {
    let (Some(list), path) = (vm.roots.mounts, vm.bytes_of(what)) else {
        return Err(vm.os_error(errno::EINVAL));
    };
    let by_path = path.filter(|_| vm.is_str(what));
    let found = vm.list_items(list).iter().flatten().position(|&m| {
        by_path.is_some_and(|path| vm.mount_point(m) == path) || vm.mounted(m) == what
    });
    let Some(i) = found else {
        return Err(vm.os_error(errno::EINVAL));
    };
    let mount = crate::object::list::take(vm, list, i);
    vm.root(mount)?;
    if vm.roots.cwd == Some(mount) {
        vm.roots.cwd = None;
    }
    vm.found_folders.forget();
    let fs = vm.mounted(mount);
    vm.call_method(fs, q!("umount"), &[])?;
    Ok(Value::NONE)
}

/// The filesystem mounted at the root.
pub(super) fn at_root(vm: &Vm<'_>) -> Option<Value> {
    let mounts = vm.list_items(vm.roots.mounts?);
    let last = mounts.last().copied().flatten()?;
    (vm.mount_point(last) == b"/").then_some(last)
}

/// The mount that a path leads into, or what is mounted at the root of all if that is where it leads.
fn or_root(vm: &Vm<'_>, mount: Slot, within: Value) -> Slot {
    match within {
        Value::NONE => None,
        _ => mount.or_else(|| at_root(vm)),
    }
}

/// `chdir(path)`
pub(crate) fn chdir(vm: &mut Vm<'_>, path: Value) -> Res {
    let (mount, within) = vm.place_within(path)?;
    // Relative paths begin at the root of what is mounted there.
    let called = or_root(vm, mount, within);
    if called.is_some() || within == Value::NONE {
        vm.call_place(called, q!("chdir"), within, None)?;
    }
    vm.roots.cwd = mount;
    vm.found_folders.forget();
    Ok(Value::NONE)
}

/// `getcwd()`
pub(crate) fn getcwd(vm: &mut Vm<'_>) -> Res {
    let Some(mount) = vm.roots.cwd else {
        return Ok(Value::qstr(q!("/")));
    };
    let fs = vm.mounted(mount);
    let within = vm.call_method(fs, q!("getcwd"), &[])?;
    if vm.mount_point(mount) == b"/" {
        return Ok(within);
    }
    let whole = vm.new_bytearray(&[])?;
    let at = vm.slot(mount, 1).unwrap_or(Value::NONE);
    vm.write_value_text(crate::native::Sink::Buffer(whole), at)?;
    if vm.bytes_of(within) != Some(b"/") {
        vm.write_value_text(crate::native::Sink::Buffer(whole), within)?;
    }
    vm.buffer_to_str(whole)
}

/// `ilistdir(path)`
pub(crate) fn ilistdir(vm: &mut Vm<'_>, path: Slot) -> Res {
    let path = path.unwrap_or(Value::qstr(crate::qstr::Qstr::EMPTY));
    let (mount, within) = vm.place_within(path)?;
    if mount.is_none() && within != Value::NONE {
        let as_text = Value::bool(vm.is_str(path));
        return vm.new_object(
            super::list::MOUNTS.value(),
            &[Value::small(0), as_text, Value::NONE],
        );
    }
    vm.call_place(mount, q!("ilistdir"), within, None)
}

/// `listdir(path)`
pub(crate) fn listdir(vm: &mut Vm<'_>, path: Slot) -> Res {
    let entries = ilistdir(vm, path)?;
    vm.root(entries)?;
    let list = vm.new_list(&[])?;
    vm.for_each(entries, move |vm, entry| {
        let name = vm.subscr(entry, Value::small(0), crate::native::Access::Load)?;
        vm.list_push(list, name)?;
        Ok(true)
    })?;
    Ok(list)
}

/// `mkdir(path)`
pub(crate) fn mkdir(vm: &mut Vm<'_>, path: Value) -> Res {
    let (mount, within) = vm.place_within(path)?;
    if vm.bytes_of(within) == Some(b"/") {
        return Err(vm.os_error(errno::EEXIST));
    }
    vm.found_folders.forget();
    vm.call_place(mount, q!("mkdir"), within, None)
}

/// `remove(path)`
pub(crate) fn remove(vm: &mut Vm<'_>, path: Value) -> Res {
    vm.found_folders.forget();
    vm.call_at(path, q!("remove"), None)
}

/// `rmdir(path)`
pub(crate) fn rmdir(vm: &mut Vm<'_>, path: Value) -> Res {
    vm.found_folders.forget();
    vm.call_at(path, q!("rmdir"), None)
}

/// `rename(old, new)`
pub(crate) fn rename(vm: &mut Vm<'_>, from: Value, to: Value) -> Res {
    let (old, from) = vm.place_within(from)?;
    let (new, to) = vm.place_within(to)?;
    // Without mounts the root of all and what is nowhere are told apart by the path.
    let same = old == new && (old.is_some() || (from == Value::NONE) == (to == Value::NONE));
    if !same {
        return Err(vm.os_error(errno::EPERM));
    }
    vm.found_folders.forget();
    vm.call_place(old, q!("rename"), from, Some(to))
}

/// What `stat` and `statvfs` tell of the root of all: zeros, but for one of ten fields.
fn of_root(vm: &mut Vm<'_>, i: usize, field: isize) -> Res {
    let mut fields = [Value::small(0); 10];
    fields[i] = Value::small(field);
    vm.new_tuple(&fields)
}

/// `stat(path)`
pub(crate) fn stat(vm: &mut Vm<'_>, path: Value) -> Res {
    let (mount, within) = vm.place_within(path)?;
    if mount.is_none() && within != Value::NONE {
        return of_root(vm, 0, DIR);
    }
    vm.call_place(mount, q!("stat"), within, None)
}

/// `statvfs(path)`
pub(crate) fn statvfs(vm: &mut Vm<'_>, path: Value) -> Res {
    let (mount, within) = vm.place_within(path)?;
    let mount = or_root(vm, mount, within);
    if mount.is_none() && within != Value::NONE {
        return of_root(vm, 9, NAME_MAX);
    }
    vm.call_place(mount, q!("statvfs"), within, None)
}

/// Whether a value is a filesystem of the firmware's.
pub(crate) fn is_native(vm: &Vm<'_>, fs: Value) -> bool {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return true;
    }
    vm.is(fs, Kind::Object) && vm.slot(fs, 0) == Some(super::VFS_ROM.value())
}
