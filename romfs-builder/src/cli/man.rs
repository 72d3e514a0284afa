//! `romfs man`

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;

use super::Cli;

/// Print the manual page, or write those of all commands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs man | man -l -               read it
  romfs man -o ~/.local/share/man/man1")]
pub struct Args {
    /// Folder for a page each of romfs and of its commands
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let command = Cli::command();
    if let Some(folder) = &args.output {
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make the folder", folder.display()))?;
        return clap_mangen::generate_to(command, folder)
            .with_context(|| format!("{}: cannot write the pages", folder.display()));
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    let mut out = super::stdout();
    out.write_all(&text)?;
    Ok(out.flush()?)
}
