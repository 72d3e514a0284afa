//! A build from end to end: source files are read, compiled and checked several at once, then written as one image.

mod load;
mod summary;

use std::num::NonZeroUsize;

use crate::board::Board;
use crate::error::Result;
use crate::image::{self, File, Image, ImageOptions, ImageRecord, Places};
use crate::input::align::AlignRules;
use crate::input::cache::Cache;
use crate::input::mpy_cross::{CompileOptions, MpyCross};
use crate::input::plan::{PlanOptions, Prefer, plan};
use crate::module;
use crate::parallel;
use crate::progress::Progress;
use crate::report::BuildReport;
use crate::tree::SourceTree;
use load::{Origin, load};
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
            base: None,
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
    let loaded = parallel::map(files.len(), options.workers, |number| {
        let (path, file) = &files[number];
        let loaded = load(path, file, options);
        progress.step();
        loaded
    });
    progress.end();
    let (contents, origins): (Vec<File>, Vec<Origin>) = loaded?.into_iter().unzip();
    let image = image::build(&tree, &contents, &options.image_options())?;
    let report = Summary {
        image: &image,
        files: &files,
        contents: &contents,
        origins: &origins,
        folders,
        options,
    }
    .report()?;
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
            base: self.base.clone(),
        }
    }
}
