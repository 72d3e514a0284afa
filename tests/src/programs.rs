//! The programs of `tests/files`: each with the image that it runs from and what it must print.

use std::path::PathBuf;

use crate::machine::packed;
use crate::tools::{files, root};

/// A program of `tests/files`.
pub struct Program {
    /// Its source.
    pub path: PathBuf,
    /// An image with its module and the files that it looks at.
    pub image: Vec<u8>,
    /// What it must print: the comment behind it.
    pub expected: String,
}

/// All of them; `None` without mpy-cross.
///
/// # Panics
/// Where one does not say what it must print.
pub fn programs() -> Option<Vec<Program>> {
    let all = files(&root().join("tests/files"), "py");
    assert!(all.len() >= 10, "only {} programs", all.len());
    all.into_iter().map(program).collect()
}

fn program(path: PathBuf) -> Option<Program> {
    let text = std::fs::read_to_string(&path).expect("the source can be read");
    let (source, expected) = text
        .split_once("\n# prints:\n")
        .expect("what it must print");
    let inner = packed(&[("own.py", b"print('own runs')\n")], true)?;
    let image = packed(
        &[
            ("main.py", source.as_bytes()),
            ("data/text.txt", "gr\u{fc}n\nzwei\n".as_bytes()),
            ("data/empty", b""),
            ("lib/pkg/__init__.py", b""),
            ("lib/pkg/table.txt", b"1 2 3\n"),
            ("inner.romfs", &inner),
        ],
        true,
    )?;
    let expected = expected
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or("")))
        .collect();
    Some(Program {
        path,
        image,
        expected,
    })
}
