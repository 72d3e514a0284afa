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

use super::labels::NO_PLACE;
use crate::opcode::{BinaryOp, Opcode, Opcode::*, decode};

/// An instruction of the sequence: its opcode, and its operand where that matters to the stack, or a part that begins here or is
/// jumped to.
type Step = (Opcode, u8);

const MATCH: u8 = BinaryOp::ExceptionMatch as u8;
/// Any operand.
const ANY: u8 = u8::MAX;
/// The parts that something jumps to.
const OTHER: u8 = 0x80;
const NO_EXCEPTION: u8 = 0x81;
const END: u8 = 0x82;
const N_PARTS: usize = 3;

#[rustfmt::skip]
const STEPS: [Step; 34] = [
    (DupTop, ANY), (LoadGlobal, ANY), (BinaryOpMulti, MATCH), (PopJumpIfFalse, OTHER),
    (DupTop, ANY), (RotThree, ANY), (RotTwo, ANY), (LoadMethod, ANY), (RotThree, ANY), (RotThree, ANY), (DupTop, ANY),
    (LoadAttr, ANY), (RotTwo, ANY), (LoadConstNone, ANY), (CallMethod, 3),
    (GetIter, ANY), (LoadConstNone, ANY), (YieldFrom, ANY), (PopJumpIfFalse, END),
    (PopTop, ANY), (LoadConstNone, ANY), (Jump, END),
    (RotThree, OTHER), (RotThree, ANY),
    (LoadMethod, NO_EXCEPTION), (LoadConstNone, ANY), (DupTop, ANY), (DupTop, ANY), (CallMethod, 3),
    (GetIter, ANY), (LoadConstNone, ANY), (YieldFrom, ANY), (PopTop, ANY),
    (EndFinally, END),
];

/// What the way in begins with; its jump follows.
const PROLOGUE: [u8; 2] = [LoadConstNone as u8, RotTwo as u8];

/// Slots that the sequence needs above those in use where its `finally` was set up.
pub(super) const SLOTS: u32 = 6;

/// Where the parts of a recognised sequence are.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsyncExit {
    /// Those that something jumps to.
    pub(super) parts: [u32; N_PARTS],
    /// The instruction after it.
    pub(super) next: u32,
}

impl AsyncExit {
    /// Recognises the sequence at the entry of a `finally`.
    #[inline(never)]
    pub(super) fn at(code: &[u8], entry: u32) -> Option<AsyncExit> {
        let mut parts = [NO_PLACE; N_PARTS];
        let mut at = entry;
        for &(op, operand) in &STEPS {
            let instr = decode(code, at).ok()?;
            if instr.op != op {
                return None;
            }
            if let Some(part) = parts.get_mut(usize::from(operand ^ OTHER)) {
                // All that goes there, and it itself, agree where that is.
                let place = instr.target().unwrap_or(at);
                if *part == NO_PLACE {
                    *part = place;
                }
                if *part != place {
                    return None;
                }
            } else if operand != ANY && instr.uint() != operand.into() {
                return None;
            }
            at = instr.next;
        }
        Some(AsyncExit { parts, next: at })
    }

    /// Whether the first instructions at `at` are those of the way in: a look that costs nothing.
    pub(super) fn may_lead_in(code: &[u8], at: u32) -> bool {
        code.get(at as usize..)
            .is_some_and(|rest| rest.starts_with(&PROLOGUE))
    }

    /// Recognises the way into it from the end of the body, which [may lead in](Self::may_lead_in) and lies right before
    /// `entry`.
    pub(super) fn is_prologue(&self, code: &[u8], at: u32, entry: u32) -> bool {
        decode(code, at + PROLOGUE.len() as u32).is_ok_and(|jump| {
            jump.op == Jump
                && jump.target() == Some(self.parts[usize::from(NO_EXCEPTION ^ OTHER)])
                && jump.next == entry
        })
    }
}
