//! Opcodes: the table, what a row of it means, and the decoder made from it.

mod decode;
mod row;
#[macro_use]
mod table;

pub use crate::reader::SmallInt;
pub use decode::{Arg, Instr, decode};
pub(crate) use row::Row;
use row::row;

/// How the bytes after an opcode are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Operand {
    /// No byte follows.
    None,
    /// vuint: index into the module's qstr table.
    Qstr,
    /// vuint: a count or bit fields, by opcode.
    Uint,
    /// vuint: number of a local (0 is the first argument).
    Local,
    /// vuint: index into the module's constant table.
    Const,
    /// vuint: index among the function's children.
    Child,
    /// [`Child`](Operand::Child), then one byte: how many values are closed over.
    ChildExtra,
    /// Signed vuint: the first byte's bit 6 is the sign.
    SmallInt,
    /// One or two bytes, forward offset from the byte after them.
    Label,
    /// One or two bytes, offset less 0x40 or 0x4000, from the byte after them.
    SignedLabel,
    /// [`SignedLabel`](Operand::SignedLabel) (counted from the extra byte itself), then one byte: bits 0-6 how many
    /// handlers to unwind, bit 7 whether an iterator is dropped too.
    SignedLabelExtra,
    /// In the opcode byte: a small int, -16 for the first of the run.
    MultiSmallInt,
    /// In the opcode byte: number of a local.
    MultiLocal,
    /// In the opcode byte: number of a [`UnaryOp`] or [`BinaryOp`].
    MultiOperator,
}

/// Where control goes after an opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To the label.
    Jump,
    /// To the label or the next instruction; the stack effect is the same.
    Branch,
    /// To the label with the stack as it was, or to the next instruction after a pop.
    BranchOrPop,
    /// To the next instruction; the label is an exception handler that is live from here on.
    Setup,
    /// To the label, with the innermost handler popped.
    PopExceptJump,
    /// To the next instruction with a value pushed, or to the label with the four iterator slots popped.
    ForIter,
    /// To the label, by way of the `finally` blocks in between.
    UnwindJump,
    /// On, back to an interrupted jump or return, or up with an exception, by the value on top.
    EndFinally,
    /// Out of the function, by way of the `finally` blocks in between.
    Return,
    /// To a handler or out of the function.
    Raise,
    /// Out of the generator and, when it is resumed, to the next instruction (`YIELD_FROM` first to itself).
    Yield,
}

impl Flow {
    /// Whether control can run on to the next instruction.
    pub const fn falls_through(self) -> bool {
        !matches!(
            self,
            Flow::Jump | Flow::PopExceptJump | Flow::UnwindJump | Flow::Return | Flow::Raise
        )
    }
}

/// Slots that an opcode pops and then pushes when control falls through to the next instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// So many popped, so many pushed, whatever the operand.
    Fixed(u8, u8),
    /// As many popped as the operand says, one pushed.
    Build,
    /// One popped, as many pushed as the operand says.
    Unpack,
    /// One popped; pushed: bits 0-7 of the operand (before the star), plus bits 8-15 (after it), plus 1.
    UnpackEx,
    /// Popped: bits 0-7 of the operand, plus twice bits 8-15 (keyword and value), plus the number here; one pushed.
    Call(u8),
    /// Popped: the extra byte plus the number here; one pushed.
    Closure(u8),
    /// Popped: two where the operand's low two bits are 1 (a dict), else one. Bits 2.. are the depth of the collection.
    StoreComp,
}

/// Constructors under the names that the table's rows use.
const fn fixed(pops: u8, pushes: u8) -> Effect {
    Effect::Fixed(pops, pushes)
}
const fn build() -> Effect {
    Effect::Build
}
const fn unpack() -> Effect {
    Effect::Unpack
}
const fn unpack_ex() -> Effect {
    Effect::UnpackEx
}
const fn call(fixed_slots: u8) -> Effect {
    Effect::Call(fixed_slots)
}
const fn closure(fixed_slots: u8) -> Effect {
    Effect::Closure(fixed_slots)
}
const fn store_comp() -> Effect {
    Effect::StoreComp
}

/// What the table says of one opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Info {
    /// The opcode, which is its first byte value.
    pub op: Opcode,
    /// How its operand is read.
    pub operand: Operand,
    /// Its stack effect on falling through.
    pub effect: Effect,
    /// Where control goes.
    pub flow: Flow,
}

macro_rules! define_opcodes {
    (() $([$value:literal, $count:literal, $variant:ident, $name:ident, $operand:ident, $ctor:ident($($n:literal),*), $flow:ident])*) => {
        /// An opcode, or a run of them that differ in the operand only.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                $variant = $value,
            )*
        }

        impl Opcode {
            /// What the table says of this opcode.
            pub const fn info(self) -> Info {
                match self {
                    $(Opcode::$variant => Info {
                        op: self,
                        operand: Operand::$operand,
                        effect: $ctor($($n),*),
                        flow: Flow::$flow,
                    },)*
                }
            }

            /// How many byte values it spans. No part of [`Info`], either.
            pub const fn count(self) -> u8 {
                match self {
                    $(Opcode::$variant => $count,)*
                }
            }

            /// MicroPython's name for it. No part of [`Info`]: a firmware does without.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Opcode::$variant => stringify!($name),)*
                }
            }

            /// The row of each byte value, `None` where the value is no opcode.
            pub const TABLE: [Option<Info>; 256] = {
                let mut table = [None; 256];
                $(
                    let mut value: usize = $value;
                    while value < $value + $count {
                        assert!(table[value].is_none(), "two opcodes share a value");
                        table[value] = Some(Opcode::$variant.info());
                        value += 1;
                    }
                )*
                table
            };

            /// The opcode that a byte stands for.
            pub fn from_byte(byte: u8) -> Option<Opcode> {
                row(byte).map(|row| row.op)
            }
        }

    };
}
for_each_opcode!(define_opcodes);

impl Info {
    /// First byte value.
    pub const fn value(&self) -> u8 {
        self.op as u8
    }

    /// Slots popped and pushed for these operands, where control falls through.
    ///
    /// The sums cannot overflow for any operand: but for a count that is all of one, they are of single bytes.
    pub const fn stack_effect(&self, arg: u32, extra: u8) -> (u32, u32) {
        let low = arg & 0xff;
        let high = (arg >> 8) & 0xff;
        match self.effect {
            Effect::Fixed(pops, pushes) => (pops as u32, pushes as u32),
            Effect::Build => (arg, 1),
            Effect::Unpack => (1, arg),
            Effect::UnpackEx => (1, low + high + 1),
            Effect::Call(fixed_slots) => (low + 2 * high + fixed_slots as u32, 1),
            Effect::Closure(fixed_slots) => (extra as u32 + fixed_slots as u32, 1),
            Effect::StoreComp => (if arg & 3 == 1 { 2 } else { 1 }, 0),
        }
    }
}

macro_rules! define_operators {
    (($kind:ident) $([$number:literal, $variant:ident, $name:ident, $symbol:literal])*) => {
        #[doc = concat!("The operators of the bytecode, in its order (`", stringify!($kind), "`).")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum $kind {
            $(
                #[doc = concat!("`", $symbol, "`")]
                $variant = $number,
            )*
        }

        impl $kind {
            /// Every operator, indexed by its number.
            pub const ALL: &'static [$kind] = &[$($kind::$variant),*];

            /// The operator of a number.
            pub const fn from_number(number: u8) -> Option<$kind> {
                if (number as usize) < Self::ALL.len() { Some(Self::ALL[number as usize]) } else { None }
            }

            /// MicroPython's name for it.
            pub const fn name(self) -> &'static str {
                match self { $($kind::$variant => stringify!($name),)* }
            }

            /// As it is written in Python.
            pub const fn symbol(self) -> &'static str {
                match self { $($kind::$variant => $symbol,)* }
            }
        }
    };
}
for_each_unary_op!(define_operators, UnaryOp);
for_each_binary_op!(define_operators, BinaryOp);

impl BinaryOp {
    /// The operator that an in-place one falls back on (`+=` on `+`), if it is one.
    pub const fn without_inplace(self) -> Option<BinaryOp> {
        let number = self as u8;
        if number >= BinaryOp::InplaceOr as u8 && number <= BinaryOp::InplacePower as u8 {
            BinaryOp::from_number(number + (BinaryOp::Or as u8 - BinaryOp::InplaceOr as u8))
        } else {
            None
        }
    }
}

/// Slots of the value stack that a `for` loop's iterator takes.
pub const ITER_SLOTS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_each_of_its_bytes() {
        let mut values = 0;
        for byte in 0..=255u8 {
            if let Some(info) = Opcode::TABLE[byte as usize] {
                assert!((info.value()..info.value() + info.op.count()).contains(&byte));
                assert_eq!(Opcode::from_byte(byte), Some(info.op));
                values += 1;
            }
        }
        assert_eq!(values, 13 + 16 + 8 + 11 + 16 + 8 + 64 + 16 + 16 + 4 + 35);
    }

    #[test]
    fn the_high_nibble_gives_the_operand_class() {
        for info in Opcode::TABLE.iter().flatten() {
            let class = match info.value() >> 4 {
                1 => matches!(info.operand, Operand::Qstr),
                2 | 3 => matches!(
                    info.operand,
                    Operand::Uint
                        | Operand::Local
                        | Operand::Const
                        | Operand::Child
                        | Operand::ChildExtra
                        | Operand::SmallInt
                ),
                4 => matches!(
                    info.operand,
                    Operand::Label | Operand::SignedLabel | Operand::SignedLabelExtra
                ),
                5 | 6 => info.operand == Operand::None,
                _ => info.op.count() > 1,
            };
            assert!(class, "{}", info.op.name());
        }
    }

    #[test]
    fn inplace_operators_fall_back_on_plain_ones() {
        assert_eq!(BinaryOp::InplaceAdd.without_inplace(), Some(BinaryOp::Add));
        assert_eq!(BinaryOp::InplaceOr.without_inplace(), Some(BinaryOp::Or));
        assert_eq!(
            BinaryOp::InplacePower.without_inplace(),
            Some(BinaryOp::Power)
        );
        assert_eq!(BinaryOp::ExceptionMatch.without_inplace(), None);
        assert_eq!(BinaryOp::Or.without_inplace(), None);
    }
}
