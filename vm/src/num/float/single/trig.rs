//! Sine, cosine, tangent and their inverses: one reduction for all angles, and two series.

use core::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, SQRT_2};

use super::log::ODD;
use super::{series, sqrt};

/// The bits of 2/π behind the point, and 32 zeros before them.
static TWO_OVER_PI: [u32; 8] = [
    0,
    0xA2F9_836E,
    0x4E44_1529,
    0xFC27_57D1,
    0xF534_DDC0,
    0xDB62_9599,
    0x3C43_9041,
    0xFE51_63AB,
];

/// An angle as quarter turns, of which the last two bits count, and the rest in radians: at most an eighth of a turn.
fn reduce(x: f32) -> (u32, f64) {
    let bits = x.abs().to_bits();
    if bits < core::f32::consts::FRAC_PI_4.to_bits() {
        return (0, f64::from(x));
    }
    // A whole number times a power of two from -24 to 104. Of 2/π times that power what is worth four and more adds whole
    // turns, and of the rest 96 bits are enough.
    let number = u64::from(bits & 0x007F_FFFF | 0x0080_0000);
    let start = (bits >> 23) as usize - 120;
    let (word, shift) = (start / 32, start % 32);
    let mut carried = 0u64;
    let mut product = [0u32; 3];
    for i in (0..3).rev() {
        let pair = u64::from(TWO_OVER_PI[word + i]) << 32 | u64::from(TWO_OVER_PI[word + i + 1]);
        carried = (carried >> 32) + (pair << shift >> 32) * number;
        product[i] = carried as u32;
    }
    let quarters = product[0] >> 30;
    let top = u64::from(product[0]) << 32 | u64::from(product[1]);
    // As a signed number: the nearest quarter's other side is below zero.
    let rest = (top << 2 | u64::from(product[2] >> 30)) as i64;
    let quarters = quarters + u32::from(rest < 0);
    let rest = rest as f64 * (FRAC_PI_2 / 18_446_744_073_709_551_616.0);
    match x < 0.0 {
        true => (quarters.wrapping_neg() & 3, -rest),
        false => (quarters, rest),
    }
}

/// Of sin(x) / x, in powers of x * x.
static SINE: [f32; 5] = [1.0 / 362_880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0, 1.0];
/// Of cos(x), in powers of x * x.
static COSINE: [f32; 6] = [
    -1.0 / 3_628_800.0,
    1.0 / 40_320.0,
    -1.0 / 720.0,
    1.0 / 24.0,
    -1.0 / 2.0,
    1.0,
];

/// The sine of quarter turns and an angle of at most half of one.
pub(super) fn turned(quarters: u32, rest: f64) -> f64 {
    let sine = match quarters % 2 {
        0 => rest * series(&SINE, rest * rest),
        _ => series(&COSINE, rest * rest),
    };
    if quarters & 2 != 0 { -sine } else { sine }
}

/// The sine of an angle and so many quarter turns more; NaN of what is no number.
fn sine(x: f64, more: u32) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (quarters, rest) = reduce(x as f32);
    turned(quarters + more, rest)
}

pub(crate) fn sin(x: f64) -> f64 {
    sine(x, 0)
}

pub(crate) fn cos(x: f64) -> f64 {
    sine(x, 1)
}

pub(crate) fn tan(x: f64) -> f64 {
    sine(x, 0) / sine(x, 1)
}

/// The other leg of a right triangle whose longest side is 1; NaN where there is none.
fn leg(x: f64) -> f64 {
    sqrt((1.0 - x) * (1.0 + x))
}

pub(crate) fn asin(x: f64) -> f64 {
    atan2(x, leg(x))
}

pub(crate) fn acos(x: f64) -> f64 {
    atan2(leg(x), x)
}

pub(crate) fn atan(x: f64) -> f64 {
    let size = x.abs();
    // The series is for angles up to a quarter of a right one.
    let (angle, rest) = if size > SQRT_2 + 1.0 {
        (FRAC_PI_2, -1.0 / size)
    } else if size > SQRT_2 - 1.0 {
        (FRAC_PI_4, (size - 1.0) / (size + 1.0))
    } else {
        (0.0, size)
    };
    (angle + rest * series(&ODD, -rest * rest)).copysign(x)
}

pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    let (height, width) = (y.abs(), x.abs());
    let ratio = if height != width {
        height / width
    } else if height == 0.0 {
        0.0
    } else {
        1.0
    };
    let angle = atan(ratio);
    let angle = if x.is_sign_negative() {
        PI - angle
    } else {
        angle
    };
    angle.copysign(y)
}
