//! List files: the contents of an image named one by one.
//!
//! UTF-8 text, one entry a line: `PATH` takes a file or folder under its own path, `IN_IMAGE = PATH` under another.
//! Paths on the host are relative to the list file's folder. `#` begins a comment; blank lines are skipped.

use std::fs;
use std::path::Path;

use super::collect::CollectOptions;
use crate::error::{Error, Result};
use crate::tree::SourceTree;

/// Reads a list file and collects what it names.
///
/// # Errors
/// [`Error::List`] with the line for a line that cannot be taken, and what [`collect`](super::collect::collect) reports of folders.
pub fn read(list: &Path, options: &CollectOptions) -> Result<SourceTree> {
    let text = fs::read(list).map_err(Error::io("read the list", list))?;
    let at = |line: usize, what: String| Error::List {
        path: list.to_path_buf(),
        line,
        what,
    };
    let text = String::from_utf8(text).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        at(
            line,
            "not UTF-8 text; give a folder, or a list with one path a line".into(),
        )
    })?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let mut root = SourceTree::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let (target, source) = match line.split_once('=') {
            Some((target, source)) => (target.trim(), source.trim()),
            None => (line.trim_end_matches('/'), line),
        };
        let target = target.strip_prefix("./").unwrap_or(target);
        let path = folder.join(source);
        let node = super::node(&path, options).map_err(|e| match e {
            // A path that is not there is the list's mistake, with its line.
            Error::Io { source, .. } => at(index + 1, format!("{}: {source}", path.display())),
            other => other,
        })?;
        let placed = super::place(&mut root, target, node);
        placed.map_err(|e| at(index + 1, e.to_string()))?;
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn entries_keep_or_change_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let list = "# app\nmain.py\nlib/x.py = vendor/x.py # renamed\nassets/\n/=root\n";
        write(
            folder.path(),
            &[
                ("app.list", list),
                ("main.py", ""),
                ("vendor/x.py", ""),
                ("assets/a", ""),
                ("root/b", ""),
            ],
        );
        let root = read(&folder.path().join("app.list"), &CollectOptions::default()).unwrap();
        let names: Vec<_> = root.entries.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["assets", "b", "lib", "main.py"]);
    }

    #[test]
    fn errors_name_the_line() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                ("a", ""),
                ("missing", "a\n\nnone\n"),
                ("twice", "a\na\n"),
                ("out", "../x = a\n"),
            ],
        );
        for (list, line) in [("missing", 3), ("twice", 2), ("out", 1)] {
            let error = read(&folder.path().join(list), &CollectOptions::default()).unwrap_err();
            assert!(
                matches!(error, Error::List { line: l, .. } if l == line),
                "{list}: {error}"
            );
        }
    }
}
