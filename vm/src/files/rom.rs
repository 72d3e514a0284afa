//! `VfsRom`: an image over any buffer.

use romfs_runtime::fs::Errno;
use romfs_runtime::{Entry, Image};

use super::native::{self, BASE};
use crate::native::{Res, TypeDef, TypeSpec};
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `VfsRom`
pub(crate) static VFS_ROM: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| vm.new_rom(args.at(0))),
    arity: (1, 1),
    members: native::MEMBERS,
    ..TypeSpec::new(q!("VfsRom"))
});

impl Vm<'_> {
    /// A filesystem of the image in a buffer.
    ///
    /// # Errors
    /// `OSError` with `ENODEV` where it is none, `TypeError` where it is no buffer.
    pub(crate) fn new_rom(&mut self, buffer: Value) -> Res {
        let Some(bytes) = self.bytes_of(buffer).filter(|_| !self.is_str(buffer)) else {
            return Err(self.type_error(msg!("object with buffer protocol required")));
        };
        if Image::open(bytes).is_err() {
            return Err(native::failed(self, Errno::ENODEV));
        }
        self.new_object(VFS_ROM.value(), &[buffer, Value::qstr(Qstr::EMPTY)])
    }
}

/// The image of a `VfsRom`. A buffer that a program changes may be none any more.
pub(super) fn image_of<'v>(vm: &'v Vm<'_>, fs: Value) -> Option<Image<'v>> {
    Image::open(vm.bytes_of(vm.slot(fs, BASE)?)?).ok()
}

/// What is at a path of a `VfsRom`.
#[cfg_attr(romfs_vm_small, inline(never))]
pub(super) fn entry_at<'v>(vm: &'v Vm<'_>, fs: Value, path: &[u8]) -> Result<Entry<'v>, Errno> {
    let Some(image) = image_of(vm, fs) else {
        return Err(Errno::ENODEV);
    };
    match image.lookup(path) {
        Ok(Some(entry)) => Ok(entry),
        Ok(None) => Err(Errno::ENOENT),
        Err(_) => Err(Errno::EIO),
    }
}

/// Entries of a directory. Slots: filesystem, start and end of the records that are left, whether names are str.
static ENTRIES: TypeDef = type_def!(TypeSpec {
    next: Some(next_entry),
    ..TypeSpec::new(q!("iterator"))
});

pub(super) fn list(vm: &mut Vm<'_>, fs: Value, path: &[u8], as_text: bool) -> Res {
    let found = match &entry_at(vm, fs, path) {
        Ok(Entry::Dir(dir)) => Ok(dir.entries().rest()),
        Ok(Entry::File(_)) => Err(Errno::ENOENT),
        Err(errno) => Err(*errno),
    };
    match found {
        Ok((start, end)) => vm.new_object(
            ENTRIES.value(),
            &[
                fs,
                Value::small(start as isize),
                Value::small(end as isize),
                Value::bool(as_text),
            ],
        ),
        Err(errno) => Err(native::failed(vm, errno)),
    }
}

fn next_entry(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let fs = vm.slot(it, 1).unwrap_or(Value::NONE);
    let rest = (vm.slot_int(it, 2) as u32, vm.slot_int(it, 3) as u32);
    let Some(image) = image_of(vm, fs) else {
        return Ok(None);
    };
    let mut entries = image.entries_within(rest);
    let found = &entries.next();
    let (start, _) = entries.rest();
    let mut name = [0; 255];
    // A file without content is listed with size 0 and can't be opened; one that is malformed ends the list with an error.
    let found = match found {
        None => return Ok(None),
        Some(Err(_)) => None,
        Some(Ok(entry)) => {
            let given = entry.name();
            let n = given.len().min(name.len());
            name[..n].copy_from_slice(&given[..n]);
            Some((n, entry.stat().unwrap_or_default()))
        }
    };
    vm.set_slot(it, 2, Some(Value::small(start as isize)));
    let Some((n, stat)) = found else {
        return Err(native::failed(vm, Errno::EIO));
    };
    let as_text = vm.slot(it, 4) == Some(Value::TRUE);
    super::list::entry(vm, &name[..n], as_text, stat.is_dir, stat.size).map(Some)
}
