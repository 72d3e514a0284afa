//! Python's integer arithmetic on sign and magnitude: `+ - * // % << >>`.

use super::{Digit, Int, Shape, bits, convert, div, magnitude};

use super::div::{quotient_len, remainder_len};
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

/// Digits that [`quotient`] and [`modulo`] need.
pub const fn divide_len(num: usize, den: usize) -> usize {
    quotient_len(num, den) + remainder_len(num, den) + den
}

/// `out = a // b`, rounded down; 0 if `b` is zero. `out` holds [`divide_len`] digits.
pub fn quotient(out: &mut [Digit], a: Int, b: Int) -> Shape {
    divide(out, a, b, false)
}

/// `out = a % b` with the sign of `b`; 0 if `b` is zero. `out` holds [`divide_len`] digits.
pub fn modulo(out: &mut [Digit], a: Int, b: Int) -> Shape {
    divide(out, a, b, true)
}

fn divide(out: &mut [Digit], a: Int, b: Int, modulo: bool) -> Shape {
    let room = quotient_len(a.digits.len(), b.digits.len());
    let rest_room = remainder_len(a.digits.len(), b.digits.len());
    let (first, rest) = out.split_at_mut(if modulo { rest_room } else { room });
    let (second, scratch) = rest.split_at_mut(if modulo { room } else { rest_room });
    let (quotient, remainder) = if modulo {
        (second, first)
    } else {
        (first, second)
    };
    let (mut len, rest_len) = div::div_rem(quotient, remainder, scratch, a.digits, b.digits);
    let differ = a.negative != b.negative;
    // Rounding was towards zero. Where that is up, the quotient is one step down, and the remainder is what is missing to
    // `b`: its negative plus `b`.
    let up = differ && rest_len != 0;
    let negative = if modulo {
        len = rest_len;
        if up {
            let rest = &mut remainder[..b.digits.len()];
            bits::negate(rest);
            magnitude::add_assign(rest, b.digits);
            len = magnitude::normalised_len(rest);
        }
        b.negative
    } else {
        if up {
            len = magnitude::increment(quotient, len);
        }
        differ
    };
    Shape {
        negative: negative && len != 0,
        len,
    }
}

/// `out = a << shift`, the shift not negative. `out` holds [`shl_len`] digits.
pub fn shl(out: &mut [Digit], a: Int, shift: Int) -> Shape {
    Shape {
        negative: a.negative,
        len: magnitude::shl(out, a.digits, bits_of(shift)),
    }
}

/// Digits that [`shr`] needs: one more than the value has, for a negative value that rounds down.
pub const fn shr_len(digits: usize) -> usize {
    digits + 1
}

/// `out = a >> shift`, rounded down, the shift not negative. `out` holds [`shr_len`] digits.
pub fn shr(out: &mut [Digit], a: Int, shift: Int) -> Shape {
    let (mut len, lost) = magnitude::shr(out, a.digits, bits_of(shift));
    if a.negative && lost {
        len = magnitude::increment(out, len);
    }
    Shape {
        negative: a.negative && len != 0,
        len,
    }
}

/// A number of bits to shift by. What no word holds is more than any value has.
fn bits_of(shift: Int) -> usize {
    convert::to_word(shift).unwrap_or(isize::MAX) as usize
}
