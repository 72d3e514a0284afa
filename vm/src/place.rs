//! Where the state of a VM lies: in the VM, or in one place that a register points to.
//!
//! The second is for firmware of 32-bit RISC-V and Cortex-M in which bytes count (`--cfg romfs_vm_one`, scripts/cross.sh --small).
//! The register is `tp` of the psABI, the thread pointer, or `r9` of the AAPCS, the platform's, which compilers are told to leave
//! alone: `+reserve-r9`, and of C, which calls back, `-ffixed-r9`. A firmware without threads has no use for either: its start
//! points it to `romfs_vm_state`, once and for all. A [`Vm`] is then the mere right to its state and has no size: that functions
//! hand on references to it costs nothing, as the compiler drops what nobody reads, where else it is a move and a register in
//! most calls. The price is that there is one VM at a time.

use core::ops::{Deref, DerefMut};

use crate::vm::{StartError, State};

/// A virtual machine. All that a program costs is in the buffer that it was given.
#[cfg(not(romfs_vm_one))]
#[repr(transparent)]
pub struct Vm<'a> {
    state: State<'a>,
}

/// A virtual machine. All that a program costs is in the buffer that it was given; its state lies in one place.
#[cfg(romfs_vm_one)]
pub struct Vm<'a> {
    state: core::marker::PhantomData<State<'a>>,
    _claim: one::Claim,
}

#[cfg(not(romfs_vm_one))]
impl<'a> Vm<'a> {
    /// The VM of a state.
    #[inline(always)]
    pub(crate) fn of(state: State<'a>) -> Result<Vm<'a>, StartError> {
        Ok(Vm { state })
    }

    /// The VM, for code that is called through a pointer: see the other.
    #[inline(always)]
    pub(crate) fn again(&mut self) -> &mut Self {
        self
    }
}

#[cfg(not(romfs_vm_one))]
impl<'a> Deref for Vm<'a> {
    type Target = State<'a>;

    #[inline(always)]
    fn deref(&self) -> &State<'a> {
        &self.state
    }
}

#[cfg(not(romfs_vm_one))]
impl<'a> DerefMut for Vm<'a> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut State<'a> {
        &mut self.state
    }
}

#[cfg(romfs_vm_one)]
pub(crate) use one::alone;

/// The state in one place.
#[cfg(romfs_vm_one)]
mod one {
    use core::arch::asm;
    use core::cell::UnsafeCell;
    use core::marker::PhantomData;
    use core::mem::MaybeUninit;
    use core::ptr::NonNull;
    use core::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[cfg(not(any(target_arch = "riscv32", target_arch = "arm")))]
    compile_error!("romfs_vm_one is for firmware of 32-bit RISC-V and Cortex-M");

    // A VM that goes leaves its state as it is.
    const _: () = assert!(!core::mem::needs_drop::<State<'static>>());

    /// Room for the state, whatever its lifetime is.
    #[repr(transparent)]
    struct Room(UnsafeCell<MaybeUninit<State<'static>>>);

    // SAFETY: invariant 9; the one VM alone looks at it, and is not `Send`.
    unsafe impl Sync for Room {}

    #[unsafe(export_name = "romfs_vm_state")]
    static ROOM: Room = Room(UnsafeCell::new(MaybeUninit::uninit()));
    static CLAIMED: AtomicBool = AtomicBool::new(false);

    /// That the room is taken, for as long as this lives.
    pub(super) struct Claim(PhantomData<*mut ()>);

    impl Claim {
        fn new() -> Option<Claim> {
            let free = !CLAIMED.swap(true, Ordering::Acquire);
            free.then_some(Claim(PhantomData))
        }
    }

    impl Drop for Claim {
        fn drop(&mut self) {
            CLAIMED.store(false, Ordering::Release);
        }
    }

    /// Where the state is.
    #[inline(always)]
    fn state<'a>() -> *mut State<'a> {
        let state;
        // SAFETY: invariant 9; nothing writes the register, so that it reads the same wherever it is read.
        unsafe {
            #[cfg(target_arch = "riscv32")]
            asm!("mv {}, tp", out(reg) state, options(pure, nomem, nostack, preserves_flags));
            #[cfg(target_arch = "arm")]
            asm!("mov {}, r9", out(reg) state, options(pure, nomem, nostack, preserves_flags));
        }
        state
    }

    impl<'a> Vm<'a> {
        /// The VM of a state, unless there is one already, or the firmware's start has forgotten the register.
        #[inline(always)]
        pub(crate) fn of(new: State<'a>) -> Result<Vm<'a>, StartError> {
            if state() != ROOM.0.get().cast() {
                return Err(StartError::Claimed);
            }
            let claim = Claim::new().ok_or(StartError::Claimed)?;
            // SAFETY: invariant 9; nobody else has the room while the claim lives.
            unsafe { state().write(new) };
            Ok(Vm {
                state: PhantomData,
                _claim: claim,
            })
        }

        /// The VM, for code that is called through a pointer, of which nothing is known of what it reads: a function
        /// that handed on its own argument would have to be given it.
        #[inline(always)]
        pub(crate) fn again(&mut self) -> &mut Self {
            // SAFETY: invariant 9; it has no size, and the right to it is borrowed from `self`.
            unsafe { NonNull::dangling().as_mut() }
        }
    }

    /// The VM of a handler of the interpreter, which only the VM calls.
    ///
    /// # Safety
    /// The caller acts for the VM, and has no other reference to it.
    #[inline(always)]
    pub(crate) unsafe fn alone<'v, 'a>() -> &'v mut Vm<'a> {
        // SAFETY: invariant 9; it has no size, and the right to it is the caller's.
        unsafe { NonNull::dangling().as_mut() }
    }

    impl<'a> Deref for Vm<'a> {
        type Target = State<'a>;

        #[inline(always)]
        fn deref(&self) -> &State<'a> {
            // SAFETY: invariant 9; a VM is made with its state, which is borrowed as the VM is.
            unsafe { &*state() }
        }
    }

    impl<'a> DerefMut for Vm<'a> {
        #[inline(always)]
        fn deref_mut(&mut self) -> &mut State<'a> {
            // SAFETY: invariant 9; likewise.
            unsafe { &mut *state() }
        }
    }
}
