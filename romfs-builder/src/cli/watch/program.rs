//! The program of `romfs watch` on this machine: `romfs run` of the image that was built last.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command};

use anyhow::Context;
use tempfile::TempDir;

/// A program that is started again and again.
pub struct Program {
    folder: TempDir,
    module: String,
    arguments: Vec<String>,
    running: Option<Child>,
}

impl Program {
    pub fn new(module: &str, arguments: &[String]) -> anyhow::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new().prefix("romfs-watch-").tempdir()?,
            module: module.to_owned(),
            arguments: arguments.to_vec(),
            running: None,
        })
    }

    /// Ends what runs and starts the program of `image`. It runs by itself, so that a program that hangs, or takes all
    /// of its memory, can be ended.
    pub fn start(&mut self, image: &[u8]) -> anyhow::Result<()> {
        self.end();
        let path = self.folder.path().join("image.romfs");
        std::fs::write(&path, image)
            .with_context(|| format!("{}: cannot write", path.display()))?;
        let romfs: PathBuf =
            std::env::current_exe().context("cannot find this program's own file")?;
        let mut words: Vec<OsString> = vec![
            "run".into(),
            "-m".into(),
            self.module.clone().into(),
            path.into(),
        ];
        if !self.arguments.is_empty() {
            words.push("--".into());
            words.extend(self.arguments.iter().map(OsString::from));
        }
        let child = Command::new(&romfs).args(words).spawn();
        self.running = Some(child.with_context(|| format!("{}: cannot start", romfs.display()))?);
        Ok(())
    }

    /// Says how the program ended, once it has.
    pub fn tell_of_end(&mut self) {
        if let Some(child) = &mut self.running
            && let Ok(Some(status)) = child.try_wait()
        {
            self.running = None;
            match status.code() {
                Some(code) => eprintln!("romfs: ended with status {code}; waiting for changes"),
                None => eprintln!("romfs: ended by a signal; waiting for changes"),
            }
        }
    }

    fn end(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It may have ended by itself in the meantime.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
