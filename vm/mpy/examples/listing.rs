//! Lists a .mpy file: `cargo run -p mpy-format --example listing -- FILE`

use mpy_format::Mpy;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: listing FILE")?;
    let file = std::fs::read(path)?;
    print!("{}", Mpy::open(&file)?.listing());
    Ok(())
}
