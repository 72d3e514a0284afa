//! `romfs diff`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use romfs_builder::board::Board;
use romfs_builder::diff::{Delta, Diff, FileChange, FunctionChange, Side, What, code_diff, diff};
use romfs_builder::survey::RamModel;

use super::source::ImageFile;

/// Show what changed between two images: files, sizes, RAM, and the functions of modules
///
/// Modules are compared by their instructions with names and constants filled in, so that a function is called changed
/// only if it does something else: not because a name more in the module moved its numbers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  romfs diff old.romfs new.romfs
  romfs diff old.romfs new.romfs --code      the instructions of changed functions
  romfs diff old.romfs new.romfs --json")]
pub struct Args {
    /// The image before
    before: PathBuf,
    /// The image after
    after: PathBuf,
    /// Show the instructions that changed
    #[arg(short, long, conflicts_with = "json")]
    code: bool,
    /// Board whose firmware's RAM is estimated [default: stock MicroPython on 32 bits]
    #[arg(short, long)]
    board: Option<String>,
    /// End with status 1 if something changed
    #[arg(long)]
    exit_code: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (before, after) = (
        ImageFile::read(&args.before)?,
        ImageFile::read(&args.after)?,
    );
    let board = args.board.as_deref().map(Board::find).transpose()?;
    let model = board
        .as_ref()
        .map_or_else(RamModel::default, RamModel::of_board);
    let found =
        diff(&before.image()?, &after.image()?, &model).map_err(|(side, error)| match side {
            Side::Before => before.error(error),
            Side::After => after.error(error),
        })?;
    if args.json {
        super::print_json(&found)?;
    } else {
        let mut out = super::stdout();
        write_text(&mut out, &found, &|change| {
            write_code(args, &before, &after, change)
        })?;
        out.flush()?;
    }
    Ok(match found.files.is_empty() || !args.exit_code {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

type Code<'c> = dyn Fn(&FileChange) -> anyhow::Result<String> + 'c;

fn write_text(out: &mut impl Write, found: &Diff, code: &Code<'_>) -> anyhow::Result<()> {
    for file in &found.files {
        let path = super::printable(&file.path);
        let (sign, what) = match &file.what {
            What::Added => ('+', String::new()),
            What::Removed => ('-', String::new()),
            What::Moved { from } => ('>', format!(" (was {})", super::printable(from))),
            What::Changed { .. } => ('~', String::new()),
        };
        writeln!(
            out,
            "{sign} {path}{what}  {}{}",
            sizes(&file.bytes, "bytes"),
            ram(&file.ram)
        )?;
        if let What::Changed { functions } = &file.what {
            for function in functions {
                writeln!(out, "    {}", function_line(function))?;
            }
            write!(out, "{}", code(file)?)?;
        }
    }
    writeln!(
        out,
        "{} of {} files differ; image {}{}",
        found.files.len(),
        found.files.len() + found.same,
        sizes(&found.bytes, "bytes"),
        ram(&found.ram)
    )?;
    Ok(())
}

fn function_line(function: &FunctionChange) -> String {
    let name = super::printable(&function.function);
    match function.change {
        "changed" => format!(
            "~ {name}  {}, +{} -{} instructions",
            sizes(&function.bytes, "bytes"),
            function.added,
            function.removed
        ),
        "lines" => format!("~ {name}  line numbers only"),
        "added" => format!("+ {name}  {} bytes", function.bytes.after),
        _ => format!("- {name}  {} bytes", function.bytes.before),
    }
}

/// `12 -> 15 bytes (+3)`
fn sizes(delta: &Delta, unit: &str) -> String {
    match delta.change() {
        0 => format!("{} {unit}", delta.after),
        change => format!("{} -> {} {unit} ({change:+})", delta.before, delta.after),
    }
}

fn ram(delta: &Delta) -> String {
    match delta.change() {
        0 => String::new(),
        change => format!(", RAM ~{change:+}"),
    }
}

fn write_code(
    args: &Args,
    before: &ImageFile,
    after: &ImageFile,
    file: &FileChange,
) -> anyhow::Result<String> {
    let What::Changed { functions } = &file.what else {
        return Ok(String::new());
    };
    let mut text = String::new();
    if !args.code {
        return Ok(text);
    }
    let old = before
        .file(&file.path)?
        .data()
        .map_err(|e| before.error(e))?;
    let new = after.file(&file.path)?.data().map_err(|e| after.error(e))?;
    for function in functions.iter().filter(|f| f.change != "lines") {
        text.push_str(&format!(
            "      {}:\n",
            super::printable(&function.function)
        ));
        for line in code_diff(old, new, &function.function) {
            text.push_str(&format!(
                "      {} {}\n",
                line.sign,
                super::printable(&line.text)
            ));
        }
    }
    Ok(text)
}
