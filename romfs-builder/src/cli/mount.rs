//! `romfs mount`

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use romfs_builder::mount::{Mount, MountError, Unmounted};

use super::source::ImageFile;

/// Mount an image on a folder of this machine, read-only, until Ctrl-C or umount
///
/// Through FUSE; as a user that needs fusermount3 (Debian's package fuse3). Files can be read, listed and mapped into
/// memory like any others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs mount app.romfs /mnt         until Ctrl-C
  romfs mount app.romfs mnt &        until umount mnt (or fusermount3 -u mnt)")]
pub struct Args {
    /// The image
    image: PathBuf,
    /// An empty folder
    folder: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let file = ImageFile::read(&args.image)?;
    file.image()?;
    let mount =
        Mount::new(file.bytes().to_vec(), &args.image, &args.folder).map_err(
            |error| match error {
                MountError::Image(error) => anyhow::Error::from(file.error(error)),
                MountError::System(_) => anyhow::Error::from(error)
                    .context(format!("{}: cannot mount", args.folder.display())),
            },
        )?;
    println!(
        "{}: mounted; Ctrl-C or umount ends it",
        args.folder.display()
    );
    std::io::stdout().flush()?;
    let mut set = Ok(());
    let ended = mount.run(|mut unmounter| {
        let mut asked = false;
        set = ctrlc::set_handler(move || {
            // Asked twice: the programs that hold files have to do without.
            if std::mem::replace(&mut asked, true) {
                std::process::exit(0);
            }
            match unmounter.unmount() {
                Ok(Unmounted::Done) => {}
                Ok(Unmounted::InUse) => eprintln!(
                    "romfs: unmounted, but files are open; it ends when they are closed, or at the next Ctrl-C"
                ),
                Err(error) => eprintln!("romfs: cannot unmount: {error}; Ctrl-C again ends it all the same"),
            }
        });
    });
    set.context("cannot wait for Ctrl-C")?;
    ended.with_context(|| format!("{}: the mount failed", args.folder.display()))
}
