//! Boards that QEMU emulates: what to start, and where their firmware finds an image.

pub mod elf;
mod flash;
mod start;

use std::path::{Path, PathBuf};

pub use flash::{FLASH, FlashFile};
pub use start::{Running, Start};

/// An emulated board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emulated {
    /// Its name: that of its profile and of its firmware's folder in `boards/`.
    pub name: &'static str,
    /// The emulator.
    pub qemu: &'static str,
    /// The emulator's arguments for this board.
    pub machine: &'static [&'static str],
    /// What its firmware is compiled for.
    pub target: &'static str,
    /// Where its image lies.
    pub image: Place,
    /// One word each for what it can do.
    pub can: &'static str,
    /// Whether its firmware can run every module of an image.
    pub each: bool,
}

/// Where a board's image lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At this address of its memory; put there by the emulator, kept nowhere.
    Memory {
        /// Where.
        address: u32,
        /// Most bytes.
        size: u32,
    },
    /// In a flash that is kept in a file, see [`FlashFile`].
    Flash,
}

/// The emulated boards.
pub const BOARDS: &[Emulated] = &[
    Emulated {
        name: "qemu-cortex-m3",
        qemu: "qemu-system-arm",
        machine: &["-M", "mps2-an385"],
        target: "thumbv7m-none-eabi",
        image: Place::Memory {
            address: 0x2100_0000,
            size: 4 << 20,
        },
        can: "in place, imports, littlefs in RAM",
        each: true,
    },
    Emulated {
        name: "qemu-microbit",
        qemu: "qemu-system-arm",
        machine: &["-M", "microbit"],
        target: "thumbv6m-none-eabi",
        image: Place::Memory {
            address: 0x3_e800,
            size: 0x1000,
        },
        can: "in place, imports, records",
        each: false,
    },
    Emulated {
        name: "qemu-riscv32",
        qemu: "qemu-system-riscv32",
        machine: &["-M", "virt", "-m", "16M", "-bios", "none"],
        target: "riscv32imac-unknown-none-elf",
        image: Place::Flash,
        can: "in place, imports, littlefs, updates, kept flash",
        each: true,
    },
];

/// The emulated board of this name.
pub fn find(name: &str) -> Option<&'static Emulated> {
    BOARDS.iter().find(|board| board.name == name)
}

impl Emulated {
    /// Where `make boards` puts this board's firmware, in a checkout of the project.
    pub fn built(&self, checkout: &Path) -> Option<PathBuf> {
        let below = Path::new(self.target).join("release").join(self.name);
        let target = checkout.join("target/boards");
        // The second is where scripts/cross.sh builds with Debian's compiler.
        [target.join(&below), target.join("debian").join(&below)]
            .into_iter()
            .find(|path| path.is_file())
    }

    /// The firmware in the checkout that this command was built in, if it was built in one.
    pub fn find_firmware(&self) -> Option<PathBuf> {
        let program = std::env::current_exe().ok()?;
        program.ancestors().find_map(|folder| self.built(folder))
    }
}
