//! One lookup, for counting its instructions: `lookup SIZE PATH [scan]` makes an image whose directory `d` has SIZE files `f00000.mpy` and on,
//! and looks for PATH once in `measured`. `lookup.py` runs it under callgrind.

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use romfs_runtime::Image;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [size, path, mode @ ..] = arguments.as_slice() else {
        // `cargo bench` passes its own arguments only.
        println!("run lookup.py");
        return;
    };
    let size = size.parse().expect("SIZE is a number");
    let files = (0..size)
        .map(|number| support::file(&format!("f{number:05}.mpy"), b"M\x06\x00\x1f"))
        .collect();
    let bytes = support::full(&[support::dir("d", files)]);
    let image = Image::open(&bytes).expect("a sound image");
    let image = if mode == ["scan"] {
        image.without_index()
    } else {
        image
    };
    let found = measured(black_box(&image), black_box(path.as_bytes()));
    let index = image
        .index()
        .map_or(0, |index| image.bytes().len() - index.offset() as usize);
    println!("found {found}; index {index} bytes");
}

/// What is counted.
#[inline(never)]
fn measured(image: &Image<'_>, path: &[u8]) -> bool {
    black_box(image.lookup(path).expect("well-formed")).is_some()
}
