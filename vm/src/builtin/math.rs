//! `math`: libm's functions, with Python's errors.

use crate::Float;
use crate::native::{
    Args, Item, Member, ModuleDef, Res, func_1, func_1_2, func_2, func_compute, func_kw, member,
};
use crate::num::float::libm::{self, narrow, wide};
use crate::object::exception as types;
use crate::object::int::truncate;
use crate::q;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// π, as a float of the target.
pub(super) const PI: Float = core::f64::consts::PI as Float;
/// Euler's number.
pub(super) const E: Float = core::f64::consts::E as Float;

/// A function of one number: `name` takes what the body makes of `x`.
macro_rules! of_one {
    ($name:literal, $f:expr) => {
        if cfg!(romfs_vm_small) {
            func_compute(q!($name), $f)
        } else {
            func_1(q!($name), |vm, x| one(vm, x, $f))
        }
    };
}

// build.rs collects names from these: q!("acos") q!("acosh") q!("asin") q!("asinh") q!("atan") q!("atanh") q!("cos")
// q!("cosh") q!("erf") q!("erfc") q!("exp") q!("expm1") q!("fabs") q!("gamma") q!("lgamma") q!("log10") q!("log2")
// q!("sin") q!("sinh") q!("sqrt") q!("tan") q!("tanh") q!("degrees") q!("radians")
static MEMBERS: &[Member] = &[
    member(q!("e"), Item::Get(|vm, _| vm.new_float(E))),
    member(q!("pi"), Item::Get(|vm, _| vm.new_float(PI))),
    member(q!("tau"), Item::Get(|vm, _| vm.new_float(2.0 * PI))),
    member(q!("inf"), Item::Get(|vm, _| vm.new_float(Float::INFINITY))),
    member(q!("nan"), Item::Get(|vm, _| vm.new_float(Float::NAN))),
    of_one!("acos", libm::acos),
    of_one!("acosh", libm::acosh),
    of_one!("asin", libm::asin),
    of_one!("asinh", libm::asinh),
    of_one!("atan", libm::atan),
    of_one!("atanh", libm::atanh),
    of_one!("cos", libm::cos),
    of_one!("cosh", libm::cosh),
    of_one!("erf", libm::erf),
    of_one!("erfc", libm::erfc),
    of_one!("exp", libm::exp),
    of_one!("expm1", libm::expm1),
    of_one!("fabs", f64::abs),
    of_one!("gamma", libm::tgamma),
    of_one!("lgamma", libm::lgamma),
    of_one!("log10", libm::log10),
    of_one!("log2", libm::log2),
    of_one!("sin", libm::sin),
    of_one!("sinh", libm::sinh),
    of_one!("sqrt", libm::sqrt),
    of_one!("tan", libm::tan),
    of_one!("tanh", libm::tanh),
    of_one!("degrees", |x| x * (180.0 / core::f64::consts::PI)),
    of_one!("radians", |x| x * (core::f64::consts::PI / 180.0)),
    func_2(q!("atan2"), |vm, x, y| two(vm, x, y, libm::atan2)),
    func_2(q!("copysign"), |vm, x, y| two(vm, x, y, f64::copysign)),
    func_2(q!("fmod"), |vm, x, y| two(vm, x, y, libm::fmod)),
    func_2(q!("pow"), |vm, x, y| two(vm, x, y, libm::pow)),
    func_1(q!("ceil"), |vm, x| whole(vm, x, libm::ceil)),
    func_1(q!("floor"), |vm, x| whole(vm, x, libm::floor)),
    func_1(q!("trunc"), |vm, x| whole(vm, x, libm::trunc)),
    func_1(q!("isfinite"), |vm, x| is_of(vm, x, FINITE)),
    func_1(q!("isinf"), |vm, x| is_of(vm, x, INFINITE)),
    func_1(q!("isnan"), |vm, x| is_of(vm, x, NAN)),
    func_kw(q!("isclose"), 2, 2, is_close),
    func_1_2(q!("log"), log),
    func_1(q!("frexp"), frexp),
    func_2(q!("ldexp"), ldexp),
    func_1(q!("modf"), modf),
    func_1(q!("factorial"), factorial),
];

/// The module.
pub(super) static MATH: ModuleDef = ModuleDef::new(q!("math"), MEMBERS);

/// The error of an argument outside of a function's domain.
#[cold]
pub(super) fn domain_error(vm: &mut Vm<'_>) -> Raised {
    vm.value_error(msg!("math domain error"))
}

/// A float that was computed from `given`: NaN or infinite only where one of those was.
fn checked(vm: &mut Vm<'_>, given: &[f64], y: f64) -> Res {
    let result = narrow(y);
    let class = class(wide(result));
    if class != FINITE && !given.iter().any(|&x| self::class(x) == class) {
        return Err(domain_error(vm));
    }
    vm.new_float(result)
}

// What `class` tells apart.
const FINITE: u32 = 0;
const INFINITE: u32 = 1;
const NAN: u32 = 2;

fn class(x: f64) -> u32 {
    let (size, infinity) = (x.abs().to_bits(), f64::INFINITY.to_bits());
    u32::from(size >= infinity) + u32::from(size > infinity)
}

fn is_of(vm: &mut Vm<'_>, x: Value, wanted: u32) -> Res {
    let x = wide(vm.to_float(x)?);
    Ok(Value::bool(class(x) == wanted))
}

fn two_numbers(vm: &mut Vm<'_>, x: Value, y: Value) -> Res<(f64, f64)> {
    let x = wide(vm.to_float(x)?);
    Ok((x, wide(vm.to_float(y)?)))
}

/// What a function makes of a number, checked.
pub(crate) fn one(vm: &mut Vm<'_>, x: Value, f: fn(f64) -> f64) -> Res {
    let x = wide(vm.to_float(x)?);
    checked(vm, &[x], f(x))
}

fn two(vm: &mut Vm<'_>, x: Value, y: Value, f: fn(f64, f64) -> f64) -> Res {
    let (x, y) = two_numbers(vm, x, y)?;
    checked(vm, &[x, y], f(x, y))
}

fn whole(vm: &mut Vm<'_>, x: Value, f: fn(f64) -> f64) -> Res {
    let x = vm.to_float(x)?;
    truncate(vm, f(wide(x)))
}

fn log(vm: &mut Vm<'_>, x: Value, base: Slot) -> Res {
    let x = wide(vm.to_float(x)?);
    if x <= 0.0 {
        return Err(domain_error(vm));
    }
    let Some(base) = base else {
        return vm.new_float(narrow(libm::log(x)));
    };
    let base = wide(vm.to_float(base)?);
    if base <= 0.0 {
        return Err(domain_error(vm));
    }
    if base == 1.0 {
        return Err(vm.zero_division());
    }
    vm.new_float(narrow(libm::log(x) / libm::log(base)))
}

fn is_close(vm: &mut Vm<'_>, args: Args) -> Res {
    let (a, b) = two_numbers(vm, args.at(0), args.at(1))?;
    let mut tolerance = |given: Slot, usual: f64| match given {
        Some(v) => vm.to_float(v).map(wide),
        None => Ok(usual),
    };
    let relative = tolerance(args.kw(q!("rel_tol")), 1e-9)?;
    let absolute = tolerance(args.kw(q!("abs_tol")), 0.0)?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(domain_error(vm));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    let difference = (a - b).abs();
    if difference.is_infinite() {
        return Ok(Value::FALSE);
    }
    let limits = [relative * a.abs(), relative * b.abs(), absolute];
    Ok(Value::bool(limits.iter().any(|&limit| difference <= limit)))
}

fn frexp(vm: &mut Vm<'_>, x: Value) -> Res {
    let x = vm.to_float(x)?;
    let (mantissa, exponent) = libm::frexp(wide(x));
    let mantissa = vm.new_float(narrow(mantissa))?;
    vm.new_tuple(&[mantissa, Value::small(exponent as isize)])
}

fn ldexp(vm: &mut Vm<'_>, x: Value, y: Value) -> Res {
    let x = wide(vm.to_float(x)?);
    let exponent = vm.as_index(y)?;
    // Beyond these every float is zero or infinite.
    checked(
        vm,
        &[x],
        libm::ldexp(x, exponent.clamp(-10_000, 10_000) as i32),
    )
}

fn modf(vm: &mut Vm<'_>, x: Value) -> Res {
    let x = vm.to_float(x)?;
    let (fraction, whole) = libm::modf(wide(x));
    two_floats(vm, fraction, whole)
}

/// A tuple of two floats.
pub(super) fn two_floats(vm: &mut Vm<'_>, x: f64, y: f64) -> Res {
    let x = vm.new_float(narrow(x))?;
    let y = vm.new_float(narrow(y))?;
    vm.new_tuple(&[x, y])
}

fn factorial(vm: &mut Vm<'_>, x: Value) -> Res {
    let n = vm.as_index(x)?;
    if n < 0 {
        return Err(vm.error(&types::VALUE_ERROR, msg!("negative factorial")));
    }
    let mut product = Value::small(1);
    for i in 2..=n {
        let mark = vm.mark();
        vm.root(product)?;
        product = vm.int_mul(product, Value::small(i))?;
        vm.release(mark);
    }
    Ok(product)
}
