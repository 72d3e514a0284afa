//! Quick answers about the instructions that most code consists of.
//!
//! Each pass of the verifier asks of an instruction what [`decode`](crate::opcode::decode) and the opcode's row tell, by way of some
//! jumps that a processor cannot foresee. For plain instructions one look into a small table, made from the rows, says it
//! all. Whatever is not here takes the general way; leaving an opcode out costs time and nothing else.

use crate::opcode::{BinaryOp, Effect, Flow, Info, Opcode, Operand};

/// What an opcode byte says, if it is plain.
#[derive(Clone, Copy)]
struct Row {
    /// Bytes of the instruction, where its operand is below 0x80; 0 where it is not plain.
    length: u8,
    index: Index,
    /// [`NOT_STRAIGHT`], or the values popped.
    pops: u8,
    pushes: u8,
}

/// What the operand of a plain instruction numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Index {
    /// Nothing that has to be checked.
    None,
    Qstr,
    Constant,
    /// A local that is read.
    Load,
    /// A local that is overwritten.
    Store,
    /// A local that holds a cell.
    Cell,
    Child,
    SmallInt,
    /// Nothing: so many values more are popped.
    Count,
}

/// How many kinds of [`Index`] there are.
pub(super) const N_INDEXES: usize = Index::Count as usize + 1;

/// A plain instruction: without a jump, its operand a small number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plain {
    /// What the operand numbers.
    pub(super) index: Index,
    /// The operand.
    pub(super) value: u32,
    /// Offset of the byte after it.
    pub(super) next: u32,
    pops: u8,
    pushes: u8,
}

/// Instead of a number of pops: what it does to the stack is no count of values, or control does not run on.
const NOT_STRAIGHT: u8 = u8::MAX;

impl Plain {
    /// Values off the stack and then on, if that is all that the instruction does to it. Some of them may take what is no plain
    /// value off as well; where there are enough plain ones on top, they don't.
    #[inline(always)]
    pub(super) fn straight(&self) -> Option<(u32, u32)> {
        if self.pops == NOT_STRAIGHT {
            return None;
        }
        let counted = match self.index {
            Index::Count => self.value,
            _ => 0,
        };
        Some((u32::from(self.pops) + counted, self.pushes.into()))
    }
}

/// The plain instruction at offset `at`, if there is one.
#[inline(always)]
pub(super) fn plain(code: &[u8], at: u32) -> Option<Plain> {
    let (row, bytes) = row_at(code, at)?;
    match row.length {
        0 => None,
        _ => read(code, at, row, bytes),
    }
}

/// The same where its effect is [`straight`](Plain::straight), with that effect.
#[inline(always)]
pub(super) fn straight(code: &[u8], at: u32) -> Option<(Plain, u32, u32)> {
    let (row, bytes) = row_at(code, at)?;
    // What is not plain is not straight either: one question for both.
    let plain = match row.pops {
        NOT_STRAIGHT => None,
        _ => read(code, at, row, bytes),
    }?;
    let (pops, pushes) = plain.straight()?;
    Some((plain, pops, pushes))
}

/// What the table says of the instruction at offset `at`, and the two bytes there. The last byte of code is never plain: so
/// both can be read at once, before it is known which are wanted, which spares a jump that no processor foresees.
#[inline(always)]
fn row_at(code: &[u8], at: u32) -> Option<(&'static Row, [u8; 2])> {
    if cfg!(mpy_format_small) {
        return None;
    }
    let second = *code.get(at as usize + 1)?;
    let first = code[at as usize];
    Some((&ROWS[usize::from(first)], [first, second]))
}

/// The plain instruction of a row.
#[inline(always)]
fn read(code: &[u8], at: u32, row: &Row, [first, second]: [u8; 2]) -> Option<Plain> {
    let operand = match row.length {
        1 => first & 0x0f,
        _ => second,
    };
    let (value, length) = match operand {
        0..0x80 => (operand.into(), row.length),
        _ => (long_operand(code, at, row)?, 3),
    };
    Some(Plain {
        index: row.index,
        value,
        next: at + u32::from(length),
        pops: row.pops,
        pushes: row.pushes,
    })
}

/// The operand of an instruction whose second byte says that there is more of it, where one more byte is all and the whole is
/// an index: a module soon has more than 128 names.
#[inline(never)]
fn long_operand(code: &[u8], at: u32, row: &Row) -> Option<u32> {
    let bytes = code.get(at as usize + 1..at as usize + 3)?;
    let is_index = matches!(row.index, Index::Qstr | Index::Constant);
    (is_index && bytes[1] < 0x80).then_some(u32::from(bytes[0] & 0x7f) << 7 | u32::from(bytes[1]))
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
    index: Index::None,
    pops: NOT_STRAIGHT,
    pushes: 0,
};

const fn row(info: Info, byte: usize) -> Row {
    let (length, index) = match (info.operand, info.op) {
        // Their operands are more than one number, or have rules of their own.
        (_, Opcode::BuildSlice | Opcode::StoreComp | Opcode::UnpackEx) => return NOT_PLAIN,
        (_, Opcode::YieldValue | Opcode::YieldFrom) => return NOT_PLAIN,
        (Operand::None | Operand::MultiSmallInt | Operand::MultiOperator, _) => (1, Index::None),
        (Operand::MultiLocal, Opcode::LoadFastMulti) => (1, Index::Load),
        (Operand::MultiLocal, _) => (1, Index::Store),
        (Operand::Local, Opcode::LoadFastN) => (2, Index::Load),
        (Operand::Local, Opcode::StoreFastN) => (2, Index::Store),
        (Operand::Local, Opcode::LoadDeref | Opcode::StoreDeref) => (2, Index::Cell),
        (Operand::Qstr, _) => (2, Index::Qstr),
        (Operand::Const, _) => (2, Index::Constant),
        (Operand::Child, _) => (2, Index::Child),
        (Operand::SmallInt, _) => (2, Index::SmallInt),
        (Operand::Uint, _) => (2, Index::Count),
        _ => return NOT_PLAIN,
    };
    let (pops, pushes) = match straight_effect(info, byte) {
        Some(effect) => effect,
        None => (NOT_STRAIGHT, 0),
    };
    Row {
        length,
        index,
        pops,
        pushes,
    }
}

/// Values popped (with as many more as the operand says, where it counts) and pushed by an opcode for which the walk has no rule
/// beyond that, given enough plain values on top.
const fn straight_effect(info: Info, byte: usize) -> Option<(u8, u8)> {
    match info.op {
        Opcode::LoadNull
        | Opcode::LoadMethod
        | Opcode::LoadSuperMethod
        | Opcode::GetIterStack
        | Opcode::WithCleanup
        | Opcode::UnpackSequence => return None,
        Opcode::CallMethod | Opcode::CallMethodVarKw | Opcode::CallFunctionVarKw => return None,
        Opcode::BinaryOpMulti
            if byte - info.value() as usize == BinaryOp::ExceptionMatch as usize =>
        {
            return None;
        }
        // Its operand is a guess at the size.
        Opcode::BuildMap => return None,
        _ => {}
    }
    match (info.flow, info.effect) {
        (Flow::Next, Effect::Fixed(pops, pushes)) => Some((pops, pushes)),
        // Below 0x80, the operand has no keywords.
        (Flow::Next, Effect::Call(pops)) => Some((pops, 1)),
        (Flow::Next, Effect::Build) => Some((0, 1)),
        _ => None,
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
        let mut n_straight = 0;
        for byte in 0..=u8::MAX {
            for operand in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff] {
                let code = [byte, operand, 0x50, 0x80, 0x50, 0x50];
                let Some(plain) = plain(&code, 0) else {
                    continue;
                };
                n_plain += 1;
                let instr = decode(&code, 0).unwrap();
                assert_eq!(instr.next, plain.next, "{byte:#x}");
                assert_eq!(instr.target(), None);
                if let Some((pops, pushes)) = plain.straight() {
                    n_straight += 1;
                    assert_eq!(instr.stack_effect(), (pops, pushes));
                    assert_eq!(instr.info().flow, Flow::Next);
                }
                assert_same_operand(&plain, &instr);
            }
        }
        assert!(n_plain > 1000 && n_straight > 900, "{n_plain} {n_straight}");
    }

    fn assert_same_operand(plain: &Plain, instr: &crate::opcode::Instr) {
        match (plain.index, instr.info().operand, instr.arg()) {
            (Index::None, Operand::None, Arg::None)
            | (Index::None, Operand::MultiSmallInt, Arg::Int(_))
            | (Index::None, Operand::MultiOperator, Arg::Uint(_)) => {}
            (Index::Qstr, Operand::Qstr, Arg::Uint(value))
            | (Index::Constant, Operand::Const, Arg::Uint(value))
            | (Index::Child, Operand::Child, Arg::Uint(value))
            | (Index::Count, Operand::Uint, Arg::Uint(value)) => assert_eq!(value, plain.value),
            (index, Operand::MultiLocal | Operand::Local, Arg::Uint(value)) => {
                let expected = match instr.op {
                    Opcode::LoadFastN | Opcode::LoadFastMulti => Index::Load,
                    Opcode::StoreFastN | Opcode::StoreFastMulti => Index::Store,
                    Opcode::LoadDeref | Opcode::StoreDeref => Index::Cell,
                    _ => panic!("{instr:?}"),
                };
                assert_eq!((index, plain.value), (expected, value));
            }
            (Index::SmallInt, Operand::SmallInt, Arg::Int(value)) => {
                assert!((-64..64).contains(&value));
            }
            other => panic!("{instr:?}: {other:?}"),
        }
    }

    #[test]
    fn an_instruction_that_is_cut_off_is_not_plain() {
        assert_eq!(plain(&[0x10], 0), None);
        assert_eq!(plain(&[0x10, 0x81], 0), None);
        assert_eq!(plain(&[0x10, 0x81, 0x80, 0x01], 0), None);
        assert_eq!(plain(&[0x10, 0x01], 2), None);
    }
}
