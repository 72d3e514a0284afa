//! Where every byte of an image goes: by folder, by file and by kind, and what importing its modules costs in RAM.

mod module;
mod ram;

use std::collections::HashMap;

use romfs_runtime::format::kind;
use romfs_runtime::{Dir, Entry, Error, ErrorKind, File, Image, MAX_DEPTH, Record};
use serde::Serialize;

pub use module::parts_of_module;
pub use ram::{RamModel, import_cost};

/// What a byte of an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Bytecode of functions, with their preludes and line tables.
    Bytecode,
    /// Machine code, with its data.
    Native,
    /// Texts of names (qstrs).
    Names,
    /// Constants of modules.
    Constants,
    /// Content of files that are no modules.
    Data,
    /// What the filesystem needs: heads of records, names of files, checksums, index, image record.
    Records,
    /// Padding, for alignment.
    Padding,
}

impl Part {
    /// All of them, in the order of [`Parts`].
    pub const ALL: [Self; 7] = [
        Self::Bytecode,
        Self::Native,
        Self::Names,
        Self::Constants,
        Self::Data,
        Self::Records,
        Self::Padding,
    ];

    /// What to call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytecode => "bytecode",
            Self::Native => "native code",
            Self::Names => "names",
            Self::Constants => "constants",
            Self::Data => "data",
            Self::Records => "records",
            Self::Padding => "padding",
        }
    }
}

/// Bytes by [`Part`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts([u64; Part::ALL.len()]);

impl Parts {
    /// Bytes of one kind.
    pub fn of(&self, part: Part) -> u64 {
        self.0[part as usize]
    }

    /// Adds bytes of one kind.
    pub fn add(&mut self, part: Part, bytes: u64) {
        self.0[part as usize] += bytes;
    }

    /// All bytes.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn merge(&mut self, other: &Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }
}

impl Serialize for Parts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = Part::ALL.iter().map(|part| (part.name(), self.of(*part)));
        serializer.collect_map(named.filter(|(_, bytes)| *bytes > 0))
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A folder; the root is one.
    Folder,
    /// A module (.mpy).
    Module,
    /// Any other file.
    File,
}

/// A file or folder and what is below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Name within its folder; empty for the root.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Bytes of the image that it takes, all below it included.
    pub bytes: u64,
    /// The same by kind.
    pub parts: Parts,
    /// Bytes that it would take more if equal contents were not stored once.
    pub saved: u64,
    /// Bytes of RAM that importing it costs, by estimate.
    pub ram: u64,
    /// Modules in it.
    pub modules: u64,
    /// Path of the file whose content it shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// What is in a folder, in the order of the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// Surveys `image`; RAM is estimated by `model`.
///
/// The bytes of the root are those of the image, all of them.
///
/// # Errors
/// The first malformed record.
pub fn survey(image: &Image<'_>, model: &RamModel) -> Result<Node, Error> {
    let mut surveyor = Surveyor {
        model,
        contents: HashMap::new(),
    };
    surveyor.find_contents(image.root(), "", 0)?;
    let mut root = surveyor.folder(image.root(), "", 0)?;
    root.add(Part::Records, image.payload_offset().into());
    // What the image record says is the tail lies among the root's records and is counted with them.
    debug_assert_eq!(root.bytes, image.bytes().len() as u64);
    Ok(root)
}

struct Surveyor<'m> {
    model: &'m RamModel,
    /// Which file has the content that begins at an offset in its own records.
    contents: HashMap<u32, String>,
}

impl Surveyor<'_> {
    /// Notes which content belongs to which file, so that pointers to it can be named.
    fn find_contents(&mut self, dir: Dir<'_>, parent: &str, depth: usize) -> Result<(), Error> {
        for entry in dir.entries() {
            let entry = entry?;
            let path = join(parent, entry.name());
            match entry {
                Entry::Dir(dir) => {
                    check_depth(dir, depth)?;
                    self.find_contents(dir, &path, depth + 1)?;
                }
                Entry::File(file) => {
                    for record in file.records() {
                        let record = record?;
                        if record.kind == kind::DATA {
                            self.contents
                                .entry(record.payload_offset)
                                .or_insert(path.clone());
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn folder(&self, dir: Dir<'_>, path: &str, depth: usize) -> Result<Node, Error> {
        let mut node = Node::new(dir.name(), NodeKind::Folder);
        let mut entries = dir.entries();
        for record in dir.records() {
            let record = record?;
            if !matches!(record.kind, kind::FILE | kind::DIRECTORY) {
                node.add_record(&record);
                continue;
            }
            let Some(entry) = entries.next().transpose()? else {
                continue;
            };
            let path = join(path, entry.name());
            let mut child = match entry {
                Entry::Dir(dir) => {
                    check_depth(dir, depth)?;
                    self.folder(dir, &path, depth + 1)?
                }
                Entry::File(file) => self.file(file)?,
            };
            // The head of the record and the name, less what is padding of the length.
            let whole = head_bytes(&record) + record.payload.len() as u64;
            let padding = head_padding(&record);
            child.add(Part::Padding, padding);
            child.add(Part::Records, whole - child.bytes);
            node.absorb(child);
        }
        Ok(node)
    }

    fn file(&self, file: File<'_>) -> Result<Node, Error> {
        let is_module = file.name().ends_with(b".mpy");
        let kind = if is_module {
            NodeKind::Module
        } else {
            NodeKind::File
        };
        let mut node = Node::new(file.name(), kind);
        let content = file.data()?;
        let mut first = true;
        for record in file.records() {
            let record = record?;
            match record.kind {
                kind::DATA if first => {
                    first = false;
                    let parts = match is_module {
                        true => parts_of_module(content),
                        false => None,
                    };
                    match parts {
                        Some(parts) => node.merge(&parts),
                        None => node.add(Part::Data, content.len() as u64),
                    }
                    node.add(Part::Padding, head_padding(&record));
                    node.add(Part::Records, head_bytes(&record) - head_padding(&record));
                }
                kind::DATA_POINTER if first => {
                    first = false;
                    node.add_record(&record);
                    node.saved = (content.len() as u64).saturating_sub(record.payload.len() as u64);
                    node.same_as = self.contents.get(&file.data_offset()?).cloned();
                }
                _ => node.add_record(&record),
            }
        }
        if is_module {
            node.ram = import_cost(content, self.model).unwrap_or(0);
            node.modules = 1;
        }
        Ok(node)
    }
}

fn check_depth(dir: Dir<'_>, depth: usize) -> Result<(), Error> {
    if depth + 1 < MAX_DEPTH {
        return Ok(());
    }
    Err(Error {
        kind: ErrorKind::TooDeep { limit: MAX_DEPTH },
        offset: dir.offset(),
    })
}

fn join(parent: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    match parent {
        "" => name.into_owned(),
        _ => format!("{parent}/{name}"),
    }
}

impl Node {
    fn new(name: &[u8], kind: NodeKind) -> Self {
        Self {
            name: String::from_utf8_lossy(name).into_owned(),
            kind,
            bytes: 0,
            parts: Parts::default(),
            saved: 0,
            ram: 0,
            modules: 0,
            same_as: None,
            children: Vec::new(),
        }
    }

    fn add(&mut self, part: Part, bytes: u64) {
        self.parts.add(part, bytes);
        self.bytes += bytes;
    }

    fn merge(&mut self, parts: &Parts) {
        self.parts.merge(parts);
        self.bytes += parts.total();
    }

    /// A record that is all overhead: padding, or something that the filesystem needs.
    fn add_record(&mut self, record: &Record<'_>) {
        let whole = head_bytes(record) + record.payload.len() as u64;
        match record.kind {
            kind::PADDING => self.add(Part::Padding, whole),
            _ => {
                let padding = head_padding(record);
                self.add(Part::Padding, padding);
                self.add(Part::Records, whole - padding);
            }
        }
    }

    fn absorb(&mut self, child: Self) {
        self.merge(&child.parts);
        self.saved += child.saved;
        self.ram += child.ram;
        self.modules += child.modules;
        self.children.push(child);
    }
}

/// Bytes in front of a record's payload.
fn head_bytes(record: &Record<'_>) -> u64 {
    u64::from(record.payload_offset - record.offset)
}

/// Those of them that a shorter encoding would spare: 0x80 in front of the length, for alignment.
fn head_padding(record: &Record<'_>) -> u64 {
    let needed = varuint_len(record.kind) + varuint_len(record.payload.len() as u32);
    head_bytes(record).saturating_sub(needed)
}

fn varuint_len(value: u32) -> u64 {
    u64::from((u32::BITS - value.leading_zeros()).div_ceil(7).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{self, ImageOptions};
    use crate::tree::{self, Node as TreeNode};

    fn built(files: &[(&str, &[u8], u32)]) -> Vec<u8> {
        let mut root = tree::Dir::default();
        for (path, content, align) in files {
            let file = image::File {
                align: *align,
                ..image::File::new(content.to_vec())
            };
            root.insert(path, TreeNode::File(file)).unwrap();
        }
        let (root, files) = root.number();
        let files: Vec<_> = files.into_iter().map(|(_, file)| file).collect();
        image::build(&root, &files, &ImageOptions::default())
            .unwrap()
            .bytes
    }

    fn sum(node: &Node) -> u64 {
        node.children.iter().map(|child| child.bytes).sum()
    }

    fn check(node: &Node) {
        assert_eq!(node.bytes, node.parts.total(), "{}", node.name);
        assert!(sum(node) <= node.bytes, "{}", node.name);
        node.children.iter().for_each(check);
    }

    #[test]
    fn every_byte_is_counted_once() {
        let big = [7u8; 5000];
        let bytes = built(&[
            ("a.bin", &big, 1),
            ("lib/b.bin", &big, 1),
            ("lib/aligned.dat", b"0123456789", 256),
            ("lib/deep/e", b"", 1),
            ("notes.mpy", b"no module at all", 1),
        ]);
        let root = survey(&Image::open(&bytes).unwrap(), &RamModel::default()).unwrap();
        assert_eq!(root.bytes, bytes.len() as u64);
        check(&root);
        assert_eq!(root.parts.of(Part::Data), 5000 + 10 + 16);
        assert!(root.parts.of(Part::Padding) > 0);
        assert!(root.saved > 4900);
        let lib = root.children.iter().find(|c| c.name == "lib").unwrap();
        let copy = lib.children.iter().find(|c| c.name == "b.bin").unwrap();
        assert_eq!(copy.same_as.as_deref(), Some("a.bin"));
        assert!(copy.bytes < 40);
    }

    #[test]
    fn lengths_of_numbers() {
        for (value, length) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (16_383, 2),
            (16_384, 3),
            (u32::MAX, 5),
        ] {
            assert_eq!(varuint_len(value), length);
        }
    }
}
