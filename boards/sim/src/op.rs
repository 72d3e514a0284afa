//! Operations of the chip and the cuts that can happen in them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::tear::Tear;

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpKind {
    /// One sector to ones.
    Erase,
    /// These bytes within one page.
    Program(Box<[u8]>),
}

/// One program or erase operation of the chip: what a power cut can happen before, within or after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// First byte.
    pub offset: u32,
    /// What is done there.
    pub kind: OpKind,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OpKind::Erase => write!(f, "erase {:#x}", self.offset),
            OpKind::Program(data) => write!(f, "program {:#x}+{}", self.offset, data.len()),
        }
    }
}

/// When in an operation the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it has happened.
    Before,
    /// It is complete, but the caller never learns so.
    After,
    /// Within it.
    Torn(Tear),
}

/// A power cut: in which operation, when, and the seed of the random part.
///
/// It prints as a replay id, such as `17:scatter:5`, and parses back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Number of the operation, counted from 0 since the cut was armed.
    pub op: u64,
    /// When in that operation.
    pub moment: Moment,
    /// Seed of what is torn, and of how weak bits read afterwards.
    pub seed: u64,
}

/// A text that is no replay id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no replay id: expected OP:MOMENT:SEED")]
pub struct ParseCutError(String);

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
            Moment::Torn(tear) => tear.name(),
        };
        write!(f, "{}:{moment}:{}", self.op, self.seed)
    }
}

impl FromStr for Cut {
    type Err = ParseCutError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseCutError(text.to_owned());
        let mut parts = text.split(':');
        let (Some(op), Some(moment), Some(seed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse());
        };
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            name => Moment::Torn(Tear::from_name(name).ok_or_else(refuse)?),
        };
        Ok(Self {
            op: op.parse().map_err(|_| refuse())?,
            moment,
            seed: seed.parse().map_err(|_| refuse())?,
        })
    }
}
