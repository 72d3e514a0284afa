//! One file on its way into an image: read, compiled, verified, summed.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::PackOptions;
use crate::error::{Error, Result};
use crate::image::File;
use crate::imports::{Import, imports};
use crate::input::mpy_cross::CompileOptions;
use crate::input::plan::PlannedFile;
use crate::module::{self, Target};

/// Where a file's content came from, and whether it was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Data,
    Source,
    Ready { verified: bool },
    Compiled { cached: bool, verified: bool },
}

/// A file on its way into an image.
pub(super) struct Loaded {
    pub file: File,
    pub origin: Origin,
    /// What it imports, if it is a module that was verified.
    pub imports: Vec<Import>,
}

/// Makes the content of the file at `path` within the image.
pub(super) fn load(
    path: &str,
    file: &PlannedFile,
    options: &PackOptions,
    targets: &[Target],
) -> Result<Loaded> {
    let mut content = read(&file.source).map_err(Error::io("read", &file.source))?;
    let mut origin = Origin::Data;
    if let (Some(name), Some(mpy_cross)) = (&file.compile_as, &options.mpy_cross) {
        let compile = CompileOptions {
            optimise: options
                .levels
                .get(name)
                .copied()
                .unwrap_or(options.compile.optimise),
            ..options.compile.clone()
        };
        let compiled = mpy_cross.compile(name, &content, &compile, options.cache.as_ref())?;
        content = compiled.module;
        origin = Origin::Compiled {
            cached: compiled.cached,
            verified: options.verify,
        };
    } else if path.ends_with(".mpy") {
        origin = Origin::Ready {
            verified: options.verify,
        };
    } else if path.ends_with(".py") {
        origin = Origin::Source;
    }
    let mut needed = Vec::new();
    if let Origin::Compiled { verified: true, .. } | Origin::Ready { verified: true } = origin {
        module::verify(path, &content, targets)?;
        needed = imports(&content);
    }
    let crc32 = (!options.plain).then(|| crc32fast::hash(&content));
    Ok(Loaded {
        file: File {
            content,
            crc32,
            align: options.align.of(path),
        },
        origin,
        imports: needed,
    })
}

/// Reads a file. With room for one byte more than its size, the first read ends at its end and spares the second one
/// by which `fs::read` finds that out: a tenth of the time of a build of small files.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let size = file.metadata()?.len();
    let mut content = vec![0; usize::try_from(size).unwrap_or(0) + 1];
    let mut filled = 0;
    while filled < content.len() {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled as u64 == size {
            break;
        }
    }
    content.truncate(filled);
    if filled as u64 > size {
        // It grew in the meantime.
        file.read_to_end(&mut content)?;
    }
    Ok(content)
}
