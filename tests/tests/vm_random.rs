//! Random programs, the same on every run, in the VM and in real MicroPython: both print the same.

use std::path::Path;
use std::process::Command;

use romfs_tests::builds::{Build, compile};
use romfs_tests::oracle::Oracle;
use romfs_tests::tools;

/// Files, and programs in each: one interpreter runs a file.
const FILES: usize = 40;
const PROGRAMS: usize = 75;

/// Programs, by file and number, that differ for a reason of their own. One that no longer does has to leave this list.
const KNOWN: [(&str, &str); 3] = [
    (
        "s1_f016:p61",
        "the text of an error, which MicroPython's unix build has as the VM",
    ),
    ("s1_f016:p44", "MicroPython cuts a character in two"),
    ("s1_f039:p11", "MicroPython cuts a character in two"),
];

/// Writes the programs of a seed.
fn generate(seed: u32, folder: &Path) {
    let status = Command::new("python3")
        .arg(tools::root().join("tests/oracle/generate.py"))
        .args(["--seed", &seed.to_string(), "--files", &FILES.to_string()])
        .args(["--programs", &PROGRAMS.to_string()])
        .arg(folder)
        .status();
    assert!(status.expect("Python starts").success(), "generate.py");
}

/// What each program of a file printed.
fn programs(output: &str) -> Vec<&str> {
    output.split("== ").skip(1).collect()
}

#[test]
fn random_programs_print_what_micropython_prints() {
    let Some(oracle) = Oracle::find() else { return };
    let folder = tempfile::tempdir().expect("a folder for the programs");
    generate(1, folder.path());
    let sources = tools::files(folder.path(), "py");
    assert_eq!(sources.len(), FILES);
    let Some(modules) = compile(&sources, folder.path()) else {
        return;
    };
    let (mut compared, mut wrong) = (0, Vec::new());
    let outcomes = Build::named("plain").run(&modules);
    for ((theirs, ours), source) in oracle.run(&sources).iter().zip(&outcomes).zip(&sources) {
        let file = source.file_stem().expect("a name").to_string_lossy();
        assert!(theirs.error.is_none(), "{:?}", theirs.error);
        let (theirs, ours) = (programs(&theirs.stdout), programs(&ours.output));
        for (i, their) in theirs.iter().enumerate() {
            compared += 1;
            let our = ours.get(i).copied().unwrap_or("nothing");
            if our != *their {
                let number = their.lines().next().unwrap_or_default();
                let name = format!("{file}:{number}");
                wrong.push((name, format!("MicroPython:\n{their}\nthe VM:\n{our}\n")));
            }
        }
    }
    assert_eq!(compared, FILES * PROGRAMS);
    for (known, why) in KNOWN {
        let still = wrong.iter().any(|(name, _)| name == known);
        assert!(still, "{known} ({why}) no longer differs");
    }
    let wrong: Vec<String> = wrong
        .into_iter()
        .filter(|(name, _)| !KNOWN.iter().any(|(known, _)| name == known))
        .map(|(name, text)| format!("{name}\n{text}"))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {compared} programs differ; the first:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
}
