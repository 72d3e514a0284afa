//! The device of `romfs watch`: each build is signed and sent, as a delta where the device has the one before.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use romfs_builder::push::{Client, PushOptions, Pushed, Serial, Udp, push};
use romfs_builder::update::delta::delta;
use romfs_builder::update::{Claims, SigningKey, class_id, sign, vendor_id};
use romfs_runtime::update::manifest::Numbers;

/// Which device, and how its images are signed.
#[derive(Debug, clap::Args)]
pub struct DeviceArgs {
    /// Send builds to a device on the network: HOST or HOST:PORT
    #[arg(long, value_name = "HOST", requires_all = ["key", "vendor", "class"])]
    udp: Option<String>,
    /// Send builds to a device on a serial port
    #[arg(long, value_name = "PORT", conflicts_with = "udp", requires_all = ["key", "vendor", "class"])]
    serial: Option<String>,
    /// Speed of the serial port
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
    /// Private key that the images are signed with
    #[arg(short, long)]
    key: Option<PathBuf>,
    /// The vendor: its domain name, or a UUID
    #[arg(long)]
    vendor: Option<String>,
    /// The class of devices: its name with this vendor, or a UUID
    #[arg(long)]
    class: Option<String>,
    /// Sequence number of the first image; each has one more [default: seconds since 1970]
    #[arg(long, value_name = "N")]
    sequence: Option<u32>,
    /// Confirm each image once it runs
    #[arg(long)]
    confirm: bool,
}

enum Link {
    Udp(Client<Udp>),
    Serial(Box<Client<Serial>>),
}

/// A device that builds are sent to.
pub struct Device {
    link: Link,
    key: SigningKey,
    claims: Claims,
    confirm: bool,
    /// The signed image that the device runs, if it is of this session.
    last: Option<Vec<u8>>,
}

const TIMEOUT: Duration = Duration::from_secs(2);
const TRIES: u32 = 5;

impl Device {
    /// The device that the arguments name, if they do.
    pub fn open(args: &DeviceArgs) -> anyhow::Result<Option<Self>> {
        let link = match (&args.udp, &args.serial) {
            (Some(host), _) => Link::Udp(Client::new(Udp::connect(host)?, TIMEOUT, TRIES)),
            (None, Some(port)) => Link::Serial(Box::new(Client::new(
                Serial::open(port, args.baud)?,
                TIMEOUT,
                TRIES,
            ))),
            (None, None) => return Ok(None),
        };
        let (Some(key), Some(vendor), Some(class)) = (&args.key, &args.vendor, &args.class) else {
            anyhow::bail!("a device takes signed images only: give --key, --vendor and --class");
        };
        let vendor = vendor_id(vendor);
        let now = || {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            since.map_or(1, |d| u32::try_from(d.as_secs()).unwrap_or(u32::MAX / 2))
        };
        Ok(Some(Self {
            link,
            key: SigningKey::read(key)?,
            claims: Claims {
                vendor,
                class: class_id(vendor, class),
                component: 0,
                numbers: Numbers {
                    counter: 0,
                    sequence: args.sequence.unwrap_or_else(now),
                },
                version: String::new(),
            },
            confirm: args.confirm,
            last: None,
        }))
    }

    /// Signs `image` and sends it.
    pub fn send(&mut self, image: &[u8]) -> anyhow::Result<()> {
        self.claims.version = self.claims.numbers.sequence.to_string();
        let signed = sign(image, &self.claims, &self.key).context("cannot sign the image")?;
        let small = match &self.last {
            Some(last) => Some(delta(last, &signed).context("cannot make a delta")?.file),
            None => None,
        };
        let pushed = match small.filter(|delta| delta.len() < signed.len()) {
            // A device that was reset to another image in the meantime refuses the delta.
            Some(delta) => match self.push(&delta) {
                Ok(pushed) => pushed,
                Err(_) => self.push(&signed)?,
            },
            None => self.push(&signed)?,
        };
        self.claims.numbers.sequence = self.claims.numbers.sequence.saturating_add(1);
        self.last = Some(signed);
        eprintln!(
            "romfs: {} bytes sent; version {} runs{}",
            pushed.sent,
            pushed.running.unwrap_or_default(),
            if pushed.trial { " on trial" } else { "" }
        );
        Ok(())
    }

    fn push(&mut self, file: &[u8]) -> anyhow::Result<Pushed> {
        let options = PushOptions {
            confirm: self.confirm,
            ..PushOptions::default()
        };
        let pushed = match &mut self.link {
            Link::Udp(client) => push(client, file, &options, &mut |_, _| {}),
            Link::Serial(client) => push(client, file, &options, &mut |_, _| {}),
        };
        Ok(pushed?)
    }
}
