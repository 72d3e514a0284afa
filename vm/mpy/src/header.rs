//! The first bytes of a .mpy.

use crate::error::{Error, ErrorKind};
use crate::reader::Reader;

/// The version that this crate reads.
pub const VERSION: u8 = 6;
/// The sub-version whose native code current MicroPython loads.
pub const NATIVE_SUB_VERSION: u8 = 3;

/// Machine that a file's native code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Arch {
    /// No native code.
    None = 0,
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X64,
    /// ARMv6 (ARM instructions).
    Armv6,
    /// ARMv6-M.
    Armv6m,
    /// ARMv7-M.
    Armv7m,
    /// ARMv7E-M.
    Armv7em,
    /// ARMv7E-M with a single-precision FPU.
    Armv7emsp,
    /// ARMv7E-M with a double-precision FPU.
    Armv7emdp,
    /// Xtensa (ESP8266).
    Xtensa,
    /// Xtensa with windowed registers (ESP32).
    Xtensawin,
    /// 32-bit RISC-V.
    Rv32imc,
    /// 64-bit RISC-V.
    Rv64imc,
}

impl Arch {
    /// Every architecture, indexed by its id.
    pub const ALL: [Arch; 13] = [
        Arch::None,
        Arch::X86,
        Arch::X64,
        Arch::Armv6,
        Arch::Armv6m,
        Arch::Armv7m,
        Arch::Armv7em,
        Arch::Armv7emsp,
        Arch::Armv7emdp,
        Arch::Xtensa,
        Arch::Xtensawin,
        Arch::Rv32imc,
        Arch::Rv64imc,
    ];

    /// The name that `mpy-cross -march` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Arch::None => "none",
            Arch::X86 => "x86",
            Arch::X64 => "x64",
            Arch::Armv6 => "armv6",
            Arch::Armv6m => "armv6m",
            Arch::Armv7m => "armv7m",
            Arch::Armv7em => "armv7em",
            Arch::Armv7emsp => "armv7emsp",
            Arch::Armv7emdp => "armv7emdp",
            Arch::Xtensa => "xtensa",
            Arch::Xtensawin => "xtensawin",
            Arch::Rv32imc => "rv32imc",
            Arch::Rv64imc => "rv64imc",
        }
    }
}

/// The header: what a loader must agree with before it reads on. A firmware runs no machine code and keeps nothing of that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Always [`VERSION`].
    #[cfg(not(mpy_format_brief))]
    pub version: u8,
    /// Version of the native interface; without meaning where `arch` is none.
    #[cfg(not(mpy_format_brief))]
    pub sub_version: u8,
    /// Machine of the native code.
    pub arch: Arch,
    /// Extensions of that machine that the code uses, if the file states them.
    #[cfg(not(mpy_format_brief))]
    pub arch_flags: Option<u32>,
    /// Width of the small ints that the compiler assumed, in bits.
    pub small_int_bits: u8,
}

const ARCH_FLAGS: u8 = 0x40;
const RESERVED: u8 = 0x80;

impl Header {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Header, Error> {
        if reader.byte()? != b'M'.into() {
            return Err(Error::new(0, ErrorKind::NotMpy));
        }
        let version = reader.byte()? as u8;
        if version != VERSION {
            return Err(Error::new(1, ErrorKind::Version(version)));
        }
        let feature = reader.byte()? as u8;
        let small_int_bits = reader.byte()? as u8;
        let sub_version = feature & 3;
        let id = feature >> 2 & 0x0f;
        let arch = *Arch::ALL
            .get(usize::from(id))
            .ok_or(Error::new(2, ErrorKind::Arch(id)))?;
        if feature & RESERVED != 0 || (arch == Arch::None && feature & ARCH_FLAGS != 0) {
            return Err(Error::new(2, ErrorKind::Feature(feature)));
        }
        if arch != Arch::None && sub_version != NATIVE_SUB_VERSION {
            return Err(Error::new(2, ErrorKind::SubVersion(sub_version)));
        }
        let arch_flags = if feature & ARCH_FLAGS != 0 {
            Some(reader.vuint()?)
        } else {
            None
        };
        #[cfg(mpy_format_brief)]
        let _ = arch_flags;
        Ok(Header {
            #[cfg(not(mpy_format_brief))]
            version,
            #[cfg(not(mpy_format_brief))]
            sub_version,
            arch,
            #[cfg(not(mpy_format_brief))]
            arch_flags,
            small_int_bits,
        })
    }
}
