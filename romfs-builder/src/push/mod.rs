//! Sending a file to a device over SMP, and seeing that it starts.

mod client;
mod transport;

use std::time::{Duration, Instant};

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use romfs_runtime::flash::SliceFlash;
use romfs_runtime::update::Head;
use romfs_runtime::update::delta::{self, Header};
use romfs_runtime::update::smp::{Op, STATUS_GROUP};
use sha2::{Digest, Sha256};

pub use client::Client;
pub use transport::{Serial, Transport, Udp};

use crate::update::UpdateError;

/// Why a file was not sent, or does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The link failed.
    #[error("{link}: {source}")]
    Link {
        /// The address or the port.
        link: String,
        /// The system's own words.
        source: std::io::Error,
    },
    /// The device does not answer.
    #[error("no answer, {tries} times; is the device there, and does it speak SMP on this link?")]
    NoAnswer {
        /// How often it was asked.
        tries: u32,
    },
    /// The device answers with an error.
    #[error("the device refuses to {what}: {}", if text.is_empty() { format!("error {code}") } else { text.clone() })]
    Refused {
        /// What was asked of it.
        what: &'static str,
        /// The protocol's code.
        code: u32,
        /// The device's own words, if it has any.
        text: String,
    },
    /// The device answers something else than the protocol says.
    #[error("the device answers something that is not SMP")]
    Malformed,
    /// The file is nothing that a device takes.
    #[error("{0}")]
    File(UpdateError),
    /// The device was reset and runs another image.
    #[error("after the reset the device runs {running}, not the image that was sent")]
    NotRunning {
        /// What it runs.
        running: String,
    },
}

impl From<minicbor::decode::Error> for PushError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed
    }
}

/// How to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOptions {
    /// Resets the device afterwards and looks at what it runs.
    pub start: bool,
    /// Confirms the image once it runs, for programs that do not do so themselves.
    pub confirm: bool,
    /// How long a reset may take.
    pub boot_time: Duration,
}

impl Default for PushOptions {
    fn default() -> Self {
        Self {
            start: true,
            confirm: false,
            boot_time: Duration::from_secs(20),
        }
    }
}

/// What pushing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Bytes of the file that went over the link.
    pub sent: u64,
    /// Bytes that the device had already.
    pub resumed: u64,
    /// Version that runs now, if the device was started.
    pub running: Option<String>,
    /// Whether it is still on trial.
    pub trial: bool,
}

/// Sends `file`, a signed image or a delta. `progress` is told of bytes that the device has, and of all.
///
/// # Errors
/// [`PushError`].
pub fn push<T: Transport>(
    client: &mut Client<T>,
    file: &[u8],
    options: &PushOptions,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Pushed, PushError> {
    let expected = digest_of(file).map_err(PushError::File)?;
    let (sent, resumed) = upload(client, file, progress)?;
    let mut pushed = Pushed {
        sent,
        resumed,
        running: None,
        trial: true,
    };
    if !options.start {
        return Ok(pushed);
    }
    client.request(Op::Write, 0, 5, &[0xa0], "reset")?;
    let mut image = wait_for(client, options.boot_time)?;
    if image.digest != expected {
        return Err(PushError::NotRunning {
            running: image.version,
        });
    }
    if options.confirm && !image.confirmed {
        let body = body(|e| e.map(1)?.str("confirm")?.bool(true)?.ok());
        client.request(Op::Write, 1, 0, &body, "confirm")?;
        image = active_image(client)?;
    }
    pushed.trial = !image.confirmed;
    pushed.running = Some(image.version);
    Ok(pushed)
}

/// Payload digest of the image that the file is, or makes.
fn digest_of(file: &[u8]) -> Result<[u8; 32], UpdateError> {
    let head = if file.starts_with(&delta::MAGIC) {
        let malformed = || UpdateError::NotADelta;
        let start = file.first_chunk().ok_or_else(malformed)?;
        let header = Header::parse(start).map_err(|_| malformed())?;
        let bytes = file
            .get(Header::LEN..Header::LEN + usize::from(header.head))
            .ok_or_else(malformed)?;
        Head::from_bytes(bytes, header.target)?
    } else {
        Head::read(&mut SliceFlash(file))?
    };
    Ok(head.manifest_unverified()?.digest)
}

/// Bytes of a request that are not data: header, field names and numbers, with and without those
/// that only the first one has.
const FIRST_OVERHEAD: usize = 96;
const OVERHEAD: usize = 48;
/// What is sent at once to a device that does not say what it takes.
const CAUTIOUS: usize = 256;

fn upload<T: Transport>(
    client: &mut Client<T>,
    file: &[u8],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(u64, u64), PushError> {
    let room = buffer_size(client).unwrap_or(CAUTIOUS).min(client.limit());
    let mut sent = 0;
    let mut resumed = None;
    let mut offset = 0;
    loop {
        let overhead = if offset == 0 {
            FIRST_OVERHEAD
        } else {
            OVERHEAD
        };
        let end = file
            .len()
            .min(offset + room.saturating_sub(overhead).max(32));
        let request = upload_request(file, offset, end);
        let answer = client.request(Op::Write, 1, 1, &request, "take the file");
        let answer = explained(client, answer)?;
        let next = offset_in(&answer)? as usize;
        sent += (end - offset) as u64;
        if resumed.is_none() {
            resumed = Some(next.saturating_sub(end) as u64);
        }
        if next > file.len() {
            return Err(PushError::Malformed);
        }
        offset = next;
        progress(offset as u64, file.len() as u64);
        if offset == file.len() {
            return Ok((sent, resumed.unwrap_or(0)));
        }
    }
}

fn upload_request(file: &[u8], offset: usize, end: usize) -> Vec<u8> {
    body(|e| {
        e.map(if offset == 0 { 5 } else { 2 })?;
        if offset == 0 {
            e.str("image")?.u8(0)?;
            e.str("len")?.u32(file.len() as u32)?;
            e.str("sha")?.bytes(&Sha256::digest(file))?;
        }
        e.str("off")?.u32(offset as u32)?;
        e.str("data")?.bytes(&file[offset..end])?.ok()
    })
}

fn buffer_size<T: Transport>(client: &mut Client<T>) -> Option<usize> {
    let answer = client
        .request(Op::Read, 0, 6, &[0xa0], "say what it takes")
        .ok()?;
    let mut size = None;
    fields(&answer, |key, cbor| {
        if key == "buf_size" {
            size = Some(cbor.u32()? as usize);
        }
        Ok(key == "buf_size")
    })
    .ok()?;
    size
}

fn offset_in(answer: &[u8]) -> Result<u32, PushError> {
    let mut offset = None;
    fields(answer, |key, cbor| {
        if key == "off" {
            offset = Some(cbor.u32()?);
        }
        Ok(key == "off")
    })?;
    offset.ok_or(PushError::Malformed)
}

/// Puts the device's own words to a refusal.
fn explained<T: Transport>(
    client: &mut Client<T>,
    answer: Result<Vec<u8>, PushError>,
) -> Result<Vec<u8>, PushError> {
    let (what, code) = match answer {
        Err(PushError::Refused { what, code, .. }) => (what, code),
        other => return other,
    };
    let status = client.request(Op::Read, STATUS_GROUP, 0, &[0xa0], "say why");
    let mut text = String::new();
    if let Ok(status) = status {
        fields(&status, |key, cbor| {
            if key == "error" {
                cbor.str()?.clone_into(&mut text);
            }
            Ok(key == "error")
        })?;
    }
    Err(PushError::Refused { what, code, text })
}

/// The image that runs.
#[derive(Debug, Default)]
struct Active {
    version: String,
    digest: [u8; 32],
    confirmed: bool,
}

fn wait_for<T: Transport>(
    client: &mut Client<T>,
    boot_time: Duration,
) -> Result<Active, PushError> {
    let begun = Instant::now();
    // The device answers the reset before it goes down.
    std::thread::sleep(Duration::from_millis(200));
    loop {
        match active_image(client) {
            Err(PushError::NoAnswer { .. }) if begun.elapsed() < boot_time => {}
            other => return other,
        }
    }
}

fn active_image<T: Transport>(client: &mut Client<T>) -> Result<Active, PushError> {
    let answer = client.request(Op::Read, 1, 0, &[0xa0], "say what it runs")?;
    let mut active = Active {
        version: "the factory image".to_owned(),
        ..Active::default()
    };
    fields(&answer, |key, cbor| {
        if key != "images" {
            return Ok(false);
        }
        for _ in 0..cbor.array()?.unwrap_or(0) {
            let (image, is_active) = image_state(cbor)?;
            if is_active {
                active = image;
            }
        }
        Ok(true)
    })?;
    Ok(active)
}

fn image_state(cbor: &mut Decoder<'_>) -> Result<(Active, bool), minicbor::decode::Error> {
    let mut image = Active::default();
    let mut active = false;
    for _ in 0..cbor.map()?.unwrap_or(0) {
        match cbor.str()? {
            "version" => cbor.str()?.clone_into(&mut image.version),
            "hash" => {
                let hash = cbor.bytes()?;
                if let Ok(hash) = hash.try_into() {
                    image.digest = hash;
                }
            }
            "confirmed" => image.confirmed = cbor.bool()?,
            "active" => active = cbor.bool()?,
            _ => cbor.skip()?,
        }
    }
    Ok((image, active))
}

/// Calls `take` for each field of a response; what it does not take is passed over.
fn fields<'r>(
    body: &'r [u8],
    mut take: impl FnMut(&'r str, &mut Decoder<'r>) -> Result<bool, minicbor::decode::Error>,
) -> Result<(), PushError> {
    let mut cbor = Decoder::new(body);
    let mut left = cbor.map()?;
    while left != Some(0) {
        match left.as_mut() {
            Some(count) => *count -= 1,
            None if cbor.datatype()? == Type::Break => break,
            None => {}
        }
        let key = cbor.str()?;
        if !take(key, &mut cbor)? {
            cbor.skip()?;
        }
    }
    Ok(())
}

type Encoding = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// What `write` encodes.
fn body(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector cannot fail.
    let _ = write(&mut Encoder::new(&mut bytes));
    bytes
}
