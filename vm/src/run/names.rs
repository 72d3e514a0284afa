//! Names: locals, shared variables, globals, builtins.

use super::work::task;
use super::*;
use crate::heap::{Header, Kind};
use crate::message::Part;
use crate::object::function::CellVar;
use crate::object::hashed::{OF_CLASS, READ_ONLY, SEEN_THROUGH};
use crate::qstr::Qstr;
use crate::table::Entry;
use mpy_format::opcode::Opcode;

#[inline(always)]
pub(super) unsafe fn push_local(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    i: usize,
    next: *const u8,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let v = *Frame::local(fp, i);
        if v.is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        *sp = v;
        go_quick!(vm, next, sp.add(1), fp)
    }
}

#[cold]
#[inline(never)]
unsafe fn unbound(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        save!(vm, ip, sp, fp);
        let _ = vm.unbound_local();
        unwind::unwind(vm)
    }
}

pub(super) unsafe fn load_fast<const I: usize>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        push_local(vm, ip, sp, fp, I, ip.add(1))
    }
}

/// The same for each of them, where bytes count.
pub(super) unsafe fn load_fast_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        push_local(vm, ip, sp, fp, (*ip & 15) as usize, ip.add(1))
    }
}

/// As [`load_fast_any`].
pub(super) unsafe fn store_fast_any(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *Frame::local(fp, (*ip & 15) as usize) = *sp.sub(1);
        go_quick!(vm, ip.add(1), sp.sub(1), fp)
    }
}

pub(super) unsafe fn load_fast_n(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        push_local(vm, ip, sp, fp, i, next)
    }
}

pub(super) unsafe fn store_fast<const I: usize>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        *Frame::local(fp, I) = *sp.sub(1);
        go!(vm, ip.add(1), sp.sub(1), fp)
    }
}

pub(super) unsafe fn store_fast_n(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        *Frame::local(fp, i) = *sp.sub(1);
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn delete_fast(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        if (*Frame::local(fp, i)).take().is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        go!(vm, next, sp, fp)
    }
}

/// The box in a local: a cell by the verifier's proof.
unsafe fn cell_of(vm: &mut Vm<'_>, fp: *mut Frame, i: usize) -> *mut CellVar {
    // SAFETY: invariant 2.
    unsafe {
        let v = word(Frame::local(fp, i));
        debug_assert!(vm.is(v, Kind::CellVar));
        v.ptr()
    }
}

pub(super) unsafe fn load_deref(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        let v = (*cell_of(vm, fp, i)).value;
        if v.is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        *sp = v;
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn store_deref(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        (*cell_of(vm, fp, i)).value = *sp.sub(1);
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn delete_deref(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        if (*cell_of(vm, fp, i)).value.take().is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        go!(vm, next, sp, fp)
    }
}

impl Vm<'_> {
    /// A name of the firmware's builtins, or one that the program put there, which `globals` do not have.
    #[inline(never)]
    fn load_builtin(&mut self, globals: Value, name: Qstr) -> Res {
        if let Some(own) = self.own_builtin(name) {
            return Ok(own);
        }
        let Some(found) = self.fixed_builtin(name)? else {
            return Err(self.no_such_name(name));
        };
        // From now on a name that is new in these globals tells the cache.
        self.header_mut(globals).flags |= SEEN_THROUGH;
        self.cache.put(globals, name, found.bits());
        Ok(found)
    }

    #[cold]
    fn no_such_name(&mut self, name: Qstr) -> Raised {
        if !cfg!(feature = "messages") {
            return self.error_name(&types::NAME_ERROR, name);
        }
        self.error_with(
            &types::NAME_ERROR,
            msg!("name '%' isn't defined"),
            &[Part::Name(name)],
        )
    }
}

/// The entry of a global, by the hint of its name.
#[inline(always)]
unsafe fn hinted(fp: *mut Frame, i: usize) -> Option<*mut Entry> {
    // SAFETY: invariants 2 and 3; a module's globals are a dict, and the entry is only believed when it has the key.
    unsafe {
        let code = code(fp);
        let table = crate::object::dict::table_ptr(code.globals)?;
        (*table).hinted(Value::qstr(code.qstr(i)), *code.global_hint(i))
    }
}

pub(super) unsafe fn load_global(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = short_operand!(vm, ip, sp, fp, load_global_wide);
        push_global(vm, ip, sp, fp, i, next)
    }
}

#[inline(never)]
unsafe fn load_global_wide(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        push_global(vm, ip, sp, fp, i, next)
    }
}

#[inline(always)]
unsafe fn push_global(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    i: usize,
    next: *const u8,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        if let Some(entry) = hinted(fp, i) {
            *sp = (*entry).value;
            go!(vm, next, sp.add(1), fp)
        }
        if cfg!(romfs_vm_small) {
            return push_cached_global(vm, ip, sp, fp, i, next);
        }
        tail!(load_cached_global, vm, ip, sp, fp)
    }
}

/// A name that is mostly a builtin.
#[inline(never)]
unsafe fn load_cached_global(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = operand(ip);
        push_cached_global(vm, ip, sp, fp, i, next)
    }
}

#[inline(always)]
unsafe fn push_cached_global(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    i: usize,
    next: *const u8,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        if let Some(found) = vm.cache.get(code(fp).globals, code(fp).qstr(i)) {
            *sp = Value::from_bits(found);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_global_slow, vm, ip, sp, fp)
    }
}

task!(load_global_slow, searched, 0, 1, true);

/// A global that has no hint yet, or a builtin.
#[inline(never)]
unsafe fn searched(vm: &mut Vm<'_>, i: usize, _: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let (globals, name) = (code(fp).globals, code(fp).qstr(i));
        if let Some(table) = crate::object::dict::table_ptr(globals)
            && let Some(at) = (*table).find_word(Value::qstr(name))
        {
            *code(fp).global_hint(i) = at as u8;
            return Ok((*table).value_at(at).unwrap_or(Value::NONE));
        }
        // A hint that fits no entry: the next time only the cache is asked.
        *code(fp).global_hint(i) = u8::MAX;
        vm.load_builtin(globals, name)
    }
}

pub(super) unsafe fn load_name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if (*fp).names.is_none() {
            tail!(load_global, vm, ip, sp, fp)
        }
        tail!(load_name_here, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn load_name_here(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = far_name(ip, fp);
        if let Some(names) = (*fp).names
            && let Some(v) = vm.dict_get_word(names, Value::qstr(name))
        {
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        tail!(load_global, vm, ip, sp, fp)
    }
}

task!(store_slow, stored, 1, 0, true);

/// Stores a name where the code runs, or a global, as the opcode tells.
#[inline(never)]
unsafe fn stored(vm: &mut Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let dict = names_of(fp, Opcode::StoreName);
        let key = Value::qstr(code(fp).qstr(i));
        vm.dict_set(dict, key, word(sp.sub(1)))?;
    }
    Ok(Value::NONE)
}

/// The names that an instruction is about: those of the running code for this opcode, else the globals.
unsafe fn names_of(fp: *mut Frame, local: Opcode) -> Value {
    // SAFETY: invariant 2; the frame's registers are saved.
    unsafe {
        let names = match *(*fp).ip == local as u8 {
            true => (*fp).names,
            false => None,
        };
        names.unwrap_or(code(fp).globals)
    }
}

pub(super) unsafe fn store_name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let Some(names) = (*fp).names else {
            tail!(store_global, vm, ip, sp, fp)
        };
        if !cfg!(romfs_vm_small) {
            let (name, next) = named!(ip, fp);
            if vm.put_among_few(names, name, word(sp.sub(1))) {
                go!(vm, next, sp.sub(1), fp)
            }
        }
        tail!(store_slow, vm, ip, sp, fp)
    }
}

pub(super) unsafe fn store_global(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (i, next) = short_operand!(vm, ip, sp, fp, store_slow);
        let globals = code(fp).globals.ptr::<Header>();
        if let Some(entry) = hinted(fp, i)
            && (*globals).flags & (OF_CLASS | READ_ONLY) == 0
            && (*sp.sub(1)).is_some()
        {
            (*entry).value = *sp.sub(1);
            go!(vm, next, sp.sub(1), fp)
        }
        tail!(store_slow, vm, ip, sp, fp)
    }
}

task!(delete_any, deleted, 0, 0, true);

/// `del` of a name where it runs, or of a global.
#[inline(never)]
unsafe fn deleted(vm: &mut Vm<'_>, i: usize, _: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    let (dict, name) = unsafe { (names_of(fp, Opcode::DeleteName), code(fp).qstr(i)) };
    match vm.dict_remove(dict, Value::qstr(name))? {
        Some(v) => Ok(v),
        None => Err(vm.no_such_name(name)),
    }
}
