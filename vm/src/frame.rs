//! Frames: where a Python function runs. They lie on the value stack one behind the other, or inside a generator.
//!
//! ```text
//!   state[0] ... operand stack grows up ->   <- locals grow down ... state[n_state - 1] | Frame | handlers
//! ```
//!
//! Local `i` is the word just before the frame minus `i`, as the bytecode counts them. A frame never moves while it runs.

use crate::code::Code;
use crate::object::function::Function;
use crate::object::generator::Generator;
use crate::value::{Slot, Value};

/// What happens with the value that a frame returns.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// It is pushed on the caller's operand stack.
    Push,
    /// The same, and the host is told.
    PushSeen,
    /// It has to be None; the new instance is on the caller's operand stack already.
    Init,
    /// It is dropped and the caller's instruction runs again (an import looks whether more is to be done).
    Again,
    /// The class statement goes on: name, bases and the frame's names become a class.
    Class,
    /// The run that a native function started is over.
    Native,
    /// The frame belongs to a generator that a `for` loop drives.
    ForIter,
    /// The frame belongs to a generator that `yield from` drives.
    YieldFrom,
    /// It is pushed as a truth value.
    Bool,
    /// It is pushed as the opposite truth value.
    Not,
}

/// The record of a running or suspended function.
#[repr(C)]
pub struct Frame {
    /// The [`Function`].
    pub fun: Value,
    /// The generator that the frame lies in.
    pub owner: Slot,
    /// The dict of names that `LOAD_NAME` and `STORE_NAME` use before the globals.
    pub names: Slot,
    /// The module's code.
    pub code: *mut Code,
    /// The instruction under way, whenever something outside the interpreter may look.
    pub ip: *const u8,
    /// First free word of the operand stack, likewise.
    pub sp: *mut Slot,
    /// The frame to return to.
    pub prev: *mut Frame,
    /// Words of locals and operand stack.
    pub n_state: u16,
    /// Active handlers.
    pub handlers: u8,
    /// Room for handlers.
    pub handlers_max: u8,
    /// What becomes of the result.
    pub ret: Return,
}

/// An active exception handler.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Handler {
    /// Where it begins.
    pub target: *const u8,
    /// First free word of the operand stack when it was set up; bit 0 says that it is a `finally` or a `with`.
    pub sp: usize,
    /// The exception that it is handling.
    pub exception: Slot,
}

/// Words of a frame's record.
pub const FRAME_WORDS: usize = size_of::<Frame>() / size_of::<usize>();
/// Words of a handler.
pub const HANDLER_WORDS: usize = size_of::<Handler>() / size_of::<usize>();

const _: () = assert!(size_of::<Frame>() <= usize::BITS as usize + 8);

impl Frame {
    /// The first word of the state.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    #[inline(always)]
    pub unsafe fn state(frame: *mut Frame) -> *mut Slot {
        // SAFETY: invariant 3; the state lies right before the record.
        unsafe { (frame as *mut Slot).sub((*frame).n_state as usize) }
    }

    /// The word of a local.
    ///
    /// # Safety
    /// `frame` is valid and `i` is less than its `n_state`.
    #[inline(always)]
    pub unsafe fn local(frame: *mut Frame, i: usize) -> *mut Slot {
        // SAFETY: invariant 2; the verifier proved the index.
        unsafe { (frame as *mut Slot).sub(1 + i) }
    }

    /// The handler at an index.
    ///
    /// # Safety
    /// `frame` is valid and `i` is less than its `handlers_max`.
    #[inline(always)]
    pub unsafe fn handler(frame: *mut Frame, i: usize) -> *mut Handler {
        // SAFETY: invariant 2; the handlers lie right behind the record.
        unsafe { (frame.add(1) as *mut Handler).add(i) }
    }

    /// The first word behind the frame.
    ///
    /// # Safety
    /// `frame` is valid.
    #[inline(always)]
    pub unsafe fn end(frame: *mut Frame) -> *mut Slot {
        // SAFETY: invariant 2; as above.
        unsafe { Frame::handler(frame, (*frame).handlers_max as usize) as *mut Slot }
    }
}

/// Hands every live word of a frame to `f`: the operand stack up to `sp`, the locals, what the handlers hold.
/// The words between them may be left over from anything, and are not looked at.
///
/// # Safety
/// `frame` is valid, and its `sp` is up to date.
pub unsafe fn for_each_frame_slot(frame: *mut Frame, f: &mut dyn FnMut(Slot)) {
    // SAFETY: invariants 2 and 3; the frame's parts lie where `Frame` says, and the function tells how many locals it has.
    unsafe {
        let record = &*frame;
        f(Some(record.fun));
        f(record.owner);
        f(record.names);
        let mut word = Frame::state(frame);
        while word < record.sp {
            f(*word);
            word = word.add(1);
        }
        let locals = Function::count_locals(record.fun) as usize;
        for i in 0..locals {
            f(*Frame::local(frame, i));
        }
        for i in 0..record.handlers as usize {
            f((*Frame::handler(frame, i)).exception);
        }
    }
}

/// The same for the frame of a generator.
///
/// # Safety
/// `generator` is a valid cell.
pub unsafe fn for_each_slot(generator: *mut Generator, f: &mut dyn FnMut(Slot)) {
    // SAFETY: invariant 3; a generator that has a frame has a valid one.
    unsafe {
        f((*generator).pending);
        if let Some(frame) = Generator::frame(generator) {
            for_each_frame_slot(frame, f);
        }
    }
}
