//! list.

use core::ops::Range;

use crate::heap::{Cell, Header, Kind};
use crate::message::Part;
use crate::native::{
    Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, func, func_1,
    func_1_2, func_2, func_3, func_kw,
};
use crate::object::exception as types;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A list.
#[repr(C)]
pub struct List {
    /// `len`: items that are there.
    pub header: Header,
    /// A `Slots` cell with room for them; the words behind the last item are empty.
    pub items: Slot,
}

impl List {
    /// A list whose items are these first words of a `Slots` cell.
    #[inline(always)]
    pub(super) fn of(items: Value, len: usize) -> List {
        List {
            header: Header::new(Kind::List, len as u32),
            items: Some(items),
        }
    }

    /// How many items there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.header.len as usize
    }

    /// Sets how many of the words are items.
    #[inline(always)]
    pub(crate) fn set_len(&mut self, len: usize) {
        debug_assert!(len <= MAX_ITEMS);
        self.header.len = len as u32;
    }
}

// SAFETY: `repr(C)`, header first.
unsafe impl Cell for List {
    const KIND: Kind = Kind::List;
}

/// Most items of a list.
const MAX_ITEMS: usize = 1 << 28;

/// `list`
pub static LIST: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    subscr: Some(subscr),
    members: &[
        func_2(q!("append"), append),
        func_1(q!("clear"), clear),
        #[cfg(feature = "methods")]
        func_1(q!("copy"), copy),
        #[cfg(feature = "methods")]
        func_2(q!("count"), count),
        func_2(q!("extend"), extend),
        #[cfg(feature = "methods")]
        func(q!("index"), 2, 4, index),
        func_3(q!("insert"), insert),
        func_1_2(q!("pop"), pop),
        func_2(q!("remove"), remove),
        #[cfg(feature = "methods")]
        func_1(q!("reverse"), reverse),
        func_kw(q!("sort"), 1, 1, sort),
    ],
    keywords: false,
    ..TypeSpec::new(q!("list"))
});

impl Vm<'_> {
    /// A list of these items.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_list(&mut self, items: &[Value]) -> Res {
        for &item in items {
            self.root(item)?;
        }
        let list = self.new_list_room(items.len())?;
        let room = self.cell::<List>(list).items;
        if let Some(room) = room {
            for (slot, &item) in self.slots_mut(room).iter_mut().zip(items) {
                *slot = Some(item);
            }
        }
        self.cell_mut::<List>(list).set_len(items.len());
        Ok(list)
    }

    /// The same without a call, where memory lies ready.
    #[inline(always)]
    pub(crate) fn ready_list(&mut self, items: &[Value]) -> Slot {
        if items.is_empty() {
            return None;
        }
        // Where there is no list for them, the items are garbage.
        let room = self.heap.alloc_filled(Kind::Slots, items)?;
        self.heap.alloc_struct(List::of(room, items.len()))
    }

    /// An empty list with room for `n` items.
    pub(crate) fn new_list_room(&mut self, n: usize) -> Res {
        let list = self.alloc(Kind::List, 0)?;
        if n > 0 {
            let room = self.list_room(n)?;
            self.cell_mut::<List>(list).items = Some(room);
        }
        Ok(list)
    }

    /// Copies a range of one `Slots` cell to the start of another.
    pub(super) fn copy_slots(&mut self, from: Value, range: Range<usize>, to: Value) {
        let (source, n) = {
            let source = &self.slots(from)[range];
            (source.as_ptr(), source.len())
        };
        let target = &mut self.slots_mut(to)[..n];
        // SAFETY: invariant 3; both ranges were looked at, and a new cell is not the one that is copied.
        unsafe {
            core::ptr::copy_nonoverlapping(source, target.as_mut_ptr(), n);
        }
    }

    fn list_room(&mut self, n: usize) -> Res {
        if n > MAX_ITEMS {
            return Err(self.memory_error());
        }
        self.alloc(Kind::Slots, n as u32)
    }

    /// The items of a list.
    ///
    /// # Panics
    /// Where it is no list.
    #[inline]
    pub fn list_items(&self, list: Value) -> &[Slot] {
        let list = self.cell::<List>(list);
        match list.items {
            Some(items) => &self.slots(items)[..list.len()],
            None => &[],
        }
    }

    /// The same, to change them.
    pub(crate) fn list_items_mut(&mut self, list: Value) -> &mut [Slot] {
        let list = self.cell::<List>(list);
        let (items, len) = (list.items, list.len());
        match items {
            Some(items) => &mut self.slots_mut(items)[..len],
            None => &mut [],
        }
    }

    /// How many items a list has.
    #[inline]
    pub fn list_len(&self, list: Value) -> usize {
        self.cell::<List>(list).len()
    }

    /// Makes room for `more` items behind the last one.
    pub(crate) fn list_reserve(&mut self, list: Value, more: usize) -> Res<()> {
        let (len, items) = (self.list_len(list), self.cell::<List>(list).items);
        let room = items.map_or(0, |items| self.header(items).len as usize);
        if len + more <= room {
            return Ok(());
        }
        let mark = self.mark();
        self.root(list)?;
        let grown = match room {
            0..4 => 4,
            4..8 if !cfg!(romfs_vm_small) => 8,
            _ => room + room / 2,
        };
        let wanted = (len + more).max(grown);
        let new = self.list_room(wanted)?;
        if let Some(old) = items {
            self.copy_slots(old, 0..len, new);
        }
        self.cell_mut::<List>(list).items = Some(new);
        self.release(mark);
        Ok(())
    }

    /// Appends an item.
    ///
    /// # Errors
    /// `MemoryError`.
    #[inline]
    pub fn list_push(&mut self, list: Value, item: Value) -> Res<()> {
        let l = self.cell::<List>(list);
        let len = l.len();
        let full = l
            .items
            .is_none_or(|items| self.header(items).len as usize <= len);
        if full {
            let mark = self.mark();
            self.root(item)?;
            let done = self.list_reserve(list, 1);
            self.release(mark);
            done?;
        }
        if let Some(items) = self.cell::<List>(list).items {
            self.set_slot(items, len, Some(item));
            self.cell_mut::<List>(list).set_len(len + 1);
        }
        Ok(())
    }

    /// Drops the items from `len` on.
    pub(crate) fn list_truncate(&mut self, list: Value, len: usize) {
        let l = self.cell_mut::<List>(list);
        let was = l.len();
        l.set_len(len.min(was));
        if let Some(items) = l.items {
            self.slots_mut(items)[len.min(was)..was].fill(None);
        }
    }

    /// Takes `count` items at `at` out and puts the items of `with`, which is another sequence, there. Behind the last item
    /// it may be the list itself.
    pub(super) fn list_splice(
        &mut self,
        list: Value,
        at: usize,
        count: usize,
        with: Value,
    ) -> Res<()> {
        let new = self.sequence_items(with).map_or(0, <[Slot]>::len);
        self.list_reserve(list, new.saturating_sub(count))?;
        let len = self.list_len(list);
        let Some(items) = self.cell::<List>(list).items else {
            return Ok(());
        };
        if new != count {
            self.slots_mut(items).copy_within(at + count..len, at + new);
        }
        let source = self.sequence_items(with).map_or(&[][..], |items| items);
        let (source, room) = (
            source.as_ptr(),
            self.slots_mut(items)[at..at + new].as_mut_ptr(),
        );
        // SAFETY: invariant 3; both ranges were looked at, and they are not the same: in the list itself, one ends
        // where the other starts.
        unsafe { core::ptr::copy_nonoverlapping(source, room, new) };
        let now = len - count + new;
        if now < len {
            self.slots_mut(items)[now..len].fill(None);
        }
        self.cell_mut::<List>(list).set_len(now);
        Ok(())
    }

    /// A new list with the items of what can be iterated.
    ///
    /// # Errors
    /// `MemoryError`, `TypeError`, and what iterating raises.
    pub fn collect_list(&mut self, v: Value) -> Res {
        let list = self.new_list(&[])?;
        self.list_extend(list, v)?;
        Ok(list)
    }

    /// Appends all that an iterable gives.
    ///
    /// # Errors
    /// As [`collect_list`](Vm::collect_list).
    pub fn list_extend(&mut self, list: Value, v: Value) -> Res<()> {
        if self.sequence_items(v).is_some() {
            // The list itself, too: its items lie in its new room by the time that they are copied.
            return self.list_splice(list, self.list_len(list), 0, v);
        }
        self.for_each(v, move |vm, item| {
            vm.list_push(list, item)?;
            Ok(true)
        })
    }
}

fn receiver(vm: &mut Vm<'_>, v: Value) -> Res {
    vm.receiver(v, Kind::List)
}

fn make_new(vm: &mut Vm<'_>, _class: Value, args: Args) -> Res {
    match args.get(0) {
        None => vm.new_list(&[]),
        Some(v) => vm.collect_list(v),
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    vm.print_items(v, sink, "[", "]")
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(op.of_length(vm.list_len(v)))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, item: Value) -> Res<Slot> {
    let b = vm.native_part(item);
    match op {
        BinaryOp::Add if vm.is(b, Kind::List) => {
            if !cfg!(romfs_vm_small)
                && let Some(list) = ready_sum(vm, a, b)
            {
                vm.root(list)?;
                return Ok(Some(list));
            }
            vm.sequence_sum(true, a, b).map(Some)
        }
        BinaryOp::InplaceAdd => {
            vm.list_extend(a, b)?;
            Ok(Some(a))
        }
        BinaryOp::Multiply | BinaryOp::InplaceMultiply => {
            // A new list for `*=` too, as in MicroPython.
            vm.sequence_repeat(true, a, b)
        }
        BinaryOp::In => Ok(Some(Value::bool(
            vm.sequence_find(a, item, 0, usize::MAX)?.is_some(),
        ))),
        _ if vm.is(b, Kind::List) => vm.sequence_compare(op, a, b),
        _ => Ok(None),
    }
}

fn subscr(vm: &mut Vm<'_>, v: Value, index: Value, access: Access) -> Res {
    if vm.is(index, Kind::Slice) {
        return super::list_slice::slice(vm, v, index, access);
    }
    let i = vm.index_in(index, vm.list_len(v), Part::Name(q!("list")))?;
    match access {
        Access::Load => Ok(vm.item_at(v, i).unwrap_or(Value::NONE)),
        Access::Store(item) => {
            vm.list_items_mut(v)[i] = Some(item);
            Ok(Value::NONE)
        }
        Access::Delete => {
            take(vm, v, i);
            Ok(Value::NONE)
        }
    }
}

/// Up to so many items are copied word by word.
pub(super) const SHORT: usize = 16;

/// A list of the items of two, where memory for it lies ready.
fn ready_sum(vm: &mut Vm<'_>, a: Value, b: Value) -> Option<Value> {
    let (a, b) = (vm.list_items(a), vm.list_items(b));
    let (n, m) = (a.len(), b.len());
    if n + m == 0 || n + m > SHORT {
        return None;
    }
    let (a, b) = (a.as_ptr(), b.as_ptr());
    // SAFETY: invariant 3; the two lists have so many items, and the new cell is filled.
    let room = unsafe {
        let (room, to) = vm.heap.alloc_room(Kind::Slots, n + m)?;
        for i in 0..n {
            to.add(i).write_volatile(*a.add(i));
        }
        for i in 0..m {
            to.add(n + i).write_volatile(*b.add(i));
        }
        room
    };
    vm.heap.alloc_struct(List::of(room, n + m))
}

/// Takes an item out; the ones behind it move up.
pub(crate) fn take(vm: &mut Vm<'_>, list: Value, i: usize) -> Value {
    let items = vm.list_items_mut(list);
    let len = items.len();
    let item = items[i];
    items.copy_within(i + 1.., i);
    vm.list_truncate(list, len - 1);
    item.unwrap_or(Value::NONE)
}

fn append(vm: &mut Vm<'_>, list: Value, item: Value) -> Res {
    let list = receiver(vm, list)?;
    vm.list_push(list, item)?;
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm<'_>, list: Value) -> Res {
    let list = receiver(vm, list)?;
    let l = vm.cell_mut::<List>(list);
    l.set_len(0);
    l.items = None;
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm<'_>, list: Value) -> Res {
    let list = receiver(vm, list)?;
    vm.collect_list(list)
}

fn count(vm: &mut Vm<'_>, list: Value, item: Value) -> Res {
    let list = receiver(vm, list)?;
    Ok(Value::small(vm.sequence_count(list, item)? as isize))
}

fn extend(vm: &mut Vm<'_>, list: Value, items: Value) -> Res {
    let list = receiver(vm, list)?;
    vm.list_extend(list, items)?;
    Ok(Value::NONE)
}

fn index(vm: &mut Vm<'_>, args: Args) -> Res {
    let list = receiver(vm, args.at(0))?;
    vm.sequence_index(list, args.at(1), args.get(2), args.get(3))
}

fn insert(vm: &mut Vm<'_>, list: Value, index: Value, item: Value) -> Res {
    let list = receiver(vm, list)?;
    let len = vm.list_len(list);
    let i = vm.clamp_index(index, len)?;
    vm.list_push(list, item)?;
    let items = vm.list_items_mut(list);
    items.copy_within(i..len, i + 1);
    items[i] = Some(item);
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm<'_>, list: Value, at: Slot) -> Res {
    let list = receiver(vm, list)?;
    let len = vm.list_len(list);
    if len == 0 {
        return Err(vm.error(&types::INDEX_ERROR, msg!("pop from empty list")));
    }
    let i = vm.index_in(at.unwrap_or(Value::small(-1)), len, Part::Name(q!("list")))?;
    Ok(take(vm, list, i))
}

fn remove(vm: &mut Vm<'_>, list: Value, item: Value) -> Res {
    let list = receiver(vm, list)?;
    match vm.sequence_find(list, item, 0, usize::MAX)? {
        Some(i) if i < vm.list_len(list) => {
            take(vm, list, i);
            Ok(Value::NONE)
        }
        _ => Err(vm.value_error(msg!("object not in sequence"))),
    }
}

fn reverse(vm: &mut Vm<'_>, list: Value) -> Res {
    let list = receiver(vm, list)?;
    vm.list_items_mut(list).reverse();
    Ok(Value::NONE)
}

fn sort(vm: &mut Vm<'_>, args: Args) -> Res {
    let list = receiver(vm, args.at(0))?;
    args.check_keywords(vm, &[q!("key"), q!("reverse")])?;
    let key = args.kw(q!("key")).filter(|&key| key != Value::NONE);
    let reverse = match args.kw(q!("reverse")) {
        Some(v) => vm.truth(v)?,
        None => false,
    };
    vm.sort_list(list, key, reverse)?;
    Ok(Value::NONE)
}
