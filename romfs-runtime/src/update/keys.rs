//! Keys that an image may be signed with.

use core::fmt;

use ed25519_compact::{PublicKey, Signature};
use sha2::{Digest, Sha256};

use super::envelope::{KEY_ID, SIGNATURE};

/// An Ed25519 public key in the firmware. A firmware may hold several: images move to a new key
/// once every device has a firmware that knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey {
    bytes: [u8; 32],
}

impl VerifyingKey {
    /// The key with these bytes (RFC 8032).
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self { bytes }
    }

    /// The key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// What names the key in an envelope: the first bytes of its SHA-256.
    #[must_use]
    pub fn id(&self) -> [u8; KEY_ID] {
        let digest = Sha256::digest(self.bytes);
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        id
    }

    /// Whether `signature` is this key's signature over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        let Ok(key) = PublicKey::from_slice(&self.bytes) else {
            return false;
        };
        key.verify(message, &Signature::new(*signature)).is_ok()
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
