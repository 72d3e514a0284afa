//! Operators on any values: the types' tables, and the special methods of a program's classes.

mod equality;

use crate::heap::Kind;
use crate::message::Part;
use crate::native::{Access, BinaryOp, Res, UnaryOp};
use crate::object::exception as types;
use crate::q;
use crate::qstr::Qstr;
use crate::raise::Raised;
use crate::table::int_hash;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// The special method of an operator, and its reflected one.
fn method_names(op: BinaryOp) -> (Option<Qstr>, Option<Qstr>) {
    let (method, reflected) = METHODS[op as usize];
    let one = |name| Some(name).filter(|&name| name != NO_METHOD);
    (one(method), one(reflected))
}

/// No operator's method has this name.
const NO_METHOD: Qstr = Qstr::EMPTY;

static METHODS: [(Qstr, Qstr); BinaryOp::COUNT] = {
    let mut methods = [(NO_METHOD, NO_METHOD); BinaryOp::COUNT];
    let mut n = 0;
    while n < methods.len() {
        methods[n] = methods_of(BinaryOp::from_u8(n as u8));
        n += 1;
    }
    methods
};

const fn methods_of(op: BinaryOp) -> (Qstr, Qstr) {
    use BinaryOp::*;
    match op {
        Less => (q!("__lt__"), q!("__gt__")),
        More => (q!("__gt__"), q!("__lt__")),
        Equal => (q!("__eq__"), q!("__eq__")),
        LessEqual => (q!("__le__"), q!("__ge__")),
        MoreEqual => (q!("__ge__"), q!("__le__")),
        NotEqual => (q!("__ne__"), q!("__ne__")),
        Or => (q!("__or__"), q!("__ror__")),
        Xor => (q!("__xor__"), q!("__rxor__")),
        And => (q!("__and__"), q!("__rand__")),
        Lshift => (q!("__lshift__"), q!("__rlshift__")),
        Rshift => (q!("__rshift__"), q!("__rrshift__")),
        Add => (q!("__add__"), q!("__radd__")),
        Subtract => (q!("__sub__"), q!("__rsub__")),
        Multiply => (q!("__mul__"), q!("__rmul__")),
        MatMultiply => (q!("__matmul__"), q!("__rmatmul__")),
        FloorDivide => (q!("__floordiv__"), q!("__rfloordiv__")),
        TrueDivide => (q!("__truediv__"), q!("__rtruediv__")),
        Modulo => (q!("__mod__"), q!("__rmod__")),
        Power => (q!("__pow__"), q!("__rpow__")),
        #[cfg(feature = "extras")]
        InplaceOr => (q!("__ior__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceXor => (q!("__ixor__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceAnd => (q!("__iand__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceLshift => (q!("__ilshift__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceRshift => (q!("__irshift__"), NO_METHOD),
        InplaceAdd => (q!("__iadd__"), NO_METHOD),
        InplaceSubtract => (q!("__isub__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceMultiply => (q!("__imul__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceMatMultiply => (q!("__imatmul__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceFloorDivide => (q!("__ifloordiv__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceTrueDivide => (q!("__itruediv__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplaceModulo => (q!("__imod__"), NO_METHOD),
        #[cfg(feature = "extras")]
        InplacePower => (q!("__ipow__"), NO_METHOD),
        _ => (NO_METHOD, NO_METHOD),
    }
}

impl Vm<'_> {
    /// Whether a value counts as true.
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raise.
    pub fn truth(&mut self, mut v: Value) -> Res<bool> {
        loop {
            match v {
                Value::TRUE => return Ok(true),
                Value::FALSE | Value::NONE => return Ok(false),
                _ => {}
            }
            if let Some(n) = v.as_small() {
                return Ok(n != 0);
            }
            let answer = match self.unary_maybe(UnaryOp::Bool, v)? {
                None => self.unary_maybe(UnaryOp::Len, v)?,
                answer => answer,
            };
            match answer {
                Some(answer) => v = answer,
                None => return Ok(true),
            }
        }
    }

    /// A unary operator, or `None` where the value has none such.
    pub fn unary_maybe(&mut self, op: UnaryOp, v: Value) -> Res<Slot> {
        if self.is(v, Kind::Instance) {
            let name = match op {
                UnaryOp::Positive => q!("__pos__"),
                UnaryOp::Negative => q!("__neg__"),
                UnaryOp::Invert => q!("__invert__"),
                UnaryOp::Len => q!("__len__"),
                UnaryOp::Hash => q!("__hash__"),
                UnaryOp::Abs => q!("__abs__"),
                UnaryOp::Int => q!("__int__"),
                UnaryOp::Bool | UnaryOp::Not => q!("__bool__"),
            };
            if let Some(result) = self.call_special(v, name, &[])? {
                return Ok(Some(result));
            }
            let part = self.native_part(v);
            return if part == v {
                Ok(None)
            } else {
                self.unary_maybe(op, part)
            };
        }
        match self.offer(v).unary() {
            Some(unary) => unary(self.again(), op, v),
            None => Ok(None),
        }
    }

    /// A unary operator.
    ///
    /// # Errors
    /// `TypeError` where the value has none such.
    pub fn unary(&mut self, op: UnaryOp, v: Value) -> Res {
        match self.unary_maybe(op, v)? {
            Some(result) => Ok(result),
            None => {
                let template = match op {
                    UnaryOp::Positive => msg!("unsupported type for __pos__: '%'"),
                    UnaryOp::Negative => msg!("unsupported type for __neg__: '%'"),
                    UnaryOp::Invert => msg!("unsupported type for __invert__: '%'"),
                    UnaryOp::Len => msg!("object of type '%' has no len()"),
                    UnaryOp::Abs => msg!("unsupported type for __abs__: '%'"),
                    _ => msg!("unsupported type for not: '%'"),
                };
                Err(self.type_error_with(template, &[Part::TypeOf(v)]))
            }
        }
    }

    /// `len(v)`.
    ///
    /// # Errors
    /// `TypeError` where it has none.
    pub fn len_of(&mut self, v: Value) -> Res<usize> {
        let n = self.unary(UnaryOp::Len, v)?;
        Ok(self.as_index(n)?.max(0) as usize)
    }

    fn unsupported(&mut self, op: BinaryOp, a: Value, b: Value) -> Raised {
        use BinaryOp::{ExceptionMatch, In, Is, Less, LessEqual, More, MoreEqual};

        // An in-place operator has been tried as the plain one. Only a relation leaves its right operand as it is.
        let b = match op {
            Less | LessEqual | More | MoreEqual => b,
            _ => operand(b),
        };
        let name = match op.plain() {
            In => Part::Name(q!("__contains__")),
            Is => Part::Text(b"is"),
            ExceptionMatch => Part::Text(b"exception match"),
            plain => Part::Name(method_names(plain).0.unwrap_or(Qstr::EMPTY)),
        };
        self.unsupported_for(name, a, b)
    }

    /// The same for an operator that goes by this name.
    #[cold]
    pub(crate) fn unsupported_for(&mut self, name_of_op: Part<'_>, a: Value, b: Value) -> Raised {
        self.type_error_with(
            msg!("unsupported types for %: '%', '%'"),
            &[name_of_op, Part::TypeOf(operand(a)), Part::TypeOf(b)],
        )
    }

    /// The left operand's part of an operator: its special method, or its type's table.
    fn binary_left(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
        if self.is(a, Kind::Instance) {
            if let (Some(name), _) = method_names(op)
                && let Some(result) = self.call_special(a, name, &[b])?
            {
                return Ok(Some(result).filter(|&r| r != Value::NOT_IMPLEMENTED));
            }
            let part = self.native_part(a);
            if part == a || self.is(part, Kind::Exception) {
                return Ok(None);
            }
            return self.binary_left(op, part, b);
        }
        match self.offer(a).binary() {
            Some(binary) => {
                let b = if self.is(b, Kind::Instance) {
                    self.native_part(b)
                } else {
                    b
                };
                binary(self.again(), op, a, b)
            }
            None => Ok(None),
        }
    }

    /// A binary operator that is no relation.
    ///
    /// # Errors
    /// `TypeError` where the operands have none such, and what a special method raises.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Res {
        match op {
            BinaryOp::Is => return Ok(Value::bool(a == b)),
            BinaryOp::In => return self.contains(b, a).map(Value::bool),
            BinaryOp::ExceptionMatch => return self.exception_match(a, b),
            _ => {}
        }
        if let Some(v) = self.binary_left(op, a, b)? {
            return Ok(v);
        }
        let plain = op.plain();
        if plain != op
            && let Some(v) = self.binary_left(plain, a, b)?
        {
            return Ok(v);
        }
        if self.is(b, Kind::Instance)
            && let (_, Some(name)) = method_names(plain)
            && let Some(v) = self.call_special(b, name, &[a])?
            && v != Value::NOT_IMPLEMENTED
        {
            return Ok(v);
        }
        // A number on the left of a sequence: repetition works both ways.
        if plain == BinaryOp::Multiply
            && self.is_int(a)
            && let b = self.native_part(b)
            && !self.is(b, Kind::Instance)
            && let Some(v) = self.binary_left(plain, b, a)?
        {
            return Ok(v);
        }
        Err(self.unsupported(op, a, b))
    }

    /// `item in v`.
    fn contains(&mut self, v: Value, item: Value) -> Res<bool> {
        if self.is(v, Kind::Instance) {
            if let Some(found) = self.call_special(v, q!("__contains__"), &[item])? {
                return self.truth(found);
            }
            let part = self.native_part(v);
            if part != v {
                return self.contains(part, item);
            }
        } else if let Some(binary) = self.offer(v).binary()
            && let Some(found) = binary(self.again(), BinaryOp::In, v, item)?
        {
            return Ok(found == Value::TRUE);
        }
        let v = operand(v);
        if item.is_small() && self.is_number(v) && !self.is(v, Kind::BigInt) {
            // Two small numbers are asked as operands, as in MicroPython.
            return Err(self.unsupported_for(Part::Text(b""), item, v));
        }
        let mut found = false;
        self.for_each(v, |vm, x| {
            found = vm.equal(x, item)?;
            Ok(!found)
        })?;
        Ok(found)
    }

    /// `except b` for an exception `a`: a class or a tuple of them.
    pub(crate) fn exception_match(&mut self, a: Value, b: Value) -> Res {
        if let Some(n) = self.tuple_items(b).map(<[Slot]>::len) {
            for i in 0..n {
                let class = self.sequence_item(b, i);
                if self.exception_match(a, class)? == Value::TRUE {
                    return Ok(Value::TRUE);
                }
            }
            return Ok(Value::FALSE);
        }
        if !self.is_class(b) || !self.is_subclass(b, types::BASE_EXCEPTION.value()) {
            return Err(self.unsupported(BinaryOp::ExceptionMatch, a, b));
        }
        let class = if self.is_class(a) { a } else { self.type_of(a) };
        Ok(Value::bool(self.is_subclass(class, b)))
    }

    /// A relation, as the value that it gives.
    ///
    /// # Errors
    /// `TypeError` where the values have no order, and what a special method raises.
    pub fn compare_value(&mut self, op: BinaryOp, a: Value, b: Value) -> Res {
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            return self.equality(op, a, b);
        }
        if let Some(v) = self.binary_left(op, a, b)? {
            return Ok(v);
        }
        if let (_, Some(name)) = method_names(op)
            && let Some(v) = self.call_special(b, name, &[a])?
            && v != Value::NOT_IMPLEMENTED
        {
            return Ok(v);
        }
        Err(self.unsupported(op, a, b))
    }

    /// A relation, as a truth value.
    ///
    /// # Errors
    /// As for [`compare_value`](Vm::compare_value).
    pub fn compare(&mut self, op: BinaryOp, a: Value, b: Value) -> Res<bool> {
        let v = self.compare_value(op, a, b)?;
        self.truth(v)
    }

    /// The hash of a value that is neither a qstr nor a small int.
    ///
    /// # Errors
    /// `TypeError` where it has none.
    pub fn hash(&mut self, v: Value) -> Res<u32> {
        if crate::table::is_plain(v) {
            return Ok(crate::table::plain_hash(v));
        }
        match v {
            Value::TRUE => return Ok(int_hash(1)),
            Value::FALSE => return Ok(int_hash(0)),
            _ => {}
        }
        if let Some(h) = self.own_hash(v)? {
            return Ok(int_hash(self.as_machine(h).unwrap_or(0)));
        }
        if self.lookup_special(v, q!("__eq__"))?.is_some() {
            return Err(self.unhashable(v));
        }
        let part = self.native_part(v);
        match self.kind(part) {
            Some(
                Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray | Kind::Array | Kind::Slice,
            ) => Err(self.unhashable(part)),
            _ => Ok(int_hash(v.bits() as isize >> 3)),
        }
    }

    /// What `__hash__` of a value says, or its type: an int or a bool.
    pub(crate) fn own_hash(&mut self, v: Value) -> Res<Slot> {
        let answer = self.unary_maybe(UnaryOp::Hash, v)?;
        match answer {
            Some(h) if !self.is_int(h) && !matches!(h, Value::TRUE | Value::FALSE) => {
                Err(self.cannot_convert(h, "int"))
            }
            answer => Ok(answer),
        }
    }

    pub(crate) fn unhashable(&mut self, v: Value) -> Raised {
        self.type_error_with(
            msg!("unsupported type for __hash__: '%'"),
            &[Part::TypeOf(v)],
        )
    }

    /// `v[i]`, `v[i] = x`, `del v[i]`.
    ///
    /// # Errors
    /// `TypeError`, `IndexError`, `KeyError`, and what a special method raises.
    pub fn subscr(&mut self, v: Value, i: Value, access: Access) -> Res {
        if self.is(v, Kind::Instance) {
            let name = match access {
                Access::Load => q!("__getitem__"),
                Access::Store(_) => q!("__setitem__"),
                Access::Delete => q!("__delitem__"),
            };
            let answer = match access {
                Access::Store(x) => self.call_special(v, name, &[i, x])?,
                _ => self.call_special(v, name, &[i])?,
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
            let part = self.native_part(v);
            if part != v {
                return self.subscr(part, i, access);
            }
        } else if let Some(subscr) = self.offer(v).subscr() {
            let i = if self.is(i, Kind::Instance) {
                self.native_part(i)
            } else {
                i
            };
            return subscr(self.again(), v, i, access);
        }
        let template = match access {
            Access::Load => msg!("'%' object isn't subscriptable"),
            Access::Store(_) => msg!("'%' object doesn't support item assignment"),
            Access::Delete => msg!("'%' object doesn't support item deletion"),
        };
        Err(self.type_error_with(template, &[Part::TypeOf(v)]))
    }

    /// Does something one level of nested values deeper.
    ///
    /// # Errors
    /// `RuntimeError` where that is too deep, and what `f` raises.
    pub fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        self.enter_nesting()?;
        let done = f(self);
        self.leave_nesting();
        done
    }

    /// Counts one more level of nested values.
    ///
    /// # Errors
    /// `RuntimeError` where that is too deep.
    pub fn enter_nesting(&mut self) -> Res<()> {
        if self.nesting >= self.limits.nesting {
            return Err(self.stack_full());
        }
        self.nesting += 1;
        Ok(())
    }

    /// Counts one level less.
    pub fn leave_nesting(&mut self) {
        self.nesting -= 1;
    }

    /// One step of a generator; `None` at its end.
    pub fn generator_next(&mut self, g: Value) -> Res<Slot> {
        let answer = crate::run::resume_native(self, g, Value::NONE, None)?;
        if answer.is_none() {
            self.result = None;
        }
        Ok(answer)
    }
}

/// What an operator takes an operand for: a bool is an int.
fn operand(v: Value) -> Value {
    match v {
        Value::TRUE | Value::FALSE => Value::small(0),
        v => v,
    }
}
