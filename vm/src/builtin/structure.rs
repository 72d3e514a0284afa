//! `struct`: values to bytes and back, by a format.

mod address;

use crate::codec::structure::{FormatError, Walk, f32_to_half, half_to_f32};
use crate::heap::Kind;
use crate::native::{ANY, Args, ModuleDef, Res, func, func_1, func_2, func_2_3};
use crate::num::float::libm::{narrow, wide};
use crate::object::items;
use crate::q;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static STRUCT: ModuleDef = ModuleDef::new(
    q!("struct"),
    &[
        func_1(q!("calcsize"), |vm, format| {
            let size = measure(vm, format)?;
            vm.new_int(size as i64)
        }),
        func(q!("pack"), 1, ANY, pack),
        func(q!("pack_into"), 3, ANY, pack_into),
        func_2(q!("unpack"), |vm, format, buffer| {
            unpack(vm, format, buffer, 0)
        }),
        func_2_3(q!("unpack_from"), |vm, format, buffer, at| {
            let len = readable_len(vm, buffer)?;
            let offset = match at {
                Some(v) => offset(vm, v, len)?,
                None => 0,
            };
            unpack(vm, format, buffer, offset)
        }),
    ],
);

#[cold]
fn refused(vm: &mut Vm<'_>, error: FormatError) -> Raised {
    match error {
        FormatError::Typecode => vm.value_error(msg!("bad typecode")),
        FormatError::Size => vm.memory_error(),
    }
}

#[cold]
fn too_small(vm: &mut Vm<'_>) -> Raised {
    vm.value_error(msg!("buffer too small"))
}

/// The next piece of a format; false at the end. Its text is looked up for each, since converting an argument may run a
/// program.
fn step(vm: &mut Vm<'_>, format: Value, walk: &mut Walk) -> Res<bool> {
    match vm.bytes_of(format).map(|text| walk.step(text)) {
        Some(Ok(more)) => Ok(more),
        Some(Err(error)) => Err(refused(vm, error)),
        None => Err(vm.cannot_convert_implicitly(format, "str")),
    }
}

/// Goes to a format's end: all its bytes and values.
fn to_end(vm: &mut Vm<'_>, format: Value, walk: &mut Walk) -> Res<()> {
    while step(vm, format, walk)? {}
    Ok(())
}

/// All bytes of a format.
fn measure(vm: &mut Vm<'_>, format: Value) -> Res<usize> {
    let mut walk = Walk::default();
    to_end(vm, format, &mut walk)?;
    Ok(walk.end)
}

#[cold]
fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("object with buffer protocol required"))
}

fn readable_len(vm: &mut Vm<'_>, buffer: Value) -> Res<usize> {
    match vm.bytes_of(buffer) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(no_buffer(vm)),
    }
}

/// An offset into a buffer; a negative one counts from the end.
fn offset(vm: &mut Vm<'_>, v: Value, len: usize) -> Res<usize> {
    let n = vm.as_index(v)?;
    let n = if n < 0 {
        n.checked_add_unsigned(len)
    } else {
        Some(n)
    };
    match n.and_then(|n| usize::try_from(n).ok()) {
        Some(n) => Ok(n),
        None => Err(too_small(vm)),
    }
}

fn pack(vm: &mut Vm<'_>, args: Args) -> Res {
    let size = measure(vm, args.at(0))?;
    let bytes = vm.alloc_bytes(Kind::Bytes, size)?;
    vm.raw_mut(bytes).fill(0);
    put_all(vm, args.at(0), args.skip(1), bytes, 0)?;
    Ok(bytes)
}

fn pack_into(vm: &mut Vm<'_>, args: Args) -> Res {
    let size = measure(vm, args.at(0))?;
    let buffer = args.at(1);
    let len = match vm.bytes_mut(buffer) {
        Some(bytes) => bytes.len(),
        None => return Err(no_buffer(vm)),
    };
    let start = offset(vm, args.at(2), len)?;
    if start.checked_add(size).is_none_or(|end| end > len) {
        return Err(too_small(vm));
    }
    put_all(vm, args.at(0), args.skip(3), buffer, start)?;
    Ok(Value::NONE)
}

/// Writes the values of a format into a buffer, piece by piece. Values that are missing are zero, as in MicroPython.
fn put_all(vm: &mut Vm<'_>, format: Value, values: Args, to: Value, start: usize) -> Res<()> {
    let mut walk = Walk::default();
    let mut taken = 0;
    while taken < values.len() && step(vm, format, &mut walk)? {
        let mut at = start.wrapping_add(walk.start);
        match walk.code {
            b'x' => {}
            b's' => {
                put_bytes(vm, values.item(taken), walk.count, to, at)?;
                taken += 1;
            }
            _ => {
                for _ in 0..walk.count.min(values.len() - taken) {
                    let item = pack_item(vm, &walk, values.item(taken))?;
                    put(vm, to, at, &item[..walk.size]);
                    at += walk.size;
                    taken += 1;
                }
            }
        }
    }
    Ok(())
}

/// Writes some bytes: into new bytes, or into a buffer, which a conversion may have made shorter meanwhile.
fn put(vm: &mut Vm<'_>, to: Value, at: usize, bytes: &[u8]) {
    let all = match vm.kind(to) {
        Some(Kind::Bytes) => Some(vm.raw_mut(to)),
        _ => vm.bytes_mut(to),
    };
    if let Some(room) = all.and_then(|all| all.get_mut(at..)?.get_mut(..bytes.len())) {
        room.copy_from_slice(bytes);
    }
}

/// Writes at most `len` bytes of a buffer.
fn put_bytes(vm: &mut Vm<'_>, source: Value, len: usize, to: Value, start: usize) -> Res<()> {
    let n = readable_len(vm, source)?.min(len);
    match vm.is(to, Kind::Bytes) {
        true => vm.copy_bytes(to, start, source, 0..n),
        false => vm.copy_into(to, start, source, 0..n),
    }
    Ok(())
}

/// One value as the bytes of an item, the first of these.
fn pack_item(vm: &mut Vm<'_>, walk: &Walk, v: Value) -> Res<[u8; 8]> {
    let mut bytes = [0; 8];
    match walk.code {
        b'e' => {
            let half = f32_to_half(wide(vm.to_float(v)?) as f32);
            bytes = u64::from(half).to_le_bytes();
        }
        b'O' => bytes = address::of_object(v).to_le_bytes(),
        code => {
            items::store(vm, code, v, &mut bytes)?;
        }
    }
    if walk.is_big_endian() {
        bytes[..walk.size].reverse();
    }
    Ok(bytes)
}

fn unpack(vm: &mut Vm<'_>, format: Value, buffer: Value, start: usize) -> Res {
    let mut whole = Walk::default();
    to_end(vm, format, &mut whole)?;
    let len = readable_len(vm, buffer)?;
    if start.checked_add(whole.end).is_none_or(|end| end > len) {
        return Err(too_small(vm));
    }
    let tuple = vm.new_tuple_room(whole.values)?;
    let (mut walk, mut filled) = (Walk::default(), 0);
    while step(vm, format, &mut walk)? {
        let mut at = start + walk.start;
        match walk.code {
            b'x' => {}
            b's' => {
                let part = vm.alloc_bytes(Kind::Bytes, walk.count)?;
                vm.copy_bytes(part, 0, buffer, at..at + walk.count);
                vm.set_slot(tuple, filled, Some(part));
                filled += 1;
            }
            _ => {
                for _ in 0..walk.count {
                    let mark = vm.mark();
                    let item = unpack_item(vm, &walk, buffer, at)?;
                    vm.set_slot(tuple, filled, Some(item));
                    vm.release(mark);
                    at += walk.size;
                    filled += 1;
                }
            }
        }
    }
    Ok(tuple)
}

fn unpack_item(vm: &mut Vm<'_>, walk: &Walk, buffer: Value, at: usize) -> Res {
    let mut item = [0; 8];
    let item = &mut item[..walk.size];
    if let Some(bytes) = vm
        .bytes_of(buffer)
        .and_then(|all| all.get(at..)?.get(..item.len()))
    {
        item.copy_from_slice(bytes);
    }
    if walk.is_big_endian() {
        item.reverse();
    }
    let word = items::word(item);
    match walk.code {
        b'e' => vm.new_float(narrow(half_to_f32(word as u16).into())),
        b'O' => address::object(vm, word as usize),
        b'S' => address::text(vm, word as usize),
        code => items::load(vm, code, item),
    }
}
