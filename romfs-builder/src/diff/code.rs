//! The instructions of a function side by side with what they were.

use similar::{ChangeTag, TextDiff};

use super::functions::functions;

/// A line of a function's difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLine {
    /// `+`, `-`, a space for what is the same, or `@` for a gap.
    pub sign: char,
    /// The instruction.
    pub text: String,
}

/// Instructions around each change.
const CONTEXT: usize = 3;

/// The difference of the function called `name` in two modules; empty where it is in neither or the same.
pub fn code_diff(before: &[u8], after: &[u8], name: &str) -> Vec<CodeLine> {
    let lines = |module: &[u8]| {
        let found = functions(module).ok().and_then(|mut all| all.remove(name));
        found.map_or(Vec::new(), |function| function.instructions)
    };
    let (old, new) = (lines(before), lines(after));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut out = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            out.push(CodeLine {
                sign: '@',
                text: "...".into(),
            });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Insert => '+',
                ChangeTag::Delete => '-',
            };
            out.push(CodeLine {
                sign,
                text: change.value().to_owned(),
            });
        }
    }
    out
}
