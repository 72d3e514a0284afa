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

/// The labels of one function, in order of their places.
pub(super) struct Labels<'s> {
    labels: &'s mut [Label],
    /// The first that the walk has not come to.
    next: usize,
    /// The first of those known to be live whose code has not been looked at for jumps.
    pending: u16,
    /// Jump instructions, which may share targets.
    n_jumps: u32,
}

/// Gathers jump targets in any order.
pub(super) struct Collector<'s> {
    labels: &'s mut [Label],
    count: usize,
}

impl<'s> Collector<'s> {
    pub(super) fn new(labels: &'s mut [Label]) -> Self {
        Collector { labels, count: 0 }
    }

    /// Adds a target. Those beyond the memory are counted only.
    pub(super) fn add(&mut self, at: u32) {
        if let Some(label) = self.labels.get_mut(self.count) {
            *label = Label {
                at,
                node: LIVE,
                above: NO_LABEL,
            };
        }
        self.count += 1;
    }

    pub(super) fn finish(self) -> Result<Labels<'s>, ErrorKind> {
        let too_few = ErrorKind::ScratchLabels(self.count as u32);
        let labels = self.labels.get_mut(..self.count).ok_or(too_few)?;
        sort(labels);
        let mut kept = 0;
        for i in 0..labels.len() {
            if i == 0 || labels[i].at != labels[kept - 1].at {
                labels[kept] = labels[i];
                kept += 1;
            }
        }
        if kept > LABELS_MAX {
            return Err(too_few);
        }
        Ok(Labels {
            labels: &mut labels[..kept],
            next: 0,
            pending: NO_LABEL,
            n_jumps: self.count as u32,
        })
    }
}

impl Labels<'_> {
    /// How many jump instructions there are: the memory that gathering their targets took.
    pub(super) fn n_jumps(&self) -> u32 {
        self.n_jumps
    }

    // Finding out which are live.

    /// Starts anew: no label is known to be live, and the walk has come to none.
    pub(super) fn forget(&mut self) {
        for label in &mut *self.labels {
            (label.node, label.above) = (DEAD, NO_LABEL);
        }
        self.next = 0;
    }

    /// Whether some label is not live.
    pub(super) fn has_dead(&self) -> bool {
        self.labels.iter().any(|label| label.node == DEAD)
    }

    /// The number of the first label at or after a place.
    pub(super) fn first_from(&self, at: u32) -> usize {
        self.labels.partition_point(|label| label.at < at)
    }

    /// Where a label is.
    pub(super) fn place(&self, number: usize) -> Option<u32> {
        self.labels.get(number).map(|label| label.at)
    }

    /// Marks a label as live; says whether that is news.
    pub(super) fn enliven(&mut self, number: usize) -> bool {
        let label = &mut self.labels[number];
        let news = label.node == DEAD;
        label.node = LIVE;
        news
    }

    /// Marks a jump's target as live and, if that is news, as still to be looked at.
    pub(super) fn enliven_target(&mut self, at: u32) {
        let number = self.first_from(at);
        if self.place(number) == Some(at) && self.enliven(number) {
            self.labels[number].above = self.pending;
            // Fewer than `LABELS_MAX`.
            self.pending = number as u16;
        }
    }

    /// Takes one of the labels still to be looked at: where it is.
    pub(super) fn take_pending(&mut self) -> Option<u32> {
        let label = self.labels.get(usize::from(self.pending))?;
        self.pending = label.above;
        Some(label.at)
    }

    // The walk.

    /// The place of the first label that the walk has not come to; [`NO_PLACE`] after the last.
    pub(super) fn next_at(&self) -> u32 {
        self.place(self.next).unwrap_or(NO_PLACE)
    }

    /// The walk has come to the next label: the state that jumps brought there, or else `state`, which it then has. None if
    /// no way leads there.
    pub(super) fn reach(&mut self, state: State) -> Option<State> {
        let label = &mut self.labels[self.next];
        self.next += 1;
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

    /// A jump from `from` brings `state` to `at`, which is one of the labels.
    pub(super) fn flow(&mut self, from: u32, at: u32, state: State) -> Result<(), ErrorKind> {
        let mismatch = if at <= from {
            ErrorKind::LoopMismatch(at)
        } else {
            ErrorKind::JumpMismatch(at)
        };
        // Every target was collected before the walk.
        let index = self
            .labels
            .binary_search_by_key(&at, |label| label.at)
            .map_err(|_| mismatch)?;
        let label = &mut self.labels[index];
        match label.node {
            LIVE if index >= self.next => {
                (label.node, label.above) = (state.node, state.above);
                Ok(())
            }
            node if node == state.node && label.above == state.above => Ok(()),
            _ => Err(mismatch),
        }
    }

    /// Passes the labels before `end`, which must all be among `allowed` and must not be reached from anywhere else.
    pub(super) fn close_until(&mut self, end: u32, allowed: &[u32]) -> Result<(), ErrorKind> {
        while let Some(label) = self
            .labels
            .get_mut(self.next)
            .filter(|label| label.at < end)
        {
            if !matches!(label.node, LIVE | DEAD) || !allowed.contains(&label.at) {
                return Err(ErrorKind::JumpInside(label.at));
            }
            label.node = CLOSED;
            self.next += 1;
        }
        Ok(())
    }
}

/// Sorts by position: a heap sort, a tenth of the size of core's sort.
fn sort(labels: &mut [Label]) {
    for top in (0..labels.len() / 2).rev() {
        sink(labels, top);
    }
    for end in (1..labels.len()).rev() {
        labels.swap(0, end);
        sink(&mut labels[..end], 0);
    }
}

/// Moves a label down until none below it lies behind it in the code.
fn sink(labels: &mut [Label], mut at: usize) {
    while 2 * at + 1 < labels.len() {
        let mut child = 2 * at + 1;
        if child + 1 < labels.len() && labels[child].at < labels[child + 1].at {
            child += 1;
        }
        if labels[at].at >= labels[child].at {
            return;
        }
        labels.swap(at, child);
        at = child;
    }
}
