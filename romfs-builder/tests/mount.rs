//! `romfs mount`: the mounted image is the tree that it was built from, by `diff -r` and through mmap.
#![cfg(all(feature = "mount", target_os = "linux"))]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use support::{DATA, Random, random_tree, romfs};

/// A running `romfs mount`; ended when it is dropped, so that a failing test leaves no mount.
struct Mounted {
    process: Child,
    folder: PathBuf,
}

impl Mounted {
    fn new(image: &Path, folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_romfs"))
            .arg("mount")
            .args([image, folder])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains("mounted"), "{line}");
        Self {
            process,
            folder: folder.to_path_buf(),
        }
    }

    /// Sends a signal and waits; whether the command ended well.
    fn end_by(mut self, signal: &str) -> bool {
        let sent = Command::new("kill")
            .args([signal, &self.process.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        self.process.wait().unwrap().success()
    }

    fn unmount(mut self) -> bool {
        assert!(
            Command::new("umount")
                .arg(&self.folder)
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap().success()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if self.process.try_wait().ok().flatten().is_none() {
            let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Whether this machine lets us mount; says why not.
fn can_mount() -> bool {
    let fuse = fs::File::options().read(true).write(true).open("/dev/fuse");
    // Unmounting as a user takes fusermount3 in place of umount; the tests keep to root.
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|o| o.stdout == b"0\n");
    let reason = match (fuse, root) {
        (Err(error), _) => format!("/dev/fuse: {error}"),
        (_, false) => "not root".into(),
        _ => return true,
    };
    println!("skipped: {reason}");
    false
}

fn is_mounted(folder: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    mounts.contains(&folder.display().to_string())
}

#[test]
fn the_mounted_image_is_the_tree_that_it_was_built_from() {
    if !can_mount() {
        return;
    }
    for seed in 0..3 {
        let work = tempfile::tempdir().unwrap();
        let (app, folder, image) = (
            work.path().join("app"),
            work.path().join("mnt"),
            work.path().join("app.romfs"),
        );
        let mut random = Random::new(seed);
        let mut files = random_tree(&app, &mut random, &DATA);
        let large: Vec<u8> = (0..300_000).map(|_| random.next() as u8).collect();
        fs::write(app.join("large.bin"), &large).unwrap();
        files.insert("large.bin".into(), large);
        fs::create_dir(&folder).unwrap();
        romfs(work.path())
            .args(["build", "-q", "--all"])
            .arg(&app)
            .arg("-o")
            .arg(&image)
            .assert()
            .success();
        let mounted = Mounted::new(&image, &folder);
        let diff = Command::new("diff")
            .arg("-r")
            .args([&app, &folder])
            .output()
            .unwrap();
        assert!(
            diff.status.success(),
            "{}",
            String::from_utf8_lossy(&diff.stdout)
        );
        check_stat(&app, &folder);
        read_by_mmap(&folder, &files, &mut random);
        assert!(fs::write(folder.join("new"), "x").is_err(), "read-only");
        let ended = match seed {
            0 => mounted.end_by("-INT"),
            1 => mounted.end_by("-TERM"),
            _ => mounted.unmount(),
        };
        assert!(ended, "it ends well");
        assert!(!is_mounted(&folder) && fs::read_dir(&folder).unwrap().next().is_none());
    }
}

fn check_stat(app: &Path, folder: &Path) {
    use std::os::unix::fs::MetadataExt;
    for entry in fs::read_dir(app).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        let (here, there) = (
            fs::metadata(&path).unwrap(),
            fs::metadata(folder.join(name)).unwrap(),
        );
        assert_eq!(here.is_dir(), there.is_dir());
        assert_eq!(there.mode() & 0o222, 0, "nobody may write");
        if here.is_file() {
            assert_eq!((there.size(), there.nlink()), (here.size(), 1));
            assert_eq!(there.blocks(), here.size().div_ceil(512));
        }
    }
}

/// 1,000 random reads through mappings of random files.
fn read_by_mmap(
    folder: &Path,
    files: &std::collections::BTreeMap<String, Vec<u8>>,
    random: &mut Random,
) {
    let files: Vec<_> = files
        .iter()
        .filter(|(_, content)| !content.is_empty())
        .collect();
    for _ in 0..1000 {
        let (path, content) = random.pick(&files);
        let file = fs::File::open(folder.join(path)).unwrap();
        // SAFETY: nothing can change a file of a mounted image while the test runs.
        let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
        let start = random.below(content.len());
        let end = start + random.below(content.len() - start + 1);
        assert_eq!(
            map[start..end],
            content[start..end],
            "{path} {start}..{end}"
        );
    }
}

#[test]
fn an_open_file_outlives_the_mount_and_ends_it_when_it_is_closed() {
    if !can_mount() {
        return;
    }
    let work = support::tree(&[("app/a.txt", b"content"), ("mnt/.keep", b"")]);
    fs::remove_file(work.path().join("mnt/.keep")).unwrap();
    romfs(work.path())
        .current_dir(work.path())
        .args(["build", "-q", "app"])
        .assert()
        .success();
    let folder = work.path().join("mnt");
    let mut mounted = Mounted::new(&work.path().join("app.romfs"), &folder);
    let held = fs::File::open(folder.join("a.txt")).unwrap();
    let sent = Command::new("kill")
        .args(["-INT", &mounted.process.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let gone = || !is_mounted(&folder);
    let soon = (0..200).any(|_| {
        gone() || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            false
        }
    });
    assert!(soon, "the folder is free at once");
    assert_eq!(std::io::read_to_string(&held).unwrap(), "content");
    assert!(
        mounted.process.try_wait().unwrap().is_none(),
        "it still serves the file"
    );
    drop(held);
    assert!(mounted.process.wait().unwrap().success());
}

#[test]
fn what_cannot_be_mounted_is_said_in_one_line() {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("bad.romfs"), b"no image").unwrap();
    let output = romfs(work.path())
        .current_dir(work.path())
        .args(["mount", "bad.romfs", "."])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), text.lines().count()),
        (Some(1), 1),
        "{text}"
    );
    assert!(text.starts_with("romfs: bad.romfs: "), "{text}");
}
