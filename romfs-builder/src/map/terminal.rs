//! The map for a terminal: at most 80 columns, kinds told apart by letters and shades, not by colour.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Map;
use crate::report::Bytes;
use crate::survey::{Node, NodeKind, Part, Parts};

/// Columns that are written at most.
pub const WIDTH: usize = 80;
const BAR: usize = 76;
const ROW_BAR: usize = 16;
const NAME: usize = 34;

/// What stands for a kind in a bar.
const fn shade(part: Part) -> char {
    match part {
        Part::Bytecode => '█',
        Part::Native => '■',
        Part::Names => '▓',
        Part::Constants => '▒',
        Part::Data => '░',
        Part::Records => '·',
        Part::Padding => '_',
    }
}

/// The map as text. `depth` folders deep, and of each folder the `top` largest entries.
pub fn terminal(map: &Map<'_>, depth: usize, top: usize) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = head(&mut out, map);
    let _ = legend(&mut out, &map.root.parts);
    let _ = writeln!(
        out,
        "\n  {:<NAME$} {:>10}  {:<ROW_BAR$} {:>10}",
        "name", "bytes", "share and kinds", "RAM"
    );
    let _ = rows(&mut out, map.root, map.root.bytes, 0, depth, top);
    out
}

fn head(out: &mut String, map: &Map<'_>) -> std::fmt::Result {
    let title = fit_width(map.title, WIDTH - 24);
    writeln!(out, "{title}: {}", Bytes(map.bytes))?;
    if let Some(fit) = map.fit {
        let filled = bar_cells(map.bytes, fit.capacity, BAR);
        writeln!(out, "  {}{}", "#".repeat(filled), "-".repeat(BAR - filled))?;
        let percent = percent(map.bytes, fit.capacity);
        let line = format!(
            "  {percent} of partition {} of {}, {} free",
            fit.partition,
            fit.board,
            Bytes(fit.free)
        );
        writeln!(out, "{}", fit_width(&line, WIDTH))?;
    }
    writeln!(out, "  {}", bar(&map.root.parts, BAR))?;
    Ok(())
}

fn legend(out: &mut String, parts: &Parts) -> std::fmt::Result {
    for part in Part::ALL {
        let bytes = parts.of(part);
        if bytes == 0 {
            continue;
        }
        let place = match part {
            Part::Bytecode => "runs in flash",
            Part::Names | Part::Constants | Part::Data => "read in flash",
            Part::Native => "copied to RAM by stock firmware",
            Part::Records | Part::Padding => "",
        };
        writeln!(
            out,
            "  {} {:<12} {:>14} {:>7}  {place}",
            shade(part),
            part.name(),
            Bytes(bytes).to_string().trim_end_matches(" bytes"),
            percent(bytes, parts.total())
        )?;
    }
    Ok(())
}

fn rows(
    out: &mut String,
    folder: &Node,
    whole: u64,
    level: usize,
    depth: usize,
    top: usize,
) -> std::fmt::Result {
    let mut children: Vec<&Node> = folder.children.iter().collect();
    children.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    for child in children.iter().take(top) {
        row(out, child, whole, level)?;
        if child.kind == NodeKind::Folder && level + 1 < depth {
            rows(out, child, whole, level + 1, depth, top)?;
        }
    }
    if let Some(rest) = children.get(top..).filter(|rest| !rest.is_empty()) {
        let bytes: u64 = rest.iter().map(|child| child.bytes).sum();
        let ram: u64 = rest.iter().map(|child| child.ram).sum();
        let name = format!("{}… {} more", "  ".repeat(level), rest.len());
        writeln!(
            out,
            "  {} {bytes:>10}  {:<ROW_BAR$} {:>10}",
            padded(&name, NAME),
            percent(bytes, whole),
            estimate(ram)
        )?;
    }
    if level == 0 {
        footer(out, folder)?;
    }
    Ok(())
}

fn row(out: &mut String, node: &Node, whole: u64, level: usize) -> std::fmt::Result {
    let slash = if node.kind == NodeKind::Folder {
        "/"
    } else {
        ""
    };
    let name = format!(
        "{}{}{slash}",
        "  ".repeat(level.min(8)),
        printable(&node.name)
    );
    let cells = bar_cells(node.bytes, whole, ROW_BAR);
    let shared = match &node.same_as {
        Some(_) => format!("= {}", Bytes(node.saved)),
        None => bar(&node.parts, cells),
    };
    let line = format!(
        "  {} {:>10}  {} {:>10}",
        padded(&name, NAME),
        node.bytes,
        padded(&shared, ROW_BAR),
        estimate(node.ram)
    );
    writeln!(out, "{}", line.trim_end())
}

fn footer(out: &mut String, root: &Node) -> std::fmt::Result {
    writeln!(out)?;
    if root.saved > 0 {
        writeln!(
            out,
            "  equal contents stored once: {} saved (= in the list)",
            Bytes(root.saved)
        )?;
    }
    Ok(())
}

/// `~1234`, or nothing where an entry costs no RAM.
fn estimate(ram: u64) -> String {
    match ram {
        0 => String::new(),
        _ => format!("~{ram}"),
    }
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => "0 %".into(),
        _ => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
    }
}

/// Cells for `part` of `whole`, at least one for something.
fn bar_cells(part: u64, whole: u64, cells: usize) -> usize {
    if part == 0 || whole == 0 {
        return 0;
    }
    let share = (part as u128 * cells as u128 / whole as u128) as usize;
    share.clamp(1, cells)
}

/// A bar of `cells` cells, split by kind; the largest remainders get the cells that rounding leaves.
fn bar(parts: &Parts, cells: usize) -> String {
    let total = u128::from(parts.total());
    if total == 0 {
        return String::new();
    }
    let exact = |part: Part| u128::from(parts.of(part)) * cells as u128;
    let mut counts: Vec<(Part, usize, u128)> = Part::ALL
        .into_iter()
        .map(|part| (part, (exact(part) / total) as usize, exact(part) % total))
        .collect();
    let given: usize = counts.iter().map(|(_, count, _)| count).sum();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|a, b| counts[*b].2.cmp(&counts[*a].2));
    for index in order.into_iter().take(cells - given) {
        counts[index].1 += 1;
    }
    counts
        .into_iter()
        .flat_map(|(part, count, _)| std::iter::repeat_n(shade(part), count))
        .collect()
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// `text` in at most `columns` columns; what is cut out of the middle leaves an ellipsis.
fn fit_width(text: &str, columns: usize) -> String {
    let text = printable(text);
    if text.width() <= columns {
        return text;
    }
    let half = (columns - 1) / 2;
    let start = take_columns(text.chars(), columns - 1 - half);
    let end: String = take_columns(text.chars().rev(), half)
        .chars()
        .rev()
        .collect();
    format!("{start}…{end}")
}

fn take_columns(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut left = columns;
    chars
        .take_while(|c| {
            let width = c.width().unwrap_or(0);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        })
        .collect()
}

/// `text` in exactly `columns` columns.
fn padded(text: &str, columns: usize) -> String {
    let text = fit_width(text, columns);
    let gap = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, kind: NodeKind, bytes: u64) -> Node {
        let mut parts = Parts::default();
        parts.add(Part::Bytecode, bytes / 3);
        parts.add(Part::Data, bytes - bytes / 3);
        Node {
            name: name.into(),
            kind,
            bytes,
            parts,
            saved: 0,
            ram: bytes / 10,
            modules: 1,
            same_as: None,
            children: Vec::new(),
        }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut root = node("", NodeKind::Folder, 0);
        for name in [
            "データ".repeat(30),
            "a".repeat(200),
            "e\u{301}".repeat(50),
            "x\n\x1b[31m".into(),
        ] {
            let mut folder = node(&name, NodeKind::Folder, 123_456_789_012);
            folder
                .children
                .push(node("🦀.mpy", NodeKind::Module, 99_999_999_999));
            root.children.push(folder);
        }
        root.children
            .extend((0..50).map(|n| node(&format!("f{n}"), NodeKind::File, n)));
        root.bytes = root.children.iter().map(|c| c.bytes).sum();
        let fit = crate::report::BoardFit {
            board: "b".repeat(60),
            partition: "p".repeat(60),
            address: None,
            capacity: root.bytes * 2,
            free: root.bytes,
            erased: 0,
        };
        let map = Map {
            title: &"t".repeat(120),
            root: &root,
            bytes: root.bytes,
            fit: Some(&fit),
            ram_of: "",
        };
        let text = terminal(&map, 3, 10);
        for line in text.lines() {
            assert!(line.width() <= WIDTH, "{} columns: {line}", line.width());
        }
        assert!(text.contains("… 44 more"), "{text}");
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn bars_have_the_cells_that_they_are_given() {
        let parts = node("", NodeKind::File, 1000).parts;
        for cells in 0..40 {
            assert_eq!(bar(&parts, cells).chars().count(), cells);
        }
        assert_eq!(bar(&Parts::default(), 5), "");
        assert_eq!(bar_cells(1, 1_000_000, 10), 1);
        assert_eq!(bar_cells(u64::MAX, u64::MAX, 10), 10);
    }
}
