//! The verifier, given the input as the code of a generator in a sound file: what a fuzzer cannot guess is done for it. Code that
//! is let through runs on the machine.
#![no_main]

#[path = "../../../vm/mpy/tests/support/mod.rs"]
mod support;
mod tally;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use mpy_format::Mpy;
use support::assemble::around_code;
use support::exercise::{Memory, exercise};
use support::machine::Dice;

static TALLY: tally::Tally = tally::Tally::new();

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory::new()) };
}

fuzz_target!(|input: &[u8]| {
    let Some(file) = around_code(input) else {
        return;
    };
    // The function that has the input for its code; the others are always the same.
    let fuzzed = Mpy::open(&file).and_then(|mpy| mpy.raw_code_at(mpy.module()?.children_at));
    let place = fuzzed.expect("the file is sound").code_start;
    let accepted = MEMORY.with_borrow_mut(|memory| {
        exercise(
            &file,
            Some(place),
            memory,
            &mut Dice(0x2545_f491_4f6c_dd1d),
            8,
        )
    });
    TALLY.count(accepted);
});
