//! The places of a function that something jumps to, and the stack that each is reached with.

use super::stack::State;
use crate::error::ErrorKind;

/// One jump target; memory that the caller lends to the verifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Label {
    at: u32,
    /// A node, or one of the marks below.
    node: u16,
    /// With a node: plain objects above it. With [`LIVE`]: the next label to look at.
    above: u16,
}

impl Label {
    /// Memory for one.
    pub const NEW: Label = Label {
        at: 0,
        node: 0,
        above: 0,
    };
}

/// No way from the function's start leads to the label.
const DEAD: u16 = u16::MAX;
/// Some way does, but the walk has not followed one.
const LIVE: u16 = u16::MAX - 1;
/// The label is inside a sequence that is checked as a whole.
const CLOSED: u16 = u16::MAX - 2;

/// Past all code: files are shorter.
pub(super) const NO_PLACE: u32 = u32::MAX;

/// Most nodes that can be numbered, so that the marks above stay free.
pub(super) const NODES_MAX: usize = CLOSED as usize;

/// Most labels that can be numbered.
const LABELS_MAX: usize = NO_LABEL as usize;
const NO_LABEL: u16 = u16::MAX;

/// Most labels that make room for one before them, so that gathering them in the walk takes no time to speak of: so deep are
/// branches in one another.
const MOVED_MAX: usize = 32;

/// The labels of one function, in order of their places.
pub(super) struct Labels<'s> {
    /// What there is memory for; no more than there are where they were collected before.
    memory: &'s mut [Label],
    /// How many there are.
    len: usize,
    /// The first that the walk has not come to.
    next: usize,
    /// Where that one is; [`NO_PLACE`] after the last.
    next_at: u32,
    /// Whether the walk gathers them: those that no jump led to so far are not among them.
    grows: bool,
    /// A bit a label: the walk took it for one, and no jump has led there.
    supposed: u64,
    /// The first of those known to be live whose code has not been looked at for jumps.
    pending: u16,
    /// Jump instructions, which may share targets.
    n_jumps: u32,
}

/// Gathers jump targets in any order.
pub(super) struct Collector<'s> {
    labels: &'s mut [Label],
    /// Labels so far: where bytes count more than time those of different places, in their order.
    len: usize,
    n_jumps: usize,
}

impl<'s> Collector<'s> {
    pub(super) fn new(labels: &'s mut [Label]) -> Self {
        Collector {
            labels,
            len: 0,
            n_jumps: 0,
        }
    }

    /// Adds a target. Those beyond the memory are counted only.
    pub(super) fn add(&mut self, at: u32) {
        self.n_jumps += 1;
        let mut index = self.len;
        if cfg!(mpy_format_small) {
            let known = &self.labels[..self.len];
            index = first_from(known, at);
            if known.get(index).is_some_and(|label| label.at == at) {
                return;
            }
        }
        if self.len < self.labels.len() {
            self.labels.copy_within(index..self.len, index + 1);
            self.labels[index] = Label {
                at,
                node: LIVE,
                above: NO_LABEL,
            };
            self.len += 1;
        }
    }

    pub(super) fn finish(self) -> Result<Labels<'s>, ErrorKind> {
        let too_few = ErrorKind::ScratchLabels(self.n_jumps as u32);
        if self.n_jumps > self.labels.len() {
            return Err(too_few);
        }
        let mut len = self.len;
        if !cfg!(mpy_format_small) {
            self.labels[..len].sort_unstable_by_key(|label| label.at);
            len = dedup(&mut self.labels[..len]);
        }
        if len > LABELS_MAX {
            return Err(too_few);
        }
        let labels = &mut self.labels[..len];
        let next_at = labels.first().map_or(NO_PLACE, |label| label.at);
        Ok(Labels {
            len,
            next_at,
            grows: false,
            n_jumps: self.n_jumps as u32,
            ..Labels::none(labels)
        })
    }
}

/// The number of the first label that is not before `at`.
#[cfg_attr(mpy_format_small, inline(never))]
fn first_from(labels: &[Label], at: u32) -> usize {
    labels.partition_point(|label| label.at < at)
}

impl<'s> Labels<'s> {
    /// None yet, for a walk that gathers them.
    pub(super) fn none(memory: &'s mut [Label]) -> Self {
        Labels {
            memory,
            len: 0,
            next: 0,
            next_at: NO_PLACE,
            grows: true,
            supposed: 0,
            pending: NO_LABEL,
            n_jumps: 0,
        }
    }

    fn labels(&self) -> &[Label] {
        match cfg!(mpy_format_small) {
            true => self.memory,
            false => &self.memory[..self.len],
        }
    }

    fn labels_mut(&mut self) -> &mut [Label] {
        match cfg!(mpy_format_small) {
            true => self.memory,
            false => &mut self.memory[..self.len],
        }
    }

    fn come_to(&mut self, next: usize) {
        self.next = next;
        if !cfg!(mpy_format_small) {
            self.next_at = self.place(next).unwrap_or(NO_PLACE);
        }
    }

    /// How many jump instructions there are: the memory that gathering their targets took.
    pub(super) fn n_jumps(&self) -> u32 {
        self.n_jumps
    }

    // Finding out which are live.

    /// Starts anew: no label is known to be live, and the walk has come to none.
    pub(super) fn forget(&mut self) {
        for label in self.labels_mut() {
            (label.node, label.above) = (DEAD, NO_LABEL);
        }
        self.come_to(0);
    }

    /// Notes that some way leads to this place; says whether a label is there. If that is news to it, its code is still to be
    /// looked at.
    pub(super) fn enliven(&mut self, at: u32) -> bool {
        let number = first_from(self.labels(), at);
        let pending = self.pending;
        match self.labels_mut().get_mut(number) {
            Some(label) if label.at == at => {
                if label.node == DEAD {
                    (label.node, label.above) = (LIVE, pending);
                    // Fewer than `LABELS_MAX`.
                    self.pending = number as u16;
                }
                true
            }
            _ => false,
        }
    }

    /// Where a label is.
    fn place(&self, number: usize) -> Option<u32> {
        self.labels().get(number).map(|label| label.at)
    }

    /// Takes one of the labels whose code is still to be looked at: where it is.
    pub(super) fn take_pending(&mut self) -> Option<u32> {
        let label = *self.labels().get(usize::from(self.pending))?;
        self.pending = label.above;
        Some(label.at)
    }

    // The walk.

    /// The place of the first label that the walk has not come to; [`NO_PLACE`] after the last.
    #[inline(always)]
    pub(super) fn next_at(&self) -> u32 {
        match cfg!(mpy_format_small) {
            true => self.place(self.next).unwrap_or(NO_PLACE),
            false => self.next_at,
        }
    }

    /// The walk has come to the next label: the state that jumps brought there, or else `state`, which it then has. None if
    /// no way leads there.
    pub(super) fn reach(&mut self, state: State) -> Option<State> {
        let next = self.next;
        self.come_to(next + 1);
        let label = &mut self.labels_mut()[next];
        match label.node {
            DEAD | CLOSED => None,
            LIVE => {
                (label.node, label.above) = (state.node, state.above);
                Some(state)
            }
            node => Some(State {
                node,
                above: label.above,
            }),
        }
    }

    /// A jump from `from` brings `state` to `at`, which is one of the labels, unless the walk gathers them.
    pub(super) fn flow(&mut self, from: u32, at: u32, state: State) -> Result<(), ErrorKind> {
        let mismatch = if at <= from {
            ErrorKind::LoopMismatch(at)
        } else {
            ErrorKind::JumpMismatch(at)
        };
        if self.grows() {
            self.n_jumps += 1;
        }
        let index = first_from(self.labels(), at);
        let index = match self.place(index) {
            Some(place) if place == at => index,
            _ if self.grows() && at > from && self.insert(index, at, state) => {
                return Ok(());
            }
            // Every target was collected before the walk.
            _ => return Err(mismatch),
        };
        if self.grows() {
            self.supposed &= !bit(index).unwrap_or(0);
        }
        let next = self.next;
        let label = &mut self.labels_mut()[index];
        match label.node {
            LIVE if index >= next => {
                (label.node, label.above) = (state.node, state.above);
                Ok(())
            }
            node if node == state.node && label.above == state.above => Ok(()),
            _ => Err(mismatch),
        }
    }

    // The walk that gathers them.

    /// Whether the walk gathers them.
    pub(super) fn grows(&self) -> bool {
        // Where bytes count more than time, they are collected first.
        !cfg!(mpy_format_small) && self.grows
    }

    /// Whether the walk is at the last label that it came to.
    pub(super) fn is_at(&self, at: u32) -> bool {
        let last = self.next.checked_sub(1);
        last.and_then(|last| self.place(last)) == Some(at)
    }

    /// Takes the walk's place for a label: a jump back is likely to lead there. Says whether there was room.
    pub(super) fn suppose(&mut self, at: u32, state: State) -> bool {
        let Some(bit) = bit(self.next).filter(|_| self.insert(self.next, at, state)) else {
            return false;
        };
        self.supposed |= bit;
        true
    }

    /// Whether jumps led to all that was taken for a label, and collecting them first would have found room.
    pub(super) fn are_certain(&self) -> bool {
        self.supposed == 0 && self.n_jumps as usize <= self.memory.len()
    }

    /// Adds a label that the walk has not come to; says whether there was room.
    fn insert(&mut self, index: usize, at: u32, state: State) -> bool {
        let is_far = index < self.next || self.len - index > MOVED_MAX;
        if is_far || self.len >= self.memory.len().min(LABELS_MAX) {
            return false;
        }
        self.memory.copy_within(index..self.len, index + 1);
        self.memory[index] = Label {
            at,
            node: state.node,
            above: state.above,
        };
        self.len += 1;
        self.come_to(self.next);
        true
    }

    /// Passes the labels before `end`, which must all be among `allowed` and must not be reached from anywhere else.
    pub(super) fn close_until(&mut self, end: u32, allowed: &[u32]) -> Result<(), ErrorKind> {
        let mut next = self.next;
        while let Some(label) = self
            .labels_mut()
            .get_mut(next)
            .filter(|label| label.at < end)
        {
            if !matches!(label.node, LIVE | DEAD) || !allowed.contains(&label.at) {
                return Err(ErrorKind::JumpInside(label.at));
            }
            label.node = CLOSED;
            next += 1;
        }
        self.come_to(next);
        Ok(())
    }
}

/// The bit of a label that is only supposed to be one.
fn bit(index: usize) -> Option<u64> {
    1u64.checked_shl(index as u32)
}

/// Leaves one label of each place, in sorted ones; says how many there are then.
fn dedup(labels: &mut [Label]) -> usize {
    let mut kept = 0;
    for i in 0..labels.len() {
        if i == 0 || labels[i].at != labels[kept - 1].at {
            labels[kept] = labels[i];
            kept += 1;
        }
    }
    kept
}
