//! Arithmetic of 64-bit floats on processors that have none, made for size: all of it is 0.9 KB on Thumb, where the functions of
//! the compiler's own library are 2.8 KB. They stand in for those, since its are weak. Results are those of IEEE 754, rounded to
//! nearest, ties to even; only which NaN comes out is left open there and here.
//!
//! A float travels as its bits. What is finite and not zero is taken apart into a mantissa of 64 bits, the highest of them set,
//! and the power of two that it is multiplied by.

#![cfg_attr(
    not(any(target_arch = "arm", target_arch = "riscv32")),
    allow(dead_code, reason = "the tests call what only these processors use")
)]

const SIGN: u64 = 1 << 63;
const INFINITY: u64 = 0x7ff << 52;
/// What makes an infinity a NaN, and a NaN a quiet one.
const QUIET: u64 = 1 << 51;

/// Mantissa and exponent of a finite number that is not zero.
fn parts(bits: u64) -> (u64, i32) {
    let (mantissa, exponent) = (bits << 11, (bits >> 52) as i32 & 0x7ff);
    if exponent != 0 {
        return (mantissa | SIGN, exponent - BIAS - 63);
    }
    let mantissa = mantissa & !SIGN;
    let zeros = mantissa.leading_zeros();
    (mantissa << (zeros & 63), 1 - BIAS - 63 - zeros as i32)
}

const BIAS: i32 = 1023;
/// Bits of a mantissa of 64 bits that one of a float does not hold.
const BELOW: u32 = 11;

/// The same in a float of 32 bits.
const BIAS_32: i32 = 127;
const BELOW_32: u32 = 40;

/// Shifts to the right; the lowest bit says, too, whether any that fell off was set.
fn shifted(mantissa: u64, by: u32) -> u64 {
    match mantissa.checked_shr(by) {
        Some(kept) => kept | u64::from(kept << by != mantissa),
        None => u64::from(mantissa != 0),
    }
}

/// The bits of the float next to `mantissa` times two to the `exponent`, without a sign. The lowest bit of the mantissa may
/// stand for more bits below it.
fn rounded(mantissa: u64, exponent: i32, below: u32, bias: i32) -> u64 {
    if mantissa == 0 {
        return 0;
    }
    let zeros = mantissa.leading_zeros();
    let mut mantissa = mantissa << zeros;
    let mut exponent = exponent + bias + 63 - zeros as i32;
    if exponent > 2 * bias {
        (mantissa, exponent) = (SIGN, 2 * bias + 1);
    }
    if exponent < 1 {
        mantissa = shifted(mantissa, (1 - exponent) as u32);
        exponent = 1;
    }
    let kept = mantissa >> below;
    let rest = mantissa << (64 - below);
    // The highest bit of the mantissa adds one to the exponent, and so does a carry out of it.
    let up = rest > SIGN - (kept & 1);
    (((exponent - 1) as u64) << (63 - below)) + kept + u64::from(up)
}

fn pack(sign: u64, mantissa: u64, exponent: i32) -> u64 {
    sign | rounded(mantissa, exponent, BELOW, BIAS)
}

/// `a + b`.
pub fn add(mut a: u64, mut b: u64) -> u64 {
    if a & !SIGN < b & !SIGN {
        (a, b) = (b, a);
    }
    let differ = (a ^ b) & SIGN != 0;
    let (size, smaller) = (a & !SIGN, b & !SIGN);
    if size >= INFINITY {
        let none = size > INFINITY || smaller == INFINITY && differ;
        return if none { a | INFINITY | QUIET } else { a };
    }
    if smaller == 0 {
        return if size == 0 { a & b } else { a };
    }
    let ((left, exponent), (right, lower)) = (parts(a), parts(b));
    let (left, right) = (left >> 1, shifted(right >> 1, (exponent - lower) as u32));
    let sum = if differ { left - right } else { left + right };
    let sign = if sum == 0 { 0 } else { a & SIGN };
    pack(sign, sum, exponent + 1)
}

/// `a * b`, or `a / b`.
pub fn scale(a: u64, b: u64, divide: bool) -> u64 {
    let sign = (a ^ b) & SIGN;
    let (x, y) = (a & !SIGN, b & !SIGN);
    // To divide by zero is to multiply by infinity, and the other way round.
    let (zero, infinity) = if divide { (INFINITY, 0) } else { (0, INFINITY) };
    let none = x > INFINITY || y > INFINITY;
    let (gone, endless) = (x == 0 || y == zero, x == INFINITY || y == infinity);
    if none || gone && endless {
        return INFINITY | QUIET;
    }
    if gone {
        return sign;
    }
    if endless {
        return sign | INFINITY;
    }
    let ((x, exponent), (y, other)) = (parts(a), parts(b));
    if divide {
        let (ratio, rest) = ratio(x >> 1, y >> 1);
        return pack(sign, ratio | u64::from(rest), exponent - other - 55);
    }
    let half = |n: u64| (n >> 32, n & 0xffff_ffff);
    let ((x, x_low), (y, y_low)) = (half(x), half(y));
    let (carry, lowest) = half(x_low * y_low);
    let (first, middle) = half(x * y_low + carry);
    let (second, middle) = half(x_low * y + middle);
    let product = x * y + first + second;
    pack(
        sign,
        product | u64::from(lowest | middle != 0),
        exponent + other + 64,
    )
}

/// `x / y` times two to the 55th, and whether there is a rest. Both are of 63 bits.
fn ratio(mut x: u64, y: u64) -> (u64, bool) {
    let mut ratio = 0;
    for _ in 0..56 {
        ratio <<= 1;
        if x >= y {
            x -= y;
            ratio |= 1;
        }
        x <<= 1;
    }
    (ratio, x != 0)
}

/// -1, 0 or 1 as `a` is less than, equal to or more than `b`; 2 where one is a NaN.
pub fn order(a: u64, b: u64) -> i32 {
    let (x, y) = (a & !SIGN, b & !SIGN);
    if x > INFINITY || y > INFINITY {
        return 2;
    }
    if x | y == 0 {
        return 0;
    }
    let key = |bits: u64| if bits & SIGN != 0 { !bits } else { bits | SIGN };
    key(a).cmp(&key(b)) as i32
}

/// The float of 32 bits next to one.
pub fn narrow(bits: u64) -> u32 {
    let sign = (bits >> 32) as u32 & 1 << 31;
    let size = bits & !SIGN;
    let narrow = match size {
        0 => 0,
        INFINITY => 0xff << 23,
        _ if size > INFINITY => 0x1ff << 22,
        _ => {
            let (mantissa, exponent) = parts(bits);
            rounded(mantissa, exponent, BELOW_32, BIAS_32) as u32
        }
    };
    sign | narrow
}

/// A float of 32 bits as one of 64.
pub fn wide(bits: u32) -> u64 {
    let sign = u64::from(bits & 1 << 31) << 32;
    let size = bits & !(1 << 31);
    let wide = u64::from(size) << 29;
    sign | match size >> 23 {
        0 => rounded(u64::from(size), 1 - BIAS_32 - 23, BELOW, BIAS),
        0xff if size & 0x7f_ffff != 0 => INFINITY | QUIET,
        0xff => INFINITY,
        _ => wide + (((BIAS - BIAS_32) as u64) << 52),
    }
}

/// An int as a float.
pub fn of_int(negative: bool, size: u64) -> u64 {
    pack(u64::from(negative) << 63, size, 0)
}

/// The whole part of a float without its sign; what is too large gives the largest int.
pub fn whole(bits: u64) -> u64 {
    let mantissa = bits << 11 | SIGN;
    match BIAS + 63 - ((bits >> 52) as i32 & 0x7ff) {
        by @ 0..64 => mantissa >> by,
        by if by < 0 => u64::MAX,
        _ => 0,
    }
}

/// The same with the sign.
pub fn whole_signed(bits: u64) -> i64 {
    let size = whole(bits) as i64;
    if bits & SIGN != 0 {
        size.wrapping_neg()
    } else {
        size
    }
}

/// Functions by the names under which the compiler calls them.
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
macro_rules! names {
    ($($arm:ident $riscv:ident($($arg:ident: $type:ty),*) -> $result:ty $body:block)*) => {$(
        #[cfg(target_arch = "arm")]
        #[unsafe(no_mangle)]
        extern "aapcs" fn $arm($($arg: $type),*) -> $result $body

        #[cfg(target_arch = "riscv32")]
        #[unsafe(no_mangle)]
        extern "C" fn $riscv($($arg: $type),*) -> $result $body
    )*};
}

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
names! {
    __aeabi_dadd __adddf3(a: u64, b: u64) -> u64 { add(a, b) }
    __aeabi_dsub __subdf3(a: u64, b: u64) -> u64 { add(a, b ^ SIGN) }
    __aeabi_dmul __muldf3(a: u64, b: u64) -> u64 { scale(a, b, false) }
    __aeabi_ddiv __divdf3(a: u64, b: u64) -> u64 { scale(a, b, true) }
    __aeabi_d2f __truncdfsf2(a: u64) -> u32 { narrow(a) }
    __aeabi_f2d __extendsfdf2(a: u32) -> u64 { wide(a) }
    __aeabi_i2d __floatsidf(n: i32) -> u64 { of_int(n < 0, u64::from(n.unsigned_abs())) }
    __aeabi_ui2d __floatunsidf(n: u32) -> u64 { of_int(false, u64::from(n)) }
    __aeabi_l2d __floatdidf(n: i64) -> u64 { of_int(n < 0, n.unsigned_abs()) }
    __aeabi_ul2d __floatundidf(n: u64) -> u64 { of_int(false, n) }
    __aeabi_d2iz __fixdfsi(a: u64) -> i32 { whole_signed(a) as i32 }
    __aeabi_d2uiz __fixunsdfsi(a: u64) -> u32 { whole(a) as u32 }
    __aeabi_d2lz __fixdfdi(a: u64) -> i64 { whole_signed(a) }
    __aeabi_d2ulz __fixunsdfdi(a: u64) -> u64 { whole(a) }
}

/// Comparisons: whether it is so on Arm, a number to compare with zero on RISC-V.
#[cfg(target_arch = "arm")]
names! {
    __aeabi_dcmpeq none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 0) }
    __aeabi_dcmplt none(a: u64, b: u64) -> i32 { i32::from(order(a, b) < 0) }
    __aeabi_dcmple none(a: u64, b: u64) -> i32 { i32::from(order(a, b) <= 0) }
    __aeabi_dcmpgt none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 1) }
    __aeabi_dcmpge none(a: u64, b: u64) -> i32 { i32::from(order(a, b) & 2 == 0 && order(a, b) >= 0) }
    __aeabi_dcmpun none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 2) }
}

#[cfg(target_arch = "riscv32")]
names! {
    none __eqdf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __nedf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __ltdf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __ledf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __gtdf2(a: u64, b: u64) -> i32 { -order(b, a) }
    none __gedf2(a: u64, b: u64) -> i32 { -order(b, a) }
    none __unorddf2(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 2) }
}
