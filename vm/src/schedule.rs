//! What waits for the interpreter's next backward jump or call: scheduled callbacks, and interrupts.

use crate::native::{Res, Sink};
use crate::object::exception as types;
use crate::value::Value;
use crate::vm::Vm;

/// Callbacks that may wait.
const DEPTH: usize = 8;

impl Vm<'_> {
    /// Has `f(argument)` called soon, between two instructions. What it raises is printed and goes no further.
    ///
    /// # Errors
    /// `RuntimeError` where too many wait already.
    pub fn schedule(&mut self, f: Value, argument: Value) -> Res<()> {
        let mark = self.mark();
        self.root(f)?;
        self.root(argument)?;
        let queue = match self.roots.scheduled {
            Some(queue) => queue,
            None => {
                let queue = self.new_list(&[])?;
                self.roots.scheduled = Some(queue);
                queue
            }
        };
        if self.list_len(queue) >= 2 * DEPTH {
            return Err(self.error(&types::RUNTIME_ERROR, msg!("schedule queue full")));
        }
        self.list_push(queue, f)?;
        self.list_push(queue, argument)?;
        self.attend();
        self.release(mark);
        Ok(())
    }

    /// Lets the interpreter look at what is pending, at its next backward jump or call.
    pub(crate) fn attend(&mut self) {
        self.pending = true;
        self.budget.look_soon();
    }

    /// Raises `KeyboardInterrupt` in the program, at its next backward jump or call.
    pub fn interrupt(&mut self) {
        if let Ok(e) = self.new_exception(types::KEYBOARD_INTERRUPT.value(), &[]) {
            self.pending_exception = Some(e);
            self.attend();
        }
    }

    /// Runs the callbacks that waited when this began. Those that they schedule wait for the next time.
    pub(crate) fn run_scheduled(&mut self) -> Res<()> {
        if self.in_callback {
            return Ok(());
        }
        let Some(queue) = self.roots.scheduled.take() else {
            return Ok(());
        };
        self.in_callback = true;
        let done = self.run_queue(queue);
        self.in_callback = false;
        if self.roots.scheduled.is_some() {
            self.attend();
        }
        done
    }

    fn run_queue(&mut self, queue: Value) -> Res<()> {
        let mark = self.mark();
        self.root(queue)?;
        for i in 0..self.list_len(queue) / 2 {
            let part = |vm: &Self, k: usize| vm.list_items(queue)[2 * i + k].unwrap_or(Value::NONE);
            let (f, argument) = (part(self, 0), part(self, 1));
            let before = self.mark();
            if let Err(raised) = self.call(f, &[argument]) {
                let e = self.take_raised(raised);
                self.root(e)?;
                self.print_exception(e, Sink::Console)?;
            }
            self.release(before);
        }
        self.release(mark);
        Ok(())
    }
}
