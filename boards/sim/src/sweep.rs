//! Trying every power cut of a run.
//!
//! [`Chip::start_recording`](crate::Chip::start_recording) keeps the chip as it was before each
//! operation; [`Step::cuts`] then makes every state that a cut of that operation can leave, without
//! running the software up to there again.

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

impl Step {
    /// Every cut of this operation, number `index` of its run: before it, after it, and torn in
    /// each way with `seeds` seeds each.
    pub fn cuts(&self, index: u64, seeds: u64) -> impl Iterator<Item = Cut> + use<> {
        let tears: &'static [Tear] = match self.op.kind {
            OpKind::Erase => &Tear::ERASE,
            OpKind::Program(_) => &Tear::PROGRAM,
        };
        let whole = [Moment::Before, Moment::After].map(|moment| (moment, 0));
        let torn = tears
            .iter()
            .flat_map(move |&tear| (0..seeds).map(move |seed| (Moment::Torn(tear), seed)));
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
