//! The functions of a module in a form that can be compared: instructions with what they refer to in place of numbers.

use std::collections::BTreeMap;

use mpy_format::opcode::{Arg, BinaryOp, Instr, Opcode, Operand, UnaryOp, decode};
use mpy_format::{Constant, Error, Kind, Mpy, RawCode};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// A function that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionChange {
    /// Its name with those of the functions and classes around it.
    pub function: String,
    /// What became of it: `added`, `removed`, `changed`, or `lines` where only line numbers differ.
    pub change: &'static str,
    /// Instructions that are only in the second module.
    pub added: usize,
    /// Instructions that are only in the first.
    pub removed: usize,
    /// Bytes of its code in the first and the second module.
    pub bytes: super::Delta,
}

/// A function's instructions as text, and what else is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// One instruction each, positions left out.
    pub instructions: Vec<String>,
    /// The line table.
    lines: Vec<u8>,
    bytes: u64,
}

/// Functions of a module that differ, by name. Empty where one of them is no module.
pub fn changed_functions(path: &str, before: &[u8], after: &[u8]) -> Vec<FunctionChange> {
    if !path.ends_with(".mpy") {
        return Vec::new();
    }
    let (Ok(old), Ok(new)) = (functions(before), functions(after)) else {
        return Vec::new();
    };
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (was, is) = (old.get(name), new.get(name));
        if was == is {
            return None;
        }
        let (added, removed) = instruction_counts(was, is);
        Some(FunctionChange {
            function: name.clone(),
            change: match (was, is) {
                (None, _) => "added",
                (_, None) => "removed",
                _ if added + removed == 0 => "lines",
                _ => "changed",
            },
            added,
            removed,
            bytes: super::Delta {
                before: was.map_or(0, |f| f.bytes),
                after: is.map_or(0, |f| f.bytes),
            },
        })
    });
    changes.collect()
}

fn instruction_counts(was: Option<&Function>, is: Option<&Function>) -> (usize, usize) {
    let lines = |f: Option<&Function>| f.map_or(Vec::new(), |f| f.instructions.clone());
    let (was, is) = (lines(was), lines(is));
    let was: Vec<&str> = was.iter().map(String::as_str).collect();
    let is: Vec<&str> = is.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&was, &is);
    let count = |tag| diff.iter_all_changes().filter(|c| c.tag() == tag).count();
    (count(ChangeTag::Insert), count(ChangeTag::Delete))
}

/// The functions of a module by their names, those of one name counted.
pub(super) fn functions(module: &[u8]) -> Result<BTreeMap<String, Function>, Error> {
    let mpy = Mpy::open(module)?;
    let mut found = BTreeMap::new();
    collect(&mpy, &mpy.module()?, "", 0, &mut found)?;
    Ok(found)
}

/// Deeper functions are compared as part of their parent's bytes only: real code does not nest so far.
const DEPTH_MAX: usize = 32;

fn collect(
    mpy: &Mpy<'_>,
    raw: &RawCode<'_>,
    parent: &str,
    depth: usize,
    found: &mut BTreeMap<String, Function>,
) -> Result<(), Error> {
    let own = name_of(mpy, raw)?;
    let name = match parent {
        "" => own,
        "<module>" => own,
        _ => format!("{parent}.{own}"),
    };
    let mut unique = name.clone();
    let mut number = 1;
    while found.contains_key(&unique) {
        number += 1;
        unique = format!("{name}#{number}");
    }
    found.insert(unique.clone(), function(mpy, raw)?);
    if depth < DEPTH_MAX {
        for child in raw.children() {
            collect(mpy, &child?, &unique, depth + 1, found)?;
        }
    }
    Ok(())
}

fn name_of(mpy: &Mpy<'_>, raw: &RawCode<'_>) -> Result<String, Error> {
    let prelude = match raw.kind {
        Kind::Native { .. } => raw.native_prelude()?,
        _ => raw.prelude()?,
    };
    let name = prelude.and_then(|prelude| mpy.qstr(prelude.name));
    Ok(name.map_or_else(|| "(native)".into(), |name| text(name.text().as_bytes())))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn function(mpy: &Mpy<'_>, raw: &RawCode<'_>) -> Result<Function, Error> {
    let bytes = u64::from(raw.code_end - raw.code_start);
    let Some(prelude) = raw.prelude()? else {
        // Machine code is compared as it is.
        let code = raw.code().chunks(8).map(|chunk| format!("{chunk:02x?}"));
        return Ok(Function {
            instructions: code.collect(),
            lines: Vec::new(),
            bytes,
        });
    };
    let code = raw.file_to_code_end();
    let mut decoded = Vec::new();
    let mut at = prelude.opcodes_at;
    while at < prelude.code_end {
        let instr = decode(code, at)?;
        at = instr.next;
        decoded.push(instr);
    }
    let args: Vec<String> = prelude.args().map(|index| qstr(mpy, index)).collect();
    let head = format!(
        "args ({}) flags {} defaults {} cells {:?}",
        args.join(", "),
        prelude.flags,
        prelude.n_def_pos_args,
        prelude.cells()
    );
    let mut instructions = vec![head];
    for instr in &decoded {
        instructions.push(instruction(mpy, raw, instr, &decoded)?);
    }
    Ok(Function {
        instructions,
        lines: code[prelude.lines_at as usize..prelude.cells_at as usize].to_vec(),
        bytes,
    })
}

fn qstr(mpy: &Mpy<'_>, index: u32) -> String {
    mpy.qstr(index)
        .map_or_else(|| "?".into(), |name| text(name.text().as_bytes()))
}

/// An instruction with names, constants and functions in place of their numbers, and jumps by how many instructions
/// they go, so that an instruction more before them or a name more in the module changes nothing here.
fn instruction(
    mpy: &Mpy<'_>,
    raw: &RawCode<'_>,
    instr: &Instr,
    all: &[Instr],
) -> Result<String, Error> {
    let name = instr.op.name();
    let operand = match (instr.info().operand, instr.arg()) {
        (_, Arg::None) => String::new(),
        (_, Arg::Int(value)) => value.to_string(),
        (_, Arg::Target(target)) => {
            let index = |at| all.partition_point(|other| other.at < at) as i64;
            format!("{:+}", index(target) - index(instr.at))
        }
        (Operand::Qstr, Arg::Uint(index)) => qstr(mpy, index),
        (Operand::Const, Arg::Uint(index)) => match mpy.constant(index) {
            Some((_, value)) => constant(&value, 0),
            None => "?".into(),
        },
        (Operand::Child | Operand::ChildExtra, Arg::Uint(index)) => {
            match raw.children().nth(index as usize).transpose()? {
                Some(child) => name_of(mpy, &child)?,
                None => "?".into(),
            }
        }
        (Operand::MultiOperator, Arg::Uint(number)) => {
            let number = number as u8;
            let symbol = match instr.op {
                Opcode::UnaryOpMulti => UnaryOp::from_number(number).map(UnaryOp::symbol),
                _ => BinaryOp::from_number(number).map(BinaryOp::symbol),
            };
            symbol.unwrap_or("?").into()
        }
        (_, Arg::Uint(value)) => value.to_string(),
    };
    let extra = match instr.extra {
        0 => String::new(),
        extra => format!(" / {extra}"),
    };
    Ok(format!("{name} {operand}{extra}").trim_end().to_owned())
}

/// Longest constant that is written out; a longer one is told by its digest as well.
const SHOWN: usize = 60;

fn constant(value: &Constant<'_>, depth: usize) -> String {
    let bytes = |kind: &str, bytes: &[u8]| {
        let start = &bytes[..bytes.len().min(SHOWN)];
        let rest = match bytes.len() > SHOWN {
            true => format!(
                "… {} bytes, crc {:08x}",
                bytes.len(),
                crc32fast::hash(bytes)
            ),
            false => String::new(),
        };
        format!("{kind}\"{}\"{rest}", start.escape_ascii())
    };
    match value {
        Constant::FunTable => "<functions>".into(),
        Constant::None => "None".into(),
        Constant::False => "False".into(),
        Constant::True => "True".into(),
        Constant::Ellipsis => "...".into(),
        Constant::Str(text) => bytes("", text.as_bytes()),
        Constant::Bytes(data) => bytes("b", data),
        Constant::Int(text) | Constant::Float(text) | Constant::Complex(text) => (*text).to_owned(),
        Constant::Tuple(items) if depth < DEPTH_MAX => {
            let items: Vec<String> = items
                .clone()
                .map(|(_, item)| constant(&item, depth + 1))
                .collect();
            format!("({})", items.join(", "))
        }
        Constant::Tuple(_) => "(…)".into(),
    }
}
