//! How far a program may run: until it has to yield, and in all.
//!
//! What is counted is *steps*: backward jumps, calls of Python functions, and items that native code takes from an iterator.
//! Between two of them a program does a bounded amount of work, but for natives that are given large values (a product of
//! long ints, a copy of a long list): those run to their end. What takes the square of a value's size or more, arithmetic and
//! text of long ints, counts as many steps as it is worth. The interpreter counts down and looks up at zero, so a step costs
//! one subtraction.

use crate::attention;
use crate::host::Host;
use crate::native::Res;
use crate::object::exception as types;
use crate::raise::Raised;
use crate::run;
use crate::vm::Vm;

/// What [`Vm::run`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The budget is used up; the next `run` goes on where this one stopped.
    Yielded,
    /// The program has ended.
    Done,
    /// It ended with an exception, which [`Vm::take_raised`] gives.
    Raised(Raised),
}

/// Steps that native code may still make when its program should have yielded.
const OVERDRAFT: u32 = 16;

/// Products of two digits of long ints that count as a step: as many as take the instructions of a turn of a short loop,
/// ten each where a turn of eight opcodes is 280.
const PRODUCTS: usize = 32;

/// The account of a VM's steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Steps until the interpreter looks up.
    left: u32,
    /// What `left` was when it last did.
    granted: u32,
    /// Steps made before that.
    made: u64,
    /// How many steps may have been made when the program yields or has come to its limit.
    end: u64,
}

impl Budget {
    /// Of a VM that may make so many in all.
    pub(crate) const fn new(limit: u64) -> Budget {
        Budget {
            left: 0,
            granted: 0,
            made: 0,
            end: limit,
        }
    }

    fn account(&mut self) {
        self.made += u64::from(self.granted.wrapping_sub(self.left));
        (self.granted, self.left) = (0, 0);
    }

    fn grant(&mut self, steps: u32) {
        self.account();
        self.granted = steps.max(1);
        self.left = self.granted;
    }

    /// Lets the interpreter look up at its next step.
    pub(crate) fn look_soon(&mut self) {
        self.grant(1);
    }

    /// Counts the work of the products of so many digits by so many others. The interpreter looks up at its next step if that was more than was left.
    #[inline]
    pub(crate) fn multiplied(&mut self, n: usize, m: usize) {
        let products = n.saturating_mul(m);
        if products >= PRODUCTS {
            let steps = (products / PRODUCTS) as u64;
            let counted = steps.min(u64::from(self.left.saturating_sub(1)));
            self.left -= counted as u32;
            self.made += steps - counted;
        }
    }

    /// Counts a step. True where the interpreter has to look up.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> bool {
        self.left = self.left.wrapping_sub(1);
        self.left == 0
    }
}

impl<'a> Vm<'a> {
    /// Prepares a module to run as the main program, by [`run`](Vm::run).
    ///
    /// # Errors
    /// `ImportError` where there is no such module, `ValueError` where it is no module for this VM, `MemoryError`.
    pub fn start(&mut self, name: impl AsRef<[u8]>) -> Res<()> {
        let frame = self.main_frame(name.as_ref())?;
        self.frame = frame;
        Ok(())
    }

    /// The same for a module that is no file.
    ///
    /// # Errors
    /// As [`start`](Vm::start).
    pub fn start_bytes(&mut self, module: &'a [u8]) -> Res<()> {
        let frame = self.main_frame_of(module)?;
        self.frame = frame;
        Ok(())
    }

    /// Runs the program that [`start`](Vm::start) prepared for about `steps` steps.
    ///
    /// It yields at a backward jump or at a call, never inside native code: where a native calls back into Python (a key
    /// function of `sort`, an `__eq__` of a dict's key) the program yields once that native has returned.
    pub fn run(&mut self, steps: u32) -> Progress {
        if self.frame.is_null() {
            return Progress::Done;
        }
        self.budget.account();
        let due = self.budget.made + u64::from(steps);
        self.budget.end = due.min(self.limits.steps);
        self.grant_rest();
        let exit = run::resume(self);
        self.budget.end = self.limits.steps;
        self.grant_rest();
        if exit != run::Exit::Yielded {
            self.run_at_exit();
        }
        match exit {
            run::Exit::Yielded => Progress::Yielded,
            run::Exit::Done => {
                self.result = None;
                Progress::Done
            }
            run::Exit::Raised => Progress::Raised(Raised::parked()),
        }
    }

    /// The host, for what it has to do between two calls of [`run`](Vm::run).
    pub fn host(&mut self) -> &mut dyn Host {
        self.host
    }

    /// Steps that this VM has made.
    pub fn steps(&self) -> u64 {
        self.budget.made + u64::from(self.budget.granted.wrapping_sub(self.budget.left))
    }

    /// Lets the interpreter run to whatever comes first: its limit, the yield that is due, the longest that can be counted.
    pub(crate) fn grant_rest(&mut self) {
        self.budget.account();
        let rest = self.budget.end.saturating_sub(self.budget.made);
        self.budget.grant(rest.min(attention::STEPS.into()) as u32);
    }

    /// Looks up: at the host, at what is pending, at the limit, at the yield that is due. True where the program has to yield now.
    #[cold]
    pub(crate) fn look_up(&mut self, may_yield: bool) -> Res<bool> {
        self.grant_rest();
        self.look_at_host()?;
        self.budget.account();
        if self.budget.made >= self.limits.steps {
            // Each further step raises again: no handler can go on for long.
            self.budget.look_soon();
            return Err(self.error(&types::RUNTIME_ERROR, msg!("step limit reached")));
        }
        let due = self.budget.made >= self.budget.end;
        if due && !(may_yield && self.native_depth == 0) {
            self.budget.grant(OVERDRAFT);
            return Ok(false);
        }
        self.grant_rest();
        Ok(due)
    }

    /// Counts a step of native code, which cannot yield.
    #[inline(always)]
    pub(crate) fn native_step(&mut self) -> Res<()> {
        if self.budget.step() {
            self.look_up(false)?;
        }
        Ok(())
    }
}
