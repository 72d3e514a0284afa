//! Arguments of calls with `*` and `**`.

use super::*;
use core::ptr::NonNull;

use crate::call::Called;
use crate::heap::Kind;
use crate::native::Args;

/// Starts a call whose arguments [`spread`] lays out; nothing is given where that was all, and the result is at `base` then.
#[inline(never)]
pub(super) unsafe fn begin_var(
    vm: &mut Vm<'_>,
    base: *mut Slot,
    (n_pos, n_kw): (usize, usize),
    sp: *mut Slot,
    method: bool,
) -> Res<Option<NonNull<Frame>>> {
    // SAFETY: invariant 2; the call's words lie between `base` and `sp`.
    unsafe {
        let args = spread(vm, base, n_pos, n_kw, sp, method)?;
        match vm.begin_call(word(base), args, Return::Push)? {
            Called::Value(v) => {
                *base = Some(v);
                Ok(None)
            }
            Called::Frame(frame) => Ok(NonNull::new(frame)),
        }
    }
}

/// Lays the arguments of a call with `*` and `**` out on the value stack.
unsafe fn spread(
    vm: &mut Vm<'_>,
    base: *mut Slot,
    n_pos: usize,
    n_kw: usize,
    sp: *mut Slot,
    method: bool,
) -> Res<Args> {
    // SAFETY: invariant 2; the words lie below `sp`.
    unsafe {
        let Some(stars) = word(sp.sub(1)).as_small() else {
            return Err(vm.type_error(msg!("argument list")));
        };
        let first = base.add(1 + method as usize);
        let out = vm.top;
        if method && let Some(this) = *base.add(1) {
            vm.root(this)?;
        }
        for i in 0..n_pos {
            let v = word(first.add(i));
            if stars >> i & 1 != 0 {
                vm.spread_iterable(v)?;
            } else {
                vm.root(v)?;
            }
        }
        let n = vm.top.offset_from(out);
        let mut n_kw_out = 0;
        for i in 0..n_kw {
            let (key, value) = (
                *first.add(n_pos + 2 * i),
                word(first.add(n_pos + 2 * i + 1)),
            );
            match key {
                Some(key) => {
                    vm.root(key)?;
                    vm.root(value)?;
                    n_kw_out += 1;
                }
                None => n_kw_out += vm.spread_mapping(value)?,
            }
        }
        match (u16::try_from(n), u16::try_from(n_kw_out)) {
            (Ok(n), Ok(n_kw)) => Ok(Args::new(out, n, n_kw)),
            _ => Err(vm.stack_full()),
        }
    }
}

impl Vm<'_> {
    /// The items of an iterable, on the value stack.
    pub(crate) fn spread_iterable(&mut self, v: Value) -> Res<()> {
        let list = match self.tuple_items(v).is_some() || self.is(v, Kind::List) {
            true => v,
            false => self.collect_list(v)?,
        };
        let n = self.sequence_len(list);
        let keep = self.top;
        // A list made here is the word on top; its items take its place.
        let base = if list != v {
            keep.wrapping_sub(1)
        } else {
            keep
        };
        if list != v {
            self.top = base;
        }
        for i in 0..n {
            let item = self.sequence_item(list, i);
            self.root(item)?;
        }
        Ok(())
    }

    /// The pairs of a mapping with string keys, on the value stack. Gives how many.
    pub(crate) fn spread_mapping(&mut self, v: Value) -> Res<usize> {
        let mut dict = self.native_part(v);
        if !self.is(dict, Kind::Dict) {
            let mark = self.mark();
            dict = self.new_dict()?;
            self.dict_update(dict, v)?;
            // Its entries are on the stack before anything is allocated again.
            self.release(mark);
        }
        let (mut at, mut n) = (0, 0);
        while let Some((key, value)) = self.next_entry(dict, &mut at) {
            if !self.is_str(key) {
                return Err(self.type_error(msg!("keywords must be strings")));
            }
            self.root(key)?;
            self.root(value.unwrap_or(Value::NONE))?;
            n += 1;
        }
        Ok(n)
    }
}
