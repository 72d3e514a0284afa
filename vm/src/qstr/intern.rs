//! The intern table: text to id and back.

use core::ptr;

use romfs_runtime::format::prelink::{self, FIRST_ID};

use super::window::Window;
use super::{FIRST_DYNAMIC, Qstr, firmware, fixed_text};
use crate::heap::{Heap, Kind};
use crate::value::{Slot, Value};

/// Longest name, in bytes; MicroPython's limit with one-byte lengths.
pub const MAX_NAME: usize = 255;

/// The hash of a text, 16 bits and never zero: strings on the heap keep it in their header.
pub const fn text_hash(text: &[u8]) -> u16 {
    prelink::hash(text)
}

/// Where the text of a name that was entered at run time lies.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    text: *const u8,
    length: u8,
    hash: u16,
}

/// The names entered at run time. Its storage is two raw cells of the heap, which grow.
pub struct Intern<'a> {
    /// `Raw` cell of `capacity` entries.
    entries: Slot,
    /// `Raw` cell of ids, a power of two of them; zero is free.
    index: Slot,
    count: u32,
    capacity: u32,
    mask: u32,
    /// A list of the cells that hold texts that were copied: kept for ever, as a name is.
    texts: Slot,
    /// Names of an image, numbered by its builder.
    pub(super) window: Option<Window<'a>>,
}

impl<'a> Intern<'a> {
    /// A table of no names but the firmware's.
    pub const fn new() -> Intern<'a> {
        Intern {
            entries: None,
            index: None,
            count: 0,
            capacity: 0,
            mask: 0,
            texts: None,
            window: None,
        }
    }

    /// How many names were entered at run time.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// How many names were entered at run time, and the bytes of their texts.
    pub(crate) fn figures(&self) -> (usize, usize) {
        let bytes = (0..self.count as u16).map(|i| self.entry(FIRST_DYNAMIC + i).length as usize);
        (self.len(), bytes.sum())
    }

    /// The id of the first of them.
    pub(crate) fn first_dynamic(&self) -> u16 {
        FIRST_DYNAMIC
    }

    /// The names that there are.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Qstr> {
        (0..FIRST_DYNAMIC + self.count as u16).map(Qstr)
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The cells that a collection has to keep.
    pub(crate) fn roots(&self) -> [Slot; 3] {
        [self.entries, self.index, self.texts]
    }

    fn entry(&self, id: u16) -> Entry {
        debug_assert!(id >= FIRST_DYNAMIC && ((id - FIRST_DYNAMIC) as u32) < self.count);
        // SAFETY: invariant 3; ids are only given out for entries that were written, and the cell is a root.
        unsafe { *self.entries_ptr().add((id - FIRST_DYNAMIC) as usize) }
    }

    fn entries_ptr(&self) -> *mut Entry {
        self.entries.map_or(ptr::null_mut(), |cell| {
            crate::heap::kind::data(cell) as *mut Entry
        })
    }

    fn index_ptr(&self) -> *mut u16 {
        self.index.map_or(ptr::null_mut(), |cell| {
            crate::heap::kind::data(cell) as *mut u16
        })
    }

    /// The text of a name.
    #[inline]
    pub fn text(&self, q: Qstr) -> &[u8] {
        if q.0 < FIRST_DYNAMIC {
            return fixed_text(q.0);
        }
        if q.0 >= FIRST_ID {
            return self.window().map_or(b"", |window| window.text(q));
        }
        let entry = self.entry(q.0);
        // SAFETY: invariant 1 where the text lies in an image, invariant 3 where it was copied (`texts` is a root).
        unsafe { core::slice::from_raw_parts(entry.text, entry.length as usize) }
    }

    /// The content hash of a name.
    pub fn hash(&self, q: Qstr) -> u16 {
        if q.0 < FIRST_DYNAMIC {
            firmware::hash(q)
        } else if q.0 >= FIRST_ID {
            self.window().map_or(0, |window| window.hash(q))
        } else {
            self.entry(q.0).hash
        }
    }

    /// The id of a text, where it has one.
    pub fn find(&self, text: &[u8], hash: u16) -> Option<Qstr> {
        if text.len() > MAX_NAME {
            return None;
        }
        firmware::find(text, hash)
            .or_else(|| self.find_entered(text, hash))
            .or_else(|| self.window()?.find(text, hash))
    }

    /// The same among the names entered at run time.
    fn find_entered(&self, text: &[u8], hash: u16) -> Option<Qstr> {
        if self.count == 0 {
            return None;
        }
        let mut at = hash as u32 & self.mask;
        loop {
            // SAFETY: invariant 3; the index has `mask + 1` ids and is a root.
            let id = unsafe { *self.index_ptr().add(at as usize) };
            if id == 0 {
                return None;
            }
            let entry = self.entry(id);
            if entry.hash == hash && self.text(Qstr(id)) == text {
                return Some(Qstr(id));
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Enters a text that has no id yet and stays where it is for as long as the VM lives (or is in a cell that
    /// [`keep`](Intern::keep) was given). `None` where there is no room, of memory or of ids.
    pub(crate) fn enter(&mut self, heap: &mut Heap, text: &[u8], hash: u16) -> Option<Qstr> {
        let id = u16::try_from(self.count + FIRST_DYNAMIC as u32).ok()?;
        if id >= FIRST_ID {
            return None;
        }
        if self.count == self.capacity {
            self.grow_entries(heap)?;
        }
        if (self.count + 1) * 4 > (self.mask + 1) * 3 || self.index.is_none() {
            self.grow_index(heap)?;
        }
        let entry = Entry {
            text: text.as_ptr(),
            length: text.len() as u8,
            hash,
        };
        // SAFETY: invariant 3; there is room for one more entry, made above.
        unsafe { self.entries_ptr().add(self.count as usize).write(entry) };
        self.count += 1;
        self.put(id, hash);
        Some(Qstr(id))
    }

    fn put(&mut self, id: u16, hash: u16) {
        let mut at = hash as u32 & self.mask;
        // SAFETY: invariant 3; the index has `mask + 1` ids, at least one of them free.
        unsafe {
            while *self.index_ptr().add(at as usize) != 0 {
                at = (at + 1) & self.mask;
            }
            *self.index_ptr().add(at as usize) = id;
        }
    }

    fn grow_entries(&mut self, heap: &mut Heap) -> Option<()> {
        let capacity = if self.capacity == 0 {
            16
        } else {
            self.capacity + self.capacity / 2
        };
        let bytes = capacity as usize * size_of::<Entry>();
        let cell = Value::from_ptr(heap.alloc(Kind::Raw, bytes as u32)?.as_ptr());
        // SAFETY: invariant 3; the new cell has room for the old entries, and they do not overlap.
        unsafe {
            ptr::copy_nonoverlapping(
                self.entries_ptr(),
                crate::heap::kind::data(cell) as *mut Entry,
                self.count as usize,
            )
        };
        self.entries = Some(cell);
        self.capacity = capacity;
        Some(())
    }

    fn grow_index(&mut self, heap: &mut Heap) -> Option<()> {
        let size: u32 = if self.index.is_none() {
            32
        } else {
            (self.mask + 1) * 2
        };
        let cell = Value::from_ptr(heap.alloc(Kind::Raw, size * 2)?.as_ptr());
        // SAFETY: invariant 3; the new cell has `size` ids.
        unsafe { ptr::write_bytes(crate::heap::kind::data(cell) as *mut u16, 0, size as usize) };
        self.index = Some(cell);
        self.mask = size - 1;
        for n in 0..self.count {
            let id = FIRST_DYNAMIC + n as u16;
            self.put(id, self.entry(id).hash);
        }
        Some(())
    }

    /// The list of cells that hold copied texts, for the VM to append to.
    pub(crate) fn texts(&mut self) -> &mut Slot {
        &mut self.texts
    }
}

impl Default for Intern<'_> {
    fn default() -> Self {
        Intern::new()
    }
}
