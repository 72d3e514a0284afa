//! Rust values as results of native functions, and the macro that joins both ends.

use crate::Float;
use crate::native::Res;
use crate::value::Value;
use crate::vm::Vm;

/// A Rust type that can become a Python value.
pub trait IntoValue {
    /// The Python value.
    ///
    /// # Errors
    /// `MemoryError`, or what the Rust value itself says.
    fn into_value(self, vm: &mut Vm<'_>) -> Res;
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl IntoValue for $int {
            fn into_value(self, vm: &mut Vm<'_>) -> Res {
                vm.new_int(i64::from(self))
            }
        }
    )*};
}
integers!(i8 u8 i16 u16 i32 u32 i64);

impl IntoValue for isize {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_int(self as i64)
    }
}

impl IntoValue for usize {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_int(self as i64)
    }
}

impl IntoValue for Value {
    fn into_value(self, _: &mut Vm<'_>) -> Res {
        Ok(self)
    }
}

impl IntoValue for () {
    fn into_value(self, _: &mut Vm<'_>) -> Res {
        Ok(Value::NONE)
    }
}

impl IntoValue for bool {
    fn into_value(self, _: &mut Vm<'_>) -> Res {
        Ok(Value::bool(self))
    }
}

impl IntoValue for f32 {
    #[allow(
        clippy::useless_conversion,
        reason = "a float is an f32 on 32-bit targets"
    )]
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_float(Float::from(self))
    }
}

impl IntoValue for f64 {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_float(self as Float)
    }
}

impl IntoValue for &str {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_str(self.as_bytes())
    }
}

impl IntoValue for &[u8] {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        vm.new_bytes(self)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        match self {
            Some(value) => value.into_value(vm),
            None => Ok(Value::NONE),
        }
    }
}

impl<T: IntoValue> IntoValue for Res<T> {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        self?.into_value(vm)
    }
}

/// A tuple of two.
impl<A: IntoValue, B: IntoValue> IntoValue for (A, B) {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        let a = self.0.into_value(vm)?;
        vm.root(a)?;
        let b = self.1.into_value(vm)?;
        vm.root(b)?;
        vm.new_tuple(&[a, b])
    }
}

/// A tuple of three.
impl<A: IntoValue, B: IntoValue, C: IntoValue> IntoValue for (A, B, C) {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        let a = self.0.into_value(vm)?;
        vm.root(a)?;
        let b = self.1.into_value(vm)?;
        vm.root(b)?;
        let c = self.2.into_value(vm)?;
        vm.root(c)?;
        vm.new_tuple(&[a, b, c])
    }
}

/// A list.
impl<T: IntoValue, const N: usize> IntoValue for [T; N] {
    fn into_value(self, vm: &mut Vm<'_>) -> Res {
        let list = vm.new_list(&[])?;
        vm.root(list)?;
        for item in self {
            let mark = vm.mark();
            let item = item.into_value(vm)?;
            vm.root(item)?;
            vm.list_push(list, item)?;
            vm.release(mark);
        }
        Ok(list)
    }
}

/// A native function of a closure: `native!(|vm, channel: u8, gain: Option<f32>| ...)`.
///
/// Each argument is a [`FromValue`](crate::embed::FromValue), in the order of the positional arguments. The body gives a
/// [`Res`](crate::native::Res) of an [`IntoValue`](crate::embed::IntoValue) and may use `?`.
#[macro_export]
macro_rules! native {
    (|$vm:ident $(, $argument:ident : $type:ty)* $(,)?| $body:expr) => {
        |vm: &mut $crate::vm::Vm<'_>, args: $crate::native::Args| -> $crate::native::Res {
            let position = 0;
            $(
                let $argument: $type = $crate::embed::argument(vm, args, position)?;
                let position = position + 1;
            )*
            let _ = (args, position);
            let body = |$vm: &mut $crate::vm::Vm<'_>| -> $crate::native::Res<_> { $body };
            let answer = body(vm)?;
            $crate::embed::IntoValue::into_value(answer, vm)
        }
    };
}
