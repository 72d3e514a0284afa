//! What of a firmware's ELF file goes into flash, and how large its parts are.

/// A piece of the firmware, and the address that it is loaded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'e> {
    /// Its load address: that in flash, for initial values that start code copies to RAM.
    pub address: u32,
    /// Its bytes.
    pub bytes: &'e [u8],
}

/// Offsets within the header of a 32-bit little-endian file, and within a program header.
mod at {
    pub const PROGRAM_HEADERS: usize = 28;
    pub const PROGRAM_HEADER_SIZE: usize = 42;
    pub const PROGRAM_HEADER_COUNT: usize = 44;
    pub const TYPE: usize = 0;
    pub const OFFSET: usize = 4;
    pub const PHYSICAL: usize = 12;
    pub const FILE_SIZE: usize = 16;
}

const LOAD: u32 = 1;
/// Magic, 32 bits, little-endian.
const HEAD: &[u8] = b"\x7fELF\x01\x01";

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes).into())
}

/// The pieces of a firmware. `None` where the file is no whole 32-bit little-endian ELF file.
pub fn segments(file: &[u8]) -> Option<Vec<Segment<'_>>> {
    if !file.starts_with(HEAD) {
        return None;
    }
    let start = word(file, at::PROGRAM_HEADERS)? as usize;
    let size = half(file, at::PROGRAM_HEADER_SIZE)?;
    let mut found = Vec::new();
    for index in 0..half(file, at::PROGRAM_HEADER_COUNT)? {
        let header = file.get(start + index * size..)?;
        let length = word(header, at::FILE_SIZE)? as usize;
        if word(header, at::TYPE)? != LOAD || length == 0 {
            continue;
        }
        let offset = word(header, at::OFFSET)? as usize;
        found.push(Segment {
            address: word(header, at::PHYSICAL)?,
            bytes: file.get(offset..offset.checked_add(length)?)?,
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_elf_file_or_a_cut_one_has_no_segments() {
        assert_eq!(segments(b"\x7fELF\x02\x01"), None);
        let mut file = vec![0; 52 + 32];
        file[..6].copy_from_slice(HEAD);
        file[at::PROGRAM_HEADERS] = 52;
        file[at::PROGRAM_HEADER_SIZE] = 32;
        file[at::PROGRAM_HEADER_COUNT] = 1;
        file[52 + at::TYPE] = 1;
        file[52 + at::OFFSET] = 80;
        file[52 + at::PHYSICAL + 3] = 0x20;
        file[52 + at::FILE_SIZE] = 4;
        let found = segments(&file).unwrap();
        assert_eq!((found[0].address, found[0].bytes.len()), (0x2000_0000, 4));
        file[52 + at::FILE_SIZE] = 5;
        assert_eq!(segments(&file), None);
    }
}
