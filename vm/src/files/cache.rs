//! What an import need not look for again: folders that `sys.path` names and that are not there, and modules that were in
//! none of its folders a moment ago, which every module of a package may try to import.

#[cfg(feature = "littlefs")]
use super::listed::Names;
use crate::qstr::Qstr;
use crate::value::{Slot, Value};

/// Entries of `sys.path` that are remembered: none where bytes count and all folders lie in images, which are quickly asked.
const ENTRIES: usize = if CACHES { 8 } else { 0 };
pub(super) const CACHES: bool = !cfg!(romfs_vm_small) || cfg!(feature = "littlefs");
/// Names that are remembered not to be in a folder; the oldest makes room.
const MISSES: usize = match CACHES {
    false => 1,
    true if cfg!(feature = "tiny") => 4,
    true => 16,
};

/// What is known of entries of `sys.path` that lie in native filesystems, which only this VM changes: whatever changes the
/// tree forgets it.
#[derive(Default)]
pub(crate) struct FoundFolders {
    entries: [Slot; ENTRIES],
    absent: u8,
    /// What the folders of entries may have, where it was looked up.
    #[cfg(feature = "littlefs")]
    names: [Option<Names>; ENTRIES],
    used: usize,
    misses: [Option<(u8, Qstr)>; MISSES],
    next_miss: usize,
}

impl FoundFolders {
    /// Nothing is known any more.
    pub(crate) fn forget(&mut self) {
        if !CACHES {
            return;
        }
        self.used = 0;
        self.absent = 0;
        self.misses = [None; MISSES];
    }

    fn index(&self, entry: Value) -> Option<usize> {
        let known = &self.entries[..self.used];
        known.iter().position(|e| *e == Some(entry))
    }

    /// Whether the folder of an entry is there, where that is known.
    pub(crate) fn get(&self, entry: Value) -> Option<bool> {
        Some(self.absent & 1 << self.index(entry)? == 0)
    }

    /// Whether a module is known not to be in an entry's folder.
    pub(crate) fn lacks(&self, entry: Value, name: Qstr) -> bool {
        match self.index(entry) {
            Some(i) => self.misses.contains(&Some((i as u8, name))),
            None => false,
        }
    }

    /// Remembers that a module is not there, or nothing where the entry is not remembered.
    pub(crate) fn set_lacking(&mut self, entry: Value, name: Qstr) {
        if let Some(i) = self.index(entry) {
            self.misses[self.next_miss] = Some((i as u8, name));
            self.next_miss = (self.next_miss + 1) % MISSES;
        }
    }

    /// Remembers.
    pub(crate) fn set(&mut self, entry: Value, is_there: bool) {
        if self.used < ENTRIES {
            self.entries[self.used] = Some(entry);
            #[cfg(feature = "littlefs")]
            {
                self.names[self.used] = None;
            }
            if !is_there {
                self.absent |= 1 << self.used;
            }
            self.used += 1;
        }
    }

    /// What the folder of an entry may have, where that is known; nothing of an entry that is not remembered.
    #[cfg(feature = "littlefs")]
    pub(crate) fn names(&self, entry: Value) -> Option<Option<Names>> {
        Some(self.names[self.index(entry)?])
    }

    /// Remembers that.
    #[cfg(feature = "littlefs")]
    pub(crate) fn set_names(&mut self, entry: Value, names: Names) {
        if let Some(i) = self.index(entry) {
            self.names[i] = Some(names);
        }
    }

    /// The entries are compared by their words, so they must not be freed meanwhile.
    pub(crate) fn roots(&self) -> &[Slot] {
        &self.entries[..self.used]
    }
}
