//! The gamma function and its logarithm.

use core::f64::consts::PI;

use super::trig::turned;
use super::{exp, floor, log, rint, series};

/// `log(gamma(1.5 + x)) / ((x + 0.5) * (x - 0.5))` from -0.5 to 0.5, but for the first term.
static TERMS: [f32; 10] = [
    -0.001_487_484_3,
    0.002_446_744_6,
    -0.003_137_736_3,
    0.005_325_992,
    -0.009_432_412,
    0.016_808_098,
    -0.031_308_275,
    0.062_911_056,
    -0.145_959_9,
    0.0,
];
/// The first term.
const FIRST: f64 = 0.483_128_952_280_385_5;
/// Half the logarithm of 2π.
const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_8;

/// Logarithm of the gamma function of a number above zero.
fn positive(x: f64) -> f64 {
    if x >= 8.0 {
        // Stirling's series.
        let tail = (1.0 / 12.0 - 1.0 / 360.0 / (x * x)) / x;
        return (x - 0.5) * log(x) - x + HALF_LOG_TAU + tail;
    }
    let (mut x, mut factor) = (x, 1.0);
    while x >= 2.0 {
        x -= 1.0;
        factor *= x;
    }
    if x < 1.0 {
        factor /= x;
        x += 1.0;
    }
    log(factor) + (x - 1.0) * (x - 2.0) * (FIRST + series(&TERMS, x - 1.5))
}

pub(crate) fn lgamma(x: f64) -> f64 {
    let size = x.abs();
    if !x.is_finite() {
        return size;
    }
    if x >= 0.0 {
        return positive(size);
    }
    // By reflection; infinite where the sine is zero.
    let part = size - floor(size);
    let halves = rint(2.0 * part);
    let sine = turned(halves as u32, (part - halves / 2.0) * PI);
    -log(size * sine / PI) - positive(size)
}

/// By the logarithm as a float of 32 bits has it: MicroPython prints what that gives.
pub(crate) fn tgamma(x: f64) -> f64 {
    if !x.is_finite() {
        return x + f64::INFINITY;
    }
    let size = exp(f64::from(lgamma(x) as f32));
    let below = floor(x) / 2.0;
    if x < 0.0 && floor(below) != below {
        -size
    } else {
        size
    }
}
