//! The expected outputs in the tree are what real MicroPython prints.

use romfs_tests::oracle::Oracle;
use romfs_tests::tools;

#[test]
fn the_oracle_prints_what_each_script_expects() {
    let Some(oracle) = Oracle::find() else { return };
    let scripts = tools::files(&tools::root().join("tests/scripts"), "py");
    assert!(scripts.len() >= 150, "only {} scripts", scripts.len());
    let mut wrong = Vec::new();
    for run in oracle.run(&scripts) {
        let expected = std::fs::read_to_string(run.path.with_extension("exp")).unwrap_or_default();
        if run.error.is_some() || run.stdout != expected {
            wrong.push(run.path);
        }
    }
    assert!(
        wrong.is_empty(),
        "make expected, and read the difference: {wrong:?}"
    );
}

#[test]
fn the_oracle_prints_what_each_application_expects() {
    let Some(oracle) = Oracle::find() else { return };
    for expected in tools::files(&tools::root().join("images"), "txt") {
        let folder = expected.parent().expect("an application has a folder");
        if folder.ends_with("blink") {
            // It drives a board, which the oracle is not; board_programs.rs runs it.
            continue;
        }
        let text = std::fs::read_to_string(&expected).expect("expected.txt is text");
        assert_eq!(
            oracle.run_tree(&folder.join("src")),
            text,
            "{}",
            folder.display()
        );
    }
}
