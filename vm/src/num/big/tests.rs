//! Every operation against `num-bigint` on random values, with the edges of a digit over-represented.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

use super::convert::ByteOrder;
use super::div::{quotient_len, remainder_len};
use super::signed::{add_len, divide_len, mul_len, shl_len, shr_len};
use super::*;

fn edge_digit() -> impl Strategy<Value = Digit> {
    prop_oneof![
        3 => any::<Digit>(),
        1 => Just(0),
        1 => Just(1),
        1 => Just(Digit::MAX),
        1 => Just(Digit::MAX - 1),
        1 => Just(1 << (DIGIT_BITS - 1)),
        1 => Just((1 << (DIGIT_BITS - 1)) - 1),
    ]
}

#[derive(Clone, Debug)]
struct Owned {
    negative: bool,
    digits: Vec<Digit>,
}

impl Owned {
    fn int(&self) -> Int<'_> {
        Int::new(self.negative, &self.digits)
    }
}

fn integer(max_digits: usize) -> impl Strategy<Value = Owned> {
    (
        any::<bool>(),
        prop::collection::vec(edge_digit(), 0..max_digits),
    )
        .prop_map(|(negative, digits)| Owned { negative, digits })
}

fn model(value: Int) -> BigInt {
    let bytes: Vec<u8> = value
        .digits()
        .iter()
        .flat_map(|digit| digit.to_le_bytes())
        .collect();
    BigInt::from_bytes_le(
        if value.is_negative() {
            Sign::Minus
        } else {
            Sign::Plus
        },
        &bytes,
    )
}

/// The value an operation left, checked to be normalised.
fn result(shape: Shape, out: &[Digit]) -> BigInt {
    let value = shape.of(out);
    assert_eq!(value.shape(), shape, "the result is normalised");
    model(value)
}

/// Dirty on purpose: an operation may not count on zeroed memory.
fn buffer(len: usize) -> Vec<Digit> {
    vec![0x5a5a_5a5a; len]
}

/// Quotient and remainder of the magnitudes.
fn divide(a: Int, b: Int) -> (BigInt, BigInt) {
    let (n, d) = (a.digits().len(), b.digits().len());
    let (mut quotient, mut remainder, mut scratch) = (
        buffer(quotient_len(n, d)),
        buffer(remainder_len(n, d)),
        buffer(d),
    );
    let (q, r) = div::div_rem(
        &mut quotient,
        &mut remainder,
        &mut scratch,
        a.digits(),
        b.digits(),
    );
    let positive = |len| Shape {
        negative: false,
        len,
    };
    (
        result(positive(q), &quotient),
        result(positive(r), &remainder),
    )
}

/// `a // b` and `a % b`.
fn floor(a: Int, b: Int) -> (BigInt, BigInt) {
    (
        binary(signed::quotient, divide_len, a, b),
        binary(signed::modulo, divide_len, a, b),
    )
}

type Binary = fn(&mut [Digit], Int, Int) -> Shape;

fn binary(operation: Binary, len: fn(usize, usize) -> usize, a: Int, b: Int) -> BigInt {
    let mut out = buffer(len(a.digits().len(), b.digits().len()));
    result(operation(&mut out, a, b), &out)
}

fn text(value: Int, base: u32) -> String {
    let mut digits = value.digits().to_vec();
    let mut out = vec![0; radix::text_len(value.bit_length(), base)];
    let start = radix::to_text(&mut out, &mut digits, base, false);
    String::from_utf8(out[start..].to_vec()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn arithmetic(a in integer(9), b in integer(9)) {
        let (a, b) = (a.int(), b.int());
        let (x, y) = (model(a), model(b));
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        prop_assert_eq!(binary(signed::add, add_len, a, b), &x + &y);
        prop_assert_eq!(binary(signed::sub, add_len, a, b), &x - &y);
        prop_assert_eq!(binary(signed::mul, mul_len, a, b), &x * &y);
        prop_assert_eq!(binary(signed::mul, mul_len, a, a), &x * &x);
        prop_assert_eq!(binary(bits::and, bits::bitwise_len, a, b), &x & &y);
        prop_assert_eq!(binary(bits::or, bits::bitwise_len, a, b), &x | &y);
        prop_assert_eq!(binary(bits::xor, bits::bitwise_len, a, b), &x ^ &y);
        let minus_one = Word::from(-1i64);
        prop_assert_eq!(binary(bits::xor, bits::bitwise_len, a, minus_one.as_int()), !x);
    }

    #[test]
    fn division(a in integer(12), b in integer(7)) {
        let (a, b) = (a.int(), b.int());
        let (x, y) = (model(a), model(b));
        if y.is_zero() {
            prop_assert_eq!(floor(a, b), (BigInt::zero(), BigInt::zero()));
            prop_assert_eq!(divide(a, b), (BigInt::zero(), BigInt::zero()));
        } else {
            prop_assert_eq!(floor(a, b), x.div_mod_floor(&y));
            prop_assert_eq!(divide(a, b), x.abs().div_rem(&y.abs()));
        }
    }

    /// Numerators just around a multiple of the divisor drive the rare corrections of the quotient estimate.
    #[test]
    fn division_near_multiples(a in integer(6), b in integer(5), nudge in -2i64..3) {
        prop_assume!(!b.int().is_zero());
        let product = model(a.int()) * model(b.int()) + nudge;
        let (sign, words) = product.to_u32_digits();
        let mut digits = buffer(words.len() + 1);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let shape = convert::from_bytes(&mut digits, &bytes, ByteOrder::Little, false);
        let numerator = Int::new(sign == Sign::Minus, &digits[..shape.len]);
        prop_assert_eq!(floor(numerator, b.int()), product.div_mod_floor(&model(b.int())));
    }

    #[test]
    fn shifts(a in integer(6), shift in 0usize..300) {
        let a = a.int();
        let mut out = buffer(shl_len(a.digits().len(), shift));
        let by = Word::from(shift as u64);
        let left = signed::shl(&mut out, a, by.as_int());
        prop_assert_eq!(result(left, &out), model(a) << shift);
        let mut out = buffer(shr_len(a.digits().len()));
        let right = signed::shr(&mut out, a, by.as_int());
        prop_assert_eq!(result(right, &out), model(a) >> shift);
        let mut out = buffer(shr_len(a.digits().len()));
        let none = signed::shr(&mut out, a, Int::normalised(false, &[Digit::MAX; 3]));
        prop_assert_eq!(result(none, &out), model(a) >> 1000);
    }

    #[test]
    fn text_both_ways(a in integer(8), base in 2u32..=36) {
        let a = a.int();
        let written = text(a, base);
        prop_assert_eq!(&written, &model(a).abs().to_str_radix(base));
        let mut out = buffer(radix::digits_len(written.len(), base));
        let len = radix::from_values(&mut out, written.bytes().map(|byte| radix::digit_value(byte).unwrap()), base);
        prop_assert_eq!(&out[..len], a.digits());
    }

    #[test]
    fn words(a in integer(4), word in any::<i64>()) {
        prop_assert_eq!(convert::to_i64(a.int()), model(a.int()).to_i64());
        prop_assert_eq!(convert::to_u64(a.int()), model(a.int()).to_u64());
        prop_assert_eq!(convert::to_word(a.int()), model(a.int()).to_isize());
        prop_assert_eq!(convert::to_word(Word::from(word).as_int()), Some(word as isize));
        prop_assert_eq!(convert::to_i64(Word::from(word).as_int()), Some(word));
        let low = &model(a.int()) & BigInt::from(u64::MAX);
        prop_assert_eq!(convert::truncate(a.int()) as u64, low.to_u64().unwrap());
    }

    #[test]
    fn floats(a in integer(20)) {
        prop_assert_eq!(convert::to_f64(a.int()), decimal(a.int()).parse::<f64>().unwrap());
    }

    #[test]
    fn bytes_both_ways(bytes in prop::collection::vec(any::<u8>(), 0..30), big in any::<bool>(), signed in any::<bool>()) {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let expected = match (big, signed) {
            (false, true) => BigInt::from_signed_bytes_le(&bytes),
            (true, true) => BigInt::from_signed_bytes_be(&bytes),
            (false, false) => BigInt::from_bytes_le(Sign::Plus, &bytes),
            (true, false) => BigInt::from_bytes_be(Sign::Plus, &bytes),
        };
        let mut out = buffer(convert::bytes_digits_len(bytes.len()));
        let shape = convert::from_bytes(&mut out, &bytes, order, signed);
        prop_assert_eq!(result(shape, &out), expected);
        let mut back = vec![0xaa; bytes.len()];
        prop_assert!(convert::to_bytes(&mut back, shape.of(&out), order, signed));
        prop_assert_eq!(back, bytes);
    }
}

fn decimal(value: Int) -> String {
    format!(
        "{}{}",
        if value.is_negative() { "-" } else { "" },
        text(value, 10)
    )
}

#[test]
fn truncation_to_bytes_is_reported() {
    let fits = |value: i64, len: usize, signed: bool| {
        convert::to_bytes(
            &mut vec![0; len],
            Word::from(value).as_int(),
            ByteOrder::Big,
            signed,
        )
    };
    assert!(fits(255, 1, false) && !fits(256, 1, false) && !fits(255, 1, true));
    assert!(
        fits(127, 1, true) && fits(-128, 1, true) && !fits(-129, 1, true) && !fits(128, 1, true)
    );
    assert!(fits(0, 0, false) && !fits(1, 0, false));
}

#[test]
fn pi_by_the_spigot() {
    // The same mix of products and divisions as a digit spigot: the 3 and 99 decimals, compared with the known end.
    let mut digits = String::new();
    let (mut q, mut r, mut t) = (BigInt::from(1), BigInt::from(0), BigInt::from(1));
    let mut k = BigInt::from(1);
    let ours = |op: Binary, len: fn(usize, usize) -> usize, a: &BigInt, b: &BigInt| {
        let own = |value: &BigInt| {
            let (sign, bytes) = value.to_bytes_le();
            let mut out = buffer(convert::bytes_digits_len(bytes.len()));
            let shape = convert::from_bytes(&mut out, &bytes, ByteOrder::Little, false);
            Owned {
                negative: sign == Sign::Minus,
                digits: out[..shape.len].to_vec(),
            }
        };
        binary(op, len, own(a).int(), own(b).int())
    };
    while digits.len() < 100 {
        let two_k_plus_1: BigInt = &k * 2 + 1;
        let next_r = ours(signed::mul, mul_len, &(&q * 2 + &r), &two_k_plus_1);
        q = ours(signed::mul, mul_len, &q, &k);
        r = next_r;
        t = ours(signed::mul, mul_len, &t, &two_k_plus_1);
        k += 1;
        let low: BigInt = (&q * 3 + &r) / &t;
        let high: BigInt = (&q * 4 + &r) / &t;
        if low == high {
            digits += &low.to_string();
            r = (&r - &low * &t) * 10;
            q = ours(signed::mul, mul_len, &q, &BigInt::from(10));
        }
    }
    assert_eq!(&digits[90..100], "5342117067");
}
