//! The map as one page for a browser: everything is in it, it asks no network.

use serde::Serialize;

use super::Map;
use crate::report::BoardFit;
use crate::survey::Node;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Serialize)]
struct Figures<'a> {
    title: &'a str,
    bytes: u64,
    fit: Option<&'a BoardFit>,
    ram_of: &'a str,
    root: &'a Node,
}

/// The page.
///
/// # Errors
/// None that a survey can cause; those of the JSON writer.
pub fn page(map: &Map<'_>) -> serde_json::Result<String> {
    let figures = serde_json::to_string(&Figures {
        title: map.title,
        bytes: map.bytes,
        fit: map.fit,
        ram_of: map.ram_of,
        root: map.root,
    })?;
    // Names come from an image: none of them may end the script or the title that it stands in.
    let figures = figures
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028");
    let title = map.title.replace('&', "&amp;").replace('<', "&lt;");
    // Filled in from the front, so that nothing in a name is taken for a place to fill in.
    let mut page = String::with_capacity(PAGE.len() + figures.len() + STYLE.len() + SCRIPT.len());
    let mut rest = PAGE;
    for (mark, text) in [
        ("@TITLE@", title.as_str()),
        ("@STYLE@", STYLE),
        ("@FIGURES@", figures.as_str()),
        ("@SCRIPT@", SCRIPT),
    ] {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}
