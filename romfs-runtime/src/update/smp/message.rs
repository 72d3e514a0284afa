//! CBOR bodies: reading the fields of a request, and the errors of a response.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::write::{Cursor, EndOfSlice};
use minicbor::encode::{Encoder, Error as EncodeError};

/// Where a response's body is written.
pub(super) type Body<'b> = Encoder<Cursor<&'b mut [u8]>>;

/// Error codes that every group has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Code {
    Unknown = 1,
    Invalid = 3,
    NotFound = 5,
    BadState = 6,
    TooLarge = 7,
    NotSupported = 8,
    Corrupt = 9,
    Denied = 11,
}

/// Why a request failed: a common code, and the group's own one for version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) own: u8,
}

impl Failure {
    pub(super) const fn new(code: Code, own: u8) -> Self {
        Self { code, own }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, own: 1 }
    }
}

impl From<DecodeError> for Failure {
    fn from(_: DecodeError) -> Self {
        Code::Invalid.into()
    }
}

impl From<EncodeError<EndOfSlice>> for Failure {
    fn from(_: EncodeError<EndOfSlice>) -> Self {
        Code::TooLarge.into()
    }
}

/// Calls `take` for each field of a request. What it does not take is passed over.
pub(super) fn each_field<'r>(
    body: &'r [u8],
    mut take: impl FnMut(&'r str, &mut Decoder<'r>) -> Result<bool, DecodeError>,
) -> Result<(), Failure> {
    if body.is_empty() {
        return Ok(());
    }
    let mut cbor = Decoder::new(body);
    let mut left = cbor.map()?;
    loop {
        match left.as_mut() {
            Some(0) => return Ok(()),
            Some(count) => *count -= 1,
            None if cbor.datatype()? == minicbor::data::Type::Break => return Ok(()),
            None => {}
        }
        let key = cbor.str()?;
        let value = cbor.position();
        if !take(key, &mut cbor)? {
            cbor.set_position(value);
            cbor.skip()?;
        }
    }
}
