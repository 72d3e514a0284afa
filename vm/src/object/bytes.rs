//! bytes: operators are those of str, on bytes.

use crate::codec::binascii as codec;
use crate::heap::Kind;
use crate::native::{Args, Member, PrintKind, Res, Sink, TypeDef, TypeSpec, func_kw};
use crate::q;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

use super::{buffer, text};

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(source) = args.get(0) else {
        return vm.new_bytes(&[]);
    };
    if vm.is_str(source) {
        if args.len() < 2 {
            return Err(vm.type_error(msg!("string argument without an encoding")));
        }
        return super::decode::encode(vm, args);
    }
    if args.len() > 1 {
        return Err(vm.type_error(msg!("wrong number of arguments")));
    }
    if let Some(n) = vm.as_machine(source) {
        let Ok(n) = usize::try_from(n) else {
            return Err(vm.value_error(msg!("negative count")));
        };
        let cell = vm.alloc_bytes(Kind::Bytes, n)?;
        vm.raw_mut(cell).fill(0);
        return Ok(cell);
    }
    if let Some(n) = vm.bytes_of(source).map(<[u8]>::len) {
        return vm.part_of(source, 0..n);
    }
    if vm.is(source, Kind::Instance)
        && let Some(method) = vm.lookup_special(source, q!("__bytes__"))?
    {
        return vm.call(method, &[]);
    }
    let collected = vm.new_scratch()?;
    vm.for_each(source, move |vm, item| {
        let byte = match vm.as_index(item)? {
            n @ 0..=255 => n as u8,
            _ => return Err(vm.value_error(msg!("bytes value out of range"))),
        };
        vm.bytearray_push(collected, &[byte])?;
        Ok(true)
    })?;
    vm.bytes_as(Kind::Bytes, collected)
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    vm.write_quoted(sink, v)
}

/// A new cell of `len` bytes, made by `make` from those of `source`, and what `make` gave.
pub(crate) fn made_of<R>(
    vm: &mut Vm<'_>,
    kind: Kind,
    source: Value,
    len: usize,
    make: impl FnOnce(&mut [u8], &[u8]) -> R,
) -> Res<(Value, R)> {
    let bytes = vm.alloc_bytes(kind, len)?;
    let from: *const [u8] = vm.bytes_of(source).unwrap_or(b"");
    // SAFETY: invariant 3; `source` is an argument of the call. Its bytes are not in the new cell, and nothing is
    // allocated while `make` runs.
    let made = make(vm.raw_mut(bytes), unsafe { &*from });
    Ok((bytes, made))
}

/// How many bytes a buffer lends.
pub(crate) fn source_len(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    match vm.bytes_of(v) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(vm.type_error(msg!("object with buffer protocol required"))),
    }
}

/// The bytes that a buffer has in hexadecimal digits.
pub(crate) fn of_hex(vm: &mut Vm<'_>, source: Value) -> Res {
    let len = source_len(vm, source)?;
    match made_of(vm, Kind::Bytes, source, len / 2, codec::from_hex)? {
        (bytes, Ok(used)) => vm.part_of(bytes, 0..used),
        (_, Err(_)) => Err(vm.value_error(msg!("non-hex digit"))),
    }
}

pub(super) fn from_hex(vm: &mut Vm<'_>, args: Args) -> Res {
    let bytes = of_hex(vm, args.at(1))?;
    if cfg!(feature = "buffer") && args.at(0) == buffer::BYTEARRAY.value() {
        let n = vm.bytes_len(bytes);
        return vm.new_owned_part(Kind::ByteArray, b'B', bytes, 0..n);
    }
    Ok(bytes)
}

/// The bytes of a buffer in hexadecimal digits, as a str or as bytes.
pub(crate) fn to_hex(vm: &mut Vm<'_>, kind: Kind, v: Value, separator: Option<u8>) -> Res {
    let n = source_len(vm, v)?;
    let len = codec::hex_len(n, separator.is_some());
    let (cell, ()) = made_of(vm, kind, v, len, |out, data| {
        codec::to_hex(out, data, separator);
    })?;
    Ok(vm.finish_text(cell))
}

fn hex(vm: &mut Vm<'_>, args: Args) -> Res {
    let separator = args.get(1).and_then(|text| vm.bytes_of(text));
    let separator = separator.and_then(|text| text.first().copied());
    to_hex(vm, Kind::Str, args.at(0), separator)
}

pub(crate) const HEX: Member = func_kw(q!("hex"), 1, 2, hex);

/// `bytes`
pub static BYTES: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 3),
    print: Some(print),
    unary: Some(text::unary),
    binary: Some(text::binary),
    subscr: Some(text::subscr),
    buffer: Some(buffer::lend),
    members: super::str_methods::BYTES,
    keywords: false,
    ..TypeSpec::new(q!("bytes"))
});
