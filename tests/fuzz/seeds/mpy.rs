//! Writes the seeds of the targets `mpy` and `mpy-code`: `cargo run --bin mpy-seeds`, in tests/fuzz.

use std::path::Path;
use std::{fs, io};

use mpy_format::{Mpy, RawCode};

const FIXTURES: [&str; 6] = [
    "constants",
    "constants-63",
    "control",
    "control-O3",
    "empty",
    "functions",
];

fn main() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in FIXTURES {
        let file = fs::read(
            here.join("../../vm/mpy/tests/fixtures")
                .join(name)
                .with_extension("mpy"),
        )?;
        write("mpy", name, &file)?;
        let module = Mpy::open(&file)
            .and_then(|mpy| mpy.module())
            .map_err(io::Error::other)?;
        write_functions(name, &module)?;
    }
    Ok(())
}

/// One seed a function: frame, handlers, cell and opcodes, as `mpy-code` takes them.
fn write_functions(name: &str, raw: &RawCode<'_>) -> io::Result<()> {
    let prelude = raw
        .prelude()
        .map_err(io::Error::other)?
        .ok_or(io::Error::other("machine code"))?;
    let n_closed = prelude.n_pos_args.min(7) as u8;
    let cell = prelude.cells().first();
    let mut seed = vec![
        prelude.n_state as u8 - 1,
        prelude.n_exc_stack as u8 & 7 | n_closed << 3,
        u8::from(cell.is_some()),
        cell.copied().unwrap_or(0),
    ];
    seed.extend(prelude.opcodes());
    write("mpy-code", &format!("{name}-{}", raw.at), &seed)?;
    for child in raw.children() {
        write_functions(name, &child.map_err(io::Error::other)?)?;
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
