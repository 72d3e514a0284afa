//! Sine, cosine, tangent and their inverses of 32-bit floats in a fifth of the bytes that libm's take, which has each of them
//! by itself and another reduction for large angles. Within one unit in the last place, the inverses within two.

use core::f64::consts::FRAC_PI_2;

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
    let magnitude = x.abs();
    if magnitude < core::f32::consts::FRAC_PI_4 {
        return (0, f64::from(x));
    }
    // A whole number times a power of two from -24 to 104. Of 2/π times that power what is worth four and more adds whole
    // turns, and of the rest 96 bits are enough.
    let bits = magnitude.to_bits();
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

/// Terms of the series, the last first.
static SINE: [f64; 5] = [1.0 / 362_880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0, 1.0];
static COSINE: [f64; 6] = [
    -1.0 / 3_628_800.0,
    1.0 / 40_320.0,
    -1.0 / 720.0,
    1.0 / 24.0,
    -1.0 / 2.0,
    1.0,
];

fn series(terms: &[f64], y: f64) -> f64 {
    terms.iter().fold(0.0, |sum, term| sum * (y * y) + term)
}

/// The sine of an angle and so many quarter turns more; NaN of what is no number.
fn sine(x: f32, more: u32) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (quarters, y) = reduce(x);
    let quarters = quarters + more;
    let sine = match quarters % 2 {
        0 => y * series(&SINE, y),
        _ => series(&COSINE, y),
    };
    if quarters & 2 != 0 { -sine } else { sine }
}

pub(crate) fn sin(x: f32) -> f32 {
    sine(x, 0) as f32
}

pub(crate) fn cos(x: f32) -> f32 {
    sine(x, 1) as f32
}

pub(crate) fn tan(x: f32) -> f32 {
    (sine(x, 0) / sine(x, 1)) as f32
}

/// The other leg of a right triangle whose longest side is 1; NaN where there is none.
fn leg(x: f32) -> f32 {
    libm::sqrtf((1.0 - x) * (1.0 + x))
}

pub(crate) fn asin(x: f32) -> f32 {
    libm::atan2f(x, leg(x))
}

pub(crate) fn acos(x: f32) -> f32 {
    libm::atan2f(leg(x), x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many floats lie between a result and what is exact, rounded.
    fn apart(result: f32, exact: f64) -> i64 {
        let ordered = |x: f32| match x.to_bits() as i32 {
            bits if bits < 0 => i64::from(i32::MIN) - i64::from(bits),
            bits => i64::from(bits),
        };
        (ordered(result) - ordered(exact as f32)).abs()
    }

    /// All magnitudes, each with a few thousand of its numbers, both signs.
    fn angles() -> impl Iterator<Item = f32> {
        let numbers = (0..0x7F80_0000u32).step_by(0x1357);
        numbers.flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)])
    }

    #[test]
    fn within_a_unit_in_the_last_place() {
        for x in angles() {
            let wide = f64::from(x);
            assert!(apart(sin(x), libm::sin(wide)) <= 1, "sin({x:e})");
            assert!(apart(cos(x), libm::cos(wide)) <= 1, "cos({x:e})");
            assert!(apart(tan(x), libm::tan(wide)) <= 1, "tan({x:e})");
        }
    }

    #[test]
    fn inverses_within_two() {
        let numbers = (0..0x3F80_0000u32).step_by(0x357);
        for x in numbers.flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)]) {
            assert!(apart(asin(x), libm::asin(f64::from(x))) <= 2, "asin({x:e})");
            assert!(apart(acos(x), libm::acos(f64::from(x))) <= 2, "acos({x:e})");
        }
    }

    #[test]
    fn the_ends() {
        assert_eq!(sin(-0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!((cos(0.0), acos(1.0), asin(0.0)), (1.0, 0.0, 0.0));
        assert_eq!(asin(1.0), core::f32::consts::FRAC_PI_2);
        assert_eq!(acos(-1.0), core::f32::consts::PI);
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(sin(x).is_nan() && cos(x).is_nan() && tan(x).is_nan());
        }
        for x in [1.5, -1.0000001, f32::INFINITY, f32::NAN] {
            assert!(asin(x).is_nan() && acos(x).is_nan(), "{x}");
        }
    }
}
