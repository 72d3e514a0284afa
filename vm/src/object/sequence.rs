//! What lists and tuples share: their items, comparing, searching, printing; and indexes in general.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, BinaryOp, PrintKind, Res, Sink};
use crate::object::exception as types;
use crate::object::list::List;
use crate::q;
use crate::raise::Raised;
use crate::table::is_plain;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Which items of a sequence: the first, from one to the next, and how many.
pub(super) type Bounds = (isize, isize, usize);

impl Vm<'_> {
    /// The items of a list, tuple or namedtuple.
    pub(crate) fn sequence_items(&self, v: Value) -> Option<&[Slot]> {
        match self.get::<List>(v) {
            Some(_) => Some(self.list_items(v)),
            None => self.tuple_items(v),
        }
    }

    /// How many items a list or tuple has that a function was given.
    ///
    /// # Errors
    /// `TypeError`: it is something else.
    pub(crate) fn checked_sequence_len(&mut self, v: Value) -> Res<usize> {
        match self.sequence_items(v) {
            Some(items) => Ok(items.len()),
            None => {
                Err(self
                    .type_error_with(msg!("object '%' isn't a tuple or list"), &[Part::TypeOf(v)]))
            }
        }
    }

    /// A list, or else a tuple, of `n` items that are to be filled in at once.
    fn new_sequence(&mut self, is_list: bool, n: usize) -> Res {
        if !is_list {
            return self.new_tuple_room(n);
        }
        let list = self.new_list_room(n)?;
        self.cell_mut::<List>(list).set_len(n);
        Ok(list)
    }

    /// Copies items of a sequence to those from `at` on of a new one.
    fn copy_items(&mut self, from: Value, (start, step, n): Bounds, to: Value, at: usize) {
        let source = self.sequence_items(from).unwrap_or(&[]);
        let last = start + (n as isize - 1) * step;
        if n == 0 || start.min(last) < 0 || start.max(last) as usize >= source.len() {
            return;
        }
        let source = source.as_ptr();
        let target = match self.is(to, Kind::List) {
            true => self.list_items_mut(to),
            false => self.slots_mut(to),
        };
        let target = target[at..at + n].as_mut_ptr();
        // SAFETY: invariant 3; first and last item were looked at on both sides, and what is new is not what is copied.
        unsafe {
            if step == 1 {
                core::ptr::copy_nonoverlapping(source.offset(start), target, n);
                return;
            }
            for i in 0..n {
                *target.add(i) = *source.offset(start + i as isize * step);
            }
        }
    }

    /// The sum of two sequences, as a list or else a tuple.
    pub(super) fn sequence_sum(&mut self, is_list: bool, a: Value, b: Value) -> Res {
        let (n, m) = (self.sequence_len(a), self.sequence_len(b));
        let sum = self.new_sequence(is_list, n + m)?;
        self.copy_items(a, (0, 1, n), sum, 0);
        self.copy_items(b, (0, 1, m), sum, n);
        Ok(sum)
    }

    /// A sequence so many times, as a list or else a tuple; `None` where `times` is no int.
    pub(super) fn sequence_repeat(&mut self, is_list: bool, v: Value, times: Value) -> Res<Slot> {
        if !self.is_int(times) {
            return Ok(None);
        }
        let n = self.sequence_len(v);
        let total = self.repeat_len(n, times)?;
        let product = self.new_sequence(is_list, total)?;
        let mut at = 0;
        while at < total {
            self.copy_items(v, (0, 1, n), product, at);
            at += n;
        }
        Ok(Some(product))
    }

    /// Part of a sequence, as a list or else a tuple.
    pub(super) fn sequence_part(&mut self, is_list: bool, v: Value, part: Bounds) -> Res {
        let sequence = self.new_sequence(is_list, part.2)?;
        self.copy_items(v, part, sequence, 0);
        Ok(sequence)
    }

    /// Item `i` of a list, tuple or namedtuple, where there is one.
    #[inline]
    pub(crate) fn item_at(&self, v: Value, i: usize) -> Slot {
        self.sequence_items(v)?.get(i).copied().flatten()
    }

    /// `TypeError` of a value whose items cannot be set or deleted.
    #[cold]
    pub(crate) fn no_item(&mut self, v: Value, access: Access) -> Raised {
        let template = match access {
            Access::Delete => msg!("'%' object doesn't support item deletion"),
            _ => msg!("'%' object doesn't support item assignment"),
        };
        self.type_error_with(template, &[Part::TypeOf(v)])
    }

    /// An index into `len` items; negative ones count from the end. `what` names the type in messages.
    ///
    /// # Errors
    /// `TypeError` where it is no int, `IndexError` where it is out of range.
    pub fn index_of(&mut self, index: Value, len: usize, what: &str) -> Res<usize> {
        self.index_in(index, len, Part::Text(what.as_bytes()))
    }

    /// The same.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub(crate) fn index_in(&mut self, index: Value, len: usize, what: Part<'_>) -> Res<usize> {
        match index.as_small().and_then(|n| place(n, len)) {
            Some(i) => Ok(i),
            None => self.index_slow(index, len, what),
        }
    }

    #[cfg_attr(not(romfs_vm_small), cold)]
    fn index_slow(&mut self, index: Value, len: usize, what: Part<'_>) -> Res<usize> {
        let n = match index {
            Value::TRUE => 1,
            Value::FALSE => 0,
            _ if self.is(index, Kind::BigInt) => isize::MAX,
            _ if self.is(index, Kind::Instance)
                && self.lookup_special(index, q!("__int__"))?.is_some() =>
            {
                self.as_index(index)?
            }
            _ => match index.as_small() {
                Some(n) => n,
                None => {
                    return Err(self.type_error_with(
                        msg!("% indices must be integers, not %"),
                        &[what, Part::TypeOf(index)],
                    ));
                }
            },
        };
        match place(n, len) {
            Some(i) => Ok(i),
            None => {
                Err(self.error_with(&types::INDEX_ERROR, msg!("% index out of range"), &[what]))
            }
        }
    }

    /// Compares two lists or two tuples; `None` for an operator that is no relation.
    pub(crate) fn sequence_compare(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let lengths = |vm: &Self| (vm.sequence_len(a), vm.sequence_len(b));
        let (n, m) = lengths(self);
        let differs = match op {
            BinaryOp::Equal if n != m => return Ok(Some(Value::FALSE)),
            BinaryOp::Equal => true,
            BinaryOp::Less | BinaryOp::More | BinaryOp::LessEqual | BinaryOp::MoreEqual => false,
            _ => return Ok(None),
        };
        self.enter_nesting()?;
        let found = self.first_difference(a, b);
        self.leave_nesting();
        let result = match found? {
            Some(_) if differs => false,
            Some((x, y)) => self.compare(op, x, y)?,
            None => {
                let (n, m) = lengths(self);
                op.holds(n.cmp(&m))
            }
        };
        Ok(Some(Value::bool(result)))
    }

    /// The first two items that are not equal, where there are such.
    fn first_difference(&mut self, a: Value, b: Value) -> Res<Option<(Value, Value)>> {
        let mut i = 0;
        while let (Some(x), Some(y)) = (self.item_at(a, i), self.item_at(b, i)) {
            let mark = self.mark();
            self.root(x)?;
            self.root(y)?;
            if x != y && !self.equal(x, y)? {
                return Ok(Some((x, y)));
            }
            self.release(mark);
            i += 1;
        }
        Ok(None)
    }

    /// Where a value first is in `from..to` of a list or tuple.
    pub(crate) fn sequence_find(
        &mut self,
        v: Value,
        item: Value,
        from: usize,
        to: usize,
    ) -> Res<Option<usize>> {
        let mut from = from;
        if !cfg!(romfs_vm_small) && is_plain(item) {
            // Names and small ints are equal where their words are.
            let items = self.sequence_items(v).unwrap_or(&[]);
            let items =
                &items[from.min(items.len())..to.min(items.len()).max(from.min(items.len()))];
            match items
                .iter()
                .position(|x| x.is_none_or(|x| x == item || !is_plain(x)))
            {
                Some(n) if items[n] == Some(item) => return Ok(Some(from + n)),
                Some(n) => from += n,
                None => return Ok(None),
            }
        }
        for i in from..to {
            let Some(x) = self.item_at(v, i) else {
                break;
            };
            if x == item {
                return Ok(Some(i));
            }
            if x.is_small() && item.is_small() {
                continue;
            }
            let mark = self.mark();
            self.root(x)?;
            let equal = self.equal(x, item)?;
            self.release(mark);
            if equal {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }

    /// How often a value is in a list or tuple.
    pub(crate) fn sequence_count(&mut self, v: Value, item: Value) -> Res<usize> {
        let mut n = 0;
        let mut from = 0;
        while let Some(i) = self.sequence_find(v, item, from, usize::MAX)? {
            n += 1;
            from = i + 1;
        }
        Ok(n)
    }

    /// `index` of a list or tuple: value, and optional start and stop.
    pub(crate) fn sequence_index(&mut self, v: Value, item: Value, start: Slot, stop: Slot) -> Res {
        let len = self.sequence_len(v);
        let from = match start {
            Some(start) => self.clamp_index(start, len)?,
            None => 0,
        };
        let to = match stop {
            Some(stop) => self.clamp_index(stop, len)?,
            None => len,
        };
        match self.sequence_find(v, item, from, to)? {
            Some(i) => Ok(Value::small(i as isize)),
            None => Err(self.value_error(msg!("object not in sequence"))),
        }
    }

    /// An index as one into `len` items or their end.
    pub(super) fn clamp_index(&mut self, index: Value, len: usize) -> Res<usize> {
        let n = self.as_index(index)?;
        let n = if n < 0 {
            n.saturating_add(len as isize).max(0)
        } else {
            n
        };
        Ok((n as usize).min(len))
    }

    /// Prints the items of a list or tuple between two texts.
    pub(crate) fn print_items(&mut self, v: Value, sink: Sink, open: &str, close: &str) -> Res<()> {
        self.enter_nesting()?;
        let done = self.print_items_inside(v, sink, open, close);
        self.leave_nesting();
        done
    }

    fn print_items_inside(&mut self, v: Value, sink: Sink, open: &str, close: &str) -> Res<()> {
        self.write(sink, open.as_bytes())?;
        let mut i = 0;
        while let Some(x) = self.item_at(v, i) {
            let mark = self.mark();
            self.root(x)?;
            if i > 0 {
                self.write(sink, b", ")?;
            }
            self.print(x, sink, PrintKind::Repr)?;
            self.release(mark);
            i += 1;
        }
        self.write(sink, close.as_bytes())
    }
}

/// Where an index points to in `len` items; `None` where it is out of range.
#[inline(always)]
fn place(n: isize, len: usize) -> Option<usize> {
    let i = if n < 0 { n + len as isize } else { n };
    (i >= 0 && (i as usize) < len).then_some(i as usize)
}
