//! From a tree of contents to the bytes of an image.

use std::collections::HashMap;

use romfs_runtime::format::image_record::{BUILD_ID, BUILD_ID_LEN, TAIL};
use romfs_runtime::format::{MAGIC, kind, path_index};
use sha2::{Digest, Sha256};

use super::File;
use super::constants::Pool;
use super::index::{self, Shape};
use super::layout::{Body, Record, is_entry, place_all};
use super::places::Places;
use super::prelink::{self, Table};
use super::records::{ImageRecord, PAYLOAD_AT, put_padding, put_pointer, put_varuint, varuint_len};
use crate::abi::Abi;
use crate::error::{Error, Result};
use crate::tree::{Dir, Node};

/// Largest alignment of a file's content. Each costs up to as many bytes of the image.
pub const MAX_ALIGNMENT: u32 = 1 << 20;

/// Content shorter than this is stored again rather than pointed to: the pointer would take as many bytes.
const SHORTEST_SHARED: usize = 9;

/// What to put into an image besides the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageOptions {
    /// The image record; its presence also pads the header, so that content can be aligned.
    pub record: Option<ImageRecord>,
    /// A CRC-32 for each file.
    pub checksums: bool,
    /// The path index; only beside an image record, which tells a reader where it is.
    pub index: bool,
    /// Store equal contents once.
    pub dedupe: bool,
    /// An earlier image whose entries keep their places as far as they can.
    pub base: Option<Places>,
    /// The firmware whose imports are to be spared work; only beside an image record.
    pub link: Option<Abi>,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self {
            record: Some(ImageRecord::default()),
            checksums: true,
            index: true,
            dedupe: true,
            base: None,
            link: None,
        }
    }
}

impl ImageOptions {
    /// Nothing but the tree, in the bytes that mpremote writes.
    pub fn plain() -> Self {
        Self {
            record: None,
            checksums: false,
            index: false,
            dedupe: false,
            base: None,
            link: None,
        }
    }

    fn is_plain(&self) -> bool {
        *self == Self::plain()
    }
}

/// A finished image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// All of its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, with the build id itself taken as zero; `None` without an image record.
    pub build_id: Option<[u8; 32]>,
    /// Whether it has a path index.
    pub indexed: bool,
    /// Files that point to the content of another, and the bytes that this saved.
    pub shared: Shared,
}

/// What storing equal contents once came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shared {
    /// Files whose content is a pointer.
    pub files: usize,
    /// Their bytes, which were not stored again.
    pub bytes: u64,
}

/// Writes an image of `tree`, whose files are numbers into `files`. Entries keep their order.
///
/// # Errors
/// [`Error::BadPath`] and [`Error::DuplicatePath`] for names that an image must not have, [`Error::Alignment`], and
/// [`Error::TooLarge`] for an image that 32-bit positions cannot reach.
pub fn build(tree: &Dir<usize>, files: &[File], options: &ImageOptions) -> Result<Image> {
    let mut alignments = check_alignments(files)?;
    let (targets, shared) = if options.dedupe {
        share(files, &mut alignments)
    } else {
        (Vec::new(), Shared::default())
    };
    let plain = options.is_plain();
    let recorder = Recorder {
        files,
        alignments: &alignments,
        targets: &targets,
        base: options.base.as_ref(),
        checksums: options.checksums,
        plain,
    };
    let mut records = Vec::new();
    if let Some(record) = &options.record {
        records.push(Record::new(
            kind::IMAGE_RECORD,
            Body::Bytes {
                bytes: record.payload(),
                align: 1,
            },
        ));
    }
    records.extend(recorder.children("", tree)?);
    let image = if plain {
        finish_plain(records, files)?
    } else {
        finish(records, files, options)?
    };
    Ok(Image { shared, ..image })
}

/// Lays out and writes an image with the shortest header of even total size.
fn finish_plain(mut records: Vec<Record>, files: &[File]) -> Result<Image> {
    let payload_len = place_all(&mut records, 0);
    let odd = ((MAGIC.len() + varuint_len(payload_len)) as u64 + payload_len) & 1;
    let mut writer = Writer::new(payload_len, varuint_len(payload_len) + odd as usize, files)?;
    writer.put_all(&records, 0);
    Ok(writer.into_image())
}

/// Lays out and writes an image with extensions: payload at 16, the tail last, the build id over it all.
fn finish(mut records: Vec<Record>, files: &[File], options: &ImageOptions) -> Result<Image> {
    let tail_at = place_all(&mut records, PAYLOAD_AT);
    let mut end = tail_at;
    if tail_at > u64::from(u32::MAX) {
        return Err(Error::TooLarge {
            size: tail_at,
            limit: u32::MAX.into(),
        });
    }
    if let Some(abi) = options.link.as_ref().filter(|_| options.record.is_some()) {
        end = link(abi, &mut records, files, end);
    }
    let index = if options.index && options.record.is_some() {
        index_payload(&records)
    } else {
        None
    };
    let indexed = index.is_some();
    if let Some(bytes) = index {
        let mut record = Record::new(kind::PATH_INDEX, Body::Bytes { bytes, align: 4 });
        end = record.place(end);
        records.push(record);
    }
    if !end.is_multiple_of(2) {
        // Widening an earlier record would move aligned content; a padding record of three bytes moves nothing.
        let mut record = Record::new(
            kind::PADDING,
            Body::Bytes {
                bytes: vec![0],
                align: 1,
            },
        );
        end = record.place(end);
        records.push(record);
    }
    let mut writer = Writer::new(end - PAYLOAD_AT, PAYLOAD_AT as usize - MAGIC.len(), files)?;
    writer.put_all(&records, PAYLOAD_AT);
    let mut image = writer.into_image();
    image.indexed = indexed;
    if options.record.is_some() {
        let record_at = records[0].payload_at() as usize;
        let tail = (tail_at - PAYLOAD_AT) as u32;
        image.bytes[record_at + TAIL..][..4].copy_from_slice(&tail.to_le_bytes());
        let id: [u8; BUILD_ID_LEN] = Sha256::digest(&image.bytes).into();
        image.bytes[record_at + BUILD_ID..][..BUILD_ID_LEN].copy_from_slice(&id);
        image.build_id = Some(id);
    }
    Ok(image)
}

/// Adds what spares imports their work, from offset `end` on; the offset behind it.
fn link(abi: &Abi, records: &mut Vec<Record>, files: &[File], end: u64) -> u64 {
    let mut end = end;
    let modules = prelink::modules(records, position);
    let table = Table::of(abi, &modules, files);
    let Some(bytes) = table.payload(abi) else {
        return end;
    };
    let mut record = Record::new(kind::PRELINK, Body::Bytes { bytes, align: 4 });
    end = record.place(end);
    records.push(record);
    let pool = Pool::of(abi, &table, &modules, files);
    if !pool.is_empty() {
        let body = |bytes| Body::Bytes { bytes, align: 8 };
        let mut record = Record::new(kind::CONSTANTS, body(vec![0; pool.len()]));
        end = record.place(end);
        record.body = body(pool.payload(abi, position(record.payload_at())));
        records.push(record);
    }
    end
}

fn check_alignments(files: &[File]) -> Result<Vec<u32>> {
    let check = |file: &File| match file.align {
        align if align.is_power_of_two() && align <= MAX_ALIGNMENT => Ok(align),
        value => Err(Error::Alignment {
            what: "a file".into(),
            value,
            limit: MAX_ALIGNMENT,
        }),
    };
    files.iter().map(check).collect()
}

/// For each file the first one with the same content, or itself. The first takes the strictest alignment of them all.
fn share(files: &[File], alignments: &mut [u32]) -> (Vec<usize>, Shared) {
    let mut first_with: HashMap<(usize, u32), Vec<usize>> = HashMap::with_capacity(files.len());
    let mut shared = Shared::default();
    let mut targets = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        let mut target = number;
        if file.content.len() >= SHORTEST_SHARED {
            let same_sum = first_with
                .entry((file.content.len(), checksum(file)))
                .or_default();
            // Equal checksums are a hint; only equal bytes are the same content.
            match same_sum
                .iter()
                .find(|first| files[**first].content == file.content)
            {
                Some(first) => target = *first,
                None => same_sum.push(number),
            }
        }
        if target != number {
            alignments[target] = alignments[target].max(alignments[number]);
            shared.files += 1;
            shared.bytes += file.content.len() as u64;
        }
        targets.push(target);
    }
    (targets, shared)
}

fn checksum(file: &File) -> u32 {
    file.crc32.unwrap_or_else(|| crc32fast::hash(&file.content))
}

/// Makes the records of a tree.
struct Recorder<'a> {
    files: &'a [File],
    alignments: &'a [u32],
    /// Empty where nothing is shared.
    targets: &'a [usize],
    base: Option<&'a Places>,
    checksums: bool,
    plain: bool,
}

impl Recorder<'_> {
    fn children<'t>(&self, path: &str, dir: &'t Dir<usize>) -> Result<Vec<Record<'t>>> {
        let mut names: Vec<&str> = dir.entries.iter().map(|e| e.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::DuplicatePath {
                path: join(path, pair[0]),
            });
        }
        let record = |entry: &'t crate::tree::Entry<usize>| {
            let name = entry.name.as_str();
            if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
                return Err(Error::BadPath {
                    path: join(path, name),
                });
            }
            let path = join(path, name);
            let (kind, children) = match &entry.node {
                Node::Dir(dir) => (kind::DIRECTORY, self.children(&path, dir)?),
                Node::File(number) => (kind::FILE, self.file(*number)),
            };
            Ok(Record {
                place: self.base.and_then(|base| base.get(&path)),
                ..Record::new(kind, Body::Named { name, children })
            })
        };
        dir.entries.iter().map(record).collect()
    }

    fn file<'t>(&self, number: usize) -> Vec<Record<'t>> {
        let file = &self.files[number];
        let len = file.content.len() as u64;
        let target = self.targets.get(number).copied().unwrap_or(number);
        let mut children = vec![if target == number {
            let align = if self.plain {
                1
            } else {
                self.alignments[number]
            };
            Record::new(
                kind::DATA,
                Body::Content {
                    file: number,
                    len,
                    align: align.into(),
                },
            )
        } else {
            Record::new(kind::DATA_POINTER, Body::Pointer { target, len })
        }];
        if self.checksums {
            let bytes = checksum(file).to_le_bytes().to_vec();
            children.push(Record::new(
                kind::FILE_CHECKSUM,
                Body::Bytes { bytes, align: 1 },
            ));
        }
        children
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

fn index_payload(records: &[Record]) -> Option<Vec<u8>> {
    let mut entries = Vec::new();
    index_entries(path_index::ROOT, 0, records, &mut entries);
    index::build(Shape::of(entries.len())?, &entries)
}

/// Entries of a directory, of that number and with its first child at `parent`, and of those within.
fn index_entries<'t>(
    number: u32,
    parent: u32,
    records: &[Record<'t>],
    entries: &mut Vec<index::Entry<'t>>,
) {
    for record in records.iter().filter(|r| is_entry(r)) {
        let Body::Named { name, children } = &record.body else {
            continue;
        };
        entries.push(index::Entry {
            number,
            parent,
            name,
            record: position(record.at),
        });
        if record.kind == kind::DIRECTORY {
            let number = path_index::number(number, name.as_bytes());
            index_entries(number, position(record.children_at()), children, entries);
        }
    }
}

/// Position within the payload of an offset in an image with extensions, which the caller has checked against 2^32.
fn position(offset: u64) -> u32 {
    (offset - PAYLOAD_AT) as u32
}

/// Puts placed records into bytes.
struct Writer<'a> {
    out: Vec<u8>,
    files: &'a [File],
    /// Position of each file's stored content.
    content_at: Vec<u64>,
}

impl<'a> Writer<'a> {
    fn new(payload_len: u64, length_width: usize, files: &'a [File]) -> Result<Self> {
        let size = payload_len + (MAGIC.len() + length_width) as u64;
        let limit = u64::from(u32::MAX);
        if size > limit {
            return Err(Error::TooLarge { size, limit });
        }
        let mut out = Vec::with_capacity(size as usize);
        out.extend(MAGIC);
        put_varuint(&mut out, payload_len, length_width);
        Ok(Self {
            out,
            files,
            content_at: vec![0; files.len()],
        })
    }

    /// Writes records that were placed with the payload's first byte at offset `payload_at`.
    fn put_all(&mut self, records: &[Record], payload_at: u64) {
        self.note_contents(records, payload_at);
        records.iter().for_each(|record| self.put(record));
    }

    /// Notes where contents are stored, for the pointers to them.
    fn note_contents(&mut self, records: &[Record], payload_at: u64) {
        for record in records {
            match &record.body {
                Body::Content { file, .. } => {
                    self.content_at[*file] = record.payload_at() - payload_at
                }
                Body::Named { children, .. } => self.note_contents(children, payload_at),
                _ => {}
            }
        }
    }

    fn put(&mut self, record: &Record) {
        if record.padding > 0 {
            put_padding(&mut self.out, record.padding);
        }
        let out = &mut self.out;
        put_varuint(out, record.kind.into(), varuint_len(record.kind.into()));
        put_varuint(out, record.length, record.length_width);
        match &record.body {
            Body::Content { file, .. } => out.extend_from_slice(&self.files[*file].content),
            Body::Pointer { target, len } => put_pointer(out, *len, self.content_at[*target]),
            Body::Bytes { bytes, .. } => out.extend_from_slice(bytes),
            Body::Named { name, children } => {
                put_varuint(out, name.len() as u64, varuint_len(name.len() as u64));
                out.extend_from_slice(name.as_bytes());
                children.iter().for_each(|child| self.put(child));
            }
        }
    }

    fn into_image(self) -> Image {
        Image {
            bytes: self.out,
            build_id: None,
            indexed: false,
            shared: Shared::default(),
        }
    }
}
