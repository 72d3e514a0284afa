//! The file that holds the second flash of qemu-riscv32, as its factory fills it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes of the flash.
pub const FLASH: usize = 32 << 20;
/// Bytes of an erase sector.
const SECTOR: usize = 256 << 10;
/// The board's flash map (boards/qemu-riscv32/README.md).
const RECORD: usize = 2 * SECTOR;
const FACTORY: usize = 66 * SECTOR;
const FACTORY_SIZE: usize = 32 * SECTOR;
const PROVISION: usize = 127 * SECTOR;

/// The flash in its file.
#[derive(Debug)]
pub struct FlashFile(File);

impl FlashFile {
    /// The flash at `path`; an erased one where there is none.
    ///
    /// # Errors
    /// The system's; a file of another size.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.metadata()?.len() {
            0 => file.write_all(&vec![0xff; FLASH])?,
            length if length == FLASH as u64 => {}
            length => {
                let what = format!("has {length} bytes; the flash of this board has {FLASH}");
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
        Ok(Self(file))
    }

    fn write(&mut self, at: usize, size: usize, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(at as u64))?;
        self.0.write_all(bytes)?;
        let used = bytes.len().next_multiple_of(SECTOR).min(size);
        self.0.write_all(&vec![0xff; used - bytes.len()])
    }

    /// Makes this the image that the factory put there, and what boots: the boot record is erased. Slots and files stay.
    ///
    /// # Errors
    /// The system's; an image that is too large.
    pub fn write_image(&mut self, image: &[u8]) -> io::Result<()> {
        if image.len() > FACTORY_SIZE {
            let what = format!(
                "the image has {} bytes; there is room for {FACTORY_SIZE}",
                image.len()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.write(0, RECORD, &vec![0xff; RECORD])?;
        self.write(FACTORY, FACTORY_SIZE, image)
    }

    /// Makes this the key that images have to be signed with.
    ///
    /// # Errors
    /// The system's.
    pub fn write_key(&mut self, key: &[u8; 32]) -> io::Result<()> {
        let mut bytes = b"ROMFSKEY".to_vec();
        bytes.extend_from_slice(key);
        self.write(PROVISION, SECTOR, &bytes)
    }

    /// The whole flash.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(FLASH);
        self.0.rewind()?;
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
