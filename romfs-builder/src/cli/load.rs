//! An image to run: a file, or a folder or module that is built in memory.

use std::path::Path;

use anyhow::Context;
use romfs_builder::board::Board;
use romfs_builder::input;
use romfs_builder::input::cache::Cache;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::mpy_cross::MpyCross;
use romfs_builder::pack::{PackOptions, pack};
use romfs_builder::tree::SourceTree;

/// The bytes of the image at `path`, built for `board` where it is a folder, or a module, which is the image's main then.
pub fn image(path: &Path, board: &str) -> anyhow::Result<Vec<u8>> {
    if !path.is_dir() && module(path).is_none() {
        return std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    }
    let tree = input::program(path, &CollectOptions::default())?;
    let board = Board::find(board)?;
    pack_tree(
        tree,
        PackOptions {
            compile: board.compile_options(),
            board: Some((board, None)),
            ..PackOptions::default()
        },
    )
}

/// The name of the module that a path is the source or the bytecode of.
pub fn module(path: &Path) -> Option<&str> {
    let ending = path.extension()?;
    (ending == "py" || ending == "mpy").then_some(path.file_stem()?.to_str()?)
}

/// The image of a folder or of one module, built in memory. What the builder warns of goes to the terminal.
pub fn built(source: &Path, options: PackOptions) -> anyhow::Result<Vec<u8>> {
    pack_tree(input::read(source, &CollectOptions::default())?, options)
}

fn pack_tree(tree: SourceTree, options: PackOptions) -> anyhow::Result<Vec<u8>> {
    let options = PackOptions {
        mpy_cross: MpyCross::find_for(&tree)?,
        cache: Cache::of_user(),
        ..options
    };
    let packed = pack(tree, &options, &*super::progress::for_terminal())?;
    for warning in &packed.report.warnings {
        eprintln!("romfs: warning: {}", super::printable(warning));
    }
    Ok(packed.image.bytes)
}
