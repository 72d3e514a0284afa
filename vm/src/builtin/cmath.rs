//! `cmath`: functions of complex numbers.

use crate::native::{Item, Member, ModuleDef, Res, func_1, func_2, member};
use crate::num::float::libm::{self, narrow};
use crate::object::complex::{Wide, both_wide, part};
use crate::q;
use crate::value::Value;
use crate::vm::Vm;

use super::math::{E, PI, two_floats};

static MEMBERS: &[Member] = &[
    member(q!("e"), Item::Get(|vm, _| vm.new_float(E))),
    member(q!("pi"), Item::Get(|vm, _| vm.new_float(PI))),
    func_1(q!("phase"), |vm, z| {
        let z = wide_part(vm, z)?;
        vm.new_float(narrow(phase(z)))
    }),
    func_1(q!("polar"), |vm, z| {
        let z = wide_part(vm, z)?;
        two_floats(vm, size(z), phase(z))
    }),
    func_2(q!("rect"), |vm, size, phase| {
        let (size, phase) = both_wide((vm.to_float(size)?, vm.to_float(phase)?));
        vm.new_complex(
            narrow(size * libm::cos(phase)),
            narrow(size * libm::sin(phase)),
        )
    }),
    func_1(q!("exp"), |vm, z| map(vm, z, exp)),
    func_1(q!("log"), |vm, z| {
        map(vm, z, |z| (libm::log(size(z)), phase(z)))
    }),
    func_1(q!("log10"), |vm, z| {
        map(vm, z, |z| {
            (libm::log10(size(z)), phase(z) * core::f64::consts::LOG10_E)
        })
    }),
    func_1(q!("sqrt"), |vm, z| map(vm, z, sqrt)),
    func_1(q!("cos"), |vm, z| map(vm, z, cos)),
    func_1(q!("sin"), |vm, z| map(vm, z, sin)),
];

/// The module.
pub(super) static CMATH: ModuleDef = ModuleDef::new(q!("cmath"), MEMBERS);

fn wide_part(vm: &mut Vm<'_>, v: Value) -> Res<Wide> {
    part(vm, v).map(both_wide)
}

fn map(vm: &mut Vm<'_>, z: Value, f: fn(Wide) -> Wide) -> Res {
    let (real, imaginary) = f(wide_part(vm, z)?);
    vm.new_complex(narrow(real), narrow(imaginary))
}

fn size((real, imaginary): Wide) -> f64 {
    libm::sqrt(real * real + imaginary * imaginary)
}

fn phase((real, imaginary): Wide) -> f64 {
    libm::atan2(imaginary, real)
}

fn exp((real, imaginary): Wide) -> Wide {
    let scale = libm::exp(real);
    (scale * libm::cos(imaginary), scale * libm::sin(imaginary))
}

fn sqrt(z: Wide) -> Wide {
    let (root, half) = (libm::sqrt(size(z)), 0.5 * phase(z));
    (root * libm::cos(half), root * libm::sin(half))
}

fn cos((real, imaginary): Wide) -> Wide {
    (
        libm::cos(real) * libm::cosh(imaginary),
        -libm::sin(real) * libm::sinh(imaginary),
    )
}

fn sin((real, imaginary): Wide) -> Wide {
    (
        libm::sin(real) * libm::cosh(imaginary),
        libm::cos(real) * libm::sinh(imaginary),
    )
}
