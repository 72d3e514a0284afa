//! `platform`: what the firmware is.

use crate::native::{ModuleDef, func};
use crate::q;

/// Name, version and word size of the firmware.
const PLATFORM: &str = if cfg!(target_pointer_width = "64") {
    concat!("romfs-", env!("CARGO_PKG_VERSION"), "-64bit")
} else {
    concat!("romfs-", env!("CARGO_PKG_VERSION"), "-32bit")
};

/// The module.
pub(super) static PLATFORM_MODULE: ModuleDef = ModuleDef::new(
    q!("platform"),
    &[
        func(q!("platform"), 0, 0, |vm, _| {
            vm.new_str(PLATFORM.as_bytes())
        }),
        func(q!("python_compiler"), 0, 0, |vm, _| vm.new_str(b"rustc")),
        func(q!("libc_ver"), 0, 1, |vm, _| {
            let none = vm.new_str(b"")?;
            vm.new_tuple(&[none, none])
        }),
    ],
);
