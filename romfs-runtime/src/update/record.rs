//! The boot record: two erase sectors used in turn, from which a state is read back whatever
//! happened while it was written (SPEC-update.md §2).
//!
//! An entry is written in three operations: its body, then two marks. The body alone means
//! nothing. The first mark commits it: that operation switches. The second mark says that the
//! first one completed, so whoever sees it knows that body and first mark are firm and will read
//! the same at every boot. A boot that sees a committed entry without its second mark makes it
//! firm before anything acts on it. DESIGN-update.md §2 has the argument.

use core::fmt;

use embedded_storage::nor_flash::NorFlash;

use super::state::{Entry, State};

/// Most bytes that [`BootRecord::load`] reads.
pub const BOOT_READ_LIMIT: usize = 512;

/// Bytes at the start of each sector that hold entries.
const AREA: usize = BOOT_READ_LIMIT / 2;
const SECTORS: usize = 2;
const COMMITTED: u8 = 0x3c;
const FIRM: u8 = 0x5a;
/// Numbers skipped when a new sector begins: more than the entries of one sector, so that an entry
/// torn in the old sector never has the number of one in the new sector.
const SECTOR_STEP: u32 = 8;

/// Why the boot record can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordError<E> {
    /// The region is not two erase sectors, or the program unit is larger than 32 bytes.
    Geometry,
    /// What was programmed does not read back.
    Verify,
    /// The flash failed.
    Flash(E),
}

impl<E: fmt::Debug> fmt::Display for RecordError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Geometry => f.write_str("the boot record needs two erase sectors of 256 bytes or more and a program unit of at most 32 bytes"),
            Self::Verify => f.write_str("the boot record does not read back as it was written"),
            Self::Flash(error) => write!(f, "the boot record's flash failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for RecordError<E> {}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    sector: usize,
    index: usize,
}

/// An entry as found on flash.
#[derive(Debug, Clone, Copy)]
struct Found {
    entry: Entry,
    place: Place,
    committed: bool,
    firm: bool,
}

/// What is in both sectors.
#[derive(Debug, Default)]
struct Scan {
    /// The newest committed entry.
    committed: Option<Found>,
    /// The newest whole body without a mark.
    written: Option<Found>,
    /// What must not come to life later: torn bodies, and whole ones without a mark; with their
    /// number, as far as it is known.
    suspects: [Option<(Place, u32)>; SECTORS * AREA / (Entry::LEN + 32)],
}

/// What the bytes of a body are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Blank, destroyed or unreadable.
    Nothing,
    /// Torn.
    Junk,
    Whole(Entry),
}

/// The boot record in its region.
#[derive(Debug)]
pub struct BootRecord<P> {
    flash: P,
    /// The entry that the state was read from or written to last.
    latest: Option<(Entry, Place)>,
    /// Whether the rest of that entry's sector was erased by this object and not written since.
    rest_is_blank: bool,
}

impl<P: NorFlash> BootRecord<P> {
    /// Bytes of one mark: whole program units, 16 bytes at least.
    const MARK: usize = if P::WRITE_SIZE > 16 { 32 } else { 16 };
    const STRIDE: usize = Entry::LEN + 2 * Self::MARK;
    const ENTRIES: usize = AREA / Self::STRIDE;
    /// Entries that stores may use; the rest of a sector is for making them firm.
    const APPENDED: usize = 2;

    /// Takes the region: two erase sectors. Nothing is read yet.
    ///
    /// # Errors
    ///
    /// [`RecordError::Geometry`].
    pub fn new(flash: P) -> Result<Self, RecordError<P::Error>> {
        let fits = flash.capacity() == SECTORS * P::ERASE_SIZE
            && P::ERASE_SIZE >= AREA
            && Entry::LEN.is_multiple_of(P::WRITE_SIZE)
            && 16usize.is_multiple_of(P::READ_SIZE);
        if !fits {
            return Err(RecordError::Geometry);
        }
        Ok(Self {
            flash,
            latest: None,
            rest_is_blank: false,
        })
    }

    /// Gives the region back.
    pub fn into_inner(self) -> P {
        self.flash
    }

    /// The state that was loaded or stored last.
    pub fn state(&self) -> Option<State> {
        self.latest.map(|(entry, _)| entry.state)
    }

    /// Reads the state, from at most [`BOOT_READ_LIMIT`] bytes, and makes it firm where the write
    /// of it may have been cut short. `None` if nothing was ever stored.
    ///
    /// # Errors
    ///
    /// [`RecordError::Verify`] or [`RecordError::Flash`] if making it firm fails.
    pub fn load(&mut self) -> Result<Option<State>, RecordError<P::Error>> {
        self.rest_is_blank = false;
        let Scan {
            committed,
            written,
            suspects,
        } = self.scan();
        // Without any committed entry, one whose first mark is weak may be all there is.
        let Some(found) = committed.or(written) else {
            self.latest = None;
            return Ok(None);
        };
        self.latest = Some((found.entry, found.place));
        if !found.firm {
            self.make_firm(found)?;
        }
        if found.committed {
            for (place, number) in suspects.into_iter().flatten() {
                // Once the state is written in the other sector, it outranks all that was seen.
                let moved = self.latest.map(|(_, place)| place.sector) != Some(found.place.sector);
                if number > found.entry.number && !moved {
                    self.discard(place, found.entry.state)?;
                }
            }
        }
        Ok(self.state())
    }

    /// Looks at every place for an entry.
    fn scan(&mut self) -> Scan {
        let mut scan = Scan::default();
        for (slot, suspect) in (0..SECTORS * Self::ENTRIES).zip(&mut scan.suspects) {
            let place = Place {
                sector: slot / Self::ENTRIES,
                index: slot % Self::ENTRIES,
            };
            let found = match self.read_body(Self::offset(place)) {
                Body::Whole(entry) => self.found(entry, place),
                Body::Junk => {
                    *suspect = Some((place, u32::MAX));
                    continue;
                }
                Body::Nothing => continue,
            };
            let best = if found.committed {
                &mut scan.committed
            } else {
                *suspect = Some((place, found.entry.number));
                &mut scan.written
            };
            if best.is_none_or(|best| best.entry.number < found.entry.number) {
                *best = Some(found);
            }
        }
        scan
    }

    /// Writes `state`. Until the second of its three operations the old state holds, afterwards the
    /// new one does.
    ///
    /// # Errors
    ///
    /// [`RecordError::Verify`] or [`RecordError::Flash`]. The old state or the new one holds then,
    /// as the next [`load`](Self::load) will tell.
    pub fn store(&mut self, state: State) -> Result<(), RecordError<P::Error>> {
        let next = self.latest.map_or(0, |(_, place)| place.index + 1);
        match self.latest {
            Some((latest, place)) if self.rest_is_blank && next < Self::APPENDED => {
                let number = latest.number.wrapping_add(1);
                let place = Place {
                    index: next,
                    ..place
                };
                self.write(Entry { number, state }, place)
            }
            _ => self.store_in_other_sector(state),
        }
    }

    /// Erases the sector that does not hold the latest entry and writes there.
    fn store_in_other_sector(&mut self, state: State) -> Result<(), RecordError<P::Error>> {
        let (number, sector) = match self.latest {
            Some((latest, place)) => (latest.number.wrapping_add(SECTOR_STEP), 1 - place.sector),
            None => (0, 0),
        };
        self.rest_is_blank = false;
        let start = (sector * P::ERASE_SIZE) as u32;
        self.flash
            .erase(start, start + P::ERASE_SIZE as u32)
            .map_err(RecordError::Flash)?;
        self.write(Entry { number, state }, Place { sector, index: 0 })?;
        self.rest_is_blank = true;
        Ok(())
    }

    /// Makes an entry that may be weak readable for good. A copy behind it in the same sector is the
    /// safest, since it leaves the entry and what came before it alone; the second mark comes next,
    /// and erasing the other sector last.
    fn make_firm(&mut self, found: Found) -> Result<(), RecordError<P::Error>> {
        let Found { entry, place, .. } = found;
        for index in place.index + 1..Self::ENTRIES {
            let number = entry.number.wrapping_add((index - place.index) as u32);
            let copy = Entry { number, ..entry };
            let place = Place { index, ..place };
            if self.is_blank(place) && self.write(copy, place).is_ok() {
                return Ok(());
            }
        }
        let second = Self::offset(place) + (Entry::LEN + Self::MARK) as u32;
        if found.committed && self.program_mark(second, FIRM).is_ok() {
            return Ok(());
        }
        self.store_in_other_sector(entry.state)
    }

    /// Destroys what may be a body that came after the state that holds. Its cells may be weak: it
    /// must not be seen as committed later. Where the part does not let zeros be programmed over
    /// it, the state is written anew instead.
    fn discard(&mut self, place: Place, state: State) -> Result<(), RecordError<P::Error>> {
        let zeros = [0; Entry::LEN + 32];
        let offset = Self::offset(place);
        let covered = &zeros[..Entry::LEN + Self::MARK];
        let dead = self.flash.write(offset, covered).is_ok()
            && matches!(self.read_body(offset), Body::Nothing);
        if dead {
            return Ok(());
        }
        self.store_in_other_sector(state)
    }

    /// Body, first mark, second mark. On failure it is not known which state holds.
    fn write(&mut self, entry: Entry, place: Place) -> Result<(), RecordError<P::Error>> {
        let offset = Self::offset(place);
        let bytes = entry.to_bytes();
        let blank_before = core::mem::replace(&mut self.rest_is_blank, false);
        self.flash
            .write(offset, &bytes)
            .map_err(RecordError::Flash)?;
        if self.read_body(offset) != Body::Whole(entry) {
            return Err(RecordError::Verify);
        }
        let first = offset + Entry::LEN as u32;
        self.program_mark(first, COMMITTED)?;
        self.program_mark(first + Self::MARK as u32, FIRM)?;
        self.latest = Some((entry, place));
        self.rest_is_blank = blank_before;
        Ok(())
    }

    fn program_mark(&mut self, offset: u32, value: u8) -> Result<(), RecordError<P::Error>> {
        let mark = [value; 32];
        self.flash
            .write(offset, &mark[..Self::MARK])
            .map_err(RecordError::Flash)?;
        if self.has_mark(offset, value) {
            Ok(())
        } else {
            Err(RecordError::Verify)
        }
    }

    fn found(&mut self, entry: Entry, place: Place) -> Found {
        let first = Self::offset(place) + Entry::LEN as u32;
        let firm = self.has_mark(first + Self::MARK as u32, FIRM);
        Found {
            entry,
            place,
            committed: firm || self.has_mark(first, COMMITTED),
            firm,
        }
    }

    /// A read that fails is one of torn check bits: nothing will ever be read there.
    fn read_body(&mut self, offset: u32) -> Body {
        let mut bytes = [0; Entry::LEN];
        if self.flash.read(offset, &mut bytes).is_err() {
            return Body::Nothing;
        }
        match Entry::from_bytes(&bytes) {
            Some(entry) => Body::Whole(entry),
            None if bytes == [0xff; Entry::LEN] || bytes == [0; Entry::LEN] => Body::Nothing,
            None => Body::Junk,
        }
    }

    fn is_blank(&mut self, place: Place) -> bool {
        let start = Self::offset(place);
        let mut bytes = [0; 16];
        (0..Self::STRIDE as u32)
            .step_by(16)
            .all(|at| self.flash.read(start + at, &mut bytes).is_ok() && bytes == [0xff; 16])
    }

    fn has_mark(&mut self, offset: u32, value: u8) -> bool {
        let mut bytes = [0; 32];
        let mark = &mut bytes[..Self::MARK];
        self.flash.read(offset, mark).is_ok() && mark.iter().all(|&byte| byte == value)
    }

    fn offset(place: Place) -> u32 {
        (place.sector * P::ERASE_SIZE + place.index * Self::STRIDE) as u32
    }
}
