//! Iterators over directories: of the root of all mounts, and of native filesystems.

use super::{DIR, FILE};
use crate::native::{Res, TypeDef, TypeSpec};
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Entries of the root: the mounts, then what is mounted there. Slots: number of the next mount, whether names are str,
/// the iterator of what is mounted at the root.
pub(crate) static MOUNTS: TypeDef = type_def!(TypeSpec {
    next: Some(next_mount),
    ..TypeSpec::new(q!("iterator"))
});

fn next_mount(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let part = |vm: &Vm<'_>, i: usize| vm.slot(it, i).unwrap_or(Value::NONE);
    let inner = part(vm, 3);
    if inner != Value::NONE {
        return vm.next(inner);
    }
    let i = part(vm, 1).as_small().unwrap_or(0) as usize;
    let mount = vm
        .roots
        .mounts
        .and_then(|list| vm.list_items(list).get(i).copied().flatten());
    let Some(mount) = mount else {
        return Ok(None);
    };
    vm.set_slot(it, 1, Some(Value::small(i as isize + 1)));
    if vm.mount_point(mount) == b"/" {
        let fs = vm.mounted(mount);
        let inner = vm.call_method(fs, q!("ilistdir"), &[Value::qstr(q!("/"))])?;
        vm.root(inner)?;
        let inner = vm.iter(inner)?;
        vm.set_slot(it, 3, Some(inner));
        return vm.next(inner);
    }
    let path = vm.slot(mount, 1).unwrap_or(Value::NONE);
    let len = vm.bytes_len(path);
    let mut name = vm.part_of(path, len.min(1)..len)?;
    if part(vm, 2) != Value::TRUE {
        let bytes = vm.alloc_bytes(crate::heap::Kind::Bytes, len - len.min(1))?;
        vm.copy_bytes(bytes, 0, name, 0..len - len.min(1));
        name = bytes;
    }
    vm.new_tuple(&[name, Value::small(DIR), Value::small(0)])
        .map(Some)
}

/// An entry as programs see it: name, type, inode, size.
pub(crate) fn entry(vm: &mut Vm<'_>, name: &[u8], as_text: bool, is_dir: bool, size: u32) -> Res {
    let name = match as_text {
        true => vm.new_str(name)?,
        false => vm.new_bytes(name)?,
    };
    let size = vm.new_int(size.into())?;
    let kind = Value::small(if is_dir { DIR } else { FILE });
    vm.new_tuple(&[name, kind, Value::small(0), size])
}
