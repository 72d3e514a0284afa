//! Writes images for tests, from SPEC.md and independently of the builder, so that malformed ones can be made too.
#![allow(
    dead_code,
    reason = "each test program uses a part of it; it is compiled into each"
)]

pub mod exercise;
pub mod index;

use romfs_runtime::format::{self, kind, path_index};
use sha2::{Digest, Sha256};

/// A child record of a directory.
#[derive(Clone, Debug)]
pub enum Node {
    File(Vec<u8>, Vec<u8>),
    Dir(Vec<u8>, Vec<Node>),
    /// A record as it is, not indexed.
    Raw(Vec<u8>),
}

pub fn file(name: &str, data: &[u8]) -> Node {
    Node::File(name.into(), data.to_vec())
}

pub fn dir(name: &str, children: Vec<Node>) -> Node {
    Node::Dir(name.into(), children)
}

pub fn varuint(value: u32) -> Vec<u8> {
    padded_varuint(value, 0)
}

/// `value` after `zeros` zero digits.
pub fn padded_varuint(value: u32, zeros: usize) -> Vec<u8> {
    let mut digits = vec![(value & 0x7F) as u8];
    let mut rest = value >> 7;
    while rest > 0 {
        digits.insert(0, (rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    [vec![0x80; zeros], digits].concat()
}

pub fn record(kind: u32, payload: &[u8]) -> Vec<u8> {
    [&varuint(kind), &varuint(payload.len() as u32), payload].concat()
}

/// The payload of a file or directory.
pub fn named(name: &[u8], children: &[u8]) -> Vec<u8> {
    [&varuint(name.len() as u32), name, children].concat()
}

/// A file record with child records of any sort.
pub fn raw_file(name: &str, children: &[u8]) -> Vec<u8> {
    record(kind::FILE, &named(name.as_bytes(), children))
}

pub fn raw_dir(name: &str, children: &[u8]) -> Vec<u8> {
    record(kind::DIRECTORY, &named(name.as_bytes(), children))
}

pub fn data(content: &[u8]) -> Vec<u8> {
    record(kind::DATA, content)
}

pub fn pointer(size: u32, position: u32) -> Vec<u8> {
    record(
        kind::DATA_POINTER,
        &[padded_varuint(size, 3), padded_varuint(position, 3)].concat(),
    )
}

pub fn checksum(content: &[u8]) -> Vec<u8> {
    record(kind::FILE_CHECKSUM, &format::crc32(content).to_le_bytes())
}

/// An image around a payload, its size made even by a zero digit.
pub fn image(payload: &[u8]) -> Vec<u8> {
    let len = payload.len() as u32;
    let odd = (format::MAGIC.len() + varuint(len).len() + payload.len()) % 2;
    [&format::MAGIC, padded_varuint(len, odd).as_slice(), payload].concat()
}

/// A plain v1 image, as mpremote writes it.
pub fn plain(nodes: &[Node]) -> Vec<u8> {
    image(&children(nodes, path_index::ROOT, false).0)
}

/// An image with everything: image record, checksums, index.
pub fn full(nodes: &[Node]) -> Vec<u8> {
    with_tail(nodes, |entries| {
        record(
            kind::PATH_INDEX,
            &index::build(entries).expect("a seed serves"),
        )
    })
}

/// As [`full`], with a tail of the caller's making; it is given what an index has to hold.
pub fn with_tail(nodes: &[Node], tail: impl FnOnce(&[index::Item]) -> Vec<u8>) -> Vec<u8> {
    let (tree, mut entries) = children(nodes, path_index::ROOT, true);
    let before = record(kind::IMAGE_RECORD, &image_record(0)).len() as u32;
    for entry in &mut entries {
        let in_root = entry.parent == 0;
        entry.shift(before);
        if in_root {
            entry.parent = 0;
        }
    }
    entries.sort_by_key(|entry| entry.record);
    index::keep_first(&mut entries);
    let info = record(
        kind::IMAGE_RECORD,
        &image_record(before + tree.len() as u32),
    );
    let mut out = image(&[info, tree, tail(&entries)].concat());
    sign(&mut out);
    out
}

/// Puts the right build id into an image that has an image record.
pub fn sign(image: &mut [u8]) {
    let at = romfs_runtime::Image::open(image)
        .expect("a well-formed image")
        .build_id_offset()
        .expect("an image record") as usize;
    image[at..at + 32].fill(0);
    let digest = Sha256::digest(&*image);
    image[at..at + 32].copy_from_slice(&digest);
}

/// Payload of an image record whose build id is still zero.
pub fn image_record(tail: u32) -> Vec<u8> {
    let mut payload = vec![1];
    payload.extend([0; 32]);
    payload.extend(tail.to_le_bytes());
    payload.extend([6, 3, 5, 31]);
    payload.extend(0u32.to_le_bytes());
    for text in ["tests 1", "a-board"] {
        payload.push(text.len() as u8);
        payload.extend(text.as_bytes());
    }
    payload
}

/// Child records of the directory of that number, and the entries among them with positions from the first of them.
fn children(nodes: &[Node], number: u32, extended: bool) -> (Vec<u8>, Vec<index::Item>) {
    let mut out = Vec::new();
    let mut entries = Vec::new();
    for node in nodes {
        let start = out.len() as u32;
        match node {
            Node::Raw(bytes) => out.extend(bytes),
            Node::File(name, content) => {
                let mut inside = data(content);
                if extended {
                    inside.extend(checksum(content));
                }
                out.extend(record(kind::FILE, &named(name, &inside)));
                entries.push(index::Item::new(number, name, start));
            }
            Node::Dir(name, nodes) => {
                let (inside, mut below) =
                    children(nodes, path_index::number(number, name), extended);
                if name.is_empty() {
                    below.clear();
                }
                let inside_len = inside.len() as u32;
                out.extend(record(kind::DIRECTORY, &named(name, &inside)));
                entries.push(index::Item::new(number, name, start));
                for entry in &mut below {
                    entry.shift(out.len() as u32 - inside_len);
                }
                entries.extend(below);
            }
        }
    }
    (out, entries)
}

pub fn sha256() -> TestSha256 {
    TestSha256(Sha256::default())
}

/// SHA-256 for checks; the crate has its own only with the feature `sha2`.
pub struct TestSha256(Sha256);

impl romfs_runtime::Sha256Hasher for TestSha256 {
    fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.0, bytes);
    }

    fn finish(&mut self) -> [u8; 32] {
        Digest::finalize_reset(&mut self.0).into()
    }
}
