//! Integers of a build without big ones: a small int, a bool, or an instance of a class that extends int. What is larger is an
//! `OverflowError`. The methods are those of `bigint`.

use core::cmp::Ordering;

use crate::Float;
use crate::heap::Kind;
use crate::native::{BinaryOp, Res};
use crate::num::big::convert::ByteOrder;
use crate::num::float::libm::narrow;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// What operators are tried on.
pub(crate) type Machine = isize;

impl<'a> Vm<'a> {
    /// Whether a value is an int or bool (or of a class that extends int).
    pub(crate) fn is_int(&self, v: Value) -> bool {
        self.as_machine(v).is_some()
    }

    /// An int or bool.
    pub fn as_int(&self, v: Value) -> Option<i64> {
        self.as_machine(v).map(|n| n as i64)
    }

    /// The same as a [`Machine`].
    pub(crate) fn as_machine(&self, v: Value) -> Option<Machine> {
        match v {
            Value::TRUE => Some(1),
            Value::FALSE => Some(0),
            _ if self.is(v, Kind::Instance) => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.as_machine(inner)
                }
            }
            _ => v.as_small(),
        }
    }

    /// The int of a [`Machine`].
    pub(crate) fn new_machine(&mut self, n: Machine) -> Res {
        match Value::try_small(n) {
            Some(v) => Ok(v),
            None => self.too_large(),
        }
    }

    /// The low 64 bits of an int.
    pub(crate) fn int_low(&self, v: Value) -> Option<i64> {
        self.as_int(v)
    }

    /// Whether it is the int 0.
    pub(crate) fn int_is_zero(&self, v: Value) -> bool {
        self.as_machine(v) == Some(0)
    }

    /// Whether an int is below zero.
    pub(crate) fn int_is_negative(&self, v: Value) -> bool {
        self.as_machine(v).is_some_and(|n| n < 0)
    }

    /// Order of two ints.
    pub(crate) fn int_cmp(&self, a: Value, b: Value) -> Option<Ordering> {
        Some(self.as_machine(a)?.cmp(&self.as_machine(b)?))
    }

    /// The operators of [`int_binary`](Vm::int_binary) that no machine word can answer.
    pub(crate) fn large_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let (Some(x), Some(y)) = (self.as_machine(a), self.as_machine(b)) else {
            return Ok(None);
        };
        match op {
            BinaryOp::FloorDivide | BinaryOp::Modulo | BinaryOp::TrueDivide if y == 0 => {
                Err(self.zero_division())
            }
            BinaryOp::TrueDivide if cfg!(feature = "float") => {
                self.new_float(narrow(x as f64 / y as f64)).map(Some)
            }
            BinaryOp::Lshift | BinaryOp::Rshift if y < 0 => {
                Err(self.value_error(msg!("negative shift count")))
            }
            BinaryOp::Lshift if x == 0 => Ok(Some(Value::small(0))),
            BinaryOp::Power if y < 0 && cfg!(feature = "float") && x == 0 => {
                Err(self.zero_division())
            }
            BinaryOp::Power if y < 0 && cfg!(feature = "float") => {
                let power = narrow(super::float::pow(x as f64, y as f64));
                self.new_float(power).map(Some)
            }
            BinaryOp::Power if y < 0 => {
                Err(self.value_error(msg!("negative power with no float support")))
            }
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Lshift
            | BinaryOp::Power => self.too_large().map(Some),
            _ => Ok(None),
        }
    }

    /// `OverflowError`.
    fn too_large(&mut self) -> Res {
        self.must_exist(Kind::BigInt)?;
        Ok(Value::NONE)
    }

    pub(crate) fn int_not(&mut self, a: Value) -> Res {
        self.new_machine(!self.as_machine(a).unwrap_or(0))
    }

    pub(crate) fn int_neg(&mut self, a: Value) -> Res {
        self.new_machine(-self.as_machine(a).unwrap_or(0))
    }

    /// `a ** exponent % modulus`, the exponent not negative.
    pub(crate) fn int_pow_mod(&mut self, a: Value, exponent: Value, modulus: Slot) -> Res {
        let [Some(base), Some(mut exponent), Some(modulus)] =
            [Some(a), Some(exponent), modulus].map(|v| self.as_machine(v?))
        else {
            return Ok(Value::NONE);
        };
        if modulus == 0 {
            return Err(self.value_error(msg!("divide by zero")));
        }
        // Products of two small ints.
        let modulus = modulus as i128;
        let (mut power, mut base) = (1, (base as i128).rem_euclid(modulus));
        while exponent != 0 {
            if exponent & 1 != 0 {
                power = power * base % modulus;
            }
            base = base * base % modulus;
            exponent >>= 1;
        }
        let power = power % modulus;
        let below = power != 0 && modulus < 0;
        self.new_int((power + if below { modulus } else { 0 }) as i64)
    }

    /// An int of 64 bits that no small int holds.
    ///
    /// # Errors
    /// `OverflowError`.
    pub fn new_big_i64(&mut self, _: i64) -> Res {
        self.too_large()
    }

    /// An int of 64 bits without a sign.
    ///
    /// # Errors
    /// `OverflowError`.
    pub fn new_u64(&mut self, n: u64) -> Res {
        match i64::try_from(n) {
            Ok(n) => self.new_int(n),
            Err(_) => self.too_large(),
        }
    }

    /// The whole part of a float; `None` for an infinity or NaN.
    ///
    /// # Errors
    /// `OverflowError`.
    pub(crate) fn int_of_float(&mut self, x: f64) -> Res<Option<Value>> {
        match x.is_finite() {
            true => self.new_int(x as i64).map(Some),
            false => Ok(None),
        }
    }

    /// An int of bytes.
    ///
    /// # Errors
    /// `OverflowError`.
    pub(crate) fn int_of_bytes(&mut self, source: Value, order: ByteOrder, signed: bool) -> Res {
        let bytes = self.bytes_of(source).unwrap_or(b"");
        match super::int::small_of_bytes(bytes, order, signed) {
            Some(n) => Ok(n),
            None => self.too_large(),
        }
    }

    /// Writes an int into all bytes of a cell that was just made. Says whether it fits.
    pub(crate) fn int_to_bytes(
        &mut self,
        v: Value,
        cell: Value,
        order: ByteOrder,
        signed: bool,
    ) -> bool {
        let n = self.as_machine(v).unwrap_or(0);
        let out = self.raw_mut(cell);
        let mut rest = n;
        let len = out.len();
        for i in 0..len {
            let at = if order == ByteOrder::Big {
                len - 1 - i
            } else {
                i
            };
            out[at] = rest as u8;
            rest >>= 8;
        }
        match super::int::small_of_bytes(out, order, signed) {
            Some(read) => read.as_small() == Some(n),
            None => false,
        }
    }

    /// The int of a text, which no 64 bits hold.
    ///
    /// # Errors
    /// `OverflowError`.
    pub(crate) fn int_of_text(&mut self, _: Value, _: u32, _: usize) -> Res {
        self.too_large()
    }

    /// The digits of an int's magnitude as text: a bytes cell, and where in it the text starts.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn int_text(&mut self, v: Value, base: u32, upper: bool) -> Res<(Value, usize)> {
        let n = self.as_machine(v).unwrap_or(0).unsigned_abs();
        let digits = super::print::Digits::new(n, base as usize, 1);
        let text = self.new_bytes(digits.as_bytes())?;
        if upper {
            self.raw_mut(text).make_ascii_uppercase();
        }
        Ok((text, 0))
    }

    /// An int's float.
    pub(crate) fn int_to_float(&self, v: Value) -> Option<Float> {
        self.as_machine(v).map(|n| n as Float)
    }
}
