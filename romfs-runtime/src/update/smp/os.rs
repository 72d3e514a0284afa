//! The *os* group: is there someone, and reset.

use super::message::{Body, Code, Failure, each_field};

pub(super) const GROUP: u16 = 0;
pub(super) const ECHO: u8 = 0;
pub(super) const RESET: u8 = 5;
pub(super) const PARAMETERS: u8 = 6;
pub(super) const INFO: u8 = 7;
pub(super) const BOOTLOADER: u8 = 8;

pub(super) fn echo(request: &[u8], body: &mut Body<'_>) -> Result<(), Failure> {
    let mut text = None;
    each_field(request, |key, cbor| {
        if key == "d" {
            text = Some(cbor.str()?);
        }
        Ok(key == "d")
    })?;
    let text = text.ok_or(Code::Invalid)?;
    body.map(1)?.str("r")?.str(text)?;
    Ok(())
}

pub(super) fn parameters(buffer: usize, body: &mut Body<'_>) -> Result<(), Failure> {
    body.map(2)?;
    body.str("buf_size")?.u32(buffer as u32)?;
    body.str("buf_count")?.u8(1)?;
    Ok(())
}

pub(super) fn info(name: &str, body: &mut Body<'_>) -> Result<(), Failure> {
    body.map(1)?.str("output")?.str(name)?;
    Ok(())
}

pub(super) fn bootloader(body: &mut Body<'_>) -> Result<(), Failure> {
    body.map(1)?.str("bootloader")?.str("romfs")?;
    Ok(())
}
