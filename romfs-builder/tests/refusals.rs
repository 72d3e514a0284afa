//! Each malformed input: one line that names the file, the place and the remedy; exit 1; nothing half-written.

mod support;

use std::fs;
use std::path::Path;

use support::{romfs, snapshot, tree};

/// Runs the command in `work`: it must fail with one line that has all of `parts`, and leave every path as it was.
fn refuses(work: &Path, args: &[&str], parts: &[&str]) {
    let cache = tempfile::tempdir().unwrap();
    let before = snapshot(work);
    let output = romfs(cache.path())
        .current_dir(work)
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{args:?}");
    assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    assert!(stderr.starts_with("romfs: "), "{stderr}");
    for part in parts {
        assert!(
            stderr.contains(part),
            "{args:?}: {part:?} is not in {stderr}"
        );
    }
    assert_eq!(snapshot(work), before, "{args:?}");
}

/// A record with a payload of less than 128 bytes.
fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&[kind, payload.len() as u8], payload].concat()
}

fn file(name: &[u8], children: &[u8]) -> Vec<u8> {
    record(5, &[&[name.len() as u8], name, children].concat())
}

fn image(records: &[u8]) -> Vec<u8> {
    let mut image = vec![0xd2, 0xcd, 0x31];
    if records.len() % 2 == 1 {
        image.push(0x80);
    }
    image.push(records.len() as u8);
    if image.len() % 2 + records.len() % 2 == 1 {
        image.insert(3, 0x80);
    }
    image.extend(records);
    image
}

#[test]
fn sources_that_cannot_be_packed() {
    support::require_mpy_cross();
    let work = tree(&[
        ("twins/a.py", b""),
        ("twins/a.mpy", b"M\x06\0\x1f"),
        ("syntax/pkg/bad.py", b"def f(:\n    pass\n"),
        ("cut/lib/x.mpy", b"M\x06\0\x1f\x01"),
        ("alien/x.mpy", b"\x7fELF"),
        ("old/x.mpy", b"M\x05\0\x1f\0\0"),
        ("big/data.bin", &[7; 20_000]),
        ("ok/a.txt", b"a"),
        ("binary.list", b"ok/a.txt\n\xff\xfe\n"),
        ("missing.list", b"ok/a.txt\n\nok/none.txt\n"),
        ("escape.list", b"../a.txt = ok/a.txt\n"),
        ("twice.list", b"a = ok/a.txt\na = ok/a.txt\n"),
        ("profile.toml", b"name = 'x'\ntitle = 3\n"),
    ]);
    let cases: &[(&[&str], &[&str])] = &[
        (&["build", "nothing"], &["nothing", "No such file"]),
        (&["build", "twins"], &["a.py", "a.mpy", "--prefer"]),
        (&["build", "syntax"], &["pkg/bad.py: line 1: SyntaxError"]),
        (&["build", "cut"], &["lib/x.mpy: offset", "mpy-cross"]),
        (&["build", "alien"], &["x.mpy: offset 0"]),
        (&["build", "old"], &["x.mpy: offset 1", "version 5"]),
        (
            &["build", "big", "--board", "nrf51"],
            &["romfs0", "nrf51", "data.bin (20000)"],
        ),
        (
            &["build", "ok", "--board", "none"],
            &["\"none\"", "qemu-riscv32"],
        ),
        (
            &["build", "ok", "--board", "profile.toml"],
            &["profile.toml: line 2"],
        ),
        (
            &["build", "ok", "--board", "host", "--partition", "x"],
            &["host", "slot-a"],
        ),
        (
            &["build", "ok", "-o", "ok/a.romfs"],
            &["ok/a.romfs", "inside the source", "-o"],
        ),
        (&["build", "ok", "-o", "none/a.romfs"], &["none"]),
        (
            &["build", "ok", "--align", ".txt=3"],
            &[".txt=3", "power of two"],
        ),
        (
            &["build", "syntax", "--mpy-cross", "ok/a.txt"],
            &["ok/a.txt", "--mpy-cross"],
        ),
        (&["build", "binary.list"], &["binary.list: line 2", "UTF-8"]),
        (
            &["build", "missing.list"],
            &["missing.list: line 3", "none.txt"],
        ),
        (
            &["build", "escape.list"],
            &["escape.list: line 1", "../a.txt"],
        ),
        (&["build", "twice.list"], &["twice.list: line 2", "twice"]),
    ];
    for (args, parts) in cases {
        refuses(work.path(), args, parts);
    }
}

#[cfg(unix)]
#[test]
fn files_that_are_none() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::UnixListener;

    let work = tree(&[
        ("socket/a", b""),
        ("name/a", b""),
        ("loop/a", b""),
        ("dangling/a", b""),
    ]);
    let _socket = UnixListener::bind(work.path().join("socket/s")).unwrap();
    fs::write(
        work.path()
            .join("name")
            .join(OsStr::from_bytes(b"\xff.txt")),
        "",
    )
    .unwrap();
    std::os::unix::fs::symlink(".", work.path().join("loop/self")).unwrap();
    std::os::unix::fs::symlink("nowhere", work.path().join("dangling/link")).unwrap();
    refuses(
        work.path(),
        &["build", "socket"],
        &["socket/s", "neither a file nor a folder"],
    );
    refuses(work.path(), &["build", "name"], &["not UTF-8", "rename"]);
    refuses(work.path(), &["build", "loop"], &["loop/self", "symlink"]);
    refuses(
        work.path(),
        &["build", "dangling"],
        &["dangling/link", "symlink"],
    );
}

#[test]
fn images_that_are_damaged() {
    let good = image(&file(b"a.txt", &record(2, b"text")));
    let in_file = |children: &[u8]| image(&file(b"a.txt", children));
    let mut unused = in_file(&record(2, b"text"));
    let at = unused.len() - 6;
    unused[at] = 0;
    let overrun = in_file(&[2, 60, 1, 2]);
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("short", vec![0xd2, 0xcd], "offset 0"),
        ("alien", b"PK\x03\x04....".to_vec(), "offset 0"),
        ("cut", good[..good.len() - 2].to_vec(), "cut off"),
        ("overrun", overrun, "claims 60 bytes"),
        ("number", in_file(&[2, 0x80, 0x80, 0x80]), "number goes on"),
        (
            "overflow",
            in_file(&[2, 0x90, 0x80, 0x80, 0x80, 0]),
            "32 bits",
        ),
        ("unused", unused, "kind 0"),
        (
            "pointer",
            in_file(&record(3, &[10, 0x81, 0x80, 0])),
            "pointer",
        ),
        ("empty", in_file(&[]), "neither data"),
        ("name", image(&record(5, &[90, b'a'])), "name claims"),
    ];
    for (name, bytes, what) in cases {
        let work = tree(&[("bad.romfs", bytes)]);
        for command in ["verify", "inspect", "tree", "extract"] {
            let parts = ["bad.romfs: offset", what];
            if (command, *name) == ("inspect", "empty")
                || (command, *name) == ("inspect", "pointer")
            {
                // inspect shows records as they are; these are only wrong when their content is wanted.
                continue;
            }
            refuses_with_image(work.path(), command, &parts);
        }
    }
}

fn refuses_with_image(work: &Path, command: &str, parts: &[&str]) {
    // inspect prints what it can read up to the fault.
    if command == "inspect" {
        let output = romfs(work)
            .current_dir(work)
            .args([command, "bad.romfs"])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), stderr.lines().count()),
            (Some(1), 1),
            "{stderr}"
        );
        assert!(
            parts.iter().all(|part| stderr.contains(part)),
            "{parts:?}: {stderr}"
        );
    } else {
        refuses(work, &[command, "bad.romfs"], parts);
    }
}

#[test]
fn names_that_would_leave_the_target() {
    for name in [
        &b".."[..],
        b".",
        b"../x",
        b"/etc/x",
        b"a/b",
        b"a\0b",
        b"a\\b",
        b"\xff",
        b"",
    ] {
        let inner = file(name, &record(2, b"text"));
        let nested = record(4, &[&[3][..], b"dir", &inner].concat());
        let both = [file(b"good.txt", &record(2, b"text")), nested].concat();
        let work = tree(&[("bad.romfs", &image(&both))]);
        refuses(
            work.path(),
            &["extract", "bad.romfs", "-o", "out"],
            &["bad.romfs: offset", "romfs cat"],
        );
    }
    let twice = [file(b"a", &record(2, b"1")), file(b"a", &record(2, b"2"))].concat();
    let work = tree(&[("bad.romfs", &image(&twice))]);
    refuses(work.path(), &["extract", "bad.romfs"], &["a: cannot write"]);
}

#[test]
fn a_target_with_something_in_it() {
    let work = tree(&[
        ("a.romfs", &image(&file(b"a", &record(2, b"1")))),
        ("a/mine", b""),
    ]);
    refuses(
        work.path(),
        &["extract", "a.romfs"],
        &["a: is there already", "-o"],
    );
    refuses(
        work.path(),
        &["cat", "a.romfs", "b"],
        &["a.romfs: b: no such file", "romfs ls"],
    );
    refuses(
        work.path(),
        &["cat", "a.romfs", "/"],
        &["a folder, not a file"],
    );
    refuses(
        work.path(),
        &["ls", "a.romfs", "a"],
        &["a file, not a folder"],
    );
}

#[test]
fn one_changed_byte_of_a_built_image() {
    let work = tree(&[
        ("app/main.py", b"print('x')\n"),
        ("app/a.txt", b"some text of this file"),
    ]);
    romfs(&work.path().join("cache"))
        .current_dir(work.path())
        .args(["build", "-q", "app"])
        .assert()
        .success();
    let good = fs::read(work.path().join("app.romfs")).unwrap();
    for at in (19..good.len()).step_by(3) {
        let mut bad = good.clone();
        bad[at] ^= 0x04;
        fs::write(work.path().join("bad.romfs"), bad).unwrap();
        refuses(
            work.path(),
            &["verify", "bad.romfs"],
            &["bad.romfs: offset"],
        );
    }
}

#[test]
fn a_bad_module_that_was_packed_unchecked() {
    let work = tree(&[
        ("app/lib/bad.mpy", b"M\x06\0\x1f\x01\0"),
        ("app/a.txt", b"a"),
    ]);
    let cache = work.path().join("cache");
    let build = ["build", "-q", "--no-verify", "app"];
    romfs(&cache)
        .current_dir(work.path())
        .args(build)
        .assert()
        .success();
    refuses(
        work.path(),
        &["verify", "app.romfs"],
        &["app.romfs: lib/bad.mpy: offset", "mpy-cross"],
    );
    romfs(&cache)
        .current_dir(work.path())
        .args(["verify", "--no-modules", "app.romfs"])
        .assert()
        .success();
}
