//! `romfs completions`

use std::io::Write;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::Cli;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs completions bash > ~/.local/share/bash-completion/completions/romfs
  romfs completions zsh > ~/.zfunc/_romfs
  romfs completions fish > ~/.config/fish/completions/romfs.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut text = Vec::new();
    generate(args.shell, &mut Cli::command(), "romfs", &mut text);
    let mut out = super::stdout();
    out.write_all(&text)?;
    Ok(out.flush()?)
}
