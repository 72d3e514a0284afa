//! Jumps, loops, handlers, returns.

use super::*;
use crate::frame::Handler as ExceptionHandler;
use crate::object::generator::{Generator, state};

/// A backward jump at which the interpreter looks up. `sp` is as it is behind the jump.
#[cold]
#[inline(never)]
pub(super) unsafe fn look_and_jump(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (by, from) = either_way(ip);
        save!(vm, ip, sp, fp);
        look_and_go(vm, sp, fp, from.offset(by))
    }
}

/// Looks up, then goes to `target`, now or when the program is resumed.
unsafe fn look_and_go(vm: &mut Vm<'_>, sp: *mut Slot, fp: *mut Frame, target: *const u8) -> Next {
    // SAFETY: invariant 2; the registers are saved.
    unsafe {
        #[cfg(feature = "gc-stress")]
        vm.collect();
        let mark = vm.mark();
        let looked = vm.look_up(true);
        vm.release(mark);
        match looked {
            Ok(false) => go!(vm, target, sp, fp),
            Ok(true) => {
                save!(vm, target, sp, fp);
                leave!(Exit::Yielded)
            }
            Err(_) => unwind::unwind(vm),
        }
    }
}

/// The first instruction of a frame at whose call the interpreter looks up.
#[cold]
#[inline(never)]
pub(super) unsafe fn look_and_enter(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        save!(vm, ip, sp, fp);
        look_and_go(vm, sp, fp, ip)
    }
}

pub(super) unsafe fn jump(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (by, from) = either_way(ip);
        jump!(vm, ip, from, by, sp, fp)
    }
}

/// The truth of what most conditions are; `None` where more has to be looked at.
#[inline(always)]
fn quick_truth(v: Value) -> Option<bool> {
    match v {
        Value::TRUE => Some(true),
        Value::FALSE | Value::NONE => Some(false),
        _ if v.is_small() => Some(v != Value::small(0)),
        _ => None,
    }
}

macro_rules! conditional {
    ($name:ident, $slow:ident, $wanted:expr) => {
        pub(super) unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2.
            unsafe {
                let fp = fp.of(vm);
                let Some(truth) = quick_truth(word(sp.sub(1))) else {
                    tail!($slow, vm, ip, sp, fp)
                };
                let (by, from) = either_way(ip);
                let sp = sp.sub(1);
                if truth == $wanted(*ip) {
                    jump!(vm, ip, from, by, sp, fp)
                } else {
                    go!(vm, from, sp, fp)
                }
            }
        }

        #[inline(never)]
        unsafe fn $slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2.
            unsafe {
                let fp = fp.of(vm);
                let truth = attempt!(vm, ip, sp, fp, vm.truth(word(sp.sub(1))));
                if cfg!(romfs_vm_small) {
                    // Nobody needs the value any more, and its truth takes the quick way.
                    *sp.sub(1) = Some(Value::bool(truth));
                    tail!($name, vm, ip, sp, fp)
                }
                let (by, from) = either_way(ip);
                let sp = sp.sub(1);
                if truth == $wanted(*ip) {
                    jump!(vm, ip, from, by, sp, fp)
                } else {
                    go!(vm, from, sp, fp)
                }
            }
        }
    };
}

conditional!(pop_jump_if_true, pop_jump_if_true_slow, |_| true);
conditional!(pop_jump_if_false, pop_jump_if_false_slow, |_| false);
// Either, where bytes count.
conditional!(pop_jump_if, pop_jump_if_slow, |op| op & 1 != 0);

macro_rules! jump_or_pop {
    ($name:ident, $slow:ident, $wanted:expr) => {
        pub(super) unsafe fn $name(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2.
            unsafe {
                let fp = fp.of(vm);
                let Some(truth) = quick_truth(word(sp.sub(1))) else {
                    tail!($slow, vm, ip, sp, fp)
                };
                let (by, from) = forward(ip);
                if truth == $wanted(*ip) {
                    go!(vm, from.offset(by), sp, fp)
                } else {
                    go!(vm, from, sp.sub(1), fp)
                }
            }
        }

        #[inline(never)]
        unsafe fn $slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
            // SAFETY: invariant 2.
            unsafe {
                let fp = fp.of(vm);
                let truth = attempt!(vm, ip, sp, fp, vm.truth(word(sp.sub(1))));
                let (by, from) = far_forward(ip);
                if truth == $wanted(*ip) {
                    go!(vm, from.offset(by), sp, fp)
                } else {
                    go!(vm, from, sp.sub(1), fp)
                }
            }
        }
    };
}

jump_or_pop!(jump_if_true_or_pop, jump_if_true_or_pop_slow, |_| true);
jump_or_pop!(jump_if_false_or_pop, jump_if_false_or_pop_slow, |_| false);
jump_or_pop!(jump_if_or_pop, jump_if_or_pop_slow, |op| op & 1 != 0);

/// Pushes an exception handler whose entry lies `forward` of here.
unsafe fn push_handler(ip: *const u8, sp: *mut Slot, fp: *mut Frame, finally: bool) -> *const u8 {
    // SAFETY: invariant 2; the verifier proved that the frame has room for the handler.
    unsafe {
        let (by, from) = far_forward(ip);
        let n = (*fp).handlers as usize;
        let sp = sp.expose_provenance() | finally as usize;
        *Frame::handler(fp, n) = ExceptionHandler {
            target: from.offset(by),
            sp,
            exception: None,
        };
        (*fp).handlers += 1;
        from
    }
}

pub(super) unsafe fn setup_except(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let from = push_handler(ip, sp, fp, false);
        go!(vm, from, sp, fp)
    }
}

pub(super) unsafe fn setup_finally(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let from = push_handler(ip, sp, fp, true);
        go!(vm, from, sp, fp)
    }
}

/// Puts a manager's `__exit__` and its receiver at `at`; gives what `__enter__` gave.
#[inline(never)]
unsafe fn enter_manager(vm: &mut Vm<'_>, at: *mut Slot) -> Res {
    // SAFETY: invariant 2; `at` holds the manager, and the operand stack has room for one word more.
    unsafe {
        let manager = word(at);
        vm.root(manager)?;
        let (exit, this) = vm.load_method_for_call(manager, crate::q!("__exit__"))?;
        (*at, *at.add(1)) = (Some(exit), this);
        if let Some(this) = this {
            vm.root(this)?;
        }
        vm.root(exit)?;
        let (enter, this) = vm.load_method_for_call(manager, crate::q!("__enter__"))?;
        vm.call_parts(enter, this, &[])
    }
}

/// `with`: the manager becomes its `__exit__` and itself, then what `__enter__` gave.
pub(super) unsafe fn setup_with(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2; the verifier made room.
    unsafe {
        let fp = fp.of(vm);
        let value = attempt!(vm, ip, sp, fp, enter_manager(vm, sp.sub(1)));
        let sp = sp.add(1);
        let from = push_handler(ip, sp, fp, true);
        *sp = Some(value);
        go!(vm, from, sp.add(1), fp)
    }
}

/// Calls the `__exit__` that lies at `at` (with its receiver, if any, behind it) for an exception or for none.
#[inline(never)]
unsafe fn call_exit(vm: &mut Vm<'_>, at: *mut Slot, exception: Slot) -> Res {
    // SAFETY: invariant 2; the verifier proved that these words are those of `setup_with`.
    unsafe {
        let f = word(at);
        let (class, e) = match exception {
            Some(e) => (vm.type_of(e), e),
            None => (Value::NONE, Value::NONE),
        };
        vm.call_parts(f, *at.add(1), &[class, e, Value::NONE])
    }
}

pub(super) unsafe fn with_cleanup(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        const NONE: Value = Value::NONE;
        let top = word(sp.sub(1));
        if top == NONE {
            attempt!(vm, ip, sp, fp, call_exit(vm, sp.sub(3), None));
            *sp.sub(3) = Some(NONE);
            go!(vm, ip.add(1), sp.sub(2), fp)
        }
        if top.is_small() {
            attempt!(vm, ip, sp, fp, call_exit(vm, sp.sub(4), None));
            *sp.sub(4) = *sp.sub(2);
            *sp.sub(3) = Some(top);
            go!(vm, ip.add(1), sp.sub(2), fp)
        }
        let answer = attempt!(vm, ip, sp, fp, call_exit(vm, sp.sub(3), Some(top)));
        let handled = attempt!(vm, ip, sp, fp, vm.truth(answer));
        *sp.sub(3) = Some(if handled { NONE } else { top });
        go!(vm, ip.add(1), sp.sub(2), fp)
    }
}

/// Removes the cause of a `finally` that is being run and is left by a return or a jump.
unsafe fn cancel_finally(sp: *mut Slot) -> *mut Slot {
    // SAFETY: invariant 2; the words under the top are those that entering the handler left.
    unsafe {
        if matches!(*sp.sub(2), Some(v) if v.is_small()) {
            *sp.sub(3) = *sp.sub(1);
            sp.sub(2)
        } else {
            *sp.sub(2) = *sp.sub(1);
            sp.sub(1)
        }
    }
}

/// Leaves `levels & 0x7f` handlers on the way to `target`; runs each `finally` among them.
#[cfg_attr(romfs_vm_tail, inline(always))]
unsafe fn unwind_jump_on(
    vm: &mut Vm<'_>,
    ip: *const u8,
    mut sp: *mut Slot,
    fp: *mut Frame,
    target: *const u8,
    mut levels: u8,
) -> Next {
    // SAFETY: invariant 2; the verifier proved that so many handlers are active.
    unsafe {
        while levels & 0x7f > 0 {
            levels -= 1;
            let handler = *Frame::handler(fp, (*fp).handlers as usize - 1);
            if handler.sp & 1 != 0 {
                if handler.target > ip {
                    // The target as an offset from the code's start: an ordinary value.
                    let offset = target.offset_from(code(fp).base);
                    *sp = Some(Value::small(offset));
                    *sp.add(1) = Some(Value::small(levels as isize));
                    go!(vm, handler.target, sp.add(2), fp)
                }
                // The word on top stands for the target.
                *sp = None;
                sp = cancel_finally(sp.add(1)).sub(1);
            }
            (*fp).handlers -= 1;
        }
        if levels != 0 {
            sp = sp.sub(loops::ITER_SLOTS);
        }
        if target <= ip && vm.budget.step() {
            save!(vm, ip, sp, fp);
            return look_and_go(vm, sp, fp, target);
        }
        go!(vm, target, sp, fp)
    }
}

pub(super) unsafe fn unwind_jump(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let (by, from) = either_way(ip);
        unwind_jump_on(vm, ip, sp, fp, from.offset(by), *from)
    }
}

pub(super) unsafe fn pop_except_jump(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        (*fp).handlers -= 1;
        let (by, from) = far_forward(ip);
        go!(vm, from.offset(by), sp, fp)
    }
}

pub(super) unsafe fn end_finally(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        (*fp).handlers -= 1;
        let cause = word(sp.sub(1));
        if cause == Value::NONE {
            go!(vm, ip.add(1), sp.sub(1), fp)
        }
        if let Some(n) = cause.as_small() {
            if n < 0 {
                tail!(return_value, vm, ip, sp.sub(1), fp)
            }
            let target = code(fp).base.offset(word(sp.sub(2)).small_unchecked());
            return unwind_jump_on(vm, ip, sp.sub(2), fp, target, n as u8);
        }
        save!(vm, ip, sp, fp);
        vm.raised = Some(cause);
        unwind::unwind_again(vm)
    }
}

pub(super) unsafe fn return_value(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        if (*fp).handlers != 0 {
            tail!(return_through_handlers, vm, ip, sp, fp)
        }
        if (*fp).ret == Return::Push {
            let caller = (*fp).prev;
            if !cfg!(romfs_vm_small) {
                let Some(next) = calls::after_short_call((*caller).ip) else {
                    tail!(return_to_long_call, vm, ip, sp, fp)
                };
                return return_to(vm, *sp.sub(1), fp, next);
            }
            return return_to(vm, *sp.sub(1), fp, calls::after_call((*caller).ip, caller));
        }
        vm.result = Some(word(sp.sub(1)));
        tail!(return_elsewhere, vm, ip, sp, fp)
    }
}

/// The caller gets the value and goes on at `next`.
#[inline(always)]
unsafe fn return_to(vm: &mut Vm<'_>, value: Slot, fp: *mut Frame, next: *const u8) -> Next {
    // SAFETY: invariant 2; a called frame has a caller, whose registers are saved.
    unsafe {
        // A generator's frame never has this: whoever resumes it says what becomes of its value.
        debug_assert!((*fp).owner.is_none());
        vm.top = Frame::state(fp);
        let caller = (*fp).prev;
        vm.frame = caller;
        let sp = (*caller).sp;
        *sp = value;
        go_quick!(vm, next, sp.add(1), caller)
    }
}

#[inline(never)]
unsafe fn return_to_long_call(vm: &mut Vm<'_>, _ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let caller = (*fp).prev;
        return_to(vm, *sp.sub(1), fp, calls::after_call((*caller).ip, caller))
    }
}

#[cold]
#[inline(never)]
unsafe fn return_through_handlers(
    vm: &mut Vm<'_>,
    ip: *const u8,
    mut sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        while (*fp).handlers > 0 {
            let handler = *Frame::handler(fp, (*fp).handlers as usize - 1);
            if handler.sp & 1 != 0 {
                if handler.target > ip {
                    let base: *mut Slot = core::ptr::with_exposed_provenance_mut(handler.sp & !1);
                    *base = *sp.sub(1);
                    *base.add(1) = Some(Value::small(-1));
                    go!(vm, handler.target, base.add(2), fp)
                }
                sp = cancel_finally(sp);
            }
            (*fp).handlers -= 1;
        }
        tail!(return_value, vm, ip, sp, fp)
    }
}

/// Returns that do not simply push: the value is in `vm.result`.
#[cold]
#[inline(never)]
unsafe fn return_elsewhere(vm: &mut Vm<'_>, _ip: *const u8, _sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let caller = (*fp).prev;
        if vm.is_observed() {
            vm.tell_return((*fp).owner);
        }
        match (*fp).owner {
            Some(g) => (*g.ptr::<Generator>()).set_state(state::DONE),
            None => vm.top = Frame::state(fp),
        }
        vm.frame = caller;
        let ret = (*fp).ret;
        let names = (*fp).names;
        if ret == Return::Native {
            leave!(Exit::Done)
        }
        let value = vm.result.take().unwrap_or(Value::NONE);
        let (ip, sp) = ((*caller).ip, (*caller).sp);
        match ret {
            Return::Again => {
                vm.hashed_trim((*(*fp).code).globals);
                go!(vm, ip, sp, caller)
            }
            Return::ForIter => {
                let (by, from) = far_forward(ip);
                go!(vm, from.offset(by), sp.sub(loops::ITER_SLOTS), caller)
            }
            Return::YieldFrom => generators::yield_from_done(vm, ip, sp, caller, value),
            Return::Class => {
                let class = attempt!(
                    vm,
                    ip,
                    sp,
                    caller,
                    make::finish_class(vm, sp, ip, names, value)
                );
                let base = make::class_base(ip, sp);
                *base = Some(class);
                go!(vm, after(ip, caller), base.add(1), caller)
            }
            Return::Init => {
                if value != Value::NONE {
                    let _ = vm.init_returned(value);
                    return unwind::unwind(vm);
                }
                // The instance lies below `sp` since the call.
                go!(vm, calls::after_call(ip, caller), sp, caller)
            }
            Return::Bool | Return::Not => {
                let truth = attempt!(vm, ip, sp, caller, vm.truth(value));
                *sp = Some(Value::bool(truth != (ret == Return::Not)));
                go!(vm, after(ip, caller), sp.add(1), caller)
            }
            Return::Push | Return::PushSeen | Return::Native => {
                *sp = Some(value);
                go!(vm, after(ip, caller), sp.add(1), caller)
            }
        }
    }
}
