//! `romfs extract`

use std::fs;
use std::path::{Component, Path, PathBuf};

use romfs_builder::Error;
use romfs_runtime::{Dir, Entry};

use super::source::ImageFile;

/// Write the files of an image into a new folder
///
/// Everything is written to a temporary folder that is renamed when it is complete: a failure leaves nothing behind,
/// and no name in an image can reach outside the target.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs extract app.romfs            into the folder app
  romfs extract app.romfs -o out --path lib")]
pub struct Args {
    /// The image
    image: PathBuf,
    /// Folder to make, or an empty one [default: the image's name without its extension]
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Folder within the image
    #[arg(long, default_value = "/")]
    path: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let source = ImageFile::read(&args.image)?;
    let dir = source.dir(&args.path)?;
    let target = args
        .output
        .clone()
        .unwrap_or_else(|| args.image.with_extension(""));
    if taken(&target) {
        return Err(Error::TargetTaken { path: target }.into());
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Io {
            action: "write",
            path,
            source,
        }
    };
    let work = tempfile::Builder::new()
        .prefix(".romfs-")
        .tempdir_in(parent)
        .map_err(io(&target))?;
    let root = work.path().join("root");
    let mut extraction = Extraction {
        source: &source,
        files: 0,
    };
    extraction.dir(dir, &root, 0)?;
    fs::rename(&root, &target).map_err(io(&target))?;
    eprintln!("{}: {} files", target.display(), extraction.files);
    Ok(())
}

fn taken(target: &Path) -> bool {
    match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => fs::symlink_metadata(target).is_ok(),
    }
}

struct Extraction<'a> {
    source: &'a ImageFile,
    files: usize,
}

impl Extraction<'_> {
    fn dir(&mut self, dir: Dir<'_>, target: &Path, depth: usize) -> Result<(), Error> {
        if depth >= romfs_runtime::MAX_DEPTH {
            let kind = romfs_runtime::ErrorKind::TooDeep {
                limit: romfs_runtime::MAX_DEPTH,
            };
            return Err(self.source.error(romfs_runtime::Error {
                kind,
                offset: dir.offset(),
            }));
        }
        let written = |source| Error::Io {
            action: "write",
            path: target.to_path_buf(),
            source,
        };
        fs::create_dir(target).map_err(written)?;
        for entry in dir.entries() {
            let entry = entry.map_err(|e| self.source.error(e))?;
            let path = target.join(self.safe_name(&entry)?);
            match entry {
                Entry::Dir(dir) => self.dir(dir, &path, depth + 1)?,
                Entry::File(file) => {
                    let content = file.data().map_err(|e| self.source.error(e))?;
                    let mut options = fs::OpenOptions::new();
                    // A second entry of the same name (or one that differs in case only, where that is the same) fails.
                    let opened = options.write(true).create_new(true).open(&path);
                    let result =
                        opened.and_then(|mut f| std::io::Write::write_all(&mut f, content));
                    result.map_err(|source| Error::Io {
                        action: "write",
                        path: path.clone(),
                        source,
                    })?;
                    self.files += 1;
                }
            }
        }
        Ok(())
    }

    /// The entry's name, if it is one plain file name on this system.
    fn safe_name(&self, entry: &Entry<'_>) -> Result<PathBuf, Error> {
        let name = String::from_utf8_lossy(entry.name()).into_owned();
        let mut parts = Path::new(&name).components();
        let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name.as_str());
        let unsafe_name =
            !plain || name.contains(['/', '\\', '\0']) || name.as_bytes() != entry.name();
        if unsafe_name {
            let (path, offset) = (self.source.path().to_path_buf(), entry.offset());
            return Err(Error::UnsafeName { path, offset, name });
        }
        Ok(PathBuf::from(name))
    }
}
