//! Rust data inside Python objects.

use crate::native::{Res, TypeDef};
use crate::raise::Show;
use crate::value::Value;
use crate::vm::Vm;

/// Data that an object may hold: any bytes are a valid value of it, and it has no padding, no destructor and no [`Value`].
///
/// [`opaque!`](crate::opaque!) implements it for a struct of such fields.
///
/// # Safety
/// As said; and its alignment is at most that of a `usize`.
pub unsafe trait Plain: Copy + 'static {}

macro_rules! plain {
    ($($type:ty)*) => {$(
        // SAFETY: invariant 2; every pattern of bits is a value of these types.
        unsafe impl Plain for $type {}
    )*};
}
plain!(i8 u8 i16 u16 i32 u32 isize usize f32);

// SAFETY: invariant 2; items of an array follow each other without padding.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// A struct that a Python object can hold: its fields are numbers or arrays of them, without padding between them.
///
/// ```
/// romfs_vm::opaque! {
///     /// Counts.
///     pub struct Counter { n: u32, step: u32 }
/// }
/// ```
#[macro_export]
macro_rules! opaque {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$inner:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        $vis struct $name { $($(#[$inner])* $field: $type),* }

        const _: () = {
            const fn plain<T: $crate::embed::Plain>() -> usize { size_of::<T>() }
            assert!(size_of::<$name>() == 0 $(+ plain::<$type>())*, "padding between the fields");
            assert!(align_of::<$name>() <= align_of::<usize>(), "a field's alignment");
        };

        // SAFETY: invariant 2; every field is plain and there is nothing between them.
        unsafe impl $crate::embed::Plain for $name {}
    };
}

impl Vm<'_> {
    /// A new object of a type of the firmware, holding `value`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn new_holding<T: Plain>(&mut self, class: &'static TypeDef, value: T) -> Res {
        let cell = self.new_opaque(class, size_of::<T>())?;
        let bytes = self.opaque_mut(cell);
        assert_eq!(bytes.len(), size_of::<T>());
        // SAFETY: invariant 3; the object has room for a `T`, and any alignment will do.
        unsafe { bytes.as_mut_ptr().cast::<T>().write_unaligned(value) };
        Ok(cell)
    }

    /// What an object of this type holds.
    ///
    /// # Errors
    /// `TypeError` where it is none.
    pub fn held_mut<T: Plain>(&mut self, v: Value, class: &'static TypeDef) -> Res<&mut T> {
        let cell = self.native_part(v);
        let fits = self.is_opaque(cell, class) && self.opaque(cell).len() == size_of::<T>();
        if !fits {
            let (want, have) = (self.name_text(class.name), self.type_name(v));
            let have = self.name_text(have);
            return Err(self.error_fmt(
                &crate::object::exception::TYPE_ERROR,
                format_args!("expected '{want}', got '{}'", Show(have.as_bytes())),
            ));
        }
        let bytes = self.opaque_mut(cell).as_mut_ptr();
        // SAFETY: invariant 3; there are `size_of::<T>()` bytes, behind a word of an aligned cell, and they are a `T` whatever
        // they are (`Plain`). `self` is borrowed mutably for as long as the reference lives.
        Ok(unsafe { &mut *bytes.cast::<T>() })
    }
}
