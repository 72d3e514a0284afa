//! Which modules a module imports, read from its bytecode.

use mpy_format::opcode::{Arg, Opcode, decode};
use mpy_format::{Error, Mpy, RawCode};

/// One `import` of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The name as it is written, with its dots; empty in `from . import x`.
    pub name: String,
    /// Leading dots.
    pub level: u32,
    /// It stands in a `try` that can handle its failure.
    pub guarded: bool,
}

/// Everything that the module's functions import, each once, sorted. Of damaged bytes what can be read.
pub fn imports(module: &[u8]) -> Vec<Import> {
    let mut found = Vec::new();
    if let Ok(mpy) = Mpy::open(module)
        && let Ok(body) = mpy.module()
    {
        // Where the bytes make no sense the verifier says so; here the rest is left out.
        let _ = collect(&mpy, &body, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn collect(mpy: &Mpy<'_>, body: &RawCode<'_>, found: &mut Vec<Import>) -> Result<(), Error> {
    // Functions stand in pre-order in the file, so they are walked without a stack.
    let mut left = 1u64;
    let mut at = body.at;
    while left > 0 {
        let raw = mpy.raw_code_at(at)?;
        function(mpy, &raw, found)?;
        left = left - 1 + u64::from(raw.n_children);
        at = raw.children_at;
    }
    Ok(())
}

fn function(mpy: &Mpy<'_>, raw: &RawCode<'_>, found: &mut Vec<Import>) -> Result<(), Error> {
    let Some(prelude) = raw.prelude()? else {
        return Ok(());
    };
    let code = raw.file_to_code_end();
    // Most functions import nothing, and a search for one byte is far quicker than decoding.
    if !code[prelude.opcodes_at as usize..].contains(&(Opcode::ImportName as u8)) {
        return Ok(());
    }
    let mut at = prelude.opcodes_at;
    // The level is the small int that was loaded last: behind it only None or names are.
    let mut level = 0;
    // Where the bodies of the `try` statements end that have begun.
    let mut guards: Vec<u32> = Vec::new();
    while at < prelude.code_end {
        let instr = decode(code, at)?;
        guards.retain(|end| at < *end);
        match (instr.op, instr.arg()) {
            (Opcode::LoadConstSmallInt | Opcode::LoadConstSmallIntMulti, Arg::Int(value)) => {
                level = u32::try_from(value).unwrap_or_default();
            }
            (Opcode::SetupExcept, Arg::Target(handler)) => guards.push(handler),
            (Opcode::ImportName, Arg::Uint(name)) => {
                if let Some(name) = mpy.qstr(name).and_then(|name| name.text().to_str()) {
                    found.push(Import {
                        name: name.to_owned(),
                        level,
                        guarded: !guards.is_empty(),
                    });
                }
            }
            _ => {}
        }
        at = instr.next;
    }
    Ok(())
}
