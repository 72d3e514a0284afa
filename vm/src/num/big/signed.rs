//! Python's integer arithmetic on sign and magnitude: `+ - * // % << >>`.

use super::{Digit, Int, Shape, div, magnitude};

pub use super::div::{quotient_len, remainder_len};
pub use super::magnitude::{add_len, mul_len, shl_len};

/// `out = a + b`. `out` holds [`add_len`] digits.
pub fn add(out: &mut [Digit], a: Int, b: Int) -> Shape {
    if a.negative == b.negative {
        return Shape {
            negative: a.negative,
            len: magnitude::add(out, a.digits, b.digits),
        };
    }
    let (big, small) = if magnitude::cmp(a.digits, b.digits).is_ge() {
        (a, b)
    } else {
        (b, a)
    };
    let len = magnitude::sub(out, big.digits, small.digits);
    Shape {
        negative: big.negative && len != 0,
        len,
    }
}

/// `out = a - b`. `out` holds [`add_len`] digits.
pub fn sub(out: &mut [Digit], a: Int, b: Int) -> Shape {
    add(out, a, b.negated())
}

/// `out = a * b`. `out` holds [`mul_len`] digits.
pub fn mul(out: &mut [Digit], a: Int, b: Int) -> Shape {
    let len = magnitude::mul(out, a.digits, b.digits);
    Shape {
        negative: a.negative != b.negative && len != 0,
        len,
    }
}

/// The buffers of a division.
pub struct DivBuffers<'a> {
    /// Receives the quotient: [`quotient_len`] digits.
    pub quotient: &'a mut [Digit],
    /// Receives the remainder: [`remainder_len`] digits.
    pub remainder: &'a mut [Digit],
    /// Work space: as many digits as the divisor has.
    pub scratch: &'a mut [Digit],
}

/// Quotient rounded towards zero, and the remainder with the sign of `a`; `None` if `b` is zero.
pub fn div_rem_trunc(out: &mut DivBuffers, a: Int, b: Int) -> Option<(Shape, Shape)> {
    if b.is_zero() {
        return None;
    }
    let (quo, rem) = div::div_rem(out.quotient, out.remainder, out.scratch, a.digits, b.digits);
    let quotient = Shape {
        negative: a.negative != b.negative && quo != 0,
        len: quo,
    };
    Some((
        quotient,
        Shape {
            negative: a.negative && rem != 0,
            len: rem,
        },
    ))
}

/// Quotient rounded down and the remainder with the sign of `b`, as `//` and `%`; `None` if `b` is zero.
pub fn div_mod_floor(out: &mut DivBuffers, a: Int, b: Int) -> Option<(Shape, Shape)> {
    let (mut quotient, mut remainder) = div_rem_trunc(out, a, b)?;
    if remainder.len == 0 || a.negative == b.negative {
        return Some((quotient, remainder));
    }
    // Rounding was up, towards zero: one step down, and the remainder is what is missing to `b`.
    out.quotient[quotient.len] = 0;
    magnitude::add_assign(&mut out.quotient[..quotient.len + 1], &[1]);
    quotient = Shape {
        negative: true,
        len: magnitude::normalised_len(&out.quotient[..quotient.len + 1]),
    };
    let rest = &mut out.remainder[..b.digits.len()];
    rest[remainder.len..].fill(0);
    magnitude::sub_from(rest, b.digits);
    remainder = Shape {
        negative: b.negative,
        len: magnitude::normalised_len(rest),
    };
    Some((quotient, remainder))
}

/// `out = a << shift`. `out` holds [`shl_len`] digits.
pub fn shl(out: &mut [Digit], a: Int, shift: usize) -> Shape {
    Shape {
        negative: a.negative,
        len: magnitude::shl(out, a.digits, shift),
    }
}

/// Digits that [`shr`] needs: one more than the value has, for a negative value that rounds down.
pub const fn shr_len(digits: usize) -> usize {
    digits + 1
}

/// `out = a >> shift`, rounded down. `out` holds [`shr_len`] digits.
pub fn shr(out: &mut [Digit], a: Int, shift: usize) -> Shape {
    let (mut len, lost) = magnitude::shr(out, a.digits, shift);
    if a.negative && lost {
        out[len] = 0;
        magnitude::add_assign(&mut out[..len + 1], &[1]);
        len = magnitude::normalised_len(&out[..len + 1]);
    }
    Shape {
        negative: a.negative && len != 0,
        len,
    }
}
