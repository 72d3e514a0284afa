//! The arguments of a native call.

use crate::native::Res;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Arguments of a call: a range of the value stack, so that they are rooted while the callee runs.
/// Keyword arguments follow the positional ones as name, value pairs.
///
/// Two fields, so that a call passes them in registers.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    pub(crate) base: *const Slot,
    /// Keyword arguments, and positional ones from bit 16 on: their number is asked for more often, and a shift gives it.
    counts: u32,
}

impl Args {
    /// `n` positional and `n_kw` keyword arguments, which lie at `base`.
    #[inline(always)]
    pub(crate) const fn new(base: *const Slot, n: u16, n_kw: u16) -> Args {
        Args {
            base,
            counts: n_kw as u32 | (n as u32) << 16,
        }
    }

    /// Positional arguments.
    #[inline(always)]
    pub(crate) const fn n(self) -> u16 {
        (self.counts >> 16) as u16
    }

    /// Keyword arguments.
    #[inline(always)]
    pub(crate) const fn n_kw(self) -> u16 {
        self.counts as u16
    }

    /// How many positional arguments there are.
    pub fn len(self) -> usize {
        self.n() as usize
    }

    /// Whether there is no positional argument.
    pub fn is_empty(self) -> bool {
        self.n() == 0
    }

    /// How many keyword arguments there are.
    pub fn kw_len(self) -> usize {
        self.n_kw() as usize
    }

    /// Positional argument `i`, where it was given.
    #[inline(always)]
    pub fn get(self, i: usize) -> Slot {
        if i < self.n() as usize {
            // SAFETY: invariant 3; the range stays on the value stack for as long as the call lasts.
            unsafe { *self.base.add(i) }
        } else {
            None
        }
    }

    /// Positional argument `i`, which the function's arity promises.
    #[inline(always)]
    pub fn at(self, i: usize) -> Value {
        match i {
            0 => self.nth::<0>(),
            1 => self.nth::<1>(),
            _ => self.get(i).unwrap_or(Value::NONE),
        }
    }

    /// Positional argument `i`, where only a run knows its number.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub fn item(self, i: usize) -> Value {
        self.get(i).unwrap_or(Value::NONE)
    }

    /// Where bytes count, out of line: there are hundreds of places that ask.
    #[cfg_attr(romfs_vm_small, inline(never))]
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    fn nth<const I: usize>(self) -> Value {
        self.get(I).unwrap_or(Value::NONE)
    }

    /// Keyword argument number `i`: its name and value.
    pub fn kw_at(self, i: usize) -> (Value, Value) {
        assert!(i < self.n_kw() as usize);
        // SAFETY: invariant 3; the pairs follow the positional arguments.
        unsafe {
            let pair = self.base.add(self.n() as usize + 2 * i);
            (
                (*pair).unwrap_or(Value::NONE),
                (*pair.add(1)).unwrap_or(Value::NONE),
            )
        }
    }

    /// The keyword argument of this name.
    pub fn kw(self, name: Qstr) -> Slot {
        (0..self.kw_len())
            .map(|i| self.kw_at(i))
            .find(|(k, _)| *k == Value::qstr(name))
            .map(|(_, v)| v)
    }

    /// Argument `i`, or else the keyword of this name.
    pub fn get_or_kw(self, i: usize, name: Qstr) -> Slot {
        self.get(i).or_else(|| self.kw(name))
    }

    /// Makes sure that there are no keyword arguments but these.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn check_keywords(self, vm: &mut Vm<'_>, names: &[Qstr]) -> Res<()> {
        for i in 0..self.kw_len() {
            let (name, _) = self.kw_at(i);
            let name = vm.canonical_key(name).as_qstr();
            if name.is_none_or(|name| !names.contains(&name)) {
                return Err(vm.type_error(msg!("extra keyword arguments given")));
            }
        }
        Ok(())
    }

    /// The arguments after the first `n`.
    pub fn skip(self, n: usize) -> Args {
        let n = n.min(self.n() as usize);
        Args::new(self.base.wrapping_add(n), self.n() - n as u16, self.n_kw())
    }
}
