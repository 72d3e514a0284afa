//! Our own scripts, in each build of the VM: what they print is what real MicroPython prints (`tests/scripts`, whose `.exp`
//! files `oracle_scripts.rs` compares with it).

use std::path::PathBuf;

use romfs_tests::builds::{Build, Outcome, compile};
use romfs_tests::scripts::KNOWN;
use romfs_tests::tools;

/// The scripts and their outcomes in a build.
fn run(build: &str) -> Option<Vec<(PathBuf, Outcome)>> {
    let scripts = tools::files(&tools::root().join("tests/scripts"), "py");
    assert!(scripts.len() >= 150, "only {} scripts", scripts.len());
    let folder = tempfile::tempdir().expect("a folder for the modules");
    let modules = compile(&scripts, folder.path())?;
    let outcomes = Build::named(build).run(&modules);
    Some(scripts.into_iter().zip(outcomes).collect())
}

/// Asserts that every script prints what it must.
fn all_as_expected(build: &str) {
    let Some(runs) = run(build) else { return };
    let mut wrong = Vec::new();
    for (script, outcome) in &runs {
        let expected = std::fs::read_to_string(script.with_extension("exp")).unwrap_or_default();
        if outcome.text != "done" || outcome.output != expected {
            let folder = tools::root().join("tests/scripts");
            let name = script.strip_prefix(folder).unwrap_or(script);
            wrong.push((name.display().to_string(), &outcome.text));
        }
    }
    let known = |name: &str| KNOWN.iter().any(|(script, _)| *script == name);
    let mended: Vec<&str> = KNOWN
        .iter()
        .map(|(script, _)| *script)
        .filter(|script| !wrong.iter().any(|(name, _)| name == script))
        .collect();
    assert!(
        mended.is_empty(),
        "known to differ, and no longer does: {mended:?}"
    );
    let wrong: Vec<String> = wrong
        .into_iter()
        .filter(|(name, _)| !known(name))
        .map(|(name, text)| format!("{name}: {text}"))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} scripts, {build}:\n{}",
        wrong.len(),
        runs.len(),
        wrong.join("\n")
    );
}

#[test]
fn plainly() {
    all_as_expected("plain");
}

#[test]
fn with_a_collection_at_every_allocation_and_backward_jump() {
    all_as_expected("gc-stress");
}

#[test]
fn with_every_instruction_checked() {
    all_as_expected("checked");
}

#[test]
fn without_caches() {
    all_as_expected("no-cache");
}

#[test]
fn with_the_loop() {
    all_as_expected("loop");
}

#[test]
fn with_tail_calls() {
    all_as_expected("tail");
}

#[test]
fn on_a_small_native_stack() {
    all_as_expected("small-stack");
}

#[test]
fn where_bytes_count() {
    all_as_expected("small");
}

#[test]
fn where_bytes_count_with_a_collection_at_every_allocation() {
    all_as_expected("small-gc-stress");
}

/// Whatever allocation fails, the program gets a `MemoryError`, which it may answer in its way; the heap stays whole.
#[test]
fn with_each_allocation_failing() {
    let Some(runs) = run("countdown") else { return };
    let wrong: Vec<String> = runs
        .iter()
        .filter(|(_, outcome)| {
            outcome.text.starts_with("panic")
                || outcome.text == "crash"
                || outcome.text == "the memory is too small for a VM to start in"
        })
        .map(|(script, outcome)| format!("{}: {}", script.display(), outcome.text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
