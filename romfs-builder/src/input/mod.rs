//! From files on the host to the contents of an image: what is taken, under which name, compiled or as it is.

pub mod align;
pub mod cache;
pub mod collect;
pub mod exclude;
pub mod list;
pub mod manifest;
pub mod mpy_cross;
pub mod plan;
pub mod project;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::tree::{Dir, Node, SourceTree};
use collect::CollectOptions;
use manifest::{Manifest, ManifestOptions, is_manifest};
use project::Project;

/// What goes into an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The files.
    pub tree: SourceTree,
    /// Optimisation level of those that have their own, by path within the source.
    pub levels: BTreeMap<String, u8>,
}

/// What `path` stands for: of a folder what is in it (or what its `romfs.toml` says), of a manifest what it takes, of
/// a module (.py, .mpy) that file alone, of any other file what it lists.
///
/// # Errors
/// As [`collect::collect`], [`list::read`], [`Manifest::read`] and [`Project::read`].
pub fn source(
    path: &Path,
    collect: &CollectOptions,
    manifests: &ManifestOptions,
) -> Result<Source> {
    if is_manifest(path) {
        let manifest = Manifest::read(path, manifests)?;
        return Ok(Source {
            tree: manifest.tree()?,
            levels: manifest.levels(),
        });
    }
    if let Some(file) = Project::file_of(path).filter(|_| !collect.everything) {
        let project = Project::read(&file)?;
        return match project.images(&[])?.first() {
            Some(image) => project.source(image, collect.everything),
            None => Ok(Source::default()),
        };
    }
    Ok(Source {
        tree: read_files(path, collect)?,
        levels: BTreeMap::new(),
    })
}

/// The tree of [`source`], without libraries for manifests.
///
/// # Errors
/// As [`source`].
pub fn read(path: &Path, options: &CollectOptions) -> Result<SourceTree> {
    Ok(source(path, options, &ManifestOptions::default())?.tree)
}

/// The tree that a device runs, of a folder with a main module or of one module, which is its main then.
///
/// # Errors
/// As [`source`].
pub fn program(path: &Path, options: &CollectOptions) -> Result<SourceTree> {
    let mut tree = read(path, options)?;
    if let [only] = &mut tree.entries[..]
        && is_module(path)
        && !is_manifest(path)
        && let Some((_, ending)) = only.name.rsplit_once('.')
    {
        only.name = format!("main.{ending}");
    }
    Ok(tree)
}

/// Whether there is Python source in a tree: something for mpy-cross.
pub fn has_sources(tree: &SourceTree) -> bool {
    tree.entries.iter().any(|entry| match &entry.node {
        Node::Dir(dir) => has_sources(dir),
        Node::File(_) => entry.name.ends_with(".py"),
    })
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "py" || e == "mpy") && !path.is_dir()
}

fn read_files(path: &Path, options: &CollectOptions) -> Result<SourceTree> {
    let kind = fs::metadata(path).map_err(Error::io("read", path))?;
    if kind.is_dir() {
        return collect::collect(path, options);
    }
    if !is_module(path) {
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

/// The file or folder at `path`.
fn node(path: &Path, options: &CollectOptions) -> Result<Node<PathBuf>> {
    let kind = fs::metadata(path).map_err(Error::io("read", path))?;
    if kind.is_dir() {
        return Ok(Node::Dir(collect::collect(path, options)?));
    }
    if kind.is_file() {
        return Ok(Node::File(path.to_path_buf()));
    }
    Err(Error::NotAFile {
        path: path.to_path_buf(),
    })
}

/// Puts a node at `target` of the image. "/" and "." as a target: the folder's contents become the image's root.
fn place(root: &mut SourceTree, target: &str, node: Node<PathBuf>) -> Result<()> {
    match (target, node) {
        ("." | "/" | "", Node::Dir(dir)) => dir
            .entries
            .into_iter()
            .try_for_each(|e| root.insert(&e.name, e.node)),
        (target, node) => root.insert(target.trim_matches('/'), node),
    }
}
