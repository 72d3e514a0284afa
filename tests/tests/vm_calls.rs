//! Every function, operator and method of the language's types with values of every kind (`tests/calls`): builds of the VM that
//! collect at every allocation, check every instruction or remember nothing do just what the plain one does. That
//! nothing panics and nothing is used after it was freed is what this shows; what the outcomes have to be is for `vm_scripts.rs`.

use std::path::Path;

use romfs_tests::builds::{Build, Outcome, compile};
use romfs_tests::tools;

/// The programs: each begins with the values.
const PROGRAMS: [&str; 3] = ["functions", "operators", "methods"];

fn outcomes(build: &str, folder: &Path) -> Option<Vec<Outcome>> {
    let from = tools::root().join("tests/calls");
    let text = |name: &str| {
        std::fs::read_to_string(from.join(name).with_extension("py")).expect("a program")
    };
    let sources = PROGRAMS.map(|name| {
        let path = folder.join(name).with_extension("py");
        std::fs::write(&path, text("values") + &text(name)).expect("room for a program");
        path
    });
    Some(Build::named(build).run(&compile(&sources, folder)?))
}

/// The outcome of a call, without addresses.
fn without_addresses(line: &str) -> String {
    let mut parts = line.split("0x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|c: char| c.is_ascii_hexdigit())
    })
}

#[test]
fn every_build_answers_every_call_as_the_plain_one() {
    let folder = tempfile::tempdir().expect("a folder for the programs");
    let Some(plain) = outcomes("plain", folder.path()) else {
        return;
    };
    let calls: usize = plain.iter().map(|o| o.output.lines().count()).sum();
    assert!(calls > 20_000, "only {calls} calls");
    for build in ["gc-stress", "checked", "no-cache", "small"] {
        let other = outcomes(build, folder.path()).expect("the compiler is there");
        for ((name, plain), other) in PROGRAMS.iter().zip(&plain).zip(&other) {
            assert_eq!(plain.text, "done", "{name}");
            assert_eq!(other.text, "done", "{name}, {build}");
            for (ours, theirs) in plain.output.lines().zip(other.output.lines()) {
                assert_eq!(
                    without_addresses(ours),
                    without_addresses(theirs),
                    "{build}"
                );
            }
            assert_eq!(plain.output.lines().count(), other.output.lines().count());
        }
    }
}
