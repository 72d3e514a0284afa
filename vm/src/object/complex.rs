//! complex.

use crate::Float;
use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{Access, Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp};
use crate::num::float::format::{self, Style};
use crate::num::float::libm::{atan2, cos, exp, hypot, log, narrow, sin, wide};
use crate::num::parse;
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Real and imaginary part.
pub(crate) type Pair = (Float, Float);
/// The same, as they are computed with.
pub(crate) type Wide = (f64, f64);

impl<'a> Vm<'a> {
    /// A complex number.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_complex(&mut self, real: Float, imaginary: Float) -> Res {
        self.must_exist(Kind::Complex)?;
        let cell = self.alloc(Kind::Complex, 0)?;
        // SAFETY: invariant 3; a complex's cell holds two floats.
        unsafe {
            let parts = data(cell) as *mut Float;
            *parts = real;
            *parts.add(1) = imaginary;
        }
        Ok(cell)
    }

    /// The parts of a complex or of any other number.
    pub(crate) fn as_complex(&self, v: Value) -> Option<Pair> {
        if self.is(v, Kind::Complex) {
            let parts = data(v) as *const Float;
            // SAFETY: invariant 3; a complex's cell holds two floats.
            return Some(unsafe { (*parts, *parts.add(1)) });
        }
        self.number_to_float(v).map(|x| (x, 0.0))
    }

    /// An operator on numbers of which one is complex.
    pub(crate) fn complex_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let (Some(left), Some(right)) = (self.as_complex(a), self.as_complex(b)) else {
            return Ok(None);
        };
        let (x, y) = (both_wide(left), both_wide(right));
        let (real, imaginary) = match op.plain() {
            BinaryOp::Equal => return Ok(Some(Value::bool(x == y))),
            BinaryOp::Add => (x.0 + y.0, x.1 + y.1),
            BinaryOp::Subtract => (x.0 - y.0, x.1 - y.1),
            BinaryOp::Multiply => multiply(x, y),
            BinaryOp::TrueDivide if y == (0.0, 0.0) => {
                return Err(self.error(&types::ZERO_DIVISION_ERROR, msg!("complex divide by zero")));
            }
            BinaryOp::TrueDivide => divide(x, y),
            BinaryOp::FloorDivide | BinaryOp::Modulo => {
                return Err(self.type_error(msg!("can't truncate-divide a complex number")));
            }
            BinaryOp::Power => return self.complex_power(left, right).map(Some),
            _ => return Ok(None),
        };
        self.new_complex(narrow(real), narrow(imaginary)).map(Some)
    }

    /// `x ** y` through the logarithm of `x`.
    pub(crate) fn complex_power(&mut self, x: Pair, y: Pair) -> Res {
        let (x, y) = (both_wide(x), both_wide(y));
        let size = hypot(x.0, x.1);
        if size == 0.0 {
            return match y {
                (0.0, 0.0) => self.new_complex(1.0, 0.0),
                (real, 0.0) if real > 0.0 => self.new_complex(0.0, 0.0),
                _ => Err(self.error(&types::ZERO_DIVISION_ERROR, msg!("0.0 to a complex power"))),
            };
        }
        let (log_size, angle) = (log(size), atan2(x.1, x.0));
        let (scale, turn) = (
            exp(y.0 * log_size - y.1 * angle),
            y.1 * log_size + y.0 * angle,
        );
        self.new_complex(narrow(scale * cos(turn)), narrow(scale * sin(turn)))
    }
}

pub(crate) fn both_wide((real, imaginary): Pair) -> Wide {
    (wide(real), wide(imaginary))
}

fn multiply(x: Wide, y: Wide) -> Wide {
    (x.0 * y.0 - x.1 * y.1, x.1 * y.0 + x.0 * y.1)
}

fn divide(x: Wide, y: Wide) -> Wide {
    if y.1 == 0.0 {
        return (x.0 / y.0, x.1 / y.0);
    }
    let square = y.0 * y.0 + y.1 * y.1;
    let (real, imaginary) = multiply(x, (y.0, -y.1));
    (real / square, imaginary / square)
}

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(first) = args.get(0) else {
        return vm.new_complex(0.0, 0.0);
    };
    if let Some(text) = vm.str_bytes(first) {
        return match parse::complex::<Float>(text) {
            Ok((real, imaginary)) => vm.new_complex(real, imaginary),
            Err(_) => Err(vm.value_error(msg!("invalid syntax for number"))),
        };
    }
    let real = part(vm, first)?;
    let Some(second) = args.get(1) else {
        return vm.new_complex(real.0, real.1);
    };
    let (real, imaginary) = (both_wide(real), both_wide(part(vm, second)?));
    vm.new_complex(narrow(real.0 - imaginary.1), narrow(real.1 + imaginary.0))
}

/// The number of an argument: `__complex__` and `__float__` are asked.
pub(crate) fn part(vm: &mut Vm<'_>, v: Value) -> Res<Pair> {
    if let Some(method) = vm.lookup_special(v, q!("__complex__"))? {
        let z = vm.call(method, &[])?;
        if vm.is(z, Kind::Complex)
            && let Some(pair) = vm.as_complex(z)
        {
            return Ok(pair);
        }
    } else if let Some(pair) = vm.as_complex(v) {
        return Ok(pair);
    } else if let Some(method) = vm.lookup_special(v, q!("__float__"))? {
        let x = vm.call(method, &[])?;
        if let Some(x) = vm.as_float(x) {
            return Ok((x, 0.0));
        }
    }
    Err(vm.cannot_convert(v, "complex"))
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let (real, imaginary) = vm.as_complex(v).unwrap_or((0.0, 0.0));
    let signed = Style {
        plus: Some(b'+'),
        ..Style::REPR
    };
    if real == 0.0 {
        vm.write(sink, format::format(imaginary, Style::REPR).as_bytes())?;
        return vm.write_byte(sink, b'j');
    }
    vm.write_byte(sink, b'(')?;
    vm.write(sink, format::format(real, Style::REPR).as_bytes())?;
    vm.write(sink, format::format(imaginary, signed).as_bytes())?;
    vm.write(sink, b"j)")
}

fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    let (real, imaginary) = vm.as_complex(v).unwrap_or((0.0, 0.0));
    Ok(Some(match op {
        UnaryOp::Positive => v,
        UnaryOp::Negative => vm.new_complex(-real, -imaginary)?,
        UnaryOp::Bool => Value::bool(real != 0.0 || imaginary != 0.0),
        UnaryOp::Hash => Value::small(super::float::hash(real) ^ super::float::hash(imaginary)),
        UnaryOp::Abs => vm.new_float(narrow(hypot(wide(real), wide(imaginary))))?,
        _ => return Ok(None),
    }))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    vm.complex_binary(op, a, b)
}

fn attr(vm: &mut Vm<'_>, v: Value, name: Qstr, access: Access) -> Res<Slot> {
    if access != Access::Load {
        return Ok(None);
    }
    let (real, imaginary) = vm.as_complex(v).unwrap_or((0.0, 0.0));
    if name == q!("real") {
        vm.new_float(real).map(Some)
    } else if name == q!("imag") {
        vm.new_float(imaginary).map(Some)
    } else {
        Ok(None)
    }
}

/// `complex`
pub static COMPLEX: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 2),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    attr: Some(attr),
    keywords: false,
    ..TypeSpec::new(q!("complex"))
});
