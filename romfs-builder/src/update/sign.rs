//! Signing an image: image, padding and envelope in one file.

use std::convert::Infallible;

use romfs_runtime::flash::SliceFlash;
use romfs_runtime::update::envelope::{ALIGN, IMAGE_HEAD, Layout, image_length};
use romfs_runtime::update::manifest::{CHUNK, MAX_MANIFEST, Manifest, Numbers, PayloadFormat};
use romfs_runtime::update::{
    Floor, Head, Refusal, Rules, VerifyingKey, check_content, check_numbers,
};
use romfs_runtime::{Image, MpyTarget};
use sha2::{Digest, Sha256};

use super::{SigningKey, UpdateError};

/// What the signer says about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// UUID of the vendor.
    pub vendor: [u8; 16],
    /// UUID of the class of devices.
    pub class: [u8; 16],
    /// Component of the device; 0 is the application image.
    pub component: u32,
    /// Sequence number and security counter.
    pub numbers: Numbers,
    /// Version to show to people.
    pub version: String,
}

/// Makes the one file that ships. A file that is signed already is signed anew.
///
/// # Errors
/// [`UpdateError::Image`] if the bytes are no image, [`UpdateError::Manifest`] for a version text
/// that is too long, [`UpdateError::TooLong`].
pub fn sign(image: &[u8], claims: &Claims, key: &SigningKey) -> Result<Vec<u8>, UpdateError> {
    let image = image_of(image)?;
    let size = u32::try_from(image.len())
        .ok()
        .filter(|&size| size <= i32::MAX as u32)
        .ok_or(UpdateError::TooLong(image.len() as u64))?;
    let target = Image::open(image)
        .and_then(|image| image.info())
        .map_err(UpdateError::Image)?
        .and_then(|info| info.target);

    let mut file = image.to_vec();
    file.resize(image.len().next_multiple_of(ALIGN as usize), 0xff);
    let hashes = hash_list(&file);
    let manifest = Manifest {
        numbers: claims.numbers,
        vendor: claims.vendor,
        class: claims.class,
        format: PayloadFormat::Romfs1,
        component: claims.component,
        digest: Sha256::digest(&hashes).into(),
        size,
        version: &claims.version,
        target,
    };
    let mut encoded = [0; MAX_MANIFEST];
    let length = manifest.encode(&mut encoded)?;
    let layout = Layout {
        image: size,
        manifest: length as u16,
    };

    let envelope = file.len();
    file.extend(layout.prelude());
    file.extend(&encoded[..length]);
    let signature = key.sign(&file[envelope..]);
    file.extend(key.verifying_key().id());
    file.extend(signature);
    file.extend(hashes);
    Ok(file)
}

/// The image at the start of `file`, without what follows it.
///
/// # Errors
/// [`UpdateError::Image`].
pub fn image_of(file: &[u8]) -> Result<&[u8], UpdateError> {
    // Opening first gives the reason why something is no image.
    Image::open(file).map_err(UpdateError::Image)?;
    let mut head = [0; IMAGE_HEAD];
    let known = file.len().min(IMAGE_HEAD);
    head[..known].copy_from_slice(&file[..known]);
    image_length(&head)
        .and_then(|length| file.get(..length as usize))
        .ok_or(UpdateError::TooLong(file.len() as u64))
}

/// A signed file that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Sequence number and security counter.
    pub numbers: Numbers,
    /// Version to show to people.
    pub version: String,
    /// Payload digest.
    pub digest: [u8; 32],
    /// Bytes of the image.
    pub size: u32,
    /// UUID of the vendor.
    pub vendor: [u8; 16],
    /// UUID of the class of devices.
    pub class: [u8; 16],
}

/// Checks a signed file as a device does that has these rules and this floor: envelope, signature,
/// conditions, numbers, every byte. Records and modules are the business of [`crate::verify`].
///
/// # Errors
/// [`UpdateError::Refused`].
pub fn check(file: &[u8], rules: &Rules<'_>, floor: Floor) -> Result<Checked, UpdateError> {
    let mut flash = SliceFlash(file);
    let head = Head::read(&mut flash)?;
    if file.len() > head.layout().total() as usize {
        return Err(Refusal::Extended.into());
    }
    let manifest = head.manifest::<Infallible>(rules)?;
    check_numbers::<Infallible>(manifest.numbers, floor)?;
    check_content(&mut flash, head.layout(), &manifest.digest)?;
    Ok(Checked {
        numbers: manifest.numbers,
        version: manifest.version.to_owned(),
        digest: manifest.digest,
        size: manifest.size,
        vendor: manifest.vendor,
        class: manifest.class,
    })
}

/// Checks what only the holder of the key decides: signature and every byte. The conditions are the
/// manifest's own, so any device's image passes.
///
/// # Errors
/// [`UpdateError::Refused`].
pub fn check_signature(file: &[u8], keys: &[VerifyingKey]) -> Result<Checked, UpdateError> {
    let head = Head::read(&mut SliceFlash(file))?;
    let manifest = head.manifest_unverified::<Infallible>()?;
    let rules = Rules {
        keys,
        vendor: manifest.vendor,
        class: manifest.class,
        component: manifest.component,
        target: manifest.target.unwrap_or(BYTECODE),
    };
    let floor = Floor {
        counter: 0,
        sequence: None,
    };
    check(file, &rules, floor)
}

/// A VM for any image that states none.
const BYTECODE: MpyTarget = MpyTarget {
    version: 6,
    sub_version: 3,
    arch: 0,
    small_int_bits: 63,
    arch_flags: 0,
};

/// SHA-256 of each chunk, one after the other.
pub(super) fn hash_list(padded: &[u8]) -> Vec<u8> {
    padded
        .chunks(CHUNK)
        .flat_map(|chunk| <[u8; 32]>::from(Sha256::digest(chunk)))
        .collect()
}
