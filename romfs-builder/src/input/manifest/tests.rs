//! The subset's own tests: what manifests take, and what is said of those that ask for more.

use std::fs;

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn taken(files: &[(&str, &str)], options: &ManifestOptions) -> Result<Vec<String>, String> {
    let folder = folder(files);
    let options = ManifestOptions {
        libraries: options
            .libraries
            .iter()
            .map(|l| folder.path().join(l))
            .collect(),
        ..options.clone()
    };
    let manifest = Manifest::read(&folder.path().join("manifest.py"), &options);
    let prefix = format!("{}/", folder.path().display());
    manifest
        .map(|m| m.files.into_keys().collect())
        .map_err(|e| e.to_string().replace(&prefix, ""))
}

fn alone(manifest: &str, files: &[&str]) -> Result<Vec<String>, String> {
    let mut all = vec![("manifest.py", manifest)];
    all.extend(files.iter().map(|path| (*path, "")));
    taken(&all, &ManifestOptions::default())
}

#[test]
fn modules_and_packages_keep_their_paths() {
    let manifest = r#"
"""What this is."""
metadata(description="Sensors", version="1.2.0", author='me')
module("main.py")
module("one.py", base_path="src/drivers", opt=3)
package("net")
package("part", files=["__init__.py", "sub/b.py"], base_path="lib")
"#;
    let files = [
        "main.py",
        "src/drivers/one.py",
        "net/__init__.py",
        "net/deep/x.py",
        "net/notes.txt",
        "lib/part/__init__.py",
        "lib/part/a.py",
        "lib/part/sub/b.py",
    ];
    let expected = [
        "main.py",
        "net/__init__.py",
        "net/deep/x.py",
        "one.py",
        "part/__init__.py",
        "part/sub/b.py",
    ];
    assert_eq!(alone(manifest, &files).unwrap(), expected);
}

#[test]
fn levels_are_kept_for_the_files_that_have_one() {
    let folder = folder(&[
        ("manifest.py", "module('a.py', opt=2)\nmodule('b.py')\n"),
        ("a.py", ""),
        ("b.py", ""),
    ]);
    let manifest = Manifest::read(
        &folder.path().join("manifest.py"),
        &ManifestOptions::default(),
    )
    .unwrap();
    assert_eq!(manifest.levels(), BTreeMap::from([("a.py".to_owned(), 2)]));
}

#[test]
fn includes_are_relative_and_taken_once_and_pass_options_on() {
    let files = [
        (
            "manifest.py",
            "include('inner', extra=True)\ninclude(('inner/manifest.py', 'other.py'))\n",
        ),
        (
            "inner/manifest.py",
            "options.defaults(standard=True, extra=False)\nif options.standard:\n    module('s.py')\n\nif not options.extra:\n    module('missing.py')\nelif options.extra and not options.unknown:\n\tmodule('e.py')\nelse: module('missing.py')\n",
        ),
        ("inner/s.py", ""),
        ("inner/e.py", ""),
        (
            "other.py",
            "for name in ('a', 'b'):\n    module(name + '.py')\n",
        ),
        ("a.py", ""),
        ("b.py", ""),
    ];
    assert_eq!(
        taken(&files, &ManifestOptions::default()).unwrap(),
        ["a.py", "b.py", "e.py", "s.py"]
    );
}

#[test]
fn require_looks_into_the_library_groups_in_their_order() {
    let files = [
        (
            "manifest.py",
            "require('thing')\nrequire('dep', unittest=False)\n",
        ),
        (
            "mplib/python-stdlib/thing/manifest.py",
            "require('dep')\nmodule('std.py')\n",
        ),
        ("mplib/python-stdlib/thing/std.py", ""),
        (
            "mplib/micropython/net/thing/manifest.py",
            "module('own.py')\n",
        ),
        ("mplib/micropython/net/thing/own.py", ""),
        ("mplib/python-ecosys/dep/manifest.py", "package('dep')\n"),
        ("mplib/python-ecosys/dep/dep/__init__.py", ""),
    ];
    let options = ManifestOptions {
        libraries: vec!["mplib".into()],
        ..Default::default()
    };
    assert_eq!(
        taken(&files, &options).unwrap(),
        ["dep/__init__.py", "own.py"]
    );
}

#[test]
fn libraries_and_variables_lead_to_folders() {
    let files = [
        (
            "manifest.py",
            "add_library('own', '$(TOP)/libs')\nrequire('x', library='own')\nmodule('y.py', '$(TOP)/ys')\n",
        ),
        ("t/libs/x/manifest.py", "module('x.py')\n"),
        ("t/libs/x/x.py", ""),
        ("t/ys/y.py", ""),
    ];
    let options = ManifestOptions {
        variables: BTreeMap::from([("TOP".to_owned(), "t".to_owned())]),
        ..Default::default()
    };
    assert_eq!(taken(&files, &options).unwrap(), ["x.py", "y.py"]);
    let error = taken(&files, &ManifestOptions::default()).unwrap_err();
    assert!(
        error.starts_with("manifest.py: line 1: $(TOP) is not set"),
        "{error}"
    );
}

#[test]
fn what_is_no_declaration_is_an_error_with_its_line() {
    let cases = [
        ("import os\n", 1, "import"),
        ("x = 1\n", 1, "x"),
        ("\n\nmodule(os.path.join('a', 'b.py'))\n", 3, "os"),
        ("module(f'{x}.py')\n", 1, "plain string"),
        ("module('a.py'\n", 2, "not closed"),
        ("module('a.py)\n", 1, "not closed"),
        ("module('gone.py')\n", 1, "no such file"),
        ("module('gone.txt')\n", 1, ".py"),
        ("module('a.py', 'b', 4, 5)\n", 1, "takes 3 arguments"),
        ("module('a.py', optimise=3)\n", 1, "no argument"),
        ("package('none')\n", 1, "none"),
        ("include('none.py')\n", 1, "no such manifest"),
        ("require('none')\n", 1, "--lib"),
        ("freeze('.')\n", 1, "package(...)"),
        ("c_module('x')\n", 1, "firmware"),
        ("pass\nif options.x:\nmodule('a.py')\n", 3, "indented block"),
        ("if options.x:\n    pass\n  pass\n", 3, "indentation"),
        ("module('../a.py')); pass\n", 1, "closes nothing"),
        ("module(x)\n", 1, "no value"),
        ("module('a.py') ; module('b.py')\n", 1, "declarations"),
        ("while True:\n    pass\n", 1, "not part of"),
        ("def f():\n    pass\n", 1, "not part of"),
    ];
    for (manifest, line, what) in cases {
        let error = alone(manifest, &[]).unwrap_err();
        assert!(
            error.starts_with(&format!("manifest.py: line {line}: ")),
            "{manifest:?}: {error}"
        );
        assert!(error.contains(what), "{manifest:?}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn one_path_from_two_places_is_an_error() {
    let manifest = "module('a.py', base_path='x')\nmodule('a.py', base_path='x')\nmodule('a.py', base_path='y')\n";
    let error = alone(manifest, &["x/a.py", "y/a.py"]).unwrap_err();
    assert!(
        error.starts_with("manifest.py: line 3: a.py is taken from"),
        "{error}"
    );
}

#[test]
fn deep_nesting_is_refused_before_the_stack_is() {
    for manifest in [
        "module(".to_owned() + &"(".repeat(5000),
        "if ".to_owned() + &"not ".repeat(5000) + "x: pass\n",
    ] {
        assert!(alone(&manifest, &[]).is_err());
    }
}

#[test]
fn a_manifest_cannot_leave_the_image() {
    let folder = folder(&[("sub/manifest.py", "module('../a.py')\n"), ("a.py", "")]);
    let manifest = Manifest::read(
        &folder.path().join("sub/manifest.py"),
        &ManifestOptions::default(),
    )
    .unwrap();
    assert!(matches!(manifest.tree(), Err(Error::BadPath { .. })));
}
