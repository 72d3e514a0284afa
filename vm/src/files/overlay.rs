//! An image with a writable layer over it: what is written goes into a littlefs, the rest is the image, still in place.
//!
//! For hosts that run a program in its own folder, as MicroPython's unix port does. A file that is changed is copied first;
//! one that is removed from the layer is the image's again.

use romfs_runtime::fs::Stat;
use romfs_runtime::littlefs::{BlockDevice, Options};

use super::native::{self, BASE};
use super::path::Normal;
use crate::image::ImageBytes;
use crate::native::{Args, Res, TypeDef, TypeSpec, func, func_3};
use crate::q;
use crate::qstr::Qstr;
use crate::stream::{errno, request};
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// Slots: the image, the current directory (as of any native filesystem), the layer.
const IMAGE: usize = BASE;
const LAYER: usize = 3;

static OVERLAY: TypeDef = type_def!(TypeSpec {
    members: &[
        func_3(q!("mount"), |_, _, _, _| Ok(Value::NONE)),
        func(q!("umount"), 1, 1, |vm, args| {
            let layer = part(vm, args, LAYER)?;
            vm.call_method(layer, q!("umount"), &[])
        }),
        func(q!("open"), 3, 3, open),
        func(q!("ilistdir"), 1, 2, ilistdir),
        func(q!("stat"), 2, 2, stat),
        func(q!("statvfs"), 2, 2, |vm, args| {
            let layer = part(vm, args, LAYER)?;
            vm.call_method(layer, q!("statvfs"), &[Value::qstr(q!("/"))])
        }),
        func(q!("chdir"), 2, 2, chdir),
        func(q!("getcwd"), 1, 1, |vm, args| {
            part(vm, args, IMAGE)?;
            native::getcwd(vm, args.at(0))
        }),
        func(q!("mkdir"), 2, 2, mkdir),
        func(q!("remove"), 2, 2, |vm, args| {
            remove(vm, args, q!("remove"))
        }),
        func(q!("rmdir"), 2, 2, |vm, args| remove(vm, args, q!("rmdir"))),
        func(q!("rename"), 3, 3, rename),
    ],
    ..TypeSpec::new(q!("VfsOverlay"))
});

/// The layer of such a filesystem.
pub(super) fn layer_of(vm: &Vm<'_>, fs: Value) -> Option<Value> {
    match is_overlay(vm, fs) {
        true => vm.slot(fs, LAYER),
        false => None,
    }
}

/// Whether a value is such a filesystem.
pub(super) fn is_overlay(vm: &Vm<'_>, fs: Value) -> bool {
    vm.is_object(fs, &OVERLAY)
}

/// The image that shows through such a filesystem at a path, unless the layer has something there.
pub(super) fn image_at(vm: &mut Vm<'_>, fs: Value, path: &[u8]) -> Option<Value> {
    let layer = layer_of(vm, fs)?;
    match look(vm, layer, path) {
        Ok(None) => vm.slot(fs, IMAGE),
        Ok(Some(_)) => None,
        // The import opens the file then, and says what is wrong.
        Err(raised) => {
            vm.take_raised(raised);
            None
        }
    }
}

/// The image or the layer of a method's receiver.
fn part(vm: &mut Vm<'_>, args: Args, i: usize) -> Res {
    vm.check_object(args.at(0), &OVERLAY)?;
    Ok(vm.slots(args.at(0))[i].unwrap_or(Value::NONE))
}

/// What is at a path of one of the two; none where nothing is.
fn look(vm: &mut Vm<'_>, fs: Value, path: &[u8]) -> Res<Option<Stat>> {
    native::with(vm, fs, |fs| Ok(fs.stat(path).ok()))
}

/// A normal path as text that both take.
fn text(vm: &mut Vm<'_>, path: &[u8]) -> Res {
    let whole = vm.new_bytearray(b"/")?;
    vm.bytearray_push(whole, path)?;
    vm.buffer_to_str(whole)
}

/// Image, layer, and a path argument, made normal.
fn parts(vm: &mut Vm<'_>, args: Args) -> Res<(Value, Value, Normal)> {
    let (image, layer) = (part(vm, args, IMAGE)?, part(vm, args, LAYER)?);
    let mut path = Normal::new();
    native::normal(vm, args.at(0), args.at(1), &mut path)?;
    Ok((image, layer, path))
}

/// Makes the folders above a path in the layer, where the image has them.
fn make_parents(vm: &mut Vm<'_>, (image, layer): (Value, Value), path: &[u8]) -> Res<()> {
    for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        let folder = &path[..at];
        if look(vm, layer, folder)?.is_some() {
            continue;
        }
        if !look(vm, image, folder)?.is_some_and(|found| found.is_dir) {
            return Err(vm.os_error(errno::ENOENT));
        }
        native::with(vm, layer, |fs| fs.make_dir(folder))?;
    }
    Ok(())
}

/// Copies a file of the image into the layer.
fn copy_up(vm: &mut Vm<'_>, (image, layer): (Value, Value), path: Value) -> Res<()> {
    let binary = Value::qstr(q!("rb"));
    let from = vm.call_method(image, q!("open"), &[path, binary])?;
    vm.root(from)?;
    let to = vm.call_method(layer, q!("open"), &[path, Value::qstr(q!("wb"))])?;
    vm.root(to)?;
    let source = vm.source_of(from)?;
    vm.stream_write_all(to, source)?;
    for file in [to, from] {
        vm.stream_ioctl(file, request::CLOSE, Value::small(0))?;
    }
    Ok(())
}

fn open(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer, path) = parts(vm, args)?;
    let mode = args.at(2);
    let has = |vm: &Vm<'_>, letter: u8| vm.str_bytes(mode).is_some_and(|m| m.contains(&letter));
    let writes = [b'w', b'a', b'x', b'+']
        .into_iter()
        .any(|letter| has(vm, letter));
    let in_layer = look(vm, layer, path.as_bytes())?;
    let in_image = look(vm, image, path.as_bytes())?;
    let name = text(vm, path.as_bytes())?;
    vm.root(name)?;
    if in_layer.is_none() && (!writes || in_image.is_some_and(|found| found.is_dir)) {
        return vm.call_method(image, q!("open"), &[name, mode]);
    }
    if in_layer.is_none() {
        vm.found_folders.forget();
        if in_image.is_some() && has(vm, b'x') {
            return Err(vm.os_error(errno::EEXIST));
        }
        make_parents(vm, (image, layer), path.as_bytes())?;
        if in_image.is_some() && !has(vm, b'w') {
            copy_up(vm, (image, layer), name)?;
        }
    }
    vm.call_method(layer, q!("open"), &[name, mode])
}

fn stat(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer, path) = parts(vm, args)?;
    let name = text(vm, path.as_bytes())?;
    let fs = match look(vm, layer, path.as_bytes())? {
        Some(_) if !path.as_bytes().is_empty() => layer,
        _ => image,
    };
    vm.call_method(fs, q!("stat"), &[name])
}

/// The entries of the layer, then those of the image that it does not have.
fn ilistdir(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer) = (part(vm, args, IMAGE)?, part(vm, args, LAYER)?);
    let asked = args.get(1).unwrap_or(Value::qstr(Qstr::EMPTY));
    let mut path = Normal::new();
    native::normal(vm, args.at(0), asked, &mut path)?;
    let as_text = vm.is_str(asked);
    let mut name = text(vm, path.as_bytes())?;
    if !as_text {
        let n = vm.bytes_len(name);
        let bytes = vm.alloc_bytes(crate::heap::Kind::Bytes, n)?;
        vm.copy_bytes(bytes, 0, name, 0..n);
        name = bytes;
    }
    vm.root(name)?;
    let list = vm.new_list(&[])?;
    let seen = vm.new_dict()?;
    let mut found = false;
    for fs in [layer, image] {
        if !look(vm, fs, path.as_bytes())?.is_some_and(|found| found.is_dir) {
            continue;
        }
        found = true;
        let entries = vm.call_method(fs, q!("ilistdir"), &[name])?;
        vm.for_each(entries, |vm, entry| {
            let key = vm.subscr(entry, Value::small(0), crate::native::Access::Load)?;
            vm.root(key)?;
            if vm.dict_get(seen, key)?.is_none() {
                vm.dict_set(seen, key, Value::TRUE)?;
                vm.list_push(list, entry)?;
            }
            Ok(true)
        })?;
    }
    match found {
        true => vm.iter(list),
        false => Err(vm.os_error(errno::ENOENT)),
    }
}

fn chdir(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer, path) = parts(vm, args)?;
    let mut is_dir = path.as_bytes().is_empty();
    for fs in [layer, image] {
        is_dir |= look(vm, fs, path.as_bytes())?.is_some_and(|found| found.is_dir);
    }
    if !is_dir {
        return Err(vm.os_error(errno::ENOENT));
    }
    let cwd = vm.new_str(path.as_bytes())?;
    vm.slots_mut(args.at(0))[native::CWD] = Some(cwd);
    Ok(Value::NONE)
}

fn mkdir(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer, path) = parts(vm, args)?;
    if look(vm, image, path.as_bytes())?.is_some() {
        return Err(vm.os_error(errno::EEXIST));
    }
    make_parents(vm, (image, layer), path.as_bytes())?;
    native::with(vm, layer, |fs| fs.make_dir(path.as_bytes()))?;
    Ok(Value::NONE)
}

/// Removes what the layer has; the image stays as it is.
fn remove(vm: &mut Vm<'_>, args: Args, method: Qstr) -> Res {
    let (image, layer, path) = parts(vm, args)?;
    if look(vm, layer, path.as_bytes())?.is_none() && look(vm, image, path.as_bytes())?.is_some() {
        return Err(vm.os_error(errno::EROFS));
    }
    let name = text(vm, path.as_bytes())?;
    vm.call_method(layer, method, &[name])
}

fn rename(vm: &mut Vm<'_>, args: Args) -> Res {
    let (image, layer, from) = parts(vm, args)?;
    let mut to = Normal::new();
    native::normal(vm, args.at(0), args.at(2), &mut to)?;
    if look(vm, layer, from.as_bytes())?.is_none() && look(vm, image, from.as_bytes())?.is_some() {
        return Err(vm.os_error(errno::EROFS));
    }
    make_parents(vm, (image, layer), to.as_bytes())?;
    let names = [text(vm, from.as_bytes())?, text(vm, to.as_bytes())?];
    vm.call_method(layer, q!("rename"), &names)
}

impl<'a> Vm<'a> {
    /// Mounts an image of the firmware's at a path, with a writable layer over it: a littlefs on a device that is formatted
    /// for it. Modules of the image run in place as ever.
    ///
    /// # Errors
    /// As [`mount_image`](Vm::mount_image) and [`mount_littlefs`](Vm::mount_littlefs).
    pub fn mount_overlay(
        &mut self,
        path: &str,
        image: impl Into<ImageBytes<'a>>,
        device: &'a mut dyn BlockDevice,
        options: &Options,
    ) -> Res<()> {
        let mark = self.mark();
        let layer = self.new_littlefs(device, options, true)?;
        let image = image.into();
        self.checked.add(image);
        let rom = self.new_firmware_rom(image.bytes())?;
        let cwd = Value::qstr(Qstr::EMPTY);
        let fs = self.new_object(OVERLAY.value(), &[rom, cwd, layer])?;
        let path = self.new_str(path.as_bytes())?;
        self.add_mount(fs, path)?;
        self.release(mark);
        Ok(())
    }
}
