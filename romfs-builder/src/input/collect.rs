//! Walks a source folder.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::tree::{Dir, Entry, Node, SourceTree};

/// Which files of a folder to take.
#[derive(Debug, Clone, Copy)]
pub struct CollectOptions {
    /// Take dotfiles and `__pycache__` too.
    pub everything: bool,
    /// How many folders deep to go before giving up. By default as deep as `romfs-runtime` reads.
    pub max_depth: usize,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            everything: false,
            max_depth: romfs_runtime::MAX_DEPTH - 1,
        }
    }
}

impl CollectOptions {
    fn takes(&self, name: &str) -> bool {
        self.everything || !(name.starts_with('.') || name == "__pycache__")
    }
}

/// Reads the tree under `folder`, sorted by the bytes of the names, so that no file system's own order reaches the
/// image. Symlinks are followed, as a copy of the folder would.
///
/// # Errors
/// What the system refuses, names that are not UTF-8, sockets and devices, and trees deeper than the limit.
pub fn collect(folder: &Path, options: &CollectOptions) -> Result<SourceTree> {
    collect_at(folder, options, options.max_depth)
}

fn collect_at(folder: &Path, options: &CollectOptions, depth_left: usize) -> Result<SourceTree> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(Error::NameNotUtf8 { path });
        };
        if !options.takes(&name) {
            continue;
        }
        let mut kind = entry.file_type().map_err(Error::io("look at", &path))?;
        if kind.is_symlink() {
            kind = fs::metadata(&path)
                .map_err(Error::io("follow the symlink", &path))?
                .file_type();
        }
        let node = if kind.is_dir() {
            if depth_left == 0 {
                return Err(Error::TooDeep {
                    path,
                    limit: options.max_depth,
                });
            }
            Node::Dir(collect_at(&path, options, depth_left - 1)?)
        } else if kind.is_file() {
            Node::File(path)
        } else {
            return Err(Error::NotAFile { path });
        };
        entries.push(Entry { name, node });
    }
    let mut dir = Dir { entries };
    dir.sort();
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &SourceTree) -> Vec<&str> {
        dir.entries.iter().map(|e| e.name.as_str()).collect()
    }

    #[test]
    fn leaves_dotfiles_and_pycache_out_unless_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.py", ".hidden", "A.py", "é.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("__pycache__")).unwrap();
        let some = collect(folder.path(), &CollectOptions::default()).unwrap();
        assert_eq!(names(&some), ["A.py", "b.py", "é.txt"]);
        let options = CollectOptions {
            everything: true,
            ..Default::default()
        };
        let all = collect(folder.path(), &options).unwrap();
        assert_eq!(
            names(&all),
            [".hidden", "A.py", "__pycache__", "b.py", "é.txt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_to_a_parent_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let options = CollectOptions {
            max_depth: 5,
            ..Default::default()
        };
        assert!(matches!(
            collect(folder.path(), &options),
            Err(Error::TooDeep { limit: 5, .. })
        ));
    }
}
