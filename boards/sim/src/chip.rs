//! The chip: operations, their rules, their faults.

use std::io;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::defect::{Defects, FailMode};
use crate::error::FlashError;
use crate::geometry::{BlankRead, Geometry, Overrun, Reprogram};
use crate::mirror::Mirror;
use crate::op::{Cut, Moment, Op, OpKind};
use crate::rng::{Rng, mix};
use crate::sector::{ERASED, Sector};
use crate::sweep::Step;
use crate::tear::{self, Target};
use crate::timing::Timing;

/// Counts of what was asked of a chip, and the time that a real part would have taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Read operations.
    pub reads: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Program operations.
    pub programs: u64,
    /// Bytes programmed.
    pub program_bytes: u64,
    /// Sector erases.
    pub erases: u64,
    /// Nanoseconds by the chip's [`Timing`]; 0 without one.
    pub nanoseconds: u64,
}

/// A simulated NOR flash chip.
///
/// Offsets count bytes from the start of the chip. Each call of [`erase_sector`](Self::erase_sector)
/// or [`program`](Self::program) that the rules allow is one operation: what a [`Cut`] counts.
#[derive(Debug)]
pub struct Chip {
    geometry: Geometry,
    sectors: Vec<Arc<Sector>>,
    defects: Arc<Defects>,
    timing: Option<Timing>,
    stats: Stats,
    powered: bool,
    armed: Option<Cut>,
    operations: u64,
    weak_reads: Rng,
    log: Option<Vec<Op>>,
    steps: Option<Vec<Step>>,
    mirror: Option<Mirror>,
}

/// A clone shares the sectors until one side changes them. It is in memory only: the file behind a
/// chip, its log and its recording stay with the original.
impl Clone for Chip {
    fn clone(&self) -> Self {
        Self {
            geometry: self.geometry,
            sectors: self.sectors.clone(),
            defects: Arc::clone(&self.defects),
            timing: self.timing,
            stats: self.stats,
            powered: self.powered,
            armed: self.armed,
            operations: self.operations,
            weak_reads: self.weak_reads.clone(),
            log: None,
            steps: None,
            mirror: None,
        }
    }
}

impl Chip {
    /// An erased chip in memory.
    ///
    /// # Panics
    ///
    /// If the geometry is not [valid](Geometry::is_valid).
    pub fn new(geometry: Geometry) -> Self {
        assert!(geometry.is_valid(), "invalid geometry: {geometry:?}");
        let units = if counts_programs(&geometry) {
            geometry.sector / geometry.unit
        } else {
            0
        };
        let blank = Arc::new(Sector::erased(geometry.sector, units));
        Self {
            geometry,
            sectors: vec![blank; geometry.sectors()],
            defects: Arc::default(),
            timing: None,
            stats: Stats::default(),
            powered: true,
            armed: None,
            operations: 0,
            weak_reads: Rng::new(0),
            log: None,
            steps: None,
            mirror: None,
        }
    }

    /// A chip whose bytes are kept in the file at `path`; see [`Mirror::open`]. Units of the file
    /// that are not all ones count as programmed once.
    ///
    /// # Errors
    ///
    /// As [`Mirror::open`].
    pub fn open(path: &Path, geometry: Geometry) -> io::Result<Self> {
        Self::new(geometry).mirrored(Mirror::open(path, geometry.capacity)?)
    }

    /// A chip over memory that can be [mapped](Self::mapped_base) but is not kept.
    ///
    /// # Errors
    ///
    /// As [`Mirror::anonymous`].
    pub fn mappable(geometry: Geometry) -> io::Result<Self> {
        Self::new(geometry).mirrored(Mirror::anonymous(geometry.capacity)?)
    }

    fn mirrored(mut self, mirror: Mirror) -> io::Result<Self> {
        let Geometry { sector, unit, .. } = self.geometry;
        for (slot, bytes) in self.sectors.iter_mut().zip(mirror.bytes().chunks(sector)) {
            if bytes.iter().all(|&byte| byte == ERASED) {
                continue;
            }
            let sector = Arc::make_mut(slot);
            sector.bytes_mut().copy_from_slice(bytes);
            for (index, unit) in bytes.chunks(unit).enumerate() {
                if unit.iter().any(|&byte| byte != ERASED) {
                    sector.count_program(index);
                }
            }
        }
        self.mirror = Some(mirror);
        Ok(self)
    }

    /// The sizes and rules.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Address of the first byte in the read-only mapping of the file, if there is one.
    pub fn mapped_base(&self) -> Option<NonNull<u8>> {
        self.mirror.as_ref().map(Mirror::base)
    }

    /// Makes the chip count the time that a part would take.
    pub fn set_timing(&mut self, timing: Timing) {
        self.timing = Some(timing);
    }

    /// Counts since the chip was made, or since [`reset_stats`](Self::reset_stats).
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Starts the counts anew.
    pub fn reset_stats(&mut self) {
        self.stats = Stats::default();
    }

    /// How often each sector was erased.
    pub fn wear(&self) -> impl Iterator<Item = u32> + '_ {
        self.sectors.iter().map(|sector| sector.erases)
    }

    /// The permanent faults, to be added to.
    pub fn defects_mut(&mut self) -> &mut Defects {
        Arc::make_mut(&mut self.defects)
    }

    /// Starts keeping every operation; [`take_log`](Self::take_log) hands them out.
    pub fn start_log(&mut self) {
        self.log = Some(Vec::new());
    }

    /// The operations since [`start_log`](Self::start_log), and stops keeping them.
    pub fn take_log(&mut self) -> Vec<Op> {
        self.log.take().unwrap_or_default()
    }

    /// Starts keeping, for every operation, the chip as it was before it.
    pub fn start_recording(&mut self) {
        self.steps = Some(Vec::new());
    }

    /// The steps since [`start_recording`](Self::start_recording), and stops keeping them.
    pub fn take_steps(&mut self) -> Vec<Step> {
        self.steps.take().unwrap_or_default()
    }

    /// Makes this chip what `other`, of the same geometry, is: bytes, wear, faults. Only sectors that
    /// differ are touched, so going back to a clone is cheap. The file behind this chip follows; its
    /// log and its recording go on.
    ///
    /// # Panics
    ///
    /// If the geometries differ.
    pub fn restore(&mut self, other: &Self) {
        assert_eq!(self.geometry, other.geometry, "another part");
        let size = self.geometry.sector;
        for (number, (own, new)) in self.sectors.iter_mut().zip(&other.sectors).enumerate() {
            if Arc::ptr_eq(own, new) {
                continue;
            }
            *own = Arc::clone(new);
            if let Some(mirror) = &mut self.mirror {
                mirror.store(number * size, own.bytes());
            }
        }
        self.defects = Arc::clone(&other.defects);
        self.powered = other.powered;
        self.armed = other.armed;
        self.operations = other.operations;
        self.weak_reads = other.weak_reads.clone();
    }

    /// Asks for a power cut; operations are counted from now on.
    pub fn arm(&mut self, cut: Cut) {
        self.operations = 0;
        self.armed = Some(cut);
    }

    /// Whether the power is on.
    pub fn is_powered(&self) -> bool {
        self.powered
    }

    /// Turns the power on again, with no cut armed. `seed` decides how weak bits read from now on.
    pub fn power_on(&mut self, seed: u64) {
        self.powered = true;
        self.armed = None;
        self.weak_reads = Rng::new(seed);
    }

    /// A hash of everything that decides how the chip behaves from here: bytes, weak bits, broken
    /// check bits and program counts, but not wear or time.
    pub fn state_hash(&self) -> u64 {
        self.sectors
            .iter()
            .fold(0, |hash, sector| mix(hash ^ sector.hash()))
    }

    /// Reads from `offset`.
    ///
    /// # Errors
    ///
    /// [`FlashError`]: alignment, bounds, [`Ecc`](FlashError::Ecc), power off.
    pub fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        self.check(offset, bytes.len(), self.geometry.read)?;
        self.stats.reads += 1;
        self.stats.read_bytes += bytes.len() as u64;
        self.spend(|timing| timing.read_byte * bytes.len() as u64);
        let size = self.geometry.sector;
        // Weak cells of one read tend to fall to the same side, which is what deceives software.
        let lean = self.weak_reads.below(8);
        let mut at = offset as usize;
        let mut rest = &mut *bytes;
        while !rest.is_empty() {
            let within = at % size;
            let (part, tail) = rest.split_at_mut(rest.len().min(size - within));
            let sector = &self.sectors[at / size];
            check_readable(&self.geometry, sector, at, part.len())?;
            part.copy_from_slice(&sector.bytes()[within..within + part.len()]);
            let range = within as u32..(within + part.len()) as u32;
            for (&index, &mask) in sector.weak().range(range) {
                part[index as usize - within] ^= mask
                    & match lean {
                        0..3 => 0,
                        3..6 => 0xff,
                        _ => self.weak_reads.next_u8(),
                    };
            }
            at += part.len();
            rest = tail;
        }
        if self.defects.has_stuck() {
            self.defects.force(offset, bytes);
        }
        Ok(())
    }

    /// Erases the sector at `offset`, in one operation.
    ///
    /// # Errors
    ///
    /// [`FlashError`]: alignment, bounds, a failing sector, power off.
    pub fn erase_sector(&mut self, offset: u32) -> Result<(), FlashError> {
        self.check(offset, self.geometry.sector, self.geometry.sector)?;
        let number = offset as usize / self.geometry.sector;
        let worn = self.defects.mode(number, self.sectors[number].erases);
        let op = Op {
            offset,
            kind: OpKind::Erase,
        };
        self.run(op, worn)?;
        self.stats.erases += 1;
        self.spend(|timing| timing.erase_sector);
        match worn {
            Some(FailMode::Reported | FailMode::EraseReported) => {
                Err(FlashError::SectorFailed { offset })
            }
            _ => Ok(()),
        }
    }

    /// Programs `bytes` at `offset`, in one operation: bits go from 1 to 0, never back.
    ///
    /// # Errors
    ///
    /// [`FlashError`]: alignment, bounds, the page and reprogram policies, a failing sector, power
    /// off.
    pub fn program(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        self.check(offset, bytes.len(), self.geometry.unit)?;
        let page = self.geometry.page;
        if self.geometry.overrun == Overrun::Refuse && offset as usize % page + bytes.len() > page {
            return Err(FlashError::PageCrossed {
                offset,
                length: bytes.len(),
            });
        }
        self.check_policy(offset, bytes)?;
        let number = offset as usize / self.geometry.sector;
        let worn = self
            .defects
            .mode(number, self.sectors[number].erases)
            .filter(|&mode| mode != FailMode::EraseReported);
        let op = Op {
            offset,
            kind: OpKind::Program(bytes.into()),
        };
        self.run(op, worn)?;
        self.stats.programs += 1;
        self.stats.program_bytes += bytes.len() as u64;
        self.spend(|timing| timing.program(bytes.len()));
        match worn {
            Some(FailMode::Reported) => Err(FlashError::SectorFailed {
                offset: (number * self.geometry.sector) as u32,
            }),
            _ => Ok(()),
        }
    }

    /// Applies `op` as far as `moment` says. The power state is not touched: this is for making the
    /// state that a cut leaves, without running the caller up to it.
    pub fn apply(&mut self, op: &Op, moment: Moment, seed: u64) {
        let Geometry {
            sector: size,
            unit,
            ecc,
            ..
        } = self.geometry;
        let number = op.offset as usize / size;
        let targets = match &op.kind {
            OpKind::Erase => Vec::new(),
            OpKind::Program(bytes) => self.targets(op.offset, bytes),
        };
        let sector = Arc::make_mut(&mut self.sectors[number]);
        match (moment, &op.kind) {
            (Moment::Before, _) => return,
            (Moment::After, OpKind::Erase) => {
                sector.erase();
                sector.erases += 1;
            }
            (Moment::After, OpKind::Program(_)) => program_whole(sector, &targets, unit),
            (Moment::Torn(tear), OpKind::Erase) => {
                tear::erase(sector, unit, ecc, tear, seed);
                sector.erases += 1;
            }
            (Moment::Torn(tear), OpKind::Program(_)) => {
                tear::program(sector, &targets, unit, ecc, tear, seed);
            }
        }
        if let Some(mirror) = &mut self.mirror {
            mirror.store(number * size, sector.bytes());
        }
    }

    /// Counts the operation, keeps it where asked to, and lets it happen as far as power allows.
    fn run(&mut self, op: Op, worn: Option<FailMode>) -> Result<(), FlashError> {
        if self.steps.is_some() {
            let before = self.clone();
            let step = Step {
                before,
                op: op.clone(),
            };
            self.steps.get_or_insert_default().push(step);
        }
        let cut = self.armed.filter(|cut| cut.op == self.operations);
        self.operations += 1;
        match (worn, cut) {
            (Some(FailMode::Reported | FailMode::Silent), _) => {}
            (Some(FailMode::EraseReported), _) if op.kind == OpKind::Erase => {}
            (_, Some(cut)) => self.apply(&op, cut.moment, cut.seed),
            (_, None) => self.apply(&op, Moment::After, 0),
        }
        if let Some(log) = &mut self.log {
            log.push(op);
        }
        match cut {
            None => Ok(()),
            Some(_) => {
                self.powered = false;
                Err(FlashError::PowerOff)
            }
        }
    }

    /// The bytes that a program changes, with the wrap at the end of a page.
    fn targets(&self, offset: u32, bytes: &[u8]) -> Vec<Target> {
        let Geometry { sector, page, .. } = self.geometry;
        let start = offset as usize % sector;
        let base = start & !(page - 1);
        let skipped = bytes.len().saturating_sub(page);
        let mut targets: Vec<Target> = (skipped..bytes.len())
            .map(|index| (base + (start - base + index) % page, bytes[index]))
            .collect();
        targets.sort_unstable_by_key(|target| target.0);
        targets
    }

    fn check(&self, offset: u32, length: usize, unit: usize) -> Result<(), FlashError> {
        if !self.powered {
            return Err(FlashError::PowerOff);
        }
        if offset as usize > self.geometry.capacity
            || length > self.geometry.capacity - offset as usize
        {
            return Err(FlashError::OutOfBounds { offset, length });
        }
        if !(offset as usize).is_multiple_of(unit) || !length.is_multiple_of(unit) {
            return Err(FlashError::NotAligned {
                offset,
                length,
                unit,
            });
        }
        Ok(())
    }

    fn check_policy(&self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let Geometry { sector, unit, .. } = self.geometry;
        let base = offset as usize / sector * sector;
        let targets = self.targets(offset, bytes);
        let here = &self.sectors[offset as usize / sector];
        for chunk in targets.chunk_by(|a, b| a.0 / unit == b.0 / unit) {
            let index = chunk[0].0 / unit;
            let count = here.programs(index);
            let allowed = match self.geometry.reprogram {
                Reprogram::Unlimited => true,
                Reprogram::AtMost(times) => count < times,
                Reprogram::Once => count == 0,
                Reprogram::OnceThenZeros => count == 0 || chunk.iter().all(|target| target.1 == 0),
                Reprogram::BlankOnly => {
                    let unit = &here.bytes()[index * unit..(index + 1) * unit];
                    unit.iter().all(|&byte| byte == ERASED)
                }
            };
            if !allowed {
                return Err(FlashError::Reprogrammed {
                    offset: (base + index * unit) as u32,
                });
            }
        }
        Ok(())
    }

    fn spend(&mut self, cost: impl FnOnce(&Timing) -> u64) {
        self.stats.nanoseconds += self.timing.as_ref().map_or(0, cost);
    }
}

/// Whether the rules depend on how often a unit was programmed.
fn counts_programs(geometry: &Geometry) -> bool {
    geometry.blank == BlankRead::Fault
        || !matches!(
            geometry.reprogram,
            Reprogram::Unlimited | Reprogram::BlankOnly
        )
}

fn check_readable(
    geometry: &Geometry,
    sector: &Sector,
    offset: usize,
    length: usize,
) -> Result<(), FlashError> {
    if !geometry.ecc && geometry.blank == BlankRead::Ones {
        return Ok(());
    }
    let within = offset % geometry.sector;
    let units = within / geometry.unit..=(within + length - 1) / geometry.unit;
    for unit in units {
        let blank = geometry.blank == BlankRead::Fault && sector.programs(unit) == 0;
        if blank || sector.is_broken(unit) {
            return Err(FlashError::Ecc {
                offset: (offset - within + unit * geometry.unit) as u32,
            });
        }
    }
    Ok(())
}

/// A program that completes: the bits are cleared, and firm from now on.
fn program_whole(sector: &mut Sector, targets: &[Target], unit: usize) {
    for &(at, value) in targets {
        sector.bytes_mut()[at] &= value;
        sector.firm(at, !value);
    }
    for chunk in targets.chunk_by(|a, b| a.0 / unit == b.0 / unit) {
        sector.count_program(chunk[0].0 / unit);
    }
}
