//! The opcode table as another crate uses it: rows handed to a macro of its own, with tokens of its own in front.

use mpy_format::opcode::{BinaryOp, Effect, Opcode, UnaryOp};
use mpy_format::{for_each_binary_op, for_each_opcode, for_each_unary_op};

macro_rules! define_dispatch {
    (($name:ident, $type:ty) $([$value:literal, $count:literal, $variant:ident, $text:ident, $operand:ident, $effect:ident($($n:literal),*), $flow:ident])*) => {
        /// What a dispatcher would make of each row.
        fn $name(byte: u8) -> Option<(Opcode, &'static str, $type)> {
            $(
                if (u16::from(byte)).wrapping_sub($value) < $count {
                    return Some((Opcode::$variant, stringify!($text), byte - $value));
                }
            )*
            None
        }
    };
}
for_each_opcode!(define_dispatch, dispatch, u8);

#[test]
fn a_dispatcher_made_from_the_rows_agrees_with_the_decoder() {
    for byte in 0..=u8::MAX {
        let (op, distance) = match dispatch(byte) {
            Some((op, name, distance)) => {
                assert_eq!(op.name(), name);
                (Some(op), distance)
            }
            None => (None, 0),
        };
        assert_eq!(Opcode::from_byte(byte), op);
        assert!(op.is_none_or(|op| op as u8 + distance == byte && distance < op.count()));
    }
}

macro_rules! numbers {
    (() $([$number:literal, $variant:ident, $name:ident, $symbol:literal])*) => { [$(($number, stringify!($name), $symbol)),*] };
}

#[test]
fn operators_are_numbered_from_the_start_of_their_run() {
    let unary = for_each_unary_op!(numbers);
    let binary = for_each_binary_op!(numbers);
    assert_eq!(
        (unary.len(), binary.len()),
        (
            Opcode::UnaryOpMulti.count().into(),
            Opcode::BinaryOpMulti.count().into()
        )
    );
    for (number, name, symbol) in unary {
        let op = UnaryOp::from_number(number).expect("in the list");
        assert_eq!((op.name(), op.symbol()), (name, symbol));
    }
    for (number, name, symbol) in binary {
        let op = BinaryOp::from_number(number).expect("in the list");
        assert_eq!((op.name(), op.symbol(), op as u8), (name, symbol, number));
    }
    assert_eq!(
        (UnaryOp::from_number(4), BinaryOp::from_number(35)),
        (None, None)
    );
}

#[test]
fn computed_effects() {
    let effect = |op: Opcode, arg, extra| op.info().stack_effect(arg, extra);
    assert_eq!(effect(Opcode::CallFunction, 0x0203, 0), (1 + 3 + 4, 1));
    assert_eq!(effect(Opcode::CallMethodVarKw, 0x0101, 0), (3 + 1 + 2, 1));
    assert_eq!(effect(Opcode::MakeClosureDefargs, 9, 4), (6, 1));
    assert_eq!(effect(Opcode::UnpackEx, 0x0201, 0), (1, 4));
    assert_eq!(effect(Opcode::UnpackSequence, u32::MAX, 0), (1, u32::MAX));
    assert_eq!(
        (
            effect(Opcode::StoreComp, 4, 0),
            effect(Opcode::StoreComp, 5, 0)
        ),
        ((1, 0), (2, 0))
    );
    assert_eq!(Opcode::LoadSuperMethod.info().effect, Effect::Fixed(3, 2));
}
