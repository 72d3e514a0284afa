//! `romfs ls`

use std::io::Write;
use std::path::PathBuf;

use super::source::{ImageFile, list};

/// List a folder of an image: size, checksum and name of each entry
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs ls app.romfs                 the root
  romfs ls app.romfs lib             the folder lib
  romfs ls -r --json app.romfs       everything, for a script")]
pub struct Args {
    /// The image
    image: PathBuf,
    /// Folder within the image
    #[arg(default_value = "/")]
    path: String,
    /// Also what is in the folders
    #[arg(short, long)]
    recursive: bool,
    /// Print JSON: path, folder, size, offset of the content, crc32
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = ImageFile::read(&args.image)?;
    let listed = list(file.dir(&args.path)?, args.recursive).map_err(|e| file.error(e))?;
    if args.json {
        return super::print_json(&listed);
    }
    let mut out = super::stdout();
    for entry in listed {
        let slash = if entry.folder { "/" } else { "" };
        let crc32 = entry.crc32.as_deref().unwrap_or("-");
        writeln!(
            out,
            "{:>9}  {crc32:<8}  {}{slash}",
            entry.size,
            super::printable(&entry.path)
        )?;
    }
    Ok(out.flush()?)
}
