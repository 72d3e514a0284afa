//! What a value can do by the types of the firmware: its own, and those that it extends.

use super::TypeDef;
use super::type_def::{Binary, Iterate, Next, Print, Subscript, Unary};
#[cfg(romfs_vm_small)]
use super::type_def::{Operation, Word};
use crate::value::Value;
use crate::vm::Vm;

/// The first type to ask.
#[derive(Clone, Copy)]
pub(crate) struct Offer(Option<&'static TypeDef>);

macro_rules! offers {
    ($($name:ident: $type:ty;)*) => {
        impl Offer {
            $(
                /// See the field of [`TypeSpec`](super::TypeSpec): of the first type that has it.
                #[inline(always)]
                pub(crate) fn $name(self) -> Option<$type> {
                    #[cfg(not(romfs_vm_small))]
                    {
                        let mut at = self.0;
                        while let Some(t) = at {
                            if t.$name().is_some() {
                                return t.$name();
                            }
                            at = t.parent();
                        }
                        None
                    }
                    // SAFETY: invariant 2; `TypeSpec::words` wrote the field that the operation names.
                    #[cfg(romfs_vm_small)]
                    unsafe { self.word(Operation::$name).$name }
                }
            )*
        }
    };
}

offers! {
    print: Print;
    unary: Unary;
    binary: Binary;
    subscr: Subscript;
    iter: Iterate;
    next: Next;
}

#[cfg(romfs_vm_small)]
impl Offer {
    #[inline(never)]
    fn word(self, operation: Operation) -> Word {
        let mut at = self.0;
        while let Some(t) = at {
            let word = t.word(operation);
            if word.is_something() {
                return word;
            }
            at = t.parent();
        }
        Word::NOTHING
    }
}

impl Vm<'_> {
    /// What a value can do by its type; nothing where it is an instance of a program's class.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn offer(&self, v: Value) -> Offer {
        let class = self.type_of(v);
        Offer(self.type_def(class).or_else(|| self.native_type(v)))
    }
}
