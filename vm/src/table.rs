//! Entries of dicts, sets and instances: in order of insertion, with an index of hashes above eight of them.
//!
//! A table is one cell: a short head, `cap` entries of key and value, and from nine entries on an open-addressed index
//! of entry numbers (one byte each below 255 entries, then two, then four), a power of two long and at most three
//! quarters full. Up to eight entries are found by comparing the key words one after another. There is no division.
//!
//! Keys that are qstrs or small ints are *plain*: equal keys are the same word. As long as a table holds only plain
//! keys, a plain key that is not found by its word is not there. String keys are replaced by their qstr where they have
//! one, so nearly all tables stay plain.

use crate::CACHES;
use crate::heap::{Cell, Header, Heap, Kind};
use crate::value::{Slot, Value, slot_bits};

/// The head of a table's cell.
#[repr(C)]
pub struct Table {
    header: Header,
    /// Entries written, removed ones among them.
    used: u32,
    /// Room for entries.
    cap: u32,
}

// SAFETY: `repr(C)`, the header first, made only by `Table::alloc`.
unsafe impl Cell for Table {
    const KIND: Kind = Kind::Table;
}

/// One entry. A removed one has no key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    /// The key.
    pub key: Slot,
    /// The value; `None` in a set.
    pub value: Slot,
}

/// Entries up to which there is no index.
const LINEAR: u32 = 8;
/// Header flag: a key is neither a qstr nor a small int.
const ODD_KEYS: u8 = 1;
/// Header flags: the logarithm of the index's slots, so that no lookup has to work it out.
const SLOTS_SHIFT: u32 = 1;
const SLOTS_MASK: u8 = 0x1f;
/// Most entries of a table.
pub const MAX_ENTRIES: u32 = 1 << 26;

/// Room for at least `n` entries, as tables grow: small steps first.
fn capacity(n: u32) -> u32 {
    match n {
        0..=2 => n,
        3..=4 => 4,
        5..=6 => 6,
        7..=8 => 8,
        _ => n + n / 2,
    }
}

/// Index slots for `cap` entries.
fn index_slots(cap: u32) -> u32 {
    if cap <= LINEAR {
        0
    } else {
        (cap + cap / 3 + 1).next_power_of_two()
    }
}

/// Bytes of an index slot.
fn index_width(cap: u32) -> u32 {
    match cap {
        0..=254 => 1,
        255..=65534 => 2,
        _ => 4,
    }
}

/// Whether a key's word says all about it.
#[cfg_attr(not(romfs_vm_least), inline(always))]
#[cfg_attr(romfs_vm_least, inline(never))]
pub fn is_plain(key: Value) -> bool {
    key.is_small() || key.as_qstr().is_some()
}

/// The hash of a plain key.
#[cfg_attr(not(romfs_vm_least), inline(always))]
#[cfg_attr(romfs_vm_least, inline(never))]
pub fn plain_hash(key: Value) -> u32 {
    match key.as_qstr() {
        Some(q) => q.hash(),
        None => int_hash(key.small_unchecked()),
    }
}

/// What hashes of tables are multiplied by: the golden ratio, so that the numbers of names and ints that follow one
/// another, of which most keys are, lie far apart in the upper bits. An index takes its place from those.
pub const SPREAD: u32 = 0x9E37_79B1;

/// The hash that tables use for an int.
#[cfg_attr(not(romfs_vm_least), inline(always))]
#[cfg_attr(romfs_vm_least, inline(never))]
pub fn int_hash(n: isize) -> u32 {
    let n = n as u64;
    ((n ^ (n >> 32)) as u32).wrapping_mul(SPREAD)
}

/// Where a probe of the index stands.
pub struct Probe {
    at: u32,
    mask: u32,
}

impl Table {
    /// A table with room for `n` entries, or nothing where memory is short. The collector does not run.
    pub(crate) fn alloc(heap: &mut Heap, n: u32) -> Option<Value> {
        let cap = capacity(n);
        if cap > MAX_ENTRIES {
            return None;
        }
        let index = index_slots(cap) * index_width(cap);
        let bytes = cap
            .checked_mul(size_of::<Entry>() as u32)?
            .checked_add(index)?;
        let cell = heap.alloc(Kind::Table, bytes)?.as_ptr() as *mut Table;
        // SAFETY: invariant 7; the cell has room for head, entries and index; `alloc` zeroed it.
        unsafe {
            (*cell).used = 0;
            (*cell).cap = cap;
            (*cell).header.flags |=
                (index_slots(cap).max(1).trailing_zeros() as u8 & SLOTS_MASK) << SLOTS_SHIFT;
        }
        Some(Value::from_ptr(cell))
    }

    /// The words of the entries in use that may lead to cells, for the collector: from, to, and how many steps apart.
    ///
    /// # Safety
    /// `table` is a live cell.
    #[inline(always)]
    pub(crate) unsafe fn traced_words(table: *const Table) -> (u32, u32, u32) {
        const START: u32 = (size_of::<Table>() / size_of::<usize>()) as u32;
        // SAFETY: invariant 3; the caller's table.
        let table = unsafe { &*table };
        let end = START + 2 * table.used;
        // A plain key is no pointer.
        if table.is_plain() {
            (START + 1, end, 2)
        } else {
            (START, end, 1)
        }
    }

    /// Entries written so far, removed ones among them.
    #[inline(always)]
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Whether every key is a qstr or a small int.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.header.flags & ODD_KEYS == 0
    }

    #[inline(always)]
    fn entries_ptr(&self) -> *mut Entry {
        (self as *const Table).wrapping_add(1) as *mut Entry
    }

    /// The entries in use.
    #[inline(always)]
    pub fn entries(&self) -> &[Entry] {
        // SAFETY: invariant 3; `used <= cap` entries follow the head.
        unsafe { core::slice::from_raw_parts(self.entries_ptr(), self.used as usize) }
    }

    /// The entries in use, to change their values.
    #[inline(always)]
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(self.entries_ptr(), self.used as usize) }
    }

    #[inline(always)]
    fn index_ptr(&self) -> *mut u8 {
        self.entries_ptr().wrapping_add(self.cap as usize) as *mut u8
    }

    #[cfg_attr(not(romfs_vm_least), inline(always))]
    #[cfg_attr(romfs_vm_least, inline(never))]
    fn index_get(&self, at: u32) -> u32 {
        let p = self.index_ptr();
        // SAFETY: invariant 3; the index of `index_slots(cap)` slots of this width follows the entries.
        unsafe {
            match index_width(self.cap) {
                1 => *p.add(at as usize) as u32,
                2 => (p as *const u16).add(at as usize).read_unaligned() as u32,
                _ => (p as *const u32).add(at as usize).read_unaligned(),
            }
        }
    }

    fn index_set(&mut self, at: u32, n: u32) {
        let p = self.index_ptr();
        // SAFETY: invariant 3; likewise.
        unsafe {
            match index_width(self.cap) {
                1 => *p.add(at as usize) = n as u8,
                2 => (p as *mut u16).add(at as usize).write_unaligned(n as u16),
                _ => (p as *mut u32).add(at as usize).write_unaligned(n),
            }
        }
    }

    /// The entry of a plain key where a hint says that it is.
    #[inline(always)]
    pub fn hinted(&self, key: Value, hint: u8) -> Option<*mut Entry> {
        if CACHES && (hint as u32) < self.used {
            let entry = self.entries_ptr().wrapping_add(hint as usize);
            // SAFETY: invariant 3; `hint < used`.
            if slot_bits(unsafe { (*entry).key }) == key.bits() {
                return Some(entry);
            }
        }
        None
    }

    /// The value of an entry that was just found.
    #[inline(always)]
    pub fn value_at(&self, i: u32) -> Slot {
        debug_assert!(i < self.used);
        self.entries().get(i as usize).and_then(|entry| entry.value)
    }

    /// The entry of a plain key by its word alone. In a table that [`is_plain`](Table::is_plain) no other can match.
    #[inline]
    pub fn find_word(&self, key: Value) -> Option<u32> {
        if self.has_near_index() {
            return self.find_near(key);
        }
        let mut probe = self.probe(plain_hash(key));
        let entries = self.entries_ptr();
        while let Some(i) = self.next_match(&mut probe) {
            // SAFETY: invariant 3; the index holds numbers of entries in use.
            if slot_bits(unsafe { (*entries.add(i as usize)).key }) == key.bits() {
                return Some(i);
            }
        }
        None
    }

    /// Whether the index has slots of one byte, or there is none: then [`find_near`](Table::find_near) may be used.
    #[inline(always)]
    pub fn has_near_index(&self) -> bool {
        index_width(self.cap) == 1
    }

    /// [`find_word`](Table::find_word) in a table of few entries, all of it at the place of its use.
    #[inline(always)]
    pub fn find_near(&self, key: Value) -> Option<u32> {
        debug_assert!(self.has_near_index());
        let entries = self.entries_ptr();
        if !self.has_index() {
            return self.find_linear(key);
        }
        let mut probe = self.probe(plain_hash(key));
        let index = self.index_ptr();
        loop {
            // SAFETY: invariant 3; the index of one-byte slots follows the entries and holds numbers of entries in use.
            unsafe {
                let n = *index.add(probe.at as usize);
                if n == 0 {
                    return None;
                }
                if slot_bits((*entries.add(n as usize - 1)).key) == key.bits() {
                    return Some(n as u32 - 1);
                }
            }
            probe.at = (probe.at + 1) & probe.mask;
        }
    }

    /// The same in a table without an index.
    #[inline(always)]
    pub fn find_linear(&self, key: Value) -> Option<u32> {
        let entries = self.entries_ptr();
        let mut i = 0;
        while i < self.used {
            // SAFETY: invariant 3; `i < used`.
            if slot_bits(unsafe { (*entries.add(i as usize)).key }) == key.bits() {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Whether there is an index at all.
    #[inline(always)]
    pub fn has_index(&self) -> bool {
        self.cap > LINEAR
    }

    /// The next entry of a walk over an index of one-byte slots, and the word of its key; zero where it was removed.
    #[inline(always)]
    pub(crate) fn near_key(&self, probe: &mut Probe) -> Option<(u32, usize)> {
        debug_assert!(self.has_index() && self.has_near_index());
        // SAFETY: invariant 3; such an index follows the entries and holds numbers of entries in use.
        unsafe {
            let n = *self.index_ptr().add(probe.at as usize);
            probe.at = (probe.at + 1) & probe.mask;
            if n == 0 {
                return None;
            }
            let entry = self.entries_ptr().add(n as usize - 1);
            Some((n as u32 - 1, slot_bits((*entry).key)))
        }
    }

    /// Starts a walk over the entries whose hash may be this one. In a table without an index, over all of them.
    #[inline(always)]
    pub fn probe(&self, hash: u32) -> Probe {
        // Without an index the logarithm is 0, and so are mask and place.
        let log = self.header.flags >> SLOTS_SHIFT & SLOTS_MASK;
        Probe {
            at: (hash >> 1) >> (31 - log),
            mask: (1u32 << log) - 1,
        }
    }

    /// The next entry of a walk. Removed entries come too; their key is `None`.
    #[inline]
    pub fn next_match(&self, probe: &mut Probe) -> Option<u32> {
        if probe.mask == 0 {
            let i = probe.at;
            probe.at += 1;
            return if i < self.used { Some(i) } else { None };
        }
        let n = self.index_get(probe.at);
        probe.at = (probe.at + 1) & probe.mask;
        n.checked_sub(1)
    }

    /// Whether one more entry fits.
    pub fn has_room(&self) -> bool {
        self.used < self.cap
    }

    /// How many more entries fit.
    pub fn room(&self) -> u32 {
        self.cap - self.used
    }

    /// Appends an entry whose key is not there yet. There has to be room.
    pub fn push(&mut self, key: Value, value: Slot, hash: u32) -> u32 {
        assert!(self.used < self.cap, "Table::push without room");
        if !is_plain(key) {
            self.header.flags |= ODD_KEYS;
        }
        let i = self.used;
        self.header.aux = 0;
        // SAFETY: invariant 3; `i < cap`.
        unsafe {
            *self.entries_ptr().add(i as usize) = Entry {
                key: Some(key),
                value,
            }
        };
        self.used += 1;
        if self.cap > LINEAR {
            self.index_entry(i, hash);
        }
        i
    }

    /// Enters an entry in the index.
    #[inline(always)]
    fn index_entry(&mut self, i: u32, hash: u32) {
        let mut probe = self.probe(hash);
        while self.index_get(probe.at) != 0 {
            probe.at = (probe.at + 1) & probe.mask;
        }
        self.index_set(probe.at, i + 1);
    }

    /// Removes an entry; its place is used again when the table is rebuilt. Gives what it was.
    pub fn remove(&mut self, i: u32) -> Entry {
        let entry = &mut self.entries_mut()[i as usize];
        core::mem::replace(
            entry,
            Entry {
                key: None,
                value: None,
            },
        )
    }

    /// The last entry that was not removed.
    pub fn last(&self) -> Option<u32> {
        let mut i = self.used - (self.header.aux as u32).min(self.used);
        while i > 0 {
            i -= 1;
            if self.entries()[i as usize].key.is_some() {
                return Some(i);
            }
        }
        None
    }

    /// Removes the entry that [`last`](Table::last) found. The removed ones at the end are counted in `aux`, so that
    /// emptying a table from its end does not walk over them again and again.
    pub fn remove_last(&mut self, i: u32) -> Entry {
        let entry = self.remove(i);
        self.header.aux = (self.used - i).min(u16::MAX as u32) as u16;
        entry
    }

    /// Gives the room behind the last entry up, where all keys are plain; gives the units that the cell keeps.
    fn close_up(&mut self) -> Option<u32> {
        if self.used == self.cap || self.used == 0 || !self.is_plain() {
            return None;
        }
        self.cap = self.used;
        let slots = index_slots(self.cap);
        let index = slots * index_width(self.cap);
        self.header.flags &= !(SLOTS_MASK << SLOTS_SHIFT);
        self.header.flags |= (slots.max(1).trailing_zeros() as u8 & SLOTS_MASK) << SLOTS_SHIFT;
        // SAFETY: invariant 3; entries and index of the smaller table lie inside those of the larger one.
        unsafe { core::ptr::write_bytes(self.index_ptr(), 0, index as usize) };
        if slots > 0 {
            for i in 0..self.used {
                if let Some(key) = self.entries()[i as usize].key {
                    self.index_entry(i, plain_hash(key));
                }
            }
        }
        Some(self.cap * size_of::<Entry>() as u32 + index)
    }

    /// Shortens a table that is not expected to grow any more to the entries in use.
    pub(crate) fn trim(heap: &mut Heap, table: Value) {
        // SAFETY: invariant 3; `table` is a table of the heap, which the caller keeps alive.
        if let Some(len) = unsafe { (*table.ptr::<Table>()).close_up() } {
            heap.shrink(table, len);
        }
    }

    /// Forgets all entries.
    pub fn clear(&mut self) {
        let bytes = self.header.len as usize;
        self.used = 0;
        self.header.aux = 0;
        self.header.flags &= !ODD_KEYS;
        // SAFETY: invariant 3; entries and index are `len` bytes behind the head.
        unsafe { core::ptr::write_bytes(self.entries_ptr() as *mut u8, 0, bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::MaybeUninit;

    fn filled(heap: &mut Heap, n: u32) -> Value {
        let t = Table::alloc(heap, n).expect("the heap is large enough");
        // SAFETY: the cell was just made and nothing else holds it.
        let table = unsafe { &mut *t.ptr::<Table>() };
        for i in 0..n {
            let key = Value::small(i as isize * 7);
            table.push(key, Some(Value::small(i as isize)), plain_hash(key));
        }
        t
    }

    #[test]
    fn a_trimmed_table_keeps_its_keys_and_gives_room_back() {
        for (room, n) in [
            (8, 3),
            (20, 3),
            (20, 9),
            (20, 15),
            (300, 200),
            (300, 290),
            (9, 8),
        ] {
            let mut memory = vec![MaybeUninit::uninit(); 1 << 16];
            let mut heap = Heap::new(&mut memory);
            let t = Table::alloc(&mut heap, room).expect("the heap is large enough");
            // SAFETY: the cell was just made, and no collection runs in this test.
            let table = unsafe { &mut *t.ptr::<Table>() };
            for i in 0..n {
                let key = Value::small(i * 7);
                table.push(key, Some(Value::small(i)), plain_hash(key));
            }
            let before = heap.used_bytes();
            Table::trim(&mut heap, t);
            assert!(heap.used_bytes() < before, "{n} of {room}");
            heap.check().expect("the heap is whole");
            // SAFETY: likewise.
            let table = unsafe { &mut *t.ptr::<Table>() };
            assert!(!table.has_room());
            for i in 0..n {
                let found = table.find_word(Value::small(i * 7));
                assert_eq!(found, Some(i as u32), "{i} of {n} in {room}");
            }
            assert_eq!(table.find_word(Value::small(-1)), None);
        }
    }

    #[test]
    fn finds_every_key_at_every_size() {
        let mut memory = vec![MaybeUninit::uninit(); 4 << 20];
        let mut heap = Heap::new(&mut memory);
        for n in [0, 1, 2, 7, 8, 9, 100, 254, 255, 256, 5000, 50_000] {
            let t = filled(&mut heap, n);
            // SAFETY: no collection runs in this test.
            let table = unsafe { &*t.ptr::<Table>() };
            for i in 0..n {
                assert_eq!(
                    table.find_word(Value::small(i as isize * 7)),
                    Some(i),
                    "{i} of {n}"
                );
            }
            assert_eq!(table.find_word(Value::small(-1)), None);
        }
        heap.check().expect("the heap is whole");
    }
}
