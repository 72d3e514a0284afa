//! Arguments of native functions as Rust values.

use crate::Float;
use crate::native::{Args, Res};
use crate::object::exception as types;
use crate::value::Value;
use crate::vm::Vm;

/// A Rust type that a Python value can become.
pub trait FromValue: Sized {
    /// The Rust value.
    ///
    /// # Errors
    /// `TypeError` where the value is of another type, `OverflowError` where a number does not fit.
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<Self>;

    /// What an argument that was not given becomes: an error, but for [`Option`].
    ///
    /// # Errors
    /// `TypeError`.
    fn missing(vm: &mut Vm<'_>, position: usize) -> Res<Self> {
        Err(vm.error_fmt(
            &types::TYPE_ERROR,
            format_args!(
                "function missing required positional argument #{}",
                position + 1
            ),
        ))
    }
}

/// Positional argument `position` as a Rust value.
///
/// # Errors
/// As [`FromValue`].
pub fn argument<T: FromValue>(vm: &mut Vm<'_>, args: Args, position: usize) -> Res<T> {
    match args.get(position) {
        Some(v) => T::from_value(vm, v),
        None => T::missing(vm, position),
    }
}

macro_rules! integers {
    ($($int:ty)*) => {$(
        impl FromValue for $int {
            fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<$int> {
                let n = match vm.as_int(v) {
                    Some(n) => n,
                    None => vm.as_index(v)? as i64,
                };
                <$int>::try_from(n).map_err(|_| {
                    vm.error(&types::OVERFLOW_ERROR, msg!("overflow converting long int to machine word"))
                })
            }
        }
    )*};
}
integers!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize);

impl FromValue for Value {
    fn from_value(_: &mut Vm<'_>, v: Value) -> Res<Value> {
        Ok(v)
    }
}

impl FromValue for bool {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<bool> {
        vm.truth(v)
    }
}

impl FromValue for f32 {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<f32> {
        vm.to_float(v).map(|x: Float| x as f32)
    }
}

impl FromValue for f64 {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<f64> {
        #[allow(
            clippy::useless_conversion,
            reason = "a float is an f32 on 32-bit targets"
        )]
        vm.to_float(v).map(f64::from)
    }
}

/// `None` for Python's `None` and for an argument that was not given.
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<Option<T>> {
        if v == Value::NONE {
            Ok(None)
        } else {
            T::from_value(vm, v).map(Some)
        }
    }

    fn missing(_: &mut Vm<'_>, _: usize) -> Res<Option<T>> {
        Ok(None)
    }
}

/// A str argument. Its text is read from the VM when it is needed.
#[derive(Clone, Copy, Debug)]
pub struct Str(Value);

impl Str {
    /// The text, for as long as the VM does not run.
    pub fn get<'v>(&self, vm: &'v Vm<'_>) -> &'v str {
        let bytes = vm.str_bytes(self.0).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromValue for Str {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<Str> {
        let v = vm.native_part(v);
        if vm.str_bytes(v).is_some() {
            Ok(Str(v))
        } else {
            Err(vm.type_error(msg!("expected a str")))
        }
    }
}

/// An argument that lends bytes: bytes, bytearray, memoryview, array, str.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(Value);

impl Bytes {
    /// The bytes, for as long as the VM does not run.
    pub fn get<'v>(&self, vm: &'v Vm<'_>) -> &'v [u8] {
        vm.bytes_of(self.0).unwrap_or_default()
    }
}

impl FromValue for Bytes {
    fn from_value(vm: &mut Vm<'_>, v: Value) -> Res<Bytes> {
        if vm.bytes_of(v).is_some() {
            Ok(Bytes(v))
        } else {
            Err(vm.type_error(msg!("object with buffer protocol required")))
        }
    }
}
