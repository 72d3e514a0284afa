//! Operators, numbered as the bytecode numbers them.

use core::cmp::Ordering;

use crate::value::{Slot, Value};

/// Unary operators and conversions. The first four are the bytecode's, in its order.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Positive,
    Negative,
    Invert,
    Not,
    Bool,
    Len,
    Hash,
    Abs,
    Int,
}

impl UnaryOp {
    /// What a value with a length answers, or `None` to other operators.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn of_length(self, n: usize) -> Slot {
        match self {
            UnaryOp::Bool => Some(Value::bool(n > 0)),
            UnaryOp::Len => Some(Value::small(n as isize)),
            _ => None,
        }
    }
}

/// Binary operators, in the bytecode's order: nine relations, thirteen in-place operators, thirteen plain ones.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Less,
    More,
    Equal,
    LessEqual,
    MoreEqual,
    NotEqual,
    In,
    Is,
    ExceptionMatch,
    InplaceOr,
    InplaceXor,
    InplaceAnd,
    InplaceLshift,
    InplaceRshift,
    InplaceAdd,
    InplaceSubtract,
    InplaceMultiply,
    InplaceMatMultiply,
    InplaceFloorDivide,
    InplaceTrueDivide,
    InplaceModulo,
    InplacePower,
    Or,
    Xor,
    And,
    Lshift,
    Rshift,
    Add,
    Subtract,
    Multiply,
    MatMultiply,
    FloorDivide,
    TrueDivide,
    Modulo,
    Power,
}

impl BinaryOp {
    /// How many there are.
    pub(crate) const COUNT: usize = BinaryOp::Power as usize + 1;

    /// The operator of a bytecode's number.
    #[inline(always)]
    pub const fn from_u8(n: u8) -> BinaryOp {
        assert!(n <= BinaryOp::Power as u8);
        // SAFETY: invariant 2; `repr(u32)` without gaps, and the number was checked.
        unsafe { core::mem::transmute::<u32, BinaryOp>(n as u32) }
    }

    /// Whether it asks for an order: one of the first six.
    pub(crate) const fn is_relation(self) -> bool {
        self as u8 <= BinaryOp::NotEqual as u8
    }

    /// Whether a relation holds between values of this order.
    pub(crate) const fn holds(self, order: Ordering) -> bool {
        // Four bits a relation, one each for less, equal and greater.
        const HOLDS: u32 = 0x563241;
        self.is_relation() && HOLDS >> (4 * self as u32) >> (order as i8 + 1) & 1 != 0
    }

    /// The same where there may be no order, as of NaN, which differs from everything.
    pub(crate) fn holds_of(self, order: Option<Ordering>) -> bool {
        order.map_or(self == BinaryOp::NotEqual, |order| self.holds(order))
    }

    /// Whether it is an in-place operator.
    pub fn is_inplace(self) -> bool {
        (BinaryOp::InplaceOr as u8..=BinaryOp::InplacePower as u8).contains(&(self as u8))
    }

    /// The plain operator of an in-place one.
    pub fn plain(self) -> BinaryOp {
        if self.is_inplace() {
            BinaryOp::from_u8(self as u8 + 13)
        } else {
            self
        }
    }

    /// The sign, for messages.
    pub fn sign(self) -> &'static str {
        const SIGNS: [&str; 35] = [
            "<",
            ">",
            "==",
            "<=",
            ">=",
            "!=",
            "in",
            "is",
            "exception match",
            "|=",
            "^=",
            "&=",
            "<<=",
            ">>=",
            "+=",
            "-=",
            "*=",
            "@=",
            "//=",
            "/=",
            "%=",
            "**=",
            "|",
            "^",
            "&",
            "<<",
            ">>",
            "+",
            "-",
            "*",
            "@",
            "//",
            "/",
            "%",
            "**",
        ];
        SIGNS[self as usize]
    }
}
