//! The walk over one function's code.
//!
//! It goes through the code once, in order, with the stack that each place is reached with. A jump forward leaves its stack at
//! the target; a jump back must bring the very stack that the target was checked with. Code that follows a jump and is reached
//! from below only (the body of a `while`) is checked with the stack of the jump, and the jump back then proves the guess.

use super::Node;
use super::async_exit::{self, AsyncExit};
use super::function::Subject;
use super::labels::{Labels, NO_PLACE, NODES_MAX};
use super::locals::Locals;
use super::plain::{Index, Plain, straight};
use super::scan::{Allowed, Operands, UNWIND_COUNT};
use super::stack::{Count, HandlerKind, NodeKind, Phase, Stack, State};
use crate::error::{Error, ErrorKind};
use crate::opcode::{BinaryOp, Flow, Instr, Opcode, decode};
use crate::prelude::Prelude;

/// Walks over a function's code. What it takes at most: slots of the stack, and nodes.
#[inline(never)]
pub(super) fn walk(
    subject: &Subject<'_>,
    locals: &mut Locals,
    labels: &mut Labels<'_>,
    operands: Option<&mut Operands>,
    nodes: &mut [Node],
) -> Result<(u32, u32), Error> {
    Walk::new(subject, locals, labels, operands, nodes)?.run()
}

/// `UNWIND_JUMP`: an iterator is left, too.
const UNWIND_ITERATOR: u8 = 0x80;

/// No place in the code.
const NOWHERE: u32 = u32::MAX;

/// The walk.
struct Walk<'a, 'w, 's> {
    code: &'a [u8],
    prelude: &'a Prelude<'a>,
    locals: &'w mut Locals,
    /// The check of operands, where the code was not collected.
    operands: Option<&'w mut Operands>,
    /// What the operands of plain instructions may be.
    keeps: Allowed,
    labels: &'w mut Labels<'s>,
    stack: Stack<'w>,
    /// Whether control comes from the instruction before.
    falls: bool,
    /// Where that one is, if no jump leads to the place after it.
    previous: u32,
    /// So many of the values on top are cells of locals ...
    n_cells: u32,
    /// ... if the walk is here.
    cells_at: u32,
}

impl<'a, 'w, 's> Walk<'a, 'w, 's> {
    #[inline(always)]
    fn new(
        subject: &'w Subject<'a>,
        locals: &'w mut Locals,
        labels: &'w mut Labels<'s>,
        operands: Option<&'w mut Operands>,
        nodes: &'w mut [Node],
    ) -> Result<Self, Error> {
        let &Subject { code, prelude, .. } = subject;
        let n_nodes = nodes.len().min(NODES_MAX);
        let nodes = &mut nodes[..n_nodes];
        // Operands and locals share the frame; the locals that a call fills are taken before the first instruction.
        let depth_limit = prelude.n_state.min(subject.limits.state_slots);
        let stack = Stack::new(nodes, prelude.n_exc_stack, depth_limit)
            .map_err(|kind| Error::new(prelude.opcodes_at, kind))?;
        Ok(Walk {
            code,
            prelude,
            keeps: match &operands {
                Some(operands) if !cfg!(mpy_format_small) => {
                    Allowed::at_once(operands.tables, locals, prelude.n_state)
                }
                _ => Allowed::in_walk(locals),
            },
            locals,
            operands,
            labels,
            stack,
            falls: true,
            previous: NOWHERE,
            n_cells: 0,
            cells_at: NOWHERE,
        })
    }

    /// Walks through all of the code. What it takes at most: slots of the stack, and nodes.
    fn run(&mut self) -> Result<(u32, u32), Error> {
        let mut at = self.prelude.opcodes_at;
        let end = self.prelude.code_end;
        if at == end {
            return Err(Error::new(at, ErrorKind::NoCode));
        }
        loop {
            if self.falls {
                at = self.straight_on(at);
            }
            if at >= end {
                break;
            }
            let located = |kind| Error::new(at, kind);
            if self.labels.next_at() <= at {
                self.arrive(at).map_err(located)?;
                continue;
            }
            if self.labels.grows() && self.is_likely_label(at) {
                match self.labels.suppose(at, self.stack.state()) {
                    true => continue,
                    false => return Err(located(ErrorKind::JumpMismatch(at))),
                }
            }
            if self.falls {
                if !self.stack.allows(at) {
                    return Err(located(ErrorKind::HandlerOrder));
                }
                let next = self.async_exit(at).map_err(located)?;
                if next != at {
                    if self.labels.grows() {
                        // Its jumps are not gathered.
                        return Err(located(ErrorKind::JumpMismatch(next)));
                    }
                    at = next;
                    continue;
                }
            }
            let decoded = &decode(self.code, at);
            let instr = decoded.as_ref().map_err(|error| *error)?;
            if !cfg!(mpy_format_small)
                && let Some(operands) = &mut self.operands
            {
                if !self.falls && instr.target().is_some() {
                    // In dead code; it would have been gathered all the same.
                    return Err(located(ErrorKind::FallsOff));
                }
                operands.check(instr, self.locals).map_err(located)?;
                self.keeps.count(self.locals);
            }
            if self.falls {
                self.step(instr).map_err(located)?;
                self.previous = at;
            }
            at = instr.next;
        }
        match self.labels.next_at() {
            NO_PLACE if self.falls => Err(Error::new(at, ErrorKind::FallsOff)),
            NO_PLACE => self.fits_frame(),
            label => Err(Error::new(label, ErrorKind::JumpInside(label))),
        }
    }

    /// Where labels are gathered: whether this may be one that a jump back leads to, the head of a `for` or the body of a
    /// `while`. What else control does not run into is dead code, or a jump back leads to no label.
    fn is_likely_label(&self, at: u32) -> bool {
        let byte = |at: u32| self.code.get(at as usize).copied();
        match self.falls {
            true => byte(at) == Some(Opcode::ForIter as u8) && !self.labels.is_at(at),
            false => byte(self.previous) == Some(Opcode::Jump as u8),
        }
    }

    /// Whether locals and operands find room in the frame: what the walk took.
    fn fits_frame(&self) -> Result<(u32, u32), Error> {
        let slots = self.locals.count() + self.stack.max_depth();
        if slots > self.prelude.n_state {
            let kind = ErrorKind::Overflow(slots);
            return Err(Error::new(self.prelude.opcodes_at, kind));
        }
        Ok((self.stack.max_depth(), self.stack.max_nodes()))
    }

    /// Goes through instructions that only push and pop plain objects, up to the next one that is more, that has a label or
    /// that may be wrong, and past a return of a plain object: where that is. Nothing but a count changes on the way.
    #[inline(always)]
    fn straight_on(&mut self, mut at: u32) -> u32 {
        if cfg!(mpy_format_small) {
            return at;
        }
        let end = self.stack.until().min(self.labels.next_at());
        let mut count = self.stack.count();
        let (code, mut previous) = (self.code, self.previous);
        while at < end
            && let Some((plain, pops, pushes)) = straight(code, at)
            && let Some(above) = count.after(pops, pushes)
            && (self.keeps.has(&plain) || self.is_in_range(&plain, &count))
        {
            count.set(above);
            previous = at;
            at = plain.next;
        }
        // Every function has one.
        if at < end
            && code.get(at as usize) == Some(&(Opcode::ReturnValue as u8))
            && let Some(above) = count.after(1, 0)
        {
            count.set(above);
            (self.falls, at) = (false, at + 1);
        }
        self.previous = previous;
        self.stack.set_count(count);
        at
    }

    /// Whether a plain instruction's operand is in range, and not a cell for whoever makes a closure.
    #[inline(never)]
    fn is_in_range(&mut self, plain: &Plain, count: &Count) -> bool {
        match (plain.index, &mut self.operands) {
            (Index::Load, _) => {
                plain.value < self.locals.count() && !self.locals.is_cell(plain.value)
            }
            // As `store_local` has it.
            (Index::Store, _) => {
                let slots = count.depth() + plain.value;
                slots <= self.prelude.n_state && !self.locals.is_cell(plain.value)
            }
            (_, Some(operands)) => operands.has(plain, self.locals),
            (_, None) => false,
        }
    }

    /// At a label, takes up the stack that it is reached with, if anything can reach it.
    #[cfg_attr(mpy_format_small, inline(never))]
    fn arrive(&mut self, at: u32) -> Result<(), ErrorKind> {
        let label = self.labels.next_at();
        if label < at {
            return Err(ErrorKind::JumpInside(label));
        }
        let before = self.stack.state();
        let Some(state) = self.labels.reach(before) else {
            // Where control runs on, the label would have been found to be live, had all been well.
            return match self.falls {
                true => Err(ErrorKind::StackMismatch),
                false => Ok(()),
            };
        };
        if self.falls && state != before && !(self.is_none() && self.stack.runs_into(state)) {
            return Err(ErrorKind::StackMismatch);
        }
        self.stack.pin(state);
        self.stack.set(state);
        (self.previous, self.cells_at) = (NOWHERE, NOWHERE);
        self.falls = true;
        match self.stack.allows(at) {
            true => Ok(()),
            false => Err(ErrorKind::HandlerOrder),
        }
    }

    /// Whether the value on top is `None`: the instruction right before says so.
    fn is_none(&self) -> bool {
        let byte = self.code.get(self.previous as usize);
        byte.is_some_and(|byte| *byte == Opcode::LoadConstNone as u8)
    }

    /// Notes that an instruction has put a local on the stack.
    fn loaded(&mut self, instr: &Instr) {
        if self.locals.is_cell(instr.uint()) {
            self.n_cells = if self.cells_at == instr.at {
                self.n_cells + 1
            } else {
                1
            };
            self.cells_at = instr.next;
        }
    }

    /// Takes one instruction's effect on the stack and its jump.
    #[cfg_attr(mpy_format_small, inline(never))]
    fn step(&mut self, instr: &Instr) -> Result<(), ErrorKind> {
        let flow = instr.row.flow();
        self.falls = flow.falls_through();
        if flow == Flow::Setup {
            return self.set_up(instr);
        }
        let before = self.stack.state();
        match flow {
            Flow::Jump => {}
            Flow::BranchOrPop => {
                self.stack.pop_object();
                self.stack.push_objects(1);
            }
            Flow::PopExceptJump => self.pop_except(),
            Flow::ForIter => {
                // The loop goes on with this node, so it must outlive its being taken off for the way out.
                self.stack.pin(before);
                self.stack.pop_kind(NodeKind::ITERATOR);
            }
            Flow::UnwindJump => {
                self.stack.pin(before);
                self.unwind(instr.extra);
            }
            Flow::EndFinally => self.end_finally(),
            _ => self.apply(instr),
        }
        if let Some(target) = instr.target() {
            self.flow_to(instr.at, target, self.stack.state())?;
        }
        match flow {
            Flow::BranchOrPop => self.stack.pop_object(),
            Flow::ForIter => {
                self.stack.set(before);
                self.stack.push_objects(1);
            }
            Flow::UnwindJump => self.stack.set(before),
            _ => {}
        }
        self.stack.result()
    }

    /// A jump to `target` with this stack, if all is well with it.
    fn flow_to(&mut self, from: u32, target: u32, state: State) -> Result<(), ErrorKind> {
        self.stack.result()?;
        self.labels.flow(from, target, state)?;
        self.stack.pin(state);
        Ok(())
    }

    /// The stack effect of an instruction that has no jump.
    fn apply(&mut self, instr: &Instr) {
        let stack = &mut self.stack;
        let value = instr.uint();
        match instr.op {
            Opcode::LoadNull => return stack.push_null(),
            Opcode::LoadFastN | Opcode::LoadFastMulti => self.loaded(instr),
            Opcode::StoreFastN | Opcode::StoreFastMulti => return self.store_local(value),
            Opcode::LoadMethod => {
                stack.pop_object();
                return stack.push_node(NodeKind::METHOD);
            }
            Opcode::LoadSuperMethod => {
                stack.pop_objects(3);
                return stack.push_node(NodeKind::METHOD);
            }
            Opcode::CallMethod => {
                let (n_args, n_keywords) = call_counts(instr);
                stack.pop_objects(n_args + 2 * n_keywords);
                stack.pop_kind(NodeKind::METHOD);
                return stack.push_objects(1);
            }
            Opcode::CallFunctionVarKw | Opcode::CallMethodVarKw => {
                return self.call_with_stars(instr);
            }
            Opcode::StoreAttr => {
                stack.pop_object();
                return stack.pop();
            }
            Opcode::StoreSubscr => {
                stack.pop_objects(2);
                return stack.pop();
            }
            Opcode::MakeFunctionDefargs => return self.make_closure(instr.at, 0, true),
            Opcode::MakeClosure => return self.make_closure(instr.at, instr.extra, false),
            Opcode::MakeClosureDefargs => return self.make_closure(instr.at, instr.extra, true),
            Opcode::DupTop => {
                stack.check_object_at(0);
                return stack.push_objects(1);
            }
            Opcode::DupTopTwo => {
                stack.check_object_at(0);
                stack.check_object_at(1);
                return stack.push_objects(2);
            }
            Opcode::PopTop => return stack.pop_top(),
            Opcode::RotTwo => return stack.rotate(2),
            Opcode::RotThree => return stack.rotate(3),
            Opcode::GetIterStack => {
                stack.pop_object();
                return stack.push_node(NodeKind::ITERATOR);
            }
            Opcode::WithCleanup => return stack.clean_up_with(),
            Opcode::StoreComp => stack.check_object_at(value >> 2),
            // There the interpreter answers another question: see `async_exit`.
            Opcode::BinaryOpMulti
                if value == BinaryOp::ExceptionMatch as u32
                    && stack.innermost_handler().is_finally() =>
            {
                stack.refuse(ErrorKind::Handler)
            }
            _ => {}
        }
        // What the table states, on plain values.
        let (pops, pushes) = instr.stack_effect();
        self.stack.pop_objects(pops);
        self.stack.push_objects(pushes);
    }

    /// A local that nothing reads is not counted among the locals, and may share its slot with operands to come.
    fn store_local(&mut self, local: u32) {
        self.stack.pop_object();
        let slots = self.stack.depth() + local + 1;
        if local >= self.locals.count() && slots > self.prelude.n_state {
            self.stack.refuse(ErrorKind::Overflow(slots));
        }
    }

    /// Callable, arguments, pairs of keyword (NULL for `**`) and value, and the bitmap of the stars on top.
    fn call_with_stars(&mut self, instr: &Instr) {
        let (n_args, n_keywords) = call_counts(instr);
        self.stack.pop_object();
        self.stack.pop_keyword_pairs(n_keywords);
        self.stack.pop_objects(n_args);
        if instr.op == Opcode::CallMethodVarKw {
            self.stack.pop_kind(NodeKind::METHOD);
        } else {
            self.stack.pop_object();
        }
        self.stack.push_objects(1);
    }

    /// Defaults (a tuple and a dict, or NULL for either), and the cells that the instructions right before loaded.
    fn make_closure(&mut self, at: u32, n_cells: u8, with_defaults: bool) {
        let n_cells = u32::from(n_cells);
        if n_cells > 0 && (self.cells_at != at || self.n_cells < n_cells) {
            self.stack.refuse(ErrorKind::SlotKind);
        }
        self.stack.pop_objects(n_cells);
        if with_defaults {
            self.stack.pop();
            self.stack.pop();
        }
        self.stack.push_objects(1);
    }

    fn set_up(&mut self, instr: &Instr) -> Result<(), ErrorKind> {
        let target = instr.target().unwrap_or(instr.next);
        let kind = match instr.op {
            Opcode::SetupWith => HandlerKind::With,
            Opcode::SetupExcept => HandlerKind::Except,
            _ if self.stack.on_top() == NodeKind::OBJECT
                && AsyncExit::at(self.code, target).is_some() =>
            {
                HandlerKind::AsyncWith
            }
            _ => HandlerKind::Finally,
        };
        if kind == HandlerKind::With {
            // `__enter__` and its object are put above `__exit__` and the context manager for the call.
            self.stack.reserve(3);
            self.stack.pop_object();
        }
        let at_entry = self.stack.open_handler(kind, target);
        self.flow_to(instr.at, target, at_entry)?;
        if kind == HandlerKind::With {
            self.stack.push_objects(1);
        }
        self.stack.result()
    }

    fn pop_except(&mut self) {
        match self.stack.on_top().is(HandlerKind::Except) {
            true => self.stack.pop_node(),
            false => self.stack.refuse(ErrorKind::Handler),
        }
    }

    /// Leaves as many handlers as `UNWIND_JUMP` says, and an iterator if it says so.
    fn unwind(&mut self, extra: u8) {
        for _ in 0..extra & UNWIND_COUNT {
            let kind = self.stack.on_top();
            // The two slots that it holds would stay on the stack.
            if !kind.is_handler() || kind == NodeKind::handler(HandlerKind::With, Phase::Running) {
                return self.stack.refuse(ErrorKind::Handler);
            }
            self.stack.pop_node();
            if kind.is(HandlerKind::AsyncWith) {
                self.stack.pop_object();
            }
        }
        if extra & UNWIND_ITERATOR != 0 {
            self.stack.pop_kind(NodeKind::ITERATOR);
        }
    }

    /// Where an `except` found no clause to match, the exception is raised again and control does not run on; that it did
    /// (on the stack that was there before the `try`) is assumed all the same, as compilers do.
    fn end_finally(&mut self) {
        if self.stack.is_unhandled_exception() {
            self.stack.pop_object();
        } else if self.stack.on_top() != NodeKind::handler(HandlerKind::Finally, Phase::Running) {
            return self.stack.refuse(ErrorKind::Handler);
        }
        self.stack.pop_node();
    }

    /// Steps over the end of an `async with` if one starts here: where the code goes on, which is here if not.
    #[cfg_attr(mpy_format_small, inline(never))]
    fn async_exit(&mut self, at: u32) -> Result<u32, ErrorKind> {
        let kind = self.stack.on_top();
        if !kind.is(HandlerKind::AsyncWith) {
            return Ok(at);
        }
        let (runs, entry) = (kind.is_running(), self.stack.entry());
        let starts = match runs {
            false => AsyncExit::may_lead_in(self.code, at),
            true => at == entry,
        };
        if !starts {
            return Ok(at);
        }
        let Some(exit) = AsyncExit::at(self.code, entry) else {
            return Ok(at);
        };
        match runs {
            false if !exit.is_prologue(self.code, at, entry) => Ok(at),
            false => {
                // What goes on at the entry is the stack that an exception or a return reaches it with.
                self.labels.close_until(entry, &[])?;
                self.falls = false;
                Ok(entry)
            }
            true => {
                self.stack.reserve(async_exit::SLOTS - Self::CAUSE_SLOTS);
                self.stack.pop_node();
                // The context manager, which lies under the handler.
                self.stack.pop_object();
                self.stack.result()?;
                self.labels.close_until(exit.next, &exit.parts)?;
                self.falls = true;
                self.previous = NOWHERE;
                Ok(exit.next)
            }
        }
    }

    /// Slots of a running `finally`, which its depth includes.
    const CAUSE_SLOTS: u32 = 2;
}

/// Positional arguments and keywords of a call.
fn call_counts(instr: &Instr) -> (u32, u32) {
    let value = instr.uint();
    (value & 0xff, value >> 8 & 0xff)
}
