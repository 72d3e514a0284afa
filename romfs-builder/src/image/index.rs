//! The path index: a perfect hash table over all entries (section 4.3 of `romfs-runtime/SPEC.md`).

use romfs_runtime::format::path_index::{
    self, FREE, HEADER_LEN, MAX_BUCKET_BITS, PILOT_LEN, SLOT_LEN,
};

/// Most seeds that are tried before an image goes without an index.
const MAX_SEEDS: u32 = 256;

/// An entry to be found: its directory's number and position, its name and its record. Positions count from the image's payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'t> {
    pub number: u32,
    pub parent: u32,
    pub name: &'t str,
    pub record: u32,
}

/// Sizes of the tables for a number of entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    bucket_bits: u8,
    slots: u32,
}

impl Shape {
    /// The shape for `entries`; `None` for no entries, or more than a table can hold.
    pub fn of(entries: usize) -> Option<Self> {
        let count = u32::try_from(entries).ok().filter(|n| *n > 0)?;
        let bucket_bits = count
            .div_ceil(4)
            .next_power_of_two()
            .trailing_zeros()
            .max(1) as u8;
        let slots = count.checked_add(count / 8)?.checked_add(1)?;
        (bucket_bits <= MAX_BUCKET_BITS).then_some(Self { bucket_bits, slots })
    }

    /// Bytes of the payload.
    pub fn payload_len(self) -> usize {
        HEADER_LEN + PILOT_LEN * self.buckets() + SLOT_LEN * self.slots as usize
    }

    fn buckets(self) -> usize {
        1 << self.bucket_bits
    }
}

fn hash(seed: u32, entry: &Entry) -> u32 {
    path_index::hash(seed, entry.number, entry.name.as_bytes())
}

/// The payload of the index record over `entries`; `None` if no seed gives every entry its own slot.
pub(super) fn build(shape: Shape, entries: &[Entry]) -> Option<Vec<u8>> {
    (0..MAX_SEEDS).find_map(|seed| {
        let table = Table::fill(shape, seed, entries)?;
        Some(table.payload(shape, seed, entries))
    })
}

/// Pilots of the buckets and, for each slot, the number of its entry or [`FREE`].
struct Table {
    pilots: Vec<u16>,
    slots: Vec<u32>,
}

impl Table {
    fn fill(shape: Shape, seed: u32, entries: &[Entry]) -> Option<Self> {
        let buckets = buckets(shape, seed, entries)?;
        let mut table = Self {
            pilots: vec![0; shape.buckets()],
            slots: vec![FREE; shape.slots as usize],
        };
        let mut places = Vec::new();
        for bucket in buckets {
            let number = path_index::bucket(bucket[0].0, shape.bucket_bits) as usize;
            table.pilots[number] =
                (0..=u16::MAX).find(|pilot| table.fits(shape, &bucket, *pilot, &mut places))?;
            for (place, (_, entry)) in places.iter().zip(&bucket) {
                table.slots[*place as usize] = *entry;
            }
        }
        Some(table)
    }

    /// Whether `pilot` sends the bucket's entries to free and different slots, which go to `places`.
    fn fits(&self, shape: Shape, bucket: &[(u32, u32)], pilot: u16, places: &mut Vec<u32>) -> bool {
        places.clear();
        bucket.iter().all(|(hash, _)| {
            let slot = path_index::slot(*hash, pilot, shape.slots);
            let free = self.slots[slot as usize] == FREE && !places.contains(&slot);
            places.push(slot);
            free
        })
    }

    fn payload(&self, shape: Shape, seed: u32, entries: &[Entry]) -> Vec<u8> {
        let mut out = Vec::with_capacity(shape.payload_len());
        for word in [
            seed,
            shape.slots,
            entries.len() as u32,
            shape.bucket_bits.into(),
        ] {
            out.extend(word.to_le_bytes());
        }
        out.extend(self.pilots.iter().flat_map(|pilot| pilot.to_le_bytes()));
        for slot in &self.slots {
            let words = match entries.get(*slot as usize) {
                Some(entry) => [entry.parent, entry.record],
                None => [FREE, FREE],
            };
            out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        out
    }
}

/// Hash and number of each entry, by bucket: the fullest bucket first, then in order of bucket. `None` if two share a
/// hash, which no pilot could tell apart.
fn buckets(shape: Shape, seed: u32, entries: &[Entry]) -> Option<Vec<Vec<(u32, u32)>>> {
    let mut hashes: Vec<(u32, u32)> = entries
        .iter()
        .zip(0..)
        .map(|(entry, number)| (hash(seed, entry), number))
        .collect();
    hashes.sort_unstable();
    if hashes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let bucket = |hash| path_index::bucket(hash, shape.bucket_bits);
    let mut buckets: Vec<Vec<_>> = hashes
        .chunk_by(|a, b| bucket(a.0) == bucket(b.0))
        .map(<[(u32, u32)]>::to_vec)
        .collect();
    buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.len()));
    Some(buckets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the slot that a lookup goes to.
    fn look_up(payload: &[u8], number: u32, name: &str) -> (u32, u32) {
        let word = |at: usize| u32::from_le_bytes(payload[at..at + 4].try_into().unwrap());
        let (seed, slots, bits) = (word(0), word(4), payload[12]);
        let h = path_index::hash(seed, number, name.as_bytes());
        let bucket = path_index::bucket(h, bits) as usize;
        let pilot = u16::from_le_bytes(
            payload[HEADER_LEN + PILOT_LEN * bucket..][..PILOT_LEN]
                .try_into()
                .unwrap(),
        );
        let slot = path_index::slot(h, pilot, slots) as usize;
        let at = HEADER_LEN + (PILOT_LEN << bits) + SLOT_LEN * slot;
        (word(at), word(at + 4))
    }

    #[test]
    fn every_entry_is_found_where_it_was_put() {
        for count in [1, 2, 3, 9, 100, 2_000, 20_000] {
            let names: Vec<String> = (0..count).map(|i| format!("name{}.mpy", i / 3)).collect();
            let entries: Vec<Entry> = (0..count)
                .map(|i| Entry {
                    number: i % 3,
                    parent: 100 * (i % 3),
                    name: &names[i as usize],
                    record: 7 * i,
                })
                .collect();
            let shape = Shape::of(entries.len()).unwrap();
            let payload = build(shape, &entries).unwrap();
            assert_eq!(payload.len(), shape.payload_len());
            for entry in &entries {
                assert_eq!(
                    look_up(&payload, entry.number, entry.name),
                    (entry.parent, entry.record)
                );
            }
        }
    }

    #[test]
    fn entries_that_always_collide_have_no_index() {
        let twin = Entry {
            number: 0,
            parent: 0,
            name: "same",
            record: 1,
        };
        assert!(build(Shape::of(2).unwrap(), &[twin, twin]).is_none());
        assert!(Shape::of(0).is_none());
    }
}
