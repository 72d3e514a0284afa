//! `random`: the generator that MicroPython has (Yasmarang, by Ilya Levin, public domain), so that the same seed gives
//! the same numbers.

use crate::Float;
use crate::native::{Access, Member, ModuleDef, Res, func, func_0_1, func_1, func_1_3, func_2};
use crate::num::float::libm::{narrow, wide};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// State of a VM's generator.
pub(crate) struct Random {
    pad: u32,
    n: u32,
    d: u32,
    dat: u8,
}

impl Random {
    /// The generator of a seed.
    pub(crate) const fn new(seed: u32) -> Random {
        Random {
            pad: seed,
            n: 69,
            d: 233,
            dat: 0,
        }
    }

    /// The next 32 bits.
    fn next(&mut self) -> u32 {
        let step = u32::from(self.dat).wrapping_add(self.d.wrapping_mul(self.n));
        self.pad = self.pad.wrapping_add(step).rotate_left(3);
        self.n = self.pad | 2;
        self.d ^= self.pad.rotate_right(1);
        self.dat ^= (self.pad as u8) ^ ((self.d >> 8) as u8) ^ 1;
        self.pad ^ (self.d << 5) ^ (self.pad >> 18) ^ (u32::from(self.dat) << 1)
    }

    /// A number below `limit`: numbers of as many bits until one fits. Zero is the limit that no number reaches.
    fn below(&mut self, limit: usize) -> usize {
        let mask = usize::MAX >> limit.leading_zeros().min(usize::BITS - 1);
        let mask = if limit == 0 { usize::MAX } else { mask };
        loop {
            let mut n = self.next() as usize;
            if mask > u32::MAX as usize {
                n |= (u64::from(self.next()) << 32) as usize;
            }
            if n & mask < limit || limit == 0 {
                return n & mask;
            }
        }
    }

    /// A float in `0..1`: random bits as its mantissa.
    #[cfg(target_pointer_width = "64")]
    fn float(&mut self) -> Float {
        let high = u64::from(self.next()) << 32;
        let bits = (high | u64::from(self.next())) & ((1 << 52) - 1);
        Float::from_bits(0x3FF << 52 | bits) - 1.0
    }

    /// A float in `0..1`: random bits as its mantissa.
    #[cfg(target_pointer_width = "32")]
    fn float(&mut self) -> Float {
        narrow(f64::from(self.next() & ((1 << 23) - 1)) / f64::from(1 << 23))
    }
}

static MEMBERS: &[Member] = &[
    func_0_1(q!("seed"), seed),
    func_1(q!("getrandbits"), |vm, n| {
        let n = vm.as_index(n)?;
        match n {
            0 => Ok(Value::small(0)),
            1..=32 => {
                let bits = vm.random.next() & u32::MAX >> (32 - n);
                vm.new_int(bits.into())
            }
            _ => Err(vm.value_error(msg!("bits must be 32 or less"))),
        }
    }),
    func(q!("random"), 0, 0, |vm, _| {
        let x = vm.random.float();
        vm.new_float(x)
    }),
    func_2(q!("uniform"), |vm, a, b| {
        let (a, b) = (vm.to_float(a)?, vm.to_float(b)?);
        let (a, b) = (wide(a), wide(b));
        let x = a + (b - a) * wide(vm.random.float());
        vm.new_float(narrow(x))
    }),
    func_2(q!("randint"), |vm, a, b| {
        let (a, b) = (vm.as_index(a)?, vm.as_index(b)?);
        if a > b {
            return Err(refused(vm));
        }
        let n = vm.random.below(a.abs_diff(b).wrapping_add(1));
        vm.new_int(a.wrapping_add_unsigned(n) as i64)
    }),
    func_1_3(q!("randrange"), range),
    func_1(q!("choice"), choice),
];

/// The module.
pub(super) static RANDOM: ModuleDef = ModuleDef::new(q!("random"), MEMBERS);

#[cold]
fn refused(vm: &mut Vm<'_>) -> Raised {
    vm.error_bare(&types::VALUE_ERROR)
}

fn seed(vm: &mut Vm<'_>, seed: Slot) -> Res {
    let seed = match seed.filter(|&v| v != Value::NONE) {
        Some(v) => vm.as_word(v)? as u32,
        None => vm.host.entropy(),
    };
    vm.random = Random::new(seed);
    Ok(Value::NONE)
}

fn range(vm: &mut Vm<'_>, first: Value, stop: Slot, step: Slot) -> Res {
    let first = vm.as_index(first)?;
    let (start, stop) = match stop {
        Some(v) => (first, vm.as_index(v)?),
        None => (0, first),
    };
    let step = match step {
        Some(v) => vm.as_index(v)?,
        None => 1,
    };
    let (low, high) = if step > 0 {
        (start, stop)
    } else {
        (stop, start)
    };
    if step == 0 || low >= high {
        return Err(refused(vm));
    }
    let steps = low.abs_diff(high).div_ceil(step.unsigned_abs());
    let n = vm.random.below(steps) as isize;
    // Between the two.
    vm.new_int(start.wrapping_add(step.wrapping_mul(n)) as i64)
}

fn choice(vm: &mut Vm<'_>, sequence: Value) -> Res {
    let n = vm.len_of(sequence)?;
    if n == 0 {
        return Err(vm.error_bare(&types::INDEX_ERROR));
    }
    let i = vm.random.below(n);
    vm.subscr(sequence, Value::small(i as isize), Access::Load)
}
