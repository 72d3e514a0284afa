//! What mpy-cross writes, for all Python of this project at every setting, is accepted by the verifier and runs as it promises.
//! Without mpy-cross there is nothing to compare, and the test says so.

#[path = "../../vm/mpy/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use romfs_builder::input::mpy_cross::{CompileOptions, MpyCross};
use support::exercise::{Memory, exercise};
use support::machine::Dice;

const SOURCES: [&str; 3] = ["vm/mpy/tests/fixtures", "tests/scripts", "images"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

#[test]
fn whatever_the_compiler_writes_is_accepted() {
    let Some(compiler) = MpyCross::find(None).expect("the mpy-cross that was asked for works")
    else {
        eprintln!("no mpy-cross: skipped");
        return;
    };
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in SOURCES {
        sources(&project.join(folder), &mut found);
    }
    // Native code needs an architecture, and is not verified.
    found.retain(|path| !path.ends_with("native.py"));
    assert!(found.len() > 100, "{} sources", found.len());
    let (mut memory, mut dice) = (Memory::new(), Dice(11));
    for (number, path) in found.iter().enumerate() {
        let source = fs::read(path).expect("readable");
        // Every source at both ends, and each at one setting in between.
        let between = (1 + number as u8 % 2, [31, 63][number / 2 % 2]);
        for (optimise, small_int_bits) in [(0, 31), (3, 63), between] {
            let options = CompileOptions {
                arch: None,
                small_int_bits,
                optimise,
            };
            let compiled = match compiler.compile("a.py", &source, &options, None) {
                Ok(compiled) => compiled.module,
                // Scripts may show what the compiler refuses.
                Err(_) => continue,
            };
            let accepted = exercise(&compiled, None, &mut memory, &mut dice, 20);
            assert!(
                accepted,
                "{} at -O{optimise}, {small_int_bits} bits",
                path.display()
            );
        }
    }
}

#[test]
fn the_modules_that_the_vm_brings_are_what_their_sources_compile_to() {
    let Some(compiler) = MpyCross::find(None).expect("the mpy-cross that was asked for works")
    else {
        eprintln!("no mpy-cross: skipped");
        return;
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vm/src/run/sibling.py");
    let options = CompileOptions {
        arch: None,
        small_int_bits: 31,
        optimise: 0,
    };
    let compiled = compiler
        .compile("main", &fs::read(&source).unwrap(), &options, None)
        .unwrap();
    assert_eq!(
        compiled.module,
        fs::read(source.with_extension("mpy")).unwrap()
    );
}
