//! Whole parts, remainders, exponents and roots.

use super::power_of_two;

pub(crate) fn trunc(x: f64) -> f64 {
    // Bits of the fraction; below 1 all but the sign.
    let fraction = match 52 - exponent(x) {
        bits if bits > 52 => 63,
        bits => bits.max(0),
    };
    f64::from_bits(x.to_bits() & !0 << fraction)
}

pub(crate) fn floor(x: f64) -> f64 {
    let whole = trunc(x);
    if whole > x { whole - 1.0 } else { whole }
}

pub(crate) fn ceil(x: f64) -> f64 {
    -floor(-x)
}

/// The nearest whole number, of two the even one.
pub(crate) fn rint(x: f64) -> f64 {
    // A number of which the last bit counts ones: what is added to it is rounded to those.
    const ONES: f64 = 1.5 * (1u64 << 52) as f64;
    if x.abs() < 4_294_967_296.0 {
        (x + ONES - ONES).copysign(x)
    } else {
        x
    }
}

/// Fraction and whole part.
pub(crate) fn modf(x: f64) -> (f64, f64) {
    let whole = trunc(x);
    let fraction = if x.is_infinite() { 0.0 } else { x - whole };
    (fraction.copysign(x), whole)
}

/// The exponent of a number that is not zero.
fn exponent(x: f64) -> i32 {
    (x.to_bits() >> 52 & 0x7FF) as i32 - 1023
}

/// A number from a half to below one, and the power of two that it is multiplied by.
pub(crate) fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let twos = exponent(x) + 1;
    (x * power_of_two(-twos), twos)
}

pub(crate) fn ldexp(x: f64, twos: i32) -> f64 {
    // Beyond these every float of 32 bits is zero or infinite.
    x * power_of_two(twos.clamp(-300, 300))
}

pub(crate) fn fmod(x: f64, y: f64) -> f64 {
    let (mut rest, size) = (x.abs(), y.abs());
    // What is not below zero compares as its bits do.
    let above = |x: f64, y: f64| x.to_bits() > y.to_bits();
    if x.is_finite() && size != 0.0 && !above(size, f64::INFINITY) {
        while !above(size, rest) {
            let part = size * power_of_two(exponent(rest) - exponent(size));
            rest -= if above(part, rest) { part / 2.0 } else { part };
        }
        rest.copysign(x)
    } else {
        f64::NAN
    }
}

pub(crate) fn sqrt(x: f64) -> f64 {
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    // Half the exponent, by which the root is within a sixteenth; every step doubles the digits.
    let mut root = f64::from_bits((x.to_bits() >> 1) + (0x1FF7_6000 << 32));
    for _ in 0..4 {
        root = (root + x / root) / 2.0;
    }
    root
}

/// The longest side of a right triangle.
pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    sqrt(x * x + y * y)
}
