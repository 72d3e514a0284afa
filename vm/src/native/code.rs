//! Code of native functions, as the table of a type or module has it.
//!
//! A function takes the VM and its arguments. Where the VM is in one place (`romfs_vm_one`) what a table has takes the arguments
//! alone: so they come in the registers in which most functions hand them on. Such code knows its function by the type that every
//! function has for itself.

use super::{Args, Res};
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// A type of code, and where it has a name a function that makes it.
macro_rules! code {
    ($type:ident($($arg:ident: $of:ty),*)) => {
        #[cfg(not(romfs_vm_one))]
        pub(super) type $type = fn(&mut Vm<'_>, $($of),*) -> Res;
        #[cfg(romfs_vm_one)]
        pub(super) type $type = fn($($of),*) -> Res;
    };
    ($type:ident, $name:ident($($arg:ident: $of:ty),*)) => {
        code!($type($($arg: $of),*));

        /// The code of a function.
        pub(super) const fn $name<F>(_: F) -> $type
        where
            F: Fn(&mut Vm<'_>, $($of),*) -> Res + Copy,
        {
            const { assert!(size_of::<F>() == 0, "a function by its name, or a closure without captures") };

            #[cfg(not(romfs_vm_one))]
            fn run<F: Fn(&mut Vm<'_>, $($of),*) -> Res + Copy>(vm: &mut Vm<'_>, $($arg: $of),*) -> Res {
                // SAFETY: the maker was given one.
                let function: F = unsafe { without_size() };
                function(vm, $($arg),*)
            }

            #[cfg(romfs_vm_one)]
            fn run<F: Fn(&mut Vm<'_>, $($of),*) -> Res + Copy>($($arg: $of),*) -> Res {
                // SAFETY: the maker was given one, and invariant 9; who runs it has the VM.
                let (function, vm) = unsafe { (without_size::<F>(), crate::place::alone()) };
                function(vm, $($arg),*)
            }

            run::<F>
        }
    };
}

/// Runs code for a VM.
macro_rules! run_code {
    ($code:expr, $vm:expr, $($arg:expr),*) => {{
        #[cfg(not(romfs_vm_one))]
        let result = $code($vm, $($arg),*);
        #[cfg(romfs_vm_one)]
        let result = {
            let _ = $vm;
            $code($($arg),*)
        };
        result
    }};
}
pub(super) use run_code;

code!(Any, any(args: Args));
code!(One, one(a: Value));
code!(Two, two(a: Value, b: Value));
code!(Three, three(a: Value, b: Value, c: Value));
code!(UpTo1, up_to_1(a: Slot));
code!(OneTo2, one_to_2(a: Value, b: Slot));
code!(OneTo3, one_to_3(a: Value, b: Slot, c: Slot));
code!(TwoTo3, two_to_3(a: Value, b: Value, c: Slot));
code!(AnyTwo(a: Slot, b: Slot));
code!(AnyThree(a: Slot, b: Slot, c: Slot));

/// The value of a type that has no size.
///
/// # Safety
/// There is one.
#[inline(always)]
unsafe fn without_size<F: Copy>() -> F {
    // SAFETY: the caller's word; nothing of it is in memory.
    unsafe { core::ptr::NonNull::<F>::dangling().read() }
}
