//! The commands of the README files do what they say there: each is run, in its order.
#![cfg(unix)]

mod support;

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::require_mpy_cross;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(kind), None) => open = Some((kind.trim().to_owned(), String::new())),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// A folder to run commands in, with the command on the PATH.
fn shell(work: &Path, script: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_romfs")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        [bin.to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    )
    .unwrap();
    Command::new("sh")
        .args(["-c", script])
        .current_dir(work)
        .env("PATH", path)
        .env("ROMFS_CACHE_DIR", work.join(".cache"))
        .output()
        .unwrap()
}

/// A port that is free, for the device of the tour.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn the_tour_of_the_builder_runs_from_start_to_end() {
    require_mpy_cross();
    let page = fs::read_to_string(root().join("romfs-builder/README.md")).unwrap();
    let commands: String = blocks(&page)
        .into_iter()
        .filter(|(kind, _)| kind == "sh")
        .map(|(_, text)| text)
        .collect();
    let count = commands
        .lines()
        .filter(|line| line.starts_with("romfs "))
        .count();
    assert!(count > 20, "only {count} commands");
    let port = free_port();
    let commands = commands
        .replace("--udp 127.0.0.1", &format!("--udp 127.0.0.1:{port}"))
        .replace(
            "--confirm &",
            &format!("--confirm --udp 127.0.0.1:{port} > /dev/null &\ndevice=$!"),
        );
    let work = tempfile::tempdir().unwrap();
    // The first command that fails ends the script, and says which it was.
    let script = format!(
        "set -eux\ndevice=\ntrap 'test -z \"$device\" || kill \"$device\"' EXIT\n{commands}"
    );
    let output = shell(work.path(), &script);
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{errors}\n{said}");
    let printed = |text: &str| said.lines().filter(|line| *line == text).count();
    assert_eq!(
        (printed("hello from flash"), printed("hello again")),
        (1, 1),
        "{said}"
    );
    assert!(said.contains("; 42 runs, confirmed"), "{said}");
    for made in [
        "pybd.romfs",
        "greeting.romfs",
        "project/app.romfs",
        "project/app.cdx.json",
        "app.html",
        "out/main.mpy",
        "new.signed.delta",
    ] {
        assert!(work.path().join(made).is_file(), "{made}");
    }
}

#[test]
fn the_profile_of_the_tour_is_one() {
    let page = fs::read_to_string(root().join("romfs-builder/README.md")).unwrap();
    let profile = blocks(&page)
        .into_iter()
        .find(|(kind, _)| kind == "toml")
        .unwrap()
        .1;
    let work = support::tree(&[("app/a.txt", b"a"), ("mine.toml", profile.as_bytes())]);
    let output = shell(work.path(), "romfs build app --board mine.toml");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_projects_page_shows_what_its_commands_print() {
    require_mpy_cross();
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let tour = blocks(&page)
        .into_iter()
        .find(|(_, text)| text.starts_with("$ romfs"))
        .unwrap()
        .1;
    let work = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        fs::canonicalize(root().join("images")).unwrap(),
        work.path().join("images"),
    )
    .unwrap();
    let mut ran = 0;
    for part in tour.split("$ ").filter(|part| !part.is_empty()) {
        let (command, expected) = part.split_once('\n').unwrap();
        let output = shell(work.path(), command);
        assert!(
            output.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8(output.stdout).unwrap();
        for line in expected.lines() {
            assert!(
                said.lines().any(|l| l == line),
                "{command} prints no line {line:?}:\n{said}"
            );
        }
        ran += 1;
    }
    assert!(ran >= 5, "{ran} commands");
}

#[test]
fn every_target_that_pages_name_is_in_the_makefile() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    for page in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let named = text
            .split("`make ")
            .skip(1)
            .chain(text.split("\nmake ").skip(1));
        for rest in named {
            let target: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                .collect();
            assert!(
                makefile.contains(&format!("\n{target}:")),
                "{page}: make {target}"
            );
        }
    }
}
