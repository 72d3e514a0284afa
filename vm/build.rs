//! Three things are known at build time:
//!
//! - which dispatch back-end to use (`romfs_vm_tail`): handlers that tail-call need sibling calls, which LLVM makes on
//!   x86-64, aarch64 and Thumb-2 at opt-level >= 1, and not on Thumb-1 nor at opt-level 0. The features `dispatch-loop`
//!   and `dispatch-tail` override the choice;
//! - whether bytes count more than time (`romfs_vm_small`): at opt-level s and z;
//! - the names that the firmware itself uses: every `q!("...")` in `src/` becomes an interned string in flash, whose id
//!   is a constant. No other crate may rely on these files.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

include!("src/qstr/mpy_static.rs");

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_tail)");
    if tail_calls() {
        println!("cargo::rustc-cfg=romfs_vm_tail");
    }
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_small)");
    if env::var("OPT_LEVEL").is_ok_and(|level| level == "s" || level == "z") {
        println!("cargo::rustc-cfg=romfs_vm_small");
    }
    let mut names = BTreeSet::new();
    collect(Path::new("src"), &left_out(), &mut names);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("names.rs");
    fs::write(out, table(&names)).expect("OUT_DIR can be written");
}

fn tail_calls() -> bool {
    if env::var_os("CARGO_FEATURE_DISPATCH_LOOP").is_some() {
        return false;
    }
    if env::var_os("CARGO_FEATURE_DISPATCH_TAIL").is_some() {
        return true;
    }
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let optimised = env::var("OPT_LEVEL").is_ok_and(|level| level != "0");
    // On Cortex-M the loop is the default until counts say otherwise (DESIGN.md).
    optimised && matches!(arch.as_str(), "x86_64" | "aarch64")
}

/// File names of the modules whose features are off: their names are not in the firmware. Those that others use are
/// compiled all the same, and their names are needed.
fn left_out() -> Vec<String> {
    let manifest = fs::read_to_string("Cargo.toml").expect("the manifest is UTF-8");
    manifest
        .lines()
        .filter_map(|line| line.strip_prefix("mod-")?.split_once(" = "))
        .map(|(module, _)| module)
        .filter(|module| !matches!(*module, "io" | "os" | "ota" | "vfs"))
        .filter(|module| {
            let feature = module.to_uppercase().replace('-', "_");
            env::var_os(format!("CARGO_FEATURE_MOD_{feature}")).is_none()
        })
        .map(|module| match module {
            "struct" => "structure".into(),
            _ => module.into(),
        })
        .collect()
}

/// Every string literal directly inside `q!( )`, in all source files below `folder`.
fn collect(folder: &Path, left_out: &[String], names: &mut BTreeSet<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("src can be listed")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if folder.ends_with("builtin") && left_out.iter().any(|module| *module == stem) {
            continue;
        }
        if path.is_dir() {
            collect(&path, left_out, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            for part in text.split("q!(\"").skip(1) {
                if let Some((name, _)) = part.split_once("\")") {
                    names.insert(name.replace("\\n", "\n"));
                }
            }
        }
    }
}

fn table(names: &BTreeSet<String>) -> String {
    let mut all: Vec<&str> = vec![""];
    all.extend(MPY_STATIC);
    all.extend(
        names
            .iter()
            .map(String::as_str)
            .filter(|n| !MPY_STATIC.contains(n)),
    );
    let mut sorted: Vec<usize> = (1..all.len()).collect();
    sorted.sort_by_key(|&i| all[i]);
    let mut out = String::new();
    writeln!(
        out,
        "/// Every name of the firmware, by qstr id.\npub static NAMES: [&str; {}] = {all:?};",
        all.len()
    )
    .unwrap();
    writeln!(
        out,
        "/// The same for constants.\nconst NAMES_CONST: [&str; {}] = {all:?};",
        all.len()
    )
    .unwrap();
    writeln!(
        out,
        "/// Ids in the order of their names.\nconst SORTED: [u16; {}] = {sorted:?};",
        sorted.len()
    )
    .unwrap();
    out
}
