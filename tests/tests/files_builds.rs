//! The programs of `tests/files` in the hostile builds of the VM: files, littlefs and filesystems of a program's own while
//! the collector runs at every allocation, with allocations failing, without caches.

use romfs_tests::builds::{Build, Outcome};
use romfs_tests::programs::{Program, programs};

/// The programs and their outcomes in a build; `None` without mpy-cross.
fn run(build: &str) -> Option<Vec<(Program, Outcome)>> {
    let programs = programs()?;
    let folder = tempfile::tempdir().expect("a folder for the images");
    let paths: Vec<_> = (0..programs.len())
        .map(|i| folder.path().join(format!("{i}.romfs")))
        .collect();
    for (program, path) in programs.iter().zip(&paths) {
        std::fs::write(path, &program.image).expect("the folder can be written");
    }
    let outcomes = Build::named(build).run(&paths);
    Some(programs.into_iter().zip(outcomes).collect())
}

fn all_as_expected(build: &str) {
    let Some(runs) = run(build) else { return };
    let wrong: Vec<String> = runs
        .iter()
        .filter(|(program, outcome)| outcome.text != "done" || outcome.output != program.expected)
        .map(|(program, outcome)| {
            let path = program.path.display();
            format!("{path}: {}\n{}", outcome.text, outcome.output)
        })
        .collect();
    assert!(wrong.is_empty(), "{build}:\n{}", wrong.join("\n"));
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

/// Whatever allocation fails, the program gets an exception; the heap stays whole.
#[test]
fn with_each_allocation_failing() {
    let Some(runs) = run("countdown") else { return };
    let wrong: Vec<String> = runs
        .iter()
        .filter(|(_, outcome)| outcome.text.starts_with("panic") || outcome.text == "crash")
        .map(|(program, outcome)| format!("{}: {}", program.path.display(), outcome.text))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
