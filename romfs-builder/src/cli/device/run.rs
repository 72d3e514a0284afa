//! `romfs device run`

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::Context;
use romfs_builder::emulate::{self, BOARDS, Emulated, Place, Start};
use romfs_builder::update::read_verifying_key;

use super::simulated;
use crate::cli::load;

/// The device that is this computer.
pub const HOST: &str = "host";
/// The exit status where the time is over.
const TIMED_OUT: u8 = 124;

/// Start a device and give it an image
///
/// The device's console is this command's standard input and output; its program's exit status is this command's.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs device run qemu-cortex-m3 --image app          build the folder for that board and run its main there
  romfs device run qemu-microbit --image blink.py      the same of one module
  romfs device run qemu-riscv32 --image app.romfs --flash flash.img
  romfs device run qemu-riscv32 --flash flash.img      what that flash boots
  romfs device run qemu-riscv32 --flash flash.img --key release.pem.pub --serve --serial pty
  romfs device run host --flash flash.bin --key release.pem.pub --vendor example.com --class demo --confirm
  romfs push app.signed.romfs --udp 127.0.0.1          (from another terminal)

`make boards` builds the firmwares. `romfs device list` names the devices.")]
pub struct Args {
    /// The device: host, or a board of `romfs device list`
    board: String,
    /// Image to run, or a folder to build one of, or a module (.py, .mpy) to run as main
    #[arg(long)]
    image: Option<PathBuf>,
    /// File that holds the device's flash; made if it is not there
    #[arg(long)]
    flash: Option<PathBuf>,
    /// Public key (PEM) of those who may sign its updates; for the host several times for several
    #[arg(short, long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Firmware to run, an ELF file [default: what `make boards` built]
    #[arg(long, value_name = "ELF")]
    firmware: Option<PathBuf>,
    /// Go on serving updates when the program has ended
    #[arg(long)]
    serve: bool,
    /// Run every module of the image's root, each in a VM of its own, rather than main: for test programs
    #[arg(long)]
    each: bool,
    /// Print what the program took of heap, stack and time
    #[arg(long)]
    report: bool,
    /// The serial port of an emulated board, in QEMU's words: stdio, pty, tcp:...
    #[arg(long, default_value = "stdio")]
    serial: String,
    /// Stop after so many seconds, with status 124
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    #[command(flatten)]
    simulated: simulated::Args,
    /// More arguments for the emulator
    #[arg(last = true)]
    more: Vec<OsString>,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.board == HOST {
        return match (&args.image, &args.flash) {
            (_, Some(flash)) if !args.keys.is_empty() => {
                anyhow::ensure!(
                    args.image.is_none(),
                    "the simulated device takes images by `romfs push`; leave --image out"
                );
                simulated::run(flash, &args.keys, &args.simulated)?;
                Ok(ExitCode::SUCCESS)
            }
            (Some(image), _) => run_here(args, image),
            _ => crate::cli::wrong_usage(
                "the host needs --image, or --flash and --key to take updates",
            ),
        };
    }
    let board = emulate::find(&args.board).with_context(|| {
        let known: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
        format!(
            "no device is called {}; there are {HOST}, {}",
            args.board,
            known.join(", ")
        )
    })?;
    run_emulated(args, board)
}

/// Runs the program by `romfs run`, in a process of its own as on any other device.
fn run_here(args: &Args, image: &std::path::Path) -> anyhow::Result<ExitCode> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("run").arg(image);
    if let Some(flash) = &args.flash {
        command.arg("--flash").arg(flash);
    }
    let status = command.status().context("cannot start romfs run")?;
    Ok(exit_code(status))
}

fn run_emulated(args: &Args, board: &Emulated) -> anyhow::Result<ExitCode> {
    let kept = board.image == Place::Flash;
    anyhow::ensure!(
        kept || (args.flash.is_none() && args.keys.is_empty() && !args.serve),
        "{} keeps no flash and takes no updates; --flash, --key and --serve are not for it",
        board.name
    );
    anyhow::ensure!(
        kept || args.image.is_some(),
        "{} has nothing to run without --image",
        board.name
    );
    anyhow::ensure!(
        args.keys.len() <= 1,
        "{} has room for one --key",
        board.name
    );
    anyhow::ensure!(
        !args.each || board.each,
        "{} runs main only; --each is not for it",
        board.name
    );
    let firmware = match &args.firmware {
        Some(path) => path.clone(),
        None => board.find_firmware().with_context(|| {
            format!(
                "the firmware of {} is not built: run `make boards`, or name one with --firmware",
                board.name
            )
        })?,
    };
    let image = match &args.image {
        Some(path) => Some(load::image(path, board.name)?),
        None => None,
    };
    let key = args
        .keys
        .first()
        .map(|path| read_verifying_key(path))
        .transpose()?;
    let mut words = Vec::new();
    words.extend(args.report.then_some("report"));
    words.extend(args.each.then_some("each"));
    words.extend((!args.serve).then_some("exit"));
    let start = Start {
        firmware,
        image: image.as_deref(),
        flash: args.flash.as_deref(),
        key: key.map(|key| *key.as_bytes()),
        words,
        serial: args.serial.clone(),
        more: args.more.clone(),
    };
    let mut running = board.start(&start, Stdio::inherit(), Stdio::inherit())?;
    let limit = args.timeout.map(Duration::from_secs_f64);
    Ok(running
        .wait(limit)?
        .map_or(ExitCode::from(TIMED_OUT), exit_code))
}

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    // Ended by a signal, as a shell says it.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(134))
}
