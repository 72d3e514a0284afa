//! From files on the host to the contents of an image: what is taken, under which name, compiled or as it is.

pub mod align;
pub mod cache;
pub mod collect;
pub mod list;
pub mod mpy_cross;
pub mod plan;

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::tree::{Dir, Node, SourceTree};
use collect::CollectOptions;

/// The tree that `path` stands for: of a folder what is in it, of a module (.py, .mpy) that file alone, of any other file what it lists.
///
/// # Errors
/// As [`collect::collect`] and [`list::read`].
pub fn read(path: &Path, options: &CollectOptions) -> Result<SourceTree> {
    let kind = fs::metadata(path).map_err(Error::io("read", path))?;
    if kind.is_dir() {
        return collect::collect(path, options);
    }
    if !path.extension().is_some_and(|e| e == "py" || e == "mpy") {
        return list::read(path, options);
    }
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(Error::NameNotUtf8 {
            path: path.to_path_buf(),
        });
    };
    let mut tree = Dir::default();
    tree.insert(name, Node::File(path.to_path_buf()))?;
    Ok(tree)
}
