//! Says whether bytes count more than time (`mpy_format_small`): at opt-level s and z.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(mpy_format_small)");
    if std::env::var("OPT_LEVEL").is_ok_and(|level| level == "s" || level == "z") {
        println!("cargo::rustc-cfg=mpy_format_small");
    }
}
