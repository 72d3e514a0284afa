//! The register that tells where the VM's state is, in builds in which it has a place (`romfs_vm::place`): `tp` on RISC-V, `r9` on
//! Cortex-M. The compiler leaves it alone there, and the start of the firmware sets it.

/// A line of the start that only those builds have.
#[cfg(romfs_vm_one)]
macro_rules! where_state_has_a_place {
    ($line:literal) => {
        $line
    };
}

/// Elsewhere the line is empty.
#[cfg(not(romfs_vm_one))]
macro_rules! where_state_has_a_place {
    ($line:literal) => {
        ""
    };
}
