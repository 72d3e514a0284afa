//! What an exception does to the frames: the nearest handler, or the caller.

use super::*;
use crate::object::generator::{Generator, state};

/// Finds who handles the exception in `vm.raised`, which the running frame's instruction raised. Its registers are saved.
///
/// # Safety
/// A frame runs.
#[cold]
#[inline(never)]
pub(super) unsafe fn unwind(vm: &mut Vm<'_>) -> Next {
    // SAFETY: invariant 2; the registers are saved in the frame.
    unsafe {
        if let Some(e) = vm.raised {
            vm.trace_frame(e, vm.frame);
        }
        unwind_again(vm)
    }
}

/// The same for an exception that is raised again: its traceback has this place already.
///
/// # Safety
/// As for [`unwind`].
#[cold]
#[inline(never)]
pub(super) unsafe fn unwind_again(vm: &mut Vm<'_>) -> Next {
    // SAFETY: invariants 2 and 3; handlers and frames are those that the interpreter made.
    unsafe {
        let mut fp = vm.frame;
        let mut ip = (*fp).ip;
        loop {
            while (*fp).handlers > 0 {
                let handler = Frame::handler(fp, (*fp).handlers as usize - 1);
                if (*handler).target <= ip {
                    // This handler is running: the exception is raised inside it.
                    (*fp).handlers -= 1;
                    continue;
                }
                let exception = vm.raised.take().unwrap_or(Value::NONE);
                (*handler).exception = Some(exception);
                let sp: *mut Slot = core::ptr::with_exposed_provenance_mut((*handler).sp & !1);
                *sp = Some(exception);
                go!(vm, (*handler).target, sp.add(1), fp)
            }
            let caller = (*fp).prev;
            if vm.is_observed() {
                vm.tell_return((*fp).owner);
            }
            match (*fp).owner {
                Some(g) => {
                    (*g.ptr::<Generator>()).set_state(state::DONE);
                    generators::stop_to_runtime_error(vm);
                }
                None => vm.top = Frame::state(fp),
            }
            vm.frame = caller;
            if (*fp).ret == Return::Again {
                vm.forget_body(code(fp).globals);
            }
            if (*fp).ret == Return::Native {
                leave!(Exit::Raised)
            }
            fp = caller;
            ip = (*fp).ip;
            if let Some(e) = vm.raised {
                vm.trace_frame(e, fp);
            }
        }
    }
}

/// `raise` alone: the exception that the innermost handler is handling.
pub(super) unsafe fn raise_last(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        for i in (0..(*fp).handlers as usize).rev() {
            if let Some(e) = (*Frame::handler(fp, i)).exception {
                save!(vm, ip, sp, fp);
                vm.raised = Some(e);
                return unwind_again(vm);
            }
        }
        save!(vm, ip, sp, fp);
        let _ = vm.error(
            &types::RUNTIME_ERROR,
            msg!("no active exception to reraise"),
        );
        unwind(vm)
    }
}

pub(super) unsafe fn raise_obj(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let e = attempt!(vm, ip, sp, fp, vm.raisable(word(sp.sub(1))));
        vm.raised = Some(e);
        unwind(vm)
    }
}

/// `raise a from b`: chaining is not kept, as in MicroPython.
pub(super) unsafe fn raise_from(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        tail!(raise_obj, vm, ip, sp.sub(1), fp)
    }
}
