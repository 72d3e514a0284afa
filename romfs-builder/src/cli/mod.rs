//! The command line: one module a subcommand.

mod abi;
mod boards;
mod build;
mod cat;
mod completions;
mod delta;
mod device;
mod diff;
mod extract;
mod init;
mod inspect;
mod keygen;
mod load;
mod ls;
mod man;
mod manifests;
mod map;
#[cfg(all(feature = "mount", target_os = "linux"))]
mod mount;
mod progress;
mod push;
mod run;
mod sign;
mod source;
mod tree;
mod verify;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use serde::Serialize;

/// Build and look into ROMFS images of MicroPython modules, which a device imports straight out of flash.
#[derive(Debug, Parser)]
#[command(
    name = "romfs",
    version,
    max_term_width = 110,
    after_help = "\
Examples:
  romfs build app                    compile and pack the folder app into app.romfs
  romfs build app --board pybd-sf2   for that board, with a check that it fits
  romfs run app.romfs                run its main on this machine; romfs watch app at every change
  romfs map app.romfs                where its bytes go; romfs diff old.romfs new.romfs what changed
  romfs ls -r app.romfs              what is in it
  romfs verify app.romfs             is every byte as it was built, is every module sound
  romfs inspect app.romfs main.mpy   the bytecode of a module

Exit status: 0 done, 1 failed, 2 wrong usage. `romfs COMMAND --help` has more."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Build(build::Args),
    Ls(ls::Args),
    Tree(tree::Args),
    Cat(cat::Args),
    Extract(extract::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Map(map::Args),
    Diff(diff::Args),
    #[cfg(all(feature = "mount", target_os = "linux"))]
    Mount(mount::Args),
    Run(run::Args),
    Watch(watch::Args),
    Abi(abi::Args),
    Boards(boards::Args),
    Keygen(keygen::Args),
    Sign(sign::Args),
    Delta(delta::Args),
    Push(push::Args),
    Device(device::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command that the arguments ask for.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Init(args) => init::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Ls(args) => ls::run(&args),
        Command::Tree(args) => tree::run(&args),
        Command::Cat(args) => cat::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Map(args) => map::run(&args),
        #[cfg(all(feature = "mount", target_os = "linux"))]
        Command::Mount(args) => mount::run(&args),
        Command::Diff(args) => return finish(diff::run(&args)),
        Command::Run(args) => return finish(run::run(&args)),
        Command::Watch(args) => watch::run(&args),
        Command::Abi(args) => abi::run(&args),
        Command::Boards(args) => boards::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Delta(args) => delta::run(&args),
        Command::Push(args) => push::run(&args),
        Command::Device(args) => return finish(device::run(&args)),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    finish(result.map(|()| ExitCode::SUCCESS))
}

/// Ends the command as clap does for arguments that it cannot take.
fn wrong_usage(what: &str) -> ! {
    let kind = clap::error::ErrorKind::MissingRequiredArgument;
    Cli::command().error(kind, what).exit()
}

/// The exit status of a command, its error printed.
fn finish(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(status) => status,
        // `romfs ls | head`: whoever read the output has what it wanted.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("romfs: {}", printable(&one_line(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The error and what caused it, each said once: many messages name their cause already.
fn one_line(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |line, cause| {
        let text = cause.to_string();
        match line.is_empty() {
            true => text,
            false if line.ends_with(&text) => line,
            false => format!("{line}: {text}"),
        }
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Text for one line of a terminal: names of files may have line ends and escape sequences in them.
fn printable(text: &str) -> String {
    let escape = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escape).collect()
}

/// Buffered standard output; the commands flush it themselves so that a failure is seen.
fn stdout() -> impl Write {
    io::BufWriter::new(io::stdout().lock())
}

/// Prints a value as JSON for scripts.
fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = stdout();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(out.flush()?)
}
