//! Writes the seeds of the targets `image` and `payload`: `cargo run --bin image-seeds`, in tests/fuzz.

#[path = "../../../romfs-runtime/tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::{fs, io};

use romfs_runtime::Image;
use support::{Node, checksum, data, dir, file, full, image, plain, pointer, raw_file, record};

fn main() -> io::Result<()> {
    let small = [
        file("a", b"1"),
        dir("d", vec![file("b", b""), dir("e", vec![])]),
    ];
    let many: Vec<Node> = (0..40)
        .map(|n| file(&format!("f{n}.mpy"), b"M\x06\0\x1f"))
        .collect();
    let shared = [
        raw_file(
            "a",
            &[record(1, b"note"), data(b"shared"), checksum(b"shared")].concat(),
        ),
        raw_file("b", &[pointer(6, 11), checksum(b"shared")].concat()),
        record(0x1234, b"unknown"),
    ];
    let nested = (0..12).fold(vec![file("f", b"deep")], |inside, _| vec![dir("d", inside)]);
    let seeds = [
        ("empty", plain(&[])),
        ("small", plain(&small)),
        ("small-full", full(&small)),
        ("many-full", full(&many)),
        ("shared", image(&shared.concat())),
        ("nested-full", full(&nested)),
    ];
    for (name, bytes) in seeds {
        write("image", name, &bytes)?;
        let start = Image::open(&bytes).expect("a sound image").payload_offset();
        write("payload", name, &bytes[start as usize..])?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
