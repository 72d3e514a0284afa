//! Makes path indexes as SPEC.md §4.3 tells.

use std::collections::{HashMap, HashSet};

use romfs_runtime::format::path_index::{FREE, bucket, hash, slot};

/// An entry of a directory.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number of its directory, which its hash is made of.
    pub number: u32,
    pub parent: u32,
    pub name: Vec<u8>,
    pub record: u32,
}

impl Item {
    /// An entry of the directory of that number, with positions from its first entry.
    pub fn new(number: u32, name: &[u8], record: u32) -> Self {
        Self {
            number,
            parent: 0,
            name: name.to_vec(),
            record,
        }
    }

    /// Moves it together with its directory.
    pub fn shift(&mut self, by: u32) {
        self.parent += by;
        self.record += by;
    }
}

/// Drops entries that no path reaches. `items` are in the order of the image.
pub fn keep_first(items: &mut Vec<Item>) {
    let mut seen = HashSet::new();
    // Of directories of one path only the first is found.
    let mut parents = HashMap::new();
    items.retain(|item| {
        !item.name.is_empty()
            && *parents.entry(item.number).or_insert(item.parent) == item.parent
            && seen.insert((item.number, item.name.clone()))
    });
}

/// Payload of a path index, if one of the seeds serves.
pub fn build(items: &[Item]) -> Option<Vec<u8>> {
    (0..256).find_map(|seed| build_with(seed, items))
}

fn build_with(seed: u32, items: &[Item]) -> Option<Vec<u8>> {
    let bits = (1..=24u8).find(|bits| 1usize << bits >= items.len().div_ceil(4))?;
    let slot_count = (items.len() + items.len() / 8 + 1) as u32;
    let mut buckets = vec![Vec::new(); 1 << bits];
    let mut hashes = HashSet::new();
    for item in items {
        let h = hash(seed, item.number, &item.name);
        hashes.insert(h).then_some(())?;
        buckets[bucket(h, bits) as usize].push((h, item));
    }
    let mut order: Vec<usize> = (0..buckets.len()).collect();
    order.sort_by_key(|&number| std::cmp::Reverse(buckets[number].len()));

    let mut pilots = vec![0u16; buckets.len()];
    let mut slots: Vec<Option<&Item>> = vec![None; slot_count as usize];
    for number in order {
        let pilot = (0..=u16::MAX).find(|&pilot| {
            let places: HashSet<_> = buckets[number]
                .iter()
                .map(|&(h, _)| slot(h, pilot, slot_count))
                .collect();
            places.len() == buckets[number].len()
                && places.iter().all(|&at| slots[at as usize].is_none())
        })?;
        pilots[number] = pilot;
        for &(h, item) in &buckets[number] {
            slots[slot(h, pilot, slot_count) as usize] = Some(item);
        }
    }

    let mut payload = Vec::new();
    for word in [seed, slot_count, items.len() as u32, bits.into()] {
        payload.extend(word.to_le_bytes());
    }
    for pilot in pilots {
        payload.extend(pilot.to_le_bytes());
    }
    for item in slots {
        let (parent, record) = item.map_or((FREE, FREE), |item| (item.parent, item.record));
        payload.extend(parent.to_le_bytes());
        payload.extend(record.to_le_bytes());
    }
    Some(payload)
}
