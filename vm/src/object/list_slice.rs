//! Slices of lists: loaded, set and deleted.

use super::list::{List, SHORT};
use super::sequence::Bounds;
use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{Access, Res};
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A slice of a list, loaded, set or deleted.
pub(crate) fn slice(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    let (start, _, step, count) = vm.slice_bounds(index, vm.list_len(v))?;
    match access {
        Access::Load => load_slice(vm, v, (start, step, count)),
        Access::Store(with) => {
            let given = vm.native_part(with);
            if vm.sequence_items(given).is_some() && given != v {
                return store_slice(vm, v, (start, step, count), given);
            }
            let with = vm.collect_list(with)?;
            // Collecting may have run Python code that changed the list.
            let (start, _, step, count) = vm.slice_bounds(index, vm.list_len(v))?;
            store_slice(vm, v, (start, step, count), with)
        }
        Access::Delete => {
            delete_slice(vm, v, start, step, count);
            Ok(Value::NONE)
        }
    }
}

/// `v[start:stop:step]` of a list.
pub(crate) fn load_part(vm: &mut Vm<'_>, v: Value, part: [Value; 3]) -> Res {
    let (start, _, step, count) = vm.bounds(part, vm.list_len(v))?;
    load_slice(vm, v, (start, step, count))
}

/// `v[start:stop:step] = with` of a list, by the items of another list.
pub(crate) fn store_part(vm: &mut Vm<'_>, v: Value, part: [Value; 3], with: Value) -> Res {
    let (start, _, step, count) = vm.bounds(part, vm.list_len(v))?;
    store_slice(vm, v, (start, step, count), with)
}

/// The same two where they take no call: the step is one forward or back, there are few items, and memory for a list of
/// them lies ready. `None` and false where they do.
#[inline(always)]
pub(crate) fn ready_part(vm: &mut Vm<'_>, v: Value, part: [Value; 3]) -> Option<Value> {
    let (start, step, count) = quick_bounds(part, vm.list_len(v))?;
    ready_slice(vm, v, (start, step, count))
}

/// Puts as many items of another list as there are in a short slice into their places.
#[inline(always)]
pub(crate) fn set_part(vm: &mut Vm<'_>, v: Value, part: [Value; 3], with: Value) -> bool {
    let (to, from) = (vm.cell::<List>(v), vm.cell::<List>(with));
    let Some((start, 1, count)) = quick_bounds(part, to.len()) else {
        return false;
    };
    let (Some(items), Some(given)) = (to.items, from.items) else {
        return false;
    };
    if from.len() != count || count > SHORT {
        return false;
    }
    // SAFETY: invariant 3; a list's items are at least `len` words, and `start + count` is no more.
    unsafe {
        let to = (data(items) as *mut Slot).offset(start);
        let from = data(given) as *const Slot;
        for i in 0..count {
            // Few words: as plain stores they would become a call.
            to.add(i).write_volatile(*from.add(i));
        }
    }
    true
}

/// The bounds of a slice in a list of `len` items: of ints, and with a step of one.
#[inline(always)]
fn quick_bounds([start, stop, step]: [Value; 3], len: usize) -> Option<Bounds> {
    let len = len as isize;
    let bound = |v: Value, default: isize, low: isize| match v.as_small() {
        Some(n) => Some((if n < 0 { n + len } else { n }).clamp(low, len + low)),
        None => (v == Value::NONE).then_some(default),
    };
    if step == Value::NONE || step == Value::small(1) {
        let (start, stop) = (bound(start, 0, 0)?, bound(stop, len, 0)?);
        return Some((start, 1, (stop - start).max(0) as usize));
    }
    if step == Value::small(-1) {
        let (start, stop) = (bound(start, len - 1, -1)?, bound(stop, -1, -1)?);
        return Some((start, -1, (start - stop).max(0) as usize));
    }
    None
}

/// A list of a part of another's items, where memory for it lies ready.
#[inline(always)]
fn ready_slice(vm: &mut Vm<'_>, v: Value, (start, step, count): Bounds) -> Option<Value> {
    if count == 0 || count > SHORT {
        return None;
    }
    let from = vm.cell::<List>(v).items?;
    let items = vm.slots(from);
    let last = start + (count as isize - 1) * step;
    if start < 0 || last < 0 || start.max(last) as usize >= items.len() {
        return None;
    }
    let source = items.as_ptr();
    // SAFETY: invariant 3; the first and the last word that are copied were looked at, and the new cell is filled.
    let room = unsafe {
        let (room, to) = vm.heap.alloc_room(Kind::Slots, count)?;
        let mut at = source.offset(start);
        for i in 0..count {
            // Few words: as plain stores they would become a call.
            to.add(i).write_volatile(*at);
            at = at.wrapping_offset(step);
        }
        room
    };
    vm.heap.alloc_struct(List::of(room, count))
}

fn load_slice(vm: &mut Vm<'_>, v: Value, (start, step, count): Bounds) -> Res {
    if !cfg!(romfs_vm_small)
        && let Some(list) = ready_slice(vm, v, (start, step, count))
    {
        vm.root(list)?;
        return Ok(list);
    }
    vm.sequence_part(true, v, (start, step, count))
}

/// Puts the items of another list or tuple in the place of a slice.
fn store_slice(vm: &mut Vm<'_>, v: Value, (start, step, count): Bounds, with: Value) -> Res {
    if step == 1 {
        vm.list_splice(v, start as usize, count, with)?;
        return Ok(Value::NONE);
    }
    if vm.sequence_len(with) != count {
        return Err(vm.value_error(msg!("sequence has wrong length for extended slice")));
    }
    for n in 0..count {
        let item = vm.item_at(with, n);
        vm.list_items_mut(v)[(start + n as isize * step) as usize] = item;
    }
    Ok(Value::NONE)
}

fn delete_slice(vm: &mut Vm<'_>, v: Value, start: isize, step: isize, count: usize) {
    if count == 0 {
        return;
    }
    // Downwards or upwards, the same items go.
    let (first, step) = if step < 0 {
        (start + (count as isize - 1) * step, -step)
    } else {
        (start, step)
    };
    let (first, step) = (first as usize, step as usize);
    let items = vm.list_items_mut(v);
    let len = items.len();
    let (mut to, mut goes, mut left) = (first, first, count);
    for from in first..len {
        if from == goes && left > 0 {
            (goes, left) = (goes + step, left - 1);
        } else {
            items[to] = items[from];
            to += 1;
        }
    }
    vm.list_truncate(v, to);
}
