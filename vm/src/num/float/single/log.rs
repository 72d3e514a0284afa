//! Logarithms, and the inverses of the hyperbolic functions.

use core::f64::consts::{LN_2, LOG2_E, LOG10_E, SQRT_2};

use super::{power_of_two, series, sqrt};

/// One by the odd numbers from 19 down to 1: the series of the inverse tangents, of which the hyperbolic one is half a
/// logarithm.
pub(super) static ODD: [f32; 10] = [
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
    1.0,
];

pub(crate) fn log(x: f64) -> f64 {
    if x <= 0.0 {
        return if x == 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::NAN
        };
    }
    if !x.is_finite() {
        return x;
    }
    let mut exponent = (x.to_bits() >> 52) as i32 - 1023;
    let mut mantissa = x * power_of_two(-exponent);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let part = (mantissa - 1.0) / (mantissa + 1.0);
    2.0 * part * series(&ODD[4..], part * part) + f64::from(exponent) * LN_2
}

pub(crate) fn log2(x: f64) -> f64 {
    log(x) * LOG2_E
}

pub(crate) fn log10(x: f64) -> f64 {
    log(x) * LOG10_E
}

pub(crate) fn acosh(x: f64) -> f64 {
    log(x + sqrt(x * x - 1.0))
}

/// What is as good as its argument where that is small, else of the same sign as it.
fn odd(x: f64, size: f64) -> f64 {
    if x.abs() < 1.0 / 4096.0 {
        x
    } else {
        size.copysign(x)
    }
}

pub(crate) fn asinh(x: f64) -> f64 {
    odd(x, log(x.abs() + sqrt(x * x + 1.0)))
}

pub(crate) fn atanh(x: f64) -> f64 {
    odd(x, log((1.0 + x.abs()) / (1.0 - x.abs())) / 2.0)
}
