//! The places of a function that something jumps to, and the stack that each is reached with.

use super::stack::State;
use crate::error::ErrorKind;

/// One jump target; memory that the caller lends to the verifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Label {
    at: u32,
    node: u16,
    above: u16,
}

/// In place of a node: nothing has reached the label yet.
const UNREACHED: u16 = u16::MAX;
/// In place of a node: the label is inside a sequence that is checked as a whole.
const CLOSED: u16 = u16::MAX - 1;

/// Most nodes that can be numbered, so that the marks above stay free.
pub(super) const NODES_MAX: usize = CLOSED as usize;

/// The labels of one function, in order of their places.
pub(super) struct Labels<'s> {
    labels: &'s mut [Label],
    /// The first that the walk has not come to.
    next: usize,
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
                node: UNREACHED,
                above: 0,
            };
        }
        self.count += 1;
    }

    pub(super) fn finish(self) -> Result<Labels<'s>, ErrorKind> {
        let too_few = ErrorKind::ScratchLabels(self.count as u32);
        let labels = self.labels.get_mut(..self.count).ok_or(too_few)?;
        labels.sort_unstable_by_key(|label| label.at);
        let mut kept = 0;
        for i in 0..labels.len() {
            if i == 0 || labels[i].at != labels[kept - 1].at {
                labels[kept] = labels[i];
                kept += 1;
            }
        }
        Ok(Labels {
            labels: &mut labels[..kept],
            next: 0,
        })
    }
}

impl Labels<'_> {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.labels.len() as u32
    }

    /// The place of the first label that the walk has not come to.
    pub(super) fn next_at(&self) -> Option<u32> {
        self.labels.get(self.next).map(|label| label.at)
    }

    /// The walk has come to the next label, `at`: the state that jumps brought here, or else `state`, which it then has.
    pub(super) fn reach(&mut self, state: State) -> Result<State, ErrorKind> {
        let label = &mut self.labels[self.next];
        self.next += 1;
        match label.node {
            UNREACHED => {
                (label.node, label.above) = (state.node, state.above);
                Ok(state)
            }
            CLOSED => Err(ErrorKind::StackMismatch),
            node => Ok(State {
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
            ErrorKind::StackMismatch
        };
        // Every target was collected before the walk.
        let index = self
            .labels
            .binary_search_by_key(&at, |label| label.at)
            .map_err(|_| mismatch)?;
        let label = &mut self.labels[index];
        match label.node {
            UNREACHED if index >= self.next => {
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
            if label.node != UNREACHED || !allowed.contains(&label.at) {
                return Err(ErrorKind::JumpInside(label.at));
            }
            label.node = CLOSED;
            self.next += 1;
        }
        Ok(())
    }
}
