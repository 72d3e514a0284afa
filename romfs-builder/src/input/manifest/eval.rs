//! Carries a manifest out: which files it asks for, and where they go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::syntax::{Arguments, Expr, Statement, What, parse};
use super::{Fault, LIBRARY_GROUPS, ManifestOptions, Taken};
use crate::error::{Error, Result};

/// How deep manifests include each other.
const INCLUDE_DEPTH_MAX: usize = 64;
/// How deep `require` looks in a library folder, and `package` in a package.
const SEARCH_DEPTH_MAX: usize = romfs_runtime::MAX_DEPTH;

/// A value while a manifest runs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
        }
    }
}

/// Arguments by the names that a function gives them.
type Named = BTreeMap<String, Value>;

/// What `options` and `for` say within one manifest.
struct Scope<'m> {
    manifest: &'m Path,
    folder: &'m Path,
    options: Named,
    variables: Named,
}

/// Carries out manifests, one within another.
pub(super) struct Evaluator<'o> {
    options: &'o ManifestOptions,
    visited: BTreeSet<PathBuf>,
    /// Folders that `require` searches, by name where they have one.
    libraries: Vec<(Option<String>, PathBuf)>,
    pub taken: BTreeMap<String, Taken>,
    depth: usize,
}

impl<'o> Evaluator<'o> {
    pub fn new(options: &'o ManifestOptions) -> Self {
        let mut libraries = Vec::new();
        for folder in &options.libraries {
            let groups: Vec<_> = LIBRARY_GROUPS
                .iter()
                .map(|group| folder.join(group))
                .filter(|path| path.is_dir())
                .collect();
            if groups.is_empty() {
                libraries.push((None, folder.clone()));
            }
            libraries.extend(groups.into_iter().map(|path| (None, path)));
        }
        Self {
            options,
            visited: BTreeSet::new(),
            libraries,
            taken: BTreeMap::new(),
            depth: 0,
        }
    }

    /// Carries out the manifest at `path`, once however often it is asked for.
    pub fn run(&mut self, path: &Path, options: Passed) -> Result<()> {
        let whole = fs::canonicalize(path).map_err(Error::io("read the manifest", path))?;
        if !self.visited.insert(whole) {
            return Ok(());
        }
        let text = fs::read_to_string(path).map_err(Error::io("read the manifest", path))?;
        let at = |fault: Fault| fault.in_file(path);
        let statements = parse(&text).map_err(at)?;
        let mut scope = Scope {
            manifest: path,
            folder: path.parent().unwrap_or(Path::new("")),
            options: options.0,
            variables: Named::new(),
        };
        self.depth += 1;
        if self.depth > INCLUDE_DEPTH_MAX {
            return Err(at(Fault::new(1, "manifests include each other too deeply")));
        }
        self.block(&statements, &mut scope)?;
        self.depth -= 1;
        Ok(())
    }

    fn block(&mut self, statements: &[Statement], scope: &mut Scope<'_>) -> Result<()> {
        for Statement { line, what } in statements {
            let at = |what: String| Fault::new(*line, what).in_file(scope.manifest);
            match what {
                What::Call { name, arguments } => {
                    let call = Call {
                        name,
                        line: *line,
                        arguments,
                    };
                    self.call(&call, scope)?;
                }
                What::If(branches) => {
                    for (condition, block) in branches {
                        if evaluate(condition, scope).map_err(at)?.is_true() {
                            self.block(block, scope)?;
                            break;
                        }
                    }
                }
                What::For {
                    name,
                    values,
                    block,
                } => {
                    let Value::List(values) = evaluate(values, scope).map_err(at)? else {
                        return Err(at("for goes over a list or tuple".into()));
                    };
                    for value in values {
                        scope.variables.insert(name.clone(), value);
                        self.block(block, scope)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &Call<'_>, scope: &mut Scope<'_>) -> Result<()> {
        let at = |what: String| Fault::new(call.line, what).in_file(scope.manifest);
        let (known, more): (&[&str], bool) = match call.name {
            // Who wrote it and which version it is are nothing that goes into an image.
            "metadata" => (&[], true),
            "options.defaults" => (&[], true),
            "include" => (&["manifest_path"], true),
            "require" => (&["name", "version", "pypi", "library"], true),
            "add_library" => (&["library", "library_path", "prepend"], false),
            "package" => (&["package_path", "files", "base_path", "opt"], false),
            "module" => (&["module_path", "base_path", "opt"], false),
            "freeze" | "freeze_as_mpy" | "freeze_mpy" | "freeze_as_str" => {
                return Err(at(format!(
                    "{}: write package(...) or module(...) instead, or pack the folder itself",
                    call.name
                )));
            }
            "c_module" => {
                return Err(at(
                    "c_module: C modules are part of a firmware, an image cannot hold them".into(),
                ));
            }
            other => {
                return Err(at(format!(
                    "{other}: no function of a manifest; there are metadata, module, package, include, require, \
                     add_library and options.defaults"
                )));
            }
        };
        let named = call.bind(known, more, scope).map_err(at)?;
        match call.name {
            "metadata" => Ok(()),
            "options.defaults" => {
                for (name, value) in named {
                    scope.options.entry(name).or_insert(value);
                }
                Ok(())
            }
            "include" => self.include(call, named, scope),
            "require" => self.require(call, named, scope),
            "add_library" => self.add_library(&named, scope).map_err(at),
            "package" => self.package(call, &named, scope),
            _ => self.module(call, &named, scope),
        }
    }

    /// A path as a manifest writes it: its variables filled in, relative to the manifest.
    fn path(&self, text: &str, folder: &Path) -> Result<PathBuf, String> {
        let mut text = text.to_owned();
        for (name, value) in &self.options.variables {
            text = text.replace(&format!("$({name})"), value);
        }
        if let Some(start) = text.find("$(") {
            let name = text[start + 2..].split(')').next().unwrap_or_default();
            return Err(format!(
                "$({name}) is not set; give it with --manifest-var {name}=PATH"
            ));
        }
        Ok(folder.join(text))
    }

    fn include(&mut self, call: &Call<'_>, mut named: Named, scope: &Scope<'_>) -> Result<()> {
        let at = |what: String| Fault::new(call.line, what).in_file(scope.manifest);
        let paths = match named.remove("manifest_path") {
            Some(Value::Text(path)) => vec![path],
            Some(Value::List(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::Text(path) => Ok(path),
                    _ => Err(at("include takes paths".into())),
                })
                .collect::<Result<_>>()?,
            _ => return Err(at("include takes a path or a list of them".into())),
        };
        for path in paths {
            let mut path = self.path(&path, scope.folder).map_err(at)?;
            if path.is_dir() {
                path.push("manifest.py");
            }
            if !path.is_file() {
                return Err(at(format!("{}: no such manifest", path.display())));
            }
            self.run(&path, Passed(named.clone()))?;
        }
        Ok(())
    }

    fn require(&mut self, call: &Call<'_>, mut named: Named, scope: &Scope<'_>) -> Result<()> {
        let at = |what: String| Fault::new(call.line, what).in_file(scope.manifest);
        let name = text(&named, "name").map_err(at)?.to_owned();
        let library = match named.get("library") {
            None | Some(Value::None) => None,
            Some(Value::Text(library)) => Some(library.clone()),
            Some(_) => return Err(at("library must be a string".into())),
        };
        for used in ["name", "version", "pypi", "library"] {
            named.remove(used);
        }
        let mut searched = Vec::new();
        for (known, folder) in &self.libraries {
            if library.is_some() && known != &library {
                continue;
            }
            if let Some(found) = find_package(folder, &name, SEARCH_DEPTH_MAX) {
                return self.run(&found.join("manifest.py"), Passed(named));
            }
            searched.push(folder.display().to_string());
        }
        let wanted = library.map_or_else(String::new, |l| format!(" of library {l:?}"));
        Err(at(match searched[..] {
            [] => format!(
                "require({name:?}): no library folder{wanted} is known; name micropython-lib with --lib FOLDER"
            ),
            _ => format!(
                "require({name:?}): no such package{wanted} in {}",
                searched.join(", ")
            ),
        }))
    }

    fn add_library(&mut self, named: &Named, scope: &Scope<'_>) -> Result<(), String> {
        let name = text(named, "library")?.to_owned();
        let folder = self.path(text(named, "library_path")?, scope.folder)?;
        let at = match named.get("prepend").is_some_and(Value::is_true) {
            true => 0,
            false => self.libraries.len(),
        };
        self.libraries.insert(at, (Some(name), folder));
        Ok(())
    }

    fn module(&mut self, call: &Call<'_>, named: &Named, scope: &Scope<'_>) -> Result<()> {
        let at = |what: String| Fault::new(call.line, what).in_file(scope.manifest);
        let module = text(named, "module_path").map_err(at)?;
        if !is_python(Path::new(module)) {
            return Err(at(format!("{module}: module takes a .py file")));
        }
        let base = self.base(named, scope).map_err(at)?;
        let level = level(named).map_err(at)?;
        self.take(module, base.join(module), level).map_err(at)
    }

    fn package(&mut self, call: &Call<'_>, named: &Named, scope: &Scope<'_>) -> Result<()> {
        let at = |what: String| Fault::new(call.line, what).in_file(scope.manifest);
        let package = text(named, "package_path")
            .map_err(at)?
            .trim_end_matches('/');
        let base = self.base(named, scope).map_err(at)?;
        let level = level(named).map_err(at)?;
        let files = match named.get("files") {
            None | Some(Value::None) => {
                let mut found = Vec::new();
                let folder = base.join(package);
                find_sources(&folder, package, SEARCH_DEPTH_MAX, &mut found)
                    .map_err(|e| at(format!("{}: {e}", folder.display())))?;
                found
            }
            Some(Value::List(files)) => files
                .iter()
                .map(|file| match file {
                    Value::Text(file) if is_python(Path::new(file)) => {
                        Ok(format!("{package}/{file}"))
                    }
                    Value::Text(file) => Err(at(format!("{file}: package takes .py files"))),
                    _ => Err(at("files must be a list of strings".into())),
                })
                .collect::<Result<_>>()?,
            Some(_) => return Err(at("files must be a list of strings".into())),
        };
        for file in files {
            let path = base.join(&file);
            self.take(&file, path, level).map_err(at)?;
        }
        Ok(())
    }

    fn base(&self, named: &Named, scope: &Scope<'_>) -> Result<PathBuf, String> {
        match named.get("base_path") {
            None => Ok(scope.folder.to_path_buf()),
            Some(Value::Text(base)) => self.path(base, scope.folder),
            Some(_) => Err("base_path must be a string".into()),
        }
    }

    fn take(&mut self, target: &str, source: PathBuf, level: Option<u8>) -> Result<(), String> {
        if !source.is_file() {
            return Err(format!("{}: no such file", source.display()));
        }
        let parts: Vec<&str> = target
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        let target = parts.join("/");
        let taken = Taken { source, level };
        match self.taken.get(&target) {
            Some(other) if other.source != taken.source => Err(format!(
                "{target} is taken from {} already",
                other.source.display()
            )),
            _ => {
                self.taken.insert(target, taken);
                Ok(())
            }
        }
    }
}

/// Options that an including manifest passes on.
#[derive(Default)]
pub(super) struct Passed(Named);

struct Call<'s> {
    name: &'s str,
    line: usize,
    arguments: &'s Arguments,
}

impl Call<'_> {
    /// The arguments by name; `more` lets names through that are not `known`.
    fn bind(&self, known: &[&str], more: bool, scope: &Scope<'_>) -> Result<Named, String> {
        let mut named = Named::new();
        let Arguments {
            positional,
            named: by_name,
        } = self.arguments;
        if positional.len() > known.len() {
            return Err(format!(
                "{} takes {} arguments without a name, not {}",
                self.name,
                known.len(),
                positional.len()
            ));
        }
        for (name, value) in known.iter().zip(positional) {
            named.insert((*name).to_owned(), evaluate(value, scope)?);
        }
        for (name, value) in by_name {
            if !more && !known.contains(&name.as_str()) {
                return Err(format!("{} has no argument {name:?}", self.name));
            }
            if named
                .insert(name.clone(), evaluate(value, scope)?)
                .is_some()
            {
                return Err(format!("{} is given {name:?} twice", self.name));
            }
        }
        Ok(named)
    }
}

fn text<'n>(named: &'n Named, name: &str) -> Result<&'n str, String> {
    match named.get(name) {
        Some(Value::Text(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(format!("{name} must be a string")),
        None => Err(format!("{name} is missing")),
    }
}

fn level(named: &Named) -> Result<Option<u8>, String> {
    match named.get("opt") {
        None | Some(Value::None) => Ok(None),
        Some(Value::Int(level @ 0..=3)) => Ok(Some(*level as u8)),
        Some(_) => Err("opt must be a number from 0 to 3".into()),
    }
}

fn evaluate(expr: &Expr, scope: &Scope<'_>) -> Result<Value, String> {
    Ok(match expr {
        Expr::None => Value::None,
        Expr::Bool(value) => Value::Bool(*value),
        Expr::Int(value) => Value::Int(*value),
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::List(items) => Value::List(
            items
                .iter()
                .map(|item| evaluate(item, scope))
                .collect::<Result<_, _>>()?,
        ),
        Expr::Variable(name) => scope
            .variables
            .get(name)
            .cloned()
            .ok_or_else(|| format!("{name} is no value that a manifest has"))?,
        // An option that nobody gave is None, as in makemanifest.
        Expr::Option(name) => scope.options.get(name).cloned().unwrap_or(Value::None),
        Expr::Not(value) => Value::Bool(!evaluate(value, scope)?.is_true()),
        Expr::And(left, right) => match evaluate(left, scope)? {
            left if left.is_true() => evaluate(right, scope)?,
            left => left,
        },
        Expr::Or(left, right) => match evaluate(left, scope)? {
            left if left.is_true() => left,
            _ => evaluate(right, scope)?,
        },
        Expr::Equal(left, right) => Value::Bool(evaluate(left, scope)? == evaluate(right, scope)?),
        Expr::Join(left, right) => match (evaluate(left, scope)?, evaluate(right, scope)?) {
            (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
            (Value::List(mut left), Value::List(right)) => {
                left.extend(right);
                Value::List(left)
            }
            _ => return Err("+ joins two strings or two lists".into()),
        },
    })
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("py"))
}

/// Names in a folder, sorted, so that no file system's order decides.
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// The folder `name` with a manifest.py somewhere below `folder`.
fn find_package(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    if folder.file_name().is_some_and(|n| n == name) && folder.join("manifest.py").is_file() {
        return Some(folder.to_path_buf());
    }
    if depth == 0 {
        return None;
    }
    names(folder).ok()?.into_iter().find_map(|entry| {
        let path = folder.join(entry);
        // Links are not followed, as makemanifest does not here.
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
        is_folder
            .then(|| find_package(&path, name, depth - 1))
            .flatten()
    })
}

/// Paths of the .py files below `folder`, each beginning with `prefix`.
fn find_sources(
    folder: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> std::io::Result<()> {
    for name in names(folder)? {
        let path = folder.join(&name);
        let inner = match prefix {
            "" | "." => name,
            _ => format!("{prefix}/{name}"),
        };
        if path.is_dir() {
            if depth > 0 {
                find_sources(&path, &inner, depth - 1, found)?;
            }
        } else if is_python(&path) {
            found.push(inner);
        }
    }
    Ok(())
}
