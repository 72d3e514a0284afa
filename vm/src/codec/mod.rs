//! Bytes and text: UTF-8, escapes, `struct` items, hex, base64, CRC-32.
//!
//! Like [`num`](crate::num), all of it works on the caller's slices and allocates nothing.

pub mod binascii;
#[cfg(feature = "mod-hashlib")]
pub(crate) mod hash;
pub mod quote;
pub mod structure;
pub mod utf8;

/// Whether a byte is among some: byte by byte where bytes count, since what core has looks at words.
#[allow(clippy::manual_contains, reason = "that is the point")]
#[cfg_attr(romfs_vm_small, inline(never))]
pub(crate) fn has(bytes: &[u8], wanted: u8) -> bool {
    if cfg!(romfs_vm_small) {
        bytes.iter().any(|&byte| byte == wanted)
    } else {
        bytes.contains(&wanted)
    }
}

/// Where text goes piece by piece: a string being built, the console, a counter of bytes.
pub trait Sink {
    /// What writing can fail with.
    type Error;

    /// Takes the next bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

impl<S: Sink + ?Sized> Sink for &mut S {
    type Error = S::Error;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        (**self).write(bytes)
    }
}

/// Counts what would be written, so that a caller can allocate the exact size first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length(pub usize);

impl Sink for Length {
    type Error = core::convert::Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0 += bytes.len();
        Ok(())
    }
}

#[cfg(test)]
impl Sink for Vec<u8> {
    type Error = core::convert::Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}
