//! Integers beyond a word: digits in a cell, and the operations that need room for a result.
//!
//! Every operation allocates its result (and its work space) first and computes after, so that nothing is held across
//! a collection but values. A result that fits a small int becomes one.

use core::cmp::Ordering;

use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{BinaryOp, Res};
use crate::num::big::{self, Digit, Int, Shape, Word, bits, convert, radix, signed};
use crate::num::float::libm::narrow;
use crate::num::parse;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What operators are tried on first.
pub(crate) type Machine = isize;

/// Header flag: below zero.
const NEGATIVE: u8 = 1;

/// Room for the digits of an int that is no cell.
type Room = [Digit; big::WORD_DIGITS];

/// What computes the digits of a result.
type Compute = fn(&mut [Digit], Int, Int) -> Shape;

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
    /// Looks at an int (small, big, bool or a subclass's) as an [`Int`]. `room` is for the digits of a small one.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    fn int_of<'s>(&'s self, v: Value, room: &'s mut Room) -> Option<Int<'s>> {
        let n = match v.as_small() {
            Some(n) => n,
            None if self.is(v, Kind::BigInt) => {
                let negative = self.header(v).flags & NEGATIVE != 0;
                return Some(Int::normalised(negative, digits(self, v)));
            }
            None => return self.int_of_other(v, room),
        };
        *room = big::word_digits(n.unsigned_abs() as u64);
        Some(Int::new(n < 0, room))
    }

    #[cfg_attr(not(romfs_vm_small), inline(never))]
    fn int_of_other<'s>(&'s self, v: Value, room: &'s mut Room) -> Option<Int<'s>> {
        match self.native_part(v) {
            Value::TRUE => Some(Int::ONE),
            Value::FALSE => Some(Int::ZERO),
            inner if inner != v => self.int_of(inner, room),
            _ => None,
        }
    }

    fn with_int<R>(&self, v: Value, look: impl FnOnce(Int) -> R) -> Option<R> {
        let mut room = Room::default();
        self.int_of(v, &mut room).map(look)
    }

    /// How many digits an int has, less than none where it is below zero.
    fn int_size(&self, v: Value) -> isize {
        let size = |n: Int| {
            let len = n.digits().len() as isize;
            if n.is_negative() { -len } else { len }
        };
        self.with_int(v, size).unwrap_or(0)
    }

    /// Whether it is the int 0.
    pub(crate) fn int_is_zero(&self, v: Value) -> bool {
        self.int_size(v) == 0
    }

    /// Whether an int is below zero.
    pub(crate) fn int_is_negative(&self, v: Value) -> bool {
        self.int_size(v) < 0
    }

    /// Whether a value is an int or bool (or of a class that extends int).
    pub(crate) fn is_int(&self, v: Value) -> bool {
        v.is_small() || self.with_int(v, |_| ()).is_some()
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
            None => self.with_int(v, convert::to_word).flatten(),
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

    /// Order of two ints.
    pub(crate) fn int_cmp(&self, a: Value, b: Value) -> Option<Ordering> {
        if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
            return Some(x.cmp(&y));
        }
        let (mut left, mut right) = (Room::default(), Room::default());
        let (x, y) = (self.int_of(a, &mut left)?, self.int_of(b, &mut right)?);
        Some(x.cmp(&y))
    }

    /// The operators of [`int_binary`](Vm::int_binary) that no machine word can answer.
    pub(crate) fn large_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let (x, y) = (self.int_size(a), self.int_size(b));
        let (n, m) = (x.unsigned_abs(), y.unsigned_abs());
        let longer = n.max(m) + 1;
        let (len, compute): (usize, Compute) = match op {
            BinaryOp::Add => (longer, signed::add),
            BinaryOp::Subtract => (longer, signed::sub),
            BinaryOp::And => (longer, bits::and),
            BinaryOp::Or => (longer, bits::or),
            BinaryOp::Xor => (longer, bits::xor),
            BinaryOp::Multiply => {
                self.budget.multiplied(n, m);
                (signed::mul_len(n, m), signed::mul)
            }
            BinaryOp::FloorDivide | BinaryOp::Modulo | BinaryOp::TrueDivide if y == 0 => {
                return Err(self.zero_division());
            }
            BinaryOp::FloorDivide | BinaryOp::Modulo => {
                // A row of products for each digit of the quotient.
                let rows = (n + 1).saturating_sub(m);
                self.budget.multiplied(rows, m);
                let quotient = op == BinaryOp::FloorDivide;
                let compute = if quotient {
                    signed::quotient
                } else {
                    signed::modulo
                };
                (signed::divide_len(n, m), compute)
            }
            BinaryOp::Lshift | BinaryOp::Rshift if y < 0 => {
                return Err(self.value_error(msg!("negative shift count")));
            }
            BinaryOp::Lshift => {
                let shift = self.as_machine(b).unwrap_or(isize::MAX);
                (signed::shl_len(n, shift as usize), signed::shl)
            }
            BinaryOp::Rshift => (signed::shr_len(n), signed::shr),
            BinaryOp::TrueDivide if cfg!(feature = "float") => return self.int_as_floats(op, a, b),
            BinaryOp::Power if y >= 0 => return self.int_pow(a, b).map(Some),
            BinaryOp::Power if !cfg!(feature = "float") => {
                return Err(self.value_error(msg!("negative power with no float support")));
            }
            BinaryOp::Power => return self.int_as_floats(op, a, b),
            _ => return Ok(None),
        };
        self.compute_int(a, b, len, compute).map(Some)
    }

    fn int_as_floats(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let x = self.int_to_float(a).unwrap_or(0.0);
        let y = self.int_to_float(b).unwrap_or(0.0);
        self.float_binary(op, x, y)
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
        let int = Int::normalised(shape.negative, &digits(self, cell)[..shape.len]);
        if let Some(small) = convert::to_word(int).and_then(Value::try_small) {
            return small;
        }
        self.heap.shrink(cell, shape.len as u32);
        self.header_mut(cell).flags |= if shape.negative { NEGATIVE } else { 0 };
        cell
    }

    /// A result of at most `len` digits that `compute` writes.
    fn compute_int(&mut self, a: Value, b: Value, len: usize, compute: Compute) -> Res {
        let cell = self.alloc_digits(len)?;
        let (mut left, mut right) = (Room::default(), Room::default());
        let (Some(x), Some(y)) = (self.int_of(a, &mut left), self.int_of(b, &mut right)) else {
            return Ok(Value::NONE);
        };
        // SAFETY: the cell was just made, and operands are other cells.
        let shape = compute(unsafe { digits_mut(cell, len) }, x, y);
        Ok(self.finish_int(cell, shape))
    }

    /// An operator that gives an int for these two.
    fn int_by(&mut self, op: BinaryOp, a: Value, b: Value) -> Res {
        Ok(self.int_binary(op, a, b)?.unwrap_or(Value::NONE))
    }

    pub(crate) fn int_mul(&mut self, a: Value, b: Value) -> Res {
        self.int_by(BinaryOp::Multiply, a, b)
    }

    pub(crate) fn int_not(&mut self, a: Value) -> Res {
        self.int_by(BinaryOp::Xor, a, Value::small(-1))
    }

    pub(crate) fn int_neg(&mut self, a: Value) -> Res {
        self.int_by(BinaryOp::Subtract, Value::small(0), a)
    }

    /// `a ** exponent`, the exponent not negative.
    fn int_pow(&mut self, a: Value, exponent: Value) -> Res {
        let bits = self.with_int(a, |n| n.bit_length()).unwrap_or(0);
        if bits > 1 {
            // What there is no room for is not begun.
            let total = self
                .as_machine(exponent)
                .and_then(|n| bits.checked_mul(n as usize));
            let Some(total) = total else {
                return Err(self.memory_error());
            };
            let mark = self.mark();
            self.alloc_digits(total / big::DIGIT_BITS)?;
            self.release(mark);
        }
        self.int_pow_mod(a, exponent, None)
    }

    /// `a ** exponent`, or `a ** exponent % modulus`; the exponent is not negative.
    pub(crate) fn int_pow_mod(&mut self, a: Value, exponent: Value, modulus: Slot) -> Res {
        if modulus.is_some_and(|m| self.int_is_zero(m)) {
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

    /// `a * b`, or `a * b % modulus`.
    fn product_modulo(&mut self, a: Value, b: Value, modulus: Slot) -> Res {
        let product = self.int_by(BinaryOp::Multiply, a, b)?;
        match modulus {
            Some(modulus) => self.int_by(BinaryOp::Modulo, product, modulus),
            None => Ok(product),
        }
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
        if !cfg!(romfs_vm_small) && x > -9.0e18 && x < 9.0e18 {
            return self.new_int(x as i64).map(Some);
        }
        if !x.is_finite() {
            return Ok(None);
        }
        // Its mantissa, moved.
        let (bits, one) = (x.to_bits(), 1 << 52);
        let shift = (bits >> 52 & 0x7ff) as isize - (1023 + 52);
        let mantissa = (bits & (one - 1) | one) as i64 >> (-shift).clamp(0, 63);
        let whole = if x < 0.0 { -mantissa } else { mantissa };
        let whole = self.new_int(whole)?;
        self.large_binary(BinaryOp::Lshift, whole, Value::small(shift.max(0)))
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
        self.budget.multiplied(len, len);
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
        if !radix::is_linear(base) {
            self.budget.multiplied(len, len);
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

    /// An int's nearest float.
    pub(crate) fn int_to_float(&self, v: Value) -> Option<crate::Float> {
        self.with_int(v, |n| narrow(convert::to_f64(n)))
    }
}
