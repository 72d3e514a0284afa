//! MicroPython's manifest files: the declarations of them that say what goes into an image.
//!
//! Read are calls of `metadata`, `module`, `package`, `include`, `require`, `add_library` and `options.defaults` with
//! plain values, `if` on options, and `for` over lists. Nothing of Python is run, so a manifest cannot do anything to
//! the machine; what it says beyond that is an error with its line.

mod eval;
mod syntax;
mod token;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::tree::{Node, SourceTree};
use eval::Evaluator;

/// Parts of micropython-lib that `require` looks into, in this order.
const LIBRARY_GROUPS: [&str; 3] = ["micropython", "python-stdlib", "python-ecosys"];

/// Where manifests find what they name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestOptions {
    /// Folders for `require`: a checkout of micropython-lib, or any folder with packages in it.
    pub libraries: Vec<PathBuf>,
    /// What `$(NAME)` in a path stands for.
    pub variables: BTreeMap<String, String>,
}

/// A file that a manifest takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it is on the host.
    pub source: PathBuf,
    /// Optimisation level for mpy-cross, where the manifest says one.
    pub level: Option<u8>,
}

/// What a manifest asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Files by their path in the image, with the extension of the source.
    pub files: BTreeMap<String, Taken>,
}

impl Manifest {
    /// Reads the manifest at `path` and all that it includes and requires.
    ///
    /// # Errors
    /// [`Error::List`] with manifest and line for what is not read of Python and for what is not there.
    pub fn read(path: &Path, options: &ManifestOptions) -> Result<Self> {
        let mut evaluator = Evaluator::new(options);
        evaluator.run(path, eval::Passed::default())?;
        Ok(Self {
            files: evaluator.taken,
        })
    }

    /// Its files as a tree of sources.
    ///
    /// # Errors
    /// [`Error::BadPath`] for a path that leaves the image, [`Error::DuplicatePath`].
    pub fn tree(&self) -> Result<SourceTree> {
        let mut tree = SourceTree::default();
        for (path, taken) in &self.files {
            tree.insert(path, Node::File(taken.source.clone()))?;
        }
        Ok(tree)
    }

    /// Optimisation levels by path, for the files that have their own.
    pub fn levels(&self) -> BTreeMap<String, u8> {
        let own = |(path, taken): (&String, &Taken)| Some((path.clone(), taken.level?));
        self.files.iter().filter_map(own).collect()
    }
}

/// Whether a file is a manifest, by its name: `manifest.py`, or one that begins with `manifest_`.
pub fn is_manifest(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| {
            name == "manifest.py" || (name.starts_with("manifest_") && name.ends_with(".py"))
        })
}

/// What is wrong with a manifest, and in which line.
#[derive(Debug)]
struct Fault {
    line: usize,
    what: String,
}

impl Fault {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }

    fn in_file(self, path: &Path) -> Error {
        Error::List {
            path: path.to_path_buf(),
            line: self.line,
            what: self.what,
        }
    }
}

#[cfg(test)]
mod tests;
