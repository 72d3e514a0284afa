//! Trying every power cut of a run.
//!
//! [`Chip::start_recording`](crate::Chip::start_recording) keeps the chip as it was before each
//! operation; [`Step::cuts`] then makes every state that a cut of that operation can leave, without
//! running the software up to there again. Since a cut state is a chip like any other, the recovery
//! from it can be recorded and cut in turn: a tree of cuts, as deep as time allows.

use crate::chip::Chip;
use crate::op::{Cut, Moment, Op, OpKind};
use crate::tear::Tear;

/// One operation of a recorded run.
#[derive(Debug, Clone)]
pub struct Step {
    /// The chip as it was.
    pub before: Chip,
    /// What was done next.
    pub op: Op,
}

/// How many seeds to try for each kind of tear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// For [`Tear::Scatter`], the kind with the most different outcomes.
    pub scatter: u64,
    /// For each other kind.
    pub other: u64,
}

impl Seeds {
    const fn of(self, tear: Tear) -> u64 {
        match tear {
            Tear::Scatter => self.scatter,
            _ => self.other,
        }
    }
}

impl Step {
    /// Every cut of this operation, number `index` of its run: before it, after it, and torn in
    /// each way.
    pub fn cuts(&self, index: u64, seeds: Seeds) -> impl Iterator<Item = Cut> + use<> {
        let tears: &'static [Tear] = match self.op.kind {
            OpKind::Erase => &Tear::ERASE,
            OpKind::Program(_) => &Tear::PROGRAM,
        };
        let whole = [Moment::Before, Moment::After].map(|moment| (moment, 0));
        let torn = tears
            .iter()
            .flat_map(move |&tear| (0..seeds.of(tear)).map(move |seed| (Moment::Torn(tear), seed)));
        whole
            .into_iter()
            .chain(torn)
            .map(move |(moment, seed)| Cut {
                op: index,
                moment,
                seed,
            })
    }

    /// The chip as `cut` leaves it, with the power on again.
    pub fn after(&self, cut: Cut) -> Chip {
        let mut chip = self.before.clone();
        chip.apply(&self.op, cut.moment, cut.seed);
        chip.power_on(cut.seed);
        chip
    }
}
