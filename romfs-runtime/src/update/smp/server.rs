//! From request to response.

use embedded_storage::nor_flash::NorFlash;

use super::files::{self, Files};
use super::header::{HEADER, Header, Op};
use super::message::{Body, Code, Failure};
use super::status::{self, STATUS_GROUP};
use super::{image, os};
use crate::Image;
use crate::flash::Mapped;
use crate::update::{Control, Rules, Running, Slot, Source, Updater, Watchdog};
use minicbor::encode::write::Cursor;

/// What the server needs of the board while it handles a request.
pub struct Board<'b> {
    /// Told of a confirmed image.
    pub watchdog: &'b mut dyn Watchdog,
    /// The files that a client may see.
    pub files: &'b mut dyn Files,
    /// The check of a staged image's modules.
    pub content: &'b mut dyn FnMut(&Image<'_>) -> bool,
}

/// A response, in the buffer that it was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// Bytes of the response.
    pub length: usize,
    /// Whether the board resets once the response is sent.
    pub reset: bool,
}

/// Why the last file was refused, as text.
#[derive(Debug, Clone)]
pub(super) struct LastError {
    pub(super) text: [u8; 96],
    pub(super) length: usize,
}

/// The server: an updater that clients talk to.
#[derive(Debug)]
pub struct Server<'r, P, const PAGE: usize> {
    pub(super) updater: Updater<P, PAGE>,
    pub(super) running: &'r Running<P>,
    pub(super) rules: Rules<'r>,
    pub(super) attempts: u8,
    pub(super) error: LastError,
    /// What *os info* answers.
    name: &'r str,
    /// Bytes of the largest request that the board's buffer takes.
    buffer: usize,
}

impl<'r, P: NorFlash + Mapped, const PAGE: usize> Server<'r, P, PAGE> {
    /// Serves `updater`. Images that pass `rules` are activated with `attempts` boots on trial.
    /// `name` names the device to people; `buffer` is the largest request that the board can
    /// receive, and tells clients how much to send at once.
    pub const fn new(
        updater: Updater<P, PAGE>,
        running: &'r Running<P>,
        rules: Rules<'r>,
        attempts: u8,
        name: &'r str,
        buffer: usize,
    ) -> Self {
        Self {
            updater,
            running,
            rules,
            attempts,
            error: LastError {
                text: [0; 96],
                length: 0,
            },
            name,
            buffer,
        }
    }

    /// The updater, for what the running program does itself.
    pub fn updater(&mut self) -> &mut Updater<P, PAGE> {
        &mut self.updater
    }

    /// What runs.
    pub fn running(&self) -> &'r Running<P> {
        self.running
    }

    /// The state, to look at.
    pub fn control(&self) -> &Control<P> {
        self.updater.control()
    }

    /// How far the file under way has come: bytes that are there, and its length.
    pub fn progress(&self) -> Option<(u32, u32)> {
        self.updater.staging().progress()
    }

    /// Why the last file was refused; empty where none was.
    pub fn last_error(&self) -> &str {
        self.error.as_str()
    }

    /// Handles one request and writes the response to `out`. `None` for what is no request, and
    /// where not even an error fits: there is no answer then, as over a lossy link.
    pub fn handle(&mut self, request: &[u8], out: &mut [u8], board: Board<'_>) -> Option<Reply> {
        let (head, body) = request.split_first_chunk::<HEADER>()?;
        let header = Header::parse(head)?;
        let body = body.get(..header.length.into())?;
        let (head, rest) = out.split_first_chunk_mut::<HEADER>()?;
        let mut encoder = Body::new(Cursor::new(&mut *rest));
        let (length, reset) = match self.dispatch(&header, body, &mut encoder, board) {
            Ok(reset) => (encoder.writer().position(), reset),
            Err(failure) => {
                let mut encoder = Body::new(Cursor::new(rest));
                fail(&header, failure, &mut encoder).ok()?;
                (encoder.writer().position(), false)
            }
        };
        *head = header.response(length as u16);
        Some(Reply {
            length: HEADER + length,
            reset,
        })
    }

    /// Answers whether the device resets afterwards.
    fn dispatch(
        &mut self,
        header: &Header,
        body: &[u8],
        out: &mut Body<'_>,
        board: Board<'_>,
    ) -> Result<bool, Failure> {
        let room = self.buffer;
        match (header.group, header.command, header.op) {
            (os::GROUP, os::ECHO, _) => os::echo(body, out)?,
            (os::GROUP, os::RESET, Op::Write) => {
                out.map(0)?;
                return Ok(true);
            }
            (os::GROUP, os::PARAMETERS, Op::Read) => os::parameters(self.buffer, out)?,
            (os::GROUP, os::INFO, Op::Read) => os::info(self.name, out)?,
            (os::GROUP, os::BOOTLOADER, Op::Read) => os::bootloader(out)?,
            (image::GROUP, image::STATE, Op::Read) => self.image_states(out)?,
            (image::GROUP, image::STATE, Op::Write) => self.set_image_state(body, board, out)?,
            (image::GROUP, image::UPLOAD, Op::Write) => self.upload(body, board, out)?,
            (image::GROUP, image::ERASE, Op::Write) => self.erase(out)?,
            (image::GROUP, image::SLOT_INFO, Op::Read) => self.slot_info(out)?,
            (files::GROUP, files::TRANSFER, Op::Read) => {
                files::download(body, board.files, room, out)?;
            }
            (files::GROUP, files::TRANSFER, Op::Write) => files::upload(body, board.files, out)?,
            (files::GROUP, files::STATUS, Op::Read) => files::status(body, board.files, out)?,
            (files::GROUP, files::CHECKSUM, Op::Read) => files::checksum(body, board.files, out)?,
            (files::GROUP, files::CHECKSUM_TYPES, Op::Read) => files::checksum_types(out)?,
            (files::GROUP, files::CLOSE, Op::Write) => {
                out.map(0)?;
            }
            (STATUS_GROUP, status::STATUS, Op::Read) => {
                let base = self.running_digest();
                let (control, staging) = (self.updater.control(), self.updater.staging());
                status::status(control, staging, base.as_ref(), &self.error, out)?;
            }
            _ => return Err(Code::NotSupported.into()),
        }
        Ok(false)
    }
}

/// The body of an error response.
fn fail(header: &Header, failure: Failure, out: &mut Body<'_>) -> Result<(), Failure> {
    // The os group's own codes say less than the common ones, and others have none of ours.
    let own = matches!(header.group, image::GROUP | files::GROUP) && failure.own != 1;
    if header.version == 0 || !own {
        out.map(1)?.str("rc")?.u8(failure.code as u8)?;
    } else {
        out.map(1)?.str("err")?.map(2)?;
        out.str("group")?.u16(header.group)?;
        out.str("rc")?.u8(failure.own)?;
    }
    Ok(())
}

pub(super) fn name_of(source: Source) -> &'static str {
    match source {
        Source::Slot(Slot::A) => "A",
        Source::Slot(Slot::B) => "B",
        Source::Factory => "factory",
    }
}
