//! Tells the linker where everything goes, and the firmware whose images it takes.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-arg=-T{here}/link.ld");
    println!("cargo:rerun-if-changed=link.ld");
    println!("cargo:rerun-if-env-changed=ROMFS_PUBLIC_KEY");
    let key = std::env::var("ROMFS_PUBLIC_KEY")
        .expect("ROMFS_PUBLIC_KEY names a file with the 32 bytes of the public key");
    println!("cargo:rustc-env=ROMFS_PUBLIC_KEY={key}");
    println!("cargo:rerun-if-changed={key}");
}
