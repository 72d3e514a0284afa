//! `heapq`: a list kept as a binary heap, its least item first.
//!
//! Items are swapped, never held aside, so that the list is whole whatever a comparison does.

use crate::heap::Kind;
use crate::native::{BinaryOp, ModuleDef, Res, func_1, func_2};
use crate::object::exception as types;
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static HEAPQ: ModuleDef = ModuleDef::new(
    q!("heapq"),
    &[
        func_2(q!("heappush"), |vm, heap, item| {
            let heap = list(vm, heap)?;
            vm.list_push(heap, item)?;
            let last = vm.list_len(heap) - 1;
            rise(vm, heap, 0, last)?;
            Ok(Value::NONE)
        }),
        func_1(q!("heappop"), pop),
        func_1(q!("heapify"), |vm, heap| {
            let heap = list(vm, heap)?;
            for at in (0..vm.list_len(heap) / 2).rev() {
                sink(vm, heap, at)?;
            }
            Ok(Value::NONE)
        }),
    ],
);

fn list(vm: &mut Vm<'_>, heap: Value) -> Res {
    let heap = vm.native_part(heap);
    if vm.is(heap, Kind::List) {
        Ok(heap)
    } else {
        Err(vm.type_error(msg!("heap must be a list")))
    }
}

fn pop(vm: &mut Vm<'_>, heap: Value) -> Res {
    let heap = list(vm, heap)?;
    let Some(last) = vm.list_len(heap).checked_sub(1) else {
        return Err(vm.error(&types::INDEX_ERROR, msg!("empty heap")));
    };
    swap(vm, heap, 0, last);
    let least = vm.list_items(heap)[last].unwrap_or(Value::NONE);
    vm.root(least)?;
    vm.list_truncate(heap, last);
    sink(vm, heap, 0)?;
    Ok(least)
}

fn swap(vm: &mut Vm<'_>, heap: Value, i: usize, j: usize) {
    let items = vm.list_items_mut(heap);
    if i < items.len() && j < items.len() {
        items.swap(i, j);
    }
}

/// Whether item `i` is less than item `j`; not where a comparison has shortened the list.
fn less(vm: &mut Vm<'_>, heap: Value, i: usize, j: usize) -> Res<bool> {
    let item = |vm: &Vm<'_>, i: usize| vm.list_items(heap).get(i).copied().flatten();
    match (item(vm, i), item(vm, j)) {
        (Some(a), Some(b)) => vm.compare(BinaryOp::Less, a, b),
        _ => Ok(false),
    }
}

/// Moves item `at` towards `top` for as long as it is less than its parent.
fn rise(vm: &mut Vm<'_>, heap: Value, top: usize, mut at: usize) -> Res<()> {
    while at > top {
        let parent = (at - 1) / 2;
        if !less(vm, heap, at, parent)? {
            break;
        }
        swap(vm, heap, at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves item `top` down to a leaf, lesser children taking its place, and then up to where it belongs: fewer
/// comparisons than asking at each step whether it fits.
fn sink(vm: &mut Vm<'_>, heap: Value, top: usize) -> Res<()> {
    let len = vm.list_len(heap);
    let mut at = top;
    while 2 * at + 1 < len {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let child = if right < len && !less(vm, heap, left, right)? {
            right
        } else {
            left
        };
        swap(vm, heap, at, child);
        at = child;
    }
    rise(vm, heap, top, at)
}
