//! set and frozenset.

use crate::heap::Kind;
use crate::native::{
    ANY, Args, BinaryOp, Member, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, func, func_1,
    func_2,
};
use crate::object::exception as types;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The methods of set: first those that frozenset has, too.
static MEMBERS: &[Member] = &[
    func_2(q!("__contains__"), contains),
    func_1(q!("copy"), copy),
    func(q!("difference"), 1, ANY, difference),
    func_2(q!("intersection"), intersection),
    func_2(q!("isdisjoint"), is_disjoint),
    func_2(q!("issubset"), is_subset),
    func_2(q!("issuperset"), is_superset),
    func_2(q!("symmetric_difference"), symmetric_difference),
    func(q!("union"), 1, ANY, union),
    func_2(q!("add"), add),
    func_1(q!("clear"), clear),
    func(q!("difference_update"), 1, ANY, difference_update),
    func_2(q!("discard"), discard),
    func_2(q!("intersection_update"), intersection_update),
    func_1(q!("pop"), pop),
    func_2(q!("remove"), remove),
    func_2(
        q!("symmetric_difference_update"),
        symmetric_difference_update,
    ),
    func(q!("update"), 1, ANY, update),
];

/// How many those are.
const OF_BOTH: usize = 9;

/// `set`
pub static SET: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_set),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    members: MEMBERS,
    keywords: false,
    ..TypeSpec::new(q!("set"))
});

/// `frozenset`
pub static FROZENSET: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_frozenset),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    members: MEMBERS.split_at(OF_BOTH).0,
    keywords: false,
    ..TypeSpec::new(q!("frozenset"))
});

impl Vm<'_> {
    /// An empty set.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_set(&mut self) -> Res {
        self.new_hashed(Kind::Set)
    }

    /// Adds a value to a set.
    ///
    /// # Errors
    /// `MemoryError`, `TypeError` for what cannot be hashed, and what comparing raises.
    pub fn set_add(&mut self, set: Value, v: Value) -> Res<()> {
        self.hashed_put(set, v, None).map(|_| ())
    }

    /// Whether a value is a set or frozenset.
    pub(crate) fn is_set(&self, v: Value) -> bool {
        matches!(self.cell_kind(v), Some(Kind::Set | Kind::FrozenSet))
    }

    /// Whether every key of one is in another.
    pub(crate) fn hashed_within(&mut self, a: Value, b: Value) -> Res<bool> {
        let mut at = 0;
        while let Some((key, _)) = self.next_entry(a, &mut at) {
            if self.hashed_get(b, key)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn set_extend(&mut self, set: Value, v: Value) -> Res<()> {
        if !cfg!(romfs_vm_small) && self.hashed(set).table.is_none() {
            // Most sets get a few keys; a table for the first one alone would be made again twice until it had eight.
            self.root(set)?;
            self.hashed_reserve(set, 8)?;
        }
        self.for_each(v, move |vm, item| {
            vm.set_add(set, item)?;
            Ok(true)
        })
    }

    /// An empty set or frozenset, as another is one.
    fn set_like(&mut self, v: Value) -> Res {
        self.new_hashed(self.set_kind(v))
    }

    fn set_copy(&mut self, v: Value) -> Res {
        let set = self.set_like(v)?;
        self.hashed_merge(set, v)?;
        Ok(set)
    }

    /// A value as a set: itself where it is one.
    fn as_set(&mut self, v: Value) -> Res {
        let inside = self.native_part(v);
        if self.is_set(inside) {
            return Ok(inside);
        }
        let set = self.new_set()?;
        self.set_extend(set, v)?;
        Ok(set)
    }

    /// Adds to `into` the keys of `a` that are in `b`, or those that are not.
    fn set_select(&mut self, into: Value, a: Value, b: Value, wanted: bool) -> Res<()> {
        let mut at = 0;
        while let Some((key, _)) = self.next_entry(a, &mut at) {
            let mark = self.mark();
            self.root(key)?;
            if self.hashed_get(b, key)?.is_some() == wanted {
                self.set_add(into, key)?;
            }
            self.release(mark);
        }
        Ok(())
    }

    fn set_kind(&self, v: Value) -> Kind {
        if self.is(v, Kind::FrozenSet) {
            Kind::FrozenSet
        } else {
            Kind::Set
        }
    }

    /// Gives `set` the keys of another.
    fn set_assign(&mut self, set: Value, from: Value) {
        let (len, table) = (self.hashed(from).header.len, self.hashed(from).table);
        let h = self.hashed_mut(set);
        (h.header.len, h.table) = (len, table);
    }
}

/// The operations that make a new set out of two.
#[derive(Clone, Copy)]
enum Combine {
    And,
    Or,
    Minus,
    Xor,
}

fn combined(vm: &mut Vm<'_>, how: Combine, a: Value, b: Value) -> Res {
    let new = vm.set_like(a)?;
    match how {
        Combine::Or => {
            vm.hashed_merge(new, a)?;
            vm.hashed_merge(new, b)?;
        }
        // Of two that are equal the second set's is taken, as in MicroPython.
        Combine::And => vm.set_select(new, b, a, true)?,
        Combine::Minus => vm.set_select(new, a, b, false)?,
        Combine::Xor => {
            vm.set_select(new, a, b, false)?;
            vm.set_select(new, b, a, false)?;
        }
    }
    Ok(new)
}

fn make(vm: &mut Vm<'_>, kind: Kind, args: Args) -> Res {
    let set = vm.new_hashed(kind)?;
    if let Some(v) = args.get(0) {
        vm.set_extend(set, v)?;
    }
    Ok(set)
}

fn make_set(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    make(vm, Kind::Set, args)
}

fn make_frozenset(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    match args.get(0) {
        Some(v) if vm.is(v, Kind::FrozenSet) => Ok(v),
        _ => make(vm, Kind::FrozenSet, args),
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let frozen = vm.is(v, Kind::FrozenSet);
    if frozen {
        vm.write(sink, b"frozenset(")?;
    }
    if vm.hashed(v).header.len != 0 {
        let mark = vm.mark();
        let list = vm.collect_list(v)?;
        vm.print_items(list, sink, "{", "}")?;
        vm.release(mark);
    } else if !frozen {
        return vm.write(sink, b"set()");
    }
    if frozen {
        return vm.write(sink, b")");
    }
    Ok(())
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(match op {
        UnaryOp::Hash if vm.is(v, Kind::FrozenSet) => Some(hash(vm, v)?),
        _ => op.of_length(vm.hashed(v).header.len as usize),
    })
}

/// A hash that does not depend on the order.
fn hash(vm: &mut Vm<'_>, v: Value) -> Res {
    let mut hash: u32 = 0;
    let mut at = 0;
    while let Some((key, _)) = vm.next_entry(v, &mut at) {
        let h = vm.lasting_hash(key)?;
        hash = hash.wrapping_add((h ^ (h >> 16)).wrapping_mul(0x9E37_79B1));
    }
    Ok(Value::small((hash >> 2) as isize))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op == BinaryOp::In {
        return Ok(Some(Value::bool(vm.hashed_get(a, b)?.is_some())));
    }
    let b = vm.native_part(b);
    if !vm.is_set(b) {
        return Ok(None);
    }
    let (n, m) = (vm.hashed(a).header.len, vm.hashed(b).header.len);
    let how = match op {
        BinaryOp::Equal
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::More
        | BinaryOp::MoreEqual => {
            let (inner, outer) = if n > m { (b, a) } else { (a, b) };
            let holds = op.holds(n.cmp(&m)) && vm.hashed_within(inner, outer)?;
            return Ok(Some(Value::bool(holds)));
        }
        _ => match op.plain() {
            BinaryOp::Or => Combine::Or,
            BinaryOp::And => Combine::And,
            BinaryOp::Xor => Combine::Xor,
            BinaryOp::Subtract => Combine::Minus,
            _ => return Ok(None),
        },
    };
    let new = combined(vm, how, a, b)?;
    if op.is_inplace() && vm.is(a, Kind::Set) {
        vm.set_assign(a, new);
        return Ok(Some(a));
    }
    Ok(Some(new))
}

fn receiver(vm: &mut Vm<'_>, v: Value) -> Res {
    let kind = vm.set_kind(vm.native_part(v));
    vm.receiver(v, kind)
}

/// A receiver that may be changed.
fn mutable(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.receiver(v, Kind::Set)
}

fn contains(vm: &mut Vm<'_>, set: Value, item: Value) -> Res {
    let set = receiver(vm, set)?;
    Ok(Value::bool(vm.hashed_get(set, item)?.is_some()))
}

fn add(vm: &mut Vm<'_>, set: Value, item: Value) -> Res {
    let set = mutable(vm, set)?;
    vm.set_add(set, item)?;
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm<'_>, set: Value) -> Res {
    let set = mutable(vm, set)?;
    vm.hashed_clear(set);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm<'_>, set: Value) -> Res {
    let set = receiver(vm, set)?;
    vm.set_copy(set)
}

fn discard(vm: &mut Vm<'_>, set: Value, item: Value) -> Res {
    let set = mutable(vm, set)?;
    vm.hashed_remove(set, item)?;
    Ok(Value::NONE)
}

fn remove(vm: &mut Vm<'_>, set: Value, item: Value) -> Res {
    let set = mutable(vm, set)?;
    match vm.hashed_remove(set, item)? {
        Some(_) => Ok(Value::NONE),
        None => Err(vm.key_error(item)),
    }
}

fn pop(vm: &mut Vm<'_>, set: Value) -> Res {
    let set = mutable(vm, set)?;
    match vm.next_entry(set, &mut 0) {
        Some((key, _)) => {
            vm.root(key)?;
            vm.hashed_remove(set, key)?;
            Ok(key)
        }
        None => Err(vm.error(&types::KEY_ERROR, msg!("pop from an empty set"))),
    }
}

fn union(vm: &mut Vm<'_>, args: Args) -> Res {
    let set = receiver(vm, args.at(0))?;
    let new = vm.set_copy(set)?;
    for i in 1..args.len() {
        vm.set_extend(new, args.item(i))?;
    }
    Ok(new)
}

fn update(vm: &mut Vm<'_>, args: Args) -> Res {
    let set = mutable(vm, args.at(0))?;
    for i in 1..args.len() {
        vm.set_extend(set, args.item(i))?;
    }
    Ok(Value::NONE)
}

fn difference(vm: &mut Vm<'_>, args: Args) -> Res {
    let set = receiver(vm, args.at(0))?;
    let mut new = vm.set_copy(set)?;
    for i in 1..args.len() {
        let other = vm.as_set(args.item(i))?;
        new = combined(vm, Combine::Minus, new, other)?;
    }
    Ok(new)
}

fn difference_update(vm: &mut Vm<'_>, args: Args) -> Res {
    let set = mutable(vm, args.at(0))?;
    let new = difference(vm, args)?;
    vm.set_assign(set, new);
    Ok(Value::NONE)
}

fn combined_method(vm: &mut Vm<'_>, how: Combine, set: Value, other: Value) -> Res {
    let set = receiver(vm, set)?;
    let other = vm.as_set(other)?;
    combined(vm, how, set, other)
}

fn update_method(vm: &mut Vm<'_>, how: Combine, set: Value, other: Value) -> Res {
    let set = mutable(vm, set)?;
    let new = combined_method(vm, how, set, other)?;
    vm.set_assign(set, new);
    Ok(Value::NONE)
}

fn intersection(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    combined_method(vm, Combine::And, set, other)
}

fn intersection_update(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    update_method(vm, Combine::And, set, other)
}

fn symmetric_difference(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    combined_method(vm, Combine::Xor, set, other)
}

fn symmetric_difference_update(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    update_method(vm, Combine::Xor, set, other)
}

fn is_disjoint(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    let set = receiver(vm, set)?;
    let mut disjoint = true;
    vm.for_each(other, |vm, item| {
        disjoint = vm.hashed_get(set, item)?.is_none();
        Ok(disjoint)
    })?;
    Ok(Value::bool(disjoint))
}

fn is_subset(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    let set = receiver(vm, set)?;
    let other = vm.as_set(other)?;
    Ok(Value::bool(vm.hashed_within(set, other)?))
}

fn is_superset(vm: &mut Vm<'_>, set: Value, other: Value) -> Res {
    let set = receiver(vm, set)?;
    let other = vm.as_set(other)?;
    Ok(Value::bool(vm.hashed_within(other, set)?))
}
