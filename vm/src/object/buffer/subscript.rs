//! Items, slices and iteration of bytearrays, arrays and memoryviews.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, Res};
use crate::object::{items, iter::which};
use crate::value::{Slot, Value};
use crate::vm::Vm;
use core::ops::Range;

use super::operators::{count, load};
use super::{MemoryView, extend_from, item_size};

pub(super) fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    let len = count(vm, v);
    if vm.is(index, Kind::Slice) {
        let (range, size) = (vm.plain_bounds(index, len)?, item_size(vm, v));
        let range = range.start * size..range.end * size;
        return match access {
            Access::Load => load_slice(vm, v, range),
            Access::Store(source) => store_slice(vm, v, range, source),
            Access::Delete if !vm.is(v, Kind::MemoryView) => {
                // What has no bytes.
                vm.splice(v, range, Value::NONE)?;
                Ok(Value::NONE)
            }
            Access::Delete => Err(vm.no_item(v, Access::Delete)),
        };
    }
    let at = vm.index_in(index, len, Part::TypeOf(v))?;
    match access {
        Access::Load => load(vm, v, at),
        Access::Store(item) => {
            let (mut bytes, typecode) = ([0; 8], vm.typecode(v));
            let n = items::store(vm, typecode, item, &mut bytes)?;
            match vm.bytes_mut(v) {
                Some(target) => target[at * n..(at + 1) * n].copy_from_slice(&bytes[..n]),
                None => return Err(vm.no_item(v, access)),
            }
            Ok(Value::NONE)
        }
        Access::Delete => Err(vm.no_item(v, Access::Delete)),
    }
}

fn load_slice(vm: &mut Vm<'_>, v: Value, range: Range<usize>) -> Res {
    let typecode = vm.typecode(v);
    if !vm.is(v, Kind::MemoryView) {
        let kind = vm.cell_kind(v).unwrap_or(Kind::ByteArray);
        return vm.new_owned_part(kind, typecode, v, range);
    }
    let view = vm.cell::<MemoryView>(v);
    let (offset, target) = (view.offset + range.start, view.target.unwrap_or(v));
    vm.new_typed_view(typecode, target, offset, range.len())
}

fn store_slice(vm: &mut Vm<'_>, v: Value, range: Range<usize>, source: Value) -> Res {
    let mark = vm.mark();
    let source = if vm.is_str(source) || vm.bytes_of(source).is_none() {
        if vm.is(v, Kind::MemoryView) || vm.is_str(source) {
            return Err(vm.type_error(msg!("object with buffer protocol required")));
        }
        let typecode = vm.typecode(v);
        let items = vm.new_owned(Kind::Array, typecode, 0)?;
        extend_from(vm, items, source)?;
        items
    } else {
        source
    };
    if vm.is(v, Kind::MemoryView) {
        if vm.writable(v).is_none() {
            return Err(vm.no_item(v, Access::Store(source)));
        }
        if vm.bytes_len(source) != range.len() {
            return Err(vm.value_error(msg!("lhs and rhs should be compatible")));
        }
        vm.put_into(v, range.start, source);
    } else {
        vm.splice(v, range, source)?;
    }
    vm.release(mark);
    Ok(Value::NONE)
}

/// Iterates over the items: more may come, so the end is never final.
pub(super) fn iter(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.new_iter(which::BUFFER, 0, v, None)
}

/// Item `i` for an iterator.
pub(crate) fn next(vm: &mut Vm<'_>, v: Value, i: usize) -> Res<Slot> {
    if i >= count(vm, v) {
        return Ok(None);
    }
    load(vm, v, i).map(Some)
}
