//! bytes: operators are those of str, on bytes.

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
    if let Some(n) = vm.as_int(source) {
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
    vm.for_each(source, |vm, item| {
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

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|n| n as u8)
}

pub(super) fn from_hex(vm: &mut Vm<'_>, args: Args) -> Res {
    let source = args.at(1);
    let Some(len) = vm.bytes_of(source).map(<[u8]>::len) else {
        return Err(vm.type_error(msg!("object with buffer protocol required")));
    };
    let result = vm.new_scratch()?;
    let mut at = 0;
    while at < len {
        let bytes = vm.bytes_of(source).unwrap_or(b"");
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let pair = (
            hex_digit(bytes[at]),
            bytes.get(at + 1).and_then(|&b| hex_digit(b)),
        );
        let (Some(high), Some(low)) = pair else {
            return Err(vm.value_error(msg!("non-hex digit")));
        };
        vm.bytearray_push(result, &[high << 4 | low])?;
        at += 2;
    }
    if cfg!(feature = "buffer") && args.at(0) == buffer::BYTEARRAY.value() {
        return Ok(result);
    }
    vm.bytes_as(Kind::Bytes, result)
}

fn hex(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = args.at(0);
    let n = vm.bytes_len(v);
    let separator = match args.get(1) {
        Some(s) => match vm.bytes_of(s) {
            Some(&[c, ..]) => Some(c),
            _ => None,
        },
        None => None,
    };
    let len = if separator.is_some() {
        (3 * n).saturating_sub(1)
    } else {
        2 * n
    };
    let cell = vm.alloc_bytes(Kind::Str, len)?;
    let step = if separator.is_some() { 3 } else { 2 };
    for i in 0..n {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let byte = vm.bytes_of(v).map_or(0, |bytes| bytes[i]);
        let out = vm.raw_mut(cell);
        out[i * step] = DIGITS[(byte >> 4) as usize];
        out[i * step + 1] = DIGITS[(byte & 15) as usize];
        if let (Some(c), true) = (separator, i + 1 < n) {
            out[i * step + 2] = c;
        }
    }
    Ok(vm.finish_str(cell))
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
