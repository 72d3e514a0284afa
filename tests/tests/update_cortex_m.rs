//! What verifying and updating cost on a Cortex-M3: code, stack, static memory. Run in QEMU.

use std::path::Path;
use std::process::Command;

use romfs_builder::update::delta::delta;
use romfs_tests::device::{image, signed, signing_key};
use romfs_tests::tools::{missing, root, version};

/// Builds and runs one of the programs of tests/cortex-m; what it printed, as name and number.
fn run(name: &str, signed_image: &Path) -> Vec<(String, String)> {
    let manifest = root().join("tests/cortex-m/Cargo.toml");
    let target = root().join("target/cortex-m");
    let built = Command::new(root().join("scripts/cross.sh"))
        .args([
            "thumbv7m-none-eabi",
            "build",
            "--release",
            "-q",
            "--bin",
            name,
        ])
        .arg("--manifest-path")
        .arg(manifest)
        .env("ROMFS_SIGNED_IMAGE", signed_image)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{errors}");
    let folders = [target.join("debian"), target];
    let program = folders
        .iter()
        .map(|folder| folder.join("thumbv7m-none-eabi/release").join(name))
        .find(|path| path.exists())
        .unwrap();
    let output = Command::new("qemu-system-arm")
        .args(["-M", "mps2-an385", "-nographic", "-semihosting", "-kernel"])
        .arg(program)
        .output()
        .unwrap();
    // The emulator's console is its standard error.
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let words = text.lines().filter_map(|line| line.split_once(' '));
    words.map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

fn number(printed: &[(String, String)], name: &str) -> u32 {
    let found = printed.iter().find(|(key, _)| key == name);
    found
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {printed:?}"))
}

#[test]
fn verifying_and_updating_fit_a_small_device() {
    if version("qemu-system-arm").is_none() {
        return missing("qemu-system-arm", "scripts/setup.sh qemu").unwrap_or_default();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let old = signed(&image(1, 20_000), 1, 0);
    let patch = delta(&old, &signed(&image(2, 20_000), 2, 0)).unwrap().file;
    std::fs::write(&path, old).unwrap();
    std::fs::write(folder.path().join("image.delta"), patch).unwrap();
    let key = signing_key().verifying_key();
    std::fs::write(folder.path().join("image.key"), key.as_bytes()).unwrap();
    for name in ["verify", "updater"] {
        let printed = run(name, &path);
        let [code, stack, kept] = ["code", "stack", "static"].map(|key| number(&printed, key));
        println!("{name} on a Cortex-M3: {code} bytes of code, {stack} of stack, {kept} static");
        assert!(
            printed.contains(&("sound".into(), "true".into())),
            "{printed:?}"
        );
        assert!(stack <= 8 * 1024, "{stack}");
        assert!(kept <= 4 * 1024, "{kept}");
    }
}
