//! `binascii`: hex, base64 and CRC-32.

use crate::codec::binascii as codec;
use crate::heap::Kind;
use crate::native::{Args, ModuleDef, Res, func, func_1, func_kw};
use crate::q;
use crate::raise::Raised;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static BINASCII: ModuleDef = ModuleDef::new(
    q!("binascii"),
    &[
        func(q!("hexlify"), 1, 2, hexlify),
        func_1(q!("unhexlify"), |vm, v| {
            let len = source_len(vm, v)?;
            let made = from_bytes(vm, v, len / 2, codec::from_hex)?;
            match made {
                (bytes, Ok(used)) => vm.part_of(bytes, 0..used),
                (_, Err(_)) => Err(vm.value_error(msg!("non-hex digit"))),
            }
        }),
        func_kw(q!("b2a_base64"), 1, 1, to_base64),
        func_1(q!("a2b_base64"), |vm, v| {
            let len = source_len(vm, v)?;
            match from_bytes(vm, v, len, codec::from_base64)? {
                (bytes, Ok(used)) => vm.part_of(bytes, 0..used),
                (_, Err(_)) => Err(vm.value_error(msg!("incorrect padding"))),
            }
        }),
        func(q!("crc32"), 1, 2, |vm, args| {
            source_len(vm, args.at(0))?;
            let before = match args.get(1) {
                Some(v) => vm.as_word(v)? as u32,
                None => 0,
            };
            let crc = codec::crc32(vm.bytes_of(args.at(0)).unwrap_or(b""), before);
            vm.new_int(crc.into())
        }),
    ],
);

#[cold]
fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("object with buffer protocol required"))
}

fn source_len(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    match vm.bytes_of(v) {
        Some(bytes) => Ok(bytes.len()),
        None => Err(no_buffer(vm)),
    }
}

/// New bytes of length `len`, made by `make` from those of `source`; and what `make` gave.
fn from_bytes<R>(
    vm: &mut Vm<'_>,
    source: Value,
    len: usize,
    make: impl FnOnce(&mut [u8], &[u8]) -> R,
) -> Res<(Value, R)> {
    let bytes = vm.alloc_bytes(Kind::Bytes, len)?;
    let Some(from) = vm.bytes_of(source) else {
        return Err(no_buffer(vm));
    };
    let (ptr, n) = (from.as_ptr(), from.len());
    // SAFETY: invariant 3; `source` is an argument of the call. Its bytes are not in the new cell, and nothing is
    // allocated while `make` runs.
    let from = unsafe { core::slice::from_raw_parts(ptr, n) };
    let made = make(vm.raw_mut(bytes), from);
    Ok((bytes, made))
}

fn hexlify(vm: &mut Vm<'_>, args: Args) -> Res {
    let len = source_len(vm, args.at(0))?;
    let separator = match args.get(1) {
        // An empty separator is the zero that ends it, as MicroPython has it.
        Some(v) => match vm.bytes_of(v) {
            Some(text) => Some(text.first().copied().unwrap_or(0)),
            None => return Err(no_buffer(vm)),
        },
        None => None,
    };
    let room = codec::hex_len(len, separator.is_some());
    let (bytes, ()) = from_bytes(vm, args.at(0), room, |out, data| {
        codec::to_hex(out, data, separator);
    })?;
    Ok(bytes)
}

fn to_base64(vm: &mut Vm<'_>, args: Args) -> Res {
    let len = source_len(vm, args.at(0))?;
    let newline = match args.kw(q!("newline")) {
        Some(v) => vm.truth(v)?,
        None => true,
    };
    let room = codec::base64_len(len);
    let (bytes, ()) = from_bytes(vm, args.at(0), room + usize::from(newline), |out, data| {
        codec::to_base64(&mut out[..room], data);
        if newline {
            out[room] = b'\n';
        }
    })?;
    Ok(bytes)
}
