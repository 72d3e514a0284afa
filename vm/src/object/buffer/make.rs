//! Making bytearrays, arrays and memoryviews.

use super::bad_typecode;
use crate::heap::Kind;
use crate::native::{Args, Res};
use crate::object::items;
use crate::value::Value;
use crate::vm::Vm;

pub(super) fn new_bytearray(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(source) = args.get(0) else {
        return vm.new_bytearray(&[]);
    };
    if vm.is_int(source) {
        let n = vm.as_index(source)?;
        let n = usize::try_from(n).map_err(|_| vm.value_error(msg!("negative count")))?;
        return vm.new_owned(Kind::ByteArray, b'B', n);
    }
    if vm.is_str(source) && args.len() < 2 {
        return Err(vm.type_error(msg!("string argument without an encoding")));
    }
    if let Some(n) = vm.bytes_of(source).map(<[u8]>::len) {
        return vm.new_owned_part(Kind::ByteArray, b'B', source, 0..n);
    }
    let v = vm.new_bytearray(&[])?;
    extend_from(vm, v, source)?;
    Ok(v)
}

/// Appends the items of an iterable to a bytearray or array.
pub(crate) fn extend_from(vm: &mut Vm<'_>, v: Value, iterable: Value) -> Res<()> {
    let it = vm.iter(iterable)?;
    vm.root(it)?;
    loop {
        let mark = vm.mark();
        let Some(item) = vm.next(it)? else {
            return Ok(());
        };
        vm.root(item)?;
        append_item(vm, v, item)?;
        vm.release(mark);
    }
}

pub(super) fn append_item(vm: &mut Vm<'_>, v: Value, item: Value) -> Res<()> {
    let typecode = vm.typecode(v);
    let mut bytes = [0; 8];
    let n = items::store(vm, typecode, item, &mut bytes)?;
    vm.bytearray_push(v, &bytes[..n])
}

pub(super) fn new_array(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let typecode = match vm.str_bytes(args.at(0)) {
        Some(&[c]) => c,
        _ => return Err(bad_typecode(vm)),
    };
    let size = items::size(typecode);
    if size == 0 {
        return Err(bad_typecode(vm));
    }
    let v = vm.new_owned(Kind::Array, typecode, 0)?;
    if let Some(source) = args.get(1) {
        if !vm.is_str(source)
            && matches!(
                vm.kind(source),
                Some(Kind::Bytes | Kind::FlashBytes | Kind::ByteArray)
            )
        {
            let n = vm.bytes_len(source);
            let whole = n - n % size;
            return vm.new_owned_part(Kind::Array, typecode, source, 0..whole);
        }
        extend_from(vm, v, source)?;
    }
    Ok(v)
}

pub(super) fn new_memoryview(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let source = args.at(0);
    let Some(len) = vm
        .bytes_of(source)
        .map(<[u8]>::len)
        .filter(|_| !vm.is_str(source))
    else {
        return Err(vm.type_error(msg!("object with buffer protocol required")));
    };
    let typecode = vm.typecode(source);
    vm.new_typed_view(typecode, source, 0, len)
}
