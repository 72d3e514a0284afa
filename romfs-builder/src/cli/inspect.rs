//! `romfs inspect`

use std::io::Write;
use std::path::PathBuf;

use romfs_runtime::format::kind;
use romfs_runtime::{Entry, Record};

use super::source::ImageFile;

/// Show how an image is made: header, what it says of itself, every record and where it lies
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs inspect app.romfs            the records of an image")]
pub struct Args {
    /// An image
    file: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let source = ImageFile::read(&args.file)?;
    let mut out = super::stdout();
    inspect_image(&source, &mut out)?;
    Ok(out.flush()?)
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
        writeln!(out, "builder    {}", info.builder)?;
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
        let name = String::from_utf8_lossy(item.entry.name()).into_owned();
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
