//! `romfs watch`

mod program;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use romfs_builder::board::Board;
use romfs_builder::input::cache::Cache;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::mpy_cross::MpyCross;
use romfs_builder::input::project::{ImagePart, Project};
use romfs_builder::input::{self, mpy_cross::CompileOptions};
use romfs_builder::pack::{PackOptions, Packed, pack};
use romfs_builder::progress::Quiet;
use romfs_builder::watch::Snapshot;

use super::manifests::ManifestArgs;
use program::Program;
use target::{Device, DeviceArgs};

/// Build and run again at every change, on this machine or on a device
///
/// Only what changed is compiled again. On this machine the program runs as `romfs run` does it; a new build ends the
/// one that runs. With --udp or --serial each build is signed and sent to a device instead: what changed only, once the
/// device has an image of this session. A build that fails leaves what runs as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs watch app
  romfs watch app -m tool -- one two
  romfs watch manifest.py --lib ../micropython-lib
  romfs watch app --udp 192.168.1.20 --key release.pem --vendor example.com --class thermostat-2 --confirm")]
pub struct Args {
    /// Folder, project (romfs.toml), manifest or list
    #[arg(default_value = ".")]
    source: PathBuf,
    /// Module to run
    #[arg(short, default_value = "main")]
    module: String,
    /// Of a project with several images this one
    #[arg(long, value_name = "NAME")]
    image: Option<String>,
    #[command(flatten)]
    manifests: ManifestArgs,
    /// Board: compile for it, check that it fits
    #[arg(short, long)]
    board: Option<String>,
    #[command(flatten)]
    device: DeviceArgs,
    /// Arguments for the program, in sys.argv
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Where builds go.
enum Goal {
    Here(Program),
    Device(Box<Device>),
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))
        .context("cannot wait for Ctrl-C")?;
    let mut options = PackOptions {
        mpy_cross: MpyCross::find(None)?,
        cache: Cache::of_user(),
        ..PackOptions::default()
    };
    let mut goal = match Device::open(&args.device)? {
        Some(device) => Goal::Device(Box::new(device)),
        None => Goal::Here(Program::new(&args.module, &args.arguments)?),
    };
    let roots = roots(args);
    let mut snapshot = Snapshot::of(&roots);
    loop {
        if let Err(error) = build_and_start(args, &mut options, &mut goal) {
            eprintln!("romfs: {}", super::printable(&super::one_line(&error)));
        }
        let go_on = || {
            if let Goal::Here(program) = &mut goal {
                program.tell_of_end();
            }
            !stop.load(Ordering::Relaxed)
        };
        match snapshot.wait_for_change(&roots, go_on) {
            Some(changed) => snapshot = changed,
            None => return Ok(()),
        }
    }
}

fn build_and_start(args: &Args, options: &mut PackOptions, goal: &mut Goal) -> anyhow::Result<()> {
    let start = Instant::now();
    let packed = build(args, options)?;
    for warning in &packed.report.warnings {
        eprintln!("romfs: warning: {}", super::printable(warning));
    }
    let modules = &packed.report.modules;
    eprintln!(
        "romfs: built in {} ms: {} modules, {} compiled",
        start.elapsed().as_millis(),
        modules.compiled + modules.cached + modules.ready,
        modules.compiled
    );
    match goal {
        Goal::Here(program) => program.start(&packed.image.bytes),
        Goal::Device(device) => device.send(&packed.image.bytes),
    }
}

fn build(args: &Args, options: &mut PackOptions) -> anyhow::Result<Packed> {
    // The project's file may be what was saved.
    let project = Project::file_of(&args.source);
    let project = project.as_deref().map(Project::read).transpose()?;
    let image = match &project {
        Some(project) => Some(chosen(args, project)?),
        None => None,
    };
    let source = match project.as_ref().zip(image) {
        Some((project, image)) => project.source(image, false)?,
        None => input::source(
            &args.source,
            &CollectOptions::default(),
            &args.manifests.options()?,
        )?,
    };
    let board = args.board.clone().or_else(|| project.as_ref()?.board());
    let board = board.as_deref().map(Board::find).transpose()?;
    options.compile = board
        .as_ref()
        .map_or_else(CompileOptions::default, Board::compile_options);
    if let Some(project) = &project {
        options.align = project.align_rules()?;
        options.compile.optimise = project.optimise.unwrap_or(0);
    }
    let partition = image.and_then(|image| image.partition.clone());
    options.board = board.map(|board| (board, partition));
    options.levels = source.levels;
    Ok(pack(source.tree, options, &Quiet)?)
}

/// The image of a project that is watched.
fn chosen<'p>(args: &Args, project: &'p Project) -> anyhow::Result<&'p ImagePart> {
    let names: Vec<String> = args.image.iter().cloned().collect();
    match project.images(&names)?[..] {
        [image] => Ok(image),
        ref images => anyhow::bail!(
            "the project has {} images; choose one with --image",
            images.len()
        ),
    }
}

/// What is looked at for changes: the source, and the folders of libraries.
fn roots(args: &Args) -> Vec<PathBuf> {
    let libraries = args.manifests.libraries.iter().cloned();
    std::iter::once(root(args)).chain(libraries).collect()
}

/// The source; of a project or manifest the folder that it lies in.
fn root(args: &Args) -> PathBuf {
    if args.source.is_dir() {
        return args.source.clone();
    }
    let beside = args.source.parent().filter(|p| !p.as_os_str().is_empty());
    let names_others = Project::file_of(&args.source).is_some()
        || input::manifest::is_manifest(&args.source)
        || !args
            .source
            .extension()
            .is_some_and(|e| e == "py" || e == "mpy");
    match names_others {
        true => beside.map_or_else(|| PathBuf::from("."), PathBuf::from),
        false => args.source.clone(),
    }
}
