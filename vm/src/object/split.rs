//! Taking texts apart and putting them together.

use core::ops::Range;

use crate::heap::Kind;
use crate::native::{Args, Res};
use crate::num::parse::is_space;
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::str_methods::{check_like, find, rfind};

/// Appends part of a text to a list.
fn push_part(vm: &mut Vm<'_>, list: Value, v: Value, range: Range<usize>) -> Res<()> {
    let mark = vm.mark();
    let part = vm.part_like(v, range)?;
    vm.list_push(list, part)?;
    vm.release(mark);
    Ok(())
}

fn limit(vm: &mut Vm<'_>, most: Slot) -> Res<Option<usize>> {
    match most {
        Some(n) => Ok(usize::try_from(vm.as_index(n)?).ok()),
        None => Ok(None),
    }
}

/// The separator's length, checked.
fn separator(vm: &mut Vm<'_>, v: Value, separator: Value) -> Res<usize> {
    check_like(vm, v, separator)?;
    match vm.bytes_len(separator) {
        0 => Err(vm.value_error(msg!("empty separator"))),
        n => Ok(n),
    }
}

/// `split(sep=None, maxsplit=-1)`.
pub(crate) fn split(vm: &mut Vm<'_>, v: Value, by: Slot, most: Slot) -> Res {
    let most = limit(vm, most)?.unwrap_or(usize::MAX);
    match by.filter(|&by| by != Value::NONE) {
        None => split_space(vm, v, most),
        Some(by) => split_by(vm, v, by, most, false),
    }
}

fn split_space(vm: &mut Vm<'_>, v: Value, most: usize) -> Res {
    let list = vm.new_list(&[])?;
    let len = vm.bytes_len(v);
    let skip = |vm: &Vm<'_>, from: usize, space: bool| {
        vm.bytes_of(v).map_or(0, |bytes| {
            bytes[from..]
                .iter()
                .take_while(|&&b| is_space(b) == space)
                .count()
        })
    };
    let mut at = skip(vm, 0, true);
    let mut parts = 0;
    while at < len && parts < most {
        let n = skip(vm, at, false);
        push_part(vm, list, v, at..at + n)?;
        parts += 1;
        at += n;
        at += skip(vm, at, true);
    }
    if at < len {
        push_part(vm, list, v, at..len)?;
    }
    Ok(list)
}

/// The parts between separators, found from the left or from the right.
fn split_by(vm: &mut Vm<'_>, v: Value, by: Value, most: usize, right: bool) -> Res {
    let n = separator(vm, v, by)?;
    let look = if right { rfind } else { find };
    let list = vm.new_list(&[])?;
    let (mut start, mut end, mut parts) = (0, vm.bytes_len(v), 0);
    while parts < most {
        let (Some(bytes), Some(needle)) = (vm.bytes_of(v), vm.bytes_of(by)) else {
            break;
        };
        let Some(hit) = look(&bytes[start..end], needle) else {
            break;
        };
        let hit = start + hit;
        if right {
            push_part(vm, list, v, hit + n..end)?;
            end = hit;
        } else {
            push_part(vm, list, v, start..hit)?;
            start = hit + n;
        }
        parts += 1;
    }
    push_part(vm, list, v, start..end)?;
    if right {
        vm.call_method(list, q!("reverse"), &[])?;
    }
    Ok(list)
}

/// `rsplit(sep=None, maxsplit=-1)`; with a limit only for a given separator.
pub(crate) fn rsplit(vm: &mut Vm<'_>, v: Value, by: Slot, most: Slot) -> Res {
    let Some(most) = limit(vm, most)? else {
        return split(vm, v, by, None);
    };
    let Some(by) = by.filter(|&by| by != Value::NONE) else {
        return Err(vm.error(
            &super::exception::NOT_IMPLEMENTED_ERROR,
            msg!("rsplit(None,n)"),
        ));
    };
    split_by(vm, v, by, most, true)
}

/// `splitlines(keepends=False)`.
pub(crate) fn splitlines(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = args.at(0);
    let keep = match args.get_or_kw(1, q!("keepends")) {
        Some(keep) => vm.truth(keep)?,
        None => false,
    };
    let list = vm.new_list(&[])?;
    let len = vm.bytes_len(v);
    let mut at = 0;
    while at < len {
        let rest = vm.bytes_of(v).map_or(&[][..], |bytes| &bytes[at..]);
        let line = rest
            .iter()
            .take_while(|&&b| b != b'\n' && b != b'\r')
            .count();
        let end = match &rest[line..] {
            [b'\r', b'\n', ..] => 2,
            [_, ..] => 1,
            [] => 0,
        };
        push_part(vm, list, v, at..at + line + if keep { end } else { 0 })?;
        at += line + end;
    }
    Ok(list)
}

/// `partition(sep)` and `rpartition(sep)`: before, separator, after.
fn partition_by(
    vm: &mut Vm<'_>,
    v: Value,
    by: Value,
    look: fn(&[u8], &[u8]) -> Option<usize>,
    left: bool,
) -> Res {
    let n = separator(vm, v, by)?;
    let len = vm.bytes_len(v);
    let hit = match (vm.bytes_of(v), vm.bytes_of(by)) {
        (Some(bytes), Some(needle)) => look(bytes, needle),
        _ => None,
    };
    let [before, middle, after] = match hit {
        Some(at) => [0..at, at..at + n, at + n..len],
        None if left => [0..len, len..len, len..len],
        None => [0..0, 0..0, 0..len],
    };
    let parts = [
        vm.part_like(v, before)?,
        vm.part_like(v, middle)?,
        vm.part_like(v, after)?,
    ];
    vm.new_tuple(&parts)
}

/// `partition(sep)`.
pub(crate) fn partition(vm: &mut Vm<'_>, v: Value, by: Value) -> Res {
    partition_by(vm, v, by, find, true)
}

/// `rpartition(sep)`.
pub(crate) fn rpartition(vm: &mut Vm<'_>, v: Value, by: Value) -> Res {
    partition_by(vm, v, by, rfind, false)
}

/// `join(iterable)`: one cell of the right size, unless the iterable is neither list nor tuple and has to run first.
pub(crate) fn join(vm: &mut Vm<'_>, by: Value, mut items: Value) -> Res {
    if vm.sequence_items(items).is_none() {
        items = vm.collect_list(items)?;
    }
    let n = vm.sequence_len(items);
    let mut total = vm.bytes_len(by) * n.saturating_sub(1);
    for i in 0..n {
        let item = vm.sequence_item(items, i);
        if vm.bytes_of(item).is_none() || vm.is_str(item) != vm.is_str(by) {
            return Err(vm.type_error(msg!(
                "join expects a list of str/bytes objects consistent with self object"
            )));
        }
        total += vm.bytes_len(item);
    }
    if n == 1 && !vm.is(by, Kind::ByteArray) {
        let only = vm.sequence_item(items, 0);
        return vm.part_of(only, 0..total);
    }
    let cell = vm.room_like(by, total)?;
    let mut at = 0;
    for i in 0..n {
        if i > 0 {
            at = vm.put_bytes(cell, at, by);
        }
        at = vm.put_bytes(cell, at, vm.sequence_item(items, i));
    }
    vm.finish_like(by, cell)
}
