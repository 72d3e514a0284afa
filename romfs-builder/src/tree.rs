//! A tree of named folders and files, as a source folder, a build plan and an image all are.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// A folder. `F` is what is known of a file: its place on the host, how to make it, its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dir<F> {
    /// Entries in the order in which an image gets them.
    pub entries: Vec<Entry<F>>,
}

/// A named file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<F> {
    /// Name within its folder: not empty, without `/` and NUL.
    pub name: String,
    /// What it is.
    pub node: Node<F>,
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<F> {
    /// A folder.
    Dir(Dir<F>),
    /// A file.
    File(F),
}

/// A tree of files on the host, sorted by name.
pub type SourceTree = Dir<PathBuf>;

impl<F> Default for Dir<F> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<F> Dir<F> {
    /// Sorts the entries of this folder by the bytes of their names; folders below keep their order.
    pub fn sort(&mut self) {
        self.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }

    /// Sorts this folder and all below it.
    pub fn sort_deep(&mut self) {
        self.sort();
        for entry in &mut self.entries {
            if let Node::Dir(below) = &mut entry.node {
                below.sort_deep();
            }
        }
    }

    /// Puts `node` at `path` (names joined by `/`), making the folders on the way and merging folders. The tree must
    /// be sorted by name, and stays so.
    ///
    /// # Errors
    /// [`Error::BadPath`] for a path that an image cannot hold, [`Error::DuplicatePath`] where something is already.
    pub fn insert(&mut self, path: &str, node: Node<F>) -> Result<()> {
        let bad =
            |part: &str| part.is_empty() || part == "." || part == ".." || part.contains('\0');
        if path.split('/').any(bad) {
            return Err(Error::BadPath {
                path: path.to_owned(),
            });
        }
        self.insert_checked(path, path, node)
    }

    fn insert_checked(&mut self, whole: &str, rest: &str, node: Node<F>) -> Result<()> {
        let (name, rest) = match rest.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (rest, None),
        };
        let at = match self.entries.binary_search_by(|e| e.name.as_str().cmp(name)) {
            Ok(at) => at,
            Err(at) => {
                let Some(rest) = rest else {
                    self.entries.insert(
                        at,
                        Entry {
                            name: name.to_owned(),
                            node,
                        },
                    );
                    return Ok(());
                };
                let mut dir = Self::default();
                dir.insert_checked(whole, rest, node)?;
                self.entries.insert(
                    at,
                    Entry {
                        name: name.to_owned(),
                        node: Node::Dir(dir),
                    },
                );
                return Ok(());
            }
        };
        match (&mut self.entries[at].node, rest, node) {
            (Node::Dir(dir), Some(rest), node) => dir.insert_checked(whole, rest, node),
            (Node::Dir(dir), None, Node::Dir(added)) => {
                added.entries.into_iter().try_for_each(|entry| {
                    let path = format!("{whole}/{}", entry.name);
                    dir.insert_checked(&path, &entry.name, entry.node)
                })
            }
            _ => Err(Error::DuplicatePath {
                path: whole.to_owned(),
            }),
        }
    }

    /// Splits the tree from its files: the same tree with a number for each file, and the files with their paths
    /// (names joined by `/`), in the order of the tree.
    pub fn number(self) -> (Dir<usize>, Vec<(String, F)>) {
        let mut files = Vec::new();
        let tree = self.map_at("", &mut |path, file| {
            files.push((path, file));
            files.len() - 1
        });
        (tree, files)
    }

    /// The same tree with every file changed.
    pub fn map<G>(self, change: &mut impl FnMut(F) -> G) -> Dir<G> {
        self.map_at("", &mut |_, file| change(file))
    }

    fn map_at<G>(self, parent: &str, change: &mut impl FnMut(String, F) -> G) -> Dir<G> {
        let entries = self.entries.into_iter().map(|Entry { name, node }| {
            let path = if parent.is_empty() {
                name.clone()
            } else {
                format!("{parent}/{name}")
            };
            let node = match node {
                Node::Dir(dir) => Node::Dir(dir.map_at(&path, change)),
                Node::File(file) => Node::File(change(path, file)),
            };
            Entry { name, node }
        });
        Dir {
            entries: entries.collect(),
        }
    }

    /// How many folders there are below this one.
    pub fn folder_count(&self) -> usize {
        let below = |entry: &Entry<F>| match &entry.node {
            Node::Dir(dir) => 1 + dir.folder_count(),
            Node::File(_) => 0,
        };
        self.entries.iter().map(below).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<F>(dir: &Dir<F>) -> Vec<&str> {
        dir.entries.iter().map(|e| e.name.as_str()).collect()
    }

    #[test]
    fn insert_merges_folders_and_refuses_duplicates() {
        let mut root = Dir::default();
        root.insert("lib/a.py", Node::File(1)).unwrap();
        let mut more = Dir::default();
        more.insert("b.py", Node::File(2)).unwrap();
        root.insert("lib", Node::Dir(more.clone())).unwrap();
        let Node::Dir(lib) = &root.entries[0].node else {
            panic!("lib is a folder")
        };
        assert_eq!(names(lib), ["a.py", "b.py"]);
        let error = root.insert("lib", Node::Dir(more)).unwrap_err();
        assert!(error.to_string().starts_with("lib/b.py:"), "{error}");
        assert!(matches!(
            root.insert("lib/a.py/x", Node::File(3)),
            Err(Error::DuplicatePath { .. })
        ));
        for path in ["", "/a", "a/", "../a", "a/./b", "a//b", "a\0"] {
            assert!(
                matches!(root.insert(path, Node::File(4)), Err(Error::BadPath { .. })),
                "{path:?}"
            );
        }
    }

    #[test]
    fn number_gives_paths_in_order() {
        let mut root = Dir::default();
        for (path, file) in [("b", 'x'), ("a/c", 'y'), ("a/b", 'z')] {
            root.insert(path, Node::File(file)).unwrap();
        }
        let (numbered, files) = root.clone().number();
        let expected = [("a/b", 'z'), ("a/c", 'y'), ("b", 'x')].map(|(p, f)| (p.to_owned(), f));
        assert_eq!(files, expected);
        assert_eq!(numbered.map(&mut |i| files[i].1), root);
    }
}
