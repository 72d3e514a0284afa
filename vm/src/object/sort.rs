//! Sorting a list: a stable merge sort from the bottom up, so that nothing recurses on the length.

use crate::heap::Kind;
use crate::native::{BinaryOp, Res};
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What is sorted: two `Slots` cells of equal length that hold keys and items in turn, or items alone.
struct Merge {
    /// Words of one record: 2 with keys, 1 without.
    stride: usize,
    reverse: bool,
}

impl Vm<'_> {
    /// Sorts a list. `key` is called once for each item.
    ///
    /// The items are sorted in a copy: a comparison may run Python code that looks at the list.
    ///
    /// # Errors
    /// `MemoryError`, and what `key` and the comparisons raise; the list then stays as it was.
    pub fn sort_list(&mut self, list: Value, key: Slot, reverse: bool) -> Res<()> {
        let n = self.list_len(list);
        if n < 2 {
            return Ok(());
        }
        if !cfg!(romfs_vm_small)
            && key.is_none()
            && self.list_items(list).iter().flatten().all(|v| v.is_small())
        {
            sort_small(self.list_items_mut(list), reverse);
            return Ok(());
        }
        let mark = self.mark();
        let stride = if key.is_some() { 2 } else { 1 };
        let Some(words) = n
            .checked_mul(stride)
            .and_then(|words| u32::try_from(words).ok())
        else {
            return Err(self.memory_error());
        };
        let from = self.alloc(Kind::Slots, words)?;
        let to = self.alloc(Kind::Slots, words)?;
        for i in 0..n {
            let item = self.item_at(list, i);
            self.set_slot(from, i * stride + stride - 1, item);
        }
        if let Some(key) = key {
            self.sort_keys(from, n, key)?;
        }
        let sorted = Merge { stride, reverse }.run(self, from, to, n)?;
        for i in 0..n.min(self.list_len(list)) {
            let item = self.slot(sorted, i * stride + stride - 1);
            self.list_items_mut(list)[i] = item;
        }
        self.release(mark);
        Ok(())
    }

    fn sort_keys(&mut self, records: Value, n: usize, key: Value) -> Res<()> {
        for i in 0..n {
            let mark = self.mark();
            let item = self.slot(records, 2 * i + 1).unwrap_or(Value::NONE);
            let k = self.call(key, &[item])?;
            self.set_slot(records, 2 * i, Some(k));
            self.release(mark);
        }
        Ok(())
    }
}

/// Small ints that are equal are the same, so that order among them cannot be seen.
fn sort_small(items: &mut [Slot], reverse: bool) {
    items.sort_unstable_by_key(|slot| slot.map_or(0, |v| v.small_unchecked()));
    if reverse {
        items.reverse();
    }
}

impl Merge {
    /// Sorts; gives that of the two cells which has the result.
    fn run(&self, vm: &mut Vm<'_>, mut from: Value, mut to: Value, n: usize) -> Res {
        let mut width = 1;
        while width < n {
            let mut start = 0;
            while start < n {
                let middle = (start + width).min(n);
                let end = (start + 2 * width).min(n);
                self.merge(vm, from, to, start, middle, end)?;
                start = end;
            }
            core::mem::swap(&mut from, &mut to);
            width *= 2;
        }
        Ok(from)
    }

    fn merge(
        &self,
        vm: &mut Vm<'_>,
        from: Value,
        to: Value,
        start: usize,
        middle: usize,
        end: usize,
    ) -> Res<()> {
        let (mut left, mut right) = (start, middle);
        // Runs that are in order already are copied after one comparison.
        let in_order = middle == end || !self.right_first(vm, from, middle - 1, middle)?;
        for at in start..end {
            let take_right = if in_order || right == end {
                left == middle
            } else {
                left == middle || self.right_first(vm, from, left, right)?
            };
            let side = if take_right { &mut right } else { &mut left };
            for word in 0..self.stride {
                let v = vm.slot(from, *side * self.stride + word);
                vm.set_slot(to, at * self.stride + word, v);
            }
            *side += 1;
        }
        Ok(())
    }

    /// Whether the record of the right run has to come before that of the left: only then do they change places.
    fn right_first(&self, vm: &mut Vm<'_>, records: Value, left: usize, right: usize) -> Res<bool> {
        let slots = vm.slots(records);
        let (Some(a), Some(b)) = (slots[left * self.stride], slots[right * self.stride]) else {
            return Ok(false);
        };
        let (a, b) = if self.reverse { (a, b) } else { (b, a) };
        if let (Some(a), Some(b)) = (a.as_small(), b.as_small()) {
            return Ok(a < b);
        }
        let mark = vm.mark();
        let less = vm.compare(BinaryOp::Less, a, b);
        vm.release(mark);
        less
    }
}
