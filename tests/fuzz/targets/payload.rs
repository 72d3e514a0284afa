//! The image reader, given the input as the payload behind a right header, and with a right build id
//! where there is an image record: what a fuzzer cannot guess is done for it.
#![no_main]

#[path = "../../../romfs-runtime/tests/support/exercise.rs"]
mod exercise;
mod tally;

use libfuzzer_sys::fuzz_target;
use romfs_runtime::{Image, format};
use sha2::Sha256;

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|payload: &[u8]| {
    let mut image = with_header(payload);
    if let Some((at, id)) = build_id(&image) {
        image[at..at + id.len()].copy_from_slice(&id);
    }
    TALLY.count(Image::open(&image).is_ok());
    let _ = exercise::exercise(&image, &mut Sha256::default());
});

/// Four digits of length, and the payload.
fn with_header(payload: &[u8]) -> Vec<u8> {
    let len = payload.len() as u32;
    let digits = [21, 14, 7].map(|shift| (len >> shift) as u8 | 0x80);
    [
        &format::MAGIC,
        digits.as_slice(),
        &[len as u8 & 0x7F],
        payload,
    ]
    .concat()
}

/// Where the build id is and what it has to be.
fn build_id(image: &[u8]) -> Option<(usize, [u8; 32])> {
    let image = Image::open(image).ok()?;
    let id = image.build_id_with(&mut Sha256::default())?;
    Some((image.build_id_offset()? as usize, id))
}
