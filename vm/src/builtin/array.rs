//! `array`: the one type that it has.

use crate::native::{Item, ModuleDef, member};
use crate::object::buffer;
use crate::q;

/// The module.
pub(super) static ARRAY: ModuleDef = ModuleDef::new(
    q!("array"),
    &[member(q!("array"), Item::Type(&buffer::ARRAY))],
);
