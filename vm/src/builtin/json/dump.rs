//! A value as JSON text.

use crate::builtin::functions::separate;
use crate::heap::Kind;
use crate::native::{PrintKind, Res, Sink};
use crate::value::Value;
use crate::vm::Vm;

/// What stands between items and after keys, where a program chose it.
#[derive(Clone, Copy, Default)]
pub(super) struct Separators(pub Option<(Value, Value)>);

/// Writes a value, which is rooted meanwhile. What JSON has no notation for is written as `repr()` has it.
pub(super) fn dump(vm: &mut Vm<'_>, v: Value, sink: Sink, separators: &Separators) -> Res<()> {
    let mark = vm.mark();
    vm.root(v)?;
    write(vm, v, sink, separators)?;
    vm.release(mark);
    Ok(())
}

fn write(vm: &mut Vm<'_>, v: Value, sink: Sink, separators: &Separators) -> Res<()> {
    let inside = vm.native_part(v);
    match inside {
        Value::NONE => return vm.write(sink, b"null"),
        Value::TRUE => return vm.write(sink, b"true"),
        Value::FALSE => return vm.write(sink, b"false"),
        _ => {}
    }
    match vm.kind(inside) {
        Some(Kind::Bytes | Kind::FlashBytes) => write_text(vm, inside, sink),
        _ if vm.is_str(inside) => write_text(vm, inside, sink),
        Some(kind @ (Kind::List | Kind::Tuple | Kind::Dict)) => {
            vm.enter_nesting()?;
            let done = match kind {
                Kind::Dict => write_dict(vm, inside, sink, separators),
                _ => write_items(vm, inside, sink, separators),
            };
            vm.leave_nesting();
            done
        }
        _ => vm.print(v, sink, PrintKind::Repr),
    }
}

/// A list or tuple. Writing may run a program, so the length is looked at again for each item.
fn write_items(vm: &mut Vm<'_>, v: Value, sink: Sink, separators: &Separators) -> Res<()> {
    vm.write_byte(sink, b'[')?;
    let mut i = 0;
    while let Some(item) = vm.item_at(v, i) {
        if i > 0 {
            separate(vm, sink, separators.0.map(|s| s.0), b", ")?;
        }
        dump(vm, item, sink, separators)?;
        i += 1;
    }
    vm.write_byte(sink, b']')
}

fn write_dict(vm: &mut Vm<'_>, dict: Value, sink: Sink, separators: &Separators) -> Res<()> {
    vm.write_byte(sink, b'{')?;
    let (mut at, mut first) = (0, true);
    while let Some((key, value)) = vm.next_entry(dict, &mut at) {
        let value = value.unwrap_or(Value::NONE);
        if !core::mem::take(&mut first) {
            separate(vm, sink, separators.0.map(|s| s.0), b", ")?;
        }
        let mark = vm.mark();
        vm.root(value)?;
        write_key(vm, key, sink, separators)?;
        separate(vm, sink, separators.0.map(|s| s.1), b": ")?;
        dump(vm, value, sink, separators)?;
        vm.release(mark);
    }
    vm.write_byte(sink, b'}')
}

/// A key: JSON has only texts for them.
fn write_key(vm: &mut Vm<'_>, key: Value, sink: Sink, separators: &Separators) -> Res<()> {
    if vm.is_str(key) {
        return dump(vm, key, sink, separators);
    }
    vm.write_byte(sink, b'"')?;
    dump(vm, key, sink, separators)?;
    vm.write_byte(sink, b'"')
}

/// A text in quotes: runs of bytes that stand for themselves, escapes between them.
fn write_text(vm: &mut Vm<'_>, v: Value, sink: Sink) -> Res<()> {
    vm.write_byte(sink, b'"')?;
    let mut at = 0;
    while let Some(rest) = vm.bytes_of(v).and_then(|bytes| bytes.get(at..)) {
        let special = |b: &u8| *b < b' ' || *b == b'"' || *b == b'\\';
        let plain = rest.iter().position(special).unwrap_or(rest.len());
        let escaped = rest.get(plain).copied();
        vm.write_part(sink, v, at, at + plain)?;
        let Some(byte) = escaped else { break };
        vm.write_escape(sink, byte, b'u')?;
        at += plain + 1;
    }
    vm.write_byte(sink, b'"')
}
