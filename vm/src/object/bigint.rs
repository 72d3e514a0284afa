//! Integers beyond a word: digits in a cell, and the operations that need room for a result.
//!
//! Every operation allocates its result (and its work space) first and computes after, so that nothing is held across
//! a collection but values. A result that fits a small int becomes one.

use core::cmp::Ordering;

use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{BinaryOp, Res};
use crate::num::big::{self, Digit, Int, Shape, Word, bits, convert, div, pow, radix, signed};
use crate::num::float::libm::narrow;
use crate::num::parse;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What operators are tried on first.
pub(crate) type Machine = isize;

/// Header flag: below zero.
const NEGATIVE: u8 = 1;

/// An integer operand: the digits of a small one are inside.
enum Operand {
    Small(Word),
    Big(Value, bool),
}

impl Operand {
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    fn int<'s>(&'s self, vm: &'s Vm<'_>) -> Int<'s> {
        match self {
            Operand::Small(word) => word.as_int(),
            Operand::Big(cell, negative) => Int::new(*negative, digits(vm, *cell)),
        }
    }
}

fn digits<'s>(vm: &'s Vm<'_>, cell: Value) -> &'s [Digit] {
    let len = vm.header(cell).len as usize;
    assert!(vm.is(cell, Kind::BigInt));
    // SAFETY: invariant 3; the cell holds `len` digits, and `alloc_digits` set all of them.
    unsafe { core::slice::from_raw_parts(data(cell) as *const Digit, len) }
}

/// The digits of a cell that an operation under way made and that nothing else refers to.
///
/// # Safety
/// No other reference to these digits is alive.
unsafe fn digits_mut<'s>(cell: Value, len: usize) -> &'s mut [Digit] {
    // SAFETY: invariant 3; the cell holds `len` digits; the caller's word for the rest.
    unsafe { core::slice::from_raw_parts_mut(data(cell) as *mut Digit, len) }
}

impl<'a> Vm<'a> {
    fn operand(&self, v: Value) -> Option<Operand> {
        if let Some(n) = v.as_small() {
            return Some(Operand::Small(Word::from(n as i64)));
        }
        match v {
            Value::TRUE => Some(Operand::Small(Word::from(1i64))),
            Value::FALSE => Some(Operand::Small(Word::from(0i64))),
            _ if self.is(v, Kind::BigInt) => {
                Some(Operand::Big(v, self.header(v).flags & NEGATIVE != 0))
            }
            _ if self.is(v, Kind::Instance) => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.operand(inner)
                }
            }
            _ => None,
        }
    }

    /// Whether a value is an int or bool (or of a class that extends int).
    pub(crate) fn is_int(&self, v: Value) -> bool {
        v.is_small() || self.operand(v).is_some()
    }

    /// An int or bool that 64 bits hold.
    pub fn as_int(&self, v: Value) -> Option<i64> {
        match v.as_small() {
            Some(n) => Some(n as i64),
            None => self.with_int(v, convert::to_i64).flatten(),
        }
    }

    /// The same as a [`Machine`].
    pub(crate) fn as_machine(&self, v: Value) -> Option<Machine> {
        match v.as_small() {
            Some(n) => Some(n),
            None => self.as_int(v).and_then(|n| isize::try_from(n).ok()),
        }
    }

    /// The int of a [`Machine`].
    pub(crate) fn new_machine(&mut self, n: Machine) -> Res {
        self.new_int(n as i64)
    }

    /// The low 64 bits of an int.
    pub(crate) fn int_low(&self, v: Value) -> Option<i64> {
        self.with_int(v, convert::truncate)
    }

    /// Whether it is the int 0.
    pub(crate) fn int_is_zero(&self, v: Value) -> bool {
        self.with_int(v, |n| n.is_zero()).unwrap_or(false)
    }

    /// Order of two ints.
    pub(crate) fn int_cmp(&self, a: Value, b: Value) -> Option<Ordering> {
        if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
            return Some(x.cmp(&y));
        }
        self.with_int(a, |x| self.with_int(b, |y| x.cmp(&y)))
            .flatten()
    }

    /// The operators of [`int_binary`](Vm::int_binary) that no machine word can answer.
    pub(crate) fn large_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let zero = self.int_is_zero(b);
        let result = match op {
            BinaryOp::Add => self.int_add(a, b)?,
            BinaryOp::Subtract => self.int_sub(a, b)?,
            BinaryOp::Multiply => self.int_mul(a, b)?,
            BinaryOp::And => self.int_bits(a, b, bits::and)?,
            BinaryOp::Or => self.int_bits(a, b, bits::or)?,
            BinaryOp::Xor => self.int_bits(a, b, bits::xor)?,
            BinaryOp::FloorDivide | BinaryOp::Modulo | BinaryOp::TrueDivide if zero => {
                return Err(self.zero_division());
            }
            BinaryOp::FloorDivide => self.int_div_mod(a, b)?.0,
            BinaryOp::Modulo => self.int_div_mod(a, b)?.1,
            BinaryOp::TrueDivide if !cfg!(feature = "float") => return Ok(None),
            BinaryOp::TrueDivide => {
                let (x, y) = (
                    self.int_to_float(a).unwrap_or(0.0),
                    self.int_to_float(b).unwrap_or(1.0),
                );
                return self.float_binary(op, x, y);
            }
            BinaryOp::Lshift | BinaryOp::Rshift => self.int_shift(op, a, b)?,
            BinaryOp::Power => self.int_power(a, b)?,
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    fn int_shift(&mut self, op: BinaryOp, a: Value, b: Value) -> Res {
        if self.int_is_negative(b) {
            return Err(self.value_error(msg!("negative shift count")));
        }
        let zero = self.int_is_zero(a);
        match (self.as_int(b).and_then(|n| usize::try_from(n).ok()), op) {
            _ if zero => Ok(Value::small(0)),
            (Some(n), BinaryOp::Rshift) => self.int_shr(a, n),
            (None, BinaryOp::Rshift) => {
                Ok(Value::small(if self.int_is_negative(a) { -1 } else { 0 }))
            }
            (Some(n), _) if n < u32::MAX as usize => self.int_shl(a, n),
            _ => Err(self.memory_error()),
        }
    }

    fn int_power(&mut self, a: Value, b: Value) -> Res {
        if self.int_is_negative(b) {
            if !cfg!(feature = "float") {
                return Err(self.value_error(msg!("negative power with no float support")));
            }
            let (x, y) = (
                self.int_to_float(a).unwrap_or(0.0),
                self.int_to_float(b).unwrap_or(0.0),
            );
            if x == 0.0 {
                return Err(self.zero_division());
            }
            let power = self.float_binary(BinaryOp::Power, x, y)?;
            return Ok(power.unwrap_or(Value::NONE));
        }
        match (
            self.as_int(a),
            self.as_int(b).and_then(|n| usize::try_from(n).ok()),
        ) {
            (Some(n @ (0 | 1)), Some(e)) if e > 0 => Ok(Value::small(n as isize)),
            (Some(-1), Some(e)) => Ok(Value::small(if e % 2 == 0 { 1 } else { -1 })),
            (_, Some(e)) => self.int_pow(a, e),
            (Some(n @ (0 | 1)), None) => Ok(Value::small(n as isize)),
            _ => Err(self.memory_error()),
        }
    }

    /// Looks at an int (small, big, bool or a subclass's) as an [`Int`].
    fn with_int<R>(&self, v: Value, look: impl FnOnce(Int) -> R) -> Option<R> {
        self.operand(v).map(|operand| look(operand.int(self)))
    }

    fn alloc_digits(&mut self, len: usize) -> Res<Value> {
        self.must_exist(Kind::BigInt)?;
        let n = match u32::try_from(len) {
            Ok(n) if n < u32::MAX / 16 => n,
            _ => return Err(self.memory_error()),
        };
        let cell = self.alloc(Kind::BigInt, n)?;
        // SAFETY: the cell was just made.
        unsafe { core::ptr::write_bytes(data(cell) as *mut Digit, 0, len) };
        Ok(cell)
    }

    /// The value of a cell that an operation left in this shape.
    fn finish_int(&mut self, cell: Value, shape: Shape) -> Value {
        let int = shape.of(digits(self, cell));
        let (len, negative) = (int.digits().len(), int.is_negative());
        let small = convert::to_i64(int)
            .and_then(|n| isize::try_from(n).ok())
            .and_then(Value::try_small);
        if let Some(small) = small {
            return small;
        }
        self.heap.shrink(cell, len as u32);
        self.header_mut(cell).flags |= if negative { NEGATIVE } else { 0 };
        cell
    }

    /// A result of at most `len` digits that `compute` writes.
    fn compute_int(
        &mut self,
        a: Value,
        b: Value,
        len: usize,
        compute: &mut dyn FnMut(&mut [Digit], Int, Int) -> Shape,
    ) -> Res {
        let cell = self.alloc_digits(len)?;
        let (Some(x), Some(y)) = (self.operand(a), self.operand(b)) else {
            return Ok(Value::NONE);
        };
        // SAFETY: the cell was just made, and operands are other cells.
        let out = unsafe { digits_mut(cell, len) };
        let shape = compute(out, x.int(self), y.int(self));
        Ok(self.finish_int(cell, shape))
    }

    /// Digits of an int.
    fn int_len(&self, v: Value) -> usize {
        self.with_int(v, |n| n.digits().len()).unwrap_or(0)
    }

    fn int_add(&mut self, a: Value, b: Value) -> Res {
        let len = signed::add_len(self.int_len(a), self.int_len(b));
        self.compute_int(a, b, len, &mut signed::add)
    }

    fn int_sub(&mut self, a: Value, b: Value) -> Res {
        let len = signed::add_len(self.int_len(a), self.int_len(b));
        self.compute_int(a, b, len, &mut signed::sub)
    }

    pub(crate) fn int_mul(&mut self, a: Value, b: Value) -> Res {
        let (n, m) = (self.int_len(a), self.int_len(b));
        self.budget.multiplied(n.saturating_mul(m));
        self.compute_int(a, b, signed::mul_len(n, m), &mut signed::mul)
    }

    fn int_bits(&mut self, a: Value, b: Value, mut op: fn(&mut [Digit], Int, Int) -> Shape) -> Res {
        let len = bits::bitwise_len(self.int_len(a), self.int_len(b));
        self.compute_int(a, b, len, &mut op)
    }

    pub(crate) fn int_not(&mut self, a: Value) -> Res {
        let n = self.int_len(a);
        self.compute_int(a, a, bits::bitwise_len(n, n), &mut |out, x, _| {
            bits::not(out, x)
        })
    }

    pub(crate) fn int_neg(&mut self, a: Value) -> Res {
        self.int_sub(Value::small(0), a)
    }

    fn int_shl(&mut self, a: Value, shift: usize) -> Res {
        let len = signed::shl_len(self.int_len(a), shift);
        self.compute_int(a, a, len, &mut |out, x, _| signed::shl(out, x, shift))
    }

    fn int_shr(&mut self, a: Value, shift: usize) -> Res {
        let len = signed::shr_len(self.int_len(a));
        self.compute_int(a, a, len, &mut |out, x, _| signed::shr(out, x, shift))
    }

    /// Quotient rounded down and remainder. The divisor is not zero.
    fn int_div_mod(&mut self, a: Value, b: Value) -> Res<(Value, Value)> {
        let (n, m) = (self.int_len(a), self.int_len(b));
        // A row of products for each digit of the quotient.
        self.budget
            .multiplied((n + 1).saturating_sub(m).saturating_mul(m));
        let (quotient_len, remainder_len) = (
            div::quotient_len(n, m).max(n + 1),
            div::remainder_len(n, m).max(1),
        );
        let quotient = self.alloc_digits(quotient_len)?;
        let remainder = self.alloc_digits(remainder_len)?;
        let scratch = self.alloc_digits(m)?;
        let (Some(x), Some(y)) = (self.operand(a), self.operand(b)) else {
            return Ok((a, b));
        };
        // SAFETY: the three cells were just made, and operands are other cells.
        let mut buffers = unsafe {
            signed::DivBuffers {
                quotient: digits_mut(quotient, quotient_len),
                remainder: digits_mut(remainder, remainder_len),
                scratch: digits_mut(scratch, m),
            }
        };
        match signed::div_mod_floor(&mut buffers, x.int(self), y.int(self)) {
            Some((q, r)) => Ok((self.finish_int(quotient, q), self.finish_int(remainder, r))),
            None => Err(self.zero_division()),
        }
    }

    /// `a ** exponent`.
    fn int_pow(&mut self, a: Value, exponent: usize) -> Res {
        let Some(len) = self.with_int(a, |n| pow::pow_len(n, exponent)).flatten() else {
            return Err(self.memory_error());
        };
        self.budget.multiplied(len.saturating_mul(len));
        let scratch = self.alloc_digits(len)?;
        // SAFETY: the cell was just made.
        let scratch = unsafe { digits_mut(scratch, len) };
        self.compute_int(a, a, len, &mut |out, x, _| {
            pow::pow(out, scratch, x, exponent)
        })
    }

    /// `a ** exponent % modulus`, the exponent not negative.
    pub(crate) fn int_pow_mod(&mut self, a: Value, exponent: Value, modulus: Value) -> Res {
        if self.int_is_zero(modulus) {
            return Err(self.value_error(msg!("divide by zero")));
        }
        let one = Value::small(1);
        let base = self.product_modulo(a, one, modulus)?;
        let power = self.product_modulo(one, one, modulus)?;
        let power = self.keep(power)?;
        let bits = self.with_int(exponent, |e| e.bit_length()).unwrap_or(0);
        for bit in (0..bits).rev() {
            let mark = self.mark();
            let mut next = self.product_modulo(self.kept(&power), self.kept(&power), modulus)?;
            if self.with_int(exponent, |e| e.bit(bit)) == Some(true) {
                next = self.product_modulo(next, base, modulus)?;
            }
            self.release(mark);
            self.set_kept(&power, next);
        }
        Ok(self.kept(&power))
    }

    /// `a * b % modulus`, which is rooted.
    fn product_modulo(&mut self, a: Value, b: Value, modulus: Value) -> Res {
        let product = self.int_binary(BinaryOp::Multiply, a, b)?;
        let product = product.unwrap_or(Value::NONE);
        self.root(product)?;
        let rest = self.int_binary(BinaryOp::Modulo, product, modulus)?;
        let rest = rest.unwrap_or(Value::NONE);
        self.root(rest)?;
        Ok(rest)
    }

    /// An int of 64 bits that no small int may hold.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_big_i64(&mut self, n: i64) -> Res {
        self.new_word(Word::from(n))
    }

    /// An int of 64 bits without a sign.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_u64(&mut self, n: u64) -> Res {
        match i64::try_from(n) {
            Ok(n) => self.new_int(n),
            Err(_) => self.new_word(Word::from(n)),
        }
    }

    fn new_word(&mut self, word: Word) -> Res {
        let cell = self.alloc_digits(big::WORD_DIGITS)?;
        let int = word.as_int();
        // SAFETY: the cell was just made.
        unsafe { digits_mut(cell, int.digits().len()) }.copy_from_slice(int.digits());
        Ok(self.finish_int(cell, int.shape()))
    }

    /// The whole part of a float; `None` for an infinity or NaN.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn int_of_float(&mut self, x: f64) -> Res<Option<Value>> {
        if x > -9.0e18 && x < 9.0e18 {
            return self.new_int(x as i64).map(Some);
        }
        if !x.is_finite() {
            return Ok(None);
        }
        // A float of that size has no fraction: it is its mantissa, moved.
        let shift = (x.to_bits() >> 52 & 0x7ff) as usize - (1023 + 52);
        let scale = f64::from_bits((1023 - shift as u64) << 52);
        let mantissa = self.new_int((x * scale) as i64)?;
        self.int_shl(mantissa, shift).map(Some)
    }

    /// An int of bytes.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn int_of_bytes(
        &mut self,
        source: Value,
        order: convert::ByteOrder,
        signed: bool,
    ) -> Res {
        if let Some(n) =
            super::int::small_of_bytes(self.bytes_of(source).unwrap_or(b""), order, signed)
        {
            return Ok(n);
        }
        let n = self.bytes_len(source);
        let len = convert::bytes_digits_len(n);
        let cell = self.alloc_digits(len)?;
        // SAFETY: the cell was just made.
        let out = unsafe { digits_mut(cell, len) };
        let shape = convert::from_bytes(out, self.bytes_of(source).unwrap_or(b""), order, signed);
        Ok(self.finish_int(cell, shape))
    }

    /// The int of a text, which has `count` digits at most.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn int_of_text(&mut self, v: Value, base: u32, count: usize) -> Res {
        let len = radix::digits_len(count, base.max(2));
        self.budget.multiplied(len.saturating_mul(len));
        let cell = self.alloc_digits(len)?;
        // SAFETY: the cell was just made and nobody has seen it.
        let out = unsafe { digits_mut(cell, len) };
        match parse::int(self.bytes_of(v).unwrap_or(b""), base) {
            Ok(int) => {
                let shape = Shape {
                    negative: int.negative,
                    len: radix::from_values(out, int.values(), int.base),
                };
                Ok(self.finish_int(cell, shape))
            }
            Err(_) => Ok(Value::small(0)),
        }
    }

    /// The digits of an int's magnitude as text: a bytes cell, and where in it the text starts.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn int_text(&mut self, v: Value, base: u32, upper: bool) -> Res<(Value, usize)> {
        let (bits, len) = self
            .with_int(v, |n| (n.bit_length(), n.digits().len()))
            .unwrap_or((0, 0));
        let text = self.alloc_bytes(Kind::Bytes, radix::text_len(bits, base))?;
        let copy = self.alloc_digits(len)?;
        if !base.is_power_of_two() {
            self.budget.multiplied(len.saturating_mul(len));
        }
        // SAFETY: the cell was just made.
        let scratch = unsafe { digits_mut(copy, len) };
        self.with_int(v, |n| scratch.copy_from_slice(n.digits()));
        let start = radix::to_text(self.raw_mut(text), scratch, base, upper);
        Ok((text, start))
    }

    /// Writes an int into all bytes of a cell that was just made. Says whether it fits.
    pub(crate) fn int_to_bytes(
        &mut self,
        v: Value,
        cell: Value,
        order: convert::ByteOrder,
        signed: bool,
    ) -> bool {
        let out: *mut [u8] = self.raw_mut(cell);
        let write = |n: Int| {
            // SAFETY: the cell was just made; the int is another one.
            convert::to_bytes(unsafe { &mut *out }, n, order, signed)
        };
        self.with_int(v, write).unwrap_or(true)
    }

    /// Whether an int is below zero.
    pub(crate) fn int_is_negative(&self, v: Value) -> bool {
        self.with_int(v, |n| n.is_negative()).unwrap_or(false)
    }

    /// An int's nearest float.
    pub(crate) fn int_to_float(&self, v: Value) -> Option<crate::Float> {
        self.with_int(v, |n| narrow(convert::to_f64(n)))
    }
}
