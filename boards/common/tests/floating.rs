//! The floats of the firmware against those of the machine that tests it, bit by bit.

use romfs_board::floating;

/// Numbers at the edges of their kinds, and some between.
const EDGES: [f64; 22] = [
    0.0,
    f64::MIN_POSITIVE,
    5e-324,
    2.5e-309,
    1.0,
    1.5,
    0.1,
    1.0 + f64::EPSILON,
    1.0 - f64::EPSILON / 2.0,
    2.0,
    3.0,
    1e-300,
    1e300,
    f64::MAX,
    f64::INFINITY,
    f64::NAN,
    1e-45,
    1.4e-45,
    1.17549435e-38,
    3.4028235e38,
    3.402_823_567_797_336_6e38,
    9007199254740993.0,
];

fn same(ours: u64, theirs: f64) -> bool {
    ours == theirs.to_bits() || f64::from_bits(ours).is_nan() && theirs.is_nan()
}

fn check(x: f64, y: f64) {
    let (a, b) = (x.to_bits(), y.to_bits());
    assert!(same(floating::add(a, b), x + y), "{x:e} + {y:e}");
    assert!(same(floating::scale(a, b, false), x * y), "{x:e} * {y:e}");
    assert!(same(floating::scale(a, b, true), x / y), "{x:e} / {y:e}");
    let order = x.partial_cmp(&y).map_or(2, |order| order as i32);
    assert_eq!(floating::order(a, b), order, "{x:e} {y:e}");
}

fn check_one(x: f64) {
    let bits = x.to_bits();
    let (narrow, theirs) = (floating::narrow(bits), x as f32);
    assert!(
        narrow == theirs.to_bits() || f32::from_bits(narrow).is_nan() && x.is_nan(),
        "{x:e} as f32"
    );
    if x > -9.2e18 && x < 9.2e18 {
        assert_eq!(floating::whole_signed(bits), x as i64, "{x:e} as i64");
    }
    if (0.0..1.8e19).contains(&x) {
        assert_eq!(floating::whole(bits), x as u64, "{x:e} as u64");
    }
    for n in [bits, bits >> 11, bits >> (bits & 63)] {
        assert_eq!(floating::of_int(false, n), (n as f64).to_bits(), "{n}");
        let signed = n as i64;
        let ours = floating::of_int(signed < 0, signed.unsigned_abs());
        assert_eq!(ours, (signed as f64).to_bits(), "{signed}");
        let single = f32::from_bits(n as u32);
        assert!(
            same(floating::wide(n as u32), f64::from(single)),
            "{single:e}"
        );
    }
}

#[test]
fn edges() {
    let signed = EDGES.iter().flat_map(|&x| [x, -x]);
    for x in signed.clone() {
        check_one(x);
        for y in signed.clone() {
            check(x, y);
        }
    }
}

#[test]
fn random_bits() {
    // A generator of Marsaglia's.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..400_000u64 {
        let (mut a, mut b) = (next(), next());
        if round % 2 == 0 {
            // Exponents near one another, short mantissas, results without numbers of their own.
            b = b & !(0x7fc << 52) | a & 0x7fc << 52;
            let short = !0 << (next() % 53);
            (a, b) = (a & short, b & short);
        }
        if round % 8 == 1 {
            // Around where floats of 32 bits end, and these.
            a = a & !(0x7ff << 52) | (860 + next() % 50) << 52;
            b = b & !(0x7ff << 52) | (next() % 80) << 52;
        }
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        check(x, y);
        check_one(x);
        check_one(y);
    }
}
