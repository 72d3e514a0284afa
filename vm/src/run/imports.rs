//! Imports.

use core::ptr::NonNull;

use super::*;
use crate::qstr::Qstr;

/// The import under way, or the frame of a body that has to run first.
#[inline(never)]
unsafe fn import_here(
    vm: &mut Vm<'_>,
    sp: *mut Slot,
    fp: *mut Frame,
    name: Qstr,
) -> Res<Option<NonNull<Frame>>> {
    // SAFETY: invariant 2; two words lie below `sp`.
    unsafe {
        let (level, from) = (word(sp.sub(2)), word(sp.sub(1)));
        if let Some(import) = vm.import_hook() {
            let args = [Value::qstr(name), fp_globals(fp), Value::NONE, from, level];
            *sp.sub(2) = Some(vm.call(import, &args)?);
            return Ok(None);
        }
        match vm.import_step(name, level, from, fp_globals(fp))? {
            crate::import::Step::Done(module) => {
                *sp.sub(2) = Some(module);
                Ok(None)
            }
            crate::import::Step::Run(frame) => Ok(NonNull::new(frame)),
        }
    }
}

pub(super) unsafe fn import_name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = far_name(ip, fp);
        let mark = vm.mark();
        match attempt!(vm, ip, sp, fp, import_here(vm, sp, fp, name)) {
            None => go!(vm, next, sp.sub(1), fp),
            Some(frame) => {
                // The module's body runs, then this instruction again.
                let frame = settle(vm, frame.as_ptr(), mark);
                enter(vm, frame);
                go!(vm, (*frame).ip, (*frame).sp, frame)
            }
        }
    }
}

/// A name of a module. Out of line: what it has of locals would keep the handler from leaving by a jump.
#[inline(never)]
fn name_from(vm: &mut Vm<'_>, module: Value, name: Qstr) -> Res {
    vm.import_from(module, name)
}

/// All names of a module, out of line likewise.
#[inline(never)]
fn all_from(vm: &mut Vm<'_>, module: Value, into: Value) -> Res<()> {
    vm.import_star(module, into)
}

unsafe fn fp_globals(fp: *mut Frame) -> Value {
    // SAFETY: invariant 3.
    unsafe { code(fp).globals }
}

pub(super) unsafe fn import_from(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (name, next) = far_name(ip, fp);
        let v = attempt!(vm, ip, sp, fp, name_from(vm, word(sp.sub(1)), name));
        *sp = Some(v);
        go!(vm, next, sp.add(1), fp)
    }
}

pub(super) unsafe fn import_star(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let into = (*fp).names.unwrap_or(code(fp).globals);
        attempt!(vm, ip, sp, fp, all_from(vm, word(sp.sub(1)), into));
        go!(vm, ip.add(1), sp.sub(1), fp)
    }
}
