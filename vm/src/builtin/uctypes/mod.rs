//! `uctypes`: bytes of a buffer seen as a structure of C.

mod layout;
mod memory;

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{
    Access, Buffer, Item, ModuleDef, Res, TypeDef, TypeSpec, UnaryOp, func_1, func_1_2, func_2,
    member,
};
use crate::object::exception as types;
use crate::object::items;
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

use layout::{BIG_ENDIAN, NATIVE, PTR, SCALARS, Scalar, constant, size_or_error, syntax_error};
pub(crate) use memory::{Place, place, read, write};

const LONG: i32 = if size_of::<usize>() == 8 { 7 } else { 5 };

const fn scalar(name: Qstr, kind: i32) -> crate::native::Member {
    member(name, Item::Int(constant(kind, 4)))
}

/// The module.
pub(super) static UCTYPES: ModuleDef = ModuleDef::new(
    q!("uctypes"),
    &[
        member(q!("struct"), Item::Type(&STRUCT)),
        func_1_2(q!("sizeof"), size_of_object),
        func_1(q!("addressof"), |vm, v| {
            let address = if vm.is_object(v, &STRUCT) {
                place_of(vm, v).address(vm)
            } else {
                memory::address_of(vm, v)?
            };
            vm.new_u64(address as u64)
        }),
        func_2(q!("bytes_at"), |vm, address, len| {
            let (place, len) = range(vm, address, len)?;
            vm.root(place.owner)?;
            let cell = vm.alloc_bytes(Kind::Bytes, len)?;
            let bytes: *mut [u8] = vm.raw_mut(cell);
            // SAFETY: invariant 3; the cell was just made, nobody else knows it, and reading allocates nothing.
            read(vm, place, unsafe { &mut *bytes })?;
            Ok(cell)
        }),
        func_2(q!("bytearray_at"), |vm, address, len| {
            let (place, len) = range(vm, address, len)?;
            match memory::view(vm, place, len)? {
                Some(view) => Ok(view),
                None => {
                    // Nothing that can be looked at: an array that knows its address.
                    let kind = Value::small(constant(layout::ARRAY, 2));
                    let desc = vm.new_tuple(&[kind, Value::small(len as isize)])?;
                    new_struct(vm, place, desc, NATIVE)
                }
            }
        }),
        member(q!("NATIVE"), Item::Int(NATIVE)),
        member(q!("LITTLE_ENDIAN"), Item::Int(0)),
        member(q!("BIG_ENDIAN"), Item::Int(BIG_ENDIAN)),
        scalar(q!("VOID"), 0),
        scalar(q!("UINT8"), 0),
        scalar(q!("INT8"), 1),
        scalar(q!("UINT16"), 2),
        scalar(q!("INT16"), 3),
        scalar(q!("UINT32"), 4),
        scalar(q!("INT32"), 5),
        scalar(q!("UINT64"), 6),
        scalar(q!("INT64"), 7),
        scalar(q!("BFUINT8"), 8),
        scalar(q!("BFINT8"), 9),
        scalar(q!("BFUINT16"), 10),
        scalar(q!("BFINT16"), 11),
        scalar(q!("BFUINT32"), 12),
        scalar(q!("BFINT32"), 13),
        scalar(q!("FLOAT32"), layout::FLOAT32),
        scalar(q!("FLOAT64"), layout::FLOAT64),
        scalar(q!("SHORT"), 3),
        scalar(q!("USHORT"), 2),
        scalar(q!("INT"), 5),
        scalar(q!("UINT"), 4),
        scalar(q!("LONG"), LONG),
        scalar(q!("ULONG"), LONG - 1),
        scalar(q!("LONGLONG"), 7),
        scalar(q!("ULONGLONG"), 6),
        member(q!("BF_POS"), Item::Int(layout::POSITION as isize)),
        member(q!("BF_LEN"), Item::Int(layout::LENGTH as isize)),
        member(q!("PTR"), Item::Int(constant(layout::PTR, 2))),
        member(q!("ARRAY"), Item::Int(constant(layout::ARRAY, 2))),
    ],
);

/// Slots of a structure.
const DESC: usize = 1;
const LAYOUT: usize = 2;
const OWNER: usize = 3;
const OFFSET: usize = 4;

static STRUCT: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let (address, desc) = (args.at(0), args.at(1));
        let place = address_at(vm, address)?;
        let layout = match args.get(2) {
            Some(layout) => vm.as_index(layout)?,
            None => NATIVE,
        };
        new_struct(vm, place, desc, layout)
    }),
    arity: (2, 3),
    print: Some(|vm, v, sink, _| {
        let desc = vm.slot(v, DESC).unwrap_or(Value::NONE);
        let kind = match layout::part(vm, desc).map(|part| part.kind) {
            _ if vm.is(desc, Kind::Dict) => &b"STRUCT"[..],
            Some(PTR) => b"PTR",
            Some(layout::STRUCT) => b"unk",
            Some(_) => b"ARRAY",
            None => b"ERROR",
        };
        let address = place_of(vm, v).address(vm);
        vm.write_with(
            sink,
            msg!("<struct % %>"),
            &[Part::Text(kind), Part::Hex(address, 1)],
        )
    }),
    unary: Some(unary),
    subscr: Some(subscr),
    attr: Some(attr),
    buffer: Some(lend),
    ..TypeSpec::new(q!("struct"))
});

fn new_struct(vm: &mut Vm<'_>, place: Place, desc: Value, layout: isize) -> Res {
    let offset = vm.new_u64(place.offset as u64)?;
    let fields = [desc, Value::small(layout), place.owner, offset];
    vm.new_object(STRUCT.value(), &fields)
}

fn place_of(vm: &Vm<'_>, v: Value) -> Place {
    let slots = vm.slots(v);
    Place {
        owner: slots[OWNER].unwrap_or(Value::NONE),
        offset: low_word(vm, slots[OFFSET].unwrap_or(Value::NONE)),
    }
}

/// The low bits of an int.
fn low_word(vm: &Vm<'_>, v: Value) -> usize {
    vm.int_low(v).unwrap_or(0) as usize
}

/// Descriptor and layout.
fn shape_of(vm: &Vm<'_>, v: Value) -> (Value, isize) {
    let slots = vm.slots(v);
    let layout = slots[LAYOUT].and_then(Value::as_small);
    (slots[DESC].unwrap_or(Value::NONE), layout.unwrap_or(NATIVE))
}

/// The place of an address that a program gave.
fn address_at(vm: &mut Vm<'_>, address: Value) -> Res<Place> {
    if !vm.is_int(address) {
        return Err(vm.cannot_convert(address, "int"));
    }
    let address = low_word(vm, address);
    Ok(place(vm, address))
}

fn range(vm: &mut Vm<'_>, address: Value, len: Value) -> Res<(Place, usize)> {
    let place = address_at(vm, address)?;
    let len = vm.as_index(len)?.max(0) as usize;
    Ok((place, len))
}

fn size_of_object(vm: &mut Vm<'_>, v: Value, layout: Slot) -> Res {
    let (desc, layout) = if vm.is_object(v, &STRUCT) {
        if layout.is_some() {
            return Err(vm.type_error(msg!("")));
        }
        shape_of(vm, v)
    } else if let Some(Kind::ByteArray | Kind::MemoryView) = vm.kind(v) {
        return Ok(Value::small(vm.len_of(v)? as isize));
    } else {
        let layout = match layout {
            Some(layout) => vm.as_index(layout)?,
            None => NATIVE,
        };
        (v, layout)
    };
    let size = size_or_error(vm, desc, layout)?;
    Ok(Value::small(size as isize))
}

// --- scalars ---------------------------------------------------------------------------------------------------------

/// Loads or stores a scalar.
fn access_scalar(vm: &mut Vm<'_>, at: Place, s: Scalar, big: bool, access: Access) -> Res<Slot> {
    let size = s.size();
    let mut bytes = [0; 8];
    let mut stored = Value::NONE;
    match access {
        Access::Delete => return Ok(None),
        Access::Store(value) => stored = value,
        Access::Load => {}
    }
    let bits = s.bits();
    if access == Access::Load || bits.is_some() {
        read(vm, at, &mut bytes[..size])?;
        swap(&mut bytes[..size], big);
    }
    // A bit field lies in 32 bits at most.
    let all = items::word(&bytes) as u32;
    match (bits, access) {
        (None, Access::Load) => {
            return items::load(vm, s.typecode(), &bytes[..size]).map(Some);
        }
        (Some((position, length)), Access::Load) => {
            let bits = all >> position & ((1 << length) - 1);
            let unused = 32 - length;
            return match s.is_signed() && length > 0 {
                true => vm.new_int(i64::from((bits << unused) as i32 >> unused)),
                false => vm.new_int(bits.into()),
            }
            .map(Some);
        }
        (None, _) => {
            items::store(vm, s.typecode(), stored, &mut bytes)?;
        }
        (Some((position, length)), _) => {
            let mask = (1 << length) - 1;
            let bits = vm.as_word(stored)? as u32 & mask;
            let word = all & !(mask << position) | bits << position;
            bytes = u64::from(word).to_le_bytes();
        }
    }
    swap(&mut bytes[..size], big);
    write(vm, at, &bytes[..size])?;
    Ok(Some(stored))
}

fn swap(bytes: &mut [u8], big: bool) {
    if big {
        bytes.reverse();
    }
}

// --- structures ------------------------------------------------------------------------------------------------------

fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    let (desc, layout) = shape_of(vm, v);
    if !vm.is(desc, Kind::Dict) {
        return Err(vm.type_error(msg!("struct: no fields")));
    }
    let Some(field) = vm.dict_get(desc, Value::qstr(name))? else {
        return Err(vm.key_error(Value::qstr(name)));
    };
    let place = place_of(vm, v);
    if let Some(word) = field.as_small() {
        let scalar = Scalar::of(word);
        let at = place.at(scalar.offset());
        return access_scalar(vm, at, scalar, layout == BIG_ENDIAN, access);
    }
    let part = match layout::part(vm, field) {
        Some(part) if access == Access::Load => part,
        _ => return Err(syntax_error(vm)),
    };
    let at = place.at(part.offset);
    let scalar = Scalar::of(part.of.as_small().unwrap_or(0));
    if part.kind == SCALARS
        && scalar.kind() == 0
        && let Some(view) = memory::view(vm, at, part.count)?
    {
        return Ok(Some(view));
    }
    let is_struct = part.kind == layout::STRUCT;
    let desc = if is_struct { part.of } else { field };
    new_struct(vm, at, desc, layout).map(Some)
}

/// The address that a pointer holds.
fn pointer(vm: &mut Vm<'_>, v: Value) -> Res<usize> {
    let mut word = [0; size_of::<usize>()];
    let place = place_of(vm, v);
    read(vm, place, &mut word)?;
    Ok(usize::from_le_bytes(word))
}

fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    let (desc, layout) = shape_of(vm, v);
    let Some(part) = layout::part(vm, desc) else {
        return Err(no_index(vm));
    };
    if access == Access::Delete {
        return Err(vm.type_error(msg!("object doesn't support item deletion")));
    }
    let i = vm.as_index(index)?;
    let (start, count) = match part.kind {
        layout::STRUCT => return Err(no_index(vm)),
        PTR => {
            let address = pointer(vm, v)?;
            (place(vm, address), usize::MAX)
        }
        _ => (place_of(vm, v), part.count),
    };
    let Some(i) = usize::try_from(i).ok().filter(|&i| i < count) else {
        return Err(vm.error(&types::INDEX_ERROR, msg!("struct: index out of range")));
    };
    if let Some(word) = part.of.as_small() {
        let scalar = Scalar::of(word).whole();
        let at = start.at(scalar.size().saturating_mul(i));
        let big = part.kind == SCALARS && layout == BIG_ENDIAN;
        let done = access_scalar(vm, at, scalar, big, access)?;
        return Ok(done.unwrap_or(Value::NONE));
    }
    if access != Access::Load {
        return Err(syntax_error(vm));
    }
    let size = size_or_error(vm, part.of, layout)?;
    new_struct(vm, start.at(size.saturating_mul(i)), part.of, layout)
}

#[cold]
fn no_index(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("struct: can't index"))
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    let (desc, _) = shape_of(vm, v);
    match op {
        UnaryOp::Int if layout::part(vm, desc).is_some_and(|part| part.kind == PTR) => {
            let address = pointer(vm, v)?;
            vm.new_u64(address as u64).map(Some)
        }
        UnaryOp::Hash => Err(vm.type_error(msg!("unsupported type for __hash__: 'struct'"))),
        _ => Ok(None),
    }
}

/// The bytes of a structure, where they are all in one live buffer.
pub(crate) fn bytes<'v>(vm: &'v Vm<'_>, v: Value) -> Option<&'v [u8]> {
    if !vm.is_object(v, &STRUCT) {
        return None;
    }
    let (desc, layout) = shape_of(vm, v);
    if layout::part(vm, desc).is_some_and(|part| part.kind == PTR) {
        // `int()` of a pointer is its address, not the number that its bytes spell.
        return None;
    }
    let size = layout::size(vm, desc, layout)?;
    let place = place_of(vm, v);
    let end = place.offset.checked_add(size)?;
    vm.bytes_of(place.owner)?.get(place.offset..end)
}

fn lend(vm: &mut Vm<'_>, v: Value) -> Option<Buffer> {
    let bytes = bytes(vm, v)?;
    let (start, len) = (bytes.as_ptr(), bytes.len());
    let owner = place_of(vm, v).owner;
    Some(Buffer {
        ptr: start as *mut u8,
        len,
        writable: vm.bytes_mut(owner).is_some(),
        typecode: b'B',
    })
}
