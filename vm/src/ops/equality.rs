//! `==` and `!=`: each side is asked in turn, and what neither answers is decided by identity.

use crate::heap::Kind;
use crate::native::{BinaryOp, Res};
use crate::q;
use crate::value::{Slot, Value};
use crate::vm::Vm;

impl Vm<'_> {
    /// `a == b` or `a != b`, as the value that a special method gives.
    ///
    /// # Errors
    /// What `__eq__` and `__ne__` raise.
    pub(crate) fn equality(&mut self, op: BinaryOp, a: Value, b: Value) -> Res {
        let negate = op == BinaryOp::NotEqual;
        if a == b && self.is_reflexive(a) {
            return Ok(Value::bool(!negate));
        }
        if (a.is_small() && b.is_small()) || (a.as_qstr().is_some() && b.as_qstr().is_some()) {
            return Ok(Value::bool(negate));
        }
        for &(x, y) in &[(a, b), (b, a)] {
            if let Some(v) = self.equality_of(op, x, y)? {
                return Ok(v);
            }
        }
        Ok(Value::bool((a == b) != negate))
    }

    /// `a == b`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn equal(&mut self, a: Value, b: Value) -> Res<bool> {
        match self.equality(BinaryOp::Equal, a, b)? {
            Value::TRUE => Ok(true),
            Value::FALSE => Ok(false),
            v => self.truth(v),
        }
    }

    /// Whether a value always equals itself: not where it may be NaN or a class decides.
    fn is_reflexive(&self, v: Value) -> bool {
        !matches!(
            self.kind(v),
            Some(Kind::Float | Kind::Complex | Kind::Instance)
        )
    }

    /// What one side says.
    fn equality_of(&mut self, op: BinaryOp, x: Value, y: Value) -> Res<Slot> {
        let negate = op == BinaryOp::NotEqual;
        if !self.is(x, Kind::Instance) {
            let answer = self.binary_left(BinaryOp::Equal, x, y)?;
            return Ok(answer.map(|v| Value::bool((v == Value::TRUE) != negate)));
        }
        if negate && let Some(v) = self.ask(x, q!("__ne__"), y)? {
            return Ok(Some(v));
        }
        if let Some(v) = self.ask(x, q!("__eq__"), y)? {
            if negate {
                return self.truth(v).map(|equal| Some(Value::bool(!equal)));
            }
            return Ok(Some(v));
        }
        let part = self.native_part(x);
        if part == x || self.is(part, Kind::Exception) {
            return Ok(None);
        }
        self.equality_of(op, part, y)
    }

    /// What a special method answers, unless it is missing or says `NotImplemented`.
    fn ask(&mut self, x: Value, name: crate::qstr::Qstr, y: Value) -> Res<Slot> {
        let answer = self.call_special(x, name, &[y])?;
        Ok(answer.filter(|&v| v != Value::NOT_IMPLEMENTED))
    }
}
