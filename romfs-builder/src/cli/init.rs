//! `romfs init`

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use romfs_builder::board::Board;
use romfs_builder::input::project::{FILE_NAME, template};

/// Write a romfs.toml, with comments that say what it can hold
///
/// `romfs build` then needs no arguments: board, contents, alignment, several images for several partitions and the key
/// are in the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs init                         in this folder, for a program in src
  romfs init app --board rp2")]
pub struct Args {
    /// Folder of the project
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Board: a name of `romfs boards`, or the path of a profile (.toml)
    #[arg(short, long)]
    board: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(board) = &args.board {
        Board::find(board)?;
    }
    let path = args.folder.join(FILE_NAME);
    let mut file = fs::File::create_new(&path)
        .with_context(|| format!("{}: cannot make the file", path.display()))?;
    file.write_all(template(args.board.as_deref()).as_bytes())
        .with_context(|| format!("{}: cannot write the file", path.display()))?;
    println!("{}: written; `romfs build` reads it", path.display());
    Ok(())
}
