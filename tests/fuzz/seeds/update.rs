//! Writes the seeds of the `update-` targets: `cargo run --bin update-seeds`, in tests/fuzz.

use std::path::Path;
use std::{fs, io};

use minicbor::Encoder;
use romfs_builder::update::delta::delta;
use romfs_runtime::flash::SliceFlash;
use romfs_runtime::update::Head;
use romfs_runtime::update::envelope::PRELUDE;
use romfs_tests::device::{image, signed};

fn main() -> io::Result<()> {
    let old = signed(&image(1, 700), 1, 0);
    let new = signed(&image(2, 700), 2, 0);
    let head = Head::read(&mut SliceFlash(&new)).map_err(io::Error::other)?;
    let manifest = PRELUDE..PRELUDE + usize::from(head.layout().manifest);
    write("update-formats", "manifest", &head.as_bytes()[manifest])?;
    let made = delta(&old, &new).map_err(io::Error::other)?;
    write("update-formats", "delta", &made.file)?;
    let ops = &made.file[made.file.len() - made.payload..];
    write("update-delta", "edit", ops)?;
    write("update-smp", "session", &session(&new))
}

/// Reads the states, uploads the start of a file, asks for the status, erases.
fn session(file: &[u8]) -> Vec<u8> {
    let mut upload = Vec::new();
    let mut cbor = Encoder::new(&mut upload);
    let _ = cbor
        .map(3)
        .and_then(|e| e.str("len")?.u32(file.len() as u32));
    let _ = cbor.str("off").and_then(|e| e.u32(0));
    let _ = cbor.str("data").and_then(|e| e.bytes(&file[..150]));
    let requests: [(u8, u8, u8, &[u8]); 4] = [
        (0, 1, 0, b"\xa0"),
        (2, 1, 1, &upload),
        (0, 82, 0, b"\xa0"),
        (2, 1, 5, b"\xa0"),
    ];
    let mut bytes = Vec::new();
    for (op, group, command, body) in requests {
        bytes.push(8 + body.len() as u8);
        bytes.extend([op | 8, 0, 0, body.len() as u8, 0, group, 1, command]);
        bytes.extend(body);
    }
    bytes
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
