//! Against libm's functions for floats of 64 bits, over all magnitudes.

use super::*;

/// A function of one number.
type OfOne = fn(f64) -> f64;

/// Each function, what it has to be, and how many floats of 32 bits may lie between, both rounded.
static FUNCTIONS: &[(&str, OfOne, OfOne, i64)] = &[
    ("sin", sin, libm::sin, 1),
    ("cos", cos, libm::cos, 1),
    ("tan", tan, libm::tan, 1),
    ("asin", asin, libm::asin, 1),
    ("acos", acos, libm::acos, 1),
    ("atan", atan, libm::atan, 1),
    ("exp", exp, libm::exp, 1),
    ("expm1", expm1, libm::expm1, 1),
    ("sinh", sinh, libm::sinh, 1),
    ("cosh", cosh, libm::cosh, 1),
    ("tanh", tanh, libm::tanh, 1),
    ("log", log, libm::log, 1),
    ("log2", log2, libm::log2, 1),
    ("log10", log10, libm::log10, 1),
    ("asinh", asinh, libm::asinh, 1),
    ("atanh", atanh, libm::atanh, 1),
    ("erf", erf, libm::erf, 1),
    ("erfc", erfc, libm::erfc, 1),
    ("sqrt", sqrt, libm::sqrt, 0),
    ("trunc", trunc, libm::trunc, 0),
    ("floor", floor, libm::floor, 0),
    ("ceil", ceil, libm::ceil, 0),
    ("rint", rint, libm::rint, 0),
];

/// How many floats lie between a result and what is exact, both rounded; none between two that are no numbers.
fn apart(result: f64, exact: f64) -> i64 {
    let ordered = |x: f64| match (x as f32).to_bits() as i32 {
        bits if bits < 0 => i64::from(i32::MIN) - i64::from(bits),
        bits => i64::from(bits),
    };
    match (result.is_nan(), exact.is_nan()) {
        (true, true) => 0,
        (false, false) => (ordered(result) - ordered(exact)).abs(),
        _ => i64::MAX,
    }
}

/// Numbers of all magnitudes and both signs, and those that are no numbers.
fn numbers(step: usize) -> impl Iterator<Item = f64> {
    let sizes = (0..0x7F80_0000u32).step_by(step);
    let edges = [1.0, 2.0, 3.0, 0.5, 1.5, 8.0, f32::MAX, f32::INFINITY];
    let sizes = sizes.map(f32::from_bits).chain(edges);
    let signed = sizes.flat_map(|x| [f64::from(x), -f64::from(x)]);
    signed.chain([f64::NAN])
}

/// Asserts that `of` and `exact` differ by at most `limit` floats for each of `given`.
fn within<T: Copy + core::fmt::Debug>(
    name: &str,
    given: impl Iterator<Item = T>,
    of: impl Fn(T) -> f64,
    exact: impl Fn(T) -> f64,
    limit: i64,
) {
    for x in given {
        let (result, exact) = (of(x), exact(x));
        let apart = apart(result, exact);
        assert!(apart <= limit, "{name}({x:?}) = {result:e}, not {exact:e}");
    }
}

/// Pairs of numbers of all magnitudes, near and far from one another.
fn pairs() -> impl Iterator<Item = (f64, f64)> {
    numbers(0x0123_4567).flat_map(|x| numbers(0x0234_5671).map(move |y| (x, y)))
}

#[test]
fn functions_of_one_number() {
    for &(name, of, exact, limit) in FUNCTIONS {
        within(name, numbers(0x1357), of, exact, limit);
    }
    // libm's has a value for some numbers below.
    let above = numbers(0x1357).filter(|&x| x >= 1.0);
    within("acosh", above, acosh, libm::acosh, 1);
    assert!(numbers(0x1357).all(|x| x >= 1.0 || !acosh(x).is_finite()));
}

#[test]
fn functions_of_two_numbers() {
    within(
        "atan2",
        pairs(),
        |(y, x)| atan2(y, x),
        |(y, x)| libm::atan2(y, x),
        1,
    );
    within(
        "fmod",
        pairs(),
        |(x, y)| fmod(x, y),
        |(x, y)| libm::fmod(x, y),
        0,
    );
    within(
        "pow",
        pairs(),
        |(x, y)| pow(x, y),
        |(x, y)| libm::pow(x, y),
        1,
    );
    let near = || {
        (0..400u32)
            .flat_map(|x| (-200..200).map(move |y| (f64::from(x) / 64.0, f64::from(y) / 8.0)))
    };
    within(
        "pow",
        near(),
        |(x, y)| pow(x, y),
        |(x, y)| libm::pow(x, y),
        1,
    );
    within(
        "fmod",
        near(),
        |(x, y)| fmod(x, y),
        |(x, y)| libm::fmod(x, y),
        0,
    );
}

#[test]
fn exponents() {
    for x in numbers(0x1357) {
        assert!(
            x.is_nan() || frexp(x) == libm::frexp(x) || x.is_infinite(),
            "frexp({x:e})"
        );
        assert!(x.is_nan() || modf(x) == libm::modf(x), "modf({x:e})");
        for twos in [-10_000, -149, -1, 0, 1, 127, 10_000] {
            assert_eq!(
                apart(ldexp(x, twos), libm::ldexp(x, twos)),
                0,
                "ldexp({x:e}, {twos})"
            );
        }
    }
}

/// Below zero the logarithm has zeros of its own, near which the parts that it is the difference of cancel each other out.
#[test]
fn gamma_function() {
    within(
        "lgamma",
        numbers(0x1357).filter(|&x| x > 0.0),
        lgamma,
        libm::lgamma,
        1,
    );
    let below = || {
        (-3000..0)
            .map(|n| f64::from(n) / 64.0)
            .filter(|x| x.fract() != 0.0)
    };
    for x in below() {
        let error = (lgamma(x) - libm::lgamma(x)).abs();
        assert!(
            error < 2e-7 * libm::lgamma(x).abs().max(0.5),
            "lgamma({x:e})"
        );
    }
    // A logarithm of 32 bits is off by half a unit, and so by more the larger it is.
    for x in numbers(0x1357).filter(|&x| x > 0.0).chain(below()) {
        let (result, exact) = (tgamma(x), libm::tgamma(x));
        let limit = exact.abs() * (1e-8 + 6e-8 * libm::lgamma(x).abs());
        let is_near = (result - exact).abs() <= limit;
        assert!(is_near || apart(result, exact) == 0, "gamma({x:e})");
    }
}

#[test]
fn exact_results() {
    for n in 0..10 {
        assert_eq!(pow(10.0, f64::from(n)) as f32, 10u32.pow(n as u32) as f32);
        assert_eq!(log10(10f64.powi(n)) as f32, n as f32);
    }
    for n in -149..128 {
        assert_eq!(pow(2.0, f64::from(n)) as f32, 2f64.powi(n) as f32);
        assert_eq!(log2(2f64.powi(n)) as f32, n as f32);
    }
    assert_eq!(
        (exp(0.0), cos(0.0), acos(1.0), lgamma(1.0), lgamma(2.0)),
        (1.0, 1.0, 0.0, 0.0, 0.0)
    );
    assert_eq!(hypot(3.0, 4.0), 5.0);
}

#[test]
fn signs_of_zero() {
    let odd: [OfOne; 12] = [
        sin, tan, asin, atan, sinh, tanh, asinh, atanh, erf, expm1, trunc, rint,
    ];
    for f in odd {
        assert!(f(-0.0).is_sign_negative() && f(0.0).is_sign_positive());
    }
    assert!(fmod(-4.0, 2.0).is_sign_negative());
    assert!(atan2(-0.0, 1.0).is_sign_negative());
    assert_eq!(atan2(0.0, -0.0) as f32, core::f32::consts::PI);
}
