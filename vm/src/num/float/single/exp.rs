//! The exponential function and what is made of it.

use core::f64::consts::{LN_2, LOG2_E};

use super::log::log;
use super::{power_of_two, series, trunc};
use crate::num::float::to_int;

/// One by the factorials from 10 down to 1.
static TERMS: [f32; 10] = [
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
    1.0,
];

/// `exp(x) - less`, without a loss where that is near zero.
fn exp_less(x: f64, less: f64) -> f64 {
    // Beyond these a float of 32 bits is zero or infinite.
    let x = if x.abs() > 200.0 {
        200_f64.copysign(x)
    } else {
        x
    };
    let twos = to_int(x * LOG2_E) as i32;
    let rest = x - f64::from(twos) * LN_2;
    let scale = power_of_two(twos);
    scale * (rest * series(&TERMS, rest)) + (scale - less)
}

pub(crate) fn exp(x: f64) -> f64 {
    exp_less(x, 0.0)
}

pub(crate) fn expm1(x: f64) -> f64 {
    exp_less(x, 1.0).copysign(x)
}

pub(crate) fn sinh(x: f64) -> f64 {
    let grown = expm1(x.abs());
    ((grown + grown / (grown + 1.0)) / 2.0).copysign(x)
}

pub(crate) fn cosh(x: f64) -> f64 {
    let grown = exp(x);
    (grown + 1.0 / grown) / 2.0
}

pub(crate) fn tanh(x: f64) -> f64 {
    let grown = expm1(2.0 * x);
    grown / (grown + 2.0)
}

pub(crate) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 || x == -1.0 && y.is_infinite() {
        return 1.0;
    }
    let size = exp(y * log(x.abs()));
    if !x.is_sign_negative() {
        return size;
    }
    let half = y / 2.0;
    if trunc(y) != y && x != 0.0 && x.is_finite() {
        f64::NAN
    } else if trunc(y) == y && trunc(half) != half {
        -size
    } else {
        size
    }
}
