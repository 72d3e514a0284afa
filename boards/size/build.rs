//! Tells the linker where `gp` points: 2 KB behind the start of the constants, of which it reaches 4 KB (scripts/link_short.py).

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "riscv32") {
        println!("cargo:rustc-link-arg=--defsym=__global_pointer$=ADDR(.rodata)+0x800");
    }
}
