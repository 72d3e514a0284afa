//! What an image can be made from beside folders, and what is checked before it is too late.

mod support;

use std::fs;
use std::path::Path;

use romfs_builder::input::collect::CollectOptions;
use romfs_builder::input::program;
use serde_json::Value;
use support::{done, require_mpy_cross, run, tree};

/// The one line of a command that fails.
fn refused(work: &Path, args: &[&str]) -> String {
    let output = run(work, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

fn paths(work: &Path, image: &str) -> Vec<String> {
    let listed: Value = serde_json::from_str(&done(work, &["ls", "-r", "--json", image])).unwrap();
    let files = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["folder"] == false);
    files
        .map(|e| e["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn init_writes_a_project_that_builds() {
    require_mpy_cross();
    let work = tree(&[
        ("src/main.py", b"print(1)\n"),
        ("src/lib/a.py", b""),
        ("src/README.md", b"#"),
    ]);
    done(work.path(), &["init", "--board", "rp2"]);
    assert!(refused(work.path(), &["init"]).contains("romfs.toml: cannot make the file"));
    // An rp2 has no ROMFS partition by default, so its image fits nothing; a board with room takes it.
    let text = fs::read_to_string(work.path().join("romfs.toml")).unwrap();
    fs::write(
        work.path().join("romfs.toml"),
        text.replace("\"rp2\"", "\"pybd-sf2\""),
    )
    .unwrap();
    let said = done(work.path(), &["build"]);
    assert!(said.contains("romfs0 (pybd-sf2)"), "{said}");
    assert_eq!(paths(work.path(), "app.romfs"), ["lib/a.mpy", "main.mpy"]);
    assert!(refused(work.path(), &["init", "--board", "none"]).contains("no board is called"));
}

const PROJECT: &str = r#"
board = "openmv-ae3"
exclude = ["*.md"]
align = { ".tflite" = 64 }

[[image]]
name = "app"
manifests = ["manifest.py"]
entries = { "/" = "src" }

[[image]]
name = "models"
partition = "romfs1"
output = "out/models.romfs"
entries = { "m.tflite" = "data/one.tflite", "two" = "data" }

[sign]
key = "key.pem"
vendor = "example.com"
class = "demo"
"#;

#[test]
fn a_project_makes_several_images_for_several_partitions() {
    require_mpy_cross();
    let work = tree(&[
        ("p/romfs.toml", PROJECT.as_bytes()),
        ("p/src/main.py", b"print(1)\n"),
        ("p/src/x.md", b"#"),
        ("p/data/one.tflite", b"model"),
        ("p/manifest.py", b"module('extra.py', opt=3)\n"),
        ("p/extra.py", b"def f():\n    assert 0\n"),
    ]);
    done(work.path(), &["keygen", "p/key.pem"]);
    let reports: Value = serde_json::from_str(&done(
        work.path(),
        &["build", "p", "--json", "--sequence", "7"],
    ))
    .unwrap();
    assert_eq!(reports[1]["board"]["partition"], "romfs1");
    assert_eq!(paths(work.path(), "p/app.romfs"), ["extra.mpy", "main.mpy"]);
    assert_eq!(
        paths(work.path(), "p/out/models.romfs"),
        ["m.tflite", "two/one.tflite"]
    );
    let listed: Value =
        serde_json::from_str(&done(work.path(), &["ls", "--json", "p/out/models.romfs"])).unwrap();
    assert_eq!(listed[0]["offset"].as_u64().unwrap() % 64, 0);
    let said = done(
        work.path(),
        &[
            "verify",
            "--key",
            "p/key.pem.pub",
            "p/app.signed.romfs",
            "p/out/models.signed.romfs",
        ],
    );
    assert_eq!(
        said.matches("signature right, version \"7\"").count(),
        2,
        "{said}"
    );
    // -O3 of the manifest dropped the assertion and the lines.
    let code = done(work.path(), &["inspect", "p/app.romfs", "extra.mpy"]);
    assert!(!code.contains("RAISE"), "{code}");
    // One image by name, from within the folder, by the file's own name.
    let one: Value = serde_json::from_str(&done(
        &work.path().join("p"),
        &["build", "romfs.toml", "--image", "models", "--json"],
    ))
    .unwrap();
    assert_eq!(one["files"], 2);
    assert!(
        refused(work.path(), &["build", "p", "--image", "none"]).contains("there are app, models")
    );
}

#[test]
fn a_manifests_files_are_compiled_under_their_own_paths() {
    require_mpy_cross();
    let work = tree(&[
        (
            "fw/manifest.py",
            b"require('dep')\npackage('net', base_path='$(TOP)/py')\n",
        ),
        ("top/py/net/__init__.py", b""),
        ("lib/python-stdlib/dep/manifest.py", b"module('dep.py')\n"),
        ("lib/python-stdlib/dep/dep.py", b"x = 1\n"),
    ]);
    let args = [
        "build",
        "fw/manifest.py",
        "--lib",
        "lib",
        "--manifest-var",
        "TOP=top",
        "-o",
        "fw.romfs",
    ];
    done(work.path(), &args);
    assert_eq!(
        paths(work.path(), "fw.romfs"),
        ["dep.mpy", "net/__init__.mpy"]
    );
    let error = refused(work.path(), &["build", "fw/manifest.py", "-o", "fw.romfs"]);
    assert!(
        error.starts_with("romfs: fw/manifest.py: line 1: require(\"dep\")"),
        "{error}"
    );
}

#[test]
fn modules_must_suit_the_device_that_says_its_mpy() {
    require_mpy_cross();
    let work = tree(&[("app/main.py", b"@micropython.native\ndef f():\n    pass\n")]);
    // 0x0b06: version 6.3, x64.
    done(
        work.path(),
        &["build", "app", "--arch", "x64", "--device-mpy", "2822"],
    );
    let error = refused(
        work.path(),
        &["build", "app", "--arch", "armv7m", "--device-mpy", "2822"],
    );
    assert!(
        error.contains("main.mpy: offset 2: it has native code for armv7m, the board runs x64"),
        "{error}"
    );
    done(
        work.path(),
        &["verify", "app.romfs", "--device-mpy", "2822"],
    );
    let error = refused(work.path(), &["verify", "app.romfs", "--board", "pybd-sf2"]);
    assert!(
        error.contains("pybd-sf2") && error.contains("native code for x64"),
        "{error}"
    );
    let error = refused(work.path(), &["build", "app", "--device-mpy", "2821"]);
    assert!(error.contains("version 5"), "{error}");
}

#[test]
fn missing_modules_are_warned_of() {
    require_mpy_cross();
    let main = b"import os, net.http, gone\nfrom net import ftp\ntry:\n    import maybe\nexcept ImportError:\n    maybe = None\n\
        def f():\n    from net.lost import x\n";
    let work = tree(&[
        ("app/main.py", main),
        (
            "app/net/__init__.py",
            b"from . import http\nfrom .bad import x\n",
        ),
        ("app/net/http.py", b"import gone\n"),
    ]);
    let output = run(work.path(), &["build", "app"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    let expected = [
        "romfs: warning: main.mpy and 1 more: imports gone, which neither the image nor MicroPython has",
        "romfs: warning: net/__init__.mpy: imports net.bad, which neither the image nor MicroPython has",
        "romfs: warning: main.mpy: imports net.lost, which neither the image nor MicroPython has",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn an_image_that_is_too_large_names_its_ten_largest_files() {
    let names: Vec<String> = (0..12).map(|n| format!("app/f{n:02}.bin")).collect();
    let contents: Vec<Vec<u8>> = (0..12).map(|n| vec![n as u8; 4000 + n]).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&contents)
        .map(|(n, c)| (n.as_str(), &c[..]))
        .collect();
    let work = tree(&files);
    let error = refused(work.path(), &["build", "app", "--board", "nrf51"]);
    assert!(error.contains("more than partition"), "{error}");
    assert!(
        error.contains("f11.bin (4011), f10.bin (4010)") && error.contains("f02.bin"),
        "{error}"
    );
    assert!(!error.contains("f01.bin"), "{error}");
    assert!(!work.path().join("app.romfs").exists());
}

#[test]
fn the_bill_of_materials_names_every_file_with_its_hashes() {
    require_mpy_cross();
    let files: &[(&str, &[u8])] = &[("app/main.py", b"print(1)\n"), ("app/data/a.bin", b"abc")];
    let (here, there) = (tree(files), tree(files));
    for work in [&here, &there] {
        done(
            work.path(),
            &["build", "app", "--sbom", "--board", "pybd-sf2"],
        );
    }
    let read =
        |work: &tempfile::TempDir| fs::read_to_string(work.path().join("app.cdx.json")).unwrap();
    assert_eq!(read(&here), read(&there), "the same on any machine");
    let sbom: Value = serde_json::from_str(&read(&here)).unwrap();
    assert_eq!(
        (&sbom["bomFormat"], &sbom["specVersion"]),
        (&"CycloneDX".into(), &"1.6".into())
    );
    let components = sbom["components"].as_array().unwrap();
    assert_eq!(components[0]["name"], "data/a.bin");
    // SHA-256 of "abc".
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(components[0]["hashes"][0]["content"], abc);
    assert_eq!(components[1]["name"], "main.mpy");
    let property = |component: &Value, name: &str| {
        let all = component["properties"].as_array().unwrap();
        all.iter()
            .find(|p| p["name"] == name)
            .map(|p| p["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        property(&components[1], "romfs:source").as_deref(),
        Some("main.py")
    );
    assert_eq!(
        property(&components[1], "romfs:source-sha256")
            .unwrap()
            .len(),
        64
    );
    assert_eq!(property(&components[0], "romfs:source-sha256"), None);
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let work = tree(&[("x", b"")]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = done(work.path(), &["completions", shell]);
        assert!(
            text.contains("inspect") && text.contains("--device-mpy") | text.contains("device-mpy"),
            "{shell}"
        );
    }
    assert!(done(work.path(), &["man"]).contains(".TH romfs 1"));
    done(work.path(), &["man", "-o", "man1"]);
    let page = fs::read_to_string(work.path().join("man1/romfs-build.1")).unwrap();
    assert!(page.contains("device\\-mpy"), "{page}");
}

/// Firmware runs the module `main` of an image.
#[test]
fn a_device_runs_one_module_as_its_main() {
    let work = tempfile::tempdir().unwrap();
    let names = |file: &str, text: &str| {
        let path = work.path().join(file);
        fs::write(&path, text).unwrap();
        let tree = program(&path, &CollectOptions::default()).unwrap();
        let names: Vec<String> = tree.entries.into_iter().map(|e| e.name).collect();
        names.join(" ")
    };
    assert_eq!(names("blink.py", "print(1)"), "main.py");
    assert_eq!(names("blink.mpy", ""), "main.mpy");
    assert_eq!(names("manifest.py", "module('blink.py')"), "blink.py");
}
