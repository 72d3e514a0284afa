//! The verifier, given the input as the code of a generator in a sound file: what a fuzzer cannot guess is done for it. Code that
//! is let through runs on the machine.
#![no_main]

#[path = "../../../vm/mpy/tests/support/mod.rs"]
mod support;
mod tally;

use libfuzzer_sys::fuzz_target;
use support::assemble::around_code;
use support::exercise::{Memory, exercise};
use support::machine::Dice;

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|input: &[u8]| {
    let Some(file) = around_code(input) else {
        return;
    };
    let accepted = exercise(
        &file,
        None,
        &mut Memory::new(),
        &mut Dice(0x2545_f491_4f6c_dd1d),
        8,
    );
    TALLY.count(accepted);
});
