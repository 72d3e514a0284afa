//! The numbers of the image format that readers and writers share. `SPEC.md` says what they mean.

/// First bytes of every image: the image record's kind, without padding.
pub const MAGIC: [u8; 3] = [0xD2, 0xCD, 0x31];

/// Record kinds, as in SPEC.md §1.3.
pub mod kind {
    /// Never written; refused by readers.
    pub const UNUSED: u32 = 0;
    /// Padding or comment.
    pub const PADDING: u32 = 1;
    /// Content of a file, verbatim.
    pub const DATA: u32 = 2;
    /// Content of a file that lies elsewhere in the payload.
    pub const DATA_POINTER: u32 = 3;
    /// A directory with a name and child records.
    pub const DIRECTORY: u32 = 4;
    /// A file with a name and child records.
    pub const FILE: u32 = 5;
    /// The image itself.
    pub const IMAGE: u32 = 0x14_a6b1;
    /// Extension: what the image is and for whom (SPEC.md §4.1).
    pub const IMAGE_RECORD: u32 = 0x2900;
    /// Extension: CRC-32 of a file's content (SPEC.md §4.2).
    pub const FILE_CHECKSUM: u32 = 0x2901;
    /// Extension: perfect hash over all entries (SPEC.md §4.3).
    pub const PATH_INDEX: u32 = 0x2903;
    /// Extension: names numbered in advance (SPEC.md §4.4).
    pub const PRELINK: u32 = 0x2904;
    /// Extension: constants laid out in advance (SPEC.md §4.5).
    pub const CONSTANTS: u32 = 0x2905;
    /// First and last kind that belong to this project.
    pub const EXTENSIONS: core::ops::RangeInclusive<u32> = 0x2900..=0x297F;
}

/// Layout of the image record's payload (SPEC.md §4.1).
pub mod image_record {
    /// The only version there is.
    pub const VERSION: u8 = 1;
    /// Where the build id starts.
    pub const BUILD_ID: usize = 1;
    /// Length of the build id in bytes.
    pub const BUILD_ID_LEN: usize = 32;
    /// Where the position of the tail is.
    pub const TAIL: usize = 33;
    /// Where the .mpy target starts: version, sub-version, arch, small-int bits, flags.
    pub const MPY: usize = 37;
    /// Where the builder's name starts (a length byte, then text).
    pub const BUILDER: usize = 45;
    /// Padding records that may stand before the image record.
    pub const PADDING_BEFORE: usize = 7;
    /// Records that the tail may hold.
    pub const TAIL_RECORDS: usize = 16;
}

/// Layout and hash of the path index (SPEC.md §4.3).
pub mod path_index {
    /// Bytes before the pilots.
    pub const HEADER_LEN: usize = 16;
    /// Bytes of a pilot.
    pub const PILOT_LEN: usize = 2;
    /// Bytes of a slot.
    pub const SLOT_LEN: usize = 8;
    /// Largest log2 of the number of buckets.
    pub const MAX_BUCKET_BITS: u8 = 24;
    /// Both words of a free slot.
    pub const FREE: u32 = u32::MAX;

    /// Number of the root directory.
    pub const ROOT: u32 = 0;

    /// Number of a directory, from that of the directory that it is in and its name. It follows from the path alone, so that a
    /// file that grows moves what is behind it in the image, but nothing in the table.
    #[must_use]
    pub fn number(parent: u32, name: &[u8]) -> u32 {
        hash(0, parent, name)
    }

    /// Hash of an entry: `parent` is the number of its directory.
    #[must_use]
    pub fn hash(seed: u32, parent: u32, name: &[u8]) -> u32 {
        let start = seed ^ parent.wrapping_mul(0x9E37_79B1);
        let h = name.iter().fold(start, |h, &byte| {
            (h ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        mix(h)
    }

    /// Bucket of a hash among `2^bits`; `bits` is 1 to 24.
    #[must_use]
    pub fn bucket(hash: u32, bits: u8) -> u32 {
        hash >> (32 - u32::from(bits))
    }

    /// Slot of a hash among `slots`, by its bucket's pilot.
    #[must_use]
    pub fn slot(hash: u32, pilot: u16, slots: u32) -> u32 {
        let g = mix(hash.wrapping_add(u32::from(pilot).wrapping_mul(0x9E37_79B9)));
        ((u64::from(g) * u64::from(slots)) >> 32) as u32
    }

    fn mix(mut x: u32) -> u32 {
        x ^= x >> 16;
        x = x.wrapping_mul(0x85EB_CA6B);
        x ^= x >> 13;
        x = x.wrapping_mul(0xC2B2_AE35);
        x ^ (x >> 16)
    }
}

/// Layout and hash of the prelink record (SPEC.md §4.4).
pub mod prelink {
    /// Bytes before the names.
    pub const HEADER_LEN: usize = 24;
    /// Bytes of a name: position, length, nothing, hash.
    pub const NAME_LEN: usize = 8;
    /// Bytes of a module: position of its content, number of its first id.
    pub const MODULE_LEN: usize = 8;
    /// Id of the first name of the record; ids below are the firmware's.
    pub const FIRST_ID: u16 = 0x8000;
    /// Most names of a record.
    pub const NAMES_MAX: u32 = 0x7F00;

    /// Hash of a name: never zero.
    #[must_use]
    pub const fn hash(text: &[u8]) -> u16 {
        let mut h: u32 = 5381;
        let mut i = 0;
        while i < text.len() {
            h = h.wrapping_mul(33) ^ text[i] as u32;
            i += 1;
        }
        match (h ^ (h >> 16)) as u16 {
            0 => 1,
            folded => folded,
        }
    }
}

/// Layout of the record of constants (SPEC.md §4.5).
pub mod constants {
    /// Bytes before the entries.
    pub const HEADER_LEN: usize = 16;
    /// Bytes of an entry: position of the constant, position of its cell.
    pub const ENTRY_LEN: usize = 8;
    /// Bytes of a cell's header; cells lie at multiples of it.
    pub const CELL_HEADER_LEN: usize = 8;
    /// Kind of a tuple's cell.
    pub const TUPLE: u8 = 10;
    /// Kind of a float's cell.
    pub const FLOAT: u8 = 6;
    /// A str up to this length is the qstr of a name where there is one.
    pub const SHORT: usize = 32;
    /// Most digits, sign apart, of an int that is laid out.
    pub const DIGITS: usize = 15;
    /// Low bits of the word of a text or a cell, where the position lies above them.
    pub const FLASH_TAG: u64 = 0b100;
    /// Where the position starts in such a word.
    pub const FLASH_SHIFT: u32 = 5;
    /// Bit of the word of a text that is bytes.
    pub const BYTES: u64 = 1 << 3;
    /// Bit of the word of a str whose bytes are all ASCII.
    pub const ASCII: u64 = 1 << 4;
    /// Bits of the word of a cell.
    pub const CELL: u64 = BYTES | ASCII;
    /// Bit of the word of a cell that is a tuple: cells lie at multiples of eight.
    pub const CELL_TUPLE: u64 = 1 << FLASH_SHIFT;
}

/// CRC-32 of a file's content as a checksum record holds it (SPEC.md §4.2), with a table of 1 KiB.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    static CRC: crc::Crc<u32, crc::Table<1>> =
        crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}
