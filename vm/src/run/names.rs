//! Names: locals, shared variables, globals, builtins.

use super::*;
use crate::CACHES;
use crate::heap::Kind;
use crate::native::Item;
use crate::object::function::CellVar;
use crate::qstr::Qstr;
use crate::table::Table;

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
        go!(vm, next, sp.add(1), fp)
    }
}

#[cold]
#[inline(never)]
unsafe fn unbound(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: *mut Frame) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        save!(ip, sp, fp);
        let _ = vm.unbound_local();
        tail!(unwind::unwind, vm, ip, sp, fp)
    }
}

pub(super) unsafe fn load_fast<const I: usize>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe { push_local(vm, ip, sp, fp, I, ip.add(1)) }
}

pub(super) unsafe fn load_fast_n(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        push_local(vm, ip, sp, fp, i, next)
    }
}

pub(super) unsafe fn store_fast<const I: usize>(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        *Frame::local(fp, I) = *sp.sub(1);
        go!(vm, ip.add(1), sp.sub(1), fp)
    }
}

pub(super) unsafe fn store_fast_n(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        *Frame::local(fp, i) = *sp.sub(1);
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn delete_fast(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
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

pub(super) unsafe fn load_deref(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        let v = (*cell_of(vm, fp, i)).value;
        if v.is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        *sp = v;
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn store_deref(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        (*cell_of(vm, fp, i)).value = *sp.sub(1);
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn delete_deref(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (i, next) = operand(ip);
        if (*cell_of(vm, fp, i)).value.take().is_none() {
            tail!(unbound, vm, ip, sp, fp)
        }
        go!(vm, next, sp, fp)
    }
}

impl Vm<'_> {
    /// A name of the firmware's builtins, or one that the program put there.
    pub(crate) fn load_builtin(&mut self, name: Qstr) -> Res {
        if let Some(dict) = self.roots.builtins
            && let Some(v) = self.dict_get_word(dict, Value::qstr(name))
        {
            return Ok(v);
        }
        let owner = crate::builtin::BUILTINS.value();
        if let Some(found) = self.cache.get(owner, name).and_then(Value::from_bits) {
            return Ok(found);
        }
        let found = match crate::builtin::BUILTINS.find(name) {
            Some(item @ Item::Get(_)) => return self.item_value(item, Value::NONE),
            Some(item) => self.item_value(item, Value::NONE)?,
            None => match types::ALL.iter().find(|t| t.name == name) {
                Some(t) => t.value(),
                None => {
                    let text = self.name_text(name);
                    return Err(self.error_fmt(
                        &types::NAME_ERROR,
                        format_args!("name '{text}' isn't defined"),
                    ));
                }
            },
        };
        self.cache.put(owner, name, found.bits());
        Ok(found)
    }
}

/// The globals' table, where the dict has one.
#[inline(always)]
unsafe fn globals_table<'t>(fp: *mut Frame) -> Option<&'t mut Table> {
    // SAFETY: invariant 3; a module's globals are a dict, whose second traced word is its table.
    unsafe {
        let dict = code(fp).globals;
        crate::object::dict::table_ptr(dict).map(|t| &mut *t)
    }
}

pub(super) unsafe fn load_global(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2; a hint is only believed when the entry has the key.
    unsafe {
        let (i, next) = operand(ip);
        let key = Value::qstr(code(fp).qstr(i));
        if let Some(table) = globals_table(fp) {
            let hint = code(fp).global_hint(i);
            if CACHES
                && let Some(entry) = table.entries().get(*hint as usize)
                && entry.key == Some(key)
            {
                *sp = entry.value;
                go!(vm, next, sp.add(1), fp)
            }
            if let Some(at) = table.find_word(key) {
                *hint = at as u8;
                *sp = table.entries()[at as usize].value;
                go!(vm, next, sp.add(1), fp)
            }
        }
        let v = attempt!(vm, ip, sp, fp, vm.load_builtin(code(fp).qstr(i)));
        *sp = Some(v);
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn load_name(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        if let Some(names) = (*fp).names
            && let Some(v) = vm.dict_get_word(names, Value::qstr(name))
        {
            *sp = Some(v);
            go!(vm, next, sp.add(1), fp)
        }
        load_global(vm, ip, sp, fp)
    }
}

unsafe fn store_in(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    dict: Value,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        attempt!(
            vm,
            ip,
            sp,
            fp,
            vm.dict_set(dict, Value::qstr(name), word(sp.sub(1)))
        );
        go!(vm, next, sp.sub(1), fp)
    }
}

pub(super) unsafe fn store_name(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let dict = (*fp).names.unwrap_or(code(fp).globals);
        store_in(vm, ip, sp, fp, dict)
    }
}

pub(super) unsafe fn store_global(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let dict = code(fp).globals;
        store_in(vm, ip, sp, fp, dict)
    }
}

unsafe fn delete_in(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    dict: Value,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let (name, next) = named!(ip, fp);
        attempt!(vm, ip, sp, fp, {
            match vm.dict_remove(dict, Value::qstr(name)) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => {
                    let text = vm.name_text(name);
                    Err(vm.error_fmt(
                        &types::NAME_ERROR,
                        format_args!("name '{text}' isn't defined"),
                    ))
                }
                Err(e) => Err(e),
            }
        });
        go!(vm, next, sp, fp)
    }
}

pub(super) unsafe fn delete_name(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let dict = (*fp).names.unwrap_or(code(fp).globals);
        delete_in(vm, ip, sp, fp, dict)
    }
}

pub(super) unsafe fn delete_global(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let dict = code(fp).globals;
        delete_in(vm, ip, sp, fp, dict)
    }
}
