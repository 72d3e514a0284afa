//! `romfs device console`

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;

/// Talk to a device's console over its serial port
///
/// What is typed goes to the device, what it says comes out; text of updates passes by on the same line. Ends with the
/// input (Ctrl-D), or when the device goes away.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs device run qemu-riscv32 --image app --serve --serial pty     says which port it has
  romfs device console /dev/pts/3                                    (from another terminal)")]
pub struct Args {
    /// The serial port, such as /dev/ttyACM0, or the pseudo terminal of an emulated board
    port: String,
    /// Bits a second
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
    /// Go on listening for so many seconds after the end of the input
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    linger: f64,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut port = serialport::new(&args.port, args.baud)
        .timeout(Duration::from_millis(50))
        .open()
        .with_context(|| format!("cannot open {}", args.port))?;
    let mut typed = port.try_clone().context("cannot use the port twice")?;
    let typing = std::thread::spawn(move || io::copy(&mut io::stdin(), &mut typed));
    let mut bytes = [0; 1024];
    let mut end = None;
    while end.is_none_or(|end| Instant::now() < end) {
        match port.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                io::stdout().write_all(&bytes[..count])?;
                io::stdout().flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            // The other end of a pseudo terminal is gone.
            Err(_) => break,
        }
        if end.is_none() && typing.is_finished() {
            end = Some(Instant::now() + Duration::from_secs_f64(args.linger));
        }
    }
    Ok(ExitCode::SUCCESS)
}
