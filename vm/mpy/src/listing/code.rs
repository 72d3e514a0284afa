//! The instructions of a function.

use super::Listing;
use super::text::{ConstantText, Hex, Name, indented};
use crate::opcode::{Arg, BinaryOp, Instr, Opcode, Operand, UnaryOp, decode};
use crate::prelude::{Lines, Prelude};
use crate::raw_code::RawCode;
use core::fmt::{self, Formatter};

/// Bytes of code whose labels are found at a time.
const WINDOW: u32 = 4096;

/// Which instructions of a stretch of code something jumps to. Found without memory for all of them: the whole function is
/// searched once for each stretch.
struct Targets {
    start: u32,
    bits: [u32; (WINDOW / u32::BITS) as usize],
}

impl Targets {
    /// Those in the window that begins at `start`.
    fn find(code: &[u8], first: u32, start: u32) -> Targets {
        let mut targets = Targets {
            start,
            bits: [0; (WINDOW / u32::BITS) as usize],
        };
        let mut at = first;
        while let Ok(instr) = decode(code, at) {
            if let Some(offset) = instr.target().and_then(|target| target.checked_sub(start))
                && offset < WINDOW
            {
                targets.bits[(offset / u32::BITS) as usize] |= 1 << (offset % u32::BITS);
            }
            at = instr.next;
        }
        targets
    }

    fn covers(&self, at: u32) -> bool {
        at - self.start < WINDOW
    }

    fn contains(&self, at: u32) -> bool {
        let offset = at - self.start;
        self.bits[(offset / u32::BITS) as usize] >> (offset % u32::BITS) & 1 != 0
    }
}

/// The source line of each instruction, when asked for in order.
struct LineWalk<'a> {
    steps: Lines<'a>,
    line: u32,
    /// Offset from the first opcode that the current line ends at.
    until: u32,
    pending: u32,
}

impl<'a> LineWalk<'a> {
    fn new(prelude: &Prelude<'a>) -> Self {
        let mut walk = LineWalk {
            steps: prelude.lines(),
            line: 1,
            until: 0,
            pending: 0,
        };
        walk.step();
        walk
    }

    fn step(&mut self) {
        match self.steps.next() {
            Some(step) => {
                self.until = self.until.saturating_add(step.bytes);
                self.pending = step.lines;
            }
            None => self.until = u32::MAX,
        }
    }

    fn line_of(&mut self, offset: u32) -> u32 {
        while offset >= self.until && self.until != u32::MAX {
            self.line += self.pending;
            self.step();
        }
        self.line
    }
}

/// Columns of bytes: the longest instruction that compilers write for everyday code.
const BYTES_WIDTH: usize = 3 * 4;

impl<'a> Listing<'a> {
    /// One line an instruction: source line where it changes, offset, bytes, and what it says.
    pub(super) fn opcodes(
        &self,
        f: &mut Formatter<'_>,
        raw: &RawCode<'a>,
        prelude: &Prelude<'a>,
        depth: usize,
    ) -> fmt::Result {
        let code = raw.file_to_code_end();
        let first = prelude.opcodes_at;
        let mut targets = Targets::find(code, first, first);
        let mut lines = LineWalk::new(prelude);
        let mut shown_line = 0;
        let mut at = first;
        while at < prelude.code_end {
            if !targets.covers(at) {
                targets = Targets::find(code, first, at);
            }
            if targets.contains(at) {
                indented(f, depth)?;
                writeln!(f, "  L{at}:")?;
            }
            indented(f, depth)?;
            let instr = match decode(code, at) {
                Ok(instr) => instr,
                Err(error) => return writeln!(f, "! {error}"),
            };
            let line = lines.line_of(at - first);
            if line == shown_line {
                write!(f, "  {:5}", "")?;
            } else {
                write!(f, "  {line:5}")?;
                shown_line = line;
            }
            let bytes = &code[at as usize..instr.next as usize];
            write!(f, " {at:6}  {}", Hex(bytes))?;
            let width = 3 * bytes.len();
            write!(
                f,
                "{:pad$}{}",
                "",
                base_name(&instr),
                pad = BYTES_WIDTH.saturating_sub(width) + 1
            )?;
            self.operand(f, raw, prelude, &instr)?;
            writeln!(f)?;
            at = instr.next;
        }
        Ok(())
    }

    fn operand(
        &self,
        f: &mut Formatter<'_>,
        raw: &RawCode<'a>,
        prelude: &Prelude<'a>,
        instr: &Instr,
    ) -> fmt::Result {
        let value = instr.uint();
        match (instr.info().operand, instr.arg()) {
            (_, Arg::None) => Ok(()),
            (_, Arg::Int(value)) => write!(f, " {value}"),
            (_, Arg::Target(target)) => {
                write!(f, " L{target}")?;
                unwinding(f, instr)
            }
            (Operand::Qstr, _) => match self.mpy.qstr(value) {
                Some(qstr) if instr.op == Opcode::LoadConstString => {
                    write!(f, " {:?}", qstr.text())
                }
                Some(qstr) => write!(f, " {}", Name(qstr.text())),
                None => write!(f, " ! no qstr {value}"),
            },
            (Operand::Const, _) => match self.mpy.constant(value) {
                Some((_, constant)) => write!(f, " {value}  {}", ConstantText(&constant)),
                None => write!(f, " ! no constant {value}"),
            },
            (Operand::Child | Operand::ChildExtra, _) => {
                match raw.children().flatten().nth(value as usize) {
                    Some(child) => {
                        write!(f, " {value}  {}", Name(self.name_of(&child)))?;
                        closing_over(f, instr)
                    }
                    None => write!(f, " ! no child {value}"),
                }
            }
            (Operand::Local | Operand::MultiLocal, _) => {
                write!(f, " {value}")?;
                let name = prelude
                    .args()
                    .nth(value as usize)
                    .and_then(|index| self.mpy.qstr(index));
                name.map_or(Ok(()), |name| write!(f, "  {}", Name(name.text())))
            }
            (Operand::MultiOperator, _) => write!(f, " {}", symbol(instr)),
            _ => counts(f, instr),
        }
    }
}

/// The opcode's name without the mark of a run, which is a matter of encoding.
fn base_name(instr: &Instr) -> &'static str {
    let name = instr.op.name();
    name.strip_suffix("_MULTI")
        .or(name.strip_suffix("_N"))
        .unwrap_or(name)
}

fn symbol(instr: &Instr) -> &'static str {
    let number = instr.uint() as u8;
    let symbol = match instr.op {
        Opcode::UnaryOpMulti => UnaryOp::from_number(number).map(UnaryOp::symbol),
        _ => BinaryOp::from_number(number).map(BinaryOp::symbol),
    };
    symbol.unwrap_or("?")
}

fn unwinding(f: &mut Formatter<'_>, instr: &Instr) -> fmt::Result {
    if instr.op != Opcode::UnwindJump {
        return Ok(());
    }
    write!(f, "  leaving {} handlers", instr.extra & 0x7f)?;
    if instr.extra & 0x80 != 0 {
        f.write_str(" and an iterator")
    } else {
        Ok(())
    }
}

fn closing_over(f: &mut Formatter<'_>, instr: &Instr) -> fmt::Result {
    match instr.info().operand {
        Operand::ChildExtra => write!(f, "  closing over {}", instr.extra),
        _ => Ok(()),
    }
}

/// Operands that pack several numbers.
fn counts(f: &mut Formatter<'_>, instr: &Instr) -> fmt::Result {
    let value = instr.uint();
    let (low, high) = (value & 0xff, value >> 8);
    match instr.op {
        Opcode::CallFunction
        | Opcode::CallMethod
        | Opcode::CallFunctionVarKw
        | Opcode::CallMethodVarKw => {
            write!(f, " {low} positional, {high} keyword")
        }
        Opcode::UnpackEx => write!(f, " {low} before the star, {high} after it"),
        Opcode::StoreComp => {
            let collection = ["list", "dict", "set", "?"][value as usize & 3];
            write!(f, " {collection} {} down", value >> 2)
        }
        _ => write!(f, " {value}"),
    }
}
