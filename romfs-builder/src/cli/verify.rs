//! `romfs verify`

use std::path::{Path, PathBuf};

use anyhow::Context;
use romfs_builder::Error;
use romfs_builder::board::Board;
use romfs_builder::module::Target;
use romfs_builder::update::{check_signature, read_verifying_key};
use romfs_builder::verify::{Unsound, has_build_id, suits, verify};
use romfs_runtime::update::VerifyingKey;
use serde::Serialize;

use super::source::ImageFile;

/// Check every record, checksum, module and the build id of images
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is wrong is named by file and offset. A plain image has no checksums: its records and modules are checked.")]
pub struct Args {
    /// The images
    #[arg(required = true)]
    images: Vec<PathBuf>,
    /// Leave the modules (.mpy) unchecked
    #[arg(long)]
    no_modules: bool,
    /// A public key (PEM): the image must be signed with it, or with another that is given
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Board that has to import the modules
    #[arg(short, long)]
    board: Option<String>,
    /// Value of sys.implementation._mpy of a device that has to import the modules
    #[arg(long, value_name = "N")]
    device_mpy: Option<u32>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Sound {
    image: String,
    files: u32,
    folders: u32,
    content_bytes: u64,
    checksums: u32,
    modules: u32,
    indexed: bool,
    build_id: bool,
    trailing_bytes: usize,
    signed_version: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let keys = args
        .keys
        .iter()
        .map(|path| read_verifying_key(path))
        .collect::<Result<Vec<_>, _>>()?;
    let targets = targets(args)?;
    let mut sound = Vec::new();
    for path in &args.images {
        let file = ImageFile::read(path)?;
        let unsound = |unsound| match unsound {
            Unsound::Image(error) => file.error(error),
            Unsound::Module {
                path: module,
                offset,
                what,
            } => Error::Mpy {
                file: format!("{}: {module}", path.display()),
                offset: offset as usize,
                what,
            },
        };
        let found = verify(file.bytes(), !args.no_modules).map_err(unsound)?;
        for target in &targets {
            suits(&file.image()?, target)
                .map_err(unsound)
                .with_context(|| target.name.clone())?;
        }
        sound.push(Sound {
            image: path.display().to_string(),
            files: found.summary.files,
            folders: found.summary.directories,
            content_bytes: found.summary.content_bytes,
            checksums: found.summary.checksums,
            modules: found.modules,
            indexed: found.summary.indexed,
            build_id: has_build_id(&found.summary),
            trailing_bytes: found.trailing_bytes,
            signed_version: match keys[..] {
                [] => None,
                _ => Some(signed_version(path, file.bytes(), &keys)?),
            },
        });
    }
    if args.json {
        return super::print_json(&sound);
    }
    for image in sound {
        if let Some(version) = &image.signed_version {
            println!("{}: signature right, version {version:?}", image.image);
        }
        let yes = |is: bool, what: &str| {
            if is {
                format!("{what} right")
            } else {
                format!("no {what}")
            }
        };
        println!(
            "{}: sound; {} files, {} checksums, {} modules, {}, {}",
            image.image,
            image.files,
            image.checksums,
            image.modules,
            yes(image.indexed, "index"),
            yes(image.build_id, "build id")
        );
    }
    Ok(())
}

/// Everything that has to import the modules.
fn targets(args: &Args) -> anyhow::Result<Vec<Target>> {
    let mut targets = Vec::new();
    if let Some(name) = &args.board {
        targets.push(Target::of_board(&Board::find(name)?));
    }
    if let Some(value) = args.device_mpy {
        let target =
            Target::of_device(value).map_err(|what| anyhow::anyhow!("--device-mpy: {what}"))?;
        targets.push(target);
    }
    Ok(targets)
}

fn signed_version(path: &Path, file: &[u8], keys: &[VerifyingKey]) -> anyhow::Result<String> {
    let checked = check_signature(file, keys).with_context(|| path.display().to_string())?;
    Ok(checked.version)
}
