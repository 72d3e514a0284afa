//! The *image* group. Image 0, slot 0 is what runs, slot 1 the spare slot.

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

use super::message::{Body, Code, Failure, each_field};
use super::server::{Board, Server};
use crate::flash::Mapped;
use crate::update::{ControlError, FinishError, Head, Refusal, StageError};

pub(super) const GROUP: u16 = 1;
pub(super) const STATE: u8 = 0;
pub(super) const UPLOAD: u8 = 1;
pub(super) const ERASE: u8 = 5;
pub(super) const SLOT_INFO: u8 = 6;

/// The group's own error codes, as far as they are used.
mod own {
    pub(super) const NO_IMAGE: u8 = 3;
    pub(super) const HASH_NOT_FOUND: u8 = 8;
    pub(super) const FLASH_WRITE_FAILED: u8 = 12;
    pub(super) const INVALID_SLOT: u8 = 14;
    pub(super) const INVALID_OFFSET: u8 = 20;
    pub(super) const INVALID_LENGTH: u8 = 21;
    pub(super) const INVALID_IMAGE_HEADER: u8 = 22;
    pub(super) const INVALID_HASH: u8 = 24;
    pub(super) const CURRENT_VERSION_IS_NEWER: u8 = 27;
    pub(super) const IMAGE_ALREADY_PENDING: u8 = 28;
    pub(super) const IMAGE_TOO_LARGE: u8 = 30;
    pub(super) const CONFIRMATION_DENIED: u8 = 32;
}

/// The fields of an upload request.
#[derive(Default)]
struct Upload<'r> {
    image: u32,
    length: Option<u32>,
    offset: Option<u32>,
    sha: Option<&'r [u8]>,
    data: Option<&'r [u8]>,
}

impl<'r> Upload<'r> {
    fn parse(body: &'r [u8]) -> Result<Self, Failure> {
        let mut request = Self::default();
        each_field(body, |key, cbor| {
            match key {
                "image" => request.image = cbor.u32()?,
                "len" => request.length = Some(cbor.u32()?),
                "off" => request.offset = Some(cbor.u32()?),
                "sha" => request.sha = Some(cbor.bytes()?),
                "data" => request.data = Some(cbor.bytes()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(request)
    }

    /// What tells the file from others: its SHA-256, or what there is without one.
    fn identity(&self, length: u32, data: &[u8]) -> [u8; 32] {
        match self.sha.and_then(|sha| sha.first_chunk()) {
            Some(sha) => *sha,
            None => Sha256::new()
                .chain_update(length.to_le_bytes())
                .chain_update(data)
                .finalize()
                .into(),
        }
    }
}

impl<P: NorFlash + Mapped, const PAGE: usize> Server<'_, P, PAGE> {
    /// Takes bytes of a file. A file that is complete is checked and activated at once.
    pub(super) fn upload(
        &mut self,
        body: &[u8],
        board: Board<'_>,
        out: &mut Body<'_>,
    ) -> Result<(), Failure> {
        match self.take_part(body)? {
            Some(wanted) => offset_only(wanted, out),
            None => self.answer_upload(board, out),
        }
    }

    /// Takes one part of a file. If it is not the one that is wanted, the offset of that.
    #[inline(never)] // its buffers must not lie under those of the signature check
    fn take_part(&mut self, body: &[u8]) -> Result<Option<u32>, Failure> {
        let request = Upload::parse(body)?;
        if request.image != 0 {
            return Err(Failure::new(Code::Invalid, own::INVALID_SLOT));
        }
        let data = request.data.unwrap_or_default();
        let offset = request.offset.ok_or(Code::Invalid)?;
        if offset == 0 {
            let length = request
                .length
                .ok_or(Failure::new(Code::Invalid, own::INVALID_LENGTH))?;
            self.error.clear();
            let identity = request.identity(length, data);
            let next = self.updater.begin(identity, length).map_err(|error| {
                self.error.set(&error);
                stage_failure(error)
            })?;
            if next != 0 {
                // Some of it is here already: the client goes on from there.
                return Ok(None);
            }
        }
        match self.updater.write(offset, data) {
            Ok(_) => Ok(None),
            Err(StageError::WrongOffset { expected }) => Ok(Some(expected)),
            // After a reset the file is not known until its first part comes again.
            Err(StageError::NotBegun) => Ok(Some(0)),
            Err(error) => {
                self.error.set(&error);
                Err(stage_failure(error))
            }
        }
    }

    fn answer_upload(&mut self, board: Board<'_>, out: &mut Body<'_>) -> Result<(), Failure> {
        let (next, _) = self.updater.staging().progress().ok_or(Code::BadState)?;
        if !self.updater.staging().is_complete() {
            return offset_only(next, out);
        }
        if !self.updater.control().is_pending() {
            self.finish(board)?;
        }
        out.map(2)?;
        out.str("off")?.u32(next)?;
        out.str("match")?.bool(true)?;
        Ok(())
    }

    fn finish(&mut self, board: Board<'_>) -> Result<(), Failure> {
        let finished = self
            .updater
            .finish(self.running, &self.rules, self.attempts, board.content);
        match finished {
            Ok(_) => Ok(()),
            Err(error) => {
                self.error.set(&error);
                Err(finish_failure(error))
            }
        }
    }

    /// Forgets what was uploaded, so that the next upload starts at its beginning.
    pub(super) fn erase(&mut self, out: &mut Body<'_>) -> Result<(), Failure> {
        self.updater.discard().map_err(stage_failure)?;
        out.map(0)?;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn slot_info(&mut self, out: &mut Body<'_>) -> Result<(), Failure> {
        let size = self.updater.spare().size();
        let room = self.updater.room().map_err(stage_failure)?;
        out.map(1)?.str("images")?.array(1)?;
        out.map(3)?.str("image")?.u8(0)?;
        out.str("slots")?.array(2)?;
        out.map(2)?.str("slot")?.u8(0)?.str("size")?.u32(size)?;
        out.map(3)?.str("slot")?.u8(1)?.str("size")?.u32(size)?;
        out.str("upload_image_id")?.u8(0)?;
        out.str("max_image_size")?.u32(room)?;
        Ok(())
    }

    #[inline(never)] // its buffers must not lie under those of the signature check
    pub(super) fn image_states(&mut self, out: &mut Body<'_>) -> Result<(), Failure> {
        let running = self.running.head();
        let spare = self.updater.spare_head();
        let count = u64::from(running.is_some()) + u64::from(spare.is_some());
        let trial = self.updater.control().is_trial();
        let pending = self.updater.control().is_pending();
        out.map(2)?.str("images")?.array(count)?;
        if let Some(head) = &running {
            let flags = [("active", true), ("confirmed", !trial), ("pending", false)];
            image_state(0, head, flags, out)?;
        }
        if let Some(head) = &spare {
            let flags = [
                ("active", false),
                ("confirmed", false),
                ("pending", pending),
            ];
            image_state(1, head, flags, out)?;
        }
        out.str("splitStatus")?.u8(0)?;
        Ok(())
    }

    /// Confirms what runs, or activates what is in the spare slot, on trial whatever the client
    /// asks: an image that never ran is never made permanent.
    #[inline(never)]
    pub(super) fn set_image_state(
        &mut self,
        body: &[u8],
        board: Board<'_>,
        out: &mut Body<'_>,
    ) -> Result<(), Failure> {
        let mut hash = None;
        let mut confirm = false;
        each_field(body, |key, cbor| {
            match key {
                "hash" if cbor.datatype()? == minicbor::data::Type::Null => cbor.null()?,
                "hash" => hash = Some(cbor.bytes()?),
                "confirm" => confirm = cbor.bool()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let digest = |head: &Head| {
            let manifest = head.manifest_unverified::<()>().ok()?;
            Some(manifest.digest)
        };
        let running = self.running.head().as_ref().and_then(digest);
        let spare = self.updater.spare_head().as_ref().and_then(digest);
        match hash {
            None if !confirm => return Err(Failure::new(Code::Invalid, own::INVALID_HASH)),
            Some(hash) if spare.is_some_and(|spare| hash == spare) => {
                if !self.updater.control().is_pending() {
                    self.activate(board)?;
                }
            }
            hash if hash.is_none_or(|hash| running.is_some_and(|running| hash == running)) => {
                self.confirm(confirm, board)?;
            }
            _ => return Err(Failure::new(Code::NotFound, own::HASH_NOT_FOUND)),
        }
        self.image_states(out)
    }

    fn activate(&mut self, board: Board<'_>) -> Result<(), Failure> {
        let activated = self
            .updater
            .activate(&self.rules, self.attempts, board.content);
        activated.map_err(|error| {
            self.error.set(&error);
            finish_failure(error)
        })
    }

    fn confirm(&mut self, confirm: bool, board: Board<'_>) -> Result<(), Failure> {
        let control = self.updater.control_mut();
        if !confirm || !control.is_trial() {
            return Ok(());
        }
        control
            .confirm(board.watchdog)
            .map_err(|_| Failure::new(Code::Unknown, own::CONFIRMATION_DENIED))
    }

    #[inline(never)] // its buffers must not lie under those of the signature check
    pub(super) fn running_digest(&self) -> Option<[u8; 32]> {
        let head = self.running.head()?;
        Some(head.manifest_unverified::<()>().ok()?.digest)
    }
}

fn offset_only(offset: u32, out: &mut Body<'_>) -> Result<(), Failure> {
    out.map(1)?.str("off")?.u32(offset)?;
    Ok(())
}

fn image_state(
    slot: u8,
    head: &Head,
    flags: [(&str, bool); 3],
    out: &mut Body<'_>,
) -> Result<(), Failure> {
    let manifest = head
        .manifest_unverified::<()>()
        .map_err(|_| Failure::new(Code::Corrupt, own::NO_IMAGE))?;
    out.map(8)?;
    out.str("slot")?.u8(slot)?;
    out.str("version")?.str(manifest.version)?;
    out.str("hash")?.bytes(&manifest.digest)?;
    out.str("bootable")?.bool(true)?;
    for (name, value) in flags {
        out.str(name)?.bool(value)?;
    }
    out.str("permanent")?.bool(false)?;
    Ok(())
}

fn stage_failure<E>(error: StageError<E>) -> Failure {
    match error {
        StageError::NoRoom => Failure::new(Code::TooLarge, own::IMAGE_TOO_LARGE),
        StageError::Control(error) => control_failure(&error),
        StageError::WrongOffset { .. } | StageError::NotBegun => {
            Failure::new(Code::Invalid, own::INVALID_OFFSET)
        }
        StageError::TooLong => Failure::new(Code::Invalid, own::INVALID_LENGTH),
        StageError::UnknownFile => Failure::new(Code::Invalid, own::INVALID_IMAGE_HEADER),
        StageError::Geometry | StageError::Verify(_) | StageError::Flash(_) => {
            Failure::new(Code::Unknown, own::FLASH_WRITE_FAILED)
        }
    }
}

fn control_failure<E>(error: &ControlError<E>) -> Failure {
    match error {
        ControlError::NotConfirmed => Failure::new(Code::BadState, own::IMAGE_ALREADY_PENDING),
        ControlError::NoTrial => Failure::new(Code::BadState, own::CONFIRMATION_DENIED),
        ControlError::Record(_) => Failure::new(Code::Unknown, own::FLASH_WRITE_FAILED),
    }
}

fn finish_failure<E>(error: FinishError<E>) -> Failure {
    match error {
        FinishError::Incomplete => Failure::new(Code::BadState, own::INVALID_LENGTH),
        FinishError::Stage(error) => stage_failure(error),
        FinishError::Control(error) => control_failure(&error),
        FinishError::Refused(Refusal::Downgraded { .. } | Refusal::Replayed { .. }) => {
            Failure::new(Code::Denied, own::CURRENT_VERSION_IS_NEWER)
        }
        FinishError::Refused(_) | FinishError::Delta(_) => {
            Failure::new(Code::Corrupt, own::INVALID_HASH)
        }
    }
}
