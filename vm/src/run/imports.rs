//! Imports.

use core::ptr::NonNull;

use super::work::task;
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

/// A name of a module.
#[inline(never)]
unsafe fn name_from(vm: &mut Vm<'_>, i: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe { vm.import_from(word(sp.sub(1)), code(fp).qstr(i)) }
}

/// All names of a module.
#[inline(never)]
unsafe fn all_from(vm: &mut Vm<'_>, _: usize, sp: *mut Slot, fp: *mut Frame) -> Res {
    // SAFETY: invariant 2.
    unsafe {
        let into = (*fp).names.unwrap_or(code(fp).globals);
        vm.import_star(word(sp.sub(1)), into)?;
    }
    Ok(Value::NONE)
}

unsafe fn fp_globals(fp: *mut Frame) -> Value {
    // SAFETY: invariant 3.
    unsafe { code(fp).globals }
}

task!(import_from, name_from, 0, 1, true);
task!(import_star, all_from, 1, 0, false);
