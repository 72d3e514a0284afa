//! Powers, plain and modulo.

use super::{DIGIT_BITS, Digit, Int, Shape, div, magnitude};

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

/// Digits that [`pow_mod`] needs in each of its buffers.
pub const fn pow_mod_len(base: usize, modulus: usize) -> usize {
    let product = 2 * modulus;
    (if product > base { product } else { base }) + 2
}

/// The buffers of [`pow_mod`], [`pow_mod_len`] digits each.
pub struct PowModBuffers<'a> {
    /// Receives the result.
    pub out: &'a mut [Digit],
    /// Work space: the base, reduced.
    pub base: &'a mut [Digit],
    /// Work space: products.
    pub product: &'a mut [Digit],
    /// Work space: quotients, thrown away.
    pub quotient: &'a mut [Digit],
    /// Work space: the scaled modulus.
    pub modulus: &'a mut [Digit],
}

/// `out = base ** exponent % modulus` with the sign of `modulus`, as Python's three-argument `pow`.
///
/// `exponent` is not negative; `None` if `modulus` is zero.
pub fn pow_mod(work: &mut PowModBuffers, base: Int, exponent: Int, modulus: Int) -> Option<Shape> {
    let m = modulus.digits();
    if m.is_empty() {
        return None;
    }
    let (_, base_len) = div::div_rem(work.quotient, work.base, work.modulus, base.digits(), m);
    let reduced = &work.base[..base_len];
    work.out[0] = 1;
    let mut len = usize::from(m != [1]);
    for bit in (0..exponent.bit_length()).rev() {
        let product = magnitude::square(work.product, &work.out[..len]);
        (_, len) = div::div_rem(
            work.quotient,
            work.out,
            work.modulus,
            &work.product[..product],
            m,
        );
        if exponent.digits()[bit / DIGIT_BITS] >> (bit % DIGIT_BITS) & 1 == 1 {
            let product = magnitude::mul(work.product, &work.out[..len], reduced);
            (_, len) = div::div_rem(
                work.quotient,
                work.out,
                work.modulus,
                &work.product[..product],
                m,
            );
        }
    }
    let negative = base.is_negative() && exponent.is_odd();
    if len != 0 && negative != modulus.is_negative() {
        work.out[len..m.len()].fill(0);
        magnitude::sub_from(&mut work.out[..m.len()], m);
        len = magnitude::normalised_len(&work.out[..m.len()]);
    }
    Some(Shape {
        negative: modulus.is_negative() && len != 0,
        len,
    })
}
