//! Where the tools and the files of the project are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's root folder.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the crate lies in the project")
        .to_owned()
}

/// A program of the project's Python environment, such as `python` or `mpremote`.
pub fn venv(program: &str) -> Option<PathBuf> {
    present(
        root().join(".venv/bin").join(program),
        "scripts/setup.sh python",
    )
}

/// A client of others that speaks to a device, such as `mcumgrctl`.
pub fn client(program: &str) -> Option<PathBuf> {
    present(
        root().join(".cache/clients/bin").join(program),
        "scripts/setup.sh clients",
    )
}

/// A Python in which a package can be imported: the project's own, or the system's.
pub fn python_with(package: &str) -> Option<PathBuf> {
    let own = root().join(".venv/bin/python");
    let candidates = [own, PathBuf::from("python3")];
    let found = candidates.into_iter().find(|python| {
        let import = Command::new(python)
            .args(["-c", &format!("import {package}")])
            .output();
        import.is_ok_and(|output| output.status.success())
    });
    found.or_else(|| {
        missing(
            &format!("the Python package {package}"),
            "scripts/setup.sh python",
        )
    })
}

/// The first line of `program --version`, or `None` where the program is not installed.
pub fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}

/// Every file below a folder whose name ends in `.extension`, in the order of their paths.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path where it exists; otherwise as [`missing`].
pub fn present(path: PathBuf, remedy: &str) -> Option<PathBuf> {
    if path.exists() {
        Some(path)
    } else {
        missing(&path.display().to_string(), remedy)
    }
}

/// Reports a tool that is not there: a failure where `ROMFS_REQUIRE_TOOLS` is set, `None` elsewhere.
///
/// # Panics
/// Where `ROMFS_REQUIRE_TOOLS` is set.
pub fn missing<T>(what: &str, remedy: &str) -> Option<T> {
    let text = format!("{what} is missing ({remedy})");
    assert!(std::env::var_os("ROMFS_REQUIRE_TOOLS").is_none(), "{text}");
    eprintln!("not run: {text}");
    None
}
