//! What an attribute is for a call: a function, and the first argument that it gets.

use crate::native::Res;
use crate::raise::Raised;
use crate::value::{Slot, Value};

/// What was found for a call, or that there is nothing, or that an exception is on its way: two words, which come back in
/// registers where a result of what may be missing would lie in memory.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// The function, or the attribute; where it is missing, `first` says why: a value there means an exception.
    function: Slot,
    first: Slot,
}

impl Parts {
    #[inline(always)]
    pub(super) fn of(found: Res<Option<(Value, Slot)>>) -> Parts {
        let (function, first) = match found {
            Ok(Some((function, first))) => (Some(function), first),
            Ok(None) => (None, None),
            Err(_) => (None, Some(Value::NONE)),
        };
        Parts { function, first }
    }

    /// What was found and its first argument, where it has one.
    #[inline(always)]
    pub(crate) fn get(self) -> Res<Option<(Value, Slot)>> {
        match (self.function, self.first) {
            (Some(function), first) => Ok(Some((function, first))),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Raised::parked()),
        }
    }
}
