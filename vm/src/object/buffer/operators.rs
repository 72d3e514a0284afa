//! Operators on bytearrays, arrays and memoryviews, and how they print.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{BinaryOp, PrintKind, Res, Sink, UnaryOp};
use crate::object::{exception as types, items};
use crate::value::{Slot, Value};
use crate::vm::Vm;

use super::{extend_from, item_size};

pub(super) fn print_bytearray(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    vm.write(sink, b"bytearray(")?;
    vm.write_quoted(sink, v)?;
    vm.write_byte(sink, b')')
}

pub(super) fn print_view(vm: &mut Vm<'_>, v: Value, sink: Sink, kind: PrintKind) -> Res<()> {
    if vm.header(v).flags & super::AS_BYTEARRAY != 0 {
        return print_bytearray(vm.again(), v, sink, kind);
    }
    vm.write(sink, b"<memoryview>")
}

pub(super) fn print_array(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let typecode = vm.typecode(v);
    vm.write_with(sink, msg!("array('%'"), &[Part::Char(typecode)])?;
    let count = count(vm, v);
    for i in 0..count {
        vm.write(sink, if i == 0 { b", [" } else { b", " })?;
        let mark = vm.mark();
        let item = load(vm, v, i)?;
        vm.print(item, sink, PrintKind::Repr)?;
        vm.release(mark);
    }
    vm.write(sink, if count == 0 { b")" } else { b"])" })
}

pub(super) fn count(vm: &Vm<'_>, v: Value) -> usize {
    vm.bytes_len(v) / item_size(vm, v)
}

pub(super) fn load(vm: &mut Vm<'_>, v: Value, index: usize) -> Res {
    let typecode = vm.typecode(v);
    let size = item_size(vm, v);
    let mut bytes = [0; 8];
    if let Some(item) = vm
        .bytes_of(v)
        .and_then(|all| all.get(index * size..(index + 1) * size))
    {
        bytes[..size].copy_from_slice(item);
    }
    items::load(vm, typecode, &bytes[..size])
}

pub(super) fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Hash if vm.is(v, Kind::MemoryView) && vm.writable(v).is_none() => {
            Some(Value::small(isize::from(vm.text_hash_of(v) as i16)))
        }
        _ => op.of_length(count(vm, v)),
    })
}

pub(super) fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    match op {
        BinaryOp::Add | BinaryOp::InplaceAdd if !vm.is(a, Kind::MemoryView) => add(vm, op, a, b),
        BinaryOp::Multiply | BinaryOp::InplaceMultiply if !vm.is(a, Kind::MemoryView) => {
            if vm.as_machine(b).is_none() {
                return Ok(None);
            }
            multiply(vm, a, b).map(Some)
        }
        BinaryOp::In => contains(vm, a, b).map(|found| Some(Value::bool(found))),
        BinaryOp::Equal
        | BinaryOp::Less
        | BinaryOp::More
        | BinaryOp::LessEqual
        | BinaryOp::MoreEqual => Ok(compare(vm, op, a, b)?.map(Value::bool)),
        _ => Ok(None),
    }
}

fn add(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    // A str lends its bytes here, as in MicroPython.
    if vm.bytes_of(b).is_none() {
        if op == BinaryOp::InplaceAdd {
            extend_from(vm, a, b)?;
            return Ok(Some(a));
        }
        return Ok(None);
    }
    let n = vm.bytes_len(a);
    if op == BinaryOp::InplaceAdd {
        vm.splice(a, n..n, b)?;
        return Ok(Some(a));
    }
    let sum = new_like(vm, a, n + vm.bytes_len(b))?;
    let at = vm.put_into(sum, 0, a);
    vm.put_into(sum, at, b);
    Ok(Some(sum))
}

/// A bytearray, or an array of the same items as another, of `n` bytes.
fn new_like(vm: &mut Vm<'_>, v: Value, n: usize) -> Res {
    let kind = vm.cell_kind(v).unwrap_or(Kind::ByteArray);
    vm.new_owned(kind, vm.typecode(v), n)
}

fn multiply(vm: &mut Vm<'_>, a: Value, times: Value) -> Res {
    let total = vm.repeat_len(vm.bytes_len(a), times)?;
    let product = new_like(vm, a, total)?;
    let mut at = 0;
    while at < total {
        at = vm.put_into(product, at, a);
    }
    Ok(product)
}

fn contains(vm: &mut Vm<'_>, a: Value, b: Value) -> Res<bool> {
    if let (Some(x), Some(y)) = (vm.bytes_of(a), vm.bytes_of(b)) {
        return Ok(vm.is(a, Kind::ByteArray) && crate::object::str_methods::find(x, y).is_some());
    }
    for i in 0..count(vm, a) {
        let mark = vm.mark();
        let item = load(vm, a, i)?;
        let same = vm.equal(item, b)?;
        vm.release(mark);
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

fn compare(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Option<bool>> {
    if vm.is_str(b) || op == BinaryOp::Equal && vm.is(a, Kind::Array) && !vm.is(b, Kind::Array) {
        return Ok(None);
    }
    let (code, other) = (vm.typecode(a), vm.typecode(b));
    let (Some(x), Some(y)) = (vm.bytes_of(a), vm.bytes_of(b)) else {
        return Ok(None);
    };
    // An array equals arrays only.
    if op == BinaryOp::Equal && vm.is(a, Kind::Array) != vm.is(b, Kind::Array) {
        return Ok(Some(false));
    }
    // Bytes in their order are items in theirs only where items are alike; only unsigned ones sort so.
    let alike = code | 0x20 == other | 0x20 && !matches!(code, b'f' | b'd');
    let sorts = code.is_ascii_uppercase() || other.is_ascii_uppercase();
    if !alike || (op != BinaryOp::Equal && !sorts) {
        return Err(vm.error_bare(&types::NOT_IMPLEMENTED_ERROR));
    }
    Ok(Some(op.holds(x.cmp(y))))
}
