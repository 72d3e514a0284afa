//! What changed between two images: files, their sizes and import costs, and of modules the functions.

mod code;
mod functions;

use std::collections::BTreeMap;

use romfs_runtime::{Entry, Error, Image};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::survey::{RamModel, import_cost};
pub use code::{CodeLine, code_diff};
pub use functions::{FunctionChange, changed_functions};

/// A change of a size. What is not there has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// In the first image.
    pub before: u64,
    /// In the second.
    pub after: u64,
}

impl Delta {
    /// How much more the second has.
    pub fn change(&self) -> i64 {
        self.after as i64 - self.before as i64
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// It is only in the second image.
    Added,
    /// It is only in the first.
    Removed,
    /// Its content is under another path.
    Moved {
        /// The path that it had.
        from: String,
    },
    /// Its content changed.
    Changed {
        /// Functions that differ, if both are modules.
        functions: Vec<FunctionChange>,
    },
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path; of a moved file the new one.
    pub path: String,
    /// What became of it.
    #[serde(flatten)]
    pub what: What,
    /// Bytes of content.
    pub bytes: Delta,
    /// Bytes of RAM that importing it costs, by estimate; 0 for what is no module.
    pub ram: Delta,
}

/// The difference of two images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Bytes of the images.
    pub bytes: Delta,
    /// Import cost of all their modules.
    pub ram: Delta,
    /// Files that are the same in both.
    pub same: usize,
    /// Those that are not, by path.
    pub files: Vec<FileChange>,
}

/// A file's content and what it hashes to.
struct Content<'a> {
    bytes: &'a [u8],
    digest: [u8; 32],
    ram: u64,
}

/// Compares `after` with `before`.
///
/// # Errors
/// The first malformed record; whose image it is of.
pub fn diff(
    before: &Image<'_>,
    after: &Image<'_>,
    model: &RamModel,
) -> Result<Diff, (Side, Error)> {
    let old = contents(before, model).map_err(|e| (Side::Before, e))?;
    let new = contents(after, model).map_err(|e| (Side::After, e))?;
    let mut removed: BTreeMap<&str, &Content<'_>> = old
        .iter()
        .filter(|(path, _)| !new.contains_key(*path))
        .map(|(path, content)| (path.as_str(), content))
        .collect();
    let mut files = Vec::new();
    let mut same = 0;
    for (path, content) in &new {
        let what = match old.get(path) {
            Some(was) if was.digest == content.digest => {
                same += 1;
                continue;
            }
            Some(was) => What::Changed {
                functions: changed_functions(path, was.bytes, content.bytes),
            },
            None => match origin(&removed, content) {
                Some(from) => {
                    removed.remove(from.as_str());
                    What::Moved { from }
                }
                None => What::Added,
            },
        };
        let was = match &what {
            What::Moved { from } => old.get(from),
            _ => old.get(path),
        };
        files.push(FileChange {
            path: path.clone(),
            what,
            bytes: Delta {
                before: was.map_or(0, |was| was.bytes.len() as u64),
                after: content.bytes.len() as u64,
            },
            ram: Delta {
                before: was.map_or(0, |was| was.ram),
                after: content.ram,
            },
        });
    }
    files.extend(removed.into_iter().map(|(path, content)| FileChange {
        path: path.to_owned(),
        what: What::Removed,
        bytes: Delta {
            before: content.bytes.len() as u64,
            after: 0,
        },
        ram: Delta {
            before: content.ram,
            after: 0,
        },
    }));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let ram = |contents: &BTreeMap<String, Content<'_>>| contents.values().map(|c| c.ram).sum();
    Ok(Diff {
        bytes: Delta {
            before: before.bytes().len() as u64,
            after: after.bytes().len() as u64,
        },
        ram: Delta {
            before: ram(&old),
            after: ram(&new),
        },
        same,
        files,
    })
}

/// Which of two images something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    Before,
    /// The second.
    After,
}

/// The path that a content had which is now elsewhere; of empty files nobody can tell.
fn origin(removed: &BTreeMap<&str, &Content<'_>>, content: &Content<'_>) -> Option<String> {
    let same = |was: &&Content<'_>| !was.bytes.is_empty() && was.digest == content.digest;
    let found = removed.iter().find(|(_, was)| same(was));
    found.map(|(path, _)| (*path).to_owned())
}

fn contents<'a>(
    image: &Image<'a>,
    model: &RamModel,
) -> Result<BTreeMap<String, Content<'a>>, Error> {
    let mut contents = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for item in image.walk() {
        let item = item?;
        path.truncate(item.depth);
        path.push(String::from_utf8_lossy(item.entry.name()).into_owned());
        let Entry::File(file) = item.entry else {
            continue;
        };
        let bytes = file.data()?;
        let ram = match file.name().ends_with(b".mpy") {
            true => import_cost(bytes, model).unwrap_or(0),
            false => 0,
        };
        let content = Content {
            bytes,
            digest: Sha256::digest(bytes).into(),
            ram,
        };
        // Of two entries of one name a reader sees the first.
        contents.entry(path.join("/")).or_insert(content);
    }
    Ok(contents)
}
