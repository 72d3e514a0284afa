//! What the bytes of a module are.

use mpy_format::{Error, Kind, Mpy};

use super::{Part, Parts};

/// The bytes of a module by kind, or `None` where they are none.
pub fn parts_of_module(module: &[u8]) -> Option<Parts> {
    let mpy = Mpy::open(module).ok()?;
    let sections = mpy.sections();
    let mut parts = Parts::default();
    // The header is part of what the module says of its code.
    parts.add(Part::Bytecode, sections.qstrs_at.into());
    parts.add(
        Part::Names,
        (sections.constants_at - sections.qstrs_at).into(),
    );
    parts.add(
        Part::Constants,
        (sections.code_at - sections.constants_at).into(),
    );
    let code = module.len() as u64 - u64::from(sections.code_at);
    let native = native_bytes(&mpy).ok()?.min(code);
    parts.add(Part::Native, native);
    parts.add(Part::Bytecode, code - native);
    Some(parts)
}

/// Bytes of machine code and what belongs to it.
fn native_bytes(mpy: &Mpy<'_>) -> Result<u64, Error> {
    let mut native = 0;
    let mut left = 1u64;
    let mut at = mpy.sections().code_at;
    while left > 0 {
        let raw = mpy.raw_code_at(at)?;
        if raw.kind != Kind::Bytecode {
            native += u64::from(raw.children_at - raw.at);
        }
        left = left - 1 + u64::from(raw.n_children);
        at = raw.children_at;
    }
    Ok(native)
}
