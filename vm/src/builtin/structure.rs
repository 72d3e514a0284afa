//! `struct`: values to bytes and back, by a format.

mod address;

use crate::codec::structure::{self, Format, FormatError, Item, Layout, Piece, Unit};
use crate::heap::Kind;
use crate::native::{ANY, Args, ModuleDef, Res, func, func_1};
use crate::q;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static STRUCT: ModuleDef = ModuleDef::new(
    q!("struct"),
    &[
        func_1(q!("calcsize"), |vm, format| {
            let (size, _) = measure(vm, format)?;
            vm.new_int(size as i64)
        }),
        func(q!("pack"), 1, ANY, pack),
        func(q!("pack_into"), 3, ANY, pack_into),
        func(q!("unpack"), 2, 2, |vm, args| unpack(vm, args, 0)),
        func(q!("unpack_from"), 2, 3, |vm, args| {
            let len = readable_len(vm, args.at(1))?;
            let offset = match args.get(2) {
                Some(v) => offset(vm, v, len)?,
                None => 0,
            };
            unpack(vm, args, offset)
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

/// The text of a format. It is looked up again for each piece, since converting an argument may run a program.
fn format_text<'v>(vm: &'v mut Vm<'_>, format: Value) -> Res<&'v [u8]> {
    if vm.bytes_of(format).is_none() {
        return Err(vm.cannot_convert_implicitly(format, "str"));
    }
    Ok(vm.bytes_of(format).unwrap_or(b""))
}

/// Bytes and values of a format.
fn measure(vm: &mut Vm<'_>, format: Value) -> Res<(usize, usize)> {
    let found = Format::new(format_text(vm, format)?).measure();
    found.map_err(|error| refused(vm, error))
}

/// Piece `n` of a format that was measured.
fn piece(vm: &mut Vm<'_>, format: Value, n: usize) -> Res<Option<Piece>> {
    let found = Format::new(format_text(vm, format)?).nth(n);
    match found {
        None => Ok(None),
        Some(Ok(piece)) => Ok(Some(piece)),
        Some(Err(error)) => Err(refused(vm, error)),
    }
}

fn layout(vm: &mut Vm<'_>, format: Value) -> Res<Layout> {
    Ok(Format::new(format_text(vm, format)?).layout)
}

fn readable_len(vm: &mut Vm<'_>, buffer: Value) -> Res<usize> {
    match vm.bytes_of(buffer) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(vm.type_error(msg!("object with buffer protocol required"))),
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
    let (size, _) = measure(vm, args.at(0))?;
    let bytes = vm.alloc_bytes(Kind::Bytes, size)?;
    vm.raw_mut(bytes).fill(0);
    put_all(vm, args.at(0), args.skip(1), |vm, at, item| {
        if let Some(room) = vm.raw_mut(bytes).get_mut(at..at + item.len()) {
            room.copy_from_slice(item);
        }
    })?;
    Ok(bytes)
}

fn pack_into(vm: &mut Vm<'_>, args: Args) -> Res {
    let (size, _) = measure(vm, args.at(0))?;
    let buffer = args.at(1);
    let len = match vm.bytes_mut(buffer) {
        Some(bytes) => bytes.len(),
        None => return Err(vm.type_error(msg!("object with buffer protocol required"))),
    };
    let start = offset(vm, args.at(2), len)?;
    if start.checked_add(size).is_none_or(|end| end > len) {
        return Err(too_small(vm));
    }
    put_all(vm, args.at(0), args.skip(3), |vm, at, item| {
        let at = start + at;
        // A conversion may have run a program that made the buffer shorter.
        if let Some(room) = vm
            .bytes_mut(buffer)
            .and_then(|bytes| bytes.get_mut(at..at + item.len()))
        {
            room.copy_from_slice(item);
        }
    })?;
    Ok(Value::NONE)
}

/// Writes the values of a format, piece by piece. Values that are missing are zero, as in MicroPython.
fn put_all(
    vm: &mut Vm<'_>,
    format: Value,
    values: Args,
    mut put: impl FnMut(&mut Vm<'_>, usize, &[u8]),
) -> Res<()> {
    let layout = layout(vm, format)?;
    let (mut at, mut taken, mut n) = (0, 0, 0);
    while let Some(piece) = piece(vm, format, n)? {
        n += 1;
        if taken == values.len() {
            return Ok(());
        }
        match piece {
            Piece::Pad(len) => at += len,
            Piece::Bytes(len) => {
                put_bytes(vm, values.at(taken), len, |vm, i, chunk| {
                    put(vm, at + i, chunk)
                })?;
                at += len;
                taken += 1;
            }
            Piece::Items { code, count, unit } => {
                if count > 0 {
                    at = unit.aligned(at).unwrap_or(usize::MAX);
                }
                for _ in 0..count.min(values.len() - taken) {
                    let mut item = [0; 8];
                    pack_item(vm, layout, code, values.at(taken), &mut item[..unit.size])?;
                    put(vm, at, &item[..unit.size]);
                    at += unit.size;
                    taken += 1;
                }
            }
        }
    }
    Ok(())
}

/// Hands over at most `len` bytes of a buffer, some at a time.
fn put_bytes(
    vm: &mut Vm<'_>,
    source: Value,
    len: usize,
    mut put: impl FnMut(&mut Vm<'_>, usize, &[u8]),
) -> Res<()> {
    let n = readable_len(vm, source)?.min(len);
    let mut at = 0;
    while at < n {
        let mut chunk = [0; 64];
        let take = (n - at).min(chunk.len());
        let bytes = vm.bytes_of(source).unwrap_or(b"");
        chunk[..take].copy_from_slice(&bytes[at..at + take]);
        put(vm, at, &chunk[..take]);
        at += take;
    }
    Ok(())
}

/// One value as the bytes of an item.
#[allow(clippy::unnecessary_cast, reason = "Float is f32 on some targets")]
fn pack_item(vm: &mut Vm<'_>, layout: Layout, code: u8, v: Value, out: &mut [u8]) -> Res<()> {
    if matches!(code, b'e' | b'f' | b'd') {
        let x = vm.to_float(v)?;
        structure::pack_float(layout, code, out, x as f64);
        return Ok(());
    }
    let word = match code {
        b'O' => address::of_object(v),
        _ => vm.as_word(v)?,
    };
    structure::pack_word(layout, out, word);
    Ok(())
}

fn unpack(vm: &mut Vm<'_>, args: Args, start: usize) -> Res {
    let (format, buffer) = (args.at(0), args.at(1));
    let (size, values) = measure(vm, format)?;
    let len = readable_len(vm, buffer)?;
    if start.checked_add(size).is_none_or(|end| end > len) {
        return Err(too_small(vm));
    }
    let layout = layout(vm, format)?;
    let tuple = vm.new_tuple_room(values)?;
    let (mut at, mut filled, mut n) = (0, 0, 0);
    while let Some(piece) = piece(vm, format, n)? {
        n += 1;
        match piece {
            Piece::Pad(len) => at += len,
            Piece::Bytes(len) => {
                let part = vm.alloc_bytes(Kind::Bytes, len)?;
                vm.copy_bytes(part, 0, buffer, start + at..start + at + len);
                vm.set_slot(tuple, filled, Some(part));
                at += len;
                filled += 1;
            }
            Piece::Items { code, count, unit } => {
                if count > 0 {
                    at = unit.aligned(at).unwrap_or(usize::MAX);
                }
                for _ in 0..count {
                    let mark = vm.mark();
                    let item = unpack_item(vm, layout, code, unit, buffer, start + at)?;
                    vm.set_slot(tuple, filled, Some(item));
                    vm.release(mark);
                    at += unit.size;
                    filled += 1;
                }
            }
        }
    }
    Ok(tuple)
}

fn unpack_item(
    vm: &mut Vm<'_>,
    layout: Layout,
    code: u8,
    unit: Unit,
    buffer: Value,
    at: usize,
) -> Res {
    let mut item = [0; 8];
    let item = &mut item[..unit.size];
    if let Some(bytes) = vm
        .bytes_of(buffer)
        .and_then(|bytes| bytes.get(at..at + unit.size))
    {
        item.copy_from_slice(bytes);
    }
    match structure::unpack(layout, code, item) {
        Item::Signed(n) => vm.new_int(n),
        Item::Unsigned(n) => vm.new_u64(n),
        Item::Single(x) => vm.new_float(x as crate::Float),
        Item::Double(x) => vm.new_float(x as crate::Float),
        Item::Word(n) if code == b'O' => address::object(vm, n),
        Item::Word(n) if code == b'S' => address::text(vm, n),
        Item::Word(n) => vm.new_u64(n as u64),
    }
}
