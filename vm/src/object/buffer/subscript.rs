//! Items, slices and iteration of bytearrays, arrays and memoryviews.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, Res, TypeDef, TypeSpec};
use crate::object::{exception as types, items};
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;
use core::ops::Range;

use super::operators::{count, load};
use super::{MemoryView, extend_from, item_size};

pub(super) fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    let (len, typecode) = (count(vm, v)?, vm.typecode(v));
    let size = item_size(vm, typecode)?;
    if vm.is(index, Kind::Slice) {
        let (start, stop, step, _) = vm.slice_bounds(index, len)?;
        if step != 1 {
            return Err(vm.error(
                &types::NOT_IMPLEMENTED_ERROR,
                msg!("only slices with step=1 (aka None) are supported"),
            ));
        }
        let range = start as usize * size..stop.max(start) as usize * size;
        return match access {
            Access::Load => load_slice(vm, v, range),
            Access::Store(source) => store_slice(vm, v, range, source),
            Access::Delete if !vm.is(v, Kind::MemoryView) => {
                let empty = vm.new_bytes(&[])?;
                vm.splice(v, range, empty)?;
                Ok(Value::NONE)
            }
            Access::Delete => Err(vm.no_item(v, Access::Delete)),
        };
    }
    let at = vm.index_in(index, len, Part::TypeOf(v))?;
    match access {
        Access::Load => load(vm, v, at),
        Access::Store(item) => {
            let mut bytes = [0; 8];
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
    let cell = vm.alloc_view()?;
    vm.header_mut(cell).aux = typecode as u16;
    let (offset, target) = {
        let view = vm.cell::<MemoryView>(v);
        (view.offset, view.target)
    };
    let view = vm.cell_mut::<MemoryView>(cell);
    (view.offset, view.len, view.target) = (offset + range.start, range.len(), target);
    Ok(cell)
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
        let n = vm.bytes_of(source).map_or(0, <[u8]>::len);
        if n != range.len() {
            return Err(vm.value_error(msg!("lhs and rhs should be compatible")));
        }
        vm.copy_into(v, range.start, source, 0..n);
    } else {
        vm.splice(v, range, source)?;
    }
    vm.release(mark);
    Ok(Value::NONE)
}

pub(super) fn iter(vm: &mut Vm<'_>, v: Value) -> Res {
    let cell = vm.alloc(Kind::Object, 3)?;
    let slots = vm.slots_mut(cell);
    slots[0] = Some(ITERATOR.value());
    slots[1] = Some(v);
    slots[2] = Some(Value::small(0));
    Ok(cell)
}

fn iter_self(_: &mut Vm<'_>, v: Value) -> Res {
    Ok(v)
}

fn iter_next(vm: &mut Vm<'_>, it: Value) -> Res<Slot> {
    let slots = vm.slots(it);
    let (Some(source), Some(at)) = (slots[1], slots[2].and_then(Value::as_small)) else {
        return Ok(None);
    };
    if at as usize >= count(vm, source)? {
        return Ok(None);
    }
    vm.set_slot(it, 2, Some(Value::small(at + 1)));
    load(vm, source, at as usize).map(Some)
}

/// The iterator of bytearray, array and memoryview.
pub static ITERATOR: TypeDef = type_def!(TypeSpec {
    iter: Some(iter_self),
    next: Some(iter_next),
    ..TypeSpec::new(q!("iterator"))
});
