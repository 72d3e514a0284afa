//! Board profiles: where a board keeps its image and which modules it can import.
//!
//! The profiles that come with the command are the files of `boards/profiles/`; a path to another `.toml` file serves
//! as well.

use std::fs;
use std::path::Path;

use mpy_format::Arch;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::mpy_cross::CompileOptions;
use crate::module;

/// A CPU and a flash map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Board {
    /// What to call it on the command line.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Firmware that reads the image: `romfs-vm` or `micropython`.
    pub firmware: Firmware,
    /// Features of `romfs-vm` that its firmware is built with: what an image is prelinked against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm_features: Option<Vec<String>>,
    /// Which modules it imports.
    pub mpy: Mpy,
    /// Places for an image; the first is the default.
    pub partition: Vec<Partition>,
}

/// Firmware of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Firmware {
    /// A firmware of this project.
    RomfsVm,
    /// Stock MicroPython with ROMFS.
    Micropython,
}

/// Modules that a board imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mpy {
    /// mpy-cross's name of the CPU for native code; absent where only bytecode runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// Bits of a small int.
    pub small_int_bits: u8,
}

/// A flash region for an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Partition {
    /// What to call it.
    pub name: String,
    /// Where the CPU sees its first byte; absent where the board decides at run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// Bytes in all.
    pub size: u64,
    /// Bytes at its end that an image must leave free, for the slot's trailer.
    #[serde(default)]
    pub reserved: u64,
    /// Smallest number of bytes that is erased at once.
    pub erase_unit: u32,
    /// Smallest number of bytes that is programmed at once.
    pub write_unit: u32,
}

impl Partition {
    /// Bytes that an image may have.
    pub fn capacity(&self) -> u64 {
        self.size.saturating_sub(self.reserved)
    }
}

macro_rules! profiles {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../profiles/", $name, ".toml")))),*]
    };
}

/// Name and text of every profile that comes with the command, by name.
const PROFILES: &[(&str, &str)] = profiles![
    "alif-ensemble",
    "arduino-giga",
    "esp32",
    "esp8266-2m-romfs",
    "garatronic-pymate-core8",
    "host",
    "mimxrt",
    "mimxrt-1170-evk",
    "nrf51",
    "nrf52832",
    "nrf52840",
    "openmv-ae3",
    "openmv-n6",
    "pybd-sf2",
    "pybd-sf6",
    "qemu-an385",
    "qemu-an500",
    "qemu-an547",
    "qemu-cortex-m3",
    "qemu-microbit",
    "qemu-riscv32",
    "qemu-rv32",
    "qemu-rv64",
    "qemu-sabrelite",
    "ra4m1-clicker",
    "ra4w1",
    "ra6m1",
    "ra6m2",
    "portenta-c33",
    "rp2",
    "samd21",
    "samd51",
    "samd51x20",
    "seeed-arch-mix",
    "vk-ra6m5",
    "weact-h723",
    "weact-h743",
];

/// Every board that comes with the command.
///
/// # Errors
/// [`Error::Profile`] for a damaged one, which the tests rule out.
pub fn all() -> Result<Vec<Board>> {
    PROFILES
        .iter()
        .map(|(name, text)| Board::parse(name, text))
        .collect()
}

impl Board {
    /// The board called `name`, or of the profile at the path `name`.
    ///
    /// # Errors
    /// [`Error::UnknownBoard`] with the names there are, [`Error::Profile`] for a profile that cannot be used.
    pub fn find(name: &str) -> Result<Self> {
        if let Some((name, text)) = PROFILES.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if path.extension().is_some_and(|e| e == "toml") {
            let text =
                fs::read_to_string(path).map_err(Error::io("read the board profile", path))?;
            return Self::parse(name, &text);
        }
        let known = PROFILES
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ");
        Err(Error::UnknownBoard {
            name: name.to_owned(),
            known,
        })
    }

    fn parse(name: &str, text: &str) -> Result<Self> {
        let error = |what: String| Error::Profile {
            name: name.to_owned(),
            what,
        };
        let board: Self = toml::from_str(text).map_err(|e| {
            let line = e
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            error(format!(
                "line {line}: {}",
                e.message().lines().next().unwrap_or_default()
            ))
        })?;
        board.check().map_err(error)?;
        Ok(board)
    }

    fn check(&self) -> Result<(), String> {
        if self.partition.is_empty() {
            return Err("no [[partition]]; an image needs a place".into());
        }
        for partition in &self.partition {
            let Partition {
                name,
                erase_unit,
                write_unit,
                ..
            } = partition;
            if *erase_unit == 0 || *write_unit == 0 || erase_unit % write_unit != 0 {
                return Err(format!(
                    "partition {name}: erase-unit must be a multiple of write-unit, and neither 0"
                ));
            }
            if partition.capacity() == 0 {
                return Err(format!(
                    "partition {name}: no room for an image: size must be more than reserved"
                ));
            }
        }
        if !(8..=63).contains(&self.mpy.small_int_bits) {
            return Err("small-int-bits must be from 8 to 63".into());
        }
        if let Some(name) = self
            .mpy
            .arch
            .as_deref()
            .filter(|name| module::arch(name).is_none())
        {
            return Err(format!("arch {name:?} is none that mpy-cross -march knows"));
        }
        Ok(())
    }

    /// The partition called `name`, or the default one.
    ///
    /// # Errors
    /// [`Error::Profile`] with the names there are.
    pub fn partition(&self, name: Option<&str>) -> Result<&Partition> {
        let found = self
            .partition
            .iter()
            .find(|p| name.is_none_or(|name| name == p.name));
        found.ok_or_else(|| {
            let known = self
                .partition
                .iter()
                .map(|p| p.name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            let what = format!(
                "no partition is called {:?}; there are {known}",
                name.unwrap_or_default()
            );
            Error::Profile {
                name: self.name.clone(),
                what,
            }
        })
    }

    /// CPU that modules' native code must be for; none where only bytecode runs.
    pub fn arch(&self) -> Arch {
        self.mpy
            .arch
            .as_deref()
            .and_then(module::arch)
            .unwrap_or(Arch::None)
    }

    /// How modules for this board are compiled.
    pub fn compile_options(&self) -> CompileOptions {
        CompileOptions {
            arch: self.mpy.arch.clone(),
            small_int_bits: self.mpy.small_int_bits,
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_sound_and_named_as_its_file() {
        let boards = all().unwrap();
        for (board, (file, _)) in boards.iter().zip(PROFILES) {
            assert_eq!(board.name, *file);
        }
    }

    #[test]
    fn every_profile_in_the_folder_comes_with_the_command() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/profiles");
        let mut files: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .filter_map(|e| {
                e.unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".toml")
                    .map(str::to_owned)
            })
            .collect();
        files.sort();
        let mut known: Vec<_> = PROFILES.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(files, known);
    }

    #[test]
    fn errors_name_the_line_or_the_field() {
        let text = fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../boards/profiles/host.toml"),
        )
        .unwrap();
        let error = |text: &str| Board::parse("x.toml", text).unwrap_err().to_string();
        assert!(error(&text.replace("title", "titel")).starts_with("x.toml: line 2:"));
        assert!(error(&text.replace("write-unit = 1", "write-unit = 0")).contains("write-unit"));
    }
}
