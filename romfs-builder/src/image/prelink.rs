//! The prelink record: what a firmware's VM would find out at each import, found out here (`romfs-runtime/SPEC.md` §4.4).

use std::collections::{BTreeMap, HashMap};

use mpy_format::{Arch, Mpy, QstrSource};
use romfs_runtime::format::prelink::{FIRST_ID, NAMES_MAX, hash};

use super::File;
use super::layout::{Body, Record};
use crate::abi::Abi;

/// The contents of modules in placed records, by where they lie. `position` says where an offset of the image lies in its
/// payload.
pub(super) fn modules(records: &[Record], position: impl Fn(u64) -> u32) -> BTreeMap<u32, usize> {
    let mut stored = BTreeMap::new();
    find_contents(records, &mut stored);
    let mut modules = Vec::new();
    find_modules(records, &mut modules);
    let contents = modules
        .iter()
        .filter_map(|file| Some((*stored.get(file)?, *file)));
    contents.map(|(at, file)| (position(at), file)).collect()
}

/// Offset of each stored content, by its file.
fn find_contents(records: &[Record], stored: &mut BTreeMap<usize, u64>) {
    for record in records {
        match &record.body {
            Body::Content { file, .. } => {
                stored.insert(*file, record.payload_at());
            }
            Body::Named { children, .. } => find_contents(children, stored),
            _ => {}
        }
    }
}

/// The files that have the contents of modules.
fn find_modules(records: &[Record], modules: &mut Vec<usize>) {
    for record in records {
        let Body::Named { name, children } = &record.body else {
            continue;
        };
        if name.ends_with(".mpy") {
            modules.extend(children.iter().filter_map(|child| match child.body {
                Body::Content { file, .. } => Some(file),
                Body::Pointer { target, .. } => Some(target),
                _ => None,
            }));
        }
        find_modules(children, modules);
    }
}

/// A name of the record: where its text is.
struct Name {
    position: u32,
    text: Vec<u8>,
}

/// The record in the making.
pub(super) struct Table<'a> {
    /// The firmware's names.
    fixed: HashMap<&'a [u8], u16>,
    /// Names of the record, by text.
    numbers: HashMap<Vec<u8>, u16>,
    names: Vec<Name>,
    /// Position of each module's content, and the number of its first id.
    modules: Vec<(u32, u32)>,
    ids: Vec<u16>,
    is_full: bool,
}

impl<'a> Table<'a> {
    /// The names of an image's modules.
    pub(super) fn of(abi: &'a Abi, modules: &BTreeMap<u32, usize>, files: &[File]) -> Self {
        let mut table = Self::new(abi);
        for (at, file) in modules {
            table.add(*at, &files[*file].content);
        }
        table
    }

    fn new(abi: &'a Abi) -> Self {
        let ids = abi.names().iter().zip(0u16..).skip(1);
        Table {
            fixed: ids.map(|(name, id)| (name.as_bytes(), id)).collect(),
            numbers: HashMap::new(),
            names: Vec::new(),
            modules: Vec::new(),
            ids: Vec::new(),
            is_full: false,
        }
    }

    /// Adds the module whose content is at this position. One that does not parse, or has native code, is left to the VM.
    fn add(&mut self, at: u32, content: &[u8]) {
        let Ok(mpy) = Mpy::open(content) else {
            return;
        };
        if mpy.header().arch != Arch::None {
            return;
        }
        self.modules.push((at, self.ids.len() as u32));
        for qstr in mpy.qstrs() {
            let id = match qstr.source {
                QstrSource::Static(id) => id.into(),
                QstrSource::Text { text, at: text_at } => self.id_of(text.as_bytes(), at + text_at),
            };
            self.ids.push(id);
        }
    }

    /// The id of a text that is a name.
    pub(super) fn known(&self, text: &[u8]) -> Option<u16> {
        let id = self.fixed.get(text).or_else(|| self.numbers.get(text));
        id.copied()
    }

    fn id_of(&mut self, text: &[u8], position: u32) -> u16 {
        if let Some(id) = self.known(text) {
            return id;
        }
        let number = self.names.len();
        if number >= NAMES_MAX as usize {
            self.is_full = true;
            return 0;
        }
        let id = FIRST_ID + number as u16;
        self.numbers.insert(text.to_vec(), id);
        self.names.push(Name {
            position,
            text: text.to_vec(),
        });
        id
    }

    /// The record's payload, or none where an image has more names than there are ids for.
    pub(super) fn payload(&self, abi: &Abi) -> Option<Vec<u8>> {
        if self.is_full || self.modules.is_empty() {
            return None;
        }
        let bits = (2 * self.names.len() as u32)
            .max(2)
            .next_power_of_two()
            .ilog2();
        let mut out = Vec::new();
        out.extend(abi.hash().to_le_bytes());
        let counts = [
            self.names.len(),
            bits as usize,
            self.modules.len(),
            self.ids.len(),
        ];
        out.extend(
            counts
                .iter()
                .flat_map(|count| (*count as u32).to_le_bytes()),
        );
        for name in &self.names {
            out.extend(name.position.to_le_bytes());
            out.extend([name.text.len() as u8, 0]);
            out.extend(hash(&name.text).to_le_bytes());
        }
        out.extend(
            self.index(bits)
                .iter()
                .flat_map(|number| number.to_le_bytes()),
        );
        for (position, first) in &self.modules {
            out.extend(position.to_le_bytes());
            out.extend(first.to_le_bytes());
        }
        out.extend(self.ids.iter().flat_map(|id| id.to_le_bytes()));
        Some(out)
    }

    /// An open-addressed table of the names' numbers, each one higher; zero is free.
    fn index(&self, bits: u32) -> Vec<u16> {
        let mut slots = vec![0u16; 1 << bits];
        for (number, name) in (1..).zip(&self.names) {
            let mut at = usize::from(hash(&name.text)) & (slots.len() - 1);
            while slots[at] != 0 {
                at = (at + 1) & (slots.len() - 1);
            }
            slots[at] = number;
        }
        slots
    }
}
