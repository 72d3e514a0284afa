//! Names of vendors and device classes as UUIDs, the way RFC 9124 recommends: version 5, a vendor's
//! from its domain name, a class's from the vendor's UUID and the name of the class.

use uuid::Uuid;

/// The UUID that `text` is, or the one of the vendor with this domain name.
pub fn vendor_id(text: &str) -> [u8; 16] {
    named(&Uuid::NAMESPACE_DNS, text)
}

/// The UUID that `text` is, or the one of the vendor's class with this name.
pub fn class_id(vendor: [u8; 16], text: &str) -> [u8; 16] {
    named(&Uuid::from_bytes(vendor), text)
}

/// An id as people write it.
pub fn id_text(id: [u8; 16]) -> String {
    Uuid::from_bytes(id).to_string()
}

fn named(namespace: &Uuid, text: &str) -> [u8; 16] {
    Uuid::parse_str(text)
        .unwrap_or_else(|_| Uuid::new_v5(namespace, text.as_bytes()))
        .into_bytes()
}
