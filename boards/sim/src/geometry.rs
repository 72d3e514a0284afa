//! Sizes and programming rules of a part.

/// How often a program unit may be programmed between two erases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reprogram {
    /// Any number of times, each one clearing further bits: SPI NOR.
    Unlimited,
    /// At most this many times, each one clearing further bits: nRF52 allows 2 per word.
    AtMost(u8),
    /// Once. The usual rule of internal flash with ECC (STM32H7, LPC55).
    Once,
    /// Once, and afterwards only with zeros all over: STM32G0/G4/L4/WB.
    OnceThenZeros,
    /// Only where every byte of the unit reads as erased, however often it was written before.
    BlankOnly,
}

/// What reading a unit that was never programmed gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankRead {
    /// Ones: SPI NOR and most internal flash.
    Ones,
    /// An ECC fault: LPC55 and others whose erased state has no valid check bits.
    Fault,
}

/// What a program operation does that begins in one page and is longer than the rest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overrun {
    /// The address wraps to the start of the same page, as in SPI NOR.
    Wrap,
    /// The operation is refused with [`FlashError::PageCrossed`](crate::FlashError::PageCrossed).
    Refuse,
}

/// Sizes and rules of a simulated part. All sizes are in bytes and powers of two, except that
/// `capacity` may be any multiple of `sector`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Bytes of the whole chip.
    pub capacity: usize,
    /// Erase sector.
    pub sector: usize,
    /// Program page: the most that one program operation can change.
    pub page: usize,
    /// Program unit: offset and length of a program are multiples of it.
    pub unit: usize,
    /// Read unit: offset and length of a read are multiples of it.
    pub read: usize,
    /// How often a unit may be programmed.
    pub reprogram: Reprogram,
    /// Whether each unit carries check bits: a torn or illegally programmed unit then reads as
    /// [`FlashError::Ecc`](crate::FlashError::Ecc).
    pub ecc: bool,
    /// What a blank unit reads as.
    pub blank: BlankRead,
    /// What happens at the end of a page.
    pub overrun: Overrun,
}

impl Geometry {
    /// Serial NOR: 4 KiB sectors, 256 B pages that wrap, single bytes, bits cleared at will.
    pub const fn spi(capacity: usize) -> Self {
        Self {
            capacity,
            sector: 4096,
            page: 256,
            unit: 1,
            read: 1,
            reprogram: Reprogram::Unlimited,
            ecc: false,
            blank: BlankRead::Ones,
            overrun: Overrun::Wrap,
        }
    }

    /// nRF52 style internal flash: 4 KiB pages, words of 4 B, each programmed at most twice.
    pub const fn nrf52(capacity: usize) -> Self {
        Self {
            unit: 4,
            read: 4,
            page: 4,
            reprogram: Reprogram::AtMost(2),
            overrun: Overrun::Refuse,
            ..Self::spi(capacity)
        }
    }

    /// STM32G4/L4 style: 2 KiB pages, double words with ECC, once or zeros.
    pub const fn stm32g4(capacity: usize) -> Self {
        Self {
            sector: 2048,
            unit: 8,
            read: 1,
            page: 8,
            reprogram: Reprogram::OnceThenZeros,
            ecc: true,
            overrun: Overrun::Refuse,
            ..Self::spi(capacity)
        }
    }

    /// STM32H7 style: 128 KiB sectors, flash words of 32 B with ECC, once.
    pub const fn stm32h7(capacity: usize) -> Self {
        Self {
            sector: 128 * 1024,
            unit: 32,
            read: 1,
            page: 32,
            reprogram: Reprogram::Once,
            ecc: true,
            overrun: Overrun::Refuse,
            ..Self::spi(capacity)
        }
    }

    /// LPC55 style: 512 B pages that are also the program unit, and reads of blank pages fault.
    pub const fn lpc55(capacity: usize) -> Self {
        Self {
            sector: 512,
            unit: 512,
            read: 1,
            page: 512,
            reprogram: Reprogram::Once,
            ecc: true,
            blank: BlankRead::Fault,
            overrun: Overrun::Refuse,
            ..Self::spi(capacity)
        }
    }

    /// Parallel NOR with 256 KiB sectors and a 4 KiB write buffer, as QEMU's riscv32 `virt` has.
    pub const fn cfi256k(capacity: usize) -> Self {
        Self {
            sector: 256 * 1024,
            page: 4096,
            unit: 4,
            read: 1,
            overrun: Overrun::Refuse,
            ..Self::spi(capacity)
        }
    }

    /// The same part with another sector size, for small geometries that can be searched whole.
    pub const fn with_sector(self, sector: usize) -> Self {
        Self { sector, ..self }
    }

    /// The same part with another program page.
    pub const fn with_page(self, page: usize) -> Self {
        Self { page, ..self }
    }

    /// The same part with another program unit and policy.
    pub const fn with_unit(self, unit: usize, reprogram: Reprogram, ecc: bool) -> Self {
        Self {
            unit,
            reprogram,
            ecc,
            ..self
        }
    }

    /// Number of erase sectors.
    pub const fn sectors(&self) -> usize {
        self.capacity / self.sector
    }

    /// Whether the sizes fit each other.
    pub const fn is_valid(&self) -> bool {
        self.sector.is_power_of_two()
            && self.page.is_power_of_two()
            && self.unit.is_power_of_two()
            && self.read.is_power_of_two()
            && self.unit <= self.page
            && self.page <= self.sector
            && self.read <= self.sector
            && self.capacity >= self.sector
            && self.capacity.is_multiple_of(self.sector)
            && self.capacity <= u32::MAX as usize
    }
}
