//! Decides what becomes of each source file: packed as it is, compiled, or left out for its twin.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::tree::{Dir, Entry, Node, SourceTree};

/// Which of `x.py` and `x.mpy` to take where both are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The source; the compiled file is left out.
    Py,
    /// The compiled file; the source is left out.
    Mpy,
}

/// What to do with sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Compile each .py to a .mpy.
    pub compile: bool,
    /// Take twins as they are, both of them. Only without `compile`, which would make two files of one name.
    pub keep_twins: bool,
    /// Which of twins to take; `None`: twins are an error.
    pub prefer: Option<Prefer>,
}

/// A file to be read, and what to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it is on the host.
    pub source: PathBuf,
    /// `Some` if it is to be compiled: its path within the source, which goes into the module for tracebacks.
    pub compile_as: Option<String>,
}

/// Plans a tree. Entries keep the order of their source names.
///
/// # Errors
/// [`Error::Twins`] for `x.py` beside `x.mpy` where nothing is preferred.
pub fn plan(tree: SourceTree, options: &PlanOptions) -> Result<Dir<PlannedFile>> {
    plan_at("", tree, options)
}

fn plan_at(parent: &str, tree: SourceTree, options: &PlanOptions) -> Result<Dir<PlannedFile>> {
    let fates = tree
        .entries
        .iter()
        .map(|entry| fate(&tree, entry, parent, options))
        .collect::<Result<Vec<_>>>()?;
    let mut planned = Dir::default();
    for (entry, fate) in tree.entries.into_iter().zip(fates) {
        let path = join(parent, &entry.name);
        let (name, node) = match (entry.node, fate) {
            (Node::Dir(dir), _) => (entry.name, Node::Dir(plan_at(&path, dir, options)?)),
            (Node::File(_), Fate::LeaveOut) => continue,
            (Node::File(source), Fate::Pack) => (
                entry.name,
                Node::File(PlannedFile {
                    source,
                    compile_as: None,
                }),
            ),
            (Node::File(source), Fate::Compile) => {
                let stem = entry.name.strip_suffix(".py").unwrap_or(&entry.name);
                let name = format!("{stem}.mpy");
                (
                    name,
                    Node::File(PlannedFile {
                        source,
                        compile_as: Some(path),
                    }),
                )
            }
        };
        planned.entries.push(Entry { name, node });
    }
    Ok(planned)
}

enum Fate {
    Pack,
    Compile,
    LeaveOut,
}

fn fate(
    dir: &SourceTree,
    entry: &Entry<PathBuf>,
    parent: &str,
    options: &PlanOptions,
) -> Result<Fate> {
    if let Node::Dir(_) = entry.node {
        return Ok(Fate::Pack);
    }
    let Some((stem, extension)) = entry.name.rsplit_once('.') else {
        return Ok(Fate::Pack);
    };
    let compiled = match extension {
        "py" => false,
        "mpy" => true,
        _ => return Ok(Fate::Pack),
    };
    let alone = if options.compile && !compiled {
        Fate::Compile
    } else {
        Fate::Pack
    };
    let twin = format!("{stem}.{}", if compiled { "py" } else { "mpy" });
    if (options.keep_twins && !options.compile) || !has_file(dir, &twin) {
        return Ok(alone);
    }
    match options.prefer {
        Some(Prefer::Py) if compiled => Ok(Fate::LeaveOut),
        Some(Prefer::Mpy) if !compiled => Ok(Fate::LeaveOut),
        Some(_) => Ok(alone),
        None => Err(Error::Twins {
            module: join(parent, stem),
        }),
    }
}

fn has_file(dir: &SourceTree, name: &str) -> bool {
    dir.entries
        .binary_search_by(|e| e.name.as_str().cmp(name))
        .is_ok_and(|at| matches!(dir.entries[at].node, Node::File(_)))
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(paths: &[&str]) -> SourceTree {
        let mut root = Dir::default();
        for path in paths {
            root.insert(path, Node::File(PathBuf::from(path))).unwrap();
        }
        root
    }

    fn planned(paths: &[&str], options: PlanOptions) -> Result<Vec<(String, Option<String>)>> {
        let files = plan(source(paths), &options)?.number().1;
        Ok(files
            .into_iter()
            .map(|(path, file)| (path, file.compile_as))
            .collect())
    }

    const COMPILE: PlanOptions = PlanOptions {
        compile: true,
        keep_twins: false,
        prefer: None,
    };

    #[test]
    fn sources_are_compiled_under_their_path() {
        let files = planned(&["lib/a.py", "b.txt", "c.mpy"], COMPILE).unwrap();
        assert_eq!(
            files,
            [
                ("b.txt".into(), None),
                ("c.mpy".into(), None),
                ("lib/a.mpy".into(), Some("lib/a.py".into()))
            ]
        );
    }

    #[test]
    fn twins_are_an_error_unless_told() {
        let twins = ["lib/a.py", "lib/a.mpy"];
        for compile in [true, false] {
            let error = planned(&twins, PlanOptions { compile, ..COMPILE }).unwrap_err();
            assert!(
                matches!(&error, Error::Twins { module } if module == "lib/a"),
                "{error}"
            );
        }
        let py = planned(
            &twins,
            PlanOptions {
                prefer: Some(Prefer::Py),
                ..COMPILE
            },
        )
        .unwrap();
        assert_eq!(py, [("lib/a.mpy".into(), Some("lib/a.py".into()))]);
        let mpy = planned(
            &twins,
            PlanOptions {
                prefer: Some(Prefer::Mpy),
                ..COMPILE
            },
        )
        .unwrap();
        assert_eq!(mpy, [("lib/a.mpy".into(), None)]);
        let both = PlanOptions {
            compile: false,
            keep_twins: true,
            prefer: None,
        };
        assert_eq!(planned(&twins, both).unwrap().len(), 2);
    }

    #[test]
    fn a_folder_is_no_twin() {
        assert_eq!(planned(&["a.mpy", "a.py/x"], COMPILE).unwrap().len(), 2);
    }
}
