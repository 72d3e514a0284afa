//! A small computer for tests: an image built from sources, mapped read-only, a simulated flash with littlefs at /, and a
//! VM that runs a program from the image.

use std::collections::BTreeMap;

use flash_sim::{Chip, Geometry, Nor};
use memmap2::{Mmap, MmapMut};
use romfs_builder::input;
use romfs_builder::input::collect::CollectOptions;
use romfs_builder::pack::{PackOptions, pack};
use romfs_runtime::littlefs::{BlockDevice, NorDevice, Options, Units};
use romfs_vm::native::{Res, Sink};
use romfs_vm::observe::{Event, Observer};
use romfs_vm::vm::{Host, Limits, Vm};

use crate::builds;

/// Erase sectors of the simulated flash.
pub const SECTOR: usize = 4096;

/// The flash of a machine.
pub type Flash = Nor<1, SECTOR>;

/// New flash of this many sectors.
pub fn flash(sectors: usize) -> Flash {
    Nor::new(Chip::new(Geometry::spi(sectors * SECTOR))).expect("the units fit")
}

/// An image of files: text of sources by path. Sources become modules. `None` without mpy-cross.
///
/// # Panics
/// Where a source does not compile.
pub fn image(files: &[(&str, &[u8])]) -> Option<Mmap> {
    Some(mapped(&packed(files, true)?))
}

/// The bytes of such an image; without `compile`, sources stay sources.
///
/// # Panics
/// Where a source does not compile.
pub fn packed(files: &[(&str, &[u8])], compile: bool) -> Option<Vec<u8>> {
    let compiler = builds::compiler()?;
    let folder = tempfile::tempdir().expect("a folder for the sources");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the folder can be made");
        std::fs::write(path, text).expect("the folder can be written");
    }
    let tree = input::read(folder.path(), &CollectOptions::default()).expect("the folder is read");
    let options = PackOptions {
        mpy_cross: compile.then_some(compiler),
        ..PackOptions::default()
    };
    let packed = pack(tree, &options, &romfs_builder::progress::Quiet).expect("the image is built");
    Some(packed.image.bytes)
}

/// Bytes in memory that nothing can write, as flash is.
///
/// # Panics
/// Where there is no memory.
pub fn mapped(bytes: &[u8]) -> Mmap {
    let mut map = MmapMut::map_anon(bytes.len().max(1)).expect("memory for the image");
    map[..bytes.len()].copy_from_slice(bytes);
    map.make_read_only().expect("memory can be read-only")
}

/// A console that keeps what is printed, and what was called.
#[derive(Default)]
pub struct Console {
    /// What was printed.
    pub out: String,
    /// What went to the console for errors.
    pub errors: String,
    /// Addresses of first instructions of functions, by name, where the machine observes.
    pub called: BTreeMap<String, usize>,
    /// Whether calls are wanted.
    pub observes: bool,
    /// Microseconds of its clock.
    pub ticks: u64,
}

impl Host for Console {
    fn write(&mut self, bytes: &[u8]) {
        self.out.push_str(&String::from_utf8_lossy(bytes));
    }

    fn write_error(&mut self, bytes: &[u8]) {
        self.errors.push_str(&String::from_utf8_lossy(bytes));
    }

    fn ticks_us(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
    }

    fn sleep_us(&mut self, us: u64) {
        self.ticks += us;
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        self.observes.then_some(self as &mut dyn Observer)
    }
}

impl Observer for Console {
    fn event(&mut self, event: Event<'_>) {
        if let Event::Call { function, code, .. } = event {
            let name = String::from_utf8_lossy(function).into_owned();
            self.called.insert(name, code);
        }
    }
}

/// What to run, and on what.
pub struct Machine<'m> {
    /// Mounted at /rom.
    pub rom: &'m [u8],
    /// What `.frozen` is.
    pub frozen: Option<&'m [u8]>,
    /// `sys.path`.
    pub path: &'m [&'m str],
    /// Bytes of heap.
    pub heap: usize,
}

impl<'m> Machine<'m> {
    /// A machine with this image at /rom.
    pub fn new(rom: &'m [u8]) -> Self {
        Machine {
            rom,
            frozen: None,
            path: &["", ".frozen", "/rom", "/rom/lib"],
            heap: 4 << 20,
        }
    }

    /// Runs `main` with littlefs on `flash` at /; what it printed. `after` sees the VM when it ended.
    ///
    /// # Errors
    /// What went to the console for errors, where the program ended by an exception.
    pub fn run_seen<R>(
        &self,
        flash: &mut Flash,
        console: &mut Console,
        after: impl FnOnce(&mut Vm<'_>) -> R,
    ) -> Result<R, String> {
        let mut device = NorDevice::new(flash, Units::default()).expect("the units fit");
        self.run_on(&mut device, console, after)
    }

    /// The same with littlefs on any device.
    ///
    /// # Errors
    /// As [`run_seen`](Self::run_seen).
    ///
    /// # Panics
    /// Where the memory is too small to start.
    pub fn run_on<R>(
        &self,
        device: &mut dyn BlockDevice,
        console: &mut Console,
        after: impl FnOnce(&mut Vm<'_>) -> R,
    ) -> Result<R, String> {
        let mut memory = Vec::with_capacity(self.heap + (64 << 10));
        let done = {
            let mut vm = Vm::new(memory.spare_capacity_mut(), Limits::default(), console)
                .expect("the memory is enough to start");
            match self.start(&mut vm, device) {
                Ok(()) => Ok(after(&mut vm)),
                Err(raised) => {
                    let exception = vm.take_raised(raised);
                    let _ = vm.print_exception(exception, Sink::Error);
                    Err(())
                }
            }
        };
        done.map_err(|()| console.errors.clone())
    }

    fn start<'v>(&self, vm: &mut Vm<'v>, device: &'v mut dyn BlockDevice) -> Res<()>
    where
        'm: 'v,
    {
        vm.mount_littlefs("/", device, &Options::default(), false)?;
        vm.mount_image("/rom", self.rom)?;
        if let Some(frozen) = self.frozen {
            vm.set_frozen(frozen)?;
        }
        for folder in self.path {
            vm.add_path(folder)?;
        }
        vm.run_main("main")?;
        vm.close_files()
    }

    /// The same without a look at the VM.
    ///
    /// # Errors
    /// As [`run_seen`](Self::run_seen).
    pub fn run(&self, flash: &mut Flash) -> Result<String, String> {
        let mut console = Console::default();
        self.run_seen(flash, &mut console, |_| ())?;
        Ok(console.out)
    }
}
