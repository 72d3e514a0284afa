//! `keygen`, `sign`, `verify --key`, `delta`, `device` and `push`, as a user runs them.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use support::tree;

/// Runs the command in `work`; whether it succeeded, and all that it printed.
fn run(work: &Path, args: &[&str]) -> (bool, String) {
    let output = support::run(work, args);
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn ok(work: &Path, args: &[&str]) -> String {
    let (success, text) = run(work, args);
    assert!(success, "{args:?}: {text}");
    text
}

fn refused(work: &Path, args: &[&str]) -> String {
    let (success, text) = run(work, args);
    assert!(!success, "{args:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

const SIGN: [&str; 6] = [
    "--key",
    "key.pem",
    "--vendor",
    "example.com",
    "--class",
    "demo",
];

/// A folder with a key and two signed releases of an application.
fn releases() -> tempfile::TempDir {
    let work = tree(&[("one/data.txt", &[b'a'; 9_000]), ("two/data.txt", b"b")]);
    let mut newer = vec![b'a'; 9_000];
    newer[4_000] = b'b';
    fs::write(work.path().join("two/data.txt"), newer).unwrap();
    ok(work.path(), &["keygen", "key.pem"]);
    for (name, sequence) in [("one", "1"), ("two", "2")] {
        let image = format!("{name}.romfs");
        ok(work.path(), &["build", name, "-o", &image]);
        let sign = ["sign", &image, "--sequence", sequence];
        ok(work.path(), &[&sign[..], &SIGN].concat());
    }
    work
}

#[test]
fn keys_are_made_once_and_for_their_owner() {
    let work = tree(&[]);
    let said = ok(work.path(), &["keygen", "key.pem"]);
    assert!(said.contains("key.pem: key "), "{said}");
    let private = fs::read_to_string(work.path().join("key.pem")).unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(work.path().join("key.pem")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    let again = refused(work.path(), &["keygen", "key.pem"]);
    assert!(again.contains("key.pem: cannot write the key"), "{again}");
    let kept = fs::read_to_string(work.path().join("key.pem")).unwrap();
    assert_eq!(kept, private);
}

#[test]
fn a_signed_image_verifies_with_its_key_only() {
    let work = releases();
    let said = ok(
        work.path(),
        &["verify", "one.signed.romfs", "--key", "key.pem.pub"],
    );
    assert!(said.contains("signature right, version \"1\""), "{said}");
    ok(work.path(), &["keygen", "other.pem"]);
    let said = refused(
        work.path(),
        &["verify", "one.signed.romfs", "--key", "other.pem.pub"],
    );
    assert!(
        said.contains("signed with a key that is not known"),
        "{said}"
    );
    let said = refused(
        work.path(),
        &["verify", "one.romfs", "--key", "key.pem.pub"],
    );
    assert!(said.contains("it is not signed"), "{said}");

    let path = work.path().join("one.signed.romfs");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let said = refused(
        work.path(),
        &["verify", "one.signed.romfs", "--key", "key.pem.pub"],
    );
    assert!(said.contains("one.signed.romfs: "), "{said}");
}

#[test]
fn what_is_no_image_or_no_key_is_refused_by_name() {
    let work = releases();
    fs::write(work.path().join("noise"), b"noise").unwrap();
    let sign = ["sign", "noise", "--sequence", "1"];
    let said = refused(work.path(), &[&sign[..], &SIGN].concat());
    assert!(said.contains("noise: "), "{said}");
    let said = refused(work.path(), &["verify", "one.romfs", "--key", "noise"]);
    assert!(said.contains("noise: no Ed25519 public key"), "{said}");
    let said = refused(work.path(), &["delta", "one.romfs", "two.romfs"]);
    assert!(said.contains("one.romfs to two.romfs"), "{said}");
    assert!(!work.path().join("two.delta").exists());
}

/// A device that stops when it is dropped.
struct Device {
    child: Child,
    address: String,
    /// Its console, which has to stay open.
    _console: BufReader<ChildStdout>,
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn device(work: &Path) -> Device {
    let mut child = Command::new(env!("CARGO_BIN_EXE_romfs"))
        .current_dir(work)
        .args(["device", "run", "host", "--flash", "flash.bin"])
        .args(["--key", "key.pem.pub"])
        .args(["--vendor", "example.com", "--class", "demo"])
        .args(["--udp", "127.0.0.1:0", "--slot", "64", "--confirm"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening at ").unwrap();
    Device {
        child,
        address: address.to_owned(),
        _console: output,
    }
}

#[test]
fn a_device_takes_an_image_keeps_it_and_takes_a_delta() {
    let work = releases();
    let first = device(work.path());
    let said = ok(
        work.path(),
        &["push", "one.signed.romfs", "--udp", &first.address],
    );
    assert!(said.contains("1 runs"), "{said}");
    drop(first);

    let second = device(work.path());
    ok(
        work.path(),
        &["delta", "one.signed.romfs", "two.signed.romfs", "-o", "d"],
    );
    let said = ok(work.path(), &["push", "d", "--udp", &second.address]);
    assert!(said.contains("2 runs"), "{said}");
    let said = refused(
        work.path(),
        &["push", "one.signed.romfs", "--udp", &second.address],
    );
    assert!(said.contains("sequence number 1 is not above"), "{said}");
}
