//! dict and OrderedDict. Both keep the order of insertion; an OrderedDict also compares by it.

use crate::heap::Kind;
use crate::native::{
    Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, class_fn, func_1,
    func_2, func_2_3, func_3, func_kw,
};
use crate::object::dict_view;
use crate::object::exception as types;
use crate::object::hashed::{ORDERED, READ_ONLY};
use crate::object::iter::which;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `dict`
pub static DICT: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    members: &[
        #[cfg(feature = "methods")]
        func_2(q!("__contains__"), contains),
        #[cfg(feature = "methods")]
        func_2(q!("__delitem__"), delete_item),
        #[cfg(feature = "methods")]
        func_2(q!("__getitem__"), get_item),
        #[cfg(feature = "methods")]
        func_3(q!("__setitem__"), set_item),
        func_1(q!("clear"), clear),
        func_1(q!("copy"), copy),
        #[cfg(feature = "methods")]
        class_fn(q!("fromkeys"), 2, 3, from_keys),
        func_2_3(q!("get"), get),
        func_1(q!("items"), items),
        func_1(q!("keys"), keys),
        func_2_3(q!("pop"), pop),
        #[cfg(feature = "methods")]
        func_1(q!("popitem"), pop_item),
        #[cfg(feature = "methods")]
        func_2_3(q!("setdefault"), set_default),
        func_kw(q!("update"), 1, 2, update),
        func_1(q!("values"), values),
    ],
    ..TypeSpec::new(q!("dict"))
});

/// `OrderedDict`
pub static ORDERED_DICT: TypeDef = type_def!(TypeSpec {
    parent: Some(&DICT),
    make_new: Some(make_ordered),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    ..TypeSpec::new(q!("OrderedDict"))
});

impl Vm<'_> {
    /// An empty dict.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_dict(&mut self) -> Res {
        self.new_hashed(Kind::Dict)
    }

    /// An empty OrderedDict.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn new_ordered_dict(&mut self) -> Res {
        let dict = self.new_dict()?;
        self.header_mut(dict).flags |= ORDERED;
        Ok(dict)
    }

    /// Keeps a program from changing a dict.
    pub(crate) fn make_read_only(&mut self, dict: Value) {
        self.header_mut(dict).flags |= READ_ONLY;
    }

    /// Whether a dict is an OrderedDict.
    pub(crate) fn is_ordered_dict(&self, dict: Value) -> bool {
        self.is(dict, Kind::Dict) && self.header(dict).flags & ORDERED != 0
    }

    /// The value of a key.
    ///
    /// # Errors
    /// What hashing and comparing raise: `TypeError` for a key that cannot be hashed.
    pub fn dict_get(&mut self, dict: Value, key: Value) -> Res<Slot> {
        self.hashed_get(dict, key)
    }

    /// Sets a key.
    ///
    /// # Errors
    /// As [`dict_get`](Vm::dict_get), and `MemoryError`.
    pub fn dict_set(&mut self, dict: Value, key: Value, value: Value) -> Res<()> {
        self.hashed_put(dict, key, Some(value)).map(|_| ())
    }

    /// Removes a key; gives its value, where it was there.
    ///
    /// # Errors
    /// As [`dict_get`](Vm::dict_get).
    pub fn dict_remove(&mut self, dict: Value, key: Value) -> Res<Slot> {
        self.hashed_remove(dict, key)
    }

    /// How many keys there are.
    pub fn dict_len(&self, dict: Value) -> usize {
        self.hashed(dict).header.len as usize
    }

    /// The value of a plain key: a qstr or a small int. Nothing is allocated and nothing raised.
    #[inline]
    pub fn dict_get_word(&self, dict: Value, key: Value) -> Slot {
        self.table_get(self.hashed(dict).table, key)
    }

    /// Takes over what `dict(v)` and `update(v)` accept: a dict, an object with `keys`, or pairs.
    ///
    /// # Errors
    /// `TypeError`, `ValueError` for what is no pair, and what iterating raises.
    pub fn dict_update(&mut self, dict: Value, from: Value) -> Res<()> {
        let inside = self.native_part(from);
        #[cfg(feature = "mod-collections-defaultdict")]
        let inside = crate::builtin::collections::default_dict::plain(self, inside);
        if self.is(inside, Kind::Dict) {
            return self.hashed_merge(dict, inside);
        }
        if self.is(from, Kind::Instance)
            && let Some(keys) = self.lookup_special(from, q!("keys"))?
            && let Some(getitem) = self.lookup_special(from, q!("__getitem__"))?
        {
            self.root(getitem)?;
            let keys = self.call(keys, &[])?;
            self.root(keys)?;
            return self.for_each(keys, move |vm, key| {
                let value = vm.call(getitem, &[key])?;
                vm.dict_set(dict, key, value)?;
                Ok(true)
            });
        }
        self.for_each(from, move |vm, pair| {
            let pair = vm.collect_list(pair)?;
            match *vm.list_items(pair) {
                [Some(key), Some(value)] => vm.dict_set(dict, key, value)?,
                _ => return Err(vm.value_error(msg!("dict update sequence has wrong length"))),
            }
            Ok(true)
        })
    }

    fn dict_update_args(&mut self, dict: Value, from: Slot, args: Args) -> Res<()> {
        if let Some(from) = from {
            self.dict_update(dict, from)?;
        }
        for i in 0..args.kw_len() {
            let (name, value) = args.kw_at(i);
            self.dict_set(dict, name, value)?;
        }
        Ok(())
    }

    /// Prints the entries of a dict: `{key: value}`.
    fn print_entries(&mut self, dict: Value, sink: Sink) -> Res<()> {
        self.write_byte(sink, b'{')?;
        let mut at = 0;
        let mut first = true;
        while let Some((key, value)) = self.next_entry(dict, &mut at) {
            let mark = self.mark();
            let value = value.unwrap_or(Value::NONE);
            self.root(key)?;
            self.root(value)?;
            if !core::mem::replace(&mut first, false) {
                self.write(sink, b", ")?;
            }
            self.print(key, sink, PrintKind::Repr)?;
            self.write(sink, b": ")?;
            self.print(value, sink, PrintKind::Repr)?;
            self.release(mark);
        }
        self.write_byte(sink, b'}')
    }

    fn dicts_equal(&mut self, a: Value, b: Value) -> Res<bool> {
        if a == b {
            return Ok(true);
        }
        // As in MicroPython, a dict and an OrderedDict are never equal.
        let by_order = self.is_ordered_dict(a);
        if self.dict_len(a) != self.dict_len(b) || by_order != self.is_ordered_dict(b) {
            return Ok(false);
        }
        self.enter_nesting()?;
        let equal = self.same_entries(a, b, by_order);
        self.leave_nesting();
        equal
    }

    /// Whether two dicts of a length have the same entries; in the same order, where that counts.
    fn same_entries(&mut self, a: Value, b: Value, by_order: bool) -> Res<bool> {
        let (mut at, mut bt) = (0, 0);
        while let Some((key, value)) = self.next_entry(a, &mut at) {
            let mark = self.mark();
            let value = value.unwrap_or(Value::NONE);
            self.root(key)?;
            self.root(value)?;
            let other = if by_order {
                let Some((its_key, its_value)) = self.next_entry(b, &mut bt) else {
                    break;
                };
                let its_value = its_value.unwrap_or(Value::NONE);
                self.root(its_key)?;
                self.root(its_value)?;
                self.equal(key, its_key)?.then_some(its_value)
            } else {
                self.dict_get(b, key)?
            };
            let Some(other) = other else {
                return Ok(false);
            };
            self.root(other)?;
            if (by_order || value != other) && !self.equal(value, other)? {
                return Ok(false);
            }
            self.release(mark);
        }
        Ok(true)
    }
}

fn receiver(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.receiver(v, Kind::Dict)
}

/// The receiver of a method that changes it.
fn mutable(vm: &mut Vm<'_>, v: Value) -> Res {
    let dict = receiver(vm, v)?;
    check_mutable(vm, dict)?;
    Ok(dict)
}

fn check_mutable(vm: &mut Vm<'_>, dict: Value) -> Res<()> {
    if vm.header(dict).flags & READ_ONLY != 0 {
        return Err(vm.type_error(msg!("")));
    }
    Ok(())
}

fn make(vm: &mut Vm<'_>, args: Args, flags: u8) -> Res {
    let dict = vm.new_dict()?;
    vm.header_mut(dict).flags |= flags;
    vm.dict_update_args(dict, args.get(0), args)?;
    Ok(dict)
}

fn make_new(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    make(vm, args, 0)
}

fn make_ordered(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    make(vm, args, ORDERED)
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let ordered = vm.is_ordered_dict(v);
    if ordered {
        vm.write(sink, b"OrderedDict(")?;
    }
    vm.enter_nesting()?;
    let done = vm.print_entries(v, sink);
    vm.leave_nesting();
    done?;
    if ordered {
        vm.write_byte(sink, b')')
    } else {
        Ok(())
    }
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(op.of_length(vm.dict_len(v)))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op == BinaryOp::In {
        return Ok(Some(Value::bool(vm.hashed_get(a, b)?.is_some())));
    }
    if op == BinaryOp::InplaceOr {
        check_mutable(vm, a)?;
        vm.dict_update(a, b)?;
        return Ok(Some(a));
    }
    let b = vm.native_part(b);
    if !vm.is(b, Kind::Dict) {
        return Ok(None);
    }
    Ok(match op {
        BinaryOp::Equal => Some(Value::bool(vm.dicts_equal(a, b)?)),
        BinaryOp::Or => {
            let dict = copy_of(vm, a)?;
            vm.hashed_merge(dict, b)?;
            Some(dict)
        }
        _ => None,
    })
}

fn subscr(vm: &mut Vm<'_>, v: Value, key: Value, access: Access) -> Res {
    if access != Access::Load {
        check_mutable(vm, v)?;
    }
    if vm.is(key, Kind::Slice)
        && !vm.is_ordered_dict(v)
        && (access != Access::Load || vm.dict_len(v) > 0)
    {
        return Err(vm.unhashable(key));
    }
    let found = match access {
        Access::Load => vm.dict_get(v, key)?,
        Access::Store(value) => {
            vm.dict_set(v, key, value)?;
            return Ok(Value::NONE);
        }
        Access::Delete => vm.dict_remove(v, key)?,
    };
    match found {
        Some(value) => Ok(value),
        None => Err(vm.key_error(key)),
    }
}

pub(super) fn copy_of(vm: &mut Vm<'_>, dict: Value) -> Res {
    let new = vm.new_dict()?;
    let ordered = vm.header(dict).flags & ORDERED;
    vm.header_mut(new).flags |= ordered;
    vm.hashed_merge(new, dict)?;
    Ok(new)
}

fn contains(vm: &mut Vm<'_>, dict: Value, key: Value) -> Res {
    let dict = receiver(vm, dict)?;
    Ok(Value::bool(vm.hashed_get(dict, key)?.is_some()))
}

fn get_item(vm: &mut Vm<'_>, dict: Value, key: Value) -> Res {
    let dict = receiver(vm, dict)?;
    subscr(vm.again(), dict, key, Access::Load)
}

fn set_item(vm: &mut Vm<'_>, dict: Value, key: Value, value: Value) -> Res {
    let dict = receiver(vm, dict)?;
    subscr(vm.again(), dict, key, Access::Store(value))
}

fn delete_item(vm: &mut Vm<'_>, dict: Value, key: Value) -> Res {
    let dict = receiver(vm, dict)?;
    subscr(vm.again(), dict, key, Access::Delete)?;
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = mutable(vm, dict)?;
    vm.hashed_clear(dict);
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = receiver(vm, dict)?;
    copy_of(vm, dict)
}

fn from_keys(vm: &mut Vm<'_>, args: Args) -> Res {
    let dict = vm.new_dict()?;
    if args.at(0) == ORDERED_DICT.value() {
        vm.header_mut(dict).flags |= ORDERED;
    }
    vm.for_each(args.at(1), move |vm, key| {
        vm.dict_set(dict, key, args.at(2))?;
        Ok(true)
    })?;
    Ok(dict)
}

fn get(vm: &mut Vm<'_>, dict: Value, key: Value, default: Slot) -> Res {
    if let Some(value) = vm.dict_get_quick(dict, key) {
        return Ok(value);
    }
    let dict = receiver(vm, dict)?;
    let found = vm.dict_get(dict, key)?;
    Ok(found.or(default).unwrap_or(Value::NONE))
}

fn pop(vm: &mut Vm<'_>, dict: Value, key: Value, default: Slot) -> Res {
    let dict = mutable(vm, dict)?;
    match vm.dict_remove(dict, key)?.or(default) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(key)),
    }
}

fn pop_item(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = mutable(vm, dict)?;
    let Some((i, key, value)) = vm.hashed_last(dict) else {
        return Err(vm.error(&types::KEY_ERROR, msg!("popitem(): dictionary is empty")));
    };
    let pair = vm.new_tuple(&[key, value.unwrap_or(Value::NONE)])?;
    vm.hashed_remove_last(dict, i);
    Ok(pair)
}

fn set_default(vm: &mut Vm<'_>, dict: Value, key: Value, default: Slot) -> Res {
    let dict = mutable(vm, dict)?;
    if let Some(value) = vm.dict_get(dict, key)? {
        return Ok(value);
    }
    let value = default.unwrap_or(Value::NONE);
    vm.dict_set(dict, key, value)?;
    Ok(value)
}

fn update(vm: &mut Vm<'_>, args: Args) -> Res {
    let dict = mutable(vm, args.at(0))?;
    vm.dict_update_args(dict, args.get(1), args)?;
    Ok(Value::NONE)
}

fn keys(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = receiver(vm, dict)?;
    dict_view::new(vm, dict, which::KEYS)
}

fn values(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = receiver(vm, dict)?;
    dict_view::new(vm, dict, which::VALUES)
}

fn items(vm: &mut Vm<'_>, dict: Value) -> Res {
    let dict = receiver(vm, dict)?;
    dict_view::new(vm, dict, which::ITEMS)
}

/// The table of a dict, for the interpreter's hints.
///
/// # Safety
/// `dict` is a dict.
#[inline(always)]
pub(crate) unsafe fn table_ptr(dict: Value) -> Option<*mut crate::table::Table> {
    // SAFETY: invariant 3; the caller's word for it.
    unsafe {
        (*dict.ptr::<crate::object::hashed::Hashed>())
            .table
            .map(Value::ptr)
    }
}
