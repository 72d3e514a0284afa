//! What values are: the kind of a cell, and the cell as what it holds.

use crate::heap::kind::data;
use crate::heap::{Cell, Header, Kind};
use crate::native::{Member, Res, TypeDef};
use crate::object;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Whether a value is a cell of the kind with this number.
#[cfg_attr(not(romfs_vm_least), inline(always))]
#[cfg_attr(romfs_vm_least, inline(never))]
fn is_cell_of(v: Value, kind: u8) -> bool {
    // SAFETY: invariant 3; a pointer value points to a cell.
    v.is_ptr() && unsafe { (*v.ptr::<Header>()).kind == kind }
}

impl Vm<'_> {
    /// The kind of a pointer's cell, or of what lies in flash; `None` for small ints, qstrs and immediates.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(all(romfs_vm_small, not(romfs_vm_least)), inline(never))]
    pub fn kind(&self, v: Value) -> Option<Kind> {
        self.kind_quick(v)
    }

    /// The same for the places that ask most: out of line only where nothing but bytes counts.
    #[cfg_attr(not(romfs_vm_least), inline(always))]
    #[cfg_attr(romfs_vm_least, inline(never))]
    pub(crate) fn kind_quick(&self, v: Value) -> Option<Kind> {
        if v.is_ptr() {
            // SAFETY: invariant 3; a pointer value points to a cell.
            Some(Kind::from_u8(unsafe { (*v.ptr::<Header>()).kind }))
        } else if v.is_flash() {
            Some(object::flash::KINDS[v.flash_sort()])
        } else {
            None
        }
    }

    /// The kind of a cell that a value points to; `None` also for what lies in flash as a word. Quicker, where a str, a tuple or a
    /// float is not asked for.
    #[inline(always)]
    pub(crate) fn cell_kind(&self, v: Value) -> Option<Kind> {
        // SAFETY: invariant 3; a pointer value points to a cell.
        v.is_ptr()
            .then(|| Kind::from_u8(unsafe { (*v.ptr::<Header>()).kind }))
    }

    /// Whether a value is a cell of this kind, and a pointer to it. A tuple or a float may also be a word: see
    /// [`is_tuple`](Vm::is_tuple), [`as_float`](Vm::as_float).
    #[inline(always)]
    pub fn is(&self, v: Value, kind: Kind) -> bool {
        kind.exists() && is_cell_of(v, kind as u8)
    }

    /// Asked before a cell is made of a kind that a feature may leave out of the build.
    ///
    /// # Errors
    /// The exception that MicroPython raises where its own build is without such.
    #[inline(always)]
    pub(crate) fn must_exist(&mut self, kind: Kind) -> Res<()> {
        if kind.exists() {
            return Ok(());
        }
        Err(match kind {
            Kind::Float | Kind::Complex => self.error_text(
                &object::exception::VALUE_ERROR,
                "decimal numbers not supported",
            ),
            Kind::BigInt => self.error_text(
                &object::exception::OVERFLOW_ERROR,
                "long int not supported in this build",
            ),
            Kind::Property => self.error_text(
                &object::exception::NOT_IMPLEMENTED_ERROR,
                "descriptors not supported in this build",
            ),
            Kind::Slice => self.error_text(
                &object::exception::NOT_IMPLEMENTED_ERROR,
                "slices not supported in this build",
            ),
            _ => self.error_text(
                &object::exception::NOT_IMPLEMENTED_ERROR,
                "type not supported in this build",
            ),
        })
    }

    /// A value's cell, where it is a `T`.
    #[inline(always)]
    pub fn get<T: Cell>(&self, v: Value) -> Option<&T> {
        // SAFETY: invariant 3, and `Cell`'s promise: this kind of cell holds a `T`.
        if self.is(v, T::KIND) {
            Some(unsafe { &*v.ptr::<T>() })
        } else {
            None
        }
    }

    /// The cell of a value that is a `T`.
    ///
    /// # Panics
    /// Where it is not: the caller has looked.
    #[cfg_attr(not(romfs_vm_least), inline(always))]
    #[cfg_attr(romfs_vm_least, inline(never))]
    #[track_caller]
    pub fn cell<T: Cell>(&self, v: Value) -> &T {
        match self.get(v) {
            Some(cell) => cell,
            None => panic!("a cell of another kind"),
        }
    }

    /// The same, to change it. Only for cells of the heap: statics are never changed.
    #[cfg_attr(not(romfs_vm_least), inline(always))]
    #[cfg_attr(romfs_vm_least, inline(never))]
    #[track_caller]
    pub fn cell_mut<T: Cell>(&mut self, v: Value) -> &mut T {
        assert!(T::KIND.exists());
        self.check_heap_cell(v, T::KIND as u8);
        // SAFETY: invariant 3, and `Cell`'s promise; `self` is borrowed mutably, so nothing else looks at the heap.
        unsafe { &mut *v.ptr::<T>() }
    }

    /// Makes sure that a value is a cell of this kind on the heap.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    fn check_heap_cell(&self, v: Value, kind: u8) {
        assert!(
            is_cell_of(v, kind) && self.heap.contains(v.bits()),
            "a cell of another kind"
        );
    }

    /// A static cell of a value: a type, a function or a module of the firmware.
    pub fn type_def(&self, v: Value) -> Option<&'static TypeDef> {
        // SAFETY: cells of this kind are statics.
        if self.is(v, Kind::Type) {
            Some(unsafe { &*v.ptr::<TypeDef>() })
        } else {
            None
        }
    }

    /// The native function that a value is.
    pub fn native_def(&self, v: Value) -> Option<&'static Member> {
        // SAFETY: cells of this kind are statics.
        if self.is(v, Kind::Native) {
            Some(unsafe { &*v.ptr::<Member>() })
        } else {
            None
        }
    }

    /// The bytes of a byte cell, to fill them.
    pub(crate) fn raw_mut(&mut self, cell: Value) -> &mut [u8] {
        assert!(matches!(
            self.cell_kind(cell),
            Some(Kind::Raw | Kind::Str | Kind::Bytes)
        ));
        // SAFETY: invariant 3; these kinds hold `len` bytes; `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(data(cell), (*cell.ptr::<Header>()).len as usize) }
    }

    /// The values of a slots or tuple cell.
    pub(crate) fn slots(&self, cell: Value) -> &[Slot] {
        let cell = self.solid(cell);
        assert!(matches!(
            self.cell_kind(cell),
            Some(Kind::Slots | Kind::Tuple | Kind::NamedTuple | Kind::Object | Kind::IterN)
        ));
        // SAFETY: invariant 3; these kinds hold `len` words of values.
        unsafe {
            core::slice::from_raw_parts(
                data(cell) as *const Slot,
                (*cell.ptr::<Header>()).len as usize,
            )
        }
    }

    /// The same, to change them.
    pub(crate) fn slots_mut(&mut self, cell: Value) -> &mut [Slot] {
        assert!(cell.is_ptr());
        let n = self.slots(cell).len();
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(data(cell) as *mut Slot, n) }
    }

    /// Word `i` of the same.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub(crate) fn slot(&self, cell: Value, i: usize) -> Slot {
        self.slots(cell)[i]
    }

    /// The small int in word `i`, 0 where there is none.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn slot_int(&self, cell: Value, i: usize) -> isize {
        self.slot(cell, i).and_then(Value::as_small).unwrap_or(0)
    }

    /// Sets word `i`.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    pub(crate) fn set_slot(&mut self, cell: Value, i: usize, v: Slot) {
        self.slots_mut(cell)[i] = v;
    }

    /// A cell's header.
    #[cfg_attr(not(romfs_vm_least), inline(always))]
    pub(crate) fn header(&self, v: Value) -> Header {
        let v = self.solid(v);
        assert!(v.is_ptr());
        // SAFETY: invariant 3; a pointer value points to a cell.
        unsafe { *v.ptr::<Header>() }
    }

    /// A heap cell's header, to change flags and `aux`.
    pub(crate) fn header_mut(&mut self, v: Value) -> &mut Header {
        assert!(v.is_ptr() && self.heap.contains(v.bits()));
        // SAFETY: invariant 3; likewise, and `self` is borrowed mutably.
        unsafe { &mut *v.ptr::<Header>() }
    }
}
