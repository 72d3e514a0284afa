//! Applying a staged delta, on the device.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest, Sha256};

use super::format::{Header, HeaderError, MAX_MOVES, Move, Op, unzigzag};
use crate::update::envelope::{ALIGN, Layout};
use crate::update::manifest::{CHUNK, DIGEST};
use crate::update::pages::{PageError, PageWriter};
use crate::update::trailer::Trailer;
use crate::update::verify::{Floor, Head, Refusal, Rules, check_numbers, hash_chunk, read_exact};

/// Why a delta can't be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeltaError<E> {
    /// No delta, or one of another version.
    Header(HeaderError),
    /// The file's length is not what its header says.
    Length,
    /// It is for another image than the one that runs, or the factory image runs.
    WrongBase,
    /// The image that it would make must not run here.
    Refused(Refusal<E>),
    /// The slot can't hold the new image beside the delta.
    NoRoom,
    /// An operation goes over the end of the operations, the base or the new image. The offset is
    /// that of the byte after it, in the operations.
    BadOp(u32),
    /// What was programmed at this offset in the slot does not read back.
    Verify(u32),
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for DeltaError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(error) => error.fmt(f),
            Self::Length => f.write_str("the delta is shorter or longer than it says"),
            Self::WrongBase => f.write_str("the delta is for another image than the running one"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoRoom => f.write_str("the slot has no room for the image beside the delta"),
            Self::BadOp(at) => write!(f, "the delta's operation before byte {at} is malformed"),
            Self::Verify(offset) => write!(f, "the flash at {offset:#x} does not keep its bytes"),
            Self::Flash(error) => write!(f, "the flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for DeltaError<E> {}

impl<E> From<Refusal<E>> for DeltaError<E> {
    fn from(refusal: Refusal<E>) -> Self {
        match refusal {
            Refusal::Flash(error) => Self::Flash(error),
            refusal => Self::Refused(refusal),
        }
    }
}

impl<E> From<PageError<E>> for DeltaError<E> {
    fn from(error: PageError<E>) -> Self {
        match error {
            PageError::Verify(offset) => Self::Verify(offset),
            PageError::Flash(error) => Self::Flash(error),
        }
    }
}

/// Makes the new image and its envelope at the start of the slot, from `base`, the slot that runs,
/// and the delta of `length` bytes at `start`. Answers the length of the file that is there then.
/// Nothing is written before base, signature, conditions and numbers were checked.
#[inline(never)] // its buffers must not lie under those of the signature check
pub(in crate::update) fn apply<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    trailer: &Trailer,
    (start, length): (u32, u32),
    base: &[u8],
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<u32, DeltaError<P::Error>> {
    let (header, layout) = prepare(flash, (start, length), base, rules, floor)?;
    let total = layout.total();
    if total > start {
        return Err(DeltaError::NoRoom);
    }
    let base = &base[..header.base as usize];
    write::<PAGE, P>(flash, trailer, start, base, &header, &layout)?;
    Ok(total)
}

/// Writes the file that the operations make, from where a reset may have stopped it.
#[inline(never)] // its buffers must not lie under those of the checks
fn write<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    trailer: &Trailer,
    start: u32,
    base: &[u8],
    header: &Header,
    layout: &Layout,
) -> Result<(), DeltaError<P::Error>> {
    let total = layout.total();
    let done = trailer.written(flash, 0, total);
    let head = start + Header::LEN as u32;
    let mut output = Output::<PAGE> {
        pages: PageWriter::new(done, total),
        produced: 0,
        trailer,
    };
    if done < layout.envelope() {
        let mut machine = Machine {
            reader: Reader::new(head + u32::from(header.head), header.ops),
            base,
            cursor: 0,
            end: layout.image,
        };
        machine.run(flash, &mut output)?;
    }
    output.produced = output.produced.max(layout.image);
    output.fill(flash, layout.envelope())?;
    output.copy(flash, head, header.head.into())?;
    append_hashes(flash, &mut output, layout)
}

/// Everything that is checked before the first byte is written.
fn prepare<P: NorFlash>(
    flash: &mut P,
    (start, length): (u32, u32),
    base: &[u8],
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<(Header, Layout), DeltaError<P::Error>> {
    let mut bytes = [0; Header::LEN];
    read_exact(flash, start, &mut bytes)?;
    let header = Header::parse(&bytes).map_err(DeltaError::Header)?;
    if header.total() != Some(length) {
        return Err(DeltaError::Length);
    }
    let layout = check_head(flash, start + Header::LEN as u32, &header, rules, floor)?;
    if is_base(base, &header) {
        Ok((header, layout))
    } else {
        Err(DeltaError::WrongBase)
    }
}

#[inline(never)] // its buffers must not lie under those of the other checks
fn check_head<P: NorFlash>(
    flash: &mut P,
    at: u32,
    header: &Header,
    rules: &Rules<'_>,
    floor: Floor,
) -> Result<Layout, DeltaError<P::Error>> {
    let mut head = Head::EMPTY;
    head.load_at(flash, at, header.target)?;
    if head.as_bytes().len() != header.head.into() {
        return Err(DeltaError::Length);
    }
    check_numbers(head.manifest(rules)?.numbers, floor)?;
    Ok(*head.layout())
}

/// Whether `slot` holds the image to copy from. Its padding belongs to what is hashed.
#[inline(never)] // its buffers must not lie under those of the other checks
fn is_base(slot: &[u8], header: &Header) -> bool {
    let padded = header.base.checked_next_multiple_of(ALIGN);
    let Some(hashed) = padded.and_then(|padded| slot.get(..padded as usize)) else {
        return false;
    };
    let mut list = Sha256::new();
    for chunk in hashed.chunks(CHUNK) {
        list.update(Sha256::digest(chunk));
    }
    list.finalize()[..] == header.base_digest
}

/// The hash list is not sent: it is computed from what was written.
fn append_hashes<const PAGE: usize, P: NorFlash>(
    flash: &mut P,
    output: &mut Output<'_, PAGE>,
    layout: &Layout,
) -> Result<(), DeltaError<P::Error>> {
    // What is still in the page buffer belongs to the envelope, behind all that is hashed, or to
    // the last chunk; then that chunk is hashed with the buffer's bytes.
    for chunk in 0..layout.chunks() {
        let end = ((chunk + 1) * CHUNK as u32).min(layout.envelope());
        let digest: [u8; DIGEST] = if end <= output.pages.flushed() {
            hash_chunk(flash, layout, chunk).map_err(DeltaError::Flash)?
        } else {
            output.hash_unflushed(flash, chunk * CHUNK as u32, end)?
        };
        output.emit(flash, &digest)?;
    }
    Ok(())
}

/// The new file as it grows: passes over what is already on flash.
struct Output<'t, const PAGE: usize> {
    pages: PageWriter<PAGE>,
    /// Bytes made so far, of which those before `pages.next()` are there already.
    produced: u32,
    trailer: &'t Trailer,
}

impl<const PAGE: usize> Output<'_, PAGE> {
    fn emit<P: NorFlash>(
        &mut self,
        flash: &mut P,
        bytes: &[u8],
    ) -> Result<(), DeltaError<P::Error>> {
        let passed = self.pages.next().saturating_sub(self.produced) as usize;
        self.produced += bytes.len() as u32;
        match bytes.get(passed..) {
            Some(new) => Ok(self.pages.push(flash, self.trailer, new)?),
            None => Ok(()),
        }
    }

    /// Bytes that are on flash elsewhere.
    fn copy<P: NorFlash>(
        &mut self,
        flash: &mut P,
        from: u32,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut buffer = [0; 64];
        let mut done = 0;
        while done < length {
            let part = &mut buffer[..(length - done).min(64) as usize];
            read_exact(flash, from + done, part)?;
            done += part.len() as u32;
            self.emit(flash, part)?;
        }
        Ok(())
    }

    /// Erased bytes up to `end`.
    fn fill<P: NorFlash>(&mut self, flash: &mut P, end: u32) -> Result<(), DeltaError<P::Error>> {
        let padding = [0xff; ALIGN as usize];
        let missing = end.saturating_sub(self.produced) as usize;
        self.emit(flash, &padding[..missing.min(padding.len())])
    }

    fn hash_unflushed<P: NorFlash>(
        &self,
        flash: &mut P,
        start: u32,
        end: u32,
    ) -> Result<[u8; DIGEST], DeltaError<P::Error>> {
        let flushed = self.pages.flushed().max(start);
        let mut hash = Sha256::new();
        let mut buffer = [0; 64];
        let mut at = start;
        while at < flushed {
            let part = &mut buffer[..(flushed - at).min(64) as usize];
            read_exact(flash, at, part)?;
            hash.update(&*part);
            at += part.len() as u32;
        }
        let tail = self.pages.unflushed();
        hash.update(&tail[..(end - flushed) as usize]);
        Ok(hash.finalize().into())
    }
}

/// The operations, read from flash through a small window.
struct Reader {
    /// Offset in the slot of the operations.
    start: u32,
    length: u32,
    at: u32,
    window: [u8; 64],
    /// Offset in the operations of the window's first byte, and bytes in it.
    loaded: (u32, u32),
}

impl Reader {
    const fn new(start: u32, length: u32) -> Self {
        Self {
            start,
            length,
            at: 0,
            window: [0; 64],
            loaded: (0, 0),
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.length
    }

    /// At least one byte, at most `limit`, that come next.
    fn take<P: NorFlash>(
        &mut self,
        flash: &mut P,
        limit: u32,
    ) -> Result<&[u8], DeltaError<P::Error>> {
        if self.at == self.length {
            return Err(DeltaError::BadOp(self.at));
        }
        let (from, have) = self.loaded;
        if self.at < from || self.at >= from + have {
            let have = (self.length - self.at).min(self.window.len() as u32);
            read_exact(
                flash,
                self.start + self.at,
                &mut self.window[..have as usize],
            )?;
            self.loaded = (self.at, have);
        }
        let (from, have) = self.loaded;
        let begin = self.at - from;
        let taken = (have - begin).min(limit);
        self.at += taken;
        Ok(&self.window[begin as usize..(begin + taken) as usize])
    }

    /// A number: seven bits a byte, least significant first.
    fn number<P: NorFlash>(&mut self, flash: &mut P) -> Result<u32, DeltaError<P::Error>> {
        let mut value: u32 = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.take(flash, 1)?[0];
            let digit = u32::from(byte & 0x7f);
            if digit.checked_shl(shift).map(|high| high >> shift) != Some(digit) {
                break;
            }
            value |= digit << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DeltaError::BadOp(self.at))
    }
}

/// The interpreter of the operations.
struct Machine<'b> {
    reader: Reader,
    base: &'b [u8],
    /// Where in the base the last operation stopped.
    cursor: u32,
    /// Bytes that the operations have to make.
    end: u32,
}

impl<'b> Machine<'b> {
    fn run<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
    ) -> Result<(), DeltaError<P::Error>> {
        while !self.reader.is_at_end() {
            let tag = self.reader.number(flash)?;
            let length = tag >> 2;
            let op = Op::of(tag);
            let made = length.checked_mul(if op == Op::Adjust { 4 } else { 1 });
            let room = self.end - output.produced;
            let made = made
                .filter(|&made| made > 0 && made <= room)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
            match op {
                Op::Literal => self.literal(flash, output, made)?,
                Op::Copy => {
                    let bytes = self.base_bytes(flash, made)?;
                    output.emit(flash, bytes)?;
                }
                Op::Patch => self.patch(flash, output, made)?,
                Op::Adjust => self.adjust(flash, output, made)?,
            }
        }
        if output.produced == self.end {
            Ok(())
        } else {
            Err(DeltaError::BadOp(self.reader.at))
        }
    }

    fn literal<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        mut length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut bytes = [0; 64];
        while length > 0 {
            let taken = self.reader.take(flash, length)?;
            let part = &mut bytes[..taken.len()];
            part.copy_from_slice(taken);
            length -= part.len() as u32;
            output.emit(flash, part)?;
        }
        Ok(())
    }

    fn patch<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let mut bytes = self.base_bytes(flash, length)?;
        let mut last = 0u8;
        while !bytes.is_empty() {
            let token = self.reader.number(flash)?;
            let (kept, rest) = bytes
                .split_at_checked((token >> 2) as usize)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
            output.emit(flash, kept)?;
            let Some(&old) = rest.first() else {
                return if token & 3 == 0 {
                    Ok(())
                } else {
                    Err(DeltaError::BadOp(self.reader.at))
                };
            };
            let replaced = match token & 3 {
                0 => {
                    output.emit(flash, &[old.wrapping_add(last)])?;
                    1
                }
                1 => {
                    let new = self.reader.take(flash, 1)?[0];
                    last = new.wrapping_sub(old);
                    output.emit(flash, &[new])?;
                    1
                }
                kind => {
                    let count = if kind == 2 {
                        2
                    } else {
                        self.reader.number(flash)?
                    };
                    self.literal(flash, output, count.min(rest.len() as u32))?;
                    count
                }
            };
            bytes = rest
                .get(replaced as usize..)
                .filter(|_| replaced > 0)
                .ok_or(DeltaError::BadOp(self.reader.at))?;
        }
        Ok(())
    }

    /// Bounds and moves come first: the reader goes on behind them, and they are few.
    fn adjust<const PAGE: usize, P: NorFlash>(
        &mut self,
        flash: &mut P,
        output: &mut Output<'_, PAGE>,
        length: u32,
    ) -> Result<(), DeltaError<P::Error>> {
        let bytes = self.base_bytes(flash, length)?;
        let count = self.reader.number(flash)? as usize;
        let mut moves = [Move::default(); MAX_MOVES];
        let moves = moves
            .get_mut(..count)
            .ok_or(DeltaError::BadOp(self.reader.at))?;
        for entry in &mut *moves {
            *entry = Move {
                low: self.reader.number(flash)?,
                span: self.reader.number(flash)?,
                by: unzigzag(self.reader.number(flash)?),
            };
        }
        let (words, _) = bytes.as_chunks::<4>();
        for word in words {
            let value = u32::from_le_bytes(*word);
            let by = moves
                .iter()
                .find(|entry| value.wrapping_sub(entry.low) < entry.span)
                .map_or(0, |entry| entry.by);
            output.emit(flash, &value.wrapping_add_signed(by).to_le_bytes())?;
        }
        Ok(())
    }

    /// The bytes of the base that an operation names, relative to where the last one stopped.
    fn base_bytes<P: NorFlash>(
        &mut self,
        flash: &mut P,
        length: u32,
    ) -> Result<&'b [u8], DeltaError<P::Error>> {
        let moved = unzigzag(self.reader.number(flash)?);
        let bad = DeltaError::BadOp(self.reader.at);
        let Some(start) = self.cursor.checked_add_signed(moved) else {
            return Err(bad);
        };
        let Some(bytes) = self
            .base
            .get(start as usize..)
            .and_then(|rest| rest.get(..length as usize))
        else {
            return Err(bad);
        };
        self.cursor = start + length;
        Ok(bytes)
    }
}
