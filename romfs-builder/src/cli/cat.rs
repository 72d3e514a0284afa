//! `romfs cat`

use std::io::Write;
use std::path::PathBuf;

use super::source::ImageFile;

/// Write the content of files of an image to standard output
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image
    image: PathBuf,
    /// Files within the image
    #[arg(required = true)]
    paths: Vec<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let source = ImageFile::read(&args.image)?;
    let mut out = super::stdout();
    for path in &args.paths {
        let content = source.file(path)?.data().map_err(|e| source.error(e))?;
        out.write_all(content)?;
    }
    Ok(out.flush()?)
}
