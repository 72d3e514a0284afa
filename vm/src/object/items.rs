//! Items of arrays: numbers in native byte order, by the type codes of `struct`.
//!
//! `P`, and `O` and `S`, which elsewhere are addresses of objects and texts, are plain words here: bytes of a program's
//! making could forge an address.

use crate::codec::structure;
use crate::native::Res;
use crate::num::big::convert::ByteOrder;
use crate::value::Value;
use crate::vm::Vm;

/// Bytes of an item; 0 where there is none such.
pub(crate) fn size(typecode: u8) -> usize {
    match typecode {
        b'e' | b's' | b'x' => 0,
        _ => structure::size(structure::NATIVE, typecode),
    }
}

/// The number that some bytes are, eight at most.
pub(crate) fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// The item in these bytes, as many as [`size`] says.
pub(crate) fn load(vm: &mut Vm<'_>, typecode: u8, bytes: &[u8]) -> Res {
    let n = word(bytes);
    let unused = 64 - 8 * bytes.len() as u32;
    match typecode {
        b'f' => vm.new_float(f32::from_bits(n as u32) as crate::Float),
        b'd' => vm.new_float(f64::from_bits(n) as crate::Float),
        b'b' | b'h' | b'i' | b'l' | b'q' => vm.new_int((n as i64) << unused >> unused),
        _ => vm.new_u64(n),
    }
}

#[allow(clippy::unnecessary_cast, reason = "Float is f32 on some targets")]
/// Writes an item into `bytes`; gives how many it takes. Numbers are cut to their size.
pub(crate) fn store(vm: &mut Vm<'_>, typecode: u8, item: Value, bytes: &mut [u8; 8]) -> Res<usize> {
    let n = size(typecode);
    if n == 0 {
        return Err(vm.value_error(msg!("bad typecode")));
    }
    let word = match typecode {
        b'f' => u64::from((vm.to_float(item)? as f32).to_bits()),
        b'd' => (vm.to_float(item)? as f64).to_bits(),
        _ => vm.as_word(item)?,
    };
    *bytes = word.to_le_bytes();
    Ok(n)
}

/// The order that `"little"` or `"big"` names.
pub(crate) fn byte_order(vm: &mut Vm<'_>, name: Option<Value>) -> Res<ByteOrder> {
    match name.and_then(|v| vm.str_bytes(v)) {
        None => Ok(ByteOrder::Big),
        Some(name) if name == b"little" => Ok(ByteOrder::Little),
        Some(name) if name == b"big" => Ok(ByteOrder::Big),
        Some(_) => Err(vm.value_error(msg!("byteorder must be 'little' or 'big'"))),
    }
}
