//! The end of an `async with`, which no rule of the stack covers.
//!
//! Its `finally` looks at why it was entered (a copy of the cause is matched against `BaseException`) and then handles two
//! slots in one case and one in the other, while the compiler turns the context manager over and under them. As compilers
//! emit one fixed sequence for it, that sequence is recognised whole and nothing may jump into it:
//!
//! ```text
//!            LOAD_CONST_NONE  ROT_TWO  JUMP no_exception          (absent where the body never ends)
//! entry:     DUP_TOP  LOAD_GLOBAL BaseException  EXCEPTION_MATCH  POP_JUMP_IF_FALSE other
//!            DUP_TOP  ROT_THREE  ROT_TWO  LOAD_METHOD __aexit__  ROT_THREE  ROT_THREE
//!            DUP_TOP  LOAD_ATTR __class__  ROT_TWO  LOAD_CONST_NONE  CALL_METHOD 3
//!            GET_ITER  LOAD_CONST_NONE  YIELD_FROM  POP_JUMP_IF_FALSE end
//!            POP_TOP  LOAD_CONST_NONE  JUMP end
//! other:     ROT_THREE  ROT_THREE
//! no_except: LOAD_METHOD __aexit__  LOAD_CONST_NONE  DUP_TOP  DUP_TOP  CALL_METHOD 3
//!            GET_ITER  LOAD_CONST_NONE  YIELD_FROM  POP_TOP
//! end:       END_FINALLY
//! ```
//!
//! That the branch after `EXCEPTION_MATCH` is taken exactly when the cause has two slots is the interpreter's to see to:
//! with a `finally` as the innermost handler, the match must ask only whether the value is an exception (SPEC.md).

use crate::opcode::{Arg, BinaryOp, Instr, Opcode, Opcode::*, decode};

const EXCEPTION_MATCH: u32 = BinaryOp::ExceptionMatch as u32;

/// An instruction of the sequence: its opcode, and its operand where that matters to the stack.
type Step = (Opcode, Option<u32>);

#[rustfmt::skip]
const ENTRY: [Step; 4] = [(DupTop, None), (LoadGlobal, None), (BinaryOpMulti, Some(EXCEPTION_MATCH)), (PopJumpIfFalse, None)];
#[rustfmt::skip]
const EXCEPTION: [Step; 15] = [
    (DupTop, None), (RotThree, None), (RotTwo, None), (LoadMethod, None), (RotThree, None), (RotThree, None), (DupTop, None),
    (LoadAttr, None), (RotTwo, None), (LoadConstNone, None), (CallMethod, Some(3)),
    (GetIter, None), (LoadConstNone, None), (YieldFrom, None), (PopJumpIfFalse, None),
];
const SWALLOWED: [Step; 3] = [(PopTop, None), (LoadConstNone, None), (Jump, None)];
const OTHER: [Step; 2] = [(RotThree, None), (RotThree, None)];
#[rustfmt::skip]
const NO_EXCEPTION: [Step; 9] = [
    (LoadMethod, None), (LoadConstNone, None), (DupTop, None), (DupTop, None), (CallMethod, Some(3)),
    (GetIter, None), (LoadConstNone, None), (YieldFrom, None), (PopTop, None),
];
const PROLOGUE: [Step; 3] = [(LoadConstNone, None), (RotTwo, None), (Jump, None)];

/// Slots that the sequence needs above those in use where its `finally` was set up.
pub(super) const SLOTS: u32 = 6;

/// Where the parts of a recognised sequence are.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsyncExit {
    pub(super) other: u32,
    pub(super) no_exception: u32,
    pub(super) end: u32,
    /// The instruction after it.
    pub(super) next: u32,
}

impl AsyncExit {
    /// Recognises the sequence at the entry of a `finally`.
    pub(super) fn at(code: &[u8], entry: u32) -> Option<AsyncExit> {
        let branch = match_steps(code, entry, &ENTRY)?;
        let swallow = match_steps(code, branch.next, &EXCEPTION)?;
        let jump = match_steps(code, swallow.next, &SWALLOWED)?;
        let other = jump.next;
        let no_exception = match_steps(code, other, &OTHER)?.next;
        let end = match_steps(code, no_exception, &NO_EXCEPTION)?.next;
        let next = match_steps(code, end, &[(EndFinally, None)])?.next;
        let targets = [branch.arg, swallow.arg, jump.arg];
        let expected = [Arg::Target(other), Arg::Target(end), Arg::Target(end)];
        (targets == expected).then_some(AsyncExit {
            other,
            no_exception,
            end,
            next,
        })
    }

    /// Whether the first instructions at `at` are those of the way in: a look that costs nothing.
    pub(super) fn may_lead_in(code: &[u8], at: u32) -> bool {
        let start = [PROLOGUE[0].0 as u8, PROLOGUE[1].0 as u8];
        code.get(at as usize..)
            .is_some_and(|rest| rest.starts_with(&start))
    }

    /// Recognises the way into it from the end of the body, which lies right before `entry`.
    pub(super) fn is_prologue(&self, code: &[u8], at: u32, entry: u32) -> bool {
        match_steps(code, at, &PROLOGUE)
            .is_some_and(|jump| jump.next == entry && jump.target() == Some(self.no_exception))
    }
}

/// The last instruction of a run of them, if the code at `at` is that run.
fn match_steps(code: &[u8], mut at: u32, steps: &[Step]) -> Option<Instr> {
    let mut last = None;
    for &(op, operand) in steps {
        let instr = decode(code, at).ok()?;
        if instr.op != op || operand.is_some_and(|operand| operand != instr.uint()) {
            return None;
        }
        at = instr.next;
        last = Some(instr);
    }
    last
}
