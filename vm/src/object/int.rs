//! int: small ones, and the way to big ones.

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{
    Args, BinaryOp, PrintKind, Res, Sink, TypeDef, TypeSpec, UnaryOp, class_fn, func_kw,
};
use crate::num::big::convert::ByteOrder;
use crate::num::float::libm::wide;
use crate::num::parse::{self, IntError};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

#[cfg(feature = "bigint")]
use super::bigint::Machine;
use super::items::byte_order;
#[cfg(not(feature = "bigint"))]
use super::word_int::Machine;

/// The sign of a [`Machine`].
const LAST_BIT: Machine = Machine::BITS as Machine - 1;

impl<'a> Vm<'a> {
    /// `ZeroDivisionError`.
    #[cold]
    pub(crate) fn zero_division(&mut self) -> Raised {
        self.error(&types::ZERO_DIVISION_ERROR, msg!("divide by zero"))
    }

    /// A machine word's worth of an int, for sizes and positions.
    ///
    /// # Errors
    /// `TypeError` where it is no int, `OverflowError` where it is too large.
    pub fn as_index(&mut self, v: Value) -> Res<isize> {
        if let Some(n) = v.as_small() {
            return Ok(n);
        }
        if let Some(n) = self.as_machine(v) {
            return Ok(n);
        }
        if self.is_int(v) {
            return Err(self.error(
                &types::OVERFLOW_ERROR,
                msg!("overflow converting long int to machine word"),
            ));
        }
        if self.is(v, Kind::Instance)
            && let Some(method) = self.lookup_special(v, q!("__int__"))?
        {
            let n = self.call(method, &[])?;
            if self.is_int(n) {
                return self.as_index(n);
            }
        }
        Err(self.cannot_convert(v, "int"))
    }

    /// The low 64 bits of an int, for what is cut to the size that it is written in.
    ///
    /// # Errors
    /// `TypeError` where it is no int.
    pub(crate) fn as_word(&mut self, v: Value) -> Res<u64> {
        match self.is(v, Kind::BigInt) {
            true => Ok(self.int_low(v).unwrap_or(0) as u64),
            false => Ok(self.as_index(v)? as i64 as u64),
        }
    }

    /// The error of a value that is no number.
    #[cold]
    pub(crate) fn cannot_convert(&mut self, v: Value, to: &str) -> Raised {
        self.type_error_with(
            msg!("can't convert % to %"),
            &[Part::TypeOf(v), Part::Text(to.as_bytes())],
        )
    }

    /// An operator on two ints of any size, bools among them; `None` where there is no such operator.
    ///
    /// # Errors
    /// `ZeroDivisionError`, `ValueError` for a negative shift, `MemoryError`.
    pub fn int_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        let op = op.plain();
        if op.is_relation() {
            let order = self.int_cmp(a, b);
            return Ok(order.map(|order| Value::bool(op.holds(order))));
        }
        if let (Some(x), Some(y)) = (self.as_machine(a), self.as_machine(b))
            && let Some(n) = word_binary(op, x, y)
        {
            return self.new_machine(n).map(Some);
        }
        self.large_binary(op, a, b)
    }

    /// `pow(a, exponent, modulus)`.
    ///
    /// # Errors
    /// `TypeError` for other things than ints, `ValueError` for a zero modulus or a negative exponent.
    pub fn power_modulo(&mut self, a: Value, exponent: Value, modulus: Value) -> Res {
        if !(self.is_int(a) && self.is_int(exponent) && self.is_int(modulus)) {
            return Err(self.type_error(msg!("pow() with 3 arguments requires integers")));
        }
        if self.int_is_negative(exponent) {
            return Err(self.value_error(msg!("negative power with no float support")));
        }
        self.int_pow_mod(a, exponent, Some(modulus))
    }

    /// The int of a text by `int(text, base)`'s rules; base 0 goes by the prefix.
    ///
    /// # Errors
    /// `ValueError`.
    pub fn parse_int(&mut self, text: &[u8], base: u32) -> Res {
        if let Ok(int) = parse::int(text, base)
            && let Some(n) = int.to_word()
        {
            return self.new_machine(n);
        }
        let text = self.new_bytes(text)?;
        self.parse_int_of(text, base)
    }

    /// The same for a text that is a value.
    pub(crate) fn parse_int_of(&mut self, v: Value, base: u32) -> Res {
        let text = self.bytes_of(v).unwrap_or(b"");
        let error = match parse::int(text, base) {
            Ok(int) => match int.to_word() {
                Some(n) => return self.new_machine(n),
                None => {
                    let (count, base) = (int.max_digits(), int.base);
                    return self.int_of_text(v, base, count);
                }
            },
            Err(error) => error,
        };
        match error {
            IntError::Base => Err(self.value_error(msg!("int() arg 2 must be >= 2 and <= 36"))),
            IntError::Syntax { base, start } => {
                let len = self.bytes_len(v);
                let rest = self.part_of(v, start..len)?;
                Err(self.int_syntax(rest, base))
            }
        }
    }

    #[cold]
    fn int_syntax(&mut self, rest: Value, base: u32) -> Raised {
        if !cfg!(feature = "messages") {
            return self.value_error(msg!(""));
        }
        let message = self.new_scratch().and_then(|buffer| {
            let text = if self.is_str(rest) {
                rest
            } else {
                super::decode::decode_utf8(self, rest)?
            };
            self.write_with(
                Sink::Buffer(buffer),
                msg!("invalid syntax for integer with base %: %"),
                &[Part::Int(base as isize), Part::Value(text, PrintKind::Repr)],
            )?;
            self.buffer_to_str(buffer)
        });
        match message.and_then(|text| self.new_exception(types::VALUE_ERROR.value(), &[text])) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }
}

/// Operators that one machine word can answer; `None` where it cannot.
fn word_binary(op: BinaryOp, x: Machine, y: Machine) -> Option<Machine> {
    match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Subtract => x.checked_sub(y),
        BinaryOp::Multiply => x.checked_mul(y),
        BinaryOp::And => Some(x & y),
        BinaryOp::Or => Some(x | y),
        BinaryOp::Xor => Some(x ^ y),
        BinaryOp::FloorDivide => {
            let quotient = x.checked_div(y)?;
            Some(if x % y != 0 && (x < 0) != (y < 0) {
                quotient - 1
            } else {
                quotient
            })
        }
        BinaryOp::Modulo => {
            let rest = x.checked_rem(y)?;
            Some(if rest != 0 && (rest < 0) != (y < 0) {
                rest + y
            } else {
                rest
            })
        }
        BinaryOp::Rshift if y >= 0 => Some(x >> y.min(LAST_BIT)),
        BinaryOp::Lshift if (0..LAST_BIT).contains(&y) => {
            let shifted = x << y;
            if shifted >> y == x {
                Some(shifted)
            } else {
                None
            }
        }
        BinaryOp::Power if y >= 0 => {
            // Of -1, 0 and 1, which alone have such powers, a larger exponent asks no more than whether it is odd.
            let exponent = u32::try_from(y).unwrap_or(u32::MAX - 1 + (y & 1) as u32);
            x.checked_pow(exponent)
        }
        _ => None,
    }
}

/// The int of some bytes, where it is a small one: no memory is needed then.
pub(super) fn small_of_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> Slot {
    let mut n = 0isize;
    for i in 0..bytes.len() {
        let byte = match order {
            ByteOrder::Big => bytes[i],
            ByteOrder::Little => bytes[bytes.len() - 1 - i],
        };
        let more = n << 8;
        if more >> 8 != n {
            return None;
        }
        n = more | byte as isize;
        if i == 0 && signed {
            n = isize::from(byte as i8);
        }
    }
    Value::try_small(n)
}

// --- the type --------------------------------------------------------------------------------------------------------

fn make_new(vm: &mut Vm<'_>, _: Value, args: Args) -> Res {
    let Some(v) = args.get(0) else {
        return Ok(Value::small(0));
    };
    if let Some(base) = args.get(1) {
        let base = vm.as_index(base)?;
        if !vm.is_str(v) && vm.bytes_of(v).is_none() {
            return Err(vm.type_error(msg!("can't convert non-string with explicit base")));
        }
        return vm.parse_int_of(v, u32::try_from(base).unwrap_or(1));
    }
    to_int(vm, v)
}

/// `int(v)`.
pub(crate) fn to_int(vm: &mut Vm<'_>, v: Value) -> Res {
    if v.is_small() || vm.is(v, Kind::BigInt) {
        return Ok(v);
    }
    if let Some(x) = vm.as_float(v) {
        return truncate(vm, wide(x));
    }
    if vm.bytes_of(v).is_some() {
        return vm.parse_int_of(v, 10);
    }
    if vm.is(v, Kind::Instance)
        && let Some(method) = vm.lookup_special(v, q!("__int__"))?
    {
        let n = vm.call(method, &[])?;
        return if vm.is_int(n) {
            Ok(n)
        } else {
            Err(vm.cannot_convert(n, "int"))
        };
    }
    let v = vm.native_part(v);
    match vm.as_machine(v) {
        Some(n) => vm.new_machine(n),
        None if vm.is_int(v) => Ok(v),
        None if vm.is(v, Kind::Object) => match vm.unary_maybe(UnaryOp::Int, v)? {
            Some(n) => Ok(n),
            None => Err(vm.cannot_convert(v, "int")),
        },
        None => Err(vm.cannot_convert(v, "int")),
    }
}

/// The whole part of a float as an int.
pub(crate) fn truncate(vm: &mut Vm<'_>, x: f64) -> Res {
    match vm.int_of_float(x)? {
        Some(n) => Ok(n),
        None if x.is_nan() => Err(vm.value_error(msg!("can't convert NaN to int"))),
        None => Err(vm.error(&types::OVERFLOW_ERROR, msg!("can't convert inf to int"))),
    }
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    if let Some(n) = v.as_small() {
        return vm.write_int(sink, n);
    }
    let mark = vm.mark();
    let (text, start) = vm.int_text(v, 10, false)?;
    if vm.int_is_negative(v) {
        vm.write_byte(sink, b'-')?;
    }
    let len = vm.bytes_len(text);
    vm.write_part(sink, text, start, len)?;
    vm.release(mark);
    Ok(())
}

/// Unary operators of int (and of bool, which passes the int).
pub(crate) fn unary(vm: &mut Vm<'_>, op: UnaryOp, v: Value) -> Res<Slot> {
    Ok(Some(match op {
        UnaryOp::Positive | UnaryOp::Int => v,
        UnaryOp::Bool => Value::bool(!vm.int_is_zero(v)),
        UnaryOp::Hash => match v.as_small() {
            Some(_) => v,
            None => Value::small(vm.int_low(v).unwrap_or(0) as isize),
        },
        UnaryOp::Negative => vm.int_neg(v)?,
        UnaryOp::Invert => match v.as_small() {
            Some(n) => Value::small(!n),
            None => vm.int_not(v)?,
        },
        UnaryOp::Abs => {
            if vm.int_is_negative(v) {
                vm.int_neg(v)?
            } else {
                v
            }
        }
        UnaryOp::Not | UnaryOp::Len => return Ok(None),
    }))
}

fn binary(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op.plain() == BinaryOp::Multiply && repeats(vm, b) {
        // `3 * "ab"` is `"ab" * 3`.
        return match vm.native_type(b).and_then(|def| def.binary()) {
            Some(binary) => binary(vm.again(), BinaryOp::Multiply, b, a),
            None => Ok(None),
        };
    }
    vm.number_binary(op, a, b)
}

/// Whether a value is a sequence that a product repeats.
fn repeats(vm: &Vm<'_>, v: Value) -> bool {
    v.as_qstr().is_some()
        || matches!(
            vm.kind(v),
            Some(
                Kind::Str
                    | Kind::FlashStr
                    | Kind::Bytes
                    | Kind::FlashBytes
                    | Kind::ByteArray
                    | Kind::Array
                    | Kind::List
                    | Kind::Tuple
            )
        )
}

// --- methods ---------------------------------------------------------------------------------------------------------

fn signed_argument(vm: &mut Vm<'_>, args: Args, at: usize) -> Res<bool> {
    match args.get_or_kw(at, q!("signed")) {
        Some(v) => vm.truth(v),
        None => Ok(false),
    }
}

fn from_bytes(vm: &mut Vm<'_>, args: Args) -> Res {
    let source = args.get_or_kw(1, q!("bytes")).unwrap_or(Value::NONE);
    let order = byte_order(vm, args.get_or_kw(2, q!("byteorder")))?;
    let signed = signed_argument(vm, args, 3)?;
    if vm.bytes_of(source).is_some() {
        return vm.int_of_bytes(source, order, signed);
    }
    let bytes = vm.new_scratch()?;
    super::buffer::extend_from(vm, bytes, source)?;
    vm.int_of_bytes(bytes, order, signed)
}

fn to_bytes(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = args.at(0);
    let len = match args.get_or_kw(1, q!("length")) {
        Some(n) => vm.as_index(n)?,
        None => 1,
    };
    let order = byte_order(vm, args.get_or_kw(2, q!("byteorder")))?;
    let signed = signed_argument(vm, args, 3)?;
    let Ok(len) = usize::try_from(len) else {
        return Err(vm.value_error(msg!("length argument must be non-negative")));
    };
    if !signed && vm.int_is_negative(v) {
        return Err(vm.error(
            &types::OVERFLOW_ERROR,
            msg!("can't convert negative int to unsigned"),
        ));
    }
    let cell = vm.alloc_bytes(Kind::Bytes, len)?;
    let fits = vm.int_to_bytes(v, cell, order, signed);
    if fits {
        Ok(cell)
    } else {
        Err(vm.error(&types::OVERFLOW_ERROR, msg!("int too big to convert")))
    }
}

/// `int`
pub static INT: TypeDef = type_def!(TypeSpec {
    make_new: Some(make_new),
    arity: (0, 2),
    print: Some(print),
    unary: Some(unary),
    binary: Some(binary),
    members: &[
        #[cfg(feature = "methods")]
        class_fn(q!("from_bytes"), 1, 4, from_bytes),
        #[cfg(feature = "methods")]
        func_kw(q!("to_bytes"), 1, 3, to_bytes),
    ],
    keywords: false,
    ..TypeSpec::new(q!("int"))
});
