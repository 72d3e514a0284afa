//! `romfs device`

mod console;
mod run;
mod simulated;

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;
use romfs_builder::emulate::BOARDS;

/// Start a simulated or emulated device, feed it an image, talk to it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Console(console::Args),
    /// List the devices, what they can do and whether their firmware is built
    List,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Console(args) => console::run(args),
        Command::List => list(),
    }
}

fn list() -> anyhow::Result<ExitCode> {
    let mut out = super::stdout();
    writeln!(
        out,
        "{:<16} {:<12} in place, imports, littlefs, updates, kept flash",
        run::HOST,
        "this command"
    )?;
    for board in BOARDS {
        let built = match board.find_firmware() {
            Some(_) => "built",
            None => "not built",
        };
        writeln!(out, "{:<16} {built:<12} {}", board.name, board.can)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
