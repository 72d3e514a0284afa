//! The simulated device of `romfs device run host`: flash with two slots, which takes images over SMP.
//!
//! It boots what the flash holds, answers SMP (MCUmgr) over UDP, updates, resets and boots again, by the same code as a
//! board. `romfs push`, smpmgr and mcumgrctl can talk to it.

use std::io::{self, Write};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use romfs_builder::device::{DeviceOptions, Event, SECTOR, open_flash, run as run_device};
use romfs_builder::update::{class_id, read_verifying_key, vendor_id};
use romfs_runtime::MpyTarget;
use romfs_runtime::update::{CheckPolicy, Rules, Slot, Source};

/// What only the simulated device knows.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Only for the host")]
pub struct Args {
    /// The device's vendor: its domain name, or a UUID
    #[arg(long, default_value = "example.com")]
    vendor: String,
    /// The device's class: its name with this vendor, or a UUID
    #[arg(long, default_value = "host")]
    class: String,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:1337")]
    udp: String,
    /// Bytes of each slot, in KiB
    #[arg(long, value_name = "KIB", default_value_t = 1024,
          value_parser = clap::value_parser!(u32).range(8..=1_000_000))]
    slot: u32,
    /// Boots that an image has on trial
    #[arg(long, default_value_t = 3)]
    attempts: u8,
    /// Seconds in which an image on trial has to be confirmed
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    confirm_within: u64,
    /// Confirm every image as soon as it runs
    #[arg(long)]
    confirm: bool,
    /// When boot checks the image
    #[arg(long, value_enum, default_value_t = Check::OnTrial)]
    check: Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    Always,
    OnTrial,
    Never,
}

/// Runs until nobody reads its console any more.
pub fn run(flash: &Path, keys: &[PathBuf], args: &Args) -> anyhow::Result<()> {
    let keys = keys
        .iter()
        .map(|path| read_verifying_key(path))
        .collect::<Result<Vec<_>, _>>()?;
    let vendor = vendor_id(&args.vendor);
    let rules = Rules {
        keys: &keys,
        vendor,
        class: class_id(vendor, &args.class),
        component: 0,
        target: HOST_VM,
    };
    let options = DeviceOptions {
        slot: args.slot * 1024 / SECTOR as u32 * SECTOR as u32,
        check: match args.check {
            Check::Always => CheckPolicy::Always,
            Check::OnTrial => CheckPolicy::OnTrial,
            Check::Never => CheckPolicy::Never,
        },
        attempts: args.attempts,
        confirm_within: Duration::from_secs(args.confirm_within),
        confirm: args.confirm,
    };
    let mut flash = open_flash(flash, &options)?;
    let socket = UdpSocket::bind(&args.udp)?;
    let mut out = io::stdout();
    writeln!(out, "listening at {}", socket.local_addr()?)?;
    // A device whose console nobody reads any more stops.
    let mut told = Ok(());
    run_device(&mut flash, &socket, &rules, &options, &mut |event| {
        told = tell(&mut out, event);
        told.is_ok()
    })?;
    Ok(told?)
}

/// What a 64-bit host's VM runs.
const HOST_VM: MpyTarget = MpyTarget {
    version: 6,
    sub_version: 3,
    arch: 0,
    small_int_bits: 63,
    arch_flags: 0,
};

fn tell(out: &mut impl Write, event: &Event) -> io::Result<()> {
    match event {
        Event::Idle => Ok(()),
        Event::Reset => writeln!(out, "reset"),
        Event::WatchdogReset => writeln!(out, "not confirmed in time: reset by the watchdog"),
        Event::Booted {
            source,
            version,
            trial,
        } => {
            let place = match source {
                Source::Factory => "the factory image",
                Source::Slot(Slot::A) => "slot A",
                Source::Slot(Slot::B) => "slot B",
            };
            let version = version.as_deref().unwrap_or("no version");
            let trial = if *trial { ", on trial" } else { "" };
            writeln!(out, "booted {place}, {version}{trial}")
        }
    }
}
