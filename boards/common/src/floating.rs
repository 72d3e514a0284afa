//! Arithmetic of 64-bit floats on processors that have none, made for size: all of it is 1.8 KB on Thumb, where the functions of
//! the compiler's own library are 3.1 KB. They stand in for those, since its are weak. Results are those of IEEE 754, rounded to
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

const BIAS: i32 = 1023;
const BIAS_32: i32 = 127;

/// Mantissa and exponent of a finite number that is not zero.
#[inline(always)]
fn parts(bits: u64) -> (u64, i32) {
    let (mantissa, exponent) = (bits << 11 | SIGN, (bits >> 52) as i32 & 0x7ff);
    if exponent != 0 {
        return (mantissa, exponent - BIAS - 63);
    }
    small_parts(mantissa & !SIGN)
}

/// The same of what is too small for a mantissa of full length.
#[inline(never)]
fn small_parts(mut mantissa: u64) -> (u64, i32) {
    let mut exponent = 1 - BIAS - 63;
    while mantissa & SIGN == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    (mantissa, exponent)
}

fn words(n: u64) -> (u32, u32) {
    ((n >> 32) as u32, n as u32)
}

fn of_words(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Shifts to the right, by words, as a shift of 64 bits is a call; the lowest bit says, too, whether any that fell off was set.
fn shifted(mantissa: u64, mut by: u32) -> u64 {
    let (mut high, mut low) = words(mantissa);
    let mut rest = 0;
    while by >= 32 {
        (high, low, rest) = (0, high, rest | low);
        by -= 32;
    }
    rest |= low << 1 << (31 - by);
    low = low >> by | high << 1 << (31 - by);
    of_words(high >> by, low | u32::from(rest != 0))
}

/// The float next to `mantissa` times two to the `exponent`. The lowest bit of the mantissa may stand for more bits below it.
fn pack(sign: u64, mantissa: u64, mut exponent: i32) -> u64 {
    let (mut high, mut low) = words(mantissa);
    exponent += BIAS + 63;
    if high == 0 {
        (high, low) = (low, 0);
        exponent -= 32;
    }
    if high == 0 {
        return sign;
    }
    let zeros = high.leading_zeros();
    exponent -= zeros as i32;
    if exponent > 2 * BIAS {
        return sign | INFINITY;
    }
    let mut mantissa = of_words(high << zeros | low >> 1 >> (31 - zeros), low << zeros);
    if exponent < 1 {
        mantissa = shifted(mantissa, (1 - exponent) as u32);
        exponent = 1;
    }
    let (kept, rest) = (mantissa >> 11, mantissa as u32 & 0x7ff);
    let up = rest + (kept as u32 & 1) > 0x400;
    // The highest bit of the mantissa adds one to the exponent, and so does a carry out of it.
    let head = ((exponent - 1) as u32) << 20;
    (sign | of_words(head, 0)) + kept + u64::from(up)
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
    let plain = |bits: u64| ((bits >> 52) as u32 & 0x7ff).wrapping_sub(1) < 0x7fe;
    if !(plain(a) && plain(b)) {
        let (x, y) = (a & !SIGN, b & !SIGN);
        // To divide by zero is to multiply by infinity, and the other way round.
        let (zero, infinity) = if divide { (INFINITY, 0) } else { (0, INFINITY) };
        let (gone, endless) = (x == 0 || y == zero, x == INFINITY || y == infinity);
        if x > INFINITY || y > INFINITY || gone && endless {
            return INFINITY | QUIET;
        }
        if gone || endless {
            return sign | if gone { 0 } else { INFINITY };
        }
    }
    let ((x, exponent), (y, other)) = (parts(a), parts(b));
    if divide {
        return pack(sign, ratio(x >> 3, y >> 3), exponent - other - 60);
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

/// `x / y` times two to the 60th, the lowest bit for what is below it, too. Both are of 61 bits.
fn ratio(mut x: u64, y: u64) -> u64 {
    let mut ratio = 0;
    let head = (y >> 44) as u32 + 1;
    for _ in 0..5 {
        // Twelve bits at a time, and up to two less than they are: what is left then is below three times `y`.
        let digit = u64::from((x >> 32) as u32 / head);
        x = (x << 12).wrapping_sub(digit.wrapping_mul(y));
        ratio = (ratio << 12) + digit;
    }
    while x >= y {
        x -= y;
        ratio += 1;
    }
    ratio | u64::from(x != 0)
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
    if size > INFINITY {
        return 0x1ff << 22;
    }
    let (high, low) = words(bits << 11 | SIGN);
    let mut mantissa = high | u32::from(low != 0);
    let mut exponent = (bits >> 52) as i32 & 0x7ff;
    exponent -= BIAS - BIAS_32;
    if exponent > 2 * BIAS_32 {
        return sign | 0xff << 23;
    }
    if exponent < 1 {
        let by = (1 - exponent) as u32;
        if by > 31 {
            return sign;
        }
        mantissa = mantissa >> by | u32::from(mantissa << (32 - by) != 0);
        exponent = 1;
    }
    let kept = mantissa >> 8;
    let up = (mantissa & 0xff) + (kept & 1) > 0x80;
    (sign | ((exponent - 1) as u32) << 23) + kept + u32::from(up)
}

/// A float of 32 bits as one of 64.
pub fn wide(bits: u32) -> u64 {
    let sign = u64::from(bits & 1 << 31) << 32;
    let size = bits & !(1 << 31);
    let wide = u64::from(size) << 29;
    match size >> 23 {
        0 => pack(sign, u64::from(size), 1 - BIAS_32 - 23),
        0xff if size & 0x7f_ffff != 0 => INFINITY | QUIET,
        0xff => sign | INFINITY,
        _ => sign | (wide + (((BIAS - BIAS_32) as u64) << 52)),
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

// Comparisons: whether it is so on Arm, a number to compare with zero on RISC-V.
#[cfg(target_arch = "arm")]
names! {
    __aeabi_dcmpeq none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 0) }
    __aeabi_dcmplt none(a: u64, b: u64) -> i32 { i32::from(order(a, b) < 0) }
    __aeabi_dcmple none(a: u64, b: u64) -> i32 { i32::from(order(a, b) <= 0) }
    __aeabi_dcmpgt none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 1) }
    __aeabi_dcmpge none(a: u64, b: u64) -> i32 { i32::from(order(a, b) & 2 == 0 && order(a, b) >= 0) }
    __aeabi_fcmpeq none(a: u32, b: u32) -> i32 { i32::from(order(wide(a), wide(b)) == 0) }
    __aeabi_dcmpun none(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 2) }
}

#[cfg(target_arch = "riscv32")]
names! {
    none __eqsf2(a: u32, b: u32) -> i32 { order(wide(a), wide(b)) }
    none __nesf2(a: u32, b: u32) -> i32 { order(wide(a), wide(b)) }
    none __eqdf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __nedf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __ltdf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __ledf2(a: u64, b: u64) -> i32 { order(a, b) }
    none __gtdf2(a: u64, b: u64) -> i32 { -order(b, a) }
    none __gedf2(a: u64, b: u64) -> i32 { -order(b, a) }
    none __unorddf2(a: u64, b: u64) -> i32 { i32::from(order(a, b) == 2) }
}
