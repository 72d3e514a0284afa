//! Modules of images that were checked whole: found by path, without opening a file.

use super::native::BASE;
#[cfg(feature = "littlefs")]
use super::overlay::{image_at, is_overlay};
use super::path::Normal;
use super::{VFS_ROM, lasting_content};
use crate::image::CheckedModule;
#[cfg(not(feature = "littlefs"))]
use crate::value::Value;
use crate::vm::Vm;

impl<'a> Vm<'a> {
    /// The module at a path, where what is there is a file of a checked image.
    #[inline(never)] // its buffers must not lie under the verifier's
    pub(super) fn checked_module(&mut self, path: &[u8]) -> Option<CheckedModule<'a>> {
        let (fs, within) = match super::find::frozen_path(path) {
            Some(within) => (self.roots.frozen?, within),
            None => self.mounted_at(path)?,
        };
        let is_rom = self.is_object(fs, &VFS_ROM);
        if !is_rom && !is_overlay(self, fs) {
            return None;
        }
        let mut path = Normal::new();
        self.normal_in(fs, within, &mut path)?;
        let rom = match is_rom {
            true => fs,
            false => image_at(self, fs, path.as_bytes())?,
        };
        let base = lasting_content(self, self.slot(rom, BASE)?)?;
        self.checked.of(base)?.module(path.as_bytes())
    }
}

/// Without littlefs there are no overlays.
#[cfg(not(feature = "littlefs"))]
fn is_overlay(_: &Vm<'_>, _: Value) -> bool {
    false
}

#[cfg(not(feature = "littlefs"))]
fn image_at(_: &mut Vm<'_>, _: Value, _: &[u8]) -> Option<Value> {
    None
}
