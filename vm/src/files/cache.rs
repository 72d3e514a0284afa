//! Folders that `sys.path` names and that are not there: looked for once, not once a module and ending.

use crate::value::{Slot, Value};

/// Entries of `sys.path` that are remembered.
const ENTRIES: usize = 8;

/// What is known of entries of `sys.path` that lie in native filesystems, which only this VM changes: whatever changes the
/// tree forgets it.
#[derive(Default)]
pub(crate) struct FoundFolders {
    entries: [Slot; ENTRIES],
    absent: u8,
    used: usize,
}

impl FoundFolders {
    /// Nothing is known any more.
    pub(crate) fn forget(&mut self) {
        self.used = 0;
        self.absent = 0;
    }

    /// Whether the folder of an entry is there, where that is known.
    pub(crate) fn get(&self, entry: Value) -> Option<bool> {
        let i = self.entries[..self.used]
            .iter()
            .position(|e| *e == Some(entry))?;
        Some(self.absent & 1 << i == 0)
    }

    /// Remembers.
    pub(crate) fn set(&mut self, entry: Value, is_there: bool) {
        if self.used < ENTRIES {
            self.entries[self.used] = Some(entry);
            if !is_there {
                self.absent |= 1 << self.used;
            }
            self.used += 1;
        }
    }

    /// The entries are compared by their words, so they must not be freed meanwhile.
    pub(crate) fn roots(&self) -> &[Slot] {
        &self.entries[..self.used]
    }
}
