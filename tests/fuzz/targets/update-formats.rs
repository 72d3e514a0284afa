//! Manifest, envelope head and delta header, given the whole input: what decodes encodes to the same.
#![no_main]

mod tally;

use libfuzzer_sys::fuzz_target;
use romfs_runtime::update::Head;
use romfs_runtime::update::delta::Header;
use romfs_runtime::update::envelope::{PRELUDE, image_length};
use romfs_runtime::update::manifest::{MAX_MANIFEST, Manifest};
use romfs_runtime::update::smp::serial;

static TALLY: tally::Tally = tally::Tally::new();

fuzz_target!(|input: &[u8]| {
    let manifest = Manifest::decode(input);
    TALLY.count(manifest.is_ok());
    if let Ok(manifest) = manifest {
        let mut bytes = [0; MAX_MANIFEST + 64];
        let length = manifest.encode(&mut bytes).expect("room for any manifest");
        let again = Manifest::decode(&bytes[..length]);
        assert_eq!(again, Ok(manifest));
    }
    if let Some(header) = input
        .first_chunk()
        .and_then(|head| Header::parse(head).ok())
    {
        assert_eq!(header.to_bytes()[..], input[..Header::LEN]);
    }
    if let Some(image) = input.first_chunk().and_then(image_length)
        && let Ok(head) = Head::from_bytes::<()>(&input[PRELUDE..], image)
    {
        let _ = head.manifest_unverified::<()>();
    }
    let mut decoder = serial::Decoder::<256>::default();
    for &byte in input {
        decoder.push(byte);
    }
});
