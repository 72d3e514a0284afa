//! Four things are known at build time:
//!
//! - which dispatch back-end to use (`romfs_vm_tail`): handlers that tail-call need sibling calls, which LLVM makes on
//!   x86-64, aarch64, Thumb-2 and RISC-V at opt-level >= 1, and not on Thumb-1 nor at opt-level 0. The features `dispatch-loop`
//!   and `dispatch-tail` override the choice;
//! - whether bytes count more than time (`romfs_vm_small`): at opt-level s and z; and whether nothing else counts
//!   (`romfs_vm_least`): at those, where the language is not whole either (no feature `functions`); and whether there are few
//!   registers for arguments then (`romfs_vm_few`);
//! - the texts of the firmware's messages, every `msg!("...")` in `src/`: where bytes count they are packed
//!   (`romfs_vm_packed`);
//! - the names that the firmware itself uses: every `q!("...")` in `src/` becomes an interned string in flash, whose id
//!   is a constant. No other crate may rely on these files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

include!("src/qstr/mpy_static.rs");

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_tail)");
    if tail_calls() {
        println!("cargo::rustc-cfg=romfs_vm_tail");
    }
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_small)");
    if small() {
        println!("cargo::rustc-cfg=romfs_vm_small");
    }
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_least)");
    if least() {
        println!("cargo::rustc-cfg=romfs_vm_least");
    }
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_few)");
    if small() && env::var("TARGET").is_ok_and(|target| target.starts_with("thumb")) {
        println!("cargo::rustc-cfg=romfs_vm_few");
    }
    let mut names = BTreeSet::new();
    collect("q!(", Path::new("src"), &left_out(), &mut names);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("names.rs"), table(&names)).expect("OUT_DIR can be written");
    println!("cargo::rustc-check-cfg=cfg(romfs_vm_packed)");
    if small() && env::var_os("CARGO_FEATURE_MESSAGES").is_some() {
        println!("cargo::rustc-cfg=romfs_vm_packed");
        let mut texts = BTreeSet::new();
        collect("msg!(", Path::new("src"), &left_out(), &mut texts);
        fs::write(out.join("texts.rs"), packed(&texts)).expect("OUT_DIR can be written");
    }
    if env::var_os("CARGO_FEATURE_ABI").is_some() {
        fs::write(out.join("features.rs"), features()).expect("OUT_DIR can be written");
    }
}

fn small() -> bool {
    env::var("OPT_LEVEL").is_ok_and(|level| level == "s" || level == "z")
}

fn least() -> bool {
    small() && env::var_os("CARGO_FEATURE_FUNCTIONS").is_none()
}

fn tail_calls() -> bool {
    if env::var_os("CARGO_FEATURE_DISPATCH_LOOP").is_some() {
        return false;
    }
    if env::var_os("CARGO_FEATURE_DISPATCH_TAIL").is_some() {
        return true;
    }
    let target = env::var("TARGET").unwrap_or_default();
    if least() {
        return false;
    }
    let optimised = env::var("OPT_LEVEL").is_ok_and(|level| level != "0");
    // By the counts of `make board-counts` (DESIGN.md). Thumb-1 has no sibling calls through a register.
    let makes_them = ["x86_64", "aarch64", "thumbv7", "thumbv8m.main", "riscv32"];
    optimised && makes_them.iter().any(|name| target.starts_with(name))
}

/// Files and folders whose features are off: their names are not in the firmware. What knows the names of all firmwares has all.
fn left_out() -> Vec<String> {
    if env::var_os("CARGO_FEATURE_ABI").is_some() {
        return Vec::new();
    }
    let is_off = |feature: &&str| {
        let feature = feature.to_uppercase().replace('-', "_");
        env::var_os(format!("CARGO_FEATURE_{feature}")).is_none()
    };
    let manifest = manifest();
    let features = optional(&manifest);
    features
        .into_iter()
        .filter(is_off)
        .flat_map(files_of)
        .collect()
}

fn manifest() -> String {
    fs::read_to_string("Cargo.toml").expect("the manifest is UTF-8")
}

/// The features that bring files of their own. Some modules are compiled all the same, since others use them.
fn optional(manifest: &str) -> Vec<&str> {
    let names = manifest.lines().filter_map(|line| line.split_once(" = "));
    names
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("mod-") || *name == "littlefs")
        .filter(|name| !matches!(*name, "mod-io" | "mod-os" | "mod-vfs"))
        .collect()
}

/// The files or folders that a feature brings, below `src`.
fn files_of(feature: &str) -> Vec<String> {
    let files: &[&str] = match feature.trim_start_matches("mod-") {
        "collections-defaultdict" => &["builtin/collections/default_dict"],
        "deflate-write" => &["builtin/deflate/compress", "builtin/deflate/write"],
        "io-buffered" => &["builtin/io/buffered"],
        "littlefs" => &[
            "files/flash",
            "files/lfs",
            "files/lfs_file",
            "files/listed",
            "files/overlay",
        ],
        "machine" => &["builtin/machine/pin", "builtin/machine/timer"],
        "machine-base" => &[
            "builtin/machine/memory",
            "builtin/machine/mod",
            "builtin/machine/signal",
        ],
        "resources" => &["files/resource"],
        "struct" => &["builtin/structure"],
        "time-calendar" => &["builtin/calendar"],
        module => return vec![format!("builtin/{module}")],
    };
    files.iter().map(|file| (*file).into()).collect()
}

/// For each feature those that bring files, among what it brings, so that the names of a firmware with other features than
/// this one can be told; and for each name the features whose files have it, if all of them can be left out.
fn features() -> String {
    let manifest = manifest();
    let optional = optional(&manifest);
    let lists = feature_lists(&manifest);
    let names_with = |kept: u32| {
        let bits = optional.iter().enumerate();
        let others = bits.filter(|(bit, _)| kept & 1 << bit == 0);
        let files: Vec<String> = others.flat_map(|(_, feature)| files_of(feature)).collect();
        let mut names = BTreeSet::new();
        collect("q!(", Path::new("src"), &files, &mut names);
        names
    };
    let always = names_with(0);
    let mut gates = BTreeMap::<String, u32>::new();
    for (bit, feature) in optional.iter().enumerate() {
        // With what it brings: its files may lie within those of another.
        let names = names_with(gate_of(feature, &lists, &optional));
        let own = names.difference(&always);
        for name in own.filter(|name| !MPY_STATIC.contains(&name.as_str())) {
            *gates.entry(name.clone()).or_default() |= 1 << bit;
        }
    }
    let sets: Vec<(&str, u32)> = lists
        .keys()
        .map(|feature| (*feature, gate_of(feature, &lists, &optional)))
        .collect();
    let gates: Vec<(&String, &u32)> = gates.iter().collect();
    let mut out = String::new();
    writeln!(
        out,
        "/// Features, and those with files of their own that they bring, a bit each."
    )
    .unwrap();
    writeln!(out, "static FEATURES: &[(&str, u32)] = &{sets:?};").unwrap();
    writeln!(
        out,
        "/// Names that only files have which can be left out: the bits of their features."
    )
    .unwrap();
    writeln!(out, "static GATES: &[(&str, u32)] = &{gates:?};").unwrap();
    out
}

/// The features of the manifest and what each names.
fn feature_lists(manifest: &str) -> BTreeMap<&str, Vec<&str>> {
    let (_, features) = manifest
        .split_once("[features]")
        .expect("the manifest has features");
    let features = features.split("\n[").next().unwrap_or_default();
    let entries = features
        .split("]\n")
        .filter_map(|entry| entry.split_once(" = ["));
    entries
        .map(|(head, list)| {
            let name = head.lines().last().unwrap_or_default();
            let quoted = list.split('"').skip(1).step_by(2);
            (name, quoted.collect())
        })
        .collect()
}

/// What a feature brings of those with files, by itself and by others.
fn gate_of(feature: &str, lists: &BTreeMap<&str, Vec<&str>>, optional: &[&str]) -> u32 {
    let bit = optional.iter().position(|name| *name == feature);
    let others = lists.get(feature).into_iter().flatten();
    others.fold(bit.map_or(0, |bit| 1 << bit), |gates, other| {
        gates | gate_of(other, lists, optional)
    })
}

/// Every string literal directly inside a macro's parentheses, in all source files below `folder`.
fn collect(call: &str, folder: &Path, left_out: &[String], names: &mut BTreeSet<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("src can be listed")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        let below = path.strip_prefix("src").expect("all lies in src");
        let name = below.with_extension("");
        if left_out.iter().any(|file| Path::new(file) == name) {
            continue;
        }
        if path.is_dir() {
            collect(call, &path, left_out, names);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            // Quotes within a literal are not its end.
            let text = text.replace("\\\"", "\0");
            for part in text.split(call).skip(1) {
                if let Some(part) = part.trim_start().strip_prefix('"')
                    && let Some((name, _)) = part.split_once("\"")
                {
                    names.insert(name.replace("\\n", "\n").replace('\0', "\""));
                }
            }
        }
    }
}

/// The hash of a name, as `romfs_runtime::format::prelink` has it: the crate checks that it is the same.
fn hash(name: &str) -> u16 {
    let hash = |h: u32, byte: u8| h.wrapping_mul(33) ^ u32::from(byte);
    let h = name.bytes().fold(5381, hash);
    ((h ^ (h >> 16)) as u16).max(1)
}

fn table(names: &BTreeSet<String>) -> String {
    let own = names.iter().map(String::as_str);
    let mut own: Vec<&str> = own.filter(|n| !MPY_STATIC.contains(n)).collect();
    own.sort_by_key(|name| hash(name));
    let mut all: Vec<&str> = vec![""];
    all.extend(MPY_STATIC);
    all.extend(own);
    let mut sorted: Vec<usize> = (1..all.len()).collect();
    sorted.sort_by_key(|&i| all[i]);
    let mut out = String::new();
    out.push_str(&if small() {
        packed_names(&all)
    } else {
        plain_names(&all)
    });
    writeln!(
        out,
        "/// Every name of the firmware, by qstr id: for constants only.\nconst NAMES_CONST: [&str; {}] = {all:?};",
        all.len()
    )
    .unwrap();
    writeln!(
        out,
        "/// Ids in the order of their names.\nconst SORTED: [u16; {}] = {sorted:?};",
        sorted.len()
    )
    .unwrap();
    out
}

/// The texts of names: how long each is, and where each starts.
fn plain_names(all: &[&str]) -> String {
    let lengths: Vec<usize> = all.iter().map(|name| name.len()).collect();
    format!(
        "/// The texts of all names of the firmware, one behind another.\n\
         static TEXTS: &str = {:?};\n\
         /// How long the text of each name is, by qstr id.\n\
         static LENGTHS: [u8; {}] = {lengths:?};\n\
         /// Where each starts.\n\
         static STARTS: [u16; {}] = {:?};\n",
        all.concat(),
        lengths.len(),
        lengths.len(),
        starts(&lengths, 1),
    )
}

/// The length that says that the one of a longer name lies before its text.
const LONG: usize = 15;
/// How many names lie between two whose place is known: a word has so many lengths.
const NAMES_STRIDE: usize = 8;

/// The same in fewer bytes: four bits a length, and where few of them start.
fn packed_names(all: &[&str]) -> String {
    let texts: Vec<String> = all
        .iter()
        .map(|name| match name.len() {
            ..LONG => (*name).into(),
            length => format!("{}{name}", char::from(length as u8)),
        })
        .collect();
    let lengths: Vec<usize> = all.iter().map(|name| name.len().min(LONG)).collect();
    let word = |part: &[usize]| part.iter().rev().fold(0, |word, length| word << 4 | length);
    let words: Vec<usize> = lengths.chunks(NAMES_STRIDE).map(word).collect();
    let taken: Vec<usize> = texts.iter().map(String::len).collect();
    let starts = starts(&taken, NAMES_STRIDE);
    format!(
        "/// The texts of all names of the firmware, one behind another; one of [`LONG`] bytes or more behind its length.\n\
         static TEXTS: &str = {:?};\n\
         /// How long the text of each name is, by qstr id, four bits each: [`LONG`] at most.\n\
         static LENGTHS: [u32; {}] = {words:?};\n\
         /// The length of a name that says its length itself.\n\
         const LONG: usize = {LONG};\n\
         /// Where the text of every so many names starts.\n\
         static STARTS: [u16; {}] = {starts:?};\n\
         /// How many those are.\n\
         const STRIDE: usize = {NAMES_STRIDE};\n",
        texts.concat(),
        words.len(),
        starts.len(),
    )
}

/// Where every so many of texts start that lie one behind another.
fn starts(lengths: &[usize], stride: usize) -> Vec<usize> {
    let mut end = 0;
    let parts = lengths.chunks(stride);
    let start = |part: &[usize]| {
        let start = end;
        end += part.iter().sum::<usize>();
        start
    };
    parts.map(start).collect()
}

/// The first byte that stands for a pair. After 255 go on those from 1 to the first that a text has itself; that of the end has
/// a place, too.
const FIRST_PAIR: usize = 128;
/// What stands for the end of a line, so that all below it may stand for pairs.
const NEWLINE: u8 = 31;
/// How many texts lie between two that are found at once.
const STRIDE: usize = 8;

/// Texts with the pairs of bytes that come most often replaced by a byte each, again and again, and a zero behind each.
fn packed(texts: &BTreeSet<String>) -> String {
    let newline = |byte| if byte == b'\n' { NEWLINE } else { byte };
    let mut all: Vec<Vec<u8>> = texts
        .iter()
        .map(|text| text.bytes().map(newline).collect())
        .collect();
    assert!(all.iter().flatten().all(|&byte| (1..128).contains(&byte)));
    let least = all.iter().flatten().min().map_or(1, |&byte| byte.into());
    let mut pairs: Vec<[u8; 2]> = Vec::new();
    while pairs.len() < 256 - FIRST_PAIR + least
        && let Some(pair) = most_frequent(&all)
    {
        if FIRST_PAIR + pairs.len() == 256 {
            pairs.push([0, 0]);
        }
        let byte = (FIRST_PAIR + pairs.len()) as u8;
        for text in &mut all {
            replace(text, pair, byte);
        }
        pairs.push(pair);
    }
    let (mut bytes, mut starts) = (Vec::new(), Vec::new());
    for (i, text) in all.iter().enumerate() {
        if i % STRIDE == 0 {
            starts.push(bytes.len());
        }
        bytes.extend_from_slice(text);
        bytes.push(0);
    }
    let (n, n_starts, n_pairs) = (bytes.len(), starts.len(), pairs.len());
    format!(
        "/// All texts, for constants only: their order is that of the packed ones.\n\
         pub(super) const TEXTS: [&str; {}] = {texts:?};\n\
         /// The packed texts, each with a zero behind it.\n\
         pub(super) static PACKED: [u8; {n}] = {bytes:?};\n\
         /// Where every so many of them start.\n\
         pub(super) static STARTS: [u16; {n_starts}] = {starts:?};\n\
         /// How many those are.\n\
         pub(super) const STRIDE: usize = {STRIDE};\n\
         /// What bytes stand for, from the first that is no ASCII on.\n\
         pub(super) static PAIRS: [[u8; 2]; {n_pairs}] = {pairs:?};\n\
         /// That one.\n\
         pub(super) const FIRST_PAIR: u8 = {FIRST_PAIR};\n\
         /// What stands for the end of a line.\n\
         pub(super) const NEWLINE: u8 = {NEWLINE};\n",
        texts.len(),
        texts = texts.iter().collect::<Vec<_>>(),
    )
}

/// The pair of bytes that is there most often, if replacing it makes the whole shorter.
fn most_frequent(texts: &[Vec<u8>]) -> Option<[u8; 2]> {
    let mut counts = BTreeMap::<[u8; 2], usize>::new();
    for text in texts {
        let mut at = 0;
        while let [a, b, ..] = text[at..] {
            *counts.entry([a, b]).or_default() += 1;
            // Of three equal bytes only two make a pair.
            at += if text[at..].starts_with(&[a, a, a]) {
                2
            } else {
                1
            };
        }
    }
    let (pair, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 2).then_some(pair)
}

fn replace(text: &mut Vec<u8>, pair: [u8; 2], byte: u8) {
    let mut at = 0;
    while at + 1 < text.len() {
        if text[at..at + 2] == pair {
            text.splice(at..at + 2, [byte]);
        }
        at += 1;
    }
}
