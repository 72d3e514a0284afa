//! Integers to and from machine words, floats and bytes.

#![allow(clippy::unnecessary_cast, reason = "Digit is u32 on some targets")]

use super::{DIGIT_BITS, Digit, Int, Shape, magnitude};

/// The low 64 bits in two's complement.
///
/// This is the value itself if it fits, and what MicroPython uses as the hash of a big integer.
pub fn truncate(value: Int) -> i64 {
    let magnitude = low_bits(value.digits(), 0) as i64;
    if value.is_negative() {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}

/// The value, if it fits in 64 bits with a sign.
pub fn to_i64(value: Int) -> Option<i64> {
    let word = truncate(value);
    (value.bit_length() <= 64 && (word < 0) == value.is_negative()).then_some(word)
}

/// The value, if it fits in 64 bits without a sign.
pub fn to_u64(value: Int) -> Option<u64> {
    (!value.is_negative() && value.bit_length() <= 64).then(|| low_bits(value.digits(), 0))
}

/// The value, if it fits a machine word with a sign.
pub fn to_word(value: Int) -> Option<isize> {
    if value.digits().len() > usize::BITS as usize / DIGIT_BITS {
        return None;
    }
    let mut word = 0;
    for (i, &digit) in value.digits().iter().enumerate() {
        word |= (digit as usize) << (i * DIGIT_BITS);
    }
    let word = if value.is_negative() {
        word.wrapping_neg() as isize
    } else {
        word as isize
    };
    ((word < 0) == value.is_negative()).then_some(word)
}

/// 64 bits of a magnitude, from bit `position` upwards.
fn low_bits(digits: &[Digit], position: usize) -> u64 {
    let (index, offset) = (position / DIGIT_BITS, position % DIGIT_BITS);
    let mut bits = 0;
    let mut place = -(offset as i32);
    for &digit in digits.iter().skip(index) {
        bits |= if place < 0 {
            digit as u64 >> -place
        } else {
            (digit as u64) << place
        };
        place += DIGIT_BITS as i32;
        if place >= 64 {
            break;
        }
    }
    bits
}

/// The nearest `f64`, ties to even; an infinity if the magnitude is too large.
pub fn to_f64(value: Int) -> f64 {
    let place = value.bit_length().saturating_sub(64);
    let magnitude = if place == 0 && !cfg!(romfs_vm_small) {
        low_bits(value.digits(), 0) as f64
    } else {
        // The top 64 bits, the lowest of them set if any bit below is.
        let mut top = [0; super::WORD_DIGITS + 1];
        let (_, lost) = magnitude::shr(&mut top, value.digits(), place);
        let top = low_bits(&top, 0) | u64::from(lost);
        // Scaling by a power of two rounds no further.
        if place > 1023 {
            f64::INFINITY
        } else {
            top as f64 * f64::from_bits((place as u64 + 1023) << 52)
        }
    };
    if value.is_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Order of the bytes of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// Digits that `len` bytes need.
pub const fn bytes_digits_len(len: usize) -> usize {
    len.div_ceil(DIGIT_BITS / 8)
}

/// `out` = the integer in `bytes`, read as two's complement if `signed`. `out` holds [`bytes_digits_len`] digits.
pub fn from_bytes(out: &mut [Digit], bytes: &[u8], order: ByteOrder, signed: bool) -> Shape {
    let byte = |i: usize| match order {
        ByteOrder::Little => bytes.get(i),
        ByteOrder::Big => bytes.get(bytes.len().wrapping_sub(1 + i)),
    };
    let top = byte(bytes.len().saturating_sub(1));
    let negative = signed && top.is_some_and(|byte| byte & 0x80 != 0);
    // The magnitude of a negative value is one more than its bytes turned over.
    let flip = if negative { 0xff } else { 0 };
    let out = &mut out[..bytes_digits_len(bytes.len())];
    let mut i = 0;
    for digit in out.iter_mut() {
        *digit = 0;
        for place in (0..DIGIT_BITS).step_by(8) {
            if let Some(byte) = byte(i) {
                *digit |= Digit::from(byte ^ flip) << place;
            }
            i += 1;
        }
    }
    if negative {
        magnitude::add_assign(out, &[1]);
    }
    Shape {
        negative,
        len: magnitude::normalised_len(out),
    }
}

/// Fills `out` with the low bytes of `value` in two's complement; returns whether the value fits.
///
/// With `signed` a value fits if its sign shows in the top bit. Without, a negative value fits if all bytes that were
/// cut off are sign: callers that refuse negative values, as `int.to_bytes` does, check that first.
pub fn to_bytes(out: &mut [u8], value: Int, order: ByteOrder, signed: bool) -> bool {
    let mut carry = true;
    let fill = if value.is_negative() { 0xff } else { 0 };
    let total = value.digits().len() * (DIGIT_BITS / 8);
    let (len, mut last, mut fits) = (out.len(), 0, true);
    for i in 0..total.max(len) {
        let digit = value.digits().get(i * 8 / DIGIT_BITS).copied().unwrap_or(0);
        let mut byte = (digit >> (i * 8 % DIGIT_BITS)) as u8;
        if value.is_negative() {
            (byte, carry) = (!byte).overflowing_add(u8::from(carry));
        }
        let at = match order {
            ByteOrder::Little => i,
            ByteOrder::Big => len.wrapping_sub(1 + i),
        };
        match out.get_mut(at) {
            Some(place) => (*place, last) = (byte, byte),
            None => fits &= byte == fill,
        }
    }
    fits && !(signed && len > 0 && (last ^ fill) & 0x80 != 0)
}
