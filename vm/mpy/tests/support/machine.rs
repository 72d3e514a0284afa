//! A machine that runs the shape of verified code: no values, only what each slot is.
//!
//! It does with handlers and causes what MicroPython's interpreter does, by the addresses and stack pointers that were saved at
//! run time, knows nothing of how the verifier reasons, and takes every choice that a program could make at random. Where
//! it finds that an interpreter without checks would have gone wrong, the verifier was wrong.

use mpy_format::opcode::{BinaryOp, Instr, Opcode, decode};
use mpy_format::{Function, Prelude, RawCode};

/// What a slot of the operand stack holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    Value,
    /// A value whose truth is known.
    Bool(bool),
    None,
    Exception,
    Cell,
    /// A value that is being returned through a `finally`, and the mark above it.
    Returned,
    ReturnMark,
    /// Where an interrupted jump goes, and what is left to unwind.
    Destination(u32),
    Remaining(u8),
    Null,
    /// One of the four slots of an iterator.
    Iterator(u8),
    /// One of the two slots of a method.
    Method(u8),
    /// One of the two slots that `SETUP_WITH` leaves.
    Exit(u8),
}

impl Slot {
    fn is_value(self) -> bool {
        !matches!(
            self,
            Slot::Null | Slot::Iterator(_) | Slot::Method(_) | Slot::Exit(_)
        )
    }
}

#[derive(Clone, Copy, Debug)]
struct Handler {
    entry: u32,
    /// Slots on the stack when it was set up.
    base: usize,
    /// Set up by `SETUP_EXCEPT`.
    is_except: bool,
}

/// Numbers that look random, from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// What went wrong.
pub type Violation = String;

/// Where control is after an instruction: at a place, or out of the function.
type Next = Result<Option<u32>, Violation>;

pub struct Machine<'a> {
    code: &'a [u8],
    prelude: Prelude<'a>,
    function: Function,
    stack: Vec<Slot>,
    handlers: Vec<Handler>,
}

/// Runs a verified function once, for `steps` instructions at most.
pub fn run(
    raw: &RawCode<'_>,
    function: &Function,
    dice: &mut Dice,
    steps: u32,
) -> Result<(), Violation> {
    let prelude = raw
        .prelude()
        .map_err(|error| error.to_string())?
        .ok_or("no bytecode")?;
    let code = raw.file_to_code_end();
    let mut machine = Machine {
        code,
        prelude,
        function: *function,
        stack: Vec::new(),
        handlers: Vec::new(),
    };
    let mut at = prelude.opcodes_at;
    for _ in 0..steps {
        let next = machine
            .step(at, dice)
            .map_err(|violation| format!("{violation}, at {at}: {machine:?}"))?;
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(())
}

impl std::fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} {:?} {:?}",
            self.function, self.stack, self.handlers
        )
    }
}

impl Machine<'_> {
    fn step(&mut self, at: u32, dice: &mut Dice) -> Next {
        if at < self.prelude.opcodes_at || at >= self.prelude.code_end {
            return Err("control left the code".into());
        }
        let instr = decode(self.code, at).map_err(|error| error.to_string())?;
        // Anything may raise, before it touched the stack as well as after.
        if dice.roll(12) == 0 {
            return self.raise(at);
        }
        let next = self.execute(&instr, dice)?;
        self.check_bounds(0)?;
        Ok(next)
    }

    fn check_bounds(&self, extra: usize) -> Result<(), Violation> {
        let depth = (self.stack.len() + extra) as u32;
        if depth > self.function.max_stack || depth + self.function.n_locals > self.prelude.n_state
        {
            return Err(format!("{depth} slots"));
        }
        if self.handlers.len() as u32 > self.prelude.n_exc_stack {
            return Err("too many handlers".into());
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Slot, Violation> {
        self.stack.pop().ok_or("underflow".into())
    }

    fn pop_value(&mut self) -> Result<Slot, Violation> {
        let slot = self.pop()?;
        if slot.is_value() {
            Ok(slot)
        } else {
            Err(format!("{slot:?} used as a value"))
        }
    }

    fn pop_value_or_null(&mut self) -> Result<Slot, Violation> {
        if self.stack.last() == Some(&Slot::Null) {
            self.pop()
        } else {
            self.pop_value()
        }
    }

    fn pop_values(&mut self, count: u64) -> Result<(), Violation> {
        (0..count).try_for_each(|_| self.pop_value().map(drop))
    }

    fn peek(&self, index: usize) -> Result<Slot, Violation> {
        let at = self
            .stack
            .len()
            .checked_sub(index + 1)
            .ok_or("peeks below the stack")?;
        Ok(self.stack[at])
    }

    fn pop_exactly(&mut self, expected: &[Slot]) -> Result<(), Violation> {
        match self.stack.strip_suffix(expected) {
            Some(rest) => {
                self.stack.truncate(rest.len());
                Ok(())
            }
            None => Err(format!("expected {expected:?}")),
        }
    }

    fn push_slots(&mut self, slots: &[Slot]) {
        self.stack.extend_from_slice(slots);
    }

    fn is_cell(&self, local: u32) -> bool {
        local < self.function.n_closed
            || self
                .prelude
                .cells()
                .iter()
                .any(|&cell| u32::from(cell) == local)
    }

    fn execute(&mut self, instr: &Instr, dice: &mut Dice) -> Next {
        let value = instr.uint();
        let (n_args, n_keywords) = (u64::from(value & 0xff), u64::from(value >> 8 & 0xff));
        match instr.op {
            Opcode::LoadConstNone => self.stack.push(Slot::None),
            Opcode::LoadNull => self.stack.push(Slot::Null),
            Opcode::LoadFastN | Opcode::LoadFastMulti => {
                self.stack.push(if self.is_cell(value) {
                    Slot::Cell
                } else {
                    Slot::Value
                });
            }
            Opcode::LoadDeref | Opcode::StoreDeref | Opcode::DeleteDeref => {
                if !self.is_cell(value) {
                    return Err("not a cell".into());
                }
                self.plain(instr)?;
            }
            Opcode::StoreFastN | Opcode::StoreFastMulti => {
                self.pop_value()?;
                let slot = (self.prelude.n_state - 1)
                    .checked_sub(value)
                    .ok_or("local outside the frame")?;
                if self.is_cell(value) || (slot as usize) < self.stack.len() {
                    return Err("store overwrites a cell or the stack".into());
                }
            }
            Opcode::DeleteFast if self.is_cell(value) => return Err("deletes a cell".into()),
            Opcode::LoadMethod | Opcode::LoadSuperMethod => {
                self.pop_values(if instr.op == Opcode::LoadMethod { 1 } else { 3 })?;
                self.push_slots(&[Slot::Method(0), Slot::Method(1)]);
            }
            Opcode::CallMethod => {
                self.pop_values(n_args + 2 * n_keywords)?;
                self.pop_exactly(&[Slot::Method(0), Slot::Method(1)])?;
                self.stack.push(Slot::Value);
            }
            Opcode::CallFunctionVarKw | Opcode::CallMethodVarKw => {
                self.pop_value()?;
                for _ in 0..n_keywords {
                    self.pop_value()?;
                    self.pop_value_or_null()?;
                }
                self.pop_values(n_args)?;
                if instr.op == Opcode::CallMethodVarKw {
                    self.pop_exactly(&[Slot::Method(0), Slot::Method(1)])?;
                } else {
                    self.pop_value()?;
                }
                self.stack.push(Slot::Value);
            }
            Opcode::StoreAttr | Opcode::StoreSubscr => {
                self.pop_values(if instr.op == Opcode::StoreAttr { 1 } else { 2 })?;
                self.pop_value_or_null()?;
            }
            Opcode::MakeFunctionDefargs => {
                self.pop_value_or_null()?;
                self.pop_value_or_null()?;
                self.stack.push(Slot::Value);
            }
            Opcode::MakeClosure | Opcode::MakeClosureDefargs => {
                for _ in 0..instr.extra {
                    self.pop_exactly(&[Slot::Cell])?;
                }
                if instr.op == Opcode::MakeClosureDefargs {
                    self.pop_value_or_null()?;
                    self.pop_value_or_null()?;
                }
                self.stack.push(Slot::Value);
            }
            Opcode::DupTop | Opcode::DupTopTwo => {
                self.duplicate(if instr.op == Opcode::DupTop { 1 } else { 2 })?
            }
            Opcode::PopTop => {
                let slot = self.pop()?;
                if matches!(slot, Slot::Method(_) | Slot::Exit(_)) {
                    return Err(format!("{slot:?} dropped alone"));
                }
            }
            Opcode::RotTwo | Opcode::RotThree => {
                self.rotate(if instr.op == Opcode::RotTwo { 2 } else { 3 })?
            }
            Opcode::GetIterStack => {
                self.pop_value()?;
                self.push_slots(&[0, 1, 2, 3].map(Slot::Iterator));
            }
            Opcode::StoreComp => {
                if !self.peek((value >> 2) as usize)?.is_value() {
                    return Err("no collection".into());
                }
                self.plain(instr)?;
            }
            Opcode::BinaryOpMulti if value == BinaryOp::ExceptionMatch as u32 => {
                self.pop_value()?;
                let is_exception = self.pop_value()? == Slot::Exception;
                let asks_that = self
                    .handlers
                    .last()
                    .is_some_and(|handler| !handler.is_except);
                self.stack.push(if asks_that {
                    Slot::Bool(is_exception)
                } else {
                    Slot::Value
                });
            }
            Opcode::Jump => return Ok(instr.target()),
            Opcode::PopJumpIfTrue | Opcode::PopJumpIfFalse => {
                let truth = self.truth(dice)?;
                self.pop_value()?;
                let taken = truth == (instr.op == Opcode::PopJumpIfTrue);
                return Ok(if taken {
                    instr.target()
                } else {
                    Some(instr.next)
                });
            }
            Opcode::JumpIfTrueOrPop | Opcode::JumpIfFalseOrPop => {
                if self.truth(dice)? == (instr.op == Opcode::JumpIfTrueOrPop) {
                    return Ok(instr.target());
                }
                self.pop_value()?;
            }
            Opcode::SetupWith | Opcode::SetupExcept | Opcode::SetupFinally => self.set_up(instr)?,
            Opcode::PopExceptJump => {
                self.handlers.pop().ok_or("no handler to pop")?;
                return Ok(instr.target());
            }
            Opcode::ForIter => return self.for_iter(instr, dice),
            Opcode::WithCleanup => self.clean_up_with(dice)?,
            Opcode::EndFinally => return self.end_finally(instr),
            Opcode::UnwindJump => {
                let target = instr.target().ok_or("no target")?;
                return self.unwind(instr.next, target, instr.extra);
            }
            Opcode::ReturnValue => {
                self.pop_value()?;
                return self.return_from(instr.next);
            }
            Opcode::RaiseLast | Opcode::RaiseObj | Opcode::RaiseFrom => {
                self.plain(instr)?;
                return self.raise(instr.at);
            }
            _ => self.plain(instr)?,
        }
        Ok(Some(instr.next))
    }

    /// What the table states, on values.
    fn plain(&mut self, instr: &Instr) -> Result<(), Violation> {
        let (pops, pushes) = instr.stack_effect();
        self.pop_values(pops.into())?;
        (0..pushes).for_each(|_| self.stack.push(Slot::Value));
        Ok(())
    }

    /// Whether the value on top is true, which anything may be whose truth is not known.
    fn truth(&self, dice: &mut Dice) -> Result<bool, Violation> {
        match self.peek(0)? {
            Slot::Bool(truth) => Ok(truth),
            slot if slot.is_value() => Ok(dice.roll(2) == 0),
            slot => Err(format!("{slot:?} tested")),
        }
    }

    fn duplicate(&mut self, count: usize) -> Result<(), Violation> {
        let from = self.stack.len().checked_sub(count).ok_or("underflow")?;
        let copies = self.stack[from..].to_vec();
        if copies.iter().any(|slot| !slot.is_value()) {
            return Err("part of a group duplicated".into());
        }
        self.push_slots(&copies);
        Ok(())
    }

    fn rotate(&mut self, count: usize) -> Result<(), Violation> {
        let from = self.stack.len().checked_sub(count).ok_or("underflow")?;
        if self.stack[from..]
            .iter()
            .any(|slot| !slot.is_value() && !matches!(slot, Slot::Null | Slot::Method(_)))
        {
            return Err("part of a group rotated".into());
        }
        self.stack[from..].rotate_right(1);
        Ok(())
    }

    fn set_up(&mut self, instr: &Instr) -> Result<(), Violation> {
        let entry = instr.target().ok_or("no target")?;
        let is_with = instr.op == Opcode::SetupWith;
        if is_with {
            self.check_bounds(3)?;
            self.pop_value()?;
            self.push_slots(&[Slot::Exit(0), Slot::Exit(1)]);
        }
        let is_except = instr.op == Opcode::SetupExcept;
        self.handlers.push(Handler {
            entry,
            base: self.stack.len(),
            is_except,
        });
        if is_with {
            self.stack.push(Slot::Value);
        }
        Ok(())
    }

    /// The four slots on top as an iterator: made by `GET_ITER_STACK`, or a NULL and the object in the second slot.
    fn has_iterator(&self) -> bool {
        let Some(slots) = self.stack.last_chunk::<4>() else {
            return false;
        };
        *slots == [0, 1, 2, 3].map(Slot::Iterator)
            || matches!(slots, [Slot::Null, object, Slot::Null, Slot::Null] if object.is_value())
    }

    fn for_iter(&mut self, instr: &Instr, dice: &mut Dice) -> Next {
        if !self.has_iterator() {
            return Err("no iterator".into());
        }
        if dice.roll(3) == 0 {
            self.stack.truncate(self.stack.len() - 4);
            return Ok(instr.target());
        }
        self.stack.push(Slot::Value);
        Ok(Some(instr.next))
    }

    fn clean_up_with(&mut self, dice: &mut Dice) -> Result<(), Violation> {
        let cause: Vec<Slot> = match self.stack.as_slice() {
            [.., data @ Slot::Returned, mark @ Slot::ReturnMark] => vec![*data, *mark],
            [.., data @ Slot::Destination(_), mark @ Slot::Remaining(_)] => vec![*data, *mark],
            [.., cause @ (Slot::None | Slot::Exception)] => vec![*cause],
            _ => return Err("WITH_CLEANUP without a cause".into()),
        };
        self.check_bounds(3 - cause.len())?;
        self.stack.truncate(self.stack.len() - cause.len());
        self.pop_exactly(&[Slot::Exit(0), Slot::Exit(1)])?;
        match cause[..] {
            [Slot::Exception] if dice.roll(2) == 0 => self.stack.push(Slot::None),
            _ => self.push_slots(&cause),
        }
        Ok(())
    }

    fn end_finally(&mut self, instr: &Instr) -> Next {
        self.handlers.pop().ok_or("END_FINALLY without a handler")?;
        match self.stack.as_slice() {
            [.., Slot::None] => {
                self.stack.pop();
                Ok(Some(instr.next))
            }
            [.., Slot::Exception] => self.raise(instr.at),
            [.., Slot::Returned, Slot::ReturnMark] => {
                self.stack.truncate(self.stack.len() - 2);
                self.return_from(instr.next)
            }
            &[.., Slot::Destination(target), Slot::Remaining(left)] => {
                self.stack.truncate(self.stack.len() - 2);
                self.unwind(instr.next, target, left)
            }
            _ => Err("END_FINALLY without a cause".into()),
        }
    }

    /// Takes the cause of a running `finally` off the stack.
    fn cancel(&mut self) -> Result<(), Violation> {
        match self.stack.as_slice() {
            [.., Slot::Returned, Slot::ReturnMark]
            | [.., Slot::Destination(_), Slot::Remaining(_)] => {
                self.stack.truncate(self.stack.len() - 2);
            }
            [.., Slot::None | Slot::Exception] => self.stack.truncate(self.stack.len() - 1),
            _ => return Err("no cause to cancel".into()),
        }
        Ok(())
    }

    /// A return from the instruction before `ip`, its value off the stack.
    fn return_from(&mut self, ip: u32) -> Next {
        while let Some(handler) = self.handlers.last().copied() {
            if !handler.is_except && handler.entry >= ip {
                self.cut(handler.base)?;
                self.push_slots(&[Slot::Returned, Slot::ReturnMark]);
                return Ok(Some(handler.entry));
            }
            self.handlers.pop();
        }
        Ok(None)
    }

    /// A jump out of `left & 0x7f` handlers, and of an iterator if bit 7 is set.
    fn unwind(&mut self, ip: u32, target: u32, left: u8) -> Next {
        let mut left = left;
        while left & 0x7f != 0 {
            left -= 1;
            let handler = *self.handlers.last().ok_or("no handler to unwind")?;
            if !handler.is_except && handler.entry >= ip {
                if self.stack.len() != handler.base {
                    return Err("values on a handler that is unwound".into());
                }
                self.push_slots(&[Slot::Destination(target), Slot::Remaining(left)]);
                return Ok(Some(handler.entry));
            }
            if !handler.is_except {
                self.cancel()?;
            }
            self.handlers.pop();
        }
        if left != 0 {
            if !self.has_iterator() {
                return Err("no iterator to leave".into());
            }
            self.stack.truncate(self.stack.len() - 4);
        }
        Ok(Some(target))
    }

    /// An exception at the instruction at `at`.
    fn raise(&mut self, at: u32) -> Next {
        while self
            .handlers
            .last()
            .is_some_and(|handler| handler.entry <= at)
        {
            self.handlers.pop();
        }
        let Some(handler) = self.handlers.last().copied() else {
            return Ok(None);
        };
        self.cut(handler.base)?;
        self.stack.push(Slot::Exception);
        Ok(Some(handler.entry))
    }

    fn cut(&mut self, base: usize) -> Result<(), Violation> {
        if self.stack.len() < base {
            return Err("popped below a handler".into());
        }
        self.stack.truncate(base);
        Ok(())
    }
}
