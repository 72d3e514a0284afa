use proptest::prelude::*;

use super::format::{Notation, Precision, Style, Text, format, repr};
use super::wide::{Extended, Wide};
use crate::num::parse;

fn string(text: Text) -> String {
    String::from_utf8(text.as_bytes().to_vec()).unwrap()
}

fn with(value: f64, notation: Notation, digits: u32) -> String {
    string(format(
        value,
        Style {
            notation,
            upper: false,
            precision: Precision::Digits(digits),
            plus: None,
        },
    ))
}

#[test]
fn repr_at_the_edges() {
    let cases: [(f64, &str); 14] = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1.2345, "1.2345"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e+16"),
        (1e22, "1e+22"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (5e-324, "4.940656458412465e-324"),
        (f64::MAX, "1.797693134862316e+308"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "nan"),
    ];
    for (value, expected) in cases {
        // The largest value needs 17 digits: with 16 it reads back as infinite.
        let expected = if value == f64::MAX {
            "1.7976931348623157e+308"
        } else {
            expected
        };
        assert_eq!(string(repr(value)), expected);
    }
    assert_eq!(string(repr(0.1f32)), "0.1");
    assert_eq!(string(repr(16777216.0f32)), "16777216.0");
}

#[test]
fn notations() {
    assert_eq!(with(116.0 / 1000.0, Notation::Exponent, 3), "1.160e-01");
    assert_eq!(with(99994.0 / 1e5, Notation::Fixed, 3), "1.000");
    assert_eq!(with(99994.0 / 1e4, Notation::General, 3), "10");
    assert_eq!(with(6e-5, Notation::Fixed, 4), "0.0001");
    assert_eq!(with(0.0, Notation::Fixed, 2), "0.00");
    assert_eq!(with(0.0, Notation::Exponent, 0), "0e+00");
    assert_eq!(with(123456789.0, Notation::General, 6), "1.23457e+08");
    // Too long for fixed notation.
    assert_eq!(with(8.888e32, Notation::Fixed, 2), "8.89e+32");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn repr_reads_back(value in prop::num::f64::ANY) {
        prop_assume!(!value.is_nan());
        let text = string(repr(value));
        prop_assert_eq!(parse::float::<f64>(text.as_bytes()), Ok(value), "{}", text);
    }

    #[test]
    fn repr_of_f32_reads_back(value in prop::num::f32::ANY) {
        prop_assume!(!value.is_nan());
        let text = string(repr(value));
        prop_assert_eq!(parse::float::<f32>(text.as_bytes()), Ok(value), "{}", text);
    }

    #[test]
    fn few_digits_are_the_nearest(value in -1e300f64..1e300, digits in 0u32..12) {
        let expected = format!("{value:.*e}", digits as usize);
        let (mantissa, exponent) = expected.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let sign = if exponent < 0 { '-' } else { '+' };
        prop_assert_eq!(with(value, Notation::Exponent, digits), format!("{mantissa}e{sign}{:02}", exponent.abs()));
    }

    #[test]
    fn extended_holds_an_f64(value in prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL) {
        let value = value.abs();
        prop_assume!(value.is_finite());
        prop_assert_eq!(Extended::from_f64(value).to_f64(), value);
    }

    /// Products and quotients of `u32` mantissas are exact or correctly rounded by `f64` alone.
    #[test]
    fn extended_multiplies(a in 1u64..1 << 26, b in 1u64..1 << 26) {
        prop_assert_eq!(Extended::from_u64(a).mul(Extended::from_u64(b)).to_f64(), (a * b) as f64);
        prop_assert_eq!(Extended::from_u64(a * b).div(Extended::from_u64(b)).to_f64(), a as f64);
    }

    /// While mantissa and power fit in 64 bits there is one rounding only: the value is the nearest.
    #[test]
    fn short_decimals_are_the_nearest(mantissa in 0u64..1 << 53, exponent in -4i32..5) {
        let text = format!("{mantissa}e{exponent}");
        prop_assert_eq!(parse::float::<f64>(text.as_bytes()).unwrap(), text.parse::<f64>().unwrap());
    }
}
