//! `romfs push`

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use romfs_builder::push::{Client, PushOptions, Pushed, Serial, Transport, Udp, push};

use super::source::ImageFile;

/// Send a signed image or a delta to a device, start it and see that it runs
///
/// Speaks SMP (MCUmgr). A push that was interrupted goes on where it stopped, after a reset of the device as well. The
/// program that runs on the device keeps running until the reset at the end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs push app.signed.romfs --udp 192.168.1.20
  romfs push app.delta --serial /dev/ttyACM0")]
pub struct Args {
    /// The signed image, or the delta
    file: PathBuf,
    /// Device on the network: HOST or HOST:PORT
    #[arg(long, value_name = "HOST", required_unless_present = "serial")]
    udp: Option<String>,
    /// Device on a serial port
    #[arg(long, value_name = "PORT", conflicts_with = "udp")]
    serial: Option<String>,
    /// Speed of the serial port
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
    /// Confirm the image once it runs; without this the program on it has to
    #[arg(long, conflicts_with = "no_start")]
    confirm: bool,
    /// Leave the device running the old image; it changes at its next start
    #[arg(long)]
    no_start: bool,
    /// Seconds to wait for an answer
    #[arg(long, default_value_t = 2.0)]
    timeout: f32,
    /// How often to ask
    #[arg(long, default_value_t = 5)]
    tries: u32,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = ImageFile::read(&args.file)?;
    let pushed = match (&args.udp, &args.serial) {
        (Some(host), _) => send(args, Udp::connect(host)?, file.bytes()),
        (None, Some(port)) => send(args, Serial::open(port, args.baud)?, file.bytes()),
        (None, None) => unreachable!("clap asks for one of them"),
    };
    let pushed = pushed.with_context(|| args.file.display().to_string())?;
    print!("{}: {} bytes sent", args.file.display(), pushed.sent);
    if pushed.resumed > 0 {
        print!(", {} were there", pushed.resumed);
    }
    match pushed.running {
        None => println!("; runs at the next start"),
        Some(version) if pushed.trial => println!("; {version} runs on trial"),
        Some(version) => println!("; {version} runs, confirmed"),
    }
    Ok(())
}

fn send(args: &Args, transport: impl Transport, file: &[u8]) -> anyhow::Result<Pushed> {
    let timeout = Duration::try_from_secs_f32(args.timeout)?;
    let mut client = Client::new(transport, timeout, args.tries);
    let options = PushOptions {
        start: !args.no_start,
        confirm: args.confirm,
        ..PushOptions::default()
    };
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(file.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    let pushed = push(&mut client, file, &options, &mut |done, _| {
        bar.set_position(done);
    });
    bar.finish_and_clear();
    Ok(pushed?)
}
