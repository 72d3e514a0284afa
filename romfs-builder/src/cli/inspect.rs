//! `romfs inspect`

use std::io::Write;
use std::path::PathBuf;

use mpy_format::{Mpy, Report};
use romfs_builder::Error;
use romfs_builder::module::{self, Fault};
use romfs_runtime::format::kind;
use romfs_runtime::{Entry, Record};

use super::source::ImageFile;

/// Show how an image or a module is made
///
/// Of an image: what it says of itself, every record and where it lies. Of a module (.mpy): header, names, constants and the bytecode of each
/// function with its lines, and whether the verifier accepts it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs inspect app.romfs            the records of an image
  romfs inspect app.romfs main.mpy   a module inside an image
  romfs inspect main.mpy             a module by itself")]
pub struct Args {
    /// An image or a .mpy file
    file: PathBuf,
    /// Module within the image
    path: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let source = ImageFile::read(&args.file)?;
    let mut out = super::stdout();
    let name = args.file.display();
    match &args.path {
        Some(path) => {
            let content = source.file(path)?.data().map_err(|e| source.error(e))?;
            inspect_module(&format!("{name}: {path}"), content, &mut out)
        }
        None if source.bytes().first() == Some(&b'M') => {
            inspect_module(&name.to_string(), source.bytes(), &mut out)
        }
        None => inspect_image(&source, &mut out),
    }?;
    Ok(out.flush()?)
}

/// Lists what can be read of the module; a fault is the error that the command ends with.
fn inspect_module(name: &str, bytes: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
    let fault = |fault: Fault| Error::Mpy {
        file: name.to_owned(),
        offset: fault.offset,
        what: fault.what,
    };
    let mpy = Mpy::open(bytes).map_err(|e| fault(e.into()))?;
    write!(out, "{}", mpy.listing())?;
    out.flush()?;
    let checked = module::check(bytes).map_err(fault)?;
    let Report {
        n_functions,
        n_native,
        max_state,
        depth,
        ..
    } = checked.report;
    writeln!(
        out,
        "\nverified      {n_functions} functions of bytecode, nested {depth} deep, frames of up to {max_state} slots"
    )?;
    if n_native > 0 {
        writeln!(out, "not verified  {n_native} functions of native code")?;
    }
    Ok(())
}

fn inspect_image(source: &ImageFile, out: &mut impl Write) -> anyhow::Result<()> {
    let image = source.image()?;
    let trailing = source.bytes().len() - image.bytes().len();
    writeln!(
        out,
        "image      {} bytes, payload at {}",
        image.bytes().len(),
        image.payload_offset()
    )?;
    if trailing > 0 {
        writeln!(out, "behind it  {trailing} bytes, which readers ignore")?;
    }
    if let Some(info) = image.info().map_err(|e| source.error(e))? {
        writeln!(out, "builder    {}", super::printable(info.builder))?;
        writeln!(
            out,
            "board      {}",
            if info.board.is_empty() {
                "none in particular"
            } else {
                info.board
            }
        )?;
        if let Some(target) = info.target {
            let (major, minor, arch, bits) = (
                target.version,
                target.sub_version,
                target.arch,
                target.small_int_bits,
            );
            writeln!(
                out,
                "modules    .mpy {major}.{minor}, arch {arch}, small ints of {bits} bits"
            )?;
        }
        let id: String = info.build_id.iter().map(|b| format!("{b:02x}")).collect();
        writeln!(out, "build id   {id}")?;
    }
    if let Some(index) = image.index() {
        writeln!(
            out,
            "index      {} entries, at {}",
            index.entries(),
            index.offset()
        )?;
    }
    writeln!(out, "\n  offset    bytes  record")?;
    for record in image.root().records() {
        let record = record.map_err(|e| source.error(e))?;
        if !matches!(record.kind, kind::FILE | kind::DIRECTORY) {
            row(out, &record, 0)?;
        }
    }
    for item in image.walk() {
        let item = item.map_err(|e| source.error(e))?;
        let name = super::printable(&String::from_utf8_lossy(item.entry.name()));
        let indent = "  ".repeat(item.depth);
        match item.entry {
            Entry::Dir(dir) => writeln!(
                out,
                "{:8}  {:7}  {indent}folder {name}/",
                dir.offset(),
                dir.size()
            )?,
            Entry::File(file) => {
                writeln!(out, "{:8}           {indent}file {name}", file.offset())?;
                for record in file.records() {
                    row(out, &record.map_err(|e| source.error(e))?, item.depth + 1)?;
                }
            }
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, record: &Record<'_>, depth: usize) -> std::io::Result<()> {
    let name = match record.kind {
        kind::PADDING => "padding",
        kind::DATA => "data",
        kind::DATA_POINTER => "pointer to data",
        kind::IMAGE_RECORD => "image record",
        kind::FILE_CHECKSUM => "checksum",
        kind::PATH_INDEX => "path index",
        kind::PRELINK => "prelinked names",
        kind::CONSTANTS => "prelinked constants",
        _ => "",
    };
    let indent = "  ".repeat(depth);
    write!(
        out,
        "{:8}  {:7}  {indent}",
        record.offset,
        record.payload.len()
    )?;
    match record.kind {
        kind::FILE_CHECKSUM if record.payload.len() >= 4 => {
            let crc: String = record.payload[..4]
                .iter()
                .rev()
                .map(|b| format!("{b:02x}"))
                .collect();
            writeln!(out, "{name} {crc}")
        }
        _ if name.is_empty() => writeln!(out, "kind {:#x}", record.kind),
        _ => writeln!(out, "{name}"),
    }
}
