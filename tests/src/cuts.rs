//! The search over power cuts: every operation of a phase of an update, cut in every way.
//!
//! After each cut the device boots, and must run exactly an image that the phase allows; then the
//! update is brought to its end, and must get there. States that were seen before are not tried
//! again, which is sound because a state's hash covers all that decides how the chip behaves.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flash_sim::Chip;
use flash_sim::sweep::{Seeds, Step};
use romfs_runtime::update::{FinishError, Source};

use crate::device::{Device, Session, SimFlash, Stopped, chip};

/// An image that the device may run, as the signed file that carries it.
#[derive(Debug, Clone, Copy)]
pub struct Release<'f> {
    /// For messages.
    pub name: &'static str,
    /// The signed file.
    pub file: &'f [u8],
    /// What is sent to the device to get there: the file itself, or a delta.
    pub sent: &'f [u8],
    /// Its security counter.
    pub counter: u32,
    /// Its sequence number.
    pub sequence: u32,
}

/// What a device does in a phase that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Boots, takes the target in and activates it.
    Update,
    /// Boots.
    Boot,
    /// Boots and confirms what runs on trial.
    Confirm,
    /// All of it, from where the device is to the confirmed target.
    Complete,
}

/// What a search counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Operations that were cut.
    pub operations: usize,
    /// Cuts made.
    pub cuts: usize,
    /// Hashes of the different states that they left.
    pub states: HashSet<u64>,
    /// States after a second cut from which a complete file was refused and had to be sent again:
    /// a mark that reads differently each time can hide a sector that was being erased again.
    pub sent_again: usize,
}

/// A search over the cuts of one phase.
#[derive(Debug)]
pub struct Search<'d, const UNIT: usize, const SECTOR: usize, const PAGE: usize> {
    /// The kind of device.
    pub device: &'d Device<UNIT, SECTOR, PAGE>,
    /// Images that may run after a cut.
    pub allowed: Vec<Release<'d>>,
    /// Whether the factory image may run.
    pub factory: bool,
    /// Where the update goes.
    pub target: Release<'d>,
    /// Seeds of the first cut.
    pub seeds: Seeds,
    /// Seeds of a second cut, in every operation of the recovery from the first.
    pub second: Option<Seeds>,
    /// Of this many states one is brought to the end of the update.
    pub complete_one_in: u64,
}

/// Threads of a search.
const WORKERS: usize = 2;

impl Tally {
    /// Adds another search's counts.
    pub fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.cuts += other.cuts;
        self.states.extend(other.states);
        self.sent_again += other.sent_again;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} operations, {} cuts, {} distinct flash states, 0 bad, {} sent again",
            self.operations,
            self.cuts,
            self.states.len(),
            self.sent_again
        )
    }
}

/// States met so far.
#[derive(Debug, Default)]
struct Seen {
    cuts: AtomicUsize,
    checked: Mutex<HashSet<u64>>,
    expanded: Mutex<HashSet<u64>>,
    sent_again: AtomicUsize,
}

impl Seen {
    fn is_unchecked(&self, chip: &Chip) -> bool {
        self.cuts.fetch_add(1, Ordering::Relaxed);
        insert(&self.checked, chip)
    }

    fn is_unexpanded(&self, chip: &Chip) -> bool {
        insert(&self.expanded, chip)
    }
}

fn insert(set: &Mutex<HashSet<u64>>, chip: &Chip) -> bool {
    let hash = chip.state_hash();
    set.lock().is_ok_and(|mut set| set.insert(hash))
}

/// Bytes that the simulated link delivers at once.
const PIECE: usize = 240;

impl<const UNIT: usize, const SECTOR: usize, const PAGE: usize> Search<'_, UNIT, SECTOR, PAGE> {
    /// Cuts every operation of `action`, begun on `start`.
    ///
    /// # Panics
    /// If a cut leads to anything that is not allowed; the message has the replay ids.
    pub fn run(&self, name: &str, start: &Chip, action: Action) -> Tally {
        let steps = self.record(start, action);
        let seen = Seen::default();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    let mut flash = chip(*start.geometry());
                    while let Some((index, step)) = {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        steps.get(index).map(|step| (index, step))
                    } {
                        self.cut(&mut flash, step, index as u64, name, &seen);
                    }
                });
            }
        });
        Tally {
            operations: steps.len(),
            cuts: seen.cuts.into_inner(),
            states: seen.checked.into_inner().unwrap_or_default(),
            sent_again: seen.sent_again.into_inner(),
        }
    }

    fn cut(
        &self,
        flash: &mut SimFlash<UNIT, SECTOR>,
        step: &Step,
        index: u64,
        name: &str,
        seen: &Seen,
    ) {
        for first in step.cuts(index, self.seeds) {
            let after = step.after(first);
            let path = format!("{name} {first}");
            if seen.is_unchecked(&after) {
                self.check(flash, &after, &path, None);
            }
            if let Some(seeds) = self.second
                && seen.is_unexpanded(&after)
            {
                self.cut_again(flash, &after, seeds, &path, seen);
            }
        }
    }

    /// Second cuts: in every operation from `state` to the end of the update.
    fn cut_again(
        &self,
        flash: &mut SimFlash<UNIT, SECTOR>,
        state: &Chip,
        seeds: Seeds,
        path: &str,
        seen: &Seen,
    ) {
        let recovery = self.record(state, Action::Complete);
        for (index, step) in recovery.iter().enumerate() {
            for second in step.cuts(index as u64, seeds) {
                let after = step.after(second);
                if seen.is_unchecked(&after) {
                    self.check(flash, &after, &format!("{path} {second}"), Some(seen));
                }
            }
        }
    }

    /// The operations of `action`, each with the chip before it.
    fn record(&self, start: &Chip, action: Action) -> Vec<Step> {
        let mut flash = chip(*start.geometry());
        flash.chip().restore(start);
        flash.chip().start_recording();
        self.act(&mut flash, action, "without a cut");
        flash.chip().take_steps()
    }

    fn act(&self, flash: &mut SimFlash<UNIT, SECTOR>, action: Action, path: &str) {
        match action {
            Action::Update => self.device.boot(flash, |mut session| {
                self.update(&mut session, path, None);
            }),
            Action::Boot => self.device.boot(flash, |_| ()),
            Action::Confirm => self.device.boot(flash, |mut session| {
                self.confirm(&mut session, path);
            }),
            Action::Complete => self.complete(flash, path, None),
        }
    }

    /// What runs is allowed, and from there the update comes to its end. After a second cut the
    /// target may run in any phase, since the recovery from the first cut leads there.
    fn check(
        &self,
        flash: &mut SimFlash<UNIT, SECTOR>,
        state: &Chip,
        path: &str,
        recovering: Option<&Seen>,
    ) {
        flash.chip().restore(state);
        self.device.boot(flash, |session| {
            assert!(session.record_is_sound, "{path}: the boot record failed");
            let target = recovering.map(|_| &self.target);
            let mut allowed = self.allowed.iter().chain(target);
            let runs = allowed.find(|image| session.runs(image.file));
            let factory = session.running.source() == Source::Factory;
            assert!(
                runs.is_some() || (factory && self.factory),
                "{path}: {:?} runs, which is none of the allowed images",
                session.running.source()
            );
            let floors = self.allowed.iter().map(|image| image.counter);
            let lowest = floors.min().filter(|_| !self.factory).unwrap_or(0);
            let floor = session.updater.control().state().counter_floor;
            assert!(floor >= lowest, "{path}: the counter fell to {floor}");
        });
        if state.state_hash().is_multiple_of(self.complete_one_in) {
            self.complete(flash, path, recovering);
        }
    }

    /// Boots, updates and confirms until the target is confirmed.
    fn complete(&self, flash: &mut SimFlash<UNIT, SECTOR>, path: &str, recovering: Option<&Seen>) {
        for _ in 0..6 {
            let done = self.device.boot(flash, |mut session| {
                if !session.runs(self.target.file) {
                    self.update(&mut session, path, recovering);
                    return false;
                }
                if session.updater.control().is_trial() {
                    self.confirm(&mut session, path);
                }
                let state = session.updater.control().state();
                let numbers = (state.counter_floor, state.sequence);
                assert_eq!(
                    numbers,
                    (self.target.counter, self.target.sequence),
                    "{path}"
                );
                true
            });
            if done {
                return;
            }
        }
        panic!("{path}: the update never comes to its end");
    }

    fn update(
        &self,
        session: &mut Session<'_, UNIT, SECTOR, PAGE>,
        path: &str,
        recovering: Option<&Seen>,
    ) {
        // What runs on trial here is an image before the target: it has to go first.
        if session.updater.control().is_trial() {
            self.confirm(session, path);
        }
        match (session.update(self.target.sent, PIECE), recovering) {
            (Ok(_), _) => {}
            (Err(Stopped::Finish(FinishError::Refused(_) | FinishError::Delta(_))), Some(seen)) => {
                seen.sent_again.fetch_add(1, Ordering::Relaxed);
            }
            (Err(stopped), _) => panic!("{path}: {stopped:?}"),
        }
    }

    fn confirm(&self, session: &mut Session<'_, UNIT, SECTOR, PAGE>, path: &str) {
        let Session { updater, dog, .. } = session;
        if let Err(error) = updater.control_mut().confirm(dog) {
            panic!("{path}: {error:?}");
        }
    }
}
