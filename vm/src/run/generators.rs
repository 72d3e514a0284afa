//! Generators and coroutines: `yield`, `yield from`, and resuming from a loop or from native code.

use super::*;
use crate::heap::Kind;
use crate::object::generator::{Generator, state};
use mpy_format::opcode::Opcode;

/// Makes a suspended generator the running frame. Its first word of `sp` gets what `send` gave, unless it is new.
///
/// # Safety
/// `g` is a generator that is new or suspended; the caller's registers are saved.
unsafe fn resume(vm: &mut Vm<'_>, g: Value, send: Value, ret: Return) -> *mut Frame {
    // SAFETY: invariant 3; such a generator has a frame.
    unsafe {
        let cell = g.ptr::<Generator>();
        let frame = match Generator::frame(cell) {
            Some(frame) => frame,
            None => unreachable!("the caller looked at the state"),
        };
        if (*cell).state() == state::SUSPENDED {
            *(*frame).sp = Some(send);
            (*frame).sp = (*frame).sp.add(1);
        }
        (*cell).set_state(state::RUNNING);
        (*frame).ret = ret;
        enter(vm, frame);
        frame
    }
}

/// Whether a generator's frame can be made the running one: where it is over, runs already or something waits to be thrown,
/// [`resume_native`] says what becomes of that.
fn can_run(vm: &Vm<'_>, g: Value) -> bool {
    let generator = vm.cell::<Generator>(g);
    generator.pending.is_none() && matches!(generator.state(), state::NEW | state::SUSPENDED)
}

/// The frame of a generator that waits at a `yield` with nothing thrown at it.
#[inline(always)]
unsafe fn waiting(g: Value) -> Option<*mut Frame> {
    // SAFETY: invariant 3; a generator that waits has a frame behind its state.
    unsafe {
        let cell = g.ptr::<Generator>();
        if (*cell).state() != state::SUSPENDED || (*cell).pending.is_some() {
            return None;
        }
        Generator::frame(cell)
    }
}

/// Makes a generator that waits at a `yield` the running frame, where nothing else is to be looked at. What is sent is put
/// where the frame's `sp` is, which the caller moves on.
#[inline(always)]
unsafe fn resume_waiting(
    vm: &mut Vm<'_>,
    g: Value,
    send: Value,
    ret: Return,
) -> Option<*mut Frame> {
    // SAFETY: invariant 3; a generator that waits has room for what is sent.
    unsafe {
        let frame = waiting(g)?;
        *(*frame).sp = Some(send);
        (*g.ptr::<Generator>()).toggle();
        (*frame).ret = ret;
        enter(vm, frame);
        Some(frame)
    }
}

/// One step of a `for` loop over a generator, without native recursion.
pub(super) unsafe fn for_iter_generator(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: Fp,
) -> Next {
    // SAFETY: invariants 2 and 3; that it is a generator was looked at.
    unsafe {
        let fp = fp.of(vm);
        let g = word(sp.sub(loops::ITER_SLOTS - 1));
        save!(vm, ip, sp, fp);
        if let Some(frame) = resume_waiting(vm, g, Value::NONE, Return::ForIter) {
            go!(vm, (*frame).ip, (*frame).sp.add(1), frame)
        }
        tail!(for_iter_generator_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn for_iter_generator_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let g = word(sp.sub(loops::ITER_SLOTS - 1));
        if !can_run(vm, g) {
            let item = attempt!(vm, ip, sp, fp, resume_native(vm, g, Value::NONE, None));
            let (by, from) = far_forward(ip);
            if item.is_some() {
                *sp = item;
                go!(vm, from, sp.add(1), fp)
            }
            go!(vm, from.offset(by), sp.sub(loops::ITER_SLOTS), fp)
        }
        save!(vm, ip, sp, fp);
        let frame = resume(vm, g, Value::NONE, Return::ForIter);
        go!(vm, (*frame).ip, (*frame).sp, frame)
    }
}

pub(super) unsafe fn yield_value(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariant 2.
    unsafe {
        let fp = fp.of(vm);
        let value = word(sp.sub(1));
        // It goes on behind the yield, with what is sent in this value's place.
        save!(vm, ip.add(1), sp.sub(1), fp);
        give(vm, value, fp)
    }
}

/// Suspends the generator of `fp` and hands a value to whoever drives it.
unsafe fn give(vm: &mut Vm<'_>, value: Value, fp: *mut Frame) -> Next {
    // SAFETY: invariants 2 and 3; the verifier allows `yield` only in generators.
    unsafe {
        if let Some(g) = (*fp).owner {
            (*g.ptr::<Generator>()).toggle();
        }
        let caller = (*fp).prev;
        vm.frame = caller;
        match (*fp).ret {
            Return::ForIter => {
                let (_, from) = forward((*caller).ip);
                let sp = (*caller).sp;
                *sp = Some(value);
                go!(vm, from, sp.add(1), caller)
            }
            Return::YieldFrom => {
                // The outer generator yields the same value, and will come back to its `yield from`.
                give(vm, value, caller)
            }
            _ => {
                vm.result = Some(value);
                vm.yielded = true;
                leave!(Exit::Done)
            }
        }
    }
}

/// Follows a chain of generators that wait in `yield from` down to the one that has something else to do. Each of their
/// frames has its registers from when it waited last.
#[inline(always)]
unsafe fn innermost(vm: &mut Vm<'_>, mut frame: *mut Frame) -> *mut Frame {
    // SAFETY: invariants 2 and 3; the inner iterator lies below the word for what is sent.
    unsafe {
        while *(*frame).ip == YIELD_FROM
            && let Some(inner) = *(*frame).sp.sub(1)
            && vm.is(inner, Kind::Generator)
            && let Some(next) = waiting(inner)
        {
            (*inner.ptr::<Generator>()).toggle();
            (*next).ret = Return::YieldFrom;
            (*next).prev = frame;
            frame = next;
        }
        vm.frame = frame;
        frame
    }
}

const YIELD_FROM: u8 = Opcode::YieldFrom as u8;

/// `yield from`: the stack holds the inner iterator and the value to send it.
pub(super) unsafe fn yield_from(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let (inner, send) = (word(sp.sub(2)), word(sp.sub(1)));
        if vm.is(inner, Kind::Generator) {
            save!(vm, ip, sp.sub(1), fp);
            if let Some(frame) = resume_waiting(vm, inner, send, Return::YieldFrom) {
                let frame = match cfg!(romfs_vm_small) {
                    true => frame,
                    false => innermost(vm, frame),
                };
                *(*frame).sp = Some(send);
                go!(vm, (*frame).ip, (*frame).sp.add(1), frame)
            }
        }
        tail!(yield_from_slow, vm, ip, sp, fp)
    }
}

#[inline(never)]
unsafe fn yield_from_slow(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: invariants 2 and 3.
    unsafe {
        let fp = fp.of(vm);
        let send = word(sp.sub(1));
        let inner = word(sp.sub(2));
        let sp = sp.sub(1);
        if vm.is(inner, Kind::Generator)
            && can_run(vm, inner)
            && (send == Value::NONE || vm.cell::<Generator>(inner).state() != state::NEW)
        {
            save!(vm, ip, sp, fp);
            let frame = resume(vm, inner, send, Return::YieldFrom);
            go!(vm, (*frame).ip, (*frame).sp, frame)
        }
        match attempt!(vm, ip, sp, fp, step_other(vm, inner, send)) {
            Some(value) => {
                save!(vm, ip, sp, fp);
                give(vm, value, fp)
            }
            None => {
                let value = vm.result.take().unwrap_or(Value::NONE);
                yield_from_done(vm, ip, sp, fp, value)
            }
        }
    }
}

/// One step of an iterator that is no generator: what it gives; nothing at its end, and its value is in `vm.result`.
#[inline(never)]
fn step_other(vm: &mut Vm<'_>, inner: Value, send: Value) -> Res<Slot> {
    vm.result = None;
    let step = if send != Value::NONE {
        vm.call_method(inner, crate::q!("send"), &[send]).map(Some)
    } else {
        vm.next_or_raise(inner)
    };
    match step {
        Err(raised) if vm.raised_is(&types::STOP_ITERATION) => {
            let e = vm.take_raised(raised);
            vm.result = Some(vm.exception_value(e));
            Ok(None)
        }
        Ok(None) => {
            vm.result = None;
            Ok(None)
        }
        other => other,
    }
}

/// The inner iterator is done: its value takes its place.
pub(super) unsafe fn yield_from_done(
    vm: &mut Vm<'_>,
    ip: *const u8,
    sp: *mut Slot,
    fp: *mut Frame,
    value: Value,
) -> Next {
    // SAFETY: invariant 2; `sp` is just above the inner iterator.
    unsafe {
        *sp.sub(1) = Some(value);
        go!(vm, ip.add(1), sp, fp)
    }
}

/// A `StopIteration` that leaves a generator's frame is a mistake of the program.
pub(super) fn stop_to_runtime_error(vm: &mut Vm<'_>) {
    if vm.raised_is(&types::STOP_ITERATION) {
        let _ = vm.error(
            &types::RUNTIME_ERROR,
            msg!("generator raised StopIteration"),
        );
    }
}

/// Resumes a generator from native code. `Ok(Some)`: it yielded; `Ok(None)`: it returned, and the value is in
/// `vm.result`.
pub(crate) fn resume_native(vm: &mut Vm<'_>, g: Value, send: Value, throw: Slot) -> Res<Slot> {
    vm.result = None;
    let throw = throw.or_else(|| vm.cell_mut::<Generator>(g).pending.take());
    match vm.cell::<Generator>(g).state() {
        state::RUNNING => return Err(vm.value_error(msg!("generator already executing"))),
        state::DONE => {
            return match throw {
                Some(e) => {
                    let e = vm.raisable(e)?;
                    Err(vm.raise(e))
                }
                None => Ok(None),
            };
        }
        state::NEW => {
            if let Some(e) = throw {
                vm.set_generator(g, state::DONE);
                let e = vm.raisable(e)?;
                return Err(vm.raise(e));
            }
            if send != Value::NONE {
                return Err(vm.type_error(msg!(
                    "can't send non-None value to a just-started generator"
                )));
            }
        }
        _ => {}
    }
    if vm.native_depth >= vm.limits.native_depth {
        return Err(vm.stack_full());
    }
    let caller = vm.frame;
    // SAFETY: invariants 2 and 3; the state was looked at above.
    if let Some(e) = throw
        && let Some(exit) = unsafe { throw_inside(vm, g, e) }
    {
        return exit;
    }
    // What cannot be raised is an error where the generator waits.
    let throw = throw.map(|e| {
        vm.raisable(e)
            .unwrap_or_else(|raised| vm.take_raised(raised))
    });
    // SAFETY: invariants 2 and 3; likewise.
    let (exit, yielded) = unsafe {
        let frame = resume(vm, g, send, Return::Native);
        vm.native_depth += 1;
        vm.yielded = false;
        let exit = match throw {
            Some(e) => {
                // What `resume` pushed for the yield to return is taken back: the yield raises instead.
                (*frame).sp = (*frame).sp.sub(1);
                vm.raised = Some(e);
                run_raising(vm)
            }
            None => run(vm, frame),
        };
        (exit, core::mem::take(&mut vm.yielded))
    };
    vm.native_depth -= 1;
    vm.frame = caller;
    match exit {
        Exit::Done if yielded => Ok(vm.result.take()),
        Exit::Done => Ok(None),
        _ => Err(Raised::parked()),
    }
}

/// What a generator gives next, for native code that takes its items; `None` at its end.
pub(crate) fn next_native(vm: &mut Vm<'_>, g: Value) -> Res<Slot> {
    if vm.native_depth < vm.limits.native_depth {
        let caller = vm.frame;
        // SAFETY: invariants 2 and 3; the caller gives a generator, and its state is looked at.
        let exit = unsafe {
            resume_waiting(vm, g, Value::NONE, Return::Native).map(|frame| {
                (*frame).sp = (*frame).sp.add(1);
                vm.native_depth += 1;
                vm.yielded = false;
                run(vm, frame)
            })
        };
        if let Some(exit) = exit {
            vm.native_depth -= 1;
            vm.frame = caller;
            let value = vm.result.take();
            return match exit {
                Exit::Done if core::mem::take(&mut vm.yielded) => Ok(value),
                Exit::Done => Ok(None),
                _ => Err(Raised::parked()),
            };
        }
    }
    vm.generator_next(g)
}

/// Whether what is thrown is a `GeneratorExit` or its class.
fn is_exit(vm: &Vm<'_>, thrown: Value) -> bool {
    let class = if vm.is_class(thrown) {
        thrown
    } else {
        vm.type_of(thrown)
    };
    vm.is_subclass(class, types::GENERATOR_EXIT.value())
}

/// An exception thrown at a generator that waits in `yield from` goes to the inner iterator first. `Some` where that
/// answered it with another value.
unsafe fn throw_inside(vm: &mut Vm<'_>, g: Value, e: Value) -> Option<Res<Slot>> {
    // SAFETY: invariants 2 and 3; the generator is suspended.
    unsafe {
        let frame = Generator::frame(g.ptr())?;
        if *(*frame).ip != YIELD_FROM {
            return None;
        }
        let inner = word((*frame).sp.sub(1));
        if !vm.is(inner, Kind::Generator) {
            let name = if is_exit(vm, e) {
                crate::q!("close")
            } else {
                crate::q!("throw")
            };
            let method = match vm.load_attr_maybe(inner, name) {
                Ok(Some(m)) => m,
                Ok(None) => return None,
                Err(raised) => return Some(Err(raised)),
            };
            vm.set_generator(g, state::RUNNING);
            let answer = if name == crate::q!("close") {
                vm.call(method, &[])
            } else {
                vm.call(method, &[e])
            };
            vm.set_generator(g, state::SUSPENDED);
            return match answer {
                Ok(_) if name == crate::q!("close") => None,
                Ok(v) => Some(Ok(Some(v))),
                Err(raised) => Some(finish_inner(vm, g, raised)),
            };
        }
        vm.set_generator(g, state::RUNNING);
        let answer = resume_native(vm, inner, Value::NONE, Some(e));
        vm.set_generator(g, state::SUSPENDED);
        match answer {
            Ok(Some(v)) => Some(Ok(Some(v))),
            Ok(None) => {
                let value = vm.result.take().unwrap_or(Value::NONE);
                if is_exit(vm, e) {
                    return None;
                }
                Some(continue_after_inner(vm, g, value))
            }
            Err(raised) => Some(finish_inner(vm, g, raised)),
        }
    }
}

/// The inner iterator raised: a `StopIteration` is its value, anything else is raised at the outer `yield from`.
unsafe fn finish_inner(vm: &mut Vm<'_>, g: Value, raised: Raised) -> Res<Slot> {
    // SAFETY: as for `throw_inside`.
    unsafe {
        let e = vm.take_raised(raised);
        if vm.is_instance(e, &types::STOP_ITERATION) {
            let value = vm.exception_value(e);
            return continue_after_inner(vm, g, value);
        }
        let Some(frame) = Generator::frame(g.ptr()) else {
            return Err(vm.raise(e));
        };
        // The inner iterator is off the stack: it is done.
        (*frame).ip = (*frame).ip.add(1);

        resume_native(vm, g, Value::NONE, Some(e))
    }
}

/// Goes on behind a `yield from` with the inner iterator's value.
unsafe fn continue_after_inner(vm: &mut Vm<'_>, g: Value, value: Value) -> Res<Slot> {
    // SAFETY: as for `throw_inside`.
    unsafe {
        let Some(frame) = Generator::frame(g.ptr()) else {
            return Ok(None);
        };
        (*frame).ip = (*frame).ip.add(1);
        (*frame).sp = (*frame).sp.sub(1);
        resume_native(vm, g, value, None)
    }
}

/// Runs the frame that was entered by raising what `vm.raised` holds at its saved instruction.
unsafe fn run_raising(vm: &mut Vm<'_>) -> Exit {
    // SAFETY: invariant 2; the frame's registers are saved. The instruction before is the one that waited.
    unsafe {
        let next = unwind::unwind(vm);
        drive(vm, next)
    }
}
