//! Decoding of one instruction, with every read checked.

use super::{Info, Opcode, Operand, Row, row};
use crate::error::{Error, ErrorKind};
use crate::reader::{Reader, SmallInt};

/// An instruction's operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    /// There is none.
    None,
    /// A count, an index, a local's or an operator's number.
    Uint(u32),
    /// A small int.
    Int(SmallInt),
    /// A jump target: offset from the start of the slice that was decoded.
    Target(u32),
}

/// One decoded instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instr {
    /// Offset of its first byte in the slice.
    pub at: u32,
    /// Offset of the byte after it.
    pub next: u32,
    /// Which opcode it is.
    pub op: Opcode,
    /// The extra byte of `MAKE_CLOSURE*` and `UNWIND_JUMP`; 0 elsewhere.
    pub extra: u8,
    /// What the table says of it.
    pub(crate) row: &'static Row,
    /// Its operand, where that is no label.
    value: SmallInt,
    /// Its jump target, or [`NO_TARGET`].
    target: u32,
}

/// Past all code.
const NO_TARGET: u32 = u32::MAX;

impl Instr {
    /// What the table says of the opcode.
    #[inline(always)]
    pub fn info(&self) -> Info {
        self.row.info()
    }

    /// The operand.
    pub fn arg(&self) -> Arg {
        match self.row.operand() {
            Operand::None => Arg::None,
            Operand::Label | Operand::SignedLabel | Operand::SignedLabelExtra => {
                Arg::Target(self.target)
            }
            Operand::SmallInt | Operand::MultiSmallInt => Arg::Int(self.value),
            _ => Arg::Uint(self.uint()),
        }
    }

    /// The operand where it is a count, index or number; 0 where there is none or a label.
    #[inline(always)]
    pub fn uint(&self) -> u32 {
        self.value as u32
    }

    /// The operand where it is a small int.
    #[inline(always)]
    pub(crate) fn small_int(&self) -> SmallInt {
        self.value
    }

    /// The jump target, if the instruction has one.
    #[inline(always)]
    pub fn target(&self) -> Option<u32> {
        (self.target != NO_TARGET).then_some(self.target)
    }

    /// Slots popped and pushed where control falls through.
    pub fn stack_effect(&self) -> (u32, u32) {
        self.info().stack_effect(self.uint(), self.extra)
    }
}

/// Decodes the instruction at offset `at` of `code`.
///
/// A jump must land in `code`, before its end; nothing else is asked of the target here. A vuint may take five bytes
/// at most (a small int ten), leading zero bits included. Errors carry offsets in `code`.
// Returned through memory, the result is read back right after it was written in other widths, which stalls: inlined, the
// verifier takes a quarter less time. Small targets keep one copy.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub fn decode(code: &[u8], at: u32) -> Result<Instr, Error> {
    let mut reader = Reader::at(code, at);
    let byte = reader.byte()? as u8;
    let Some(row) = row(byte) else {
        return Err(Error::new(at, ErrorKind::UnknownOpcode(byte)));
    };
    let in_opcode = SmallInt::from(byte - row.value());
    let (mut target, mut extra) = (NO_TARGET, 0);
    let operand = row.operand();
    let value = match operand {
        Operand::None | Operand::MultiLocal | Operand::MultiOperator => in_opcode,
        Operand::MultiSmallInt => in_opcode - SMALL_INT_EXCESS,
        Operand::SmallInt => reader.small_int()?,
        Operand::Label | Operand::SignedLabel | Operand::SignedLabelExtra => {
            target = read_target(code, at, operand != Operand::Label, &mut reader)?;
            0
        }
        _ => reader.vuint()? as SmallInt,
    };
    if matches!(operand, Operand::ChildExtra | Operand::SignedLabelExtra) {
        extra = reader.byte()? as u8;
    }
    Ok(Instr {
        at,
        next: reader.position(),
        op: row.op,
        extra,
        row,
        value,
        target,
    })
}

/// `LOAD_CONST_SMALL_INT_MULTI` starts at minus this.
const SMALL_INT_EXCESS: SmallInt = 16;

/// Reads a label: one byte, or two where the first has its high bit set (low seven bits first).
fn read_target(code: &[u8], at: u32, signed: bool, reader: &mut Reader<'_>) -> Result<u32, Error> {
    let (mut offset, mut bias) = (reader.byte()?, 0x40);
    if offset & 0x80 != 0 {
        (offset, bias) = (offset & 0x7f | reader.byte()? << 7, 0x4000);
    }
    if !signed {
        bias = 0;
    }
    let from = reader.position();
    let target = from.checked_add(offset).and_then(|to| to.checked_sub(bias));
    match target {
        Some(target) if (target as usize) < code.len() => Ok(target),
        _ => {
            let target = i64::from(from) + i64::from(offset) - i64::from(bias);
            Err(Error::new(at, ErrorKind::JumpOutside(target)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_of_each_class() {
        let cases: &[(&[u8], Opcode, Arg, u8, u32)] = &[
            (&[0x50], Opcode::LoadConstFalse, Arg::None, 0, 1),
            (
                &[0x12, 0x81, 0x02],
                Opcode::LoadGlobal,
                Arg::Uint(130),
                0,
                3,
            ),
            (&[0x20, 0x03, 0x02], Opcode::MakeClosure, Arg::Uint(3), 2, 3),
            (&[0x22, 0x7f], Opcode::LoadConstSmallInt, Arg::Int(-1), 0, 2),
            (
                &[0x22, 0x80, 0x40],
                Opcode::LoadConstSmallInt,
                Arg::Int(64),
                0,
                3,
            ),
            (
                &[0x22, 0xff, 0x00],
                Opcode::LoadConstSmallInt,
                Arg::Int(-128),
                0,
                3,
            ),
            (&[0x70], Opcode::LoadConstSmallIntMulti, Arg::Int(-16), 0, 1),
            (&[0xaf], Opcode::LoadConstSmallIntMulti, Arg::Int(47), 0, 1),
            (&[0xbf], Opcode::LoadFastMulti, Arg::Uint(15), 0, 1),
            (&[0xf9], Opcode::BinaryOpMulti, Arg::Uint(34), 0, 1),
        ];
        for (code, op, arg, extra, next) in cases {
            let instr = decode(code, 0).unwrap();
            assert_eq!(
                (instr.op, instr.arg(), instr.extra, instr.next),
                (*op, *arg, *extra, *next)
            );
        }
    }

    #[test]
    fn jump_offsets_count_from_the_byte_after_them() {
        let mut code = [0x50u8; 300];
        code[..2].copy_from_slice(&[0x42, 0x40]);
        assert_eq!(decode(&code, 0).unwrap().target(), Some(2));
        code[..3].copy_from_slice(&[0x48, 0x80 | 0x01, 0x02]);
        assert_eq!(decode(&code, 0).unwrap().target(), Some(3 + 257));
        code[100..103].copy_from_slice(&[0x42, 0x80 | 0x7f, 0x7f]);
        assert_eq!(decode(&code, 100).unwrap().target(), Some(103 - 1));
        // The extra byte of UNWIND_JUMP comes after the place that its offset counts from.
        code[200..203].copy_from_slice(&[0x40, 0x41, 0x81]);
        let unwind = decode(&code, 200).unwrap();
        assert_eq!(
            (unwind.target(), unwind.extra, unwind.next),
            (Some(203), 0x81, 203)
        );
    }

    #[test]
    fn bad_instructions_are_refused_where_they_are() {
        let refused = |code: &[u8], at| decode(code, at).unwrap_err();
        assert_eq!(
            refused(&[0x00], 0),
            Error {
                at: 0,
                kind: ErrorKind::UnknownOpcode(0)
            }
        );
        assert_eq!(refused(&[0xd4], 0).kind, ErrorKind::UnknownOpcode(0xd4));
        assert_eq!(
            refused(&[0x50], 1),
            Error {
                at: 1,
                kind: ErrorKind::Truncated
            }
        );
        assert_eq!(
            refused(&[0x50, 0x12, 0x80], 1),
            Error {
                at: 3,
                kind: ErrorKind::Truncated
            }
        );
        assert_eq!(
            refused(&[0x50, 0x42, 0x00], 1),
            Error {
                at: 1,
                kind: ErrorKind::JumpOutside(3 - 0x40)
            }
        );
        assert_eq!(refused(&[0x48, 0x00], 0).kind, ErrorKind::JumpOutside(2));
        assert_eq!(
            refused(&[0x12, 0x9f, 0xff, 0xff, 0xff, 0x7f], 0).kind,
            ErrorKind::NumberTooLarge
        );
        assert_eq!(
            refused(&[0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 0).kind,
            ErrorKind::NumberTooLarge
        );
    }
}
