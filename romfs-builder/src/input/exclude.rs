//! Patterns for what is left out of an image.

use glob::{MatchOptions, Pattern};

use crate::error::{Error, Result};
use crate::tree::{Dir, Node};

/// Patterns. One without `/` is about names wherever they are, one with it about paths in the image; `/` at its end
/// makes it about folders only. `*` and `?` stop at `/`, `**` does not.
#[derive(Debug, Clone, Default)]
pub struct Excludes {
    patterns: Vec<Exclude>,
}

#[derive(Debug, Clone)]
struct Exclude {
    pattern: Pattern,
    of_path: bool,
    of_folder: bool,
}

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

impl Excludes {
    /// Reads the patterns.
    ///
    /// # Errors
    /// [`Error::BadPattern`].
    pub fn new(patterns: &[String]) -> Result<Self> {
        let read = |text: &String| {
            let body = text.trim_end_matches('/');
            Ok(Exclude {
                of_path: body.contains('/'),
                of_folder: text.ends_with('/'),
                pattern: Pattern::new(body.trim_start_matches('/')).map_err(|e| {
                    Error::BadPattern {
                        pattern: text.clone(),
                        what: e.msg,
                    }
                })?,
            })
        };
        Ok(Self {
            patterns: patterns.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Takes what they are about out of `tree`, and the folders that are empty then.
    pub fn apply<F>(&self, tree: &mut Dir<F>) {
        if !self.patterns.is_empty() {
            self.apply_at(tree, "");
        }
    }

    fn apply_at<F>(&self, dir: &mut Dir<F>, parent: &str) {
        dir.entries.retain_mut(|entry| {
            let path = format!("{parent}{}", entry.name);
            let is_folder = matches!(entry.node, Node::Dir(_));
            let leaves_out = |rule: &Exclude| {
                let subject = if rule.of_path { &path } else { &entry.name };
                (is_folder || !rule.of_folder) && rule.pattern.matches_with(subject, OPTIONS)
            };
            if self.patterns.iter().any(leaves_out) {
                return false;
            }
            let Node::Dir(below) = &mut entry.node else {
                return true;
            };
            let had = !below.entries.is_empty();
            self.apply_at(below, &format!("{path}/"));
            !had || !below.entries.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(patterns: &[&str]) -> Vec<String> {
        let mut tree = Dir::default();
        for path in [
            "a.md",
            "docs/b.md",
            "docs/c.txt",
            "lib/tests/t.py",
            "lib/x.py",
            "tests",
            "x.py",
        ] {
            tree.insert(path, Node::File(())).unwrap();
        }
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        Excludes::new(&patterns).unwrap().apply(&mut tree);
        tree.number().1.into_iter().map(|(path, ())| path).collect()
    }

    #[test]
    fn patterns_are_about_names_paths_or_folders() {
        assert_eq!(
            left(&["*.md", "tests/"]),
            ["docs/c.txt", "lib/x.py", "tests", "x.py"]
        );
        assert_eq!(left(&["/x.py", "docs/*", "tests"]), ["a.md", "lib/x.py"]);
        assert_eq!(
            left(&["lib/**/*.py"]),
            ["a.md", "docs/b.md", "docs/c.txt", "tests", "x.py"]
        );
        assert_eq!(left(&[]).len(), 7);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = Excludes::new(&["a[".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("\"a[\": "), "{error}");
    }
}
