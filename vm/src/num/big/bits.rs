//! `& | ^`, with negative numbers read as endless two's complement.

use super::{Digit, Int, Shape, magnitude};

/// Digits that a bitwise operation writes at most.
pub const fn bitwise_len(a: usize, b: usize) -> usize {
    (if a > b { a } else { b }) + 1
}

/// The digits of a value in two's complement, without end.
struct TwosComplement<'a> {
    digits: core::slice::Iter<'a, Digit>,
    negative: bool,
    carry: bool,
}

impl<'a> TwosComplement<'a> {
    fn new(value: Int<'a>) -> Self {
        TwosComplement {
            digits: value.digits().iter(),
            negative: value.is_negative(),
            carry: value.is_negative(),
        }
    }

    #[inline]
    fn next(&mut self) -> Digit {
        let digit = self.digits.next().copied().unwrap_or(0);
        if !self.negative {
            return digit;
        }
        let (digit, carry) = (!digit).overflowing_add(Digit::from(self.carry));
        self.carry = carry;
        digit
    }
}

/// `out = op(a, b)` digit by digit, where `op` on the signs gives the sign.
#[cfg_attr(not(romfs_vm_small), inline(always))]
fn bitwise(out: &mut [Digit], a: Int, b: Int, op: fn(Digit, Digit) -> Digit) -> Shape {
    let len = a.digits().len().max(b.digits().len());
    let out = &mut out[..len + 1];
    if !cfg!(romfs_vm_small) && !a.is_negative() && !b.is_negative() {
        let digit = |value: Int, i| value.digits().get(i).copied().unwrap_or(0);
        for (i, r) in out.iter_mut().enumerate() {
            *r = op(digit(a, i), digit(b, i));
        }
        return Shape {
            negative: false,
            len: magnitude::normalised_len(out),
        };
    }
    let (mut left, mut right) = (TwosComplement::new(a), TwosComplement::new(b));
    for r in out.iter_mut() {
        *r = op(left.next(), right.next());
    }
    // The extra digit past both operands holds nothing but the sign.
    let negative = out[len] != 0;
    if negative {
        negate(out);
    }
    Shape {
        negative,
        len: magnitude::normalised_len(out),
    }
}

/// Two's complement negation in place.
pub fn negate(digits: &mut [Digit]) {
    let mut carry = true;
    for digit in digits {
        (*digit, carry) = (!*digit).overflowing_add(Digit::from(carry));
    }
}

/// `out = a & b`. `out` holds [`bitwise_len`] digits.
pub fn and(out: &mut [Digit], a: Int, b: Int) -> Shape {
    bitwise(out, a, b, |x, y| x & y)
}

/// `out = a | b`. `out` holds [`bitwise_len`] digits.
pub fn or(out: &mut [Digit], a: Int, b: Int) -> Shape {
    bitwise(out, a, b, |x, y| x | y)
}

/// `out = a ^ b`. `out` holds [`bitwise_len`] digits.
pub fn xor(out: &mut [Digit], a: Int, b: Int) -> Shape {
    bitwise(out, a, b, |x, y| x ^ y)
}
