//! Powers.

use super::{DIGIT_BITS, Digit, Int, Shape, magnitude};

/// Digits that [`pow`] needs in each of its buffers; `None` if the power cannot be addressed.
pub fn pow_len(base: Int, exponent: usize) -> Option<usize> {
    let bits = base.bit_length().checked_mul(exponent)?;
    // A product is written in full before its top digit is seen to be zero: each factor may round up by a digit.
    Some(bits / DIGIT_BITS + 2)
}

/// `out = base ** exponent`. `out` and `scratch` hold [`pow_len`] digits each.
pub fn pow(out: &mut [Digit], scratch: &mut [Digit], base: Int, exponent: usize) -> Shape {
    let negative = base.is_negative() && exponent % 2 == 1;
    let base = base.digits();
    if exponent == 0 {
        out[0] = 1;
        return Shape {
            negative: false,
            len: 1,
        };
    }
    if base.is_empty() {
        return Shape {
            negative: false,
            len: 0,
        };
    }
    // Left to right: squares of the running power, times the base where the exponent has a bit.
    let (mut power, mut spare) = (&mut *out, &mut *scratch);
    let mut in_out = true;
    power[..base.len()].copy_from_slice(base);
    let mut len = base.len();
    for bit in (0..exponent.ilog2()).rev() {
        len = magnitude::square(spare, &power[..len]);
        (power, spare, in_out) = (spare, power, !in_out);
        if exponent >> bit & 1 == 1 {
            len = magnitude::mul(spare, &power[..len], base);
            (power, spare, in_out) = (spare, power, !in_out);
        }
    }
    if !in_out {
        spare[..len].copy_from_slice(&power[..len]);
    }
    Shape { negative, len }
}
