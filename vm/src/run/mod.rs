//! The interpreter. One handler an opcode, all of one signature; how control passes from one to the next is the back-end.
//!
//! - **tail**: a handler ends by calling the next one, which LLVM turns into a jump (`romfs_vm_tail`, see build.rs);
//! - **loop**: a handler returns the next state to a loop.
//!
//! `ip` points at the opcode under way, `sp` at the first free word of the operand stack, `fp` at the frame. A handler
//! that can allocate, raise or call saves `ip` and `sp` in the frame first, so that the collector and the traceback see
//! them. Slow paths are handlers of their own, reached the same way, so that the fast ones need no registers saved.

mod attrs;
mod calls;
#[cfg(feature = "checked")]
mod checked;
mod data;
mod flow;
mod generators;
mod imports;
mod loops;
mod make;
mod names;
mod ops;
#[cfg(romfs_vm_tail)]
mod sibling;
mod slices;
mod spread;
mod subscr;
mod table;
mod unwind;
mod work;

use crate::code::Code;
use crate::frame::{Frame, Return};
use crate::native::Res;
use crate::object::exception as types;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

pub(crate) use generators::{next_native, resume_native};

/// Why the interpreter stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The frame that a native function started has returned; the value is in `Vm::result`.
    Done,
    /// It has raised.
    Raised,
    /// The program's budget is used up; its frames are as they were.
    Yielded,
}

/// What a handler returns: the end of it all in the tail back-end, the next state in the loop.
#[cfg(romfs_vm_tail)]
pub(crate) type Next = Exit;

/// The registers between two instructions, the frame being the VM's: two words, which travel in registers. A null `ip` ends
/// the loop, and the other word is the number of an [`Exit`].
#[cfg(not(romfs_vm_tail))]
#[derive(Clone, Copy)]
pub(crate) struct Next {
    ip: *const u8,
    sp: *mut Slot,
}

#[cfg(not(romfs_vm_tail))]
impl Next {
    #[inline(always)]
    pub(crate) fn leave(exit: Exit) -> Next {
        Next {
            ip: core::ptr::null(),
            sp: core::ptr::without_provenance_mut(exit as usize),
        }
    }

    fn exit(self) -> Exit {
        match self.sp.addr() {
            n if n == Exit::Done as usize => Exit::Done,
            n if n == Exit::Raised as usize => Exit::Raised,
            _ => Exit::Yielded,
        }
    }
}

/// A handler.
///
/// # Safety
/// `fp` is the running frame, `ip` an instruction of its verified code, `sp` its operand stack there.
#[cfg(not(romfs_vm_one))]
pub(crate) type Handler = unsafe fn(&mut Vm<'_>, *const u8, *mut Slot, Fp) -> Next;

/// The same where the VM is in one place: see [`table`].
///
/// # Safety
/// The same.
#[cfg(romfs_vm_one)]
pub(crate) type Handler = unsafe fn(*const u8, *mut Slot, Fp) -> Next;

/// Calls the handler of the instruction at `ip`.
///
/// # Safety
/// As for a [`Handler`].
#[inline(always)]
unsafe fn call_handler(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: the caller's word.
    unsafe {
        let handler = handler(*ip);
        #[cfg(romfs_vm_one)]
        let next = {
            let _ = vm;
            handler(ip, sp, fp)
        };
        #[cfg(not(romfs_vm_one))]
        let next = handler(vm, ip, sp, fp);
        next
    }
}

/// The running frame, as handlers hand it on: in a register. Where there are but four for arguments (`romfs_vm_few`) it is
/// not handed on at all, and read from the VM where it is wanted: then a handler need not save two others to do anything.
#[derive(Clone, Copy)]
pub(crate) struct Fp(#[cfg(not(romfs_vm_few))] *mut Frame);

impl Fp {
    #[inline(always)]
    pub(crate) fn new(vm: &Vm<'_>, frame: *mut Frame) -> Fp {
        debug_assert!(frame == vm.frame);
        Fp(
            #[cfg(not(romfs_vm_few))]
            frame,
        )
    }

    #[cfg(romfs_vm_few)]
    #[inline(always)]
    pub(crate) fn of(self, vm: &Vm<'_>) -> *mut Frame {
        vm.frame
    }

    #[cfg(not(romfs_vm_few))]
    #[inline(always)]
    pub(crate) fn of(self, _: &Vm<'_>) -> *mut Frame {
        self.0
    }
}

/// Passes control to the instruction at `ip`.
macro_rules! go {
    ($vm:expr, $ip:expr, $sp:expr, $fp:expr) => {
        $crate::run::pass!($crate::run::next, $vm, $ip, $sp, $fp)
    };
}

/// The same from the handlers that run most. They jump by themselves where the others, for fewer bytes, jump to who does.
macro_rules! go_quick {
    ($vm:expr, $ip:expr, $sp:expr, $fp:expr) => {
        $crate::run::pass!($crate::run::next_here, $vm, $ip, $sp, $fp)
    };
}

macro_rules! pass {
    ($next:path, $vm:expr, $ip:expr, $sp:expr, $fp:expr) => {{
        let (ip, sp, fp) = ($ip, $sp, $fp);
        #[cfg(feature = "checked")]
        $crate::run::checked::check($vm, ip, sp, fp);
        #[cfg(romfs_vm_tail)]
        {
            let fp = $crate::run::Fp::new($vm, fp);
            return $next($vm, ip, sp, fp);
        }
        #[cfg(not(romfs_vm_tail))]
        {
            debug_assert!(fp == $vm.frame);
            return $crate::run::Next { ip, sp };
        }
    }};
}

/// The handler of an opcode, for who goes on there.
///
/// # Safety
/// The verifier has seen the opcode.
#[cfg(not(all(romfs_vm_tail, romfs_vm_few)))]
#[inline(always)]
pub(crate) unsafe fn handler(opcode: u8) -> Handler {
    // SAFETY: the caller's word.
    unsafe { table::handler(opcode) }
}

/// The same. Where bytes count the compiler would rather save a register than use `r12`, which nobody needs saved.
///
/// # Safety
/// The same.
#[cfg(all(romfs_vm_tail, romfs_vm_few))]
#[inline(always)]
pub(crate) unsafe fn handler(opcode: u8) -> Handler {
    let handler: Handler;
    // SAFETY: invariant 2; there is a handler for each opcode, and only `r12` changes.
    unsafe {
        core::arch::asm!(
            "ldr r12, [r12, {}, lsl #2]",
            in(reg) opcode as usize,
            inout("r12") table::handlers() => handler,
            options(pure, readonly, nostack, preserves_flags)
        );
    }
    handler
}

/// Runs the instruction at `ip`.
///
/// # Safety
/// As for a [`Handler`].
#[cfg(romfs_vm_tail)]
#[inline(always)]
pub(crate) unsafe fn next_here(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: the caller's word.
    unsafe { call_handler(vm, ip, sp, fp) }
}

/// The same.
///
/// # Safety
/// As for a [`Handler`].
#[cfg(romfs_vm_tail)]
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
pub(crate) unsafe fn next(vm: &mut Vm<'_>, ip: *const u8, sp: *mut Slot, fp: Fp) -> Next {
    // SAFETY: the caller's word.
    unsafe { call_handler(vm, ip, sp, fp) }
}

/// Passes control to a slow path, as if it were the handler of this instruction.
macro_rules! tail {
    ($handler:expr, $vm:expr, $ip:expr, $sp:expr, $fp:expr) => {{
        let (ip, sp, fp) = ($ip, $sp, $crate::run::Fp::new($vm, $fp));
        return $handler($vm, ip, sp, fp);
    }};
}

/// Leaves the interpreter.
macro_rules! leave {
    ($exit:expr) => {{
        #[cfg(romfs_vm_tail)]
        return $exit;
        #[cfg(not(romfs_vm_tail))]
        return $crate::run::Next::leave($exit);
    }};
}

/// Saves the registers for whoever looks at the frame.
macro_rules! save {
    ($vm:expr, $ip:expr, $sp:expr, $fp:expr) => {{
        let frame = $crate::run::Fp::new($vm, $fp).of($vm);
        (*frame).ip = $ip;
        (*frame).sp = $sp;
    }};
}

/// Runs something that may raise; its temporary roots go afterwards.
macro_rules! attempt {
    ($vm:ident, $ip:expr, $sp:expr, $fp:expr, $what:expr) => {{
        save!($vm, $ip, $sp, $fp);
        let mark = $vm.mark();
        let result = $what;
        $vm.release(mark);
        match result {
            Ok(v) => v,
            Err(_) => return $crate::run::unwind::unwind($vm),
        }
    }};
}

/// Jumps backward or forward; a backward jump is a step of the budget.
macro_rules! jump {
    ($vm:ident, $ip:expr, $from:expr, $by:expr, $sp:expr, $fp:expr) => {{
        if $by < 0 && ($vm.budget.step() || cfg!(feature = "gc-stress")) {
            tail!($crate::run::flow::look_and_jump, $vm, $ip, $sp, $fp)
        }
        go!($vm, $from.offset($by), $sp, $fp)
    }};
}

/// The name that the instruction gives, and the position behind it.
macro_rules! named {
    ($ip:expr, $fp:expr) => {{
        let (i, next) = operand($ip);
        (code($fp).qstr(i), next)
    }};
}

/// The unsigned number after the opcode where it is one byte, as it mostly is, and the position behind it. A longer one is
/// left to the handler's other half: the loop that reads it takes registers which would have to be saved. Where bytes count
/// there is one handler for both.
macro_rules! short_operand {
    ($vm:ident, $ip:ident, $sp:ident, $fp:ident, $wide:path) => {{
        if cfg!(romfs_vm_small) {
            operand($ip)
        } else {
            let first = *$ip.add(1);
            if first & 0x80 != 0 {
                tail!($wide, $vm, $ip, $sp, $fp)
            }
            (first as usize, $ip.add(2))
        }
    }};
}

pub(crate) use {attempt, go, go_quick, jump, leave, named, pass, save, short_operand, tail};

/// Runs from a frame until the one that `Return::Native` marks is over.
///
/// # Safety
/// `frame` is whole and linked to the frame that runs.
unsafe fn run(vm: &mut Vm<'_>, frame: *mut Frame) -> Exit {
    // SAFETY: invariant 2; the caller's frame is of verified code.
    unsafe {
        let (ip, sp) = ((*frame).ip, (*frame).sp);
        debug_assert!(frame == vm.frame);
        let fp = Fp::new(vm, frame);
        let next = call_handler(vm, ip, sp, fp);
        drive(vm, next)
    }
}

/// Goes on from what a handler returned, to the end.
///
/// # Safety
/// As for a [`Handler`].
unsafe fn drive(vm: &mut Vm<'_>, next: Next) -> Exit {
    #[cfg(romfs_vm_tail)]
    {
        let _ = vm;
        next
    }
    #[cfg(not(romfs_vm_tail))]
    {
        let mut state = next;
        while !state.ip.is_null() {
            // A handler leaves the frame that runs in `vm.frame`.
            let fp = Fp::new(vm, vm.frame);
            // SAFETY: the caller's word.
            state = unsafe { call_handler(vm, state.ip, state.sp, fp) };
        }
        state.exit()
    }
}

/// Goes on with the frame that runs, which no native function waits for.
pub(crate) fn resume(vm: &mut Vm<'_>) -> Exit {
    // SAFETY: invariants 2 and 3; the frame's registers were saved when it was made or when it yielded.
    unsafe { run(vm, vm.frame) }
}

/// Runs a frame that a native function made, to its end.
pub(crate) fn nested(vm: &mut Vm<'_>, frame: *mut Frame) -> Res {
    if vm.native_depth >= vm.limits.native_depth {
        // SAFETY: invariant 3; the frame was made last, so the stack goes back to where it began.
        unsafe {
            if (*frame).owner.is_none() {
                vm.top = Frame::state(frame);
            }
        }
        return Err(vm.stack_full());
    }
    vm.native_depth += 1;
    let caller = vm.frame;
    vm.frame = frame;
    // SAFETY: invariant 2; frames are only made of verified functions.
    let exit = unsafe { run(vm, frame) };
    vm.frame = caller;
    vm.native_depth -= 1;
    match exit {
        Exit::Done => Ok(vm.result.take().unwrap_or(Value::NONE)),
        _ => Err(Raised::parked()),
    }
}

/// Makes `frame` the one that runs, called from `fp`.
///
/// # Safety
/// `frame` is whole, `fp` runs, and its registers are saved.
#[inline(always)]
unsafe fn enter(vm: &mut Vm<'_>, frame: *mut Frame) {
    // SAFETY: the caller's word.
    unsafe { (*frame).prev = vm.frame };
    vm.frame = frame;
}

/// Moves a new frame down over the temporary roots below it, which are not needed any more. Nothing may have been
/// allocated on the value stack since it was made.
///
/// # Safety
/// `frame` was just made on the value stack above `mark`, and is not linked yet.
#[inline(always)]
unsafe fn settle(vm: &mut Vm<'_>, frame: *mut Frame, mark: crate::vm::Mark) -> *mut Frame {
    // SAFETY: invariant 3; the words from `mark` to the frame's end belong to nobody else.
    unsafe {
        let from = Frame::state(frame);
        if from == mark.0 {
            vm.top = Frame::end(frame);
            return frame;
        }
        let words = Frame::end(frame).offset_from(from) as usize;
        let n_state = (*frame).n_state as usize;
        core::ptr::copy(from, mark.0, words);
        let moved = mark.0.add(n_state) as *mut Frame;
        (*moved).sp = mark.0;
        vm.top = Frame::end(moved);
        moved
    }
}

/// The code of a frame's module.
///
/// # Safety
/// `fp` is a whole frame.
#[inline(always)]
unsafe fn code<'c>(fp: *mut Frame) -> &'c mut Code {
    // SAFETY: invariant 3; a frame's function keeps its code, and only the interpreter holds this reference.
    unsafe { &mut *(*fp).code }
}

/// The unsigned number after the opcode, and the position behind it.
///
/// # Safety
/// `ip` is an instruction of verified code that has such an operand.
#[inline(always)]
unsafe fn operand(ip: *const u8) -> (usize, *const u8) {
    // SAFETY: invariant 2.
    unsafe {
        let first = *ip.add(1);
        // Where bytes count the loop alone does it.
        if first & 0x80 == 0 && !cfg!(romfs_vm_small) {
            return (first as usize, ip.add(2));
        }
        crate::code::vuint(ip.add(1))
    }
}

/// As [`operand`], for handlers that have much else to do: a function where bytes count.
///
/// # Safety
/// The same.
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
unsafe fn far_operand(ip: *const u8) -> (usize, *const u8) {
    // SAFETY: the caller's word.
    unsafe { operand(ip) }
}

/// What `named!` gives, likewise.
///
/// # Safety
/// `ip` is an instruction of the code of `fp` that gives a name.
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
unsafe fn far_name(ip: *const u8, fp: *mut Frame) -> (crate::qstr::Qstr, *const u8) {
    // SAFETY: the caller's word.
    unsafe { named!(ip, fp) }
}

/// The forward distance after the opcode, and the position behind it.
///
/// # Safety
/// As for [`operand`].
#[inline(always)]
unsafe fn forward(ip: *const u8) -> (isize, *const u8) {
    // SAFETY: invariant 2.
    unsafe {
        let low = *ip.add(1) as isize;
        if low & 0x80 == 0 {
            (low, ip.add(2))
        } else {
            (low & 0x7f | (*ip.add(2) as isize) << 7, ip.add(3))
        }
    }
}

/// The same for handlers that run less: a function where bytes count.
///
/// # Safety
/// The same.
#[cfg_attr(romfs_vm_small, inline(never))]
#[cfg_attr(not(romfs_vm_small), inline(always))]
unsafe fn far_forward(ip: *const u8) -> (isize, *const u8) {
    // SAFETY: the caller's word.
    unsafe { forward(ip) }
}

/// The signed distance after the opcode, and the position behind it.
///
/// # Safety
/// As for [`operand`].
#[inline(always)]
unsafe fn either_way(ip: *const u8) -> (isize, *const u8) {
    // SAFETY: invariant 2.
    unsafe {
        let low = *ip.add(1) as isize;
        if low & 0x80 == 0 {
            (low - 0x40, ip.add(2))
        } else {
            (
                (low & 0x7f | (*ip.add(2) as isize) << 7) - 0x4000,
                ip.add(3),
            )
        }
    }
}

/// The position behind an instruction.
///
/// # Safety
/// `ip` is an instruction of the code of `fp`.
unsafe fn after(ip: *const u8, fp: *mut Frame) -> *const u8 {
    // SAFETY: invariant 2.
    unsafe {
        let code = code(fp);
        let at = ip.offset_from(code.base) as u32;
        code.base
            .add(crate::code::next_instruction(code.bytes(), at) as usize)
    }
}

/// A word of the operand stack that the verifier proved to be a value.
///
/// # Safety
/// `slot` is below the top of the operand stack.
#[inline(always)]
unsafe fn word(slot: *mut Slot) -> Value {
    // SAFETY: the caller's word; a NULL is no value to the verifier, and nothing else leaves a word empty that is one.
    unsafe {
        debug_assert!((*slot).is_some());
        (*slot).unwrap_unchecked()
    }
}

impl Vm<'_> {
    /// Where an exception came from: notes file, line and function of a frame.
    ///
    /// # Safety
    /// `fp` is whole and its `ip` saved.
    unsafe fn trace_frame(&mut self, exception: Value, fp: *mut Frame) {
        // SAFETY: invariant 2.
        unsafe {
            let at = (*(*fp).fun.ptr::<crate::object::function::Function>())
                .header
                .len;
            let code = code(fp);
            let p = crate::code::prelude(code.bytes(), at);
            let line = p.line(code.bytes(), (*fp).ip.offset_from(code.base) as u32);
            let name = code.qstr(p.name(code.bytes(), 0));
            let file = code.qstr(0);
            self.add_trace(exception, file, line, name);
        }
    }

    /// Raises `NameError` for a local that has no value.
    #[cold]
    fn unbound_local(&mut self) -> Raised {
        self.error(
            &types::NAME_ERROR,
            msg!("local variable referenced before assignment"),
        )
    }

    /// What the backward jumps and calls look at: a pending exception, the budget.
    #[cold]
    pub(crate) fn handle_pending(&mut self) -> Res<()> {
        self.pending = false;
        if let Some(e) = self.pending_exception.take() {
            return Err(self.raise(e));
        }
        self.close_abandoned()?;
        #[cfg(feature = "mod-weakref")]
        self.call_weak_callbacks()?;
        self.run_scheduled()
    }
}
