//! The `romfs` command.
fn main() {}
