//! What a firmware offers to prelink against: its names, by their ids.

use std::fs;
use std::path::Path;

use romfs_vm::qstr;
use serde::{Deserialize, Serialize};

use crate::board::Board;
use crate::error::{Error, Result};

/// The value of `format` in a file.
const FORMAT: &str = "romfs-abi";
/// The value of `version`.
const VERSION: u32 = 1;

/// The names of a firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abi {
    names: Vec<String>,
    /// Bytes of a word of its VM, and of a float; 0 where that is not known.
    word: usize,
}

/// The file that `romfs abi` prints.
#[derive(Serialize, Deserialize)]
struct AbiFile {
    format: String,
    version: u32,
    /// The hash, for people: it is worked out again.
    hash: String,
    /// Bits of a word, where they are known: what constants are laid out for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    word_bits: Option<u8>,
    names: Vec<String>,
}

impl Abi {
    /// That of the VM in this program.
    pub fn host() -> Self {
        Self {
            names: qstr::NAMES.iter().map(|name| (*name).to_owned()).collect(),
            word: size_of::<usize>(),
        }
    }

    /// That of a firmware of this project with such features of `romfs-vm`: modules, or sets of them.
    ///
    /// # Errors
    /// [`Error::Abi`] for a feature that is not there.
    pub fn of_features(features: &[String]) -> Result<Self> {
        let names = qstr::names_of_features(features.iter().map(String::as_str));
        let names = names.map_err(|feature| Error::Abi {
            what: format!("romfs-vm has no feature {feature}"),
        })?;
        Ok(Self {
            names: names.map(str::to_owned).collect(),
            word: 0,
        })
    }

    /// That of a board's firmware.
    ///
    /// # Errors
    /// [`Error::Abi`] where the profile does not say what the firmware is made of.
    pub fn of_board(board: &Board) -> Result<Self> {
        match &board.vm_features {
            Some(features) => Ok(Self {
                word: if board.mpy.small_int_bits > 31 { 8 } else { 4 },
                ..Self::of_features(features)?
            }),
            None => Err(Error::Abi {
                what: format!(
                    "the profile of {} does not state vm-features, and only firmware of this project prelinks",
                    board.name
                ),
            }),
        }
    }

    /// What `HOST` or the path of a file stands for.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Abi`] for a file that is none.
    pub fn find(what: &str) -> Result<Self> {
        if what == "HOST" {
            return Ok(Self::host());
        }
        let path = Path::new(what);
        let text = fs::read_to_string(path).map_err(|source| Error::Io {
            action: "read",
            path: path.into(),
            source,
        })?;
        Self::parse(&text).map_err(|why| Error::Abi {
            what: format!("{what}: {why}; write it with romfs abi"),
        })
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let file: AbiFile = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(format!("not {FORMAT} of version {VERSION}"));
        }
        let known = file.names.first().is_some_and(String::is_empty)
            && file.names.len() <= usize::from(romfs_runtime::format::prelink::FIRST_ID);
        if !known {
            return Err("not the names of a firmware".into());
        }
        let word = match file.word_bits {
            None => 0,
            Some(32) => 4,
            Some(64) => 8,
            Some(bits) => return Err(format!("no VM has words of {bits} bits")),
        };
        let abi = Self {
            names: file.names,
            word,
        };
        match abi.to_hex() == file.hash {
            true => Ok(abi),
            false => Err("the names do not have the hash that it states".into()),
        }
    }

    /// The names, by id; the one with id 0 is no name.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Bytes of a word of its VM, and of a float; 0 where that is not known.
    pub fn word(&self) -> usize {
        self.word
    }

    /// What identifies the firmware to an image.
    pub fn hash(&self) -> u64 {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        qstr::abi(&names)
    }

    fn to_hex(&self) -> String {
        format!("{:016x}", self.hash())
    }

    /// The text of a file.
    pub fn to_json(&self) -> String {
        let file = AbiFile {
            format: FORMAT.into(),
            version: VERSION,
            hash: self.to_hex(),
            word_bits: (self.word != 0).then_some(8 * self.word as u8),
            names: self.names.clone(),
        };
        // Strings and numbers are always JSON.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_the_names_back_and_one_that_was_changed_is_refused() {
        let abi = Abi::host();
        assert_eq!(abi.hash(), qstr::ABI);
        let text = abi.to_json();
        assert_eq!(Abi::parse(&text).unwrap(), abi);
        for (from, to) in [
            ("\"append\"", "\"appendix\""),
            ("romfs-abi", "romfs-abj"),
            ("version\": 1", "version\": 2"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Abi::parse(&text.replacen(from, to, 1)).is_err(), "{to}");
        }
    }

    #[test]
    fn features_take_names_out_and_all_of_them_are_the_whole_vm() {
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            Abi::of_features(&names)
        };
        let all = of(&["modules", "littlefs", "mod-socket"]).unwrap();
        assert_eq!(all.names(), Abi::host().names());
        assert_eq!((all.word(), Abi::host().word()), (0, size_of::<usize>()));
        let (least, json) = (of(&[]).unwrap(), of(&["mod-json"]).unwrap());
        assert!(least.names().len() < json.names().len());
        assert!(json.names().iter().any(|name| name == "dumps"));
        assert!(!least.names().iter().any(|name| name == "dumps"));
        // Files within the folder of something else have names of their own too.
        for (feature, name) in [
            ("littlefs", "lookahead"),
            ("mod-collections-defaultdict", "default_factory"),
            ("mod-ota", "rollback"),
            ("mod-resources", "ResourcePath"),
        ] {
            let (with, without) = (of(&[feature]).unwrap(), of(&["an385"]).unwrap());
            assert!(with.names().iter().any(|n| n == name), "{feature}");
            assert!(!without.names().iter().any(|n| n == name), "{feature}");
        }
        assert_eq!(least.names()[..166], json.names()[..166]);
        assert!(of(&["mod-none"]).is_err());
    }
}
