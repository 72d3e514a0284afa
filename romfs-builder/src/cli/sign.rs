//! `romfs sign`

use std::path::PathBuf;

use anyhow::Context;
use romfs_builder::output::write_atomically;
use romfs_builder::update::{Claims, SigningKey, class_id, sign, vendor_id};
use romfs_runtime::update::manifest::Numbers;

use super::source::ImageFile;

/// Sign an image: put a manifest, a signature and the hashes of its bytes behind it
///
/// The result is the one file that ships. Devices with the key take it if vendor, class and component are theirs and
/// the numbers are not older than what they run; stock MicroPython mounts it as it is and ignores the rest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs keygen release.pem
  romfs sign app.romfs --key release.pem --vendor example.com --class thermostat-2 --sequence 41
  romfs verify app.signed.romfs --key release.pem.pub")]
pub struct Args {
    /// The image; one that is signed already is signed anew
    image: PathBuf,
    /// Private key, from `romfs keygen`
    #[arg(short, long)]
    key: PathBuf,
    /// The vendor: its domain name, or a UUID
    #[arg(long)]
    vendor: String,
    /// The class of devices: its name with this vendor, or a UUID
    #[arg(long)]
    class: String,
    /// Sequence number: higher with every release
    #[arg(long, value_name = "N")]
    sequence: u32,
    /// Security counter: raised when older images must not run any more
    #[arg(long, value_name = "N", default_value_t = 0)]
    counter: u32,
    /// Component of the device
    #[arg(long, value_name = "N", default_value_t = 0)]
    component: u32,
    /// Version to show to people [default: the sequence number]
    #[arg(long, value_name = "TEXT")]
    release: Option<String>,
    /// File to write [default: NAME.signed.romfs beside the image]
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let image = ImageFile::read(&args.image)?;
    let key = SigningKey::read(&args.key)?;
    let vendor = vendor_id(&args.vendor);
    let release = args.release.clone();
    let claims = Claims {
        vendor,
        class: class_id(vendor, &args.class),
        component: args.component,
        numbers: Numbers {
            counter: args.counter,
            sequence: args.sequence,
        },
        version: release.unwrap_or_else(|| args.sequence.to_string()),
    };
    let file =
        sign(image.bytes(), &claims, &key).with_context(|| args.image.display().to_string())?;
    let output = args
        .output
        .clone()
        .unwrap_or_else(|| args.image.with_extension("signed.romfs"));
    write_atomically(&output, &file)?;
    println!(
        "{}: {} bytes, {} of them manifest, signature and hashes",
        output.display(),
        file.len(),
        file.len() - image.bytes().len().min(file.len()),
    );
    Ok(())
}
