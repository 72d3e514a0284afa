//! `romfs delta`

use std::path::PathBuf;

use anyhow::Context;
use romfs_builder::output::write_atomically;
use romfs_builder::update::delta::delta;

use super::source::ImageFile;

/// Make a delta: what turns the image that a device runs into a newer one
///
/// A device that runs OLD takes the delta in place of NEW; any other refuses it. Send it like an image.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image that the device runs
    old: PathBuf,
    /// The newer image, signed
    new: PathBuf,
    /// File to write [default: NEW with the extension .delta]
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Report {
    file: String,
    bytes: usize,
    payload_bytes: usize,
    image_bytes: usize,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let old = ImageFile::read(&args.old)?;
    let new = ImageFile::read(&args.new)?;
    let name = || format!("{} to {}", args.old.display(), args.new.display());
    let delta = delta(old.bytes(), new.bytes()).with_context(name)?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| args.new.with_extension("delta"));
    write_atomically(&output, &delta.file)?;
    let report = Report {
        file: output.display().to_string(),
        bytes: delta.file.len(),
        payload_bytes: delta.payload,
        image_bytes: new.bytes().len(),
    };
    if args.json {
        return super::print_json(&report);
    }
    println!(
        "{}: {} bytes ({} of operations) in place of {}",
        report.file, report.bytes, report.payload_bytes, report.image_bytes
    );
    Ok(())
}
