//! Key files: Ed25519 in PEM, as OpenSSL writes and reads them.

use std::fs;
use std::io::Write;
use std::path::Path;

use ed25519_compact::{KeyPair, PublicKey, SecretKey, Seed};
use romfs_runtime::update::VerifyingKey;

use super::UpdateError;

/// A private key that signs images.
#[derive(Clone)]
pub struct SigningKey(KeyPair);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.verifying_key())
    }
}

impl SigningKey {
    /// A new key from the system's random source.
    pub fn generate() -> Self {
        Self(KeyPair::generate())
    }

    /// The key that follows from `seed`, for tests and for keys kept elsewhere.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(KeyPair::from_seed(Seed::new(seed)))
    }

    /// Reads a PEM file (PKCS #8).
    ///
    /// # Errors
    /// [`UpdateError::KeyFile`] and [`UpdateError::NotAKey`].
    pub fn read(path: &Path) -> Result<Self, UpdateError> {
        let secret = SecretKey::from_pem(&read(path)?).map_err(|_| UpdateError::NotAKey {
            path: path.to_owned(),
            kind: "private",
        })?;
        Ok(Self(KeyPair {
            pk: secret.public_key(),
            sk: secret,
        }))
    }

    /// Writes the private key to `path`, readable by its owner only, and the public one to
    /// `path` with `.pub` appended. Neither must exist yet.
    ///
    /// # Errors
    /// [`UpdateError::KeyFile`].
    pub fn write(&self, path: &Path) -> Result<(), UpdateError> {
        create(path, &self.0.sk.to_pem(), 0o600)?;
        let mut public = path.as_os_str().to_owned();
        public.push(".pub");
        create(public.as_ref(), &self.0.pk.to_pem(), 0o644)
    }

    /// The public key that belongs to it.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::new(*self.0.pk)
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        *self.0.sk.sign(message, None)
    }
}

/// Reads a public key from a PEM file, or takes it from a private one.
///
/// # Errors
/// [`UpdateError::KeyFile`] and [`UpdateError::NotAKey`].
pub fn read_verifying_key(path: &Path) -> Result<VerifyingKey, UpdateError> {
    let text = read(path)?;
    let public = PublicKey::from_pem(&text)
        .or_else(|_| SecretKey::from_pem(&text).map(|secret| secret.public_key()))
        .map_err(|_| UpdateError::NotAKey {
            path: path.to_owned(),
            kind: "public",
        })?;
    Ok(VerifyingKey::new(*public))
}

fn read(path: &Path) -> Result<String, UpdateError> {
    fs::read_to_string(path).map_err(|source| UpdateError::KeyFile {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), UpdateError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| UpdateError::KeyFile {
            action: "write",
            path: path.to_owned(),
            source,
        })
}
