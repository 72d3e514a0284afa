//! Unsigned arithmetic on little-endian digit slices.
//!
//! The loops run over zipped slices so that no bound is checked inside them.

use core::cmp::Ordering;

use super::{DIGIT_BITS, Digit, Wide};

/// Length without leading zero digits.
pub fn normalised_len(digits: &[Digit]) -> usize {
    digits
        .iter()
        .rposition(|&digit| digit != 0)
        .map_or(0, |last| last + 1)
}

/// Bits up to the highest set one; 0 for zero. `digits` is normalised.
#[cfg_attr(romfs_vm_small, inline(never))]
pub fn bit_length(digits: &[Digit]) -> usize {
    match digits.last() {
        Some(top) => digits.len() * DIGIT_BITS - top.leading_zeros() as usize,
        None => 0,
    }
}

/// Order of two normalised magnitudes.
pub fn cmp(a: &[Digit], b: &[Digit]) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Digits that [`add`] writes at most.
pub const fn add_len(a: usize, b: usize) -> usize {
    (if a > b { a } else { b }) + 1
}

/// `out = a + b`; returns the length of the sum. `out` holds [`add_len`] digits.
pub fn add(out: &mut [Digit], a: &[Digit], b: &[Digit]) -> usize {
    if cfg!(romfs_vm_small) {
        return combine(out, a, b, false);
    }
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let out = &mut out[..long.len() + 1];
    let mut carry = false;
    let (low, high) = out.split_at_mut(short.len());
    for ((r, &x), &y) in low.iter_mut().zip(long).zip(short) {
        (*r, carry) = add_carry(x, y, carry);
    }
    for (r, &x) in high.iter_mut().zip(&long[short.len()..]) {
        (*r, carry) = x.overflowing_add(Digit::from(carry));
    }
    out[long.len()] = Digit::from(carry);
    long.len() + usize::from(carry)
}

/// Sum or difference, where bytes count: `a - b` is `a + !b + 1`, digit by digit.
fn combine(out: &mut [Digit], a: &[Digit], b: &[Digit], subtract: bool) -> usize {
    let out = &mut out[..a.len().max(b.len()) + 1];
    let flip = if subtract { Digit::MAX } else { 0 };
    let mut carry = subtract;
    let digit = |digits: &[Digit], i: usize| digits.get(i).copied().unwrap_or(0);
    for (i, r) in out.iter_mut().enumerate() {
        (*r, carry) = add_carry(digit(a, i), digit(b, i) ^ flip, carry);
    }
    normalised_len(out)
}

/// `out = a - b` for `a >= b`; returns the normalised length. `out` holds [`add_len`] digits.
pub fn sub(out: &mut [Digit], a: &[Digit], b: &[Digit]) -> usize {
    if cfg!(romfs_vm_small) {
        return combine(out, a, b, true);
    }
    let out = &mut out[..a.len()];
    let mut borrow = false;
    let (low, high) = out.split_at_mut(b.len());
    for ((r, &x), &y) in low.iter_mut().zip(a).zip(b) {
        (*r, borrow) = sub_borrow(x, y, borrow);
    }
    for (r, &x) in high.iter_mut().zip(&a[b.len()..]) {
        (*r, borrow) = x.overflowing_sub(Digit::from(borrow));
    }
    debug_assert!(!borrow, "the subtrahend is the larger");
    normalised_len(out)
}

/// `acc += b` where `b` is not longer than `acc`; returns the carry out of `acc`.
pub fn add_assign(acc: &mut [Digit], b: &[Digit]) -> bool {
    let (low, high) = acc.split_at_mut(b.len());
    let mut carry = false;
    for (r, &y) in low.iter_mut().zip(b) {
        (*r, carry) = add_carry(*r, y, carry);
    }
    for r in high {
        if !carry {
            return false;
        }
        (*r, carry) = r.overflowing_add(1);
    }
    carry
}

/// One more than the value in the first `len` digits of `out`, which holds one more; returns the normalised length.
pub fn increment(out: &mut [Digit], len: usize) -> usize {
    out[len] = 0;
    let out = &mut out[..len + 1];
    add_assign(out, &[1]);
    normalised_len(out)
}

/// `acc -= b` where `b` is not longer than `acc`; returns the borrow out of `acc`.
pub fn sub_assign(acc: &mut [Digit], b: &[Digit]) -> bool {
    let (low, high) = acc.split_at_mut(b.len());
    let mut borrow = false;
    for (r, &y) in low.iter_mut().zip(b) {
        (*r, borrow) = sub_borrow(*r, y, borrow);
    }
    for r in high {
        if !borrow {
            return false;
        }
        (*r, borrow) = r.overflowing_sub(1);
    }
    borrow
}

/// `acc += a * factor` over the length of `a`; returns the digit carried out.
#[inline]
pub fn add_mul(acc: &mut [Digit], a: &[Digit], factor: Digit) -> Digit {
    let mut carry: Digit = 0;
    for (r, &x) in acc.iter_mut().zip(a) {
        let t = x as Wide * factor as Wide + *r as Wide + carry as Wide;
        *r = t as Digit;
        carry = (t >> DIGIT_BITS) as Digit;
    }
    carry
}

/// `acc -= a * factor` over the length of `a`; returns the digit borrowed.
#[inline]
pub fn sub_mul(acc: &mut [Digit], a: &[Digit], factor: Digit) -> Digit {
    let mut borrow: Digit = 0;
    for (r, &x) in acc.iter_mut().zip(a) {
        let t = x as Wide * factor as Wide + borrow as Wide;
        let (diff, under) = r.overflowing_sub(t as Digit);
        *r = diff;
        borrow = (t >> DIGIT_BITS) as Digit + Digit::from(under);
    }
    borrow
}

/// `acc = acc * factor + addend`; returns the digit carried out.
pub fn mul_add_digit(acc: &mut [Digit], factor: Digit, addend: Digit) -> Digit {
    let mut carry = addend;
    for r in acc {
        let t = *r as Wide * factor as Wide + carry as Wide;
        *r = t as Digit;
        carry = (t >> DIGIT_BITS) as Digit;
    }
    carry
}

/// Digits that [`mul`] writes.
pub const fn mul_len(a: usize, b: usize) -> usize {
    a + b
}

/// `out = a * b`; returns the normalised length. `out` holds [`mul_len`] digits.
pub fn mul(out: &mut [Digit], a: &[Digit], b: &[Digit]) -> usize {
    if !cfg!(romfs_vm_small) && core::ptr::eq(a, b) {
        return square(out, a);
    }
    // The longer operand goes to the inner loop: fewer starts of it.
    let swap = !cfg!(romfs_vm_small) && a.len() < b.len();
    let (a, b) = if swap { (b, a) } else { (a, b) };
    let out = &mut out[..a.len() + b.len()];
    out.fill(0);
    for (i, &factor) in b.iter().enumerate() {
        let row = &mut out[i..];
        row[a.len()] = add_mul(row, a, factor);
    }
    normalised_len(out)
}

/// `out = a * a`; returns the normalised length. Each cross product is computed once and doubled.
pub fn square(out: &mut [Digit], a: &[Digit]) -> usize {
    let out = &mut out[..2 * a.len()];
    out.fill(0);
    for (i, &x) in a.iter().enumerate() {
        let row = &mut out[2 * i + 1..];
        row[a.len() - i - 1] = add_mul(row, &a[i + 1..], x);
    }
    let mut doubled_bit: Digit = 0;
    let mut carry = false;
    for (pair, &x) in out.chunks_exact_mut(2).zip(a) {
        let diagonal = x as Wide * x as Wide;
        let low = pair[0] << 1 | doubled_bit;
        let high = pair[1] << 1 | pair[0] >> (DIGIT_BITS - 1);
        doubled_bit = pair[1] >> (DIGIT_BITS - 1);
        (pair[0], carry) = add_carry(low, diagonal as Digit, carry);
        (pair[1], carry) = add_carry(high, (diagonal >> DIGIT_BITS) as Digit, carry);
    }
    normalised_len(out)
}

/// Digits that [`shl`] writes at most.
pub const fn shl_len(digits: usize, shift: usize) -> usize {
    if digits == 0 {
        0
    } else {
        digits + shift / DIGIT_BITS + 1
    }
}

/// `out = a << shift`; returns the normalised length. `out` holds [`shl_len`] digits.
pub fn shl(out: &mut [Digit], a: &[Digit], shift: usize) -> usize {
    if a.is_empty() {
        return 0;
    }
    let (whole, part) = (shift / DIGIT_BITS, shift % DIGIT_BITS);
    let out = &mut out[..whole + a.len() + 1];
    shift_pairs(out, a, whole.wrapping_neg(), DIGIT_BITS - part);
    normalised_len(out)
}

/// `out = a >> shift`, and whether any bit that fell off was set. `out` holds `a.len()` digits.
pub fn shr(out: &mut [Digit], a: &[Digit], shift: usize) -> (usize, bool) {
    let (whole, part) = (shift / DIGIT_BITS, shift % DIGIT_BITS);
    let out = &mut out[..a.len().saturating_sub(whole)];
    shift_pairs(out, a, whole + 1, part);
    let zeros = match a.iter().position(|&digit| digit != 0) {
        Some(i) => i * DIGIT_BITS + a[i].trailing_zeros() as usize,
        None => usize::MAX,
    };
    (normalised_len(out), zeros < shift)
}

/// Each digit of `out` from two of `a` beside each other, moved down by `right` bits. The upper one of the first pair is
/// digit `first`, which may be before all digits: there, as behind the last, are zeros.
pub fn shift_pairs(out: &mut [Digit], a: &[Digit], first: usize, right: usize) {
    let digit = |i: usize| Wide::from(a.get(i).copied().unwrap_or(0));
    for (i, r) in out.iter_mut().enumerate() {
        let upper = first.wrapping_add(i);
        let pair = digit(upper) << DIGIT_BITS | digit(upper.wrapping_sub(1));
        *r = (pair >> right) as Digit;
    }
}

/// `a + b + carry` and its carry.
#[inline]
fn add_carry(a: Digit, b: Digit, carry: bool) -> (Digit, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(Digit::from(carry));
    (sum, first | second)
}

/// `a - b - borrow` and its borrow.
#[inline]
fn sub_borrow(a: Digit, b: Digit, borrow: bool) -> (Digit, bool) {
    let (diff, first) = a.overflowing_sub(b);
    let (diff, second) = diff.overflowing_sub(Digit::from(borrow));
    (diff, first | second)
}
