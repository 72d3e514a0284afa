//! `romfs tree`

use std::io::Write;
use std::path::PathBuf;

use super::source::{ImageFile, Listed, list};

/// Draw the folders and files of an image
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image
    image: PathBuf,
    /// Folder within the image
    #[arg(default_value = "/")]
    path: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = ImageFile::read(&args.image)?;
    let listed = list(file.dir(&args.path)?, true).map_err(|e| file.error(e))?;
    let mut out = super::stdout();
    writeln!(out, "{}", args.path)?;
    // For each level, whether more entries of that level follow.
    let mut more: Vec<bool> = Vec::new();
    for (at, entry) in listed.iter().enumerate() {
        more.truncate(entry.depth);
        more.push(has_next_sibling(&listed[at + 1..], entry.depth));
        let (own, above) = more
            .split_last()
            .map_or((false, &[][..]), |(own, above)| (*own, above));
        for more in above {
            write!(out, "{}", if *more { "│   " } else { "    " })?;
        }
        let branch = if own { "├── " } else { "└── " };
        let name = super::printable(entry.path.rsplit('/').next().unwrap_or_default());
        if entry.folder {
            writeln!(out, "{branch}{name}/")?;
        } else {
            writeln!(out, "{branch}{name}  {}", entry.size)?;
        }
    }
    Ok(out.flush()?)
}

fn has_next_sibling(following: &[Listed], depth: usize) -> bool {
    following
        .iter()
        .find(|e| e.depth <= depth)
        .is_some_and(|e| e.depth == depth)
}
