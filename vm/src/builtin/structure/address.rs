//! Typecodes `O` and `S`: an object and a text by their addresses.
//!
//! Any bytes can be unpacked, so what an address leads to is looked up, never believed (invariant 2). `O` gives an object
//! that is alive and of a kind that the VM has no hidden ones of: it keeps lists, dicts, functions and buffers of its own,
//! which no program may get hold of; and texts of a module are no cells. `S` gives the text in a live buffer.

use crate::heap::Kind;
use crate::native::Res;
use crate::value::Value;
use crate::vm::Vm;

/// The word that stands for an object.
pub(super) fn of_object(v: Value) -> u64 {
    v.bits() as u64
}

/// The object that a word stands for.
///
/// # Errors
/// `ValueError` where it stands for none that is alive.
pub(super) fn object(vm: &mut Vm<'_>, word: usize) -> Res {
    if let Some(v) = plain(vm, word) {
        return Ok(v);
    }
    if vm.heap.contains(word) {
        vm.heap.retire_run();
        let mut at = None;
        while let Some(cell) = vm.heap.next_live(&mut at) {
            if cell.bits() == word && is_whole(vm, cell) {
                vm.root(cell)?;
                return Ok(cell);
            }
        }
    }
    Err(vm.value_error(msg!("address isn't of a live object")))
}

/// A small int, a name, or one of the constants.
fn plain(vm: &Vm<'_>, word: usize) -> Option<Value> {
    let small = Value::small((word as isize) >> 1);
    if small.bits() == word {
        return Some(small);
    }
    const CONSTANTS: [Value; 5] = [
        Value::NONE,
        Value::FALSE,
        Value::TRUE,
        Value::ELLIPSIS,
        Value::NOT_IMPLEMENTED,
    ];
    if let Some(&v) = CONSTANTS.iter().find(|v| v.bits() == word) {
        return Some(v);
    }
    vm.intern
        .ids()
        .map(Value::qstr)
        .find(|name| name.bits() == word)
}

/// Whether a cell is an object that a program may hold, whoever made it, and finished: not one that some native function
/// still fills.
fn is_whole(vm: &Vm<'_>, cell: Value) -> bool {
    match vm.kind(cell) {
        Some(Kind::Tuple) => vm.slots(cell).iter().all(Option::is_some),
        Some(
            Kind::Instance
            | Kind::Class
            | Kind::Module
            | Kind::Str
            | Kind::Bytes
            | Kind::Float
            | Kind::BigInt,
        ) => true,
        _ => false,
    }
}

/// The text at an address, up to its NUL or the end of its buffer.
///
/// # Errors
/// `ValueError` where the address is in no live buffer.
#[cfg(feature = "mod-uctypes")]
pub(super) fn text(vm: &mut Vm<'_>, address: usize) -> Res {
    let place = crate::builtin::uctypes::place(vm, address);
    let rest = vm
        .bytes_of(place.owner)
        .and_then(|bytes| bytes.get(place.offset..));
    let Some(rest) = rest else {
        return Err(vm.value_error(msg!("address isn't in a live buffer")));
    };
    let len = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
    let range = place.offset..place.offset + len;
    let bytes = vm.alloc_bytes(Kind::Bytes, len)?;
    vm.copy_bytes(bytes, 0, place.owner, range);
    crate::object::decode::decode_utf8(vm, bytes)
}

/// Without `uctypes` a program has no addresses.
#[cfg(not(feature = "mod-uctypes"))]
pub(super) fn text(vm: &mut Vm<'_>, _: usize) -> Res {
    Err(vm.value_error(msg!("address isn't in a live buffer")))
}
