//! `binascii`: hex, base64 and CRC-32.

use crate::codec::binascii as codec;
use crate::heap::Kind;
use crate::native::{Args, ModuleDef, Res, func_1, func_1_2, func_kw};
use crate::object::bytes::{made_of, of_hex, source_len, to_hex};
use crate::q;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The module.
pub(super) static BINASCII: ModuleDef = ModuleDef::new(
    q!("binascii"),
    &[
        func_1_2(q!("hexlify"), hexlify),
        func_1(q!("unhexlify"), of_hex),
        func_kw(q!("b2a_base64"), 1, 1, to_base64),
        func_1(q!("a2b_base64"), |vm, v| {
            let len = source_len(vm, v)?;
            match made_of(vm, Kind::Bytes, v, len, codec::from_base64)? {
                (bytes, Ok(used)) => vm.part_of(bytes, 0..used),
                (_, Err(_)) => Err(vm.value_error(msg!("incorrect padding"))),
            }
        }),
        func_1_2(q!("crc32"), |vm, v, before| {
            source_len(vm, v)?;
            let before = match before {
                Some(v) => vm.as_word(v)? as u32,
                None => 0,
            };
            let crc = codec::crc32(vm.bytes_of(v).unwrap_or(b""), before);
            vm.new_int(crc.into())
        }),
    ],
);

#[cold]
fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("object with buffer protocol required"))
}

fn hexlify(vm: &mut Vm<'_>, v: Value, separator: Slot) -> Res {
    let separator = match separator {
        // An empty separator is the zero that ends it, as MicroPython has it.
        Some(v) => match vm.bytes_of(v) {
            Some(text) => Some(text.first().copied().unwrap_or(0)),
            None => return Err(no_buffer(vm)),
        },
        None => None,
    };
    to_hex(vm, Kind::Bytes, v, separator)
}

fn to_base64(vm: &mut Vm<'_>, args: Args) -> Res {
    let len = source_len(vm, args.at(0))?;
    let newline = match args.kw(q!("newline")) {
        Some(v) => vm.truth(v)?,
        None => true,
    };
    let room = codec::base64_len(len);
    let room = room + usize::from(newline);
    let (bytes, ()) = made_of(vm, Kind::Bytes, args.at(0), room, |out, data| {
        out.fill(b'\n');
        codec::to_base64(out, data);
    })?;
    Ok(bytes)
}
