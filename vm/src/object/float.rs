//! float, and operators between numbers of different types.

use crate::Float;
use crate::heap::Kind;
use crate::native::{Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::num::float::libm::{self, narrow, wide};
use crate::num::float::{format, to_int};
use crate::num::parse;
use crate::q;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `x ** y` of floats.
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    if y == 2.0 {
        // What most powers are, and correctly rounded.
        return x * x;
    }
    libm::pow(x, y)
}

/// Quotient rounded down and remainder, with Python's signs. `y` is not zero.
pub(crate) fn div_mod(x: f64, y: f64) -> (f64, f64) {
    let mut rest = libm::fmod(x, y);
    let mut quotient = (x - rest) / y;
    if rest == 0.0 {
        rest = 0_f64.copysign(y);
    } else if (rest < 0.0) != (y < 0.0) {
        rest += y;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0_f64.copysign(x / y), rest);
    }
    let mut floor = libm::floor(quotient);
    if quotient - floor > 0.5 {
        floor += 1.0;
    }
    (floor, rest)
}

/// The hash of a float: that of the int it equals, else one of its bits.
pub(crate) fn hash(x: Float) -> isize {
    let wide = wide(x);
    let n = to_int(wide);
    if n != i64::MAX && n as f64 == wide {
        return n as isize;
    }
    let bits = wide.to_bits();
    ((bits ^ (bits >> 32)) & 0x3FFF_FFFF) as isize
}

impl<'a> Vm<'a> {
    /// A number as a float: float, int, bool.
    pub(crate) fn number_to_float(&self, v: Value) -> Option<Float> {
        match self.as_float(v) {
            Some(x) => Some(x),
            None if self.is(v, Kind::Instance) => {
                let inner = self.native_part(v);
                if inner == v {
                    None
                } else {
                    self.number_to_float(inner)
                }
            }
            None => self.int_to_float(v),
        }
    }

    /// Whether a value is a real number.
    pub(crate) fn is_number(&self, v: Value) -> bool {
        self.is_int(v) || (cfg!(feature = "float") && self.number_to_float(v).is_some())
    }

    /// A float, where one is needed.
    ///
    /// # Errors
    /// `TypeError`: "can't convert X to float".
    pub fn to_float(&mut self, v: Value) -> Res<Float> {
        if let Some(x) = self.number_to_float(v) {
            return Ok(x);
        }
        if self.is(v, Kind::Instance)
            && let Some(method) = self.lookup_special(v, q!("__float__"))?
        {
            let x = self.call(method, &[])?;
            if let Some(x) = self.as_float(x) {
                return Ok(x);
            }
        }
        Err(self.cannot_convert(v, "float"))
    }

    /// Seconds, an int or float, in microseconds.
    ///
    /// # Errors
    /// `TypeError`: "can't convert X to float".
    pub(crate) fn as_microseconds(&mut self, seconds: Value) -> Res<i64> {
        Ok(match self.as_int(seconds) {
            Some(n) => n.saturating_mul(1_000_000),
            None => to_int(wide(self.to_float(seconds)?) * 1_000_000.0),
        })
    }

    /// An operator on two floats; `None` where there is no such operator.
    ///
    /// # Errors
    /// `ZeroDivisionError`, `MemoryError`.
    pub fn float_binary(&mut self, op: BinaryOp, x: Float, y: Float) -> Res<Slot> {
        let op = op.plain();
        // A float of 32 bits has the same results so: what is rounded to 64 bits first rounds to 32 as what is exact.
        let (left, right) = (x, y);
        let (x, y) = (wide(x), wide(y));
        if op.is_relation() {
            return Ok(Some(Value::bool(op.holds_of(x.partial_cmp(&y)))));
        }
        let result = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Subtract => x - y,
            BinaryOp::Multiply => x * y,
            BinaryOp::TrueDivide | BinaryOp::FloorDivide | BinaryOp::Modulo if y == 0.0 => {
                return Err(self.zero_division());
            }
            BinaryOp::TrueDivide => x / y,
            BinaryOp::FloorDivide => div_mod(x, y).0,
            BinaryOp::Modulo => div_mod(x, y).1,
            BinaryOp::Power if x == 0.0 && y < 0.0 && y.is_finite() => {
                return Err(self.zero_division());
            }
            BinaryOp::Power
                if cfg!(feature = "complex")
                    && x < 0.0
                    && x.is_finite()
                    && y.is_finite()
                    && y != libm::floor(y) =>
            {
                return self.complex_power((left, 0.0), (right, 0.0)).map(Some);
            }
            BinaryOp::Power => pow(x, y),
            _ => return Ok(None),
        };
        self.new_float(narrow(result)).map(Some)
    }

    /// An operator on two numbers of any types; `None` where one is no number or there is no such operator.
    ///
    /// # Errors
    /// As [`int_binary`](Vm::int_binary) and [`float_binary`](Vm::float_binary).
    pub fn number_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        if self.is_int(a) && self.is_int(b) {
            return self.int_binary(op, a, b);
        }
        if !cfg!(feature = "float") {
            return Ok(None);
        }
        if self.is(a, Kind::Complex) || self.is(b, Kind::Complex) {
            return self.complex_binary(op, a, b);
        }
        match (self.number_to_float(a), self.number_to_float(b)) {
            (Some(x), Some(y)) => self.float_binary(op, x, y),
            _ => Ok(None),
        }
    }

    /// The float of a text by `float(text)`'s rules.
    ///
    /// # Errors
    /// `ValueError`.
    pub fn parse_float(&mut self, text: &[u8]) -> Res {
        self.must_exist(Kind::Float)?;
        match parse::float::<Float>(text) {
            Ok(x) => self.new_float(x),
            Err(_) => Err(self.value_error(msg!("invalid syntax for number"))),
        }
    }
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(v) = args.get(0) else {
        return vm.new_float(0.0);
    };
    if vm.as_float(v).is_some() {
        return Ok(v);
    }
    if let Some(text) = vm.bytes_of(v) {
        return match parse::float::<Float>(text) {
            Ok(x) => vm.new_float(x),
            Err(_) => Err(vm.value_error(msg!("invalid syntax for number"))),
        };
    }
    let x = vm.to_float(v)?;
    vm.new_float(x)
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let text = format::repr(vm.as_float(v).unwrap_or(0.0));
    vm.write(sink, text.as_bytes())
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    let x = vm.as_float(v).unwrap_or(0.0);
    Ok(Some(match op {
        UnaryOp::Positive => v,
        UnaryOp::Bool => Value::bool(wide(x) != 0.0),
        UnaryOp::Hash => Value::small(hash(x)),
        UnaryOp::Negative => vm.new_float(-x)?,
        UnaryOp::Abs if x.is_sign_negative() => vm.new_float(-x)?,
        UnaryOp::Abs => v,
        UnaryOp::Int => super::int::truncate(vm, wide(x))?,
        UnaryOp::Invert | UnaryOp::Not | UnaryOp::Len => return Ok(None),
    }))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    vm.number_binary(op, a, b)
}

/// `float`
pub static FLOAT: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 1),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    keywords: false,
    ..TypeSpec::new(q!("float"))
});
