//! The error function.

use core::f64::consts::FRAC_2_SQRT_PI;

use super::{exp, series};

/// `sqrt(PI) / 2 * erf(x) / x`, in powers of x * x, for an x up to a half.
static NEAR: [f32; 7] = [
    1.0 / 9360.0,
    -1.0 / 1320.0,
    1.0 / 216.0,
    -1.0 / 42.0,
    1.0 / 10.0,
    -1.0 / 3.0,
    1.0,
];

/// `log(erfc(x) / t) + x * x` where t is 1 / (1 + x / 2), in powers of t - 0.5625, but for the first term.
static TERMS: [f32; 11] = [
    -0.122_575_33,
    0.165_451_88,
    0.105_106_67,
    -0.263_095_14,
    -0.014_465_095,
    0.299_114_56,
    -0.065_743_29,
    -0.403_201_8,
    0.116_037_3,
    1.364_429_1,
    0.0,
];
/// The first term.
const FIRST: f64 = -0.587_067_670_300_189_4;

pub(crate) fn erf(x: f64) -> f64 {
    if x.abs() < 0.5 {
        return FRAC_2_SQRT_PI * x * series(&NEAR, x * x);
    }
    (1.0 - erfc(x.abs())).copysign(x)
}

pub(crate) fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    let t = 1.0 / (1.0 + x / 2.0);
    t * exp(FIRST + series(&TERMS, t - 0.5625) - x * x)
}
