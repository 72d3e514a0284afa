//! Starting an emulated board.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use tempfile::TempDir;

use super::{Emulated, FLASH, FlashFile, Place, elf};

/// Where the first flash of qemu-riscv32 lies, which the firmware runs from.
const FIRMWARE_FLASH: u32 = 0x2000_0000;

/// How a board is to be started.
#[derive(Debug, Clone, Default)]
pub struct Start<'s> {
    /// Its firmware, an ELF file.
    pub firmware: PathBuf,
    /// The image to put where the board looks for it; none where its flash has one.
    pub image: Option<&'s [u8]>,
    /// File of its flash, where it has one; without it the flash is forgotten.
    pub flash: Option<&'s Path>,
    /// The key that its updates have to be signed with.
    pub key: Option<[u8; 32]>,
    /// Words for the firmware (`romfs_board::options`).
    pub words: Vec<&'s str>,
    /// What its serial port is, in QEMU's words: `stdio`, `pty`.
    pub serial: String,
    /// More arguments for the emulator.
    pub more: Vec<OsString>,
}

impl Emulated {
    /// The command that starts the board, and the files that it needs for as long as it runs.
    ///
    /// # Errors
    /// What is missing or does not fit, and the remedy.
    pub fn command(&self, start: &Start<'_>) -> anyhow::Result<(Command, TempDir)> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let mut command = Command::new(self.qemu);
        command.args(self.machine);
        command.args([
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            &start.serial,
        ]);
        let words = start.words.iter().map(|word| format!(",arg={word}"));
        let words: String = std::iter::once(",arg=romfs".to_owned())
            .chain(words)
            .collect();
        command.arg("-semihosting-config");
        command.arg(format!("enable=on,target=native{words}"));
        match self.image {
            Place::Memory { address, size } => {
                command.arg("-kernel").arg(&start.firmware);
                if let Some(image) = start.image {
                    anyhow::ensure!(
                        image.len() <= size as usize,
                        "the image has {} bytes; {} has room for {size}",
                        image.len(),
                        self.name
                    );
                    let path = folder.path().join("image.romfs");
                    fs::write(&path, image).context("cannot write the image")?;
                    let device = format!(
                        "loader,file={},addr={address:#x},force-raw=on",
                        path.display()
                    );
                    command.arg("-device").arg(device);
                }
            }
            Place::Flash => self.add_flash(&mut command, start, folder.path())?,
        }
        command.args(&start.more);
        Ok((command, folder))
    }

    fn add_flash(
        &self,
        command: &mut Command,
        start: &Start<'_>,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let firmware = folder.join("firmware.bin");
        write_firmware(&start.firmware, &firmware)?;
        let flash = start
            .flash
            .map_or_else(|| folder.join("flash.img"), Path::to_owned);
        let name = flash.display().to_string();
        let mut file = FlashFile::open(&flash).with_context(|| name.clone())?;
        if let Some(image) = start.image {
            file.write_image(image).with_context(|| name.clone())?;
        }
        if let Some(key) = &start.key {
            file.write_key(key).with_context(|| name.clone())?;
        }
        for (unit, path, access) in [(0, &firmware, ",readonly=on"), (1, &flash, "")] {
            // A comma in a value is written twice.
            let path = path.display().to_string().replace(',', ",,");
            command.arg("-drive");
            command.arg(format!(
                "if=pflash,unit={unit},format=raw{access},file={path}"
            ));
        }
        Ok(())
    }

    /// Starts the board.
    ///
    /// # Errors
    /// As [`command`](Self::command); an emulator that is not installed.
    pub fn start(&self, start: &Start<'_>, output: Stdio, input: Stdio) -> anyhow::Result<Running> {
        let (mut command, folder) = self.command(start)?;
        command.stdout(output).stdin(input);
        let child = command.spawn().with_context(|| {
            format!(
                "cannot start {}; scripts/setup.sh qemu installs it",
                self.qemu
            )
        })?;
        Ok(Running {
            child,
            _folder: folder,
        })
    }
}

/// Lays the firmware out as the flash that it runs from.
fn write_firmware(elf: &Path, to: &Path) -> anyhow::Result<()> {
    let file = fs::read(elf).with_context(|| format!("cannot read {}", elf.display()))?;
    let segments = elf::segments(&file)
        .with_context(|| format!("{}: no firmware: not a 32-bit ELF file", elf.display()))?;
    let mut flash = File::create(to).context("cannot write the firmware")?;
    flash.set_len(FLASH as u64)?;
    for segment in segments {
        let offset = segment
            .address
            .checked_sub(FIRMWARE_FLASH)
            .filter(|&offset| offset as usize + segment.bytes.len() <= FLASH)
            .with_context(|| format!("{}: not linked to run from flash", elf.display()))?;
        flash.seek(SeekFrom::Start(offset.into()))?;
        flash.write_all(segment.bytes)?;
    }
    Ok(())
}

/// A board that runs. It is killed when it is dropped, as by a power cut.
#[derive(Debug)]
pub struct Running {
    /// The emulator.
    pub child: Child,
    _folder: TempDir,
}

impl Running {
    /// Waits for its end; `None` where the time is over before.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&mut self, limit: Option<Duration>) -> std::io::Result<Option<ExitStatus>> {
        let Some(limit) = limit else {
            return self.child.wait().map(Some);
        };
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() >= limit {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
