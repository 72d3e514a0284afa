//! tuple, and the storage of namedtuples: the same with the type before the items.

use crate::heap::{Header, Kind, kind::data};
use crate::message::Part;
use crate::native::{
    Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, func, func_2,
};
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `tuple`
pub static TUPLE: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    members: &[
        #[cfg(feature = "methods")]
        func_2(q!("count"), count),
        #[cfg(feature = "methods")]
        func(q!("index"), 2, 4, index),
    ],
    keywords: false,
    ..TypeSpec::new(q!("tuple"))
});

/// The empty tuple: there is one.
static EMPTY: Header = Header::new(Kind::Tuple, 0);

impl Vm<'_> {
    /// A tuple of these items.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_tuple(&mut self, items: &[Value]) -> Res {
        for &item in items {
            self.root(item)?;
        }
        let tuple = self.new_tuple_room(items.len())?;
        for (slot, &item) in self.slots_mut(tuple).iter_mut().zip(items) {
            *slot = Some(item);
        }
        Ok(tuple)
    }

    /// The same without a call, where memory lies ready.
    #[inline(always)]
    pub(crate) fn ready_tuple(&mut self, items: &[Value]) -> Slot {
        if items.is_empty() {
            return None;
        }
        self.heap.alloc_filled(Kind::Tuple, items)
    }

    /// A tuple of `n` items that are to be filled in at once.
    pub(crate) fn new_tuple_room(&mut self, n: usize) -> Res {
        match u32::try_from(n) {
            Ok(0) => Ok(Value::from_ptr(&EMPTY)),
            Ok(n) if n < 1 << 28 => self.alloc(Kind::Tuple, n),
            _ => Err(self.memory_error()),
        }
    }

    /// A namedtuple of this type.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_named_tuple(&mut self, class: Value, items: &[Value]) -> Res {
        self.root(class)?;
        for &item in items {
            self.root(item)?;
        }
        let tuple = self.alloc(Kind::NamedTuple, items.len() as u32 + 1)?;
        let slots = self.slots_mut(tuple);
        slots[0] = Some(class);
        for (slot, &item) in slots[1..].iter_mut().zip(items) {
            *slot = Some(item);
        }
        Ok(tuple)
    }

    /// The items of a tuple or namedtuple.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub fn tuple_items(&self, v: Value) -> Option<&[Slot]> {
        if !cfg!(romfs_vm_small) && self.is(v, Kind::Tuple) {
            // Nearly all of them are cells by their address.
            let len = self.header(v).len as usize;
            // SAFETY: invariant 3; a tuple holds `len` words of values.
            return Some(unsafe { core::slice::from_raw_parts(data(v) as *const Slot, len) });
        }
        match self.kind_quick(v)? {
            Kind::Tuple => Some(self.slots(v)),
            Kind::NamedTuple => self.slots(v).get(1..),
            _ => None,
        }
    }

    fn tuple_len(&self, v: Value) -> usize {
        self.tuple_items(v).map_or(0, <[Slot]>::len)
    }

    /// A tuple with the items of a list.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn tuple_of_list(&mut self, list: Value) -> Res {
        self.sequence_part(false, list, (0, 1, self.list_len(list)))
    }

    /// How much `n` items are that an int repeats.
    ///
    /// # Errors
    /// `OverflowError` of the int, `MemoryError`.
    pub(crate) fn repeat_len(&mut self, n: usize, times: Value) -> Res<usize> {
        match n.checked_mul(self.as_index(times)?.max(0) as usize) {
            Some(total) => Ok(total),
            None => Err(self.memory_error()),
        }
    }
}

fn make_new(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    match args.get(0) {
        None => vm.new_tuple(&[]),
        Some(v) if vm.is_tuple(v) => Ok(v),
        Some(v) => {
            let list = if vm.is(v, Kind::List) {
                v
            } else {
                vm.collect_list(v)?
            };
            vm.tuple_of_list(list)
        }
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    print_items(vm, v, sink)
}

/// Prints a tuple, `(1,)` where it has one item: the arguments of an exception too.
pub(crate) fn print_items(vm: &mut Vm<'_>, v: Value, sink: Sink) -> Res<()> {
    let close = if vm.tuple_len(v) == 1 { ",)" } else { ")" };
    vm.print_items(v, sink, "(", close)
}

/// Length, truth and hash.
pub(crate) fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Hash => Some(hash(vm, v)?),
        _ => op.of_length(vm.tuple_len(v)),
    })
}

fn hash(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.enter_nesting()?;
    let mut hash: u32 = 0x345678;
    let mut failed = None;
    for i in 0..vm.tuple_len(v) {
        let item = vm.item_at(v, i).unwrap_or(Value::NONE);
        match vm.lasting_hash(item) {
            Ok(h) => hash = hash.wrapping_mul(1_000_003) ^ h,
            Err(raised) => {
                failed = Some(raised);
                break;
            }
        }
    }
    vm.leave_nesting();
    match failed {
        Some(raised) => Err(raised),
        None => Ok(Value::small((hash >> 2) as isize)),
    }
}

/// Sum, product, membership and order.
pub(crate) fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, item: Value) -> Res<Slot> {
    let b = vm.native_part(item);
    let both = vm.tuple_items(b).is_some();
    match op {
        BinaryOp::Add | BinaryOp::InplaceAdd if both => vm.sequence_sum(false, a, b).map(Some),
        BinaryOp::Multiply | BinaryOp::InplaceMultiply => vm.sequence_repeat(false, a, b),
        BinaryOp::In => Ok(Some(Value::bool(
            vm.sequence_find(a, item, 0, usize::MAX)?.is_some(),
        ))),
        _ if both => vm.sequence_compare(op, a, b),
        _ => Ok(None),
    }
}

/// `a[i]` and `a[i:j:k]`.
pub(crate) fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    if access != Access::Load {
        return Err(vm.no_item(v, access));
    }
    let len = vm.tuple_len(v);
    if !vm.is(index, Kind::Slice) {
        let i = vm.index_in(index, len, Part::Name(q!("tuple")))?;
        return Ok(vm.item_at(v, i).unwrap_or(Value::NONE));
    }
    let (start, _, step, count) = vm.slice_bounds(index, len)?;
    vm.sequence_part(false, v, (start, step, count))
}

fn receiver(vm: &mut Vm<'_>, v: Value) -> Res {
    let v = vm.native_part(v);
    if vm.tuple_items(v).is_some() {
        Ok(v)
    } else {
        Err(vm.type_error(msg!("argument has wrong type")))
    }
}

fn count(vm: &mut Vm<'_>, tuple: Value, item: Value) -> Res {
    let tuple = receiver(vm, tuple)?;
    Ok(Value::small(vm.sequence_count(tuple, item)? as isize))
}

fn index(vm: &mut Vm<'_>, args: Args) -> Res {
    let tuple = receiver(vm, args.at(0))?;
    vm.sequence_index(tuple, args.at(1), args.get(2), args.get(3))
}
