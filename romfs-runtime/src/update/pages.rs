//! Writing a run of bytes to a slot page by page, with progress on flash.

use embedded_storage::nor_flash::NorFlash;

use super::trailer::Trailer;

/// Why a page could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageError<E> {
    /// What was programmed does not read back.
    Verify(u32),
    Flash(E),
}

/// Gathers bytes into pages of `PAGE` bytes, erases each sector when its first page comes, programs
/// the page, reads it back and marks the progress.
#[derive(Debug, Clone)]
pub(super) struct PageWriter<const PAGE: usize> {
    /// Offset in the slot of the byte that comes next.
    next: u32,
    /// End of the run.
    end: u32,
    buffer: [u8; PAGE],
}

impl<const PAGE: usize> PageWriter<PAGE> {
    pub(super) const fn new(next: u32, end: u32) -> Self {
        Self {
            next,
            end,
            buffer: [0xff; PAGE],
        }
    }

    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// Start of the page that is being gathered: all before it is on flash.
    pub(super) const fn flushed(&self) -> u32 {
        self.next / PAGE as u32 * PAGE as u32
    }

    /// The bytes gathered so far.
    pub(super) fn unflushed(&self) -> &[u8] {
        &self.buffer[..self.next as usize % PAGE]
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.next >= self.end
    }

    /// Takes as many of `bytes` as belong to the run.
    pub(super) fn push<P: NorFlash>(
        &mut self,
        flash: &mut P,
        trailer: &Trailer,
        mut bytes: &[u8],
    ) -> Result<(), PageError<P::Error>> {
        while !bytes.is_empty() && self.next < self.end {
            let fill = self.next as usize % PAGE;
            let room = (PAGE - fill).min((self.end - self.next) as usize);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.buffer[fill..fill + now.len()].copy_from_slice(now);
            self.next += now.len() as u32;
            bytes = later;
            if self.next == self.end || (self.next as usize).is_multiple_of(PAGE) {
                let page = (self.next - 1) / PAGE as u32 * PAGE as u32;
                self.write_page(flash, trailer, page)?;
                self.buffer.fill(0xff);
            }
        }
        Ok(())
    }

    fn write_page<P: NorFlash>(
        &self,
        flash: &mut P,
        trailer: &Trailer,
        page: u32,
    ) -> Result<(), PageError<P::Error>> {
        let sector = P::ERASE_SIZE as u32;
        if page.is_multiple_of(sector) {
            flash.erase(page, page + sector).map_err(PageError::Flash)?;
        }
        if self.buffer.iter().any(|&byte| byte != 0xff) {
            flash.write(page, &self.buffer).map_err(PageError::Flash)?;
        }
        let mut read = [0; 32];
        for (index, part) in self.buffer.chunks(read.len()).enumerate() {
            let read = &mut read[..part.len()];
            let at = page + (index * 32) as u32;
            flash.read(at, read).map_err(PageError::Flash)?;
            if read != part {
                return Err(PageError::Verify(at));
            }
        }
        if self.next == self.end || self.next.is_multiple_of(trailer.step) {
            trailer.mark(flash, page).map_err(PageError::Flash)?;
        }
        Ok(())
    }
}
