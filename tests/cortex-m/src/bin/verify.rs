//! Verifies the built-in image as boot does, and says what that took.
#![no_std]
#![no_main]

use core::fmt::Write;

use romfs_cortex_m::{Console, IMAGE, KEY, code_size, exit, rules, stack_pointer, stack_used};
use romfs_runtime::flash::SliceFlash;
use romfs_runtime::update::{SignedSlots, SlotCheck, VerifyingKey};

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let keys = [VerifyingKey::new(*KEY)];
    let mut checker = SignedSlots {
        rules: rules(&keys),
    };
    let sound = checker.check(&mut SliceFlash(IMAGE)).is_some();
    let stack = stack_used(stack_pointer());
    let code = code_size(IMAGE.len());
    let _ = writeln!(
        Console,
        "sound {sound}\ncode {code}\nstack {stack}\nstatic 0"
    );
    exit(sound)
}
