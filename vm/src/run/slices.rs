//! Slices: made as objects, or no object at all where the next instruction takes a part of a list.

use super::*;
use crate::heap::Kind;
use crate::object::list_slice;
use mpy_format::opcode::Opcode;

/// Whether the slice that is being made only says what part of a built-in sequence is meant, at once: nothing keeps it
/// then, nor runs a program in between, so that one slice serves all such.
#[inline(always)]
unsafe fn is_subscript_of_sequence(vm: &Vm<'_>, next: u8, base: *mut Slot) -> bool {
    // SAFETY: invariant 2; the sequence lies below the slice, and for a store the value below that.
    let (sequence, value) = unsafe {
        match next {
            LOAD_SUBSCR => (word(base.sub(1)), None),
            // Nothing there: a part that is to be deleted.
            STORE_SUBSCR => (
                word(base.sub(1)),
                Some((*base.sub(2)).unwrap_or(Value::NONE)),
            ),
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

pub(super) unsafe fn build_slice(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if !Kind::Slice.exists() {
            tail!(build_slice_object, vm, ip, sp, fp)
        }
        let (n, next) = short_operand!(vm, ip, sp, fp, build_slice_object);
        let base = sp.sub(n);
        let step = if n == 3 { word(sp.sub(1)) } else { Value::NONE };
        let (start, stop) = (word(base), word(base.add(1)));
        let simple = |v: Value| v == Value::NONE || v.is_small();
        // Asking for other ints may run a program, which may do anything with the sequence.
        let simple = simple(start) && simple(stop) && simple(step);
        // Where bytes count, lists have slices as other sequences do.
        if simple && !cfg!(romfs_vm_small) {
            if *next == LOAD_SUBSCR && vm.is(word(base.sub(1)), Kind::List) {
                tail!(load_slice_of_list, vm, ip, sp, fp)
            }
            if *next == STORE_SUBSCR
                && vm.is(word(base.sub(1)), Kind::List)
                && (*base.sub(2)).is_some_and(|v| vm.is(v, Kind::List))
                && *base.sub(1) != *base.sub(2)
            {
                tail!(store_slice_of_list, vm, ip, sp, fp)
            }
        }
        *base = match vm.roots.slice {
            Some(slice) if simple && is_subscript_of_sequence(vm, *next, base) => {
                let cell = slice.ptr::<crate::object::slice::Slice>();
                (*cell).start = start;
                (*cell).stop = stop;
                (*cell).step = step;
                Some(slice)
            }
            _ if cfg!(romfs_vm_small) => {
                Some(attempt!(vm, ip, sp, fp, vm.new_slice(start, stop, step)))
            }
            _ => tail!(build_slice_object, vm, ip, sp, fp),
        };
        go!(vm, next, base.add(1), fp)
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
unsafe fn load_slice_of_list(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the value below the slice is a list was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = (*ip.add(1) as usize, ip.add(2));
        let base = sp.sub(n);
        let (part, _) = slice_values(sp, n);
        if let Some(v) = list_slice::ready_part(vm, word(base.sub(1)), part) {
            *base.sub(1) = Some(v);
            go!(vm, next.add(1), base, fp)
        }
        tail!(load_slice_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_slice_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the value below the slice is a list was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        let v = attempt!(vm, next, sp, fp, load_part(vm, sp, n));
        *base.sub(1) = Some(v);
        go!(vm, next.add(1), base, fp)
    }
}

/// The same for a slice that another list is stored in.
#[inline(never)]
unsafe fn store_slice_of_list(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the two values below the slice are lists was looked at.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = (*ip.add(1) as usize, ip.add(2));
        let base = sp.sub(n);
        let (part, _) = slice_values(sp, n);
        if list_slice::set_part(vm, word(base.sub(1)), part, word(base.sub(2))) {
            go!(vm, next.add(1), base.sub(2), fp)
        }
        tail!(store_slice_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn store_slice_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; that the two values below the slice are lists was looked at.
    unsafe {
        let fp = fp.of(vm);
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
        list_slice::load_part(vm, word(base.sub(1)), part)
    }
}

#[inline(never)]
unsafe fn store_part(vm: &mut Vm<'_>, sp: *mut Slot, n: usize) -> Res {
    // SAFETY: invariant 2; the list and what it is given lie below the slice's values.
    unsafe {
        let (part, base) = slice_values(sp, n);
        list_slice::store_part(vm, word(base.sub(1)), part, word(base.sub(2)))
    }
}

#[inline(never)]
unsafe fn build_slice_object(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = operand(ip);
        let base = sp.sub(n);
        let step = if n == 3 { word(sp.sub(1)) } else { Value::NONE };
        let (start, stop) = (word(base), word(base.add(1)));
        let v = attempt!(vm, ip, sp, fp, vm.new_slice(start, stop, step));
        *base = Some(v);
        go!(vm, next, base.add(1), fp)
    }
}
