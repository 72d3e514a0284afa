//! The path index: a perfect hash table over all entries (section 4.3 of `romfs-runtime/SPEC.md`).

/// Most seeds that are tried before an image goes without an index.
const MAX_SEEDS: u32 = 256;
/// Bytes before the table of pilots.
const HEADER_LEN: usize = 16;
/// Both words of a slot that holds nothing.
const FREE: u32 = u32::MAX;

/// An entry to be found: its directory, its name and its record. Positions count from the image's payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'t> {
    pub parent: u32,
    pub name: &'t str,
    pub record: u32,
}

/// Sizes of the tables for a number of entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    bucket_bits: u32,
    slots: u32,
}

impl Shape {
    /// The shape for `entries`; `None` for no entries, or more than a table can hold.
    pub fn of(entries: usize) -> Option<Self> {
        let count = u32::try_from(entries).ok().filter(|n| *n > 0)?;
        let bucket_bits = count.div_ceil(4).next_power_of_two().trailing_zeros().max(1);
        let slots = count.checked_add(count / 8)?.checked_add(1)?;
        (bucket_bits <= 24).then_some(Self { bucket_bits, slots })
    }

    /// Bytes of the payload.
    pub fn payload_len(self) -> usize {
        HEADER_LEN + 2 * self.buckets() + 8 * self.slots as usize
    }

    fn buckets(self) -> usize {
        1 << self.bucket_bits
    }

    fn slot(self, hash: u32, pilot: u16) -> u32 {
        let spread = mix(hash.wrapping_add(u32::from(pilot).wrapping_mul(0x9e37_79b9)));
        ((u64::from(spread) * u64::from(self.slots)) >> 32) as u32
    }
}

fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x85eb_ca6b);
    x ^= x >> 13;
    x = x.wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

fn hash(seed: u32, entry: &Entry) -> u32 {
    let start = seed ^ entry.parent.wrapping_mul(0x9e37_79b1);
    mix(entry.name.bytes().fold(start, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193)))
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
        let mut table = Self { pilots: vec![0; shape.buckets()], slots: vec![FREE; shape.slots as usize] };
        let mut places = Vec::new();
        for bucket in buckets {
            let number = (bucket[0].0 >> (32 - shape.bucket_bits)) as usize;
            table.pilots[number] = (0..=u16::MAX).find(|pilot| table.fits(shape, &bucket, *pilot, &mut places))?;
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
            let slot = shape.slot(*hash, pilot);
            let free = self.slots[slot as usize] == FREE && !places.contains(&slot);
            places.push(slot);
            free
        })
    }

    fn payload(&self, shape: Shape, seed: u32, entries: &[Entry]) -> Vec<u8> {
        let mut out = Vec::with_capacity(shape.payload_len());
        for word in [seed, shape.slots, entries.len() as u32, shape.bucket_bits] {
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
    let mut hashes: Vec<(u32, u32)> =
        entries.iter().zip(0..).map(|(entry, number)| (hash(seed, entry), number)).collect();
    hashes.sort_unstable();
    if hashes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let bucket = |hash: u32| hash >> (32 - shape.bucket_bits);
    let mut buckets: Vec<Vec<_>> =
        hashes.chunk_by(|a, b| bucket(a.0) == bucket(b.0)).map(<[(u32, u32)]>::to_vec).collect();
    buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.len()));
    Some(buckets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lookup as the specification gives it, over the payload's bytes.
    fn look_up(payload: &[u8], parent: u32, name: &str) -> (u32, u32) {
        let word = |at: usize| u32::from_le_bytes(payload[at..at + 4].try_into().unwrap());
        let (seed, m, k) = (word(0), word(4), payload[12]);
        let h = hash(seed, &Entry { parent, name, record: 0 });
        let bucket = (h >> (32 - k)) as usize;
        let pilot = u16::from_le_bytes(payload[16 + 2 * bucket..][..2].try_into().unwrap());
        let g = mix(h.wrapping_add(u32::from(pilot).wrapping_mul(0x9e37_79b9)));
        let slot = ((u64::from(g) * u64::from(m)) >> 32) as usize;
        let at = 16 + (2 << k) + 8 * slot;
        (word(at), word(at + 4))
    }

    #[test]
    fn every_entry_is_found_where_it_was_put() {
        for count in [1, 2, 3, 9, 100, 2_000, 20_000] {
            let names: Vec<String> = (0..count).map(|i| format!("name{}.mpy", i / 3)).collect();
            let entries: Vec<Entry> = (0..count)
                .map(|i| Entry { parent: 100 * (i % 3), name: &names[i as usize], record: 7 * i })
                .collect();
            let shape = Shape::of(entries.len()).unwrap();
            let payload = build(shape, &entries).unwrap();
            assert_eq!(payload.len(), shape.payload_len());
            for entry in &entries {
                assert_eq!(look_up(&payload, entry.parent, entry.name), (entry.parent, entry.record));
            }
        }
    }

    #[test]
    fn entries_that_always_collide_have_no_index() {
        let twin = Entry { parent: 0, name: "same", record: 1 };
        assert!(build(Shape::of(2).unwrap(), &[twin, twin]).is_none());
        assert!(Shape::of(0).is_none());
    }
}
