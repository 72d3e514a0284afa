//! What a firmware brings: its own modules, types and functions, offered to Python programs.
//!
//! They are constant tables, as the VM's own are ([`native`](mod@crate::native)); this module adds what another crate needs:
//!
//! - [`Names`] gives the names of a firmware their qstr ids while it is compiled;
//! - [`native!`](crate::native!) makes a native function of a closure with typed arguments and result ([`FromValue`],
//!   [`IntoValue`]);
//! - [`opaque!`](crate::opaque!) makes a Rust struct one that Python objects can hold ([`Plain`]).
//!
//! ```
//! use romfs_vm::embed::{Firmware, Names};
//! use romfs_vm::native::{Item, ModuleDef, func, member};
//!
//! const NAMES: Names = Names::new(&["sensor", "read", "CHANNELS"]);
//!
//! static SENSOR: ModuleDef = ModuleDef::new(
//!     NAMES.q("sensor"),
//!     &[
//!         func(NAMES.q("read"), 1, 1, romfs_vm::native!(|vm, channel: u8| {
//!             if channel < 4 {
//!                 Ok(20 + i32::from(channel))
//!             } else {
//!                 Err(vm.value_error("no such channel"))
//!             }
//!         })),
//!         member(NAMES.q("CHANNELS"), Item::Int(4)),
//!     ],
//! );
//!
//! static FIRMWARE: Firmware = Firmware { names: NAMES, modules: &[&SENSOR] };
//! # assert_eq!(FIRMWARE.modules.len(), 1);
//! ```
//!
//! Errors go both ways. A native function raises with [`Vm::error`](crate::vm::Vm::error) and its kin, and passes on what a
//! call raised with `?`. What a program raised is [`Raised`](crate::raise::Raised) in Rust;
//! [`take_raised`](crate::vm::Vm::take_raised) gives the exception, [`describe`](crate::vm::Vm::describe) its text.
//!
//! A [`Value`] that is held while something is allocated has to be rooted
//! ([`root`](crate::vm::Vm::root)): the collector frees what it cannot reach. Arguments are, for as long as the call lasts.

mod from;
mod into;
mod names;
mod opaque;

pub use from::{Bytes, FromValue, Str, argument};
pub use into::IntoValue;
pub use names::Names;
pub use opaque::Plain;

use crate::native::ModuleDef;
use crate::qstr::Qstr;
use crate::raise::{Show, Text};
use crate::value::Value;
use crate::vm::Vm;

/// What a firmware adds to the VM's own modules.
#[derive(Clone, Copy)]
pub struct Firmware {
    /// The names that its tables use.
    pub names: Names,
    /// Its modules. One that has the name of a module of the VM is not seen.
    pub modules: &'static [&'static ModuleDef],
}

impl Firmware {
    /// A firmware that adds nothing.
    pub const NONE: Firmware = Firmware {
        names: Names::new(&[]),
        modules: &[],
    };

    /// Its module of this name.
    pub(crate) fn module(&self, name: Qstr) -> Option<&'static ModuleDef> {
        self.modules.iter().copied().find(|m| m.name() == name)
    }
}

impl Vm<'_> {
    /// Type and message of an exception, cut off where it is long: for logs.
    pub fn describe(&mut self, exception: Value) -> Text {
        use core::fmt::Write;

        let mut text = Text::new();
        let name = self.type_name(exception);
        let _ = write!(text, "{}", self.name_text(name));
        let message = self.exception_value(exception);
        if let Some(message) = self.str_bytes(message) {
            let _ = write!(text, ": {}", Show(message));
        } else if let Some(n) = message.as_small() {
            let _ = write!(text, ": {n}");
        }
        text
    }
}
