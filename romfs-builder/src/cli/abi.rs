//! `romfs abi`

use std::io::Write;
use std::path::PathBuf;

use romfs_builder::abi::Abi;
use romfs_builder::board::Board;
use romfs_builder::output::write_atomically;

/// Print what a firmware offers to prelink against
///
/// The names that the firmware itself has, in the order of their ids, as JSON: what `romfs build --link` reads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs abi                            of the VM in this program, which --link HOST means, too
  romfs abi qemu-riscv32 -o fw.abi     of a board's firmware
  romfs build app --link fw.abi        an image whose names that firmware need not look for")]
pub struct Args {
    /// Board whose firmware is meant: a name of `romfs boards` or the path of a profile (.toml) [default: this program]
    board: Option<String>,
    /// Features of romfs-vm that the firmware was built with, where its profile does not say: modules, an385, littlefs, mod-NAME;
    /// separated by commas
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "board"
    )]
    features: Option<Vec<String>>,
    /// File to write
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let abi = match (&args.board, &args.features) {
        (Some(board), _) => Abi::of_board(&Board::find(board)?)?,
        (None, Some(features)) => Abi::of_features(features)?,
        (None, None) => Abi::host(),
    };
    let text = abi.to_json();
    match &args.output {
        Some(path) => write_atomically(path, text.as_bytes())?,
        None => {
            let mut out = super::stdout();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(())
}
