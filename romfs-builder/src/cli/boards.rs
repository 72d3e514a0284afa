//! `romfs boards`

use std::io::Write;

use romfs_builder::board;

/// List the boards that --board knows: CPU, partition and its size
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON: the whole profiles
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let boards = board::all()?;
    if args.json {
        return super::print_json(&boards);
    }
    let mut out = super::stdout();
    for board in &boards {
        let arch = board.mpy.arch.as_deref().unwrap_or("bytecode");
        let sizes: Vec<String> = board
            .partition
            .iter()
            .map(|p| format!("{} KiB", p.capacity() / 1024))
            .collect();
        writeln!(
            out,
            "{:<24} {arch:<10} {:>22}  {}",
            board.name,
            sizes.join(" + "),
            board.title
        )?;
    }
    Ok(out.flush()?)
}
