//! How long operations take on a part, so that a run can say what an update would cost.

/// Nanoseconds of each kind of operation.
///
/// A program costs `program_base` once and `program_byte` for each byte, but never more than
/// `program_page`, which is how data sheets state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Each byte read.
    pub read_byte: u64,
    /// First byte of a program operation.
    pub program_base: u64,
    /// Each further byte.
    pub program_byte: u64,
    /// A whole page, and the most that one operation costs.
    pub program_page: u64,
    /// One sector erase.
    pub erase_sector: u64,
}

impl Timing {
    /// Winbond W25Q32JV, typical figures of its data sheet (4 KiB sectors, quad read at 104 MHz).
    pub const W25Q32_TYPICAL: Self = Self {
        read_byte: 20,
        program_base: 30_000,
        program_byte: 2_500,
        program_page: 400_000,
        erase_sector: 45_000_000,
    };

    /// Winbond W25Q32JV, maximum figures of its data sheet.
    pub const W25Q32_MAX: Self = Self {
        read_byte: 20,
        program_base: 50_000,
        program_byte: 12_000,
        program_page: 3_000_000,
        erase_sector: 400_000_000,
    };

    /// Nordic nRF52840 internal flash: 41 µs a word, 85 ms a page.
    pub const NRF52840: Self = Self {
        read_byte: 16,
        program_base: 41_000,
        program_byte: 0,
        program_page: 41_000,
        erase_sector: 85_000_000,
    };

    /// Nanoseconds for programming `length` bytes in one operation.
    pub fn program(&self, length: usize) -> u64 {
        let further = (length as u64).saturating_sub(1) * self.program_byte;
        (self.program_base + further).min(self.program_page)
    }
}
