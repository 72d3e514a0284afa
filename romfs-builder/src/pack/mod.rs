//! A build from end to end: source files are read, compiled and checked several at once, then written as one image.

mod load;
mod missing;
mod summary;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::abi::Abi;
use crate::board::Board;
use crate::error::Result;
use crate::image::{self, File, Image, ImageOptions, ImageRecord, Places};
use crate::input::align::AlignRules;
use crate::input::cache::Cache;
use crate::input::mpy_cross::{CompileOptions, MpyCross};
use crate::input::plan::{PlanOptions, Prefer, plan};
use crate::module::{self, Target};
use crate::parallel;
use crate::progress::Progress;
use crate::report::BuildReport;
use crate::tree::SourceTree;
use load::{Loaded, load};
use summary::Summary;

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
    /// An earlier image: what did not change keeps its place, and a delta from it stays small.
    pub base: Option<Places>,
    /// The firmware to prelink for.
    pub link: Option<Abi>,
    /// Alignment of contents.
    pub align: AlignRules,
    /// The board that the image is for, and the name of its partition if it is not the first.
    pub board: Option<(Board, Option<String>)>,
    /// A device whose modules' header is known, beside the board.
    pub device: Option<Target>,
    /// Optimisation level of files that have their own, by path within the source.
    pub levels: BTreeMap<String, u8>,
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
            base: None,
            link: None,
            align: AlignRules::default(),
            board: None,
            device: None,
            levels: BTreeMap::new(),
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
    /// Where each file came from, in the order of the image.
    pub files: Vec<PackedFile>,
}

/// A file of a built image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedFile {
    /// Path within the image.
    pub path: String,
    /// Where it was read from.
    pub source: PathBuf,
    /// It was compiled from that source.
    pub compiled: bool,
}

/// Builds an image of `source`.
///
/// # Errors
/// Any [`Error`](crate::Error); that of the first file in order if several fail.
pub fn pack(source: SourceTree, options: &PackOptions, progress: &dyn Progress) -> Result<Packed> {
    let mut planned = plan(source, &options.plan_options())?;
    if !options.plain {
        // Compiling changed names; an image lists them in their own order.
        planned.sort_deep();
    }
    let folders = planned.folder_count();
    let (tree, files) = planned.number();
    progress.begin("packing", files.len() as u64);
    let targets = options.targets();
    let loaded = parallel::map(files.len(), options.workers, |number| {
        let (path, file) = &files[number];
        let loaded = load(path, file, options, &targets);
        progress.step();
        loaded
    });
    progress.end();
    let mut contents: Vec<File> = Vec::with_capacity(files.len());
    let (mut origins, mut imports) = (Vec::new(), Vec::new());
    for (number, loaded) in loaded?.into_iter().enumerate() {
        let Loaded {
            file,
            origin,
            imports: needed,
        } = loaded;
        contents.push(file);
        origins.push(origin);
        imports.extend(needed.into_iter().map(|import| (number, import)));
    }
    let image = image::build(&tree, &contents, &options.image_options())?;
    let report = Summary {
        image: &image,
        files: &files,
        contents: &contents,
        origins: &origins,
        imports: &imports,
        folders,
        options,
    }
    .report()?;
    let files = files.into_iter().map(|(path, file)| PackedFile {
        path,
        compiled: file.compile_as.is_some(),
        source: file.source,
    });
    Ok(Packed {
        image,
        report,
        files: files.collect(),
    })
}

impl PackOptions {
    fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            compile: self.mpy_cross.is_some(),
            keep_twins: self.plain,
            prefer: self.prefer,
        }
    }

    /// Everything that has to import the modules.
    fn targets(&self) -> Vec<Target> {
        let board = self.board.iter().map(|(board, _)| Target::of_board(board));
        board.chain(self.device.clone()).collect()
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
            base: self.base.clone(),
            link: self.link.clone(),
        }
    }
}
