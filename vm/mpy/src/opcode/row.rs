//! The opcode table in memory: three bytes a row, found by the first byte of an instruction.

use super::{Effect, Flow, Info, Opcode, Operand};

/// An [`Info`], packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) op: Opcode,
    /// The operand, and above [`FLOW_SHIFT`] the flow.
    kinds: u8,
    /// See the constants below.
    effect: u8,
}

const FLOW_SHIFT: u32 = 4;

/// Up to here the pushes of a fixed effect, and above [`POPS_SHIFT`] the pops.
const FIXED_MAX: u8 = 63;
const POPS_SHIFT: u32 = 3;
const BUILD: u8 = 64;
const UNPACK: u8 = 65;
const STORE_COMP: u8 = 66;
/// To these is added how many slots are taken anyway.
const CLOSURE: u8 = 68;
const UNPACK_EX: u8 = 71;
const CALL: u8 = 72;

const fn pack_effect(effect: Effect) -> u8 {
    match effect {
        Effect::Fixed(pops, pushes) => {
            assert!(pops < 1 << POPS_SHIFT && pushes < 1 << POPS_SHIFT);
            pops << POPS_SHIFT | pushes
        }
        Effect::Build => BUILD,
        Effect::Unpack => UNPACK,
        Effect::UnpackEx => UNPACK_EX,
        Effect::StoreComp => STORE_COMP,
        Effect::Closure(slots) => CLOSURE + slots,
        Effect::Call(slots) => CALL + slots,
    }
}

impl Row {
    const fn of(info: Info) -> Row {
        Row {
            op: info.op,
            kinds: info.operand as u8 | (info.flow as u8) << FLOW_SHIFT,
            effect: pack_effect(info.effect),
        }
    }

    /// First byte value.
    pub(crate) const fn value(&self) -> u8 {
        self.op as u8
    }

    /// How the operand is read.
    #[inline(always)]
    pub(crate) const fn operand(&self) -> Operand {
        const LAST: u8 = (1 << FLOW_SHIFT) - 1;
        match self.kinds & LAST {
            0 => Operand::None,
            1 => Operand::Qstr,
            2 => Operand::Uint,
            3 => Operand::Local,
            4 => Operand::Const,
            5 => Operand::Child,
            6 => Operand::ChildExtra,
            7 => Operand::SmallInt,
            8 => Operand::Label,
            9 => Operand::SignedLabel,
            10 => Operand::SignedLabelExtra,
            11 => Operand::MultiSmallInt,
            12 => Operand::MultiLocal,
            _ => Operand::MultiOperator,
        }
    }

    /// Where control goes.
    #[inline(always)]
    pub(crate) const fn flow(&self) -> Flow {
        match self.kinds >> FLOW_SHIFT {
            0 => Flow::Next,
            1 => Flow::Jump,
            2 => Flow::Branch,
            3 => Flow::BranchOrPop,
            4 => Flow::Setup,
            5 => Flow::PopExceptJump,
            6 => Flow::ForIter,
            7 => Flow::UnwindJump,
            8 => Flow::EndFinally,
            9 => Flow::Return,
            10 => Flow::Raise,
            _ => Flow::Yield,
        }
    }

    /// Whether the operand holds two counts, of a byte each.
    #[inline(always)]
    pub(crate) const fn has_two_counts(&self) -> bool {
        self.effect >= UNPACK_EX
    }

    const fn effect(&self) -> Effect {
        match self.effect {
            0..=FIXED_MAX => Effect::Fixed(
                self.effect >> POPS_SHIFT,
                self.effect & ((1 << POPS_SHIFT) - 1),
            ),
            BUILD => Effect::Build,
            UNPACK => Effect::Unpack,
            STORE_COMP => Effect::StoreComp,
            UNPACK_EX => Effect::UnpackEx,
            CALL.. => Effect::Call(self.effect - CALL),
            _ => Effect::Closure(self.effect - CLOSURE),
        }
    }

    /// What the row says.
    #[inline(always)]
    pub(crate) const fn info(&self) -> Info {
        Info {
            op: self.op,
            operand: self.operand(),
            effect: self.effect(),
            flow: self.flow(),
        }
    }
}

/// The first byte value that is an opcode.
const FIRST: usize = 0x10;
/// The first that is one of a run, where bytes count more than time: only runs follow, with a row each.
const END: usize = if cfg!(mpy_format_small) { 0x70 } else { 256 };

/// The row of each byte value from [`FIRST`] on.
static ROWS: [Option<Row>; END - FIRST] = {
    let mut rows = [None; END - FIRST];
    let mut value = FIRST;
    while value < END {
        if let Some(info) = Opcode::TABLE[value] {
            rows[value - FIRST] = Some(Row::of(info));
        }
        value += 1;
    }
    rows
};

/// The runs that have no rows there, and the byte value behind each.
static RUNS: [(Row, u8); N_RUNS] = {
    let mut runs = [(Row::of(Opcode::LoadConstSmallIntMulti.info()), 0); N_RUNS];
    let (mut n, mut value) = (0, END);
    while value < 256 {
        if let Some(info) = Opcode::TABLE[value] {
            value += info.op.count() as usize;
            runs[n] = (Row::of(info), value as u8);
            n += 1;
        } else {
            value += 1;
        }
    }
    assert!(n == N_RUNS);
    runs
};
const N_RUNS: usize = if cfg!(mpy_format_small) { 5 } else { 0 };

/// The row of a byte value.
#[cfg_attr(not(mpy_format_small), inline(always))]
#[cfg_attr(mpy_format_small, inline(never))]
pub(super) fn row(byte: u8) -> Option<&'static Row> {
    match ROWS.get(usize::from(byte).wrapping_sub(FIRST)) {
        Some(row) => row.as_ref(),
        None => {
            let of_byte = |(row, end): &&(Row, u8)| row.value() <= byte && byte < *end;
            RUNS.iter().find(of_byte).map(|(row, _)| row)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_the_table_says() {
        for byte in 0..=u8::MAX {
            let found = row(byte).map(Row::info);
            assert_eq!(found, Opcode::TABLE[usize::from(byte)], "{byte:#x}");
        }
    }
}
