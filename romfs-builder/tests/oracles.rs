//! Images against programs that are not ours or were written apart: mpremote's writer, a reader made from SPEC.md.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::{ASCII, DATA, Random, oracle, python, random_tree, romfs};

const TREES: u64 = 200;

#[test]
fn plain_images_are_those_of_mpremote() {
    let work = tempfile::tempdir().unwrap();
    let folders: Vec<PathBuf> = (0..TREES)
        .map(|seed| work.path().join(format!("tree{seed}")))
        .collect();
    for (folder, seed) in folders.iter().zip(0..) {
        random_tree(folder, &mut Random::new(seed), &ASCII);
    }
    oracle("mpremote_images.py", &folders);
    for folder in &folders {
        romfs(work.path())
            .args(["build", "-q", "--plain"])
            .arg(folder)
            .assert()
            .success()
            .stderr("");
        let ours = fs::read(folder.with_extension("romfs")).unwrap();
        let theirs = fs::read(folder.with_extension("mpremote")).unwrap();
        assert!(ours == theirs, "{} differs", folder.display());
    }
}

#[test]
fn the_oracle_gives_what_mpremotes_command_gives() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("tree");
    random_tree(&folder, &mut Random::new(7), &ASCII);
    let image = work.path().join("command.romfs");
    let mut command = Command::new(python());
    command
        .args(["-m", "mpremote", "romfs", "--no-mpy", "-o"])
        .arg(&image)
        .arg("build")
        .arg(&folder);
    assert!(command.output().unwrap().status.success());
    oracle("mpremote_images.py", std::slice::from_ref(&folder));
    assert_eq!(
        fs::read(image).unwrap(),
        fs::read(folder.with_extension("mpremote")).unwrap()
    );
}

#[test]
fn default_images_read_back_the_same() {
    let work = tempfile::tempdir().unwrap();
    let mut trees = Vec::new();
    let mut images = Vec::new();
    for seed in 0..TREES {
        let folder = work.path().join(format!("tree{seed}"));
        trees.push(random_tree(&folder, &mut Random::new(seed + 1000), &DATA));
        let mut command = romfs(work.path());
        command
            .args([
                "build",
                "-q",
                "--all",
                "--align",
                ".bin=16",
                "--align",
                ".tflite=4096",
            ])
            .arg(&folder);
        command.assert().success().stderr("");
        let image = folder.with_extension("romfs");
        romfs(work.path())
            .arg("verify")
            .arg(&image)
            .assert()
            .success();
        images.push(image);
    }
    let output = oracle("romfs_reader.py", &images);
    let mut shared = 0;
    for ((line, files), image) in output.lines().zip(&trees).zip(&images) {
        let read: Value = serde_json::from_str(line).unwrap();
        let listed = read["files"].as_object().unwrap();
        assert_eq!(
            listed.keys().collect::<Vec<_>>(),
            files.keys().collect::<Vec<_>>(),
            "{}",
            image.display()
        );
        let bytes = fs::read(image).unwrap();
        for (path, content) in files {
            let file = &listed[path];
            let at = file["at"].as_u64().unwrap() as usize;
            assert_eq!(
                &bytes[at..at + content.len()],
                content,
                "{}: {path}",
                image.display()
            );
            assert_eq!(file["checksum"], true);
            shared += usize::from(file["shared"] == true);
            let align = if path.ends_with(".bin") {
                16
            } else if path.ends_with(".tflite") {
                4096
            } else {
                1
            };
            assert_eq!(at % align, 0, "{}: {path}", image.display());
        }
        let entries = files.len() + read["folders"].as_array().unwrap().len();
        assert_eq!(read["index"].as_u64().unwrap_or(0), entries as u64);
        assert!(
            read["record"]["builder"]
                .as_str()
                .unwrap()
                .starts_with("romfs-builder ")
        );
    }
    assert_eq!(output.lines().count(), images.len());
    assert!(
        shared > 50,
        "the trees have equal files, {shared} were shared"
    );
}

#[test]
fn the_reader_sees_a_changed_byte_of_a_default_image() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("tree");
    fs::create_dir_all(folder.join("lib")).unwrap();
    let files: BTreeMap<&str, &str> = [
        ("a.txt", "alpha"),
        ("lib/b.txt", "beta beta beta"),
        ("c", ""),
    ]
    .into();
    for (path, content) in files {
        fs::write(folder.join(path), content).unwrap();
    }
    romfs(work.path())
        .args(["build", "-q"])
        .arg(&folder)
        .assert()
        .success();
    let good = fs::read(folder.with_extension("romfs")).unwrap();
    let mut command = Command::new(python());
    command.arg(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/oracle/romfs_reader.py"
    ));
    // From the payload of the image record on: without that record the image is a plain one, and right.
    for at in [19, 20, 60, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let path = work.path().join("bad.romfs");
        fs::write(&path, bad).unwrap();
        assert!(
            !command.arg(path).output().unwrap().status.success(),
            "byte {at}"
        );
    }
}
