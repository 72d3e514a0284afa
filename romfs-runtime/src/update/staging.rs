//! Taking a file into the spare slot, in pieces of any size, across resets.

use core::fmt;

use embedded_storage::nor_flash::{MultiwriteNorFlash, NorFlash};

use super::control::{Control, ControlError};
use super::delta;
use super::pages::{PageError, PageWriter};
use super::slot::Spare;
use super::trailer::{Header, Trailer};
use crate::format::MAGIC;

/// Why a file can't be staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageError<E> {
    /// The slot can't hold a file of this length and its trailer.
    NoRoom,
    /// The page size does not fit the flash's units.
    Geometry,
    /// The state does not allow it.
    Control(ControlError<E>),
    /// No file was begun.
    NotBegun,
    /// These bytes are not the next ones.
    WrongOffset {
        /// Offset in the file of the byte that is wanted next.
        expected: u32,
    },
    /// The bytes go over the end of the file as it was announced.
    TooLong,
    /// The file is neither an image nor a delta.
    UnknownFile,
    /// What was programmed at this offset in the slot does not read back.
    Verify(u32),
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for StageError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom => f.write_str("the slot has no room for a file of this length"),
            Self::Geometry => f.write_str("the page size does not fit the flash"),
            Self::Control(error) => error.fmt(f),
            Self::NotBegun => f.write_str("no file was begun"),
            Self::WrongOffset { expected } => write!(f, "byte {expected} of the file comes next"),
            Self::TooLong => f.write_str("more bytes than were announced"),
            Self::UnknownFile => f.write_str("the file is neither an image nor a delta"),
            Self::Verify(offset) => write!(f, "the flash at {offset:#x} does not keep its bytes"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for StageError<E> {}

impl<E> From<PageError<E>> for StageError<E> {
    fn from(error: PageError<E>) -> Self {
        match error {
            PageError::Verify(offset) => Self::Verify(offset),
            PageError::Flash(error) => Self::Flash(error),
        }
    }
}

/// What a staged file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A signed image.
    Image,
    /// A delta against the running image.
    Delta,
}

/// The file that is being taken in.
#[derive(Debug, Clone)]
struct File<const PAGE: usize> {
    identity: [u8; 32],
    length: u32,
    /// Known once the header is on flash.
    placed: Option<(u32, PageWriter<PAGE>)>,
    /// First bytes of the file, until it is known what it is.
    head: [u8; 4],
    head_len: usize,
}

/// Takes files into the spare slot. `PAGE` bytes of buffer; a multiple of the program unit, and a
/// divisor of the erase sector.
#[derive(Debug, Clone)]
pub struct Staging<const PAGE: usize> {
    step: u32,
    file: Option<File<PAGE>>,
}

impl<const PAGE: usize> Staging<PAGE> {
    /// Progress is kept per erase sector: for any flash. After a reset at most one sector is sent
    /// again.
    #[must_use]
    pub const fn per_sector<P: NorFlash>() -> Self {
        Self {
            step: P::ERASE_SIZE as u32,
            file: None,
        }
    }

    /// Progress is kept per page: for flash where a page whose program was cut may be programmed
    /// once more with the same bytes. After a reset at most one page is sent again.
    #[must_use]
    pub const fn per_page<P: MultiwriteNorFlash>() -> Self {
        Self {
            step: PAGE as u32,
            file: None,
        }
    }

    pub(super) fn trailer<P: NorFlash>(
        &self,
        spare: &Spare<P>,
    ) -> Result<Trailer, StageError<P::Error>> {
        let fits = PAGE.is_multiple_of(P::WRITE_SIZE)
            && P::ERASE_SIZE.is_multiple_of(PAGE)
            && P::WRITE_SIZE <= 32
            && P::READ_SIZE <= 32
            && PAGE.is_multiple_of(32);
        if !fits {
            return Err(StageError::Geometry);
        }
        let capacity = spare.flash().capacity() as u32;
        Trailer::new::<P>(capacity, self.step).ok_or(StageError::NoRoom)
    }

    /// Begins a file of `length` bytes, or goes on with it: `identity` tells it from others. Answers
    /// the offset in the file from which bytes are wanted. An activation of what is in the slot is
    /// taken back first. Flash is changed only when the first bytes come.
    ///
    /// # Errors
    ///
    /// [`StageError::NoRoom`], [`StageError::Geometry`], [`StageError::Control`].
    pub fn begin<P: NorFlash>(
        &mut self,
        spare: &mut Spare<P>,
        control: &mut Control<P>,
        identity: [u8; 32],
        length: u32,
    ) -> Result<u32, StageError<P::Error>> {
        let trailer = self.trailer(spare)?;
        if length > trailer.start || length < 4 {
            return Err(StageError::NoRoom);
        }
        control.release(spare).map_err(StageError::Control)?;
        let flash = spare.flash_mut();
        let known = trailer.header(flash).filter(|header| {
            header.identity == identity
                && header.length == length
                && header.step == self.step
                && header.start.checked_add(length) <= Some(trailer.start)
        });
        let placed = known.map(|header| {
            let end = header.start + length;
            let next = trailer.written(flash, header.start, end);
            (header.start, PageWriter::new(next, end))
        });
        let next = placed
            .as_ref()
            .map_or(0, |(start, pages)| pages.next() - start);
        self.file = Some(File {
            identity,
            length,
            placed,
            head: [0; 4],
            head_len: 0,
        });
        Ok(next)
    }

    /// The file that was begun, and how many of its bytes are here.
    #[must_use]
    pub fn progress(&self) -> Option<(u32, u32)> {
        self.file.as_ref().map(|file| (file.next(), file.length))
    }

    /// The identity of the file that was begun.
    #[must_use]
    pub fn identity(&self) -> Option<&[u8; 32]> {
        self.file.as_ref().map(|file| &file.identity)
    }

    /// Whether every byte of the file is on flash.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.file
            .as_ref()
            .and_then(|file| file.placed.as_ref())
            .is_some_and(|(_, pages)| pages.is_complete())
    }

    /// What the complete file is, and where it starts in the slot.
    #[must_use]
    pub(super) fn complete(&self) -> Option<(FileKind, u32, u32)> {
        let file = self.file.as_ref()?;
        let (start, pages) = file.placed.as_ref()?;
        let kind = if *start == 0 {
            FileKind::Image
        } else {
            FileKind::Delta
        };
        pages.is_complete().then_some((kind, *start, file.length))
    }

    /// What the complete file is.
    #[must_use]
    pub fn kind(&self) -> Option<FileKind> {
        self.complete().map(|(kind, ..)| kind)
    }

    /// Takes the bytes at `offset` of the file, which must be the next ones. Answers the offset that
    /// is wanted next.
    ///
    /// # Errors
    ///
    /// [`StageError`]. After an error of the flash the file has to be begun again.
    pub fn write<P: NorFlash>(
        &mut self,
        spare: &mut Spare<P>,
        offset: u32,
        bytes: &[u8],
    ) -> Result<u32, StageError<P::Error>> {
        let trailer = self.trailer(spare)?;
        let step = self.step;
        let file = self.file.as_mut().ok_or(StageError::NotBegun)?;
        let expected = file.next();
        if offset != expected {
            return Err(StageError::WrongOffset { expected });
        }
        if bytes.len() > (file.length - expected) as usize {
            return Err(StageError::TooLong);
        }
        let result = file.take(spare.flash_mut(), &trailer, step, bytes);
        let next = file.next();
        if result.is_err() {
            self.file = None;
        }
        result.map(|()| next)
    }

    /// Forgets the file, on flash too: the next one starts at its beginning.
    ///
    /// # Errors
    ///
    /// [`StageError::Control`] if the slot may not be changed now, or the flash's error.
    pub fn discard<P: NorFlash>(
        &mut self,
        spare: &mut Spare<P>,
        control: &mut Control<P>,
    ) -> Result<(), StageError<P::Error>> {
        control.release(spare).map_err(StageError::Control)?;
        self.file = None;
        let trailer = self.trailer(spare)?;
        trailer.clear(spare.flash_mut()).map_err(StageError::Flash)
    }
}

impl<const PAGE: usize> File<PAGE> {
    fn next(&self) -> u32 {
        match &self.placed {
            Some((start, pages)) => pages.next() - start,
            None => self.head_len as u32,
        }
    }

    fn take<P: NorFlash>(
        &mut self,
        flash: &mut P,
        trailer: &Trailer,
        step: u32,
        bytes: &[u8],
    ) -> Result<(), StageError<P::Error>> {
        let missing = if self.placed.is_some() {
            0
        } else {
            self.head.len() - self.head_len
        };
        let (head, rest) = bytes.split_at(bytes.len().min(missing));
        self.head[self.head_len..self.head_len + head.len()].copy_from_slice(head);
        self.head_len += head.len();
        if self.placed.is_none() {
            if self.head_len < self.head.len() {
                return Ok(());
            }
            self.place(flash, trailer, step)?;
        }
        if let Some((_, pages)) = &mut self.placed {
            pages.push(flash, trailer, rest)?;
        }
        Ok(())
    }

    /// The first bytes are here: chooses the place by what the file is, and writes the header.
    fn place<P: NorFlash>(
        &mut self,
        flash: &mut P,
        trailer: &Trailer,
        step: u32,
    ) -> Result<(), StageError<P::Error>> {
        let start = if self.head.starts_with(&MAGIC) {
            0
        } else if self.head == delta::MAGIC {
            let sector = P::ERASE_SIZE as u32;
            let start = (trailer.start - self.length) / sector * sector;
            if start == 0 {
                return Err(StageError::NoRoom);
            }
            start
        } else {
            return Err(StageError::UnknownFile);
        };
        let header = Header {
            identity: self.identity,
            length: self.length,
            start,
            step,
        };
        trailer.begin(flash, header).map_err(StageError::Flash)?;
        let mut pages = PageWriter::new(start, start + self.length);
        pages.push(flash, trailer, &self.head)?;
        self.placed = Some((start, pages));
        Ok(())
    }
}
