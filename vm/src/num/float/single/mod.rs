//! The functions of `math` for floats of 32 bits, in a third of the bytes that libm's take.
//!
//! They take and give floats of 64 bits, which hold a float of 32 and compute with 29 bits more: so a plain series of few
//! terms does where libm's have a reduction and coefficients each by itself. Results, rounded to 32 bits, are less than 0.6 of
//! a unit in the last place from the exact ones, of `asinh` and `lgamma` 0.7; `gamma` is what MicroPython makes of its
//! logarithm. What an argument of 32 bits cannot be is not cared for: subnormals of 64 bits, fractions longer than 24 bits.

mod erf;
mod exp;
mod gamma;
mod log;
mod parts;
#[cfg(test)]
mod tests;
mod trig;

pub(crate) use erf::{erf, erfc};
pub(crate) use exp::{cosh, exp, expm1, pow, sinh, tanh};
pub(crate) use gamma::{lgamma, tgamma};
pub(crate) use log::{acosh, asinh, atanh, log, log2, log10};
pub(crate) use parts::{ceil, floor, fmod, frexp, hypot, ldexp, modf, rint, sqrt, trunc};
pub(crate) use trig::{acos, asin, atan, atan2, cos, sin, tan};

/// The sum of a power series, whose last term comes first.
fn series(terms: &[f32], x: f64) -> f64 {
    terms
        .iter()
        .fold(0.0, |sum, &term| sum * x + f64::from(term))
}

/// Two to a power, which a normal float has.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}
