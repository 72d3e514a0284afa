//! The host as a device: simulated flash in a file, with a boot record and two slots, that boots,
//! updates and answers SMP like a board.

mod flash;

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use flash_sim::{Chip, Geometry, Timing};
use romfs_runtime::Image;
use romfs_runtime::flash::{FlashMap, Partition};
use romfs_runtime::update::smp::{Board, RomFiles, Server};
use romfs_runtime::update::{
    BootOptions, BootRecord, Booted, CheckPolicy, Head, Rules, SignedSlots, Slots, Source, Staging,
    Updater, Watchdog,
};

pub use flash::SimFlash;

/// Erase sector of the host device's flash: serial NOR.
pub const SECTOR: usize = 4096;
/// Program page of it.
pub const PAGE: usize = 256;
/// Largest request that the device takes over UDP.
const BUFFER: usize = 1472;

/// The flash of the host device.
pub type HostFlash = SimFlash<1, SECTOR>;
type Part<'c> = Partition<'c, &'c mut HostFlash>;

/// What a host device is.
#[derive(Debug, Clone, Copy)]
pub struct DeviceOptions {
    /// Bytes of each slot, a multiple of [`SECTOR`].
    pub slot: u32,
    /// When boot checks the image.
    pub check: CheckPolicy,
    /// Boots that a trial has.
    pub attempts: u8,
    /// Time to confirm a trial in; then the watchdog resets the device.
    pub confirm_within: Duration,
    /// Confirms what runs on trial at once, as a program does that finds itself working.
    pub confirm: bool,
}

impl DeviceOptions {
    /// Bytes of the whole flash.
    pub fn capacity(&self) -> usize {
        2 * SECTOR + 2 * self.slot as usize
    }
}

/// What a device tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It has booted.
    Booted {
        /// What runs.
        source: Source,
        /// Its version, if it is signed.
        version: Option<String>,
        /// Whether on trial.
        trial: bool,
    },
    /// Nothing came for a moment.
    Idle,
    /// A client asked for a reset.
    Reset,
    /// The trial was not confirmed in time.
    WatchdogReset,
}

/// Opens the flash kept in the file at `path`, or makes it.
///
/// # Errors
/// What the system says, and a file that is larger than the flash.
pub fn open_flash(path: &Path, options: &DeviceOptions) -> io::Result<HostFlash> {
    let mut chip = Chip::open(path, Geometry::spi(options.capacity()))?;
    chip.set_timing(Timing::W25Q32_TYPICAL);
    HostFlash::new(chip).map_err(io::Error::other)
}

/// Runs the device until `tell` answers no: boots, answers SMP at `socket`, resets, boots again.
///
/// # Errors
/// What the system says to the socket, and slots that are not whole sectors.
pub fn run(
    flash: &mut HostFlash,
    socket: &UdpSocket,
    rules: &Rules<'_>,
    options: &DeviceOptions,
    tell: &mut dyn FnMut(&Event) -> bool,
) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    while let Some(happened) = session(flash, socket, rules, options, tell)? {
        if !tell(&happened) {
            break;
        }
    }
    Ok(())
}

/// From a boot to the next reset; `None` if that is not wanted any more.
fn session(
    flash: &mut HostFlash,
    socket: &UdpSocket,
    rules: &Rules<'_>,
    options: &DeviceOptions,
    tell: &mut dyn FnMut(&Event) -> bool,
) -> io::Result<Option<Event>> {
    let mut timer = Timer::default();
    let mut map = FlashMap::new(flash);
    let Booted {
        running,
        spare,
        mut control,
        ..
    } = boot(&mut map, rules, options, &mut timer)?;
    let booted = Event::Booted {
        source: running.source(),
        version: running.head().and_then(|head| version_of(&head)),
        trial: control.is_trial(),
    };
    if !tell(&booted) {
        return Ok(None);
    }
    if options.confirm && control.is_trial() {
        control.confirm(&mut timer).map_err(io::Error::other)?;
    }
    let staging = Staging::<PAGE>::per_page::<Part<'_>>();
    let updater = Updater::new(spare, control, staging);
    let attempts = options.attempts;
    let mut server = Server::new(
        updater,
        &running,
        *rules,
        attempts,
        "romfs host device",
        BUFFER,
    );
    let mut files = RomFiles {
        at: "/rom",
        image: running.mapped().and_then(|slot| Image::open(slot).ok()),
    };
    let (mut request, mut response) = ([0; BUFFER], [0; BUFFER]);
    while !timer.has_run_out() {
        let Some((length, client)) = receive(socket, &mut request)? else {
            if !tell(&Event::Idle) {
                return Ok(None);
            }
            continue;
        };
        let board = Board {
            watchdog: &mut timer,
            files: &mut files,
            content: &mut modules_are_sound,
        };
        let Some(reply) = server.handle(&request[..length], &mut response, board) else {
            continue;
        };
        socket.send_to(&response[..reply.length], client)?;
        if reply.reset {
            return Ok(Some(Event::Reset));
        }
    }
    Ok(Some(Event::WatchdogReset))
}

fn boot<'c>(
    map: &'c mut FlashMap<&'c mut HostFlash>,
    rules: &Rules<'_>,
    options: &DeviceOptions,
    timer: &mut Timer,
) -> io::Result<Booted<Part<'c>>> {
    let record = 2 * SECTOR as u32;
    let a = record..record + options.slot;
    let b = a.end..a.end + options.slot;
    let [record, a, b] = map
        .partitions([0..record, a, b])
        .map_err(io::Error::other)?;
    let record = BootRecord::new(record).map_err(|error| io::Error::other(error.to_string()))?;
    let boot = BootOptions {
        initial: Source::Factory,
        check: options.check,
        confirm_within_ms: options.confirm_within.as_millis() as u32,
    };
    let mut checker = SignedSlots { rules: *rules };
    Ok(Slots { a, b, record }.boot(&boot, timer, &mut checker))
}

/// A request and who sent it, or none for now.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Option<(usize, SocketAddr)>> {
    match socket.recv_from(buffer) {
        Ok(received) => Ok(Some(received)),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {
                Ok(None)
            }
            _ => Err(error),
        },
    }
}

/// Version of a signed image.
fn version_of(head: &Head) -> Option<String> {
    let manifest = head.manifest_unverified::<()>().ok()?;
    Some(manifest.version.to_owned())
}

/// The check of a staged image's modules: each through the verifier.
fn modules_are_sound(image: &Image<'_>) -> bool {
    crate::verify::verify_modules(image).is_ok()
}

/// The watchdog: a deadline.
#[derive(Debug, Default)]
struct Timer(Option<Instant>);

impl Timer {
    fn has_run_out(&self) -> bool {
        self.0.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl Watchdog for Timer {
    fn arm(&mut self, milliseconds: u32) {
        self.0 = Some(Instant::now() + Duration::from_millis(milliseconds.into()));
    }

    fn disarm(&mut self) {
        self.0 = None;
    }
}
