//! `romfs run`

mod board;
mod console;
mod costs;
mod sockets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use flash_sim::{Chip, Geometry, Nor};
use memmap2::{Mmap, MmapMut};
use romfs_builder::abi::Abi;
use romfs_builder::pack::PackOptions;
use romfs_runtime::littlefs::{BlockDevice, NorDevice, Options, Units};
use romfs_runtime::{CheckOptions, Image};
use romfs_vm::image::{CheckedImage, ImageBytes};
use romfs_vm::native::Sink;
use romfs_vm::object::exception::KEYBOARD_INTERRUPT;
use romfs_vm::raise::Raised;
use romfs_vm::vm::{Limits, Vm};

use super::load;
use console::Console;
use costs::Costs;

/// Run a program on this machine, its modules in place in an image
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs run app                    build the folder in memory and run its main
  romfs run app.romfs              run main from an image
  romfs run blink.py               run one module by itself
  romfs run --profile app          and say where the time went
  romfs run --check app.romfs      check all of the image first, and no module at its import
  romfs run --frozen factory app   with modules of a firmware's own in .frozen
  romfs run -m tool app -- one two with arguments for sys.argv

The image is mounted read-only at /rom, a littlefs in simulated flash at /; it is empty unless --flash keeps it. sys.path is
['', '.frozen', '/rom', '/rom/lib']: a file in the current directory comes before one of the image; --chdir /rom puts the
image first. An uncaught exception prints its traceback and exits 1,
Ctrl-C raises KeyboardInterrupt (130); SystemExit sets the status.")]
pub struct Args {
    /// An image, or a folder or module (.py, .mpy) to build one of
    path: PathBuf,
    /// Module to run [default: main, or the one that PATH is]
    #[arg(short)]
    module: Option<String>,
    /// Bytes of heap
    #[arg(long, default_value_t = 64 << 20)]
    heap: usize,
    /// Bytes of value stack
    #[arg(long, default_value_t = 256 << 10)]
    stack: usize,
    /// Afterwards, print calls and time by function and allocations by type (to standard error)
    #[arg(long)]
    profile: bool,
    /// Afterwards, print what is in RAM, how much of the image was imported and what each import cost (to standard error)
    #[arg(long)]
    stats: bool,
    /// An image, or a folder to build one of, that stands for the one inside a firmware: entries of sys.path that begin
    /// with .frozen look in it
    #[arg(long, value_name = "PATH")]
    frozen: Option<PathBuf>,
    /// File that keeps the flash of the littlefs at /; made where it is not there
    #[arg(long, value_name = "FILE")]
    flash: Option<PathBuf>,
    /// Format the littlefs anew, where it is damaged or not wanted any more
    #[arg(long)]
    format: bool,
    /// Bytes of that flash, a multiple of 4096
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20)]
    flash_size: usize,
    /// Check images whole before the program starts, every module among it, and refuse those that are not sound. Imports
    /// then verify nothing; without this each module is verified when it is first imported
    #[arg(long)]
    check: bool,
    /// Of a folder: number names for this program's own VM, so that imports need not look for them
    #[arg(long, value_name = "HOST", value_parser = ["HOST"])]
    link: Option<String>,
    /// Directory to start in. In the image, a layer in RAM lies over it then: what the program writes there is kept until
    /// it ends, as if it ran in a folder of this machine
    #[arg(long, value_name = "PATH")]
    chdir: Option<String>,
    /// Arguments for the program, in sys.argv
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// The bytes of an image, or of one built of a folder or module: private to this process and read-only, as flash is.
fn map_image(path: &Path, link: Option<Abi>) -> anyhow::Result<Mmap> {
    let bytes = if path.is_dir() || load::module(path).is_some() {
        let options = PackOptions {
            link,
            ..PackOptions::default()
        };
        load::built(path, options)?
    } else {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?
    };
    let mut map =
        MmapMut::map_anon(bytes.len().max(1)).context("cannot map memory for the image")?;
    map[..bytes.len()].copy_from_slice(&bytes);
    let map = map
        .make_read_only()
        .context("cannot make the image read-only")?;
    Image::open(&map).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
    Ok(map)
}

/// An image as the VM is to take it: checked, where that is asked for.
fn image_bytes<'m>(path: &Path, map: &'m [u8], check: bool) -> anyhow::Result<ImageBytes<'m>> {
    if !check {
        return Ok(map.into());
    }
    let options = CheckOptions {
        crc32: crc32fast::hash,
        ..CheckOptions::default()
    };
    CheckedImage::check(map, &options, Some(&mut sha2::Sha256::default()))
        .map(ImageBytes::Checked)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}

/// Erase sectors of the simulated flash.
const SECTOR: usize = 4096;

/// Flash with littlefs on it.
type Flash = NorDevice<Nor<1, SECTOR>>;

/// Whether a directory lies in the image.
fn is_in_image(path: &str) -> bool {
    path == "/rom" || path.starts_with("/rom/")
}

fn littlefs_device(chip: Chip) -> anyhow::Result<Flash> {
    NorDevice::new(Nor::new(chip)?, Units::default()).context("the flash has other units")
}

/// New flash in memory.
fn new_flash(args: &Args) -> anyhow::Result<Flash> {
    littlefs_device(Chip::new(Geometry::spi(args.flash_size)))
}

/// The flash under the littlefs at /, and whether it is new.
fn flash(args: &Args) -> anyhow::Result<(Flash, bool)> {
    if args.flash_size < 2 * SECTOR || !args.flash_size.is_multiple_of(SECTOR) {
        anyhow::bail!("--flash-size is a multiple of {SECTOR}, at least two of them");
    }
    let device = match &args.flash {
        Some(path) => {
            let chip = Chip::open(path, Geometry::spi(args.flash_size));
            littlefs_device(chip.with_context(|| format!("cannot open {}", path.display()))?)?
        }
        None => new_flash(args)?,
    };
    Ok((device, args.flash.is_none() || args.format))
}

/// Runs the program; its exit status.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let link = args.link.as_deref().map(Abi::find).transpose()?;
    let map = map_image(&args.path, link)?;
    let frozen = args.frozen.as_deref();
    let frozen_map = frozen.map(|path| map_image(path, None)).transpose()?;
    let rom = image_bytes(&args.path, &map, args.check)?;
    let frozen = match (frozen, &frozen_map) {
        (Some(path), Some(map)) => Some(image_bytes(path, map, args.check)?),
        _ => None,
    };
    let (mut device, anew) = flash(args)?;
    let mut layer = match args.chdir.as_deref().is_some_and(is_in_image) {
        true => Some(new_flash(args)?),
        false => None,
    };
    let mut console = Console::new((args.profile || args.stats).then(Costs::new));
    console::listen_for_stop()?;
    let mut memory = memory(args.stack, args.heap);
    let limits = Limits {
        stack: args.stack,
        ..Limits::default()
    };
    let (status, alive) = {
        let mut vm = Vm::new(memory.spare_capacity_mut(), limits, &mut console)?;
        let mounted = vm.mount_littlefs("/", &mut device, &Options::default(), anew);
        if let Err(raised) = mounted {
            let exception = vm.take_raised(raised);
            anyhow::bail!(
                "the writable filesystem is damaged (littlefs error {}); --format starts it anew",
                vm.errno_of(exception)
            );
        }
        let images = Images {
            rom,
            frozen,
            layer: layer.as_mut().map(|layer| layer as _),
        };
        let status = start(&mut vm, args, images);
        let alive: Vec<_> = if args.profile || args.stats {
            vm.census().collect()
        } else {
            Vec::new()
        };
        (status, alive)
    };
    console.flush()?;
    if let Some(costs) = &mut console.costs {
        if args.stats {
            costs.print_stats(&alive, args.stack, map.len())?;
        }
        if args.profile {
            costs.print_profile(&alive)?;
        }
    }
    Ok(status)
}

/// Bytes at the start of the value stack and of the heap that are written to before the program runs.
///
/// The system gives out memory a page at a time, at the first write to it. Six such faults were an eighth of the time of a
/// first import of 30 classes; a microcontroller knows none.
const PRESENT_STACK: usize = 32 * 1024;
const PRESENT_HEAP: usize = 128 * 1024;

/// Memory for a VM: its value stack, and behind it its heap.
fn memory(stack: usize, heap: usize) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut memory: Vec<u8> = Vec::with_capacity(stack + heap);
    let room = &mut memory.spare_capacity_mut()[..stack + heap];
    let (stack, heap) = room.split_at_mut(stack);
    for (part, present) in [(stack, PRESENT_STACK), (heap, PRESENT_HEAP)] {
        let present = present.min(part.len());
        for page in part[..present].chunks_mut(PAGE) {
            page[0].write(0);
        }
    }
    memory
}

/// What the file tree is made of beside the flash.
struct Images<'a> {
    rom: ImageBytes<'a>,
    frozen: Option<ImageBytes<'a>>,
    /// Where what is written into the image goes.
    layer: Option<&'a mut dyn BlockDevice>,
}

fn start<'a>(vm: &mut Vm<'a>, args: &Args, images: Images<'a>) -> ExitCode {
    let run = |vm: &mut Vm<'a>| {
        if let Some(frozen) = images.frozen {
            vm.set_frozen(frozen)?;
        }
        match images.layer {
            Some(layer) => vm.mount_overlay("/rom", images.rom, layer, &Options::default())?,
            None => vm.mount_image("/rom", images.rom)?,
        }
        for folder in ["", ".frozen", "/rom", "/rom/lib"] {
            vm.add_path(folder)?;
        }
        let module = args.module.as_deref().or(load::module(&args.path));
        let module = module.unwrap_or("main");
        vm.add_argument(module)?;
        for argument in &args.arguments {
            vm.add_argument(argument)?;
        }
        if let Some(path) = &args.chdir {
            vm.change_dir(path)?;
        }
        vm.run_main(module)
    };
    let status = match run(vm) {
        Ok(()) => ExitCode::SUCCESS,
        Err(raised) => ended(vm, raised),
    };
    match vm.close_files() {
        Ok(()) => status,
        Err(raised) => ended(vm, raised),
    }
}

/// The status of a program that Ctrl-C ended, as a shell has it.
const INTERRUPTED: u8 = 130;

/// The status that an exception which went through means; unless it asks for one, its traceback is printed.
fn ended(vm: &mut Vm<'_>, raised: Raised) -> ExitCode {
    let exception = vm.take_raised(raised);
    if let Some(status) = vm.exit_status(exception) {
        return ExitCode::from(status);
    }
    let _ = vm.print_exception(exception, Sink::Error);
    match vm.is_instance(exception, &KEYBOARD_INTERRUPT) {
        true => ExitCode::from(INTERRUPTED),
        false => ExitCode::FAILURE,
    }
}
