//! Constants, the operand stack, building and taking apart containers.

use super::work::{OPERAND, task};
use super::*;
use crate::heap::{Header, Kind, kind::data};
use crate::message::Part;
use crate::object::list::List;
use mpy_format::opcode::Opcode;

macro_rules! constant {
    ($($name:ident = $value:expr;)*) => {
        $(pub(super) unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2.
            unsafe {
 let fp = fp.of(vm);
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
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *sp = Some(Value::small(N as isize - 16));
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

/// The same for each of them, where bytes count.
pub(super) unsafe fn load_small_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *sp = Some(Value::small(*ip as isize - 0x80));
        go_quick!(vm, ip.add(1), sp.add(1), fp)
    }
}

pub(super) unsafe fn load_const_small_int(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
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
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        *sp = Some(Value::qstr(code(fp).qstr(i)));
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn load_const_obj(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if cfg!(romfs_vm_small) {
            tail!(load_const_obj_slow, vm, ip, sp, fp)
        }
        let (i, next) = short_operand!(vm, ip, sp, fp, load_const_obj_slow);
        if let Some(v) = code(fp).constant_made(i) {
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_const_obj_slow, vm, ip, sp, fp)
    }
}

#[cfg_attr(not(romfs_vm_small), inline(never))]
unsafe fn load_const_obj_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        if let Some(v) = code(fp).constant_made(i) {
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(make_const_obj, vm, ip, sp, fp)
    }
}

task!(make_const_obj, constant, 0, 1, true);

/// A constant that is asked for the first time.
#[inline(never)]
unsafe fn constant(vm: &mut Vm<'_>, i: usize, _: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    let module = unsafe { (*(*fp).fun.ptr::<crate::object::function::Function>()).code };
    vm.load_constant(module, i)
}

pub(super) unsafe fn dup_top(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *sp = *sp.sub(1);
        go!(vm, ip.add(1), sp.add(1), fp)
    }
}

pub(super) unsafe fn dup_top_two(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *sp = *sp.sub(2);
        *sp.add(1) = *sp.sub(1);
        go!(vm, ip.add(1), sp.add(2), fp)
    }
}

pub(super) unsafe fn pop_top(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        go_quick!(vm, ip.add(1), sp.sub(1), fp)
    }
}

pub(super) unsafe fn rot_two(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        // Not `swap`: checked builds give it a local variable, and a handler that has one does not leave by a jump.
        let top = *sp.sub(1);
        *sp.sub(1) = *sp.sub(2);
        *sp.sub(2) = top;
        go!(vm, ip.add(1), sp, fp)
    }
}

pub(super) unsafe fn rot_three(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let top = *sp.sub(1);
        *sp.sub(1) = *sp.sub(2);
        *sp.sub(2) = *sp.sub(3);
        *sp.sub(3) = top;
        go!(vm, ip.add(1), sp, fp)
    }
}

macro_rules! build {
    ($name:ident, |$vm:ident, $items:ident| $ready:expr) => {
        pub(super) unsafe fn $name($vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2; the items are values, and cells never move while they are copied.
            unsafe {
                let fp = fp.of($vm);
                let (n, next) = short_operand!($vm, ip, sp, fp, build_any);
                let base = sp.sub(n);
                let $items = core::slice::from_raw_parts(base as *const Value, n);
                if let Some(v) = $ready {
                    *base = Some(v);
                    go!($vm, next, base.add(1), fp)
                }
                tail!(build_any, $vm, ip, sp, fp)
            }
        }
    };
}

build!(build_tuple, |vm, items| vm.ready_tuple(items));
build!(build_list, |vm, items| vm.ready_list(items));

const BUILD_TUPLE: u8 = Opcode::BuildTuple as u8;
const BUILD_LIST: u8 = Opcode::BuildList as u8;

task!(build_any, built, OPERAND, 1, true);

/// A tuple, list or set, as the opcode tells.
#[inline(never)]
unsafe fn built(vm: &mut Vm<'_>, n: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2; the items are values, and cells never move while they are copied.
    let (items, opcode) = unsafe {
        let items = core::slice::from_raw_parts(sp.sub(n) as *const Value, n);
        (items, *(*fp).ip)
    };
    match opcode {
        BUILD_TUPLE => vm.new_tuple(items),
        BUILD_LIST => vm.new_list(items),
        _ => vm.set_of(items),
    }
}

impl Vm<'_> {
    fn set_of(&mut self, items: &[Value]) -> Res {
        let set = self.new_set()?;
        for &v in items {
            self.set_add(set, v)?;
        }
        Ok(set)
    }
}

task!(build_map, empty_map, 0, 1, true);
task!(store_map, put, 2, 0, false);

#[inline(never)]
unsafe fn empty_map(vm: &mut Vm<'_>, _: usize, _: *mut Slot, _: *mut Frame) -> Res {
    vm.new_dict()
}

/// Puts a value under its key.
#[inline(never)]
unsafe fn put(vm: &mut Vm<'_>, _: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2; that the collection is a dict is looked at here.
    unsafe {
        let dict = word(sp.sub(3));
        if !vm.is(dict, Kind::Dict) {
            return Err(vm.type_error(msg!("not a dict")));
        }
        vm.dict_set(dict, word(sp.sub(1)), word(sp.sub(2)))?;
    }
    Ok(Value::NONE)
}

pub(super) unsafe fn store_comp(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; what the collection is is looked at here.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = far_operand(ip);
        let into = word(sp.sub(1 + (n >> 2)));
        let (a, b) = (
            word(sp.sub(1)),
            word(sp.sub(if n & 3 == 1 { 2 } else { 1 })),
        );
        attempt!(vm, ip, sp, fp, {
            match (n & 3, vm.cell_kind(into)) {
                (0, Some(Kind::List)) => vm.list_push(into, a),
                (1, Some(Kind::Dict)) => vm.dict_set(into, a, b),
                (2, Some(Kind::Set)) => vm.set_add(into, a),
                _ => Err(vm.type_error(msg!("not a collection"))),
            }
        });
        go!(vm, next, sp.sub(if n & 3 == 1 { 2 } else { 1 }), fp)
    }
}

pub(super) unsafe fn unpack_sequence(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2; the verifier made room for `n` values.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = short_operand!(vm, ip, sp, fp, unpack_slow);
        let v = word(sp.sub(1));
        if !cfg!(romfs_vm_small)
            && let Some(items) = few_items(vm, v, n)
        {
            let to = sp.sub(1);
            if n == 3 {
                (*to, *to.add(1), *to.add(2)) = (*items.add(2), *items.add(1), *items);
            } else {
                (*to, *to.add(1)) = (*items.add(1), *items);
            }
            go!(vm, next, to.add(n), fp)
        }
        tail!(unpack_slow, vm, ip, sp, fp)
    }
}

/// The items of a tuple or a list that has `n`, where those are two or three.
#[inline(always)]
unsafe fn few_items(vm: &Vm<'_>, v: Value, n: usize) -> Option<*const Slot> {
    // SAFETY: invariant 3; as there.
    let (items, len) = unsafe { items_of(vm, v)? };
    (len == n && (n == 2 || n == 3)).then_some(items)
}

/// The items of a tuple, or of a list that has ever had any, and how many they are.
#[inline(always)]
pub(super) unsafe fn items_of(vm: &Vm<'_>, v: Value) -> Option<(*const Slot, usize)> {
    // SAFETY: invariant 3; kinds are looked at.
    unsafe {
        let items = if vm.is(v, Kind::Tuple) {
            data(v)
        } else if vm.is(v, Kind::List) {
            data((*v.ptr::<List>()).items?)
        } else {
            return None;
        };
        Some((items as *const Slot, (*v.ptr::<Header>()).len as usize))
    }
}

task!(unpack_slow, unpacked, 1, OPERAND, true);

/// The last of `n` items, the others behind it.
#[inline(never)]
unsafe fn unpacked(vm: &mut Vm<'_>, n: usize, sp: *mut Slot, _: *mut Frame) -> Res {
    // SAFETY: invariant 2; the verifier made room for `n` values.
    unsafe {
        let list = vm.unpackable(word(sp.sub(1)), n, n)?;
        for i in 1..n {
            *sp.sub(1).add(i) = Some(vm.sequence_item(list, n - 1 - i));
        }
        Ok(vm.sequence_item(list, n.saturating_sub(1)))
    }
}

/// `a, *b, c = v`: the operand has how many come before the star and after it.
pub(super) unsafe fn unpack_ex(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; the verifier made room.
    unsafe {
        let fp = fp.of(vm);
        let (n, next) = far_operand(ip);
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
            return Err(self.error_with(
                &types::VALUE_ERROR,
                msg!("need more than % values to unpack"),
                &[Part::count(n)],
            ));
        }
        if n > max {
            return Err(self.error_with(
                &types::VALUE_ERROR,
                msg!("too many values to unpack (expected %)"),
                &[Part::count(max)],
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

pub(super) unsafe fn unknown(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2: the verifier lets no such opcode pass; this is what a mistake of its would come to.
    unsafe {
        let fp = fp.of(vm);
        save!(vm, ip, sp, fp);
        let _ = vm.error(&types::NOT_IMPLEMENTED_ERROR, msg!("opcode"));
        unwind::unwind(vm)
    }
}
