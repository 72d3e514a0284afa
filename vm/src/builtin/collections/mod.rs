//! `collections`: namedtuple, deque, OrderedDict, defaultdict.

#[cfg(feature = "mod-collections-defaultdict")]
pub(crate) mod default_dict;
mod deque;
pub(crate) mod named_tuple;

use crate::native::{Item, ModuleDef, func_2, member};
use crate::object::dict::ORDERED_DICT;
use crate::q;

/// The module.
pub(super) static COLLECTIONS: ModuleDef = ModuleDef::new(
    q!("collections"),
    &[
        member(q!("OrderedDict"), Item::Type(&ORDERED_DICT)),
        #[cfg(feature = "mod-collections-defaultdict")]
        member(q!("defaultdict"), Item::Type(&default_dict::DEFAULT_DICT)),
        member(q!("deque"), Item::Type(&deque::DEQUE)),
        func_2(q!("namedtuple"), named_tuple::namedtuple),
    ],
);
