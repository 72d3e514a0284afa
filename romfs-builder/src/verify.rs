//! Checks a finished image: every record, checksum and module.

use romfs_runtime::{BuildIdCheck, CheckOptions, CheckSummary, Entry, File, Image, MAX_DEPTH};

use crate::module::{self, Target};

/// What a sound image was found to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// What the runtime's own check says.
    pub summary: CheckSummary,
    /// Modules that were verified.
    pub modules: u32,
    /// Bytes of the buffer behind the image, which readers ignore.
    pub trailing_bytes: usize,
}

/// Why an image is not sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsound {
    /// The image's own bytes are wrong.
    Image(romfs_runtime::Error),
    /// A module in it is.
    Module {
        /// Path within the image.
        path: String,
        /// Offset within the image.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
}

impl From<romfs_runtime::Error> for Unsound {
    fn from(error: romfs_runtime::Error) -> Self {
        Self::Image(error)
    }
}

/// Checks the image at the start of `bytes`, and its modules if `modules` is set.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(bytes: &[u8], modules: bool) -> Result<Verified, Unsound> {
    let image = Image::open(bytes)?;
    let options = CheckOptions {
        crc32: crc32fast::hash,
        ..CheckOptions::default()
    };
    let summary = image.check::<MAX_DEPTH>(&options, Some(&mut sha2::Sha256::default()))?;
    let modules = if modules { verify_modules(&image)? } else { 0 };
    Ok(Verified {
        summary,
        modules,
        trailing_bytes: bytes.len() - image.bytes().len(),
    })
}

/// Whether the build id was there to be compared.
pub fn has_build_id(summary: &CheckSummary) -> bool {
    summary.build_id == BuildIdCheck::Right
}

/// Passes every module of the image through the verifier; how many there are.
///
/// # Errors
/// The first module that is not sound.
pub fn verify_modules(image: &Image<'_>) -> Result<u32, Unsound> {
    let mut modules = 0;
    each_module(image, |path, file| {
        module::check(file.data()?).map_err(|fault| Unsound::Module {
            path: path.to_owned(),
            offset: u64::from(file.data_offset().unwrap_or_default()) + fault.offset as u64,
            what: fault.what,
        })?;
        modules += 1;
        Ok(())
    })?;
    Ok(modules)
}

/// Hands every module of the image, with its path, to `look`.
fn each_module<'a>(
    image: &Image<'a>,
    mut look: impl FnMut(&str, &File<'a>) -> Result<(), Unsound>,
) -> Result<(), Unsound> {
    let mut path: Vec<String> = Vec::new();
    for item in image.walk() {
        let item = item?;
        path.truncate(item.depth);
        path.push(String::from_utf8_lossy(item.entry.name()).into_owned());
        if let Entry::File(file) = item.entry
            && file.name().ends_with(b".mpy")
        {
            look(&path.join("/"), &file)?;
        }
    }
    Ok(())
}

/// Checks that `target` can import every module of the image.
///
/// # Errors
/// The first module that it would refuse.
pub fn suits(image: &Image<'_>, target: &Target) -> Result<(), Unsound> {
    each_module(image, |path, file| {
        let refused = |fault: module::Fault| Unsound::Module {
            path: path.to_owned(),
            offset: u64::from(file.data_offset().unwrap_or_default()) + fault.offset as u64,
            what: fault.what,
        };
        let checked = module::check(file.data()?).map_err(refused)?;
        module::suits(&checked.header, target).map_err(refused)
    })
}
