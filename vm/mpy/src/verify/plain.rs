//! Quick answers about the instructions that most code consists of.
//!
//! Each pass of the verifier asks of an instruction what [`decode`](crate::opcode::decode) and the opcode's row tell, by way of some
//! jumps that a processor cannot foresee. For plain instructions one look into a small table, made from the rows, says it
//! all. Whatever is not here takes the general way; leaving an opcode out costs time and nothing else.

use crate::opcode::{BinaryOp, Effect, Flow, Info, Opcode, Operand};

/// What an opcode byte says, if it is plain.
#[derive(Clone, Copy)]
struct Row {
    /// Bytes of the instruction, its operand being below 0x80; 0 where it is not plain.
    length: u8,
    operand: Index,
    pops: u8,
    pushes: u8,
}

/// What the operand of a plain instruction numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Index {
    /// Nothing that has to be checked.
    None,
    Qstr,
    Constant,
    /// A local, by `LOAD_FAST_MULTI` or `STORE_FAST_MULTI`.
    Local(Opcode),
    SmallInt,
    /// Nothing: so many values more are popped.
    Count,
}

/// A plain instruction: control runs on to the next one, and its effect on the stack is a fixed number of plain values off
/// and then on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plain {
    /// What the operand numbers.
    pub(super) index: Index,
    /// The operand.
    pub(super) value: u32,
    pub(super) pops: u16,
    pub(super) pushes: u16,
    /// Offset of the byte after it.
    pub(super) next: u32,
}

/// The plain instruction at offset `at`, if there is one.
#[inline(always)]
pub(super) fn plain(code: &[u8], at: u32) -> Option<Plain> {
    if cfg!(mpy_format_small) {
        return None;
    }
    let byte = *code.get(at as usize)?;
    let row = ROWS[usize::from(byte)];
    let value = match row.length {
        0 => return None,
        1 => byte & 0x0f,
        _ => *code.get(at as usize + 1).filter(|byte| **byte < 0x80)?,
    };
    let counted = match row.operand {
        Index::Count => u16::from(value),
        _ => 0,
    };
    Some(Plain {
        index: row.operand,
        value: u32::from(value),
        pops: u16::from(row.pops) + counted,
        pushes: u16::from(row.pushes),
        next: at + u32::from(row.length),
    })
}

static ROWS: [Row; 256] = {
    let mut rows = [NOT_PLAIN; 256];
    let mut byte = 0;
    while byte < rows.len() {
        if let Some(info) = Opcode::TABLE[byte] {
            rows[byte] = row(info, byte);
        }
        byte += 1;
    }
    rows
};

const NOT_PLAIN: Row = Row {
    length: 0,
    operand: Index::None,
    pops: 0,
    pushes: 0,
};

const fn row(info: Info, byte: usize) -> Row {
    let (pops, pushes) = match (info.flow, info.effect) {
        (Flow::Next, Effect::Fixed(pops, pushes)) => (pops, pushes),
        // Below 0x80, the operand has no keywords.
        (Flow::Next, Effect::Call(pops)) => (pops, 1),
        (Flow::Next, Effect::Build) => (0, 1),
        _ => return NOT_PLAIN,
    };
    // Only opcodes for which the walk has no rule of its own.
    match info.op {
        Opcode::LoadConstString
        | Opcode::LoadName
        | Opcode::LoadGlobal
        | Opcode::LoadAttr
        | Opcode::StoreName
        | Opcode::StoreGlobal
        | Opcode::LoadConstSmallInt
        | Opcode::LoadConstObj
        | Opcode::LoadConstFalse
        | Opcode::LoadConstTrue
        | Opcode::LoadSubscr
        | Opcode::GetIter
        | Opcode::StoreMap
        | Opcode::LoadConstSmallIntMulti
        | Opcode::BuildTuple
        | Opcode::BuildList
        | Opcode::CallFunction
        | Opcode::LoadFastMulti
        | Opcode::StoreFastMulti
        | Opcode::UnaryOpMulti => {}
        Opcode::BinaryOpMulti
            if byte - info.value as usize != BinaryOp::ExceptionMatch as usize => {}
        _ => return NOT_PLAIN,
    }
    let (length, operand) = match info.operand {
        Operand::None | Operand::MultiSmallInt | Operand::MultiOperator => (1, Index::None),
        Operand::MultiLocal => (1, Index::Local(info.op)),
        Operand::Qstr => (2, Index::Qstr),
        Operand::Const => (2, Index::Constant),
        Operand::SmallInt => (2, Index::SmallInt),
        Operand::Uint => (2, Index::Count),
        _ => return NOT_PLAIN,
    };
    Row {
        length,
        operand,
        pops,
        pushes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcode::{Arg, decode};

    /// Whatever is plain is what the decoder and the table say of it.
    #[test]
    fn plain_instructions_are_decoded_alike() {
        let mut n_plain = 0;
        for byte in 0..=u8::MAX {
            for operand in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff] {
                let code = [byte, operand, 0x50, 0x50, 0x50, 0x50];
                let Some(plain) = plain(&code, 0) else {
                    continue;
                };
                n_plain += 1;
                let instr = decode(&code, 0).unwrap();
                assert_eq!(instr.next, plain.next, "{byte:#x}");
                let (pops, pushes) = instr.stack_effect();
                assert_eq!((pops, pushes), (plain.pops.into(), plain.pushes.into()));
                assert_eq!(instr.info().flow, Flow::Next);
                match (plain.index, instr.info().operand, instr.arg) {
                    (Index::None, operand, _) => assert!(matches!(
                        operand,
                        Operand::None | Operand::MultiSmallInt | Operand::MultiOperator
                    )),
                    (Index::Qstr, Operand::Qstr, Arg::Uint(value))
                    | (Index::Constant, Operand::Const, Arg::Uint(value)) => {
                        assert_eq!(value, plain.value);
                    }
                    (Index::Count, Operand::Uint, Arg::Uint(value)) => {
                        assert_eq!(value, plain.value);
                    }
                    (Index::Local(op), Operand::MultiLocal, Arg::Uint(value)) => {
                        assert_eq!((op, value), (instr.op, plain.value));
                    }
                    (Index::SmallInt, Operand::SmallInt, Arg::Int(value)) => {
                        assert!((-64..64).contains(&value));
                    }
                    other => panic!("{byte:#x}: {other:?}"),
                }
            }
        }
        assert!(n_plain > 1000, "{n_plain}");
    }

    #[test]
    fn an_instruction_that_is_cut_off_is_not_plain() {
        assert_eq!(plain(&[0x10], 0), None);
        assert_eq!(plain(&[0x10, 0x01], 2), None);
    }
}
