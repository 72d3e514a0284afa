//! The image reader, given the whole input.
#![no_main]

#[path = "../../../romfs-runtime/tests/support/exercise.rs"]
mod exercise;
mod tally;

use libfuzzer_sys::fuzz_target;
use romfs_runtime::Image;
use sha2::Sha256;

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|input: &[u8]| {
    TALLY.count(Image::open(input).is_ok());
    let _ = exercise::exercise(input, &mut Sha256::default());
});
