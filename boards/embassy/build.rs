//! Tells the linker where everything goes: as on the Cortex-M3 board, whose memory this one has.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-arg=-T{here}/../qemu-cortex-m3/link.ld");
    println!("cargo:rerun-if-changed=../qemu-cortex-m3/link.ld");
}
