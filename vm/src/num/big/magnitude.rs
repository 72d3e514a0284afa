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

/// `out = a - b` for `a >= b`; returns the normalised length. `out` holds `a.len()` digits.
pub fn sub(out: &mut [Digit], a: &[Digit], b: &[Digit]) -> usize {
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

/// `acc = b - acc` for `b >= acc`, both `b.len()` digits long.
pub fn sub_from(acc: &mut [Digit], b: &[Digit]) {
    let mut borrow = false;
    for (r, &y) in acc.iter_mut().zip(b) {
        (*r, borrow) = sub_borrow(y, *r, borrow);
    }
    debug_assert!(!borrow, "the subtrahend is the larger");
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
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    if core::ptr::eq(a, b) {
        return square(out, a);
    }
    // The longer operand goes to the inner loop: fewer starts of it.
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let out = &mut out[..long.len() + short.len()];
    out[..long.len()].copy_from_slice(long);
    out[long.len()] = mul_add_digit(&mut out[..long.len()], short[0], 0);
    for (i, &factor) in short.iter().enumerate().skip(1) {
        let carry = add_mul(&mut out[i..i + long.len()], long, factor);
        out[i + long.len()] = carry;
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
    out[..whole].fill(0);
    let moved = &mut out[whole..];
    if part == 0 {
        moved[..a.len()].copy_from_slice(a);
        moved[a.len()] = 0;
    } else {
        let mut below: Digit = 0;
        for (r, &x) in moved.iter_mut().zip(a) {
            *r = x << part | below;
            below = x >> (DIGIT_BITS - part);
        }
        moved[a.len()] = below;
    }
    normalised_len(out)
}

/// `out = a >> shift`, and whether any bit that fell off was set. `out` holds `a.len()` digits.
pub fn shr(out: &mut [Digit], a: &[Digit], shift: usize) -> (usize, bool) {
    let (whole, part) = (shift / DIGIT_BITS, shift % DIGIT_BITS);
    if whole >= a.len() {
        return (0, !a.is_empty());
    }
    let (gone, kept) = a.split_at(whole);
    let mut lost = gone.iter().any(|&digit| digit != 0);
    let out = &mut out[..kept.len()];
    if part == 0 {
        out.copy_from_slice(kept);
    } else {
        lost |= kept[0] << (DIGIT_BITS - part) != 0;
        let above = kept[1..].iter().copied().chain([0]);
        for ((r, &x), next) in out.iter_mut().zip(kept).zip(above) {
            *r = x >> part | next << (DIGIT_BITS - part);
        }
    }
    (normalised_len(out), lost)
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
