//! Decoding of one instruction, with every read checked.

use super::{Info, Opcode, Operand, ROWS, row};
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
    /// Its operand.
    pub arg: Arg,
    /// The extra byte of `MAKE_CLOSURE*` and `UNWIND_JUMP`; 0 elsewhere.
    pub extra: u8,
}

impl Instr {
    /// What the table says of the opcode.
    pub fn info(&self) -> &'static Info {
        // Every variant of `Opcode` has a row under its own value, by the macro that makes both.
        row(self.op as u8).unwrap_or(&ROWS[0])
    }

    /// The operand where it is a count, index or number, else 0.
    pub fn uint(&self) -> u32 {
        match self.arg {
            Arg::Uint(value) => value,
            _ => 0,
        }
    }

    /// The jump target, if the instruction has one.
    pub fn target(&self) -> Option<u32> {
        match self.arg {
            Arg::Target(target) => Some(target),
            _ => None,
        }
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
    let byte = reader.u8()?;
    let Some(info) = row(byte) else {
        return Err(Error::new(at, ErrorKind::UnknownOpcode(byte)));
    };
    let in_opcode = u32::from(byte - info.value());
    let mut extra = 0;
    let arg = match info.operand {
        Operand::None => Arg::None,
        Operand::Qstr | Operand::Uint | Operand::Local | Operand::Const | Operand::Child => {
            Arg::Uint(reader.vuint()?)
        }
        Operand::ChildExtra => {
            let child = reader.vuint()?;
            extra = reader.u8()?;
            Arg::Uint(child)
        }
        Operand::SmallInt => Arg::Int(reader.small_int()?),
        Operand::Label => {
            let offset = label_offset(&mut reader)?;
            Arg::Target(target(code, at, reader.position(), i64::from(offset))?)
        }
        Operand::SignedLabel => Arg::Target(signed_target(code, at, &mut reader)?),
        Operand::SignedLabelExtra => {
            let target = signed_target(code, at, &mut reader)?;
            extra = reader.u8()?;
            Arg::Target(target)
        }
        Operand::MultiSmallInt => Arg::Int(in_opcode as SmallInt - SMALL_INT_EXCESS),
        Operand::MultiLocal | Operand::MultiOperator => Arg::Uint(in_opcode),
    };
    Ok(Instr {
        at,
        next: reader.position(),
        op: info.op,
        arg,
        extra,
    })
}

/// `LOAD_CONST_SMALL_INT_MULTI` starts at minus this.
const SMALL_INT_EXCESS: SmallInt = 16;

/// Reads one byte, or two where the first has its high bit set (low seven bits first).
fn label_offset(reader: &mut Reader<'_>) -> Result<u16, Error> {
    let low = reader.u8()?;
    if low & 0x80 == 0 {
        return Ok(u16::from(low));
    }
    Ok(u16::from(low & 0x7f) | u16::from(reader.u8()?) << 7)
}

fn signed_target(code: &[u8], at: u32, reader: &mut Reader<'_>) -> Result<u32, Error> {
    let start = reader.position();
    let offset = i64::from(label_offset(reader)?);
    let bias = if reader.position() - start == 1 {
        0x40
    } else {
        0x4000
    };
    target(code, at, reader.position(), offset - bias)
}

fn target(code: &[u8], at: u32, from: u32, offset: i64) -> Result<u32, Error> {
    let target = i64::from(from) + offset;
    match u32::try_from(target) {
        Ok(target) if (target as usize) < code.len() => Ok(target),
        _ => Err(Error::new(at, ErrorKind::JumpOutside(target))),
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
                (instr.op, instr.arg, instr.extra, instr.next),
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
