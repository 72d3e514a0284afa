//! Says whether bytes count more than time (`mpy_format_small`): at opt-level s and z. A firmware that is built so does
//! without the particulars of an error, too (`mpy_format_brief`): it has nobody to tell them to.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(mpy_format_small)");
    println!("cargo::rustc-check-cfg=cfg(mpy_format_brief)");
    if std::env::var("OPT_LEVEL").is_ok_and(|level| level == "s" || level == "z") {
        println!("cargo::rustc-cfg=mpy_format_small");
        if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "none") {
            println!("cargo::rustc-cfg=mpy_format_brief");
        }
    }
}
