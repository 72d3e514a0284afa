//! Warnings of modules that are imported and nowhere to be found.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Import;

/// Modules that firmware brings, of stock MicroPython's ports and of this project's VM together: what a board lacks of
/// them is beyond what an image can tell.
const FIRMWARE: &[&str] = &[
    "__main__",
    "_asyncio",
    "_boot",
    "_onewire",
    "_thread",
    "alif",
    "aioespnow",
    "aioble",
    "apa106",
    "array",
    "asyncio",
    "binascii",
    "bluetooth",
    "boot",
    "btree",
    "builtins",
    "cmath",
    "collections",
    "cryptolib",
    "deflate",
    "dht",
    "ds18x20",
    "errno",
    "esp",
    "esp32",
    "espnow",
    "ffi",
    "flashbdev",
    "framebuf",
    "fsp",
    "gc",
    "hashlib",
    "heapq",
    "inisetup",
    "io",
    "js",
    "json",
    "jsffi",
    "lcd160cr",
    "lwip",
    "machine",
    "marshal",
    "math",
    "microbit",
    "micropython",
    "mimxrt",
    "mip",
    "neopixel",
    "network",
    "nrf",
    "ntptime",
    "onewire",
    "openamp",
    "os",
    "ota",
    "platform",
    "pyb",
    "pye",
    "random",
    "re",
    "renesas",
    "requests",
    "romfs",
    "rp2",
    "samd",
    "select",
    "sensor",
    "socket",
    "ssl",
    "ssd1306",
    "stm",
    "string",
    "struct",
    "sys",
    "termios",
    "time",
    "tls",
    "uasyncio",
    "uctypes",
    "umachine",
    "uwebsocket",
    "vfs",
    "weakref",
    "webrepl",
    "webrepl_setup",
    "websocket",
    "wipy",
    "wm8960",
    "zephyr",
    "zlib",
    "zsensor",
];

/// Built-in modules that may be imported with a "u" in front of their name.
const ALSO_WITH_U: &[&str] = &[
    "array",
    "binascii",
    "bluetooth",
    "collections",
    "cryptolib",
    "errno",
    "hashlib",
    "heapq",
    "io",
    "json",
    "machine",
    "os",
    "platform",
    "random",
    "re",
    "select",
    "socket",
    "ssl",
    "struct",
    "sys",
    "time",
    "websocket",
    "zlib",
];

/// Most names that get a warning of their own.
const SHOWN: usize = 10;

/// Warnings for what `importers` (paths of modules, with what they import) ask for and `files`, the paths of the
/// image, do not hold. Imports inside a `try` that handles their failure are the program's own business.
pub(super) fn warnings<'a>(
    importers: impl Iterator<Item = (&'a str, &'a Import)>,
    files: &[&str],
) -> Vec<String> {
    let held = Held::new(files);
    let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (importer, import) in importers {
        if import.guarded {
            continue;
        }
        if let Some(name) = held.lacks(importer, import) {
            missing.entry(name).or_default().push(importer);
        }
    }
    let more = missing.len().saturating_sub(SHOWN);
    let mut warnings: Vec<String> = missing
        .into_iter()
        .take(SHOWN)
        .map(|(name, mut importers)| {
            importers.dedup();
            let others = match importers.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            format!(
                "{}{others}: imports {name}, which neither the image nor MicroPython has",
                importers[0]
            )
        })
        .collect();
    if more > 0 {
        warnings.push(format!(
            "{more} more names are imported that neither the image nor MicroPython has"
        ));
    }
    warnings
}

/// Names of the modules and folders of an image.
struct Held<'f> {
    /// Paths without extension, and those of folders.
    paths: BTreeSet<&'f str>,
}

impl<'f> Held<'f> {
    fn new(files: &[&'f str]) -> Self {
        let mut paths = BTreeSet::new();
        for file in files {
            paths.extend(file.strip_suffix(".mpy").or(file.strip_suffix(".py")));
            paths.extend(file.match_indices('/').map(|(at, _)| &file[..at]));
        }
        Self { paths }
    }

    /// The name that cannot be imported, if that is so.
    fn lacks(&self, importer: &str, import: &Import) -> Option<String> {
        if import.level > 0 {
            return self.lacks_relative(importer, import);
        }
        let name = &import.name;
        let top = name.split('.').next().unwrap_or(name);
        let path = name.replace('.', "/");
        if firmware_has(top) && !self.paths.contains(top) {
            return None;
        }
        // As sys.path has it: the image's root, then its lib folder.
        let found = self.paths.contains(path.as_str())
            || self.paths.contains(format!("lib/{path}").as_str());
        (!found).then(|| name.clone())
    }

    fn lacks_relative(&self, importer: &str, import: &Import) -> Option<String> {
        let mut folder = importer;
        for _ in 0..import.level {
            // More dots than folders: the folder may be one that is mounted elsewhere.
            folder = folder.rsplit_once('/')?.0;
        }
        if import.name.is_empty() {
            return None;
        }
        let path = format!("{folder}/{}", import.name.replace('.', "/"));
        (!self.paths.contains(path.as_str())).then(|| path.replace('/', "."))
    }
}

fn firmware_has(name: &str) -> bool {
    FIRMWARE.contains(&name)
        || name
            .strip_prefix('u')
            .is_some_and(|name| ALSO_WITH_U.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(importer: &str, name: &str, level: u32) -> Option<String> {
        let files = [
            "main.mpy",
            "net/__init__.mpy",
            "net/http.mpy",
            "lib/util.mpy",
            "lib/deep/a.mpy",
            "data/x.bin",
            "time.py",
        ];
        let import = Import {
            name: name.to_owned(),
            level,
            guarded: false,
        };
        Held::new(&files).lacks(importer, &import)
    }

    #[test]
    fn names_are_looked_for_where_an_import_looks() {
        for (importer, name, level) in [
            ("main.mpy", "net", 0),
            ("main.mpy", "net.http", 0),
            ("main.mpy", "util", 0),
            ("main.mpy", "deep.a", 0),
            ("main.mpy", "sys", 0),
            ("main.mpy", "utime", 0),
            ("main.mpy", "asyncio", 0),
            ("main.mpy", "time", 0),
            ("net/__init__.mpy", "http", 1),
            ("net/http.mpy", "", 1),
            ("main.mpy", "data", 0),
            ("net/http.mpy", "x", 2),
        ] {
            assert_eq!(lacks(importer, name, level), None, "{importer}: {name}");
        }
        for (importer, name, level, missing) in [
            ("main.mpy", "http", 0, "http"),
            ("main.mpy", "net.ftp", 0, "net.ftp"),
            ("net/http.mpy", "ftp", 1, "net.ftp"),
            ("main.mpy", "usensor2", 0, "usensor2"),
            ("main.mpy", "time.zone", 0, "time.zone"),
        ] {
            assert_eq!(lacks(importer, name, level).as_deref(), Some(missing));
        }
    }

    #[test]
    fn many_missing_names_are_summed_up() {
        let import = |n: usize| Import {
            name: format!("gone{n:02}"),
            level: 0,
            guarded: n == 0,
        };
        let imports: Vec<Import> = (0..14).map(import).collect();
        let warned = warnings(imports.iter().map(|i| ("main.mpy", i)), &["main.mpy"]);
        assert_eq!(warned.len(), SHOWN + 1);
        assert!(
            warned[0].starts_with("main.mpy: imports gone01,"),
            "{}",
            warned[0]
        );
        assert!(
            warned[SHOWN].starts_with("3 more names"),
            "{}",
            warned[SHOWN]
        );
    }
}
