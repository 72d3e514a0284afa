//! Constants, the operand stack, building and taking apart containers.

use super::*;
use crate::heap::Kind;
use mpy_format::opcode::Opcode;

macro_rules! constant {
    ($($name:ident = $value:expr;)*) => {
        $(pub(super) unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
            // SAFETY: invariant 2.
            unsafe {
                *sp = $value;
                go!(vm, ip.add(1), sp.add(1), fp)
            }
        })*
    };
}

constant! {
    load_const_false = Some(Value::FALSE);
    load_const_none = Some(Value::NONE);
    load_const_true = Some(Value::TRUE);
    load_null = None;
}

pub(super) unsafe fn load_small<const N: usize>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *sp = Some(Value::small(N as isize - 16));
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

/// The same for each of them, where bytes count.
pub(super) unsafe fn load_small_any(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *sp = Some(Value::small(*ip as isize - 0x80));
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

pub(super) unsafe fn load_const_small_int(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let mut p = ip.add(1);
        let mut n: isize = if *p & 0x40 != 0 { -1 } else { 0 };
        loop {
            let byte = *p;
            p = p.add(1);
            n = n << 7 | (byte & 0x7f) as isize;
            if byte & 0x80 == 0 {
                break;
            }
        }
        *sp = Some(Value::small(n));
        go!(vm, p, sp.add(1), fp)
    }
}

pub(super) unsafe fn load_const_string(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        *sp = Some(Value::qstr(code(fp).qstr(i)));
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn load_const_obj(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        if let Some(table) = code(fp).constants
            && let Some(v) = vm.slots(table)[i]
        {
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        let module = (*(*fp).fun.ptr::<crate::object::function::Function>()).code;
        let v = attempt!(vm, ip, sp, fp, vm.load_constant(module, i));
        *sp = Some(v);
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn dup_top(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *sp = *sp.sub(1);
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

pub(super) unsafe fn dup_top_two(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *sp = *sp.sub(2);
        *sp.add(1) = *sp.sub(1);
        go!(vm, ip.add(1), sp.add(2), fp)
    }
}

pub(super) unsafe fn pop_top(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe { go!(vm, ip.add(1), sp.sub(1), fp) }
}

pub(super) unsafe fn rot_two(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        // Not `swap`: checked builds give it a local variable, and a handler that has one does not leave by a jump.
        let top = *sp.sub(1);
        *sp.sub(1) = *sp.sub(2);
        *sp.sub(2) = top;
        go!(vm, ip.add(1), sp, fp)
    }
}

pub(super) unsafe fn rot_three(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let top = *sp.sub(1);
        *sp.sub(1) = *sp.sub(2);
        *sp.sub(2) = *sp.sub(3);
        *sp.sub(3) = top;
        go!(vm, ip.add(1), sp, fp)
    }
}

macro_rules! build {
    ($name:ident, |$vm:ident, $items:ident| $ready:expr, $make:expr) => {
        pub(super) unsafe fn $name(
            $vm: &mut Vm<'_>,
            ip: *const u8,
            sp: *mut Slot,
            fp: *mut Frame,
        ) -> Next {
            // SAFETY: invariant 2; the items are values, and cells never move while they are copied.
            unsafe {
                let (n, next) = operand(ip);
                let base = sp.sub(n);
                let $items = core::slice::from_raw_parts(base as *const Value, n);
                if !cfg!(romfs_vm_small)
                    && let Some(v) = $ready
                {
                    *base = Some(v);
                    go!($vm, next, base.add(1), fp)
                }
                let v = attempt!($vm, ip, sp, fp, $make);
                *base = Some(v);
                go!($vm, next, base.add(1), fp)
            }
        }
    };
}

build!(
    build_tuple,
    |vm, items| vm.ready_tuple(items),
    vm.new_tuple(items)
);
build!(
    build_list,
    |vm, items| vm.ready_list(items),
    vm.new_list(items)
);
build!(build_set, |vm, items| None::<Value>, vm.set_of(items));

impl Vm<'_> {
    fn set_of(&mut self, items: &[Value]) -> Res {
        let set = self.new_set()?;
        for &v in items {
            self.set_add(set, v)?;
        }
        Ok(set)
    }
}

pub(super) unsafe fn build_map(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (_, next) = operand(ip);
        let v = attempt!(vm, ip, sp, fp, vm.new_dict());
        *sp = Some(v);
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn store_map(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; that the collection is a dict is looked at here.
    unsafe {
        let dict = word(sp.sub(3));
        attempt!(vm, ip, sp, fp, {
            if vm.is(dict, Kind::Dict) {
                vm.dict_set(dict, word(sp.sub(1)), word(sp.sub(2)))
            } else {
                Err(vm.type_error("not a dict"))
            }
        });
        go!(vm, ip.add(1), sp.sub(2), fp)
    }
}

pub(super) unsafe fn store_comp(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; what the collection is is looked at here.
    unsafe {
        let (n, next) = operand(ip);
        let into = word(sp.sub(1 + (n >> 2)));
        let (a, b) = (
            word(sp.sub(1)),
            word(sp.sub(if n & 3 == 1 { 2 } else { 1 })),
        );
        attempt!(vm, ip, sp, fp, {
            match (n & 3, vm.kind(into)) {
                (0, Some(Kind::List)) => vm.list_push(into, a),
                (1, Some(Kind::Dict)) => vm.dict_set(into, a, b),
                (2, Some(Kind::Set)) => vm.set_add(into, a),
                _ => Err(vm.type_error("not a collection")),
            }
        });
        go!(vm, next, sp.sub(if n & 3 == 1 { 2 } else { 1 }), fp)
    }
}

/// Whether the slice that is being made only says what part of a built-in sequence is meant, at once: nothing keeps it
/// then, nor runs a program in between, so that one slice serves all such.
#[inline(always)]
unsafe fn is_subscript_of_sequence(vm: &Vm<'_>, next: u8, base: *mut Slot) -> bool {
    // SAFETY: invariant 2; the sequence lies below the slice, and for a store the value below that.
    let (sequence, value) = unsafe {
        match next {
            0x55 => (word(base.sub(1)), None),
            0x56 => (word(base.sub(1)), Some(word(base.sub(2)))),
            _ => return false,
        }
    };
    let built_in = |v: Value| {
        v.as_qstr().is_some()
            || vm
                .kind(v)
                .is_some_and(|kind| SEQUENCES >> kind as u32 & 1 != 0)
    };
    built_in(sequence) && value.is_none_or(built_in)
}

/// The kinds of built-in sequences, a bit each.
const SEQUENCES: u64 = 1 << Kind::List as u32
    | 1 << Kind::Tuple as u32
    | 1 << Kind::Str as u32
    | 1 << Kind::FlashStr as u32
    | 1 << Kind::Bytes as u32
    | 1 << Kind::FlashBytes as u32
    | 1 << Kind::ByteArray as u32
    | 1 << Kind::Array as u32
    | 1 << Kind::MemoryView as u32;

pub(super) unsafe fn build_slice(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        let step = if n == 3 { word(sp.sub(1)) } else { Value::NONE };
        let (start, stop) = (word(base), word(base.add(1)));
        let simple = |v: Value| v == Value::NONE || v.is_small();
        if !simple(start) || !simple(stop) || !simple(step) {
            // Asking for these ints may run a program, which may do anything with the sequence.
            tail!(build_slice_object, vm, ip, sp, fp)
        }
        if *next == LOAD_SUBSCR && vm.is(word(base.sub(1)), Kind::List) {
            tail!(load_slice_of_list, vm, ip, sp, fp)
        }
        if *next == STORE_SUBSCR
            && vm.is(word(base.sub(1)), Kind::List)
            && vm.is(word(base.sub(2)), Kind::List)
            && *base.sub(1) != *base.sub(2)
        {
            tail!(store_slice_of_list, vm, ip, sp, fp)
        }
        if let Some(slice) = vm.roots.slice
            && is_subscript_of_sequence(vm, *next, base)
        {
            let cell = slice.ptr::<crate::object::slice::Slice>();
            (*cell).start = start;
            (*cell).stop = stop;
            (*cell).step = step;
            *base = Some(slice);
            go!(vm, next, base.add(1), fp)
        }
        tail!(build_slice_object, vm, ip, sp, fp)
    }
}

const LOAD_SUBSCR: u8 = Opcode::LoadSubscr as u8;
const STORE_SUBSCR: u8 = Opcode::StoreSubscr as u8;

/// The three values of the slice that the instruction builds, and where the operand stack is below them.
#[inline(always)]
unsafe fn slice_values(sp: *mut Slot, n: usize) -> ([Value; 3], *mut Slot) {
    // SAFETY: invariant 2; the slice's two or three values lie on top.
    unsafe {
        let base = sp.sub(n);
        let step = if n == 3 { word(sp.sub(1)) } else { Value::NONE };
        ([word(base), word(base.add(1)), step], base)
    }
}

/// A slice of a list that is loaded at once: no slice object is needed, and the next instruction is done too.
#[inline(never)]
unsafe fn load_slice_of_list(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; that the value below the slice is a list was looked at.
    unsafe {
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        let v = attempt!(vm, next, sp, fp, load_part(vm, sp, n));
        *base.sub(1) = Some(v);
        go!(vm, next.add(1), base, fp)
    }
}

/// The same for a slice that another list is stored in.
#[inline(never)]
unsafe fn store_slice_of_list(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; that the two values below the slice are lists was looked at.
    unsafe {
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        attempt!(vm, next, sp, fp, store_part(vm, sp, n));
        go!(vm, next.add(1), base.sub(2), fp)
    }
}

/// Out of line: what these have of locals would keep the handlers from leaving by a jump.
#[inline(never)]
unsafe fn load_part(vm: &mut Vm<'_>, sp: *mut Slot, n: usize) -> Res {
    // SAFETY: invariant 2; the list lies below the slice's values.
    unsafe {
        let (part, base) = slice_values(sp, n);
        crate::object::list_slice::load_part(vm, word(base.sub(1)), part)
    }
}

#[inline(never)]
unsafe fn store_part(vm: &mut Vm<'_>, sp: *mut Slot, n: usize) -> Res {
    // SAFETY: invariant 2; the list and what it is given lie below the slice's values.
    unsafe {
        let (part, base) = slice_values(sp, n);
        crate::object::list_slice::store_part(vm, word(base.sub(1)), part, word(base.sub(2)))
    }
}

#[inline(never)]
unsafe fn build_slice_object(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        let step = if n == 3 { word(sp.sub(1)) } else { Value::NONE };
        let (start, stop) = (word(base), word(base.add(1)));
        let v = attempt!(vm, ip, sp, fp, vm.new_slice(start, stop, step));
        *base = Some(v);
        go!(vm, next, base.add(1), fp)
    }
}

pub(super) unsafe fn unpack_sequence(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; the verifier made room for `n` values.
    unsafe {
        let (n, next) = operand(ip);
        let v = word(sp.sub(1));
        let list = attempt!(vm, ip, sp, fp, vm.unpackable(v, n, n));
        for i in 0..n {
            *sp.sub(1).add(i) = Some(vm.sequence_item(list, n - 1 - i));
        }
        go!(vm, next, sp.sub(1).add(n), fp)
    }
}

/// `a, *b, c = v`: the operand has how many come before the star and after it.
pub(super) unsafe fn unpack_ex(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; the verifier made room.
    unsafe {
        let (n, next) = operand(ip);
        let (before, behind) = (n & 0xff, n >> 8 & 0xff);
        let v = word(sp.sub(1));
        let base = sp.sub(1);
        attempt!(vm, ip, sp, fp, {
            vm.unpackable(v, before + behind, usize::MAX)
                .and_then(|list| {
                    let len = vm.sequence_len(list);
                    let middle = vm.new_list(&[])?;
                    for i in before..len - behind {
                        let item = vm.sequence_item(list, i);
                        vm.list_push(middle, item)?;
                    }
                    for i in 0..behind {
                        *base.add(i) = Some(vm.sequence_item(list, len - 1 - i));
                    }
                    *base.add(behind) = Some(middle);
                    for i in 0..before {
                        *base.add(behind + 1 + i) = Some(vm.sequence_item(list, before - 1 - i));
                    }
                    Ok(())
                })
        });
        go!(vm, next, base.add(before + behind + 1), fp)
    }
}

impl Vm<'_> {
    /// A list or tuple of the items of `v`, which have to be at least `min` and at most `max`.
    fn unpackable(&mut self, v: Value, min: usize, max: usize) -> Res {
        let list = match self.kind(v) {
            Some(Kind::List | Kind::Tuple | Kind::NamedTuple) => v,
            _ => self.collect_list(v)?,
        };
        let n = self.sequence_len(list);
        if n < min {
            return Err(self.error_fmt(
                &types::VALUE_ERROR,
                format_args!("need more than {n} values to unpack"),
            ));
        }
        if n > max {
            return Err(self.error_fmt(
                &types::VALUE_ERROR,
                format_args!("too many values to unpack (expected {max})"),
            ));
        }
        Ok(list)
    }

    /// How many items a list or tuple has.
    pub(crate) fn sequence_len(&self, v: Value) -> usize {
        match self.tuple_items(v) {
            Some(items) => items.len(),
            None => self.list_items(v).len(),
        }
    }

    /// Item `i` of a list or tuple.
    pub(crate) fn sequence_item(&self, v: Value, i: usize) -> Value {
        self.item_at(v, i).unwrap_or(Value::NONE)
    }
}

pub(super) unsafe fn unknown(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2: the verifier lets no such opcode pass; this is what a mistake of its would come to.
    unsafe {
        save!(ip, sp, fp);
        let _ = vm.error(&types::NOT_IMPLEMENTED_ERROR, "opcode");
        tail!(unwind::unwind, vm, ip, sp, fp)
    }
}
