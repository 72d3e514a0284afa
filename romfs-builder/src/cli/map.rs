//! `romfs map`

use std::io::Write;
use std::path::PathBuf;

use romfs_builder::board::{Board, Firmware};
use romfs_builder::map::{Map, page, terminal};
use romfs_builder::output::write_atomically;
use romfs_builder::report::BoardFit;
use romfs_builder::survey::{Node, RamModel, survey};
use serde::Serialize;

use super::source::ImageFile;

/// Show where every byte of an image goes, and what importing its modules costs in RAM
///
/// By folder, module and kind: bytecode, names, constants, data, records, padding, and what storing equal contents once
/// saved. Nothing of a module but the RAM figure leaves the flash; that figure is an estimate from its tables, and what
/// the module does when it runs comes on top.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs map app.romfs                        for a terminal, 80 columns
  romfs map app.romfs --board pybd-sf2       against the board's partition
  romfs map app.romfs --html app.html        a page to zoom and hover in; needs no network")]
pub struct Args {
    /// The image
    image: PathBuf,
    /// Write a page for a browser, all in one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Board: its partition and its firmware's RAM [default: the one the image was built for]
    #[arg(short, long)]
    board: Option<String>,
    /// Partition of the board, if not its first
    #[arg(long)]
    partition: Option<String>,
    /// How many folders deep to list
    #[arg(long, default_value_t = 3)]
    depth: usize,
    /// How many entries of a folder to list, the largest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Print JSON
    #[arg(long, conflicts_with = "html")]
    json: bool,
}

#[derive(Serialize)]
struct JsonMap<'a> {
    image: &'a str,
    bytes: u64,
    board: Option<BoardFit>,
    ram_of: &'a str,
    root: &'a Node,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = ImageFile::read(&args.image)?;
    let image = file.image()?;
    let bytes = image.bytes().len() as u64;
    let board = match &args.board {
        Some(name) => Some(Board::find(name)?),
        // An image of another's profile is none that can be looked up; that is no reason to show nothing.
        None => image
            .info()
            .map_err(|e| file.error(e))?
            .and_then(|info| Board::find(info.board).ok()),
    };
    let model = board
        .as_ref()
        .map_or_else(RamModel::default, RamModel::of_board);
    let fit = match &board {
        Some(board) => Some(BoardFit::new(
            board,
            board.partition(args.partition.as_deref())?,
            bytes,
        )),
        None => None,
    };
    let root = survey(&image, &model).map_err(|e| file.error(e))?;
    let title = args.image.file_name().map_or_else(
        || args.image.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let ram_of = match model.firmware {
        Firmware::Micropython => format!("stock MicroPython, {} bits", 8 * model.word),
        Firmware::RomfsVm => format!("this project's VM, {} bits", 8 * model.word),
    };
    if args.json {
        return super::print_json(&JsonMap {
            image: &title,
            bytes,
            board: fit,
            ram_of: &ram_of,
            root: &root,
        });
    }
    let map = Map {
        title: &title,
        root: &root,
        bytes,
        fit: fit.as_ref(),
        ram_of: &ram_of,
    };
    if let Some(path) = &args.html {
        write_atomically(path, page(&map)?.as_bytes())?;
        println!("{}: written; open it in a browser", path.display());
        return Ok(());
    }
    let mut out = super::stdout();
    write!(out, "{}", terminal(&map, args.depth.max(1), args.top))?;
    if root.modules > 0 {
        let modules = root.modules;
        writeln!(
            out,
            "  importing all {modules} modules: about {} bytes of RAM",
            root.ram
        )?;
        writeln!(out, "  ({ram_of}); the rest stays in flash")?;
    }
    Ok(out.flush()?)
}
