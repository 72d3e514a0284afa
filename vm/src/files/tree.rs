//! What `os` and `vfs` do with the tree of mounts.

use super::{DIR, Place};
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

/// `chdir(path)`
pub(crate) fn chdir(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    vm.root(within)?;
    match place {
        Place::Root => {
            // Relative paths begin at the root of what is mounted there.
            if let Some(mount) = at_root(vm) {
                let fs = vm.mounted(mount);
                vm.call_method(fs, q!("chdir"), &[Value::qstr(q!("/"))])?;
            }
            vm.roots.cwd = None;
        }
        Place::In { mount, .. } => {
            vm.call_place(place, q!("chdir"), &[within])?;
            vm.roots.cwd = Some(mount);
        }
        Place::Nothing => return Err(vm.os_error(errno::ENODEV)),
    }
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
    let (place, within) = vm.place_within(path)?;
    if let Place::Root = place {
        let as_text = Value::bool(vm.is_str(path));
        return vm.new_object(
            super::list::MOUNTS.value(),
            &[Value::small(0), as_text, Value::NONE],
        );
    }
    vm.root(within)?;
    vm.call_place(place, q!("ilistdir"), &[within])
}

/// `listdir(path)`
pub(crate) fn listdir(vm: &mut Vm<'_>, path: Slot) -> Res {
    let entries = ilistdir(vm, path)?;
    vm.root(entries)?;
    let list = vm.new_list(&[])?;
    vm.for_each(entries, move |vm, entry| {
        let name = vm.subscr(entry, Value::small(0), crate::native::Access::Load)?;
        vm.root(name)?;
        vm.list_push(list, name)?;
        Ok(true)
    })?;
    Ok(list)
}

/// `mkdir(path)`
pub(crate) fn mkdir(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    if matches!(place, Place::Root) || vm.bytes_of(within) == Some(b"/") {
        return Err(vm.os_error(errno::EEXIST));
    }
    one_path(vm, place, within, q!("mkdir"))
}

/// A method that takes a path and changes the tree.
fn one_path(vm: &mut Vm<'_>, place: Place, within: Value, method: crate::qstr::Qstr) -> Res {
    vm.root(within)?;
    vm.found_folders.forget();
    vm.call_place(place, method, &[within])
}

/// `remove(path)`
pub(crate) fn remove(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    one_path(vm, place, within, q!("remove"))
}

/// `rmdir(path)`
pub(crate) fn rmdir(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    one_path(vm, place, within, q!("rmdir"))
}

/// `rename(old, new)`
pub(crate) fn rename(vm: &mut Vm<'_>, from: Value, to: Value) -> Res {
    let (old, from) = vm.place_within(from)?;
    vm.root(from)?;
    let (new, to) = vm.place_within(to)?;
    vm.root(to)?;
    let same = match (old, new) {
        (Place::In { mount: a, .. }, Place::In { mount: b, .. }) => a == b,
        (Place::Root, Place::Root) | (Place::Nothing, Place::Nothing) => true,
        _ => false,
    };
    if !same {
        return Err(vm.os_error(errno::EPERM));
    }
    vm.found_folders.forget();
    vm.call_place(old, q!("rename"), &[from, to])
}

/// `stat(path)`
pub(crate) fn stat(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    if let Place::Root = place {
        let mut fields = [Value::small(0); 10];
        fields[0] = Value::small(DIR);
        return vm.new_tuple(&fields);
    }
    vm.root(within)?;
    vm.call_place(place, q!("stat"), &[within])
}

/// `statvfs(path)`
pub(crate) fn statvfs(vm: &mut Vm<'_>, path: Value) -> Res {
    let (place, within) = vm.place_within(path)?;
    vm.root(within)?;
    match (place, at_root(vm)) {
        (Place::Root, Some(mount)) => {
            let fs = vm.mounted(mount);
            vm.call_method(fs, q!("statvfs"), &[Value::qstr(q!("/"))])
        }
        (Place::Root, None) => {
            let mut fields = [Value::small(0); 10];
            fields[9] = Value::small(NAME_MAX);
            vm.new_tuple(&fields)
        }
        _ => vm.call_place(place, q!("statvfs"), &[within]),
    }
}

/// Whether a value is a filesystem of the firmware's.
pub(crate) fn is_native(vm: &Vm<'_>, fs: Value) -> bool {
    #[cfg(feature = "littlefs")]
    if super::lfs::is_lfs(vm, fs) {
        return true;
    }
    vm.is(fs, Kind::Object) && vm.slot(fs, 0) == Some(super::VFS_ROM.value())
}
