//! Our own scripts on the boards, with words of 32 bits and floats of 32 bits, and some that are about that (`tests/boards`).
//! Each board runs all of them at one start, a VM each. Where a script prints something else with such floats, `NAME.f32.exp`
//! has what MicroPython prints that is built with them (`tests/oracle`).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use romfs_builder::board::Board;
use romfs_tests::boards::{board, image, run};
use romfs_tests::builds::compiler;
use romfs_tests::scripts::KNOWN;
use romfs_tests::tools::{files, root};

/// Scripts that differ on a board only, and why.
const KNOWN_ON_BOARDS: &[(&str, &str)] = &[
    (
        "bigint/to_float.py",
        "MicroPython's quotient of ints beyond a float of 32 bits is nan",
    ),
    (
        "float/accumulate.py",
        "mpy-cross computes what is constant with floats of 64 bits",
    ),
    (
        "float/math_functions.py",
        "libm's float of 32 bits differs from glibc's in the last digit",
    ),
];

/// The longest that a board may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The scripts by the names of their modules in the image.
fn scripts() -> BTreeMap<String, PathBuf> {
    let mut scripts = files(&root().join("tests/scripts"), "py");
    scripts.extend(files(&root().join("tests/boards"), "py"));
    let named = |(index, path)| (format!("s{index:03}"), path);
    scripts.into_iter().enumerate().map(named).collect()
}

/// What each module printed, by the lines that the firmware puts around it.
fn outputs(text: &str) -> BTreeMap<&str, &str> {
    let mut outputs = BTreeMap::new();
    for part in text.split("#run ").skip(1) {
        let Some((name, rest)) = part.split_once('\n') else {
            continue;
        };
        if let Some((output, _)) = rest.split_once("\n#ended ") {
            outputs.insert(name, output);
        }
    }
    outputs
}

fn all_as_expected(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("scripts");
    fs::create_dir(&source).unwrap();
    let scripts = scripts();
    let Some(compiler) = compiler() else { return };
    let options = Board::find(name).unwrap().compile_options();
    for (module, path) in &scripts {
        let text = fs::read(path).unwrap();
        let compiled = compiler.compile("main.py", &text, &options, None).unwrap();
        fs::write(source.join(module).with_extension("mpy"), compiled.module).unwrap();
    }
    let bytes = image(&source, name);
    let Some((text, _)) = run(board(name), &bytes, &["exit", "each"], LIMIT) else {
        return;
    };
    let outputs = outputs(&text);
    let mut wrong = Vec::new();
    for (module, path) in &scripts {
        let expected = fs::read_to_string(path.with_extension("f32.exp"))
            .or_else(|_| fs::read_to_string(path.with_extension("exp")))
            .unwrap();
        let printed = outputs.get(module.as_str());
        if printed.copied() != Some(expected.as_str()) {
            let path = path
                .strip_prefix(root().join("tests/scripts"))
                .unwrap_or(path);
            wrong.push((path.display().to_string(), difference(printed, &expected)));
        }
    }
    let known = |name: &str| listed().any(|(script, _)| *script == name);
    let unlisted: Vec<_> = wrong.iter().filter(|(script, _)| !known(script)).collect();
    assert!(unlisted.is_empty(), "{name}: {unlisted:#?}");
    println!(
        "{name}: {} scripts, {} differ as listed",
        scripts.len(),
        wrong.len()
    );
    for (script, reason) in listed() {
        let differs = wrong.iter().any(|(name, _)| name == script);
        assert!(differs, "{script} no longer differs on {name} ({reason})");
    }
}

fn listed() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    KNOWN.iter().chain(KNOWN_ON_BOARDS)
}

/// The first line that differs.
fn difference(printed: Option<&&str>, expected: &str) -> String {
    let Some(printed) = printed else {
        return "did not come to its end".into();
    };
    let mut lines = printed.split('\n').zip(expected.split('\n'));
    match lines.find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) => format!("{ours:?} instead of {theirs:?}"),
        None => "more or fewer lines".into(),
    }
}

#[test]
fn on_the_cortex_m3() {
    all_as_expected("qemu-cortex-m3");
}

#[test]
fn on_the_riscv() {
    all_as_expected("qemu-riscv32");
}
