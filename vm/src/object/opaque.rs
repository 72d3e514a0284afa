//! Objects of the firmware that hold bytes: the state of a hash, of a decompressor. The bytes are the type's own
//! affair; the collector does not look into them.

use crate::heap::Kind;
use crate::heap::kind::data;
use crate::native::{Res, TypeDef};
use crate::value::{Slot, Value};
use crate::vm::Vm;

impl Vm<'_> {
    /// An object of this type that holds `len` zero bytes.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn new_opaque(&mut self, of: &'static TypeDef, len: usize) -> Res {
        let v = self.alloc_bytes(Kind::Opaque, len)?;
        self.set_field(v, 0, Some(of.value()));
        self.opaque_mut(v).fill(0);
        Ok(v)
    }

    /// Whether a value is an object of this type that holds bytes.
    pub(crate) fn is_opaque(&self, v: Value, of: &'static TypeDef) -> bool {
        self.is(v, Kind::Opaque) && self.field(v, 0) == of.value()
    }

    /// The bytes of such an object.
    pub(crate) fn opaque(&self, v: Value) -> &[u8] {
        assert!(self.is(v, Kind::Opaque));
        // SAFETY: invariant 3; the kind holds a type and `len` bytes behind it.
        unsafe {
            let bytes = data(v).add(size_of::<Slot>());
            core::slice::from_raw_parts(bytes, self.header(v).len as usize)
        }
    }

    /// The same, to change them.
    pub(crate) fn opaque_mut(&mut self, v: Value) -> &mut [u8] {
        let n = self.opaque(v).len();
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(data(v).add(size_of::<Slot>()), n) }
    }
}
