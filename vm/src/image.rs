//! Images as a VM is given them: bytes of which each module is verified when it is imported, or an image that was checked
//! whole before, from which imports need not verify anything.
//!
//! [`CheckedImage::check`] is the only way to a checked image. It holds the bytes that it checked borrowed, so that nothing
//! changes them as long as a VM has them (invariant 1), and whatever a record, a trailer or a signature says about an image
//! is no way around it: those tell who made it, not that this VM's verifier passed it.
//!
//! ```compile_fail,E0451
//! fn sneak(bytes: &[u8]) -> romfs_vm::image::CheckedImage<'_> {
//!     romfs_vm::image::CheckedImage { bytes }
//! }
//! ```
//!
//! ```compile_fail,E0506
//! use romfs_runtime::CheckOptions;
//! use romfs_vm::image::CheckedImage;
//!
//! fn swap(mut slot: [u8; 64]) {
//!     let checked = CheckedImage::check(&slot, &CheckOptions::default(), None).unwrap();
//!     slot[40] = 0x5e;
//!     let _ = checked.bytes();
//! }
//! ```

use core::fmt;

use romfs_runtime::{CheckOptions, Entry, Image, MAX_DEPTH, Sha256Hasher};

use crate::link::refusal;

/// An image that was checked whole: every record of it, every checksum, and every module by this VM's verifier.
///
/// A VM that is given one at [`mount_image`](crate::vm::Vm::mount_image) or [`set_frozen`](crate::vm::Vm::set_frozen) does
/// not verify what it imports from it. It is a value of these bytes: it says nothing of any others, equal ones elsewhere,
/// images inside a file of it among them.
#[derive(Clone, Copy, Debug)]
pub struct CheckedImage<'a> {
    /// The image, none behind it.
    bytes: &'a [u8],
}

/// Why an image was not taken as a checked one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsound<'a> {
    /// Its own records.
    Image(romfs_runtime::Error),
    /// One of its modules: an import would refuse it.
    Module {
        /// The file's name, without the path.
        name: &'a [u8],
        /// Where its record begins, from the start of the image.
        offset: u32,
        /// The text of the exception that an import would raise.
        what: &'static str,
    },
}

impl From<romfs_runtime::Error> for Unsound<'_> {
    fn from(error: romfs_runtime::Error) -> Self {
        Unsound::Image(error)
    }
}

impl fmt::Display for Unsound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsound::Image(error) => write!(f, "{error}"),
            Unsound::Module { name, offset, what } => {
                let name = core::str::from_utf8(name).unwrap_or("a module");
                write!(f, "offset {offset}: {name}: {what}")
            }
        }
    }
}

impl core::error::Error for Unsound<'_> {}

impl<'a> CheckedImage<'a> {
    /// Checks the image that these bytes begin with: its records with these options (the build id too where there is a hash),
    /// then each module.
    ///
    /// Takes one pass over the image's bytes and one of the verifier over those of its modules, and the stack of both
    /// in turn; romfs-vm's DESIGN-import.md has figures.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(
        bytes: &'a [u8],
        options: &CheckOptions,
        sha256: Option<&mut dyn Sha256Hasher>,
    ) -> Result<Self, Unsound<'a>> {
        let image = Image::open(bytes)?;
        // That lookups find just what a walk meets is part of it: no index leads to bytes that are not looked at below.
        image.check::<MAX_DEPTH>(options, sha256)?;
        check_modules(&image)?;
        Ok(CheckedImage {
            bytes: image.bytes(),
        })
    }

    /// The image's bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The module at a path of the image, if there is one.
    pub(crate) fn module(&self, path: &[u8]) -> Option<CheckedModule<'a>> {
        let file = Image::open(self.bytes).ok()?.file(path).ok()??;
        match file.name().ends_with(b".mpy") {
            true => Some(CheckedModule(file.data().ok()?, PROOF?)),
            false => None,
        }
    }
}

/// The bytes of a module of a checked image: verified, and as they were then.
#[derive(Clone, Copy)]
pub(crate) struct CheckedModule<'a>(&'a [u8], Proof);

#[cfg(feature = "checked-images")]
type Proof = ();
#[cfg(feature = "checked-images")]
const PROOF: Option<Proof> = Some(());
/// Without the feature no module passes for a checked one, and no code for such is made.
#[cfg(not(feature = "checked-images"))]
type Proof = core::convert::Infallible;
#[cfg(not(feature = "checked-images"))]
const PROOF: Option<Proof> = None;

/// A module's bytes, for an import.
#[derive(Clone, Copy)]
pub(crate) enum ModuleBytes<'a> {
    /// To be verified.
    Bare(&'a [u8]),
    /// Verified.
    Checked(CheckedModule<'a>),
}

impl<'a> ModuleBytes<'a> {
    /// The bytes.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            ModuleBytes::Bare(bytes) | ModuleBytes::Checked(CheckedModule(bytes, _)) => bytes,
        }
    }
}

/// What a VM is given to mount.
#[derive(Clone, Copy, Debug)]
pub enum ImageBytes<'a> {
    /// An image whose modules are verified as they are imported. Bytes behind it do not matter.
    Bare(&'a [u8]),
    /// One that was checked whole.
    Checked(CheckedImage<'a>),
}

impl<'a> ImageBytes<'a> {
    /// The bytes; of a checked image, none behind it.
    pub fn bytes(&self) -> &'a [u8] {
        match self {
            ImageBytes::Bare(bytes) => bytes,
            ImageBytes::Checked(checked) => checked.bytes,
        }
    }
}

impl<'a> From<&'a [u8]> for ImageBytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        ImageBytes::Bare(bytes)
    }
}

impl<'a> From<CheckedImage<'a>> for ImageBytes<'a> {
    fn from(checked: CheckedImage<'a>) -> Self {
        ImageBytes::Checked(checked)
    }
}

/// Passes every module of an image through the verifier.
pub(crate) fn check_modules<'a>(image: &Image<'a>) -> Result<(), Unsound<'a>> {
    for item in image.walk() {
        let Entry::File(file) = item?.entry else {
            continue;
        };
        if file.name().ends_with(b".mpy")
            && let Some(what) = refusal(file.data()?)
        {
            return Err(Unsound::Module {
                name: file.name(),
                offset: file.offset(),
                what,
            });
        }
    }
    Ok(())
}

/// Images that a VM remembers as checked: `/rom`, `.frozen` and some more. Imports from others verify, as from any image.
const REMEMBERED: usize = if cfg!(feature = "checked-images") {
    4
} else {
    0
};

/// The checked images that a VM was given.
#[derive(Default)]
pub(crate) struct CheckedImages<'a> {
    known: [Option<CheckedImage<'a>>; REMEMBERED],
}

impl<'a> CheckedImages<'a> {
    /// The checked image that has just these bytes, at this place.
    pub(crate) fn of(&self, bytes: &[u8]) -> Option<&CheckedImage<'a>> {
        let mut known = self.known.iter().flatten();
        known.find(|checked| core::ptr::eq(checked.bytes, bytes))
    }

    /// Remembers an image that is one, for as long as the VM lives: its bytes are borrowed for as long, mounted or not.
    pub(crate) fn add(&mut self, image: ImageBytes<'a>) {
        if let ImageBytes::Checked(checked) = image
            && self.of(checked.bytes).is_none()
            && let Some(free) = self.known.iter_mut().find(|known| known.is_none())
        {
            *free = Some(checked);
        }
    }
}
