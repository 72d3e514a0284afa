//! The .mpy view, verifier and listing, given the whole input; what the verifier lets through runs on the machine.
#![no_main]

#[path = "../../../vm/mpy/tests/support/mod.rs"]
mod support;
mod tally;

use std::cell::RefCell;
use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use mpy_format::Mpy;
use support::exercise::{Memory, exercise};
use support::machine::Dice;

static TALLY: tally::Tally = tally::Tally::new();

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory::new()) };
}

fuzz_target!(|input: &[u8]| {
    let opened = Mpy::open(input);
    TALLY.count(opened.is_ok());
    if let Ok(mpy) = opened {
        let _ = write!(Discard, "{}", mpy.listing());
    }
    MEMORY.with_borrow_mut(|memory| {
        exercise(input, None, memory, &mut Dice(0x2545_f491_4f6c_dd1d), 4)
    });
});

/// A place for text that keeps none of it.
struct Discard;

impl Write for Discard {
    fn write_str(&mut self, _: &str) -> std::fmt::Result {
        Ok(())
    }
}
